"""KBART title lists of both phases: invented titles, every rule from both sides, hostile lists."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.formats.door import Head, recognise
from muniment.kernel.formats.door.records import WorkRecord
from muniment.kernel.formats.kbart import check, read_records
from muniment.kernel.formats.kbart.door import FORMAT
from muniment.kernel.formats.kbart.rules import ADDED_IN_2, PHASE_1, TABLE
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.mutations import read_all, spoilt
from tests.kernel.formats.real_files import SHARED, needs_real_files

HEADERS = [*PHASE_1[:14], "notes", "publisher_name", *ADDED_IN_2]
JOURNAL = {
    "publication_title": "Steppe Studies", "print_identifier": "0378-5955", "online_identifier": "2049-3630",
    "date_first_issue_online": "1998", "num_first_vol_online": "1", "date_last_issue_online": "2020-12",
    "title_url": "https://journals.example/steppe", "title_id": "steppe", "coverage_depth": "fulltext",
    "publisher_name": "Steppe Press", "publication_type": "serial", "access_type": "P", "embargo_info": "P1Y",
}  # fmt: skip
BOOK = {
    "publication_title": "A Bridge by Night", "print_identifier": "9780306406157",
    "online_identifier": "9783161484100", "first_author": "Malik", "first_editor": "Tashenov", "title_id": "bridge",
    "publication_type": "monograph", "date_monograph_published_print": "2025-06", "monograph_edition": "2",
    "date_monograph_published_online": "2026-01-31", "coverage_depth": "fulltext", "access_type": "F",
}  # fmt: skip


def _list(*rows: dict[str, str], headers: list[str] = HEADERS) -> bytes:
    lines = ["\t".join(headers), *("\t".join(row.get(name, "") for name in headers) for row in rows)]
    return "\r\n".join(lines).encode()


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "titles.txt"
    path.write_bytes(content)
    return path


def _works(path: Path) -> list[WorkRecord]:
    return [item for item in read_records(path) if isinstance(item, WorkRecord)]


def test_a_journal_is_a_work_with_one_edition_of_two_numbers(tmp_path: Path) -> None:
    path = _write(tmp_path, _list(JOURNAL, BOOK))
    assert list(check(path)) == []
    journal = _works(path)[0]
    [edition] = journal.editions
    assert (journal.titles[0].text, edition.kind, edition.publisher) == ("Steppe Studies", "journal", "Steppe Press")
    assert [one.value for one in edition.identifiers] == ["03785955", "20493630"]
    assert edition.coverage == "1998 (vol. 1) – 2020-12; fulltext; P1Y"
    assert (edition.url, edition.access) == ("https://journals.example/steppe", "paid")


def test_a_book_is_a_work_with_an_edition_for_each_form(tmp_path: Path) -> None:
    book = _works(_write(tmp_path, _list(BOOK)))[0]
    assert [(one.name, one.roles) for one in book.parties] == [("Malik", ("author",)), ("Tashenov", ("editor",))]
    told = [(one.form, one.identifiers[0].value, one.dates[0].text, one.edition) for one in book.editions]
    assert told == [("print", "9780306406157", "2025-06", "2"), ("online", "9783161484100", "2026-01-31", "2")]


BROKEN = {
    "KB-03": ("publication_title", ""),
    "KB-04": ("print_identifier", "0378-5956"),
    "KB-06": ("date_first_issue_online", "May 1998"),
    "KB-07": ("date_last_issue_online", "1990"),
    "KB-08": ("coverage_depth", "print"),
    "KB-09": ("publication_type", "map"),
    "KB-10": ("access_type", "X"),
    "KB-11": ("embargo_info", "a year"),
    "KB-12": ("title_url", "steppe"),
    "KB-13": ("publication_title", "Steppe \u202eStudies"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_told_with_its_line(rule: str, tmp_path: Path) -> None:
    column, text = BROKEN[rule]
    path = _write(tmp_path, _list(BOOK, JOURNAL | {column: text}))
    assert [(found.rule, found.line, found.field) for found in check(path)] == [(rule, 3, column)]


def test_a_title_without_any_number_is_told(tmp_path: Path) -> None:
    path = _write(tmp_path, _list({"publication_title": "Alone", "publication_type": "serial"}))
    assert [found.rule for found in check(path)] == ["KB-05"]


def test_phase_1_is_told_by_its_columns_and_missing_ones_are_named(tmp_path: Path) -> None:
    path = _write(tmp_path, _list(JOURNAL, headers=list(PHASE_1)))
    assert (list(check(path)), recognise(path).recognised.version) == ([], "phase 1")
    path = _write(tmp_path, _list(JOURNAL, headers=list(PHASE_1[:-1])))
    assert [(found.rule, found.field) for found in check(path)] == [("KB-02", "publisher_name")]


def test_a_line_with_too_many_cells_and_a_list_without_titles(tmp_path: Path) -> None:
    path = _write(tmp_path, _list(BOOK) + b"\r\n" + b"x\t" * 40 + b"y\r\n" + _list(JOURNAL).splitlines()[1])
    assert "KB-14" in {found.rule for found in check(path)}
    assert len(_works(path)) == 2
    with pytest.raises(BadFile, match="publication_title"):
        list(read_records(_write(tmp_path, b"title\tissn\nA\tB\n")))
    assert {"KB-01", "KB-02", "KB-05", "KB-14"} | set(BROKEN) == set(TABLE.ids)


def test_the_door_knows_a_list_by_its_columns(tmp_path: Path) -> None:
    found = recognise(_write(tmp_path, _list(BOOK)))
    assert (found.format.name, found.recognised.version) == ("kbart", "phase 2")
    assert FORMAT.recognise(Head(b"publication_title\tprice\n", "x.tsv")) is None
    assert FORMAT.preview(_write(tmp_path, _list(BOOK, JOURNAL)), 5).counts == {"works": 2, "editions": 3}


@given(data=st.data())
def test_a_spoilt_list_is_told_or_refused(data: st.DataObject, tmp_path: Path) -> None:
    found = read_all(read_records, tmp_path / "spoilt.txt", data.draw(spoilt(_list(JOURNAL, BOOK))))
    assert isinstance(found, str) or all(isinstance(item, Problem | WorkRecord) for item in found)


@needs_real_files
def test_a_real_list_is_read_whole() -> None:
    path = SHARED / "kbart" / "pykbart_printHoldings.txt"
    assert len(_works(path)) == 965
    assert {found.rule for found in check(path)} <= {"KB-05", "KB-08", "KB-12"}
