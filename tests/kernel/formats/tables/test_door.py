"""Tables at the door: what they are about by their headers, what is wrong in them, what they begin with."""

from pathlib import Path

import pytest

from muniment.kernel.formats.door import Becomes, Head, NotRecognised, format_of, recognise
from muniment.kernel.formats.tables import ColumnMapping, Sheet, check_mapping, write_xlsx
from muniment.kernel.formats.tables.kinds import all_kinds, tell_kind
from muniment.kernel.formats.tables.rules import RULES

TABLES = format_of("tables")


@pytest.mark.parametrize(
    ("header", "becomes", "kind"),
    [
        ("Title,Artist,ISRC,Played at", Becomes.USAGES, "uses"),
        ("Titel;Komponist;Interpret;Datum", Becomes.USAGES, "uses"),
        ("عنوان,Plays,ISWC", Becomes.USAGES, "uses"),
        ("Work number,Title,ISWC,Party name,IPI name number,Role,PR share,MR share", Becomes.WORKS, "works"),
        ("Name,Type,Member number,IPI name number", Becomes.PARTIES, "members"),
        ("Payee,Work title,Period,Currency,Amount", Becomes.MONEY_FROM_SOCIETIES, "society money"),
        ("End to end id,Status,Booking date,Reason", Becomes.PAYMENT_ANSWER, "confirmations"),
    ],
)
def test_headers_tell_what_a_table_is_about(tmp_path: Path, header: str, becomes: Becomes, kind: str) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(header + "\n", encoding="utf-8")
    found = recognise(path)
    assert (found.format.name, found.becomes) == ("tables", becomes)
    assert found.recognised.profile == f"CSV of {kind}"
    assert found.recognised.certainty_ppm <= 400_000


def test_a_table_of_unknown_columns_is_a_table_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text("alpha,beta\n1,2\n3,4\n")
    found = recognise(path)
    assert (found.becomes, found.recognised.certainty_ppm) == (Becomes.NOTHING, 50_000)


@pytest.mark.parametrize(
    "content",
    [
        b"Dear all,\nhere is the list.\n",
        b"{}",
        b"<a>,</a>",
        b"a\nb\nc\n",
        b"\x00,\x00\n",
        b"%PDF-1.7,\n",
        b"\x89PNG,\n",
    ],
)
def test_what_is_no_table_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    assert TABLES.recognise(Head(content, "sent.csv")) is None
    (tmp_path / "sent.csv").write_bytes(content)
    with pytest.raises(NotRecognised):
        recognise(tmp_path / "sent.csv")


def test_a_workbook_is_opened_for_its_headers(tmp_path: Path) -> None:
    path = tmp_path / "sent.xlsx"
    write_xlsx([Sheet("Log", ("Title", "Plays"), [("Morning Star", 3)])], path)
    found = recognise(path)
    assert (found.recognised.profile, found.becomes) == ("XLSX of uses", Becomes.USAGES)
    assert TABLES.preview(path, 5).rows == (("Morning Star", "3"),)


def test_a_check_tells_cells_rows_and_identifiers(tmp_path: Path) -> None:
    path = tmp_path / "works.csv"
    path.write_text(
        "Title,ISWC,IPI name number,PR share,Share from\n"
        "Morning Star,T-034.524.680-1,00014107338,50,2026-01-31\n"
        "Evening Star,T-034.524.680-2,,fifty,03/04/2026\n"
        ",,,50,\n"
        "Night,,,50,,too many\n"
    )
    problems = list(TABLES.check(path))
    rules = [(problem.line, problem.rule) for problem in problems]
    assert (3, "table.bad_value") in rules
    assert (4, "table.missing_value") in rules
    assert (5, "table.too_many_cells") in rules
    assert {problem.rule for problem in problems} <= {rule.id for rule in RULES}
    assert not [rule for line, rule in rules if line == 2 and rule != "table.bad_identifier"]


def test_a_column_that_must_be_there_is_asked_for() -> None:
    works = next(about for about in all_kinds() if about.name == "works")
    problems = check_mapping(("ISWC", "Role"), ColumnMapping({"role": "Role"}), works.targets)
    assert [(problem.field, problem.rule) for problem in problems] == [("title", "table.missing_column")]


def test_identifiers_that_are_none_are_warnings(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("Title,ISRC,Plays\nMorning Star,NOT-AN-ISRC,3\n")
    assert [(problem.line, problem.field, problem.rule, problem.level.value) for problem in TABLES.check(path)] == [
        (2, "ISRC", "table.bad_identifier", "warning")
    ]


def test_kinds_need_what_they_say() -> None:
    assert tell_kind(("Artist", "Album")) is None
    assert tell_kind(("Title", "Artist")) is None
    assert len({about.name for about in all_kinds()}) == len(all_kinds())
