"""Two records of one work made one, and two again: nothing is lost, nothing is added up, the past keeps its answers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from muniment.kernel.words.identifiers import make_iswc
from muniment.kernel.words.shares import Right
from muniment.rights.works import queries, services
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, TitleDraft, WorkDraft
from muniment.rights.works.rules.merges import CLAIM_LENGTH, claim_after_merge, titles_to_add
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from tests.cast import AIGUL, CHEN, DEWI
from tests.rights.works.samples import AT, DAY, ISRC, ISWC, LATER, STILL_LATER, write_table

MUCH_LATER = datetime(2026, 10, 4, 9, 0, tzinfo=UTC)


def person(name: str, share_ppm: int) -> ContributorDraft:
    return ContributorDraft(name, "CA", party_code=f"M-{name}", pr_own_ppm=share_ppm, mr_own_ppm=share_ppm)


def work(code: str, title: str, *people: ContributorDraft, claim: str = "Aurora", **facts: Any) -> int:
    """Register a work as it is described: a code of its own makes it one of its own."""
    draft = WorkDraft(title=title, code=code, contributors=people, **facts)
    counts = services.register_works(actor=CHEN, at=AT, drafts=[draft], claim=claim, intake_id=None)
    return counts.work_ids[0]


def merge(keep: int, drop: int, at: datetime = LATER) -> queries.MergeRow:
    return services.merge_works(actor=CHEN, at=at, keep_id=keep, drop_id=drop)


def state(work_id: int) -> tuple[object, ...]:
    """Return everything that a reader sees of a work, without the numbers of rows."""
    row = queries.get_work(work_id)
    return (
        row.code, row.title, row.iswc, row.language, row.duration_ms, row.work_class, row.generated_shares,
        row.known_to, row.original, row.versions, row.merged_into, sorted(row.numbers),
        sorted((one.title, one.kind, one.language, one.script) for one in row.titles),
        sorted((one.party_id, one.name, one.role, one.claim, one.pr_own_ppm) for one in row.contributions),
        sorted((one.party_id, one.right, one.territories, one.share_ppm, one.claim) for one in row.share_lines),
        sorted((one.isrc or "", one.title, one.performer, one.duration_ms or 0) for one in row.recordings),
        tuple((one.right, one.kind, one.disputed_ppm, one.claims) for one in row.conflicts),
        tuple(hit.id for hit in queries.find_works(row.title).rows),
    )  # fmt: skip


def performing(work_id: int, at: datetime) -> dict[str, int]:
    found = queries.shares_of(work_id, right=Right.PERFORMING, territory=586, usage_on=DAY, known_at=at)
    return {str(part.party_id or part.status): part.share_ppm for part in found.parts}


def test_a_statement_goes_over_unless_it_is_there_and_never_under_the_same_name() -> None:
    one, two = ("share", 1, 500_000), ("share", 2, 500_000)
    assert claim_after_merge("Aurora", "W-2", [one], None) == "Aurora"
    assert claim_after_merge("Aurora", "W-2", [one], [one, two]) is None
    assert claim_after_merge("Aurora", "W-2", [one, two], [one]) == "Aurora [W-2]"
    long = claim_after_merge("a" * CLAIM_LENGTH, "W-2", [one], [two])
    assert long is not None
    assert len(long) == CLAIM_LENGTH
    assert long.endswith(" [W-2]")


def test_titles_that_fold_alike_are_one() -> None:
    assert titles_to_add([("RIVER", 1), ("Sea", 2), ("sea", 3), ("Ай", 4)], ["River"]) == [2, 4]


@pytest.mark.django_db
def test_a_merged_record_leads_to_the_kept_work_everywhere() -> None:
    keep = work("W1", "River Song", person("Asan", 1_000_000), recordings=(RecordingDraft("River Song", ISRC, "Band"),))
    drop = work(
        "W2", "Song of the River", person("Asan", 1_000_000), iswc=ISWC, duration_ms=61_000, submitter_number="A-9",
        titles=(TitleDraft("river song"), TitleDraft("Өзен әні", language="kk")),
        recordings=(RecordingDraft("River Song", ISRC, "Band"), RecordingDraft("River Song (live)", None, "Band")),
    )  # fmt: skip
    version = work("W3", "River Song remix", person("Asan", 1_000_000), original_iswc=ISWC)
    row = merge(keep, drop)
    assert (row.kept_code, row.dropped_code, row.merged_by) == ("W1", "W2", "chen")
    kept = queries.get_work(keep)
    assert (kept.iswc, kept.duration_ms, kept.numbers) == (ISWC, 61_000, (("Aurora", "A-9"),))
    assert [one.title for one in kept.titles] == ["Song of the River", "Өзен әні"]
    assert sorted(one.title for one in kept.recordings) == ["River Song", "River Song (live)"]
    assert [one.id for one in kept.versions] == [version]
    assert len(kept.share_lines) == 2, "the submitter says the same of both, so it says it once"
    assert kept.conflicts == ()
    assert queries.current_work_ids([keep, drop, 99]) == {keep: keep, drop: keep, 99: 99}
    assert queries.current_work_ids([drop], AT) == {drop: drop}
    assert queries.merged_into([keep, drop]) == {keep: (drop,)}
    assert queries.get_work_by_code("W2").id == keep
    assert queries.get_work(drop).merged_into == queries.VersionRow(keep, "W1", "River Song")
    assert [hit.id for hit in queries.find_works("W2").rows] == [keep]
    assert [hit.id for hit in queries.find_works("song of the river").rows] == [keep]
    whole = queries.repertoire()
    assert set(whole.titles.column("work_id").to_pylist()) == {keep, version}
    codes = zip(*(whole.codes.column(name).to_pylist() for name in ("work_id", "code")), strict=True)
    assert {(keep, "W1"), (keep, "W2"), (keep, ISWC), (keep, ISRC)} <= set(codes)
    assert [event.tag for event in list_events(subject=("work", drop)).rows] == ["work.merged"]


@pytest.mark.django_db
def test_claims_that_differ_stand_side_by_side_and_are_never_added_up() -> None:
    keep = work("W1", "River", person("Asan", 1_000_000))
    drop = work("W2", "River", person("Asan", 500_000), person("Bek", 500_000))
    [asan] = [party for party in performing(keep, AT) if party != "UNCLAIMED"]
    merge(keep, drop)
    assert {line.claim for line in queries.get_work(keep).share_lines} == {"Aurora", "Aurora [W2]"}
    after = performing(keep, LATER)
    assert after == {asan: 500_000, "DISPUTE": 500_000}
    assert sum(after.values()) == 1_000_000
    assert performing(drop, LATER) == after, "who asks for the old record is led to the work"
    assert performing(keep, AT) == {asan: 1_000_000}, "and the past keeps its answer"
    assert {row.right for row in queries.list_conflicts().rows} == {Right.PERFORMING, Right.MECHANICAL}


@pytest.mark.django_db
def test_an_undo_makes_both_records_what_they_were() -> None:
    keep = work("W1", "River", person("Asan", 1_000_000), recordings=(RecordingDraft("River", ISRC, "Band"),))
    drop = work(
        "W2", "Ріка", person("Asan", 500_000), person("Bek", 500_000), iswc=ISWC, language="UK", generated_shares=True,
        submitter_number="A-9", titles=(TitleDraft("Rika"),), recordings=(RecordingDraft("Rika", None, "Band", 9_000),),
    )  # fmt: skip
    work("W3", "River remix", original_iswc=ISWC)
    before = [state(keep), state(drop), queries.repertoire().titles.to_pylist(), queries.repertoire().codes.to_pylist()]
    row = merge(keep, drop)
    during = performing(keep, LATER)
    assert queries.get_work(keep).generated_shares
    undone = services.undo_merge(actor=CHEN, at=STILL_LATER, merge_id=row.id)
    assert (undone.undone_at, undone.undone_by) == (STILL_LATER, "chen")
    after = [state(keep), state(drop), queries.repertoire().titles.to_pylist(), queries.repertoire().codes.to_pylist()]
    assert after == before
    assert performing(drop, LATER) == during, "what was known in between is still known to have been"
    assert performing(drop, STILL_LATER) != during
    assert queries.current_work_ids([drop]) == {drop: drop}
    assert queries.current_work_ids([drop], LATER) == {drop: keep}
    again = merge(keep, drop, MUCH_LATER)
    assert again.id != row.id
    assert queries.list_merges().total == 1


@pytest.mark.django_db
def test_an_undo_takes_back_only_what_still_stands_as_the_merge_left_it() -> None:
    keep, drop = work("W1", "River", person("Asan", 1_000_000)), work("W2", "Sea", iswc=ISWC, language="EN")
    version = work("W3", "Sea remix", original_iswc=ISWC)
    merge_id = merge(keep, drop).id
    edit = services.WorkEdit("River", "W1", make_iswc(77), "EN")
    services.edit_work(actor=CHEN, at=STILL_LATER, work_id=keep, edit=edit)
    services.undo_merge(actor=CHEN, at=MUCH_LATER, merge_id=merge_id)
    row = queries.get_work(keep)
    assert (row.iswc, row.language) == (make_iswc(77), ""), "the corrected number stays, the filled blank is blank"
    assert [one.id for one in queries.get_work(drop).versions] == [version]


@pytest.mark.django_db
def test_merging_a_version_into_its_original_leaves_no_work_that_is_a_version_of_itself() -> None:
    original = work("W1", "River", iswc=ISWC)
    version = work("W2", "River remix", original_iswc=ISWC)
    row = merge(version, original)
    assert queries.get_work(version).original is None
    services.undo_merge(actor=CHEN, at=STILL_LATER, merge_id=row.id)
    found = queries.get_work(version).original
    assert found is not None
    assert found.id == original


@pytest.mark.django_db
def test_what_cannot_be_merged_is_refused_with_the_reason() -> None:
    one, two, three = work("W1", "One"), work("W2", "Two"), work("W3", "Three")
    with pytest.raises(NotAllowed):
        services.merge_works(actor=DEWI, at=LATER, keep_id=one, drop_id=two)
    with pytest.raises(NotAllowed):
        services.merge_works(actor=AIGUL, at=LATER, keep_id=one, drop_id=two)
    with pytest.raises(services.CannotMerge, match="itself"):
        merge(one, one)
    with pytest.raises(queries.UnknownWork, match="999"):
        merge(one, 999)
    with pytest.raises(queries.UnknownWork, match="-5"):
        merge(-5, one)
    merge(one, two)
    for keep, drop in ((one, two), (two, one), (three, two), (two, three)):
        with pytest.raises(services.CannotMerge, match="W2 was merged into W1, One, already"):
            merge(keep, drop, STILL_LATER)
    merge(three, one, STILL_LATER)
    assert queries.current_work_ids([one, two, three]) == {one: three, two: three, three: three}
    assert queries.get_work_by_code("W2").id == three
    with pytest.raises(services.CannotMerge):
        merge(two, three, STILL_LATER)


@pytest.mark.django_db
def test_an_undo_that_would_tear_later_facts_apart_says_which() -> None:
    one, two, three = work("W1", "One"), work("W2", "Two", person("Asan", 1_000_000)), work("W3", "Three")
    first = merge(one, two).id
    with pytest.raises(NotAllowed):
        services.undo_merge(actor=DEWI, at=STILL_LATER, merge_id=first)
    with pytest.raises(services.MergeStands, match="No merge 999"):
        services.undo_merge(actor=CHEN, at=STILL_LATER, merge_id=999)
    second = merge(one, three, STILL_LATER).id
    with pytest.raises(services.MergeStands, match="W3 was merged into W1 later"):
        services.undo_merge(actor=CHEN, at=MUCH_LATER, merge_id=first)
    services.undo_merge(actor=CHEN, at=MUCH_LATER, merge_id=second)
    services.withdraw_claim(actor=CHEN, at=MUCH_LATER, work_id=one, claim="Aurora")
    with pytest.raises(services.MergeStands, match="what Aurora claims was stated anew"):
        services.undo_merge(actor=CHEN, at=MUCH_LATER, merge_id=first)
    assert queries.get_work(two).merged_into is not None


@pytest.mark.django_db
def test_an_undo_that_another_merge_stands_on_names_it() -> None:
    one, two, three = work("W1", "One"), work("W2", "Two"), work("W3", "Three")
    first = merge(one, two).id
    merge(three, one, STILL_LATER)
    with pytest.raises(services.MergeStands, match="W1 was itself merged into W3 later"):
        services.undo_merge(actor=CHEN, at=MUCH_LATER, merge_id=first)


@pytest.mark.django_db
def test_a_later_file_that_names_the_merged_record_means_the_work(tmp_path: Path) -> None:
    keep, drop = work("W1", "River", person("Asan", 1_000_000)), work("W2", "Ріка", iswc=ISWC)
    merge(keep, drop)
    file = write_table(tmp_path, "W2,Ріка,,,,Asan,,CA,100,100,", f",Rika,,{ISWC},,Asan,,CA,100,100,")
    report = services.import_works_table(actor=CHEN, at=STILL_LATER, path=file, claim="Borealis")
    assert (report.work_count, report.known_work_count) == (0, 2)
    assert queries.find_works("").total == 1
    with pytest.raises(services.DuplicateWork):
        services.register_work(actor=CHEN, at=STILL_LATER, draft=WorkDraft("Ріка", code="W2"), claim="Borealis")
    other = work("W4", "Sea")
    with pytest.raises(services.DuplicateWork, match="merged into another work"):
        services.edit_work(actor=CHEN, at=STILL_LATER, work_id=other, edit=services.WorkEdit("Sea", "W2"))


@pytest.mark.django_db
def test_a_file_is_not_undone_under_a_merge(tmp_path: Path) -> None:
    file = write_table(tmp_path, "W1,River,,,,Asan,,CA,100,100,", "W2,Ріка,,,,Asan,,CA,100,100,")
    intake_id = services.import_works_table(actor=CHEN, at=AT, path=file, claim="own").intake_id
    ids = queries.ids_by_code(["W1", "W2"])
    merge_id = merge(ids["W1"], ids["W2"]).id
    with pytest.raises(services.StillMerged, match="W2 into W1"):
        services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=intake_id)
    services.undo_merge(actor=CHEN, at=STILL_LATER, merge_id=merge_id)
    assert services.undo_works_intake(actor=CHEN, at=MUCH_LATER, intake_id=intake_id).work_count == 2
