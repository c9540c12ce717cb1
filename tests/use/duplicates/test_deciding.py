"""Finding pairs, deciding about them, and what a merge does to matching."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from muniment.kernel.words.identifiers import make_ipi_name, make_iswc
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.parties.services import CannotMergeParties, join_member, register_party
from muniment.rights.works.models import Work
from muniment.rights.works.queries import current_work_ids, list_conflicts, shares_of, works_of_intake
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import (
    MergeStands,
    import_works_table,
    merge_works,
    register_works,
    withdraw_claim,
)
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import Actor, NotAllowed
from muniment.use.duplicates import queries, services
from muniment.use.duplicates.rules import PairKind, PairState
from muniment.use.matching.models import MatchDecision, ReviewItem
from muniment.use.matching.queries import decisions_for, get_item, list_decisions
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA
from tests.rights.works.samples import write_table

pytestmark = pytest.mark.django_db

AT, LATER, STILL_LATER, MUCH_LATER = (datetime(2026, 10, day, 9, 0, tzinfo=UTC) for day in (1, 2, 3, 4))


def work(code: str, title: str, writer: str, performer: str = "", **facts: Any) -> int:
    people = (ContributorDraft(writer, "CA", party_code=f"M-{writer}", pr_own_ppm=1_000_000),)
    recordings = (RecordingDraft(title, None, performer),) if performer else ()
    draft = WorkDraft(title=title, code=code, contributors=people, recordings=recordings, **facts)
    return register_works(actor=CHEN, at=AT, drafts=[draft], claim="Aurora", intake_id=None).work_ids[0]


def party(name: str, code: str, **facts: Any) -> int:
    return register_party(actor=CHEN, at=AT, kind="writer", name=name, code=code, **facts)


def search(actor: Actor = CHEN, at: datetime = AT) -> queries.SearchRow:
    return services.search_works(actor=actor, at=at)


def waiting(kind: PairKind = PairKind.WORK) -> list[tuple[int, int]]:
    return [(row.first.id, row.second.id) for row in queries.list_pairs(kind).rows]


def test_equal_works_are_found_once_and_a_decision_is_remembered() -> None:
    one = work("W1", "Quiet Evening River", "Asan Aitmatov", "The Steppe Band")
    two = work("W2", "The Quiet Evening River", "Asan Aitmatov", "Steppe Band")
    work("W3", "Morning in Almaty", "Bek Omarov", "Somebody")
    done = search()
    assert (done.asked_count, done.pair_count, done.new_count) == (3, 1, 1)
    [pair] = queries.list_pairs(PairKind.WORK).rows
    assert (pair.first.id, pair.second.id, pair.first.code, pair.second.name) == (
        one,
        two,
        "W1",
        "The Quiet Evening River",
    )
    assert pair.reasons
    assert pair.score_ppm >= 500_000
    again = search(at=LATER)
    assert (again.pair_count, again.new_count) == (1, 0)
    assert services.tell_apart(actor=CHEN, at=LATER, pair_id=pair.id).state is PairState.DISTINCT
    assert search(at=STILL_LATER).pair_count == 0
    assert waiting() == []
    assert queries.list_pairs(PairKind.WORK, state=PairState.DISTINCT).total == 1
    services.reopen_pair(actor=CHEN, at=MUCH_LATER, pair_id=pair.id)
    assert waiting() == [(one, two)]
    last = queries.last_search(PairKind.WORK)
    assert last is not None
    assert (last.asked_count, last.pair_count, last.new_count, last.searched_by) == (3, 0, 0, "chen")


def test_two_works_of_the_very_same_texts_are_found() -> None:
    one, two = (work(code, "Quiet Evening River", "Asan Aitmatov", "The Steppe Band") for code in ("W1", "W2"))
    search()
    assert waiting() == [(one, two)]


def test_works_of_one_iswc_are_found_whatever_they_are_called() -> None:
    iswc = make_iswc(55)
    one, two = work("W1", "River", "Asan Aitmatov", iswc=iswc), work("W2", "Ріка", "Bek Omarov")
    assert search().pair_count == 0
    Work.objects.filter(pk=two).update(iswc=iswc)
    search()
    [pair] = queries.list_pairs(PairKind.WORK).rows
    assert (pair.first.id, pair.second.id) == (one, two)
    assert ("ISWC equal", 5_000) in pair.reasons


def test_a_merge_hides_what_waits_about_the_dropped_record_and_an_undo_shows_it_again() -> None:
    one, two, three = (work(f"W{n}", "Quiet Evening River", "Asan Aitmatov", "The Steppe Band") for n in (1, 2, 3))
    search()
    assert waiting() == [(one, two), (one, three), (two, three)]
    first = queries.list_pairs(PairKind.WORK).rows[0]
    merged = services.merge_pair(actor=CHEN, at=LATER, pair_id=first.id, keep_id=two)
    assert (merged.state, merged.kept_id) == (PairState.MERGED, two)
    assert waiting() == [(two, three)]
    assert search(at=STILL_LATER).new_count == 0
    services.reopen_pair(actor=CHEN, at=MUCH_LATER, pair_id=first.id)
    assert sorted(waiting()) == [(one, two), (one, three), (two, three)]
    assert current_work_ids([one]) == {one: one}
    tags = [event.tag for event in list_events(subject=("duplicate_pair", first.id)).rows]
    assert tags == ["duplicates.reopened", "duplicates.decided"]


def test_the_kept_record_stands_in_where_it_has_no_pair_of_its_own() -> None:
    one, two = work("W1", "Quiet Evening River", "Asan Aitmatov"), work("W2", "Ріка", "Bek Omarov")
    three = work("W3", "Quiet Evening River", "Asan Aitmatov")
    search()
    assert waiting() == [(one, three)]
    pair = services.merge_two(actor=CHEN, at=LATER, kind=PairKind.WORK, keep_id=two, drop_id=one)
    assert waiting() == [(two, three)]
    services.reopen_pair(actor=CHEN, at=STILL_LATER, pair_id=pair.id)
    assert sorted(waiting()) == [(one, two), (one, three)]


def test_decisions_and_candidates_of_matching_follow_a_merge_and_its_undo() -> None:
    one, two, three = work("W1", "River", "Asan"), work("W2", "Ріка", "Asan"), work("W3", "Sea", "Bek")
    candidates = [
        {"work_id": two, "score_ppm": 600_000, "reasons": [["title equal", 1]]},
        {"work_id": one, "score_ppm": 500_000, "reasons": [["title alike", 1]]},
        {"work_id": three, "score_ppm": 1_000, "reasons": []},
    ]
    item = ReviewItem.objects.create(
        memory_key="k", band="review", state="picked", title="River", codes=[], search_text="river", score_ppm=600_000,
        uncertainty_ppm=0, best_work_id=two, candidates=candidates, line_count=1, use_count=1, priority=1,
        sample_line_id=1,
    )  # fmt: skip
    facts = {"memory_key": "k", "item": item, "decided_by": "chen", "decided_at": AT, "verdict": "pick"}
    MatchDecision.objects.create(source_code="", work_id=two, refused=[one, three], **facts)
    MatchDecision.objects.create(source_code="radio", work_id=None, refused=[two], **facts | {"verdict": "reject"})

    def said(source: str) -> set[tuple[int, bool, int]]:
        columns = (decisions_for(source).column(name).to_pylist() for name in ("work_id", "is_work", "rank"))
        return set(zip(*columns, strict=True))

    before = said("radio"), get_item(item.pk).candidates
    assert said("") == {(two, True, 1), (one, False, 1), (three, False, 1)}
    pair = services.merge_two(actor=CHEN, at=LATER, kind=PairKind.WORK, keep_id=one, drop_id=two)
    assert said("") == {(one, True, 1), (three, False, 1)}, "what was named and refused is one work now: the name holds"
    assert said("radio") == {(one, True, 1), (three, False, 1), (one, False, 0)}
    shown = get_item(item.pk).candidates
    assert [(found.work_id, found.score_ppm) for found in shown] == [(one, 600_000), (three, 1_000)]
    assert {row.work_id for row in list_decisions().rows} == {one, None}
    services.reopen_pair(actor=CHEN, at=STILL_LATER, pair_id=pair.id)
    assert (said("radio"), get_item(item.pk).candidates) == before


def test_a_merge_and_its_undo_are_refused_with_the_reason_and_change_nothing() -> None:
    one, two = (work(f"W{n}", "Quiet Evening River", "Asan Aitmatov") for n in (1, 2))
    search()
    [pair] = queries.list_pairs(PairKind.WORK).rows
    for actor in (AIGUL, DEWI, ERLAN, FARIDA):
        with pytest.raises(NotAllowed):
            search(actor)
        with pytest.raises(NotAllowed):
            services.merge_pair(actor=actor, at=LATER, pair_id=pair.id, keep_id=one)
        with pytest.raises(NotAllowed):
            services.tell_apart(actor=actor, at=LATER, pair_id=pair.id)
        with pytest.raises(NotAllowed):
            services.merge_two(actor=actor, at=LATER, kind=PairKind.WORK, keep_id=one, drop_id=two)
    with pytest.raises(queries.UnknownPair, match="neither"):
        services.merge_pair(actor=CHEN, at=LATER, pair_id=pair.id, keep_id=999)
    with pytest.raises(queries.UnknownPair, match="999"):
        services.merge_pair(actor=CHEN, at=LATER, pair_id=999, keep_id=one)
    with pytest.raises(services.AlreadySettled, match="itself"):
        services.merge_two(actor=CHEN, at=LATER, kind=PairKind.WORK, keep_id=one, drop_id=one)
    with pytest.raises(services.AlreadySettled, match="Nothing was decided"):
        services.reopen_pair(actor=CHEN, at=LATER, pair_id=pair.id)
    services.merge_pair(actor=CHEN, at=LATER, pair_id=pair.id, keep_id=one)
    with pytest.raises(services.AlreadySettled, match="chen decided"):
        services.tell_apart(actor=CHEN, at=LATER, pair_id=pair.id)
    withdraw_claim(actor=CHEN, at=STILL_LATER, work_id=one, claim="Aurora")
    three = work("W3", "Quiet Evening River", "Asan Aitmatov")
    merge_works(actor=CHEN, at=STILL_LATER, keep_id=one, drop_id=three)
    with pytest.raises(MergeStands):
        services.reopen_pair(actor=CHEN, at=MUCH_LATER, pair_id=pair.id)
    assert queries.get_pair(pair.id).state is PairState.MERGED


def test_parties_are_found_merged_and_parted_and_their_conflicts_follow() -> None:
    one = party("Асан Аматов", "M-1")
    two = party("Amatov, Asan", "M-2", ipi_name=make_ipi_name(7))
    party("Bek Omarov", "M-3")
    for claim, code in (("Aurora", "M-1"), ("Borealis", "M-2")):
        people = (ContributorDraft("Asan", "CA", party_code=code, pr_own_ppm=1_000_000),)
        draft = WorkDraft(title="River", code="W1", contributors=people)
        [work_id] = register_works(actor=CHEN, at=AT, drafts=[draft], claim=claim, intake_id=None).work_ids
    assert list_conflicts().total == 1
    done = services.search_parties(actor=CHEN, at=AT)
    assert (done.asked_count, done.new_count) == (3, 1)
    [pair] = queries.list_pairs(PairKind.PARTY).rows
    assert (pair.first.id, pair.second.id) == (one, two)
    services.merge_pair(actor=CHEN, at=LATER, pair_id=pair.id, keep_id=one)
    assert current_party_ids([two]) == {two: one}
    assert list_conflicts(None).total == 0
    answer = shares_of(work_id, right=Right.PERFORMING, territory=586, usage_on=date(2026, 6, 1), known_at=LATER)
    assert [(part.party_id, part.share_ppm) for part in answer.parts] == [(one, 1_000_000)]
    assert services.search_parties(actor=CHEN, at=LATER).pair_count == 0
    services.reopen_pair(actor=CHEN, at=STILL_LATER, pair_id=pair.id)
    assert list_conflicts().total == 1
    for member in (one, two):
        join_member(actor=CHEN, at=STILL_LATER, party_id=member)
    with pytest.raises(CannotMergeParties, match="both are members"):
        services.merge_pair(actor=CHEN, at=MUCH_LATER, pair_id=pair.id, keep_id=one)
    assert waiting(PairKind.PARTY) == [(one, two)]


def test_a_search_over_one_file_finds_only_what_it_brought(tmp_path: Path) -> None:
    one, two = (work(f"W{n}", "Quiet Evening River", "Asan Aitmatov") for n in (1, 2))
    file = write_table(tmp_path, "W3,Quiet Evening River,,,,Asan Aitmatov,,CA,100,100,")
    intake_id = import_works_table(actor=CHEN, at=AT, path=file, claim="own").intake_id
    [three] = works_of_intake(intake_id)
    done = services.search_works(actor=CHEN, at=AT, intake_id=intake_id)
    assert (done.asked_count, done.new_count) == (1, 2)
    assert waiting() == [(one, three), (two, three)]
    assert queries.list_pairs(PairKind.WORK, intake_id=intake_id).total == 2
    assert queries.list_pairs(PairKind.WORK, record_id=one).total == 1
    assert (queries.last_search(PairKind.WORK, intake_id), queries.last_search(PairKind.WORK)) == (done, None)
    assert search(at=LATER).new_count == 1
    members = services.search_parties(actor=CHEN, at=LATER, intake_id=intake_id)
    assert members.asked_count == 1, "the writer that came with the file"
