"""Columns are found by their names in several languages, and cells are read one way or refused."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from muniment.kernel.formats.tables import (
    ColumnMapping,
    FieldKind,
    TargetField,
    UnreadableCell,
    cells,
    guess_mapping,
    header_fingerprint,
    map_rows,
    parse_date,
    parse_decimal,
    parse_duration_ms,
    parse_integer,
    read_rows,
)
from muniment.kernel.formats.tables.cells import read_cell
from muniment.kernel.words.problems import BadFile, Level

PLAYS = (
    TargetField("title", required=True),
    TargetField("performers"),
    TargetField("isrc"),
    TargetField("duration", kind=FieldKind.DURATION),
    TargetField("date", kind="date"),
    TargetField("plays", ("Einsätze",), kind="integer"),
)


@pytest.mark.parametrize(
    "headers",
    [
        ["Track title", "Artist", "ISRC", "Length (mm:ss)", "Date", "Plays"],
        ["TITEL", "Interpret", "ISRC-Code", "Dauer", "Datum", "Einsätze"],
        ["Titre", "Interprète", "Code ISRC", "Durée", "Date", "Diffusions"],
        ["Título", "Intérprete", "Código ISRC", "Duración", "Fecha", "Cantidad"],
        ["Название", "Исполнитель", "isrc", "Длительность", "Дата", "Количество"],
        ["عنوان", "گلوکار", "ISRC", "دورانیہ", "تاریخ", "تعداد"],
        ["曲名", "歌手", "ISRC", "时长", "日期", "次数"],
    ],
)
def test_headers_are_understood_in_several_languages(headers: list[str]) -> None:
    names = [field.name for field in PLAYS]
    assert guess_mapping(headers, PLAYS).columns == dict(zip(names, headers, strict=True))
    shuffled = headers[::-1]
    assert guess_mapping(shuffled, PLAYS).columns == dict(zip(names, headers, strict=True))


def test_a_header_that_is_only_similar_is_not_taken() -> None:
    assert guess_mapping(["Title of the report", "Composer IPI"], (TargetField("title"), TargetField("composers"))) == (
        ColumnMapping({})
    )


def test_one_header_serves_one_field() -> None:
    fields = (TargetField("territory"), TargetField("country"))
    assert guess_mapping(["Country"], fields).columns == {"country": "Country"}


def test_the_fingerprint_ignores_order_and_case() -> None:
    assert header_fingerprint(["Title", "ISRC"]) == header_fingerprint(["isrc", "title "])
    assert header_fingerprint(["Title", "ISRC"]) != header_fingerprint(["Title", "ISWC"])


def test_rows_are_read_through_the_mapping_with_their_problems(tmp_path: Path) -> None:
    path = tmp_path / "plays.csv"
    path.write_text(
        "Titel;Dauer;Datum;Anzahl\nRegen;3:20;31.01.2026;1 234\n;3:20;;x\nSchnee;;04/05/2026;\n", encoding="utf-8"
    )
    table = read_rows(path)
    rows = list(map_rows(table, guess_mapping(table.headers, PLAYS), PLAYS))
    assert rows[0].values == {
        "title": "Regen",
        "performers": "",
        "isrc": "",
        "duration": "0:03:20",
        "date": "2026-01-31",
        "plays": "1234",
    }
    assert rows[0].problems == ()
    assert [(problem.line, problem.field, problem.rule) for problem in rows[1].problems] == [
        (3, "Titel", "table.missing_value"),
        (3, "Anzahl", "table.bad_value"),
    ]
    assert "2026-05-04 or 2026-04-05" in rows[2].problems[0].remedy


def test_a_missing_column_is_refused_before_any_row(tmp_path: Path) -> None:
    path = tmp_path / "plays.csv"
    path.write_text("Nummer;Dauer\n1;3:20\n", encoding="utf-8")
    table = read_rows(path)
    with pytest.raises(BadFile, match="No column gives 'title'; the columns found are 'Nummer', 'Dauer'"):
        map_rows(table, guess_mapping(table.headers, PLAYS), PLAYS)
    with pytest.raises(BadFile, match="wants a column 'Song'"):
        map_rows(table, ColumnMapping({"title": "Song"}), PLAYS)


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026/1/31", "20260131", "31.01.2026", "31/01/2026", "01/31/2026", "2026-01-31T10:00"]
)
def test_dates_are_read(text: str) -> None:
    assert parse_date(text) == date(2026, 1, 31)


def test_digits_of_other_scripts_are_digits() -> None:
    assert parse_date("۲۰۲۶-۰۱-۳۱") == date(2026, 1, 31)
    assert parse_integer("١٢٣") == 123


@pytest.mark.parametrize("text", ["03/04/2026", "2026-02-30", "tomorrow", "31.01.26", "3²"])
def test_a_date_with_two_readings_or_none_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCell):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("3:20", 200_000),
        ("0:03:20", 200_000),
        ("PT3M20S", 200_000),
        ("200", 200_000),
        ("1.5", 1500),
        ("3:20.250", 200_250),
    ],
)
def test_durations_are_read(text: str, milliseconds: int) -> None:
    assert parse_duration_ms(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["3:99", "long", "P", "PT", "-3", "²", "PT3M9223372036854775808S", "PT" + "9" * 5_000 + "H"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCell):
        parse_duration_ms(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("1.234,50", "1234.50"), ("1,234.50", "1234.50"), ("1 234,5", "1234.5"), ("12", "12"), ("0,125", "0.125")],
)
def test_decimals_are_read(text: str, plain: str) -> None:
    assert parse_decimal(text) == plain


@pytest.mark.parametrize("text", ["1,234", "1.2.3", "", "abc", "1e5", "NaN"])
def test_a_decimal_with_two_readings_or_none_is_refused(text: str) -> None:
    with pytest.raises(UnreadableCell):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("cell", "taken", "points"),
    [
        ("a\u202eb", "ab", "U+202E"),
        ("\u2067a\u2069\u200b", "a", "U+2067, U+2069, U+200B"),
        ("a\x9fb\x01", "ab", "U+009F, U+0001"),
        ("\ufeffa\U000e0041", "a", "U+FEFF, U+E0041"),
    ],
)
def test_what_cannot_be_seen_is_told_and_taken_out(tmp_path: Path, cell: str, taken: str, points: str) -> None:
    path = tmp_path / "plays.csv"
    path.write_text(f"title,performers,plays\n{cell},می\u200cخوانم,3\n\u200b,Asan,\u200b4\n", encoding="utf-8")
    table = read_rows(path)
    first, second = map_rows(table, guess_mapping(table.headers, PLAYS), PLAYS)
    assert (first.values["title"], first.values["performers"]) == (taken, "می\u200cخوانم")
    [problem] = first.problems
    assert (problem.line, problem.field, problem.rule, problem.level) == (2, "title", "table.unseen", Level.WARNING)
    assert f"({points}); it is taken as {taken!r}" in problem.message
    assert second.values["plays"] == "4"
    assert [one.rule for one in second.problems] == ["table.unseen", "table.missing_value", "table.unseen"]


def test_long_cells_are_read_and_not_remembered() -> None:
    cells._remembered.cache_clear()
    for text in ("1" + " " * 70_000, "x" * 70_000):
        with suppress(UnreadableCell):
            assert read_cell(text, "integer") == "1"
    assert read_cell("Rain" * 100, "text") == "Rain" * 100
    assert cells._remembered.cache_info().currsize == 0
    assert (read_cell("1,234,567", "integer"), read_cell("1,234,567", "integer")) == ("1234567", "1234567")
    assert cells._remembered.cache_info().hits == 1
