"""What is written opens as text and runs nothing."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.tables import Sheet, TableTooLarge, csv_lines, read_rows, safe_cell, write_csv, write_xlsx
from tests.kernel.formats.golden import golden_bytes


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "＝1", "-", "=HYPERLINK(1)"])
def test_what_a_spreadsheet_would_run_is_neutralised(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(-12, "-12"), ("-12.50", "-12.50"), (Decimal("-0.5"), "-0.5"), (None, ""), (date(2026, 1, 31), "2026-01-31")],
)
def test_numbers_and_dates_stay_what_they_are(value: object, text: str) -> None:
    assert safe_cell(value) == text


def test_csv_has_the_mark_and_crlf() -> None:
    stream = io.BytesIO()
    assert write_csv(["title", "plays"], [["Дождь", 3]], stream) == 1
    assert stream.getvalue() == b"\xef\xbb\xbftitle,plays\r\n" + "Дождь,3\r\n".encode()
    assert next(csv_lines(["title"], [], mark=False)) == b"title\r\n"


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=6))
def test_cells_come_back_as_written_or_behind_an_apostrophe(rows: list[list[str]]) -> None:
    text = b"".join(csv_lines(["a", "b"], rows, mark=False)).decode()
    back = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert back == [[safe_cell(cell) for cell in row] for row in rows]
    assert not any(cell.startswith(("=", "@", "\t")) for row in back for cell in row)


def test_the_golden_table_is_written() -> None:
    rows = [
        ["Rain over the steppe", "Aigul Seitkali; Erlan Nurlan", date(2026, 1, 31), 1200, Decimal("-12.50"), None],
        ["Дала үстіндегі жаңбыр", 'The "Demo" Singers', "=1+1", "-5", "@home", "two\nlines"],
        ["بارش", "張偉", "+92 300", "", True, "a,b"],
    ]
    headers = ["title", "names", "on", "plays", "amount", "note"]
    written = b"".join(csv_lines(headers, rows))
    assert written == golden_bytes("tables/safe.csv", written)


def test_a_workbook_keeps_formula_like_text_as_marked_text(tmp_path: Path) -> None:
    path = tmp_path / "safe.xlsx"
    write_xlsx([Sheet("Lines: [2026/1]", ["=title"], [["=1+1"], ["@home"], [10**18]], right_to_left=True)], path)
    table = read_rows(path)
    assert table.headers == ("=title",)
    assert [row.cells for row in table.rows] == [("=1+1",), ("@home",), (str(10**18),)]
    assert table.problems == []
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert b'rightToLeft="1"' in sheet
        assert b'quotePrefix="1"' in archive.read("xl/styles.xml")


def test_what_a_workbook_cannot_hold_is_refused_and_not_lost(tmp_path: Path) -> None:
    with pytest.raises(TableTooLarge, match="Row 2"):
        write_xlsx([Sheet("Long", ["text"], [["x" * 32_768]])], tmp_path / "long.xlsx")
