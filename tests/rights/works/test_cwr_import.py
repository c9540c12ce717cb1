"""CWR files: chains and collection become share lines, revisions supersede, rivals stand side by side."""

from pathlib import Path

import pytest

from muniment.kernel.words.problems import BadFile
from muniment.rights.works import queries, services
from muniment.rights.works.rules.conflicts import ConflictKind
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.services import DuplicateFile
from tests.cast import CHEN, DEWI
from tests.rights.works.samples import (
    AT,
    ISRC,
    ISWC,
    LATER,
    RIVAL,
    STILL_LATER,
    answer,
    sample_work,
    write_cwr_file,
)

pytestmark = pytest.mark.django_db


def only_work() -> queries.WorkRow:
    [hit] = queries.find_works("").rows
    return queries.get_work(hit.id)


def test_chains_and_collection_become_share_lines(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    report = services.import_cwr(actor=CHEN, at=AT, path=file)
    work = only_work()
    assert (report.work_count, report.party_count, report.good_count, report.problems) == (1, 3, 1, ())
    assert work.numbers == (("FIRST PUBLISHER", "A1"),)
    assert [(row.role, row.chain) for row in work.contributions] == [("E", 1), ("SE", 1), ("CA", 1)]
    home, abroad = answer(work.id, "PR", 586), answer(work.id, "PR", 276)
    assert home["SUB PUBLISHER"] == abroad[work.contributions[0].name] == 500_000
    assert answer(work.id, "MR", 586) == {"SUB PUBLISHER": 1_000_000}
    assert [row.agreement_number for row in work.share_lines if row.role == "E"] == ["AG1"] * 3
    assert [(row.isrc, row.performer) for row in work.recordings] == [(ISRC, "THE STEPPE BAND")]


def test_a_revision_closes_the_senders_lines_and_the_past_keeps_its_answer(tmp_path: Path) -> None:
    services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work()]))
    revised = sample_work(kind="REV", publisher=RIVAL)
    report = services.import_cwr(actor=CHEN, at=LATER, path=write_cwr_file(tmp_path / "b.V21", [revised]))
    work = only_work()
    assert (report.work_count, report.known_work_count, report.superseded_count) == (0, 1, 1)
    assert {line.known_to for line in work.closed_lines} == {LATER}
    before, after = answer(work.id, "MR", 276, AT), answer(work.id, "MR", 276, LATER)
    assert before != after
    assert sum(before.values()) == sum(after.values()) == 1_000_000
    assert not work.conflicts


def test_a_registration_sent_again_changes_nothing(tmp_path: Path) -> None:
    services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work()]))
    again = write_cwr_file(tmp_path / "b.V21", [sample_work(kind="REV")])
    report = services.import_cwr(actor=CHEN, at=LATER, path=again)
    assert (report.superseded_count, report.share_line_count, report.recording_count) == (0, 0, 0)
    assert only_work().closed_lines == ()


def test_a_rival_is_found_by_title_and_writers_and_stands_beside(tmp_path: Path) -> None:
    services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work()]))
    rival = sample_work(number="R9", publisher=RIVAL)
    file = write_cwr_file(tmp_path / "b.V21", [rival], "RIVAL PUBLISHER", RIVAL)
    report = services.import_cwr(actor=CHEN, at=LATER, path=file)
    work = only_work()
    assert (report.known_work_count, report.conflict_count) == (1, 1)
    assert answer(work.id, "PR", 276) == {"ASAN AITMATOV": 500_000, "DISPUTE": 500_000}
    [conflict, _more] = [row for row in queries.list_conflicts().rows if row.kind is ConflictKind.DISPUTE][:2]
    assert conflict.claims == ("FIRST PUBLISHER", "RIVAL PUBLISHER")
    services.withdraw_claim(actor=CHEN, at=STILL_LATER, work_id=work.id, claim="RIVAL PUBLISHER")
    assert queries.list_conflicts().total == 0
    assert "DISPUTE" not in answer(work.id, "PR", 276)


def test_a_work_is_recognised_by_its_iswc_whatever_its_title(tmp_path: Path) -> None:
    services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work(iswc=ISWC)]))
    other = sample_work(number="R9", title="THE RIVER", iswc=ISWC)
    services.import_cwr(actor=CHEN, at=LATER, path=write_cwr_file(tmp_path / "b.V21", [other], "OTHER", RIVAL))
    work = only_work()
    assert "THE RIVER" in [title.title for title in work.titles]
    assert {claim for claim, _number in work.numbers} == {"FIRST PUBLISHER", "OTHER"}


def test_a_broken_transaction_is_left_out_and_the_others_are_taken(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work(), sample_work(number="A2", title="SECOND")])
    text = file.read_bytes()
    first = text.index(b"SWR")
    file.write_bytes(text[:first] + text[first:].replace(b"05000", b"0X000", 1))
    report = services.import_cwr(actor=CHEN, at=AT, path=file)
    assert (report.line_count, report.good_count, report.work_count) == (2, 1, 1)
    assert report.problems[0].line is not None


def test_a_file_with_wrong_counts_is_refused_as_a_whole(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    file.write_bytes(file.read_bytes().replace(b"TRL0000100000001", b"TRL0000100000009"))
    report = services.import_cwr(actor=CHEN, at=AT, path=file)
    assert (report.state, report.work_count, report.bad_count) == ("refused", 0, 1)
    assert queries.find_works().total == 0


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00\x01\x02" * 50])
def test_what_is_no_cwr_is_a_bad_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.V21"
    file.write_bytes(content)
    with pytest.raises(BadFile):
        services.import_cwr(actor=CHEN, at=AT, path=file)


def test_the_same_file_is_refused_and_so_is_a_person_without_the_role(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    with pytest.raises(NotAllowed):
        services.import_cwr(actor=DEWI, at=AT, path=file)
    services.import_cwr(actor=CHEN, at=AT, path=file)
    with pytest.raises(DuplicateFile):
        services.import_cwr(actor=CHEN, at=LATER, path=file)


def test_a_preview_writes_nothing(tmp_path: Path) -> None:
    claim, works, problems = services.preview_cwr(write_cwr_file(tmp_path / "a.V21", [sample_work()]))
    assert (claim, [work.title for work in works], problems) == ("FIRST PUBLISHER", ["RIVER SONG"], ())
    assert queries.find_works().total == 0
