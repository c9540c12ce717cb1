"""Neutral records into works, shares and recordings; the whole repertoire out as BWARM and in again."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from muniment.kernel.formats.bwarm import read_set
from muniment.kernel.formats.door import UnknownFormat
from muniment.kernel.formats.door.records import (
    IdentifierRecord,
    NeutralRecord,
    PartyRecord,
    PlaceRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.words.identifiers import make_ipi_name, make_iswc
from muniment.kernel.words.problems import BadFile, Problem
from muniment.rights.works import queries
from muniment.rights.works.queries.editions import editions_of
from muniment.rights.works.queries.records import iter_records
from muniment.rights.works.rules.drafts import EditionDraft
from muniment.rights.works.rules.record_drafts import chains_of, draft_of
from muniment.rights.works.services import WorksReport, undo_works_intake
from muniment.rights.works.services.record_export import export_bwarm
from muniment.rights.works.services.records import import_records, preview_records
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.services import DuplicateFile
from tests.cast import AIGUL, CHEN, ERLAN
from tests.kernel.formats.bwarm.samples import DPID, change, write_sample
from tests.kernel.formats.ern.test_ern import ERN_4, ISRC
from tests.kernel.formats.ern.test_ern import ISWC as ERN_ISWC
from tests.rights.works.samples import AT, LATER, STILL_LATER, answer, write_table

IPI = (make_ipi_name(501), make_ipi_name(502))


def take(path: Path, claim: str = "Sister", **more: object) -> WorksReport:
    return import_records(actor=CHEN, at=AT, format_name="bwarm", path=path, claim=claim, **more)  # type: ignore[arg-type]


def work_named(text: str) -> queries.WorkRow:
    [hit] = queries.find_works(text).rows
    return queries.get_work(hit.id)


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["1.0.1", "2.0"])
def test_a_set_becomes_works_with_shares_and_recordings(version: str, tmp_path: Path) -> None:
    report = take(write_sample(tmp_path / "set", version))
    work = work_named("song river")
    assert (report.work_count, report.recording_count, report.party_count) == (2, 2, 3)
    assert [problem.rule for problem in report.problems] == []
    assert [(row.role, row.chain, row.pr_own_ppm, row.sr_own_ppm) for row in work.contributions] == [
        ("C", 1, 500_000, 0),
        ("E", 1, 500_000, 0),
    ]
    assert answer(work.id, "PR", 586) == {"Nurlan Tashenov": 500_000, "River Tunes": 500_000}
    assert answer(work.id, "PR", 840) == {"River Tunes": 1_000_000}
    assert [title.title for title in work.titles] == ["دریا کا گیت"]
    assert work.numbers == (("Sister", "W1"), ("Society of the Steppe", "RT-7"))
    [recording] = work.recordings
    assert (recording.performer, recording.duration_ms) == ("The Bridge", 200_500)
    assert answer(work_named("夜の橋").id, "SR") == {"صانیہ ملک": 1_000_000}


@pytest.mark.django_db
def test_the_same_set_again_changes_nothing(tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", "2.0")
    take(folder)
    with pytest.raises(DuplicateFile):
        take(folder)
    again = take(change(folder, "parties", "River Tunes", "River Tunes"))  # without its manifest: another file
    assert (again.work_count, again.known_work_count, again.superseded_count) == (0, 2, 0)
    assert (again.party_count, again.share_line_count, again.recording_count) == (0, 0, 0)


@pytest.mark.django_db
def test_another_share_replaces_the_senders_own_and_an_undo_restores_it(tmp_path: Path) -> None:
    take(write_sample(tmp_path / "set", "1.0.1"))
    changed = write_sample(tmp_path / "other", "1.0.1")
    for old, new in (
        ("S4\tW1\tP1\tComposer\t50", "S4\tW1\tP1\tComposer\t40"),
        ("S5\tW1\tP3\tOriginalPublisher\t50", "S5\tW1\tP3\tOriginalPublisher\t60"),
    ):
        change(changed, "workrightshares", old, new)
    second = import_records(actor=CHEN, at=LATER, format_name="bwarm", path=changed, claim="Sister")
    work = work_named("song river")
    assert second.superseded_count == 1
    assert answer(work.id, "PR", 586) == {"Nurlan Tashenov": 400_000, "River Tunes": 600_000}
    undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=second.intake_id)
    assert answer(work.id, "PR", 586, known_at=STILL_LATER) == {"Nurlan Tashenov": 500_000, "River Tunes": 500_000}


@pytest.mark.django_db
def test_what_another_submitter_claims_beyond_the_whole_is_in_dispute(tmp_path: Path) -> None:
    take(write_sample(tmp_path / "set", "1.0.1"))
    rival = change(write_sample(tmp_path / "rival", "1.0.1"), "workrightshares", "S7\tW2\tP2", "S7\tW2\tP1")
    change(rival, "works", "W2\t", "W2\tT0000000010")
    report = take(rival, "Rival")
    assert report.conflict_count == 0  # W1 is said alike; W2 of the rival is another work until its ISWC is known
    assert report.work_count == 1


@pytest.mark.django_db
def test_the_repertoire_goes_out_and_comes_in_equal(tmp_path: Path) -> None:
    take(write_sample(tmp_path / "set", "2.0"))
    report = export_bwarm(actor=CHEN, at=LATER, folder=tmp_path / "out", version="2.0", sender=DPID)
    assert (report.work_count, report.recording_count, report.party_count) == (2, 2, 5)
    items = list(read_set(tmp_path / "out"))
    assert [item for item in items if isinstance(item, Problem)] == []
    before = list(_compared(iter_records()))
    [intake] = {queries.get_work(hit.id).intake_id for hit in queries.find_works().rows}
    assert intake is not None
    undo_works_intake(actor=CHEN, at=LATER, intake_id=intake)
    assert queries.find_works().total == 0
    second = import_records(actor=CHEN, at=STILL_LATER, format_name="bwarm", path=tmp_path / "out", claim="Sister")
    assert (second.work_count, second.party_count) == (2, 0)  # every party is known by its IPI
    assert list(_compared(iter_records())) == before


def _compared(records: Iterator[WorkRecord]) -> Iterator[object]:
    """Yield what must be equal: everything but the keys, which are those of a database."""
    for work in records:
        places = {share.key: place for place, share in enumerate(work.shares)}
        shares = [
            dataclasses.replace(share, key="", over=str(places[share.over]) if share.over else "")
            for share in work.shares
        ]
        recordings = [dataclasses.replace(one, key="", works=()) for one in work.recordings]
        numbers = [one for one in work.identifiers if one.allocated_by != "Sister"]
        yield dataclasses.replace(
            work, key="", shares=tuple(shares), recordings=tuple(recordings), identifiers=tuple(numbers)
        )


@pytest.mark.django_db
def test_nothing_is_written_by_those_who_may_not_or_of_what_cannot_be_read(tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "set", "2.0")
    for actor in (AIGUL, ERLAN):
        with pytest.raises(NotAllowed):
            import_records(actor=actor, at=AT, format_name="bwarm", path=folder, claim="Sister")
        with pytest.raises(NotAllowed):
            export_bwarm(actor=ERLAN, at=AT, folder=tmp_path / "out", version="2.0", sender=DPID)
    with pytest.raises(UnknownFormat):
        import_records(actor=CHEN, at=AT, format_name="tables", path=folder, claim="Sister")
    (folder / "musicalworks.tsv").unlink()
    with pytest.raises(BadFile):
        take(folder)
    assert queries.find_works().total == 0


@pytest.mark.django_db
def test_a_bad_line_is_reported_with_its_line_and_the_others_are_taken(tmp_path: Path) -> None:
    folder = change(write_sample(tmp_path / "set", "1.0.1"), "works", "\t夜の橋", "\t")
    report = take(folder)
    assert report.work_count == 1
    told = [(problem.line, problem.rule) for problem in report.problems]
    assert (2, "BW-07") in told
    assert "BW-09" in {rule for _line, rule in told}  # the shares of the work that is left out
    assert report.bad_count == sum(rule in ("BW-07", "BW-09") for _line, rule in told)


@pytest.mark.django_db
def test_versions_of_a_submitter_go_out_by_themselves(tmp_path: Path) -> None:
    from muniment.rights.works.services import import_works_table

    table = write_table(tmp_path, f"X1,Alone,,,,Asan,{IPI[0]},CA,100,100,World")
    import_works_table(actor=CHEN, at=AT, path=table, claim="own")
    take(write_sample(tmp_path / "set", "2.0"))
    alone = [work for work in iter_records("own") if work.shares]
    assert [work.titles[0].text for work in alone] == ["Alone"]
    assert {share.kind for share in alone[0].shares} == {"ownership", "collection"}


@pytest.mark.django_db
def test_a_preview_writes_nothing(tmp_path: Path) -> None:
    drafts, problems = preview_records(format_name="bwarm", path=write_sample(tmp_path / "set", "2.0"))
    assert [draft.title for draft in drafts] == ["Song of the River", "夜の橋"]
    assert problems == ()
    assert queries.find_works().total == 0


def _work(*shares: ShareRecord) -> WorkRecord:
    parties = (PartyRecord("Asan", "A", ("composer",)), PartyRecord("Indus", "B", ("publisher",)))
    return WorkRecord("W", (TitleRecord("Song"),), parties, shares)


def test_a_share_for_some_uses_or_of_another_right_is_no_claim() -> None:
    limited = ShareRecord("A", 500_000, "1", right="MR", kind="collection", use_types=("Download",))
    printed = ShareRecord("A", 500_000, "2", right_told="PrintRight", kind="collection")
    nowhere = ShareRecord("A", 500_000, "3", right="PR", kind="collection", place=PlaceRecord((840,), (840,)))
    draft, problems = draft_of(_work(limited, printed, nowhere))
    assert draft.shares == ()
    assert {problem.rule for problem in problems} == {"work.limited_use", "work.other_right", "work.no_claim"}


def test_administration_stands_in_where_nobody_collects() -> None:
    alone = ShareRecord("B", 1_000_000, "1", right="MR", kind="administration")
    collected = ShareRecord("A", 1_000_000, "2", right="PR", kind="collection")
    beside = ShareRecord("B", 400_000, "3", right="PR", kind="administration")
    draft, problems = draft_of(_work(alone, collected, beside))
    assert [(share.right.value, share.share_ppm) for share in draft.shares] == [("MR", 1_000_000), ("PR", 1_000_000)]
    assert problems == ()


def test_chains_follow_the_shares_that_are_parts_of_others() -> None:
    shares = [
        ShareRecord("A", 1, "1", "composer", over="2"),
        ShareRecord("B", 1, "2", "publisher"),
        ShareRecord("C", 1, "3", "administrator", over="2"),
        ShareRecord("D", 1, "4", "publisher"),
        ShareRecord("E", 1, "5", "lyricist"),
        ShareRecord("B", 1, "6", "publisher", kind="collection"),
        ShareRecord("F", 1, "7", "composer", over="8"),
        ShareRecord("F", 1, "8", "composer", over="7"),
    ]
    found = chains_of(shares)
    assert (found["1"], found["2"], found["3"], found["4"], found["6"]) == (1, 1, 1, 3, 1)
    assert "5" not in found


def test_a_party_without_a_share_is_a_contributor_all_the_same() -> None:
    draft, _problems = draft_of(_work(ShareRecord("A", 1_000_000, "1", "composer")))
    assert [(one.name, one.role, one.pr_own_ppm) for one in draft.contributors] == [
        ("Asan", "C", 1_000_000),
        ("Indus", "E", 0),
    ]


def test_a_recording_keeps_what_its_file_says() -> None:
    parties = (PartyRecord("Band", roles=("main artist",)), PartyRecord("Label", roles=("rights holder",)))
    recording = RecordingRecord(
        "R",
        (TitleRecord("Song", subtitle="Live"),),
        parties=parties,
        identifiers=(IdentifierRecord("ISRC", "KZA1B2400007"),),
        p_line="2024 Label",
    )
    record: NeutralRecord = WorkRecord("W", (TitleRecord("Song"),), recordings=(recording,))
    assert isinstance(record, WorkRecord)
    [draft] = draft_of(record)[0].recordings
    assert (draft.performer, draft.version, draft.controller, draft.p_line) == ("Band", "Live", "Label", "2024 Label")
    assert draft.credits == ("rights holder: Label",)
    assert make_iswc(1) not in draft.credits


def write_onix(folder: Path, *products: tuple[str, str, str], name: str = "books.xml", kind: str = "03") -> Path:
    """Write invented books: (reference, ISBN, title), by the same two people."""
    body = "".join(
        f"<Product><RecordReference>{reference}</RecordReference><NotificationType>{kind}</NotificationType>"
        f"<ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{isbn}</IDValue></ProductIdentifier>"
        f"<DescriptiveDetail><ProductForm>BC</ProductForm><TitleDetail><TitleType>01</TitleType><TitleElement>"
        f"<TitleElementLevel>01</TitleElementLevel><TitleText>{title}</TitleText></TitleElement></TitleDetail>"
        "<Contributor><ContributorRole>A01</ContributorRole><PersonName>Saniya Malik</PersonName>"
        "<AlternativeName><PersonName>صانیہ ملک</PersonName></AlternativeName></Contributor>"
        "<Contributor><ContributorRole>B06</ContributorRole><PersonName>Nurlan Tashenov</PersonName></Contributor>"
        "</DescriptiveDetail><PublishingDetail><Publisher><PublisherName>Steppe Press</PublisherName></Publisher>"
        "<PublishingDate><PublishingDateRole>01</PublishingDateRole><Date>20260131</Date></PublishingDate>"
        "</PublishingDetail></Product>"
        for reference, isbn, title in products
    )
    path = folder / name
    path.write_text(f'<ONIXMessage release="3.0">{body}</ONIXMessage>', encoding="utf-8")
    return path


ISBNS = ("9780306406157", "9783161484100", "9780201616224")


def books(path: Path, claim: str = "Steppe Press", at: datetime = AT) -> WorksReport:
    return import_records(actor=CHEN, at=at, format_name="onix", path=path, claim=claim)


@pytest.mark.django_db
def test_editions_of_one_book_are_one_work_and_are_found_by_isbn(tmp_path: Path) -> None:
    report = books(
        write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge"), ("r2", ISBNS[1], "A Bridge"), ("r3", ISBNS[2], "A River"))
    )
    assert (report.work_count, report.line_count, report.party_count) == (2, 3, 2)
    work = work_named("9780306406157")
    assert (work.title, work.work_class) == ("A Bridge", "TEXT")
    assert [(row.name, row.role) for row in work.contributions] == [("Saniya Malik", "A"), ("Nurlan Tashenov", "TR")]
    editions = editions_of(work.id)
    assert {number for one in editions for _scheme, number in one.numbers} == {"978-0-306-40615-7", "978-3-16-148410-0"}
    assert {(one.form, one.publisher, one.published) for one in editions} == {
        ("paperback", "Steppe Press", "2026-01-31")
    }
    assert [hit.title for hit in queries.find_works("صانیہ").rows] == []  # a name of the party, not of the work
    assert answer(work.id) == {"UNCLAIMED": 1_000_000}


@pytest.mark.django_db
def test_a_book_that_another_sender_tells_is_known_by_its_isbn_or_its_authors(tmp_path: Path) -> None:
    books(write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge")))
    other = books(
        write_onix(tmp_path, ("x1", ISBNS[0], "The Bridge"), ("x2", ISBNS[1], "A Bridge"), name="b.xml"), "Library"
    )
    assert (other.work_count, other.known_work_count) == (0, 2)
    work = work_named("a bridge")
    assert [title.title for title in work.titles] == ["The Bridge"]
    assert len(editions_of(work.id)) == 2


@pytest.mark.django_db
def test_books_again_change_nothing_and_an_undo_takes_them_back(tmp_path: Path) -> None:
    first = books(write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge")))
    again = books(write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge"), name="b.xml", kind="04"), at=LATER)
    work = work_named("a bridge")
    assert (again.work_count, again.known_work_count, len(editions_of(work.id))) == (0, 1, 1)
    gone = books(write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge"), name="c.xml", kind="05"), at=LATER)
    assert editions_of(work.id) == ()
    undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=gone.intake_id)
    assert [one.numbers for one in editions_of(work.id)] == [(("ISBN", "978-0-306-40615-7"),)]
    for intake_id in (again.intake_id, first.intake_id):
        undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=intake_id)
    assert queries.find_works("bridge").total == 0


@pytest.mark.django_db
def test_a_message_that_breaks_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    path = write_onix(tmp_path, ("r1", ISBNS[0], "A Bridge"))
    path.write_text(path.read_text(encoding="utf-8").replace("</ONIXMessage>", "<Product>"), encoding="utf-8")
    with pytest.raises(BadFile):
        books(path)
    assert queries.find_works().total == 0


@pytest.mark.django_db
def test_recordings_are_linked_to_the_works_that_are_known(tmp_path: Path) -> None:
    take(write_sample(tmp_path / "set", "2.0"))
    path = tmp_path / "release.xml"
    path.write_text(ERN_4.replace(ISRC, "KZA1B2400008"), encoding="utf-8")
    report = import_records(actor=CHEN, at=LATER, format_name="ern", path=path, claim="Bridge Sounds")
    assert (report.recording_count, report.problems) == (1, ())
    [recording] = [one for one in work_named("song river").recordings if one.isrc == "KZA1B2400008"]
    assert (recording.version, recording.controller) == ("Live", "Bridge Sounds")
    assert recording.p_line == "2024 Bridge Sounds"
    assert "studio producer: Erzhan Audio" in recording.credits
    other = tmp_path / "other.xml"
    other.write_text(ERN_4.replace(ERN_ISWC, make_iswc(999)), encoding="utf-8")
    known = import_records(actor=CHEN, at=LATER, format_name="ern", path=other, claim="Bridge Sounds")
    assert known.recording_count == 0  # the ISRC is the one that came with the set
    undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=report.intake_id)
    assert "KZA1B2400008" not in {one.isrc for one in work_named("song river").recordings}


@pytest.mark.django_db
def test_a_recording_of_an_unknown_work_is_kept_without_one(tmp_path: Path) -> None:
    path = tmp_path / "release.xml"
    path.write_text(ERN_4, encoding="utf-8")
    report = import_records(actor=CHEN, at=AT, format_name="ern", path=path, claim="Bridge Sounds")
    assert [problem.rule for problem in report.problems] == ["recording.no_work"]
    [row] = queries.list_recordings(unlinked=True).rows
    assert (row.title, row.performer, row.work_id) == ("Song of the River", "The Bridge", None)


def test_the_issn_of_a_book_is_that_of_its_series() -> None:
    numbers = (("ISSN", "03785955"), ("ISBN", ISBNS[0]), ("OCLC", "1"))
    assert EditionDraft("A Bridge", "book", numbers=numbers).telling_numbers == (("ISBN", ISBNS[0]),)
    assert EditionDraft("Steppe Studies", "journal", numbers=numbers).telling_numbers == numbers[:2]
