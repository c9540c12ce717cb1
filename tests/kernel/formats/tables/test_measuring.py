"""A workbook of a kilobyte cannot ask for gigabytes: its cells are measured however they are written."""

import time
import zipfile
from pathlib import Path

import pytest

from muniment.kernel.formats.tables import measuring, read_rows, workbooks
from muniment.kernel.words.problems import BadFile

TOP = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Title</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Plays</t></is></c></row>'
)
_MAIN = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def book(
    folder: Path, rows: str, *, texts: str = "", sheets: str = '<sheet name="s" sheetId="1" r:id="rId1"/>'
) -> Path:
    """Write a workbook whose first sheet has these rows below its header, letter by letter."""
    path = folder / "book.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        whole = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{whole}</Relationships>')
        archive.writestr("xl/workbook.xml", f"<workbook {_MAIN}><sheets>{sheets}</sheets></workbook>")
        link = f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{link}</Relationships>')
        if texts:
            archive.writestr("xl/sharedStrings.xml", f"<sst {_MAIN}>{texts}</sst>")
        sheet = f"<worksheet {_MAIN}><sheetData>{TOP}{rows}</sheetData></worksheet>"
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


ODDLY_WRITTEN = {
    "as programs do": '<c r="A2"><v>7</v></c>',
    "blanks": '<c r = "A2" ><v>7</v></c >',
    "other marks": "<c r='A2'><v>7</v></c>",
    "a sign in a value": '<c x=">" r="A2"><v>7</v></c>',
    "no place": "<c><v>7</v></c>",
    "another attribute first": '<c s="0" r="A2"><v>7</v></c>',
}


@pytest.mark.parametrize("name", ODDLY_WRITTEN)
def test_a_cell_is_read_and_measured_however_it_is_written(name: str, tmp_path: Path) -> None:
    path = book(tmp_path, f'<row r="2">{ODDLY_WRITTEN[name]}</row>')
    assert [row.cells for row in read_rows(path).rows] == [("7", "")]
    far = ODDLY_WRITTEN[name].replace("A2", "AV1000000")
    with pytest.raises(BadFile, match="span 1,000,000 rows"):
        read_rows(book(tmp_path, f'<row r="1000000">{far}<c r="AV1000000"><v>7</v></c></row>'))


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999"><c><v>1</v></c></row>',
        '<row r="2"><c r="B99999999"><v>1</v></c></row>',
        '<row r="2"><c r="a2"><v>1</v></c></row>',
        '<row r="2"><c r="2A"><v>1</v></c></row>',
        '<row r="2"><c r=""><v>1</v></c></row>',
        '<row r="2"><c r="A4294967298"><v>1</v></c></row>',
    ],
)
def test_a_cell_without_a_place_on_any_sheet_refuses_the_workbook(rows: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="has no place"):
        read_rows(book(tmp_path, rows))


@pytest.mark.parametrize("place", ["XFE2", "A1048577", "XFD1048576", "ZZZ2"])
def test_a_cell_beyond_any_sheet_refuses_the_workbook(place: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"The cells of book\.xlsx span"):
        read_rows(book(tmp_path, f'<row r="2"><c r="{place}"><v>1</v></c></row>'))


def test_a_sparse_sheet_of_the_size_of_a_table_is_read(tmp_path: Path) -> None:
    [row] = read_rows(book(tmp_path, '<row r="30000"><c r="B30000"><v>1</v></c></row>')).rows
    assert (row.line, row.cells) == (30_000, ("", "1"))
    with pytest.raises(BadFile, match="span 90,000 rows and column 27"):
        read_rows(book(tmp_path, '<row r="90000"><c r="AA90000"><v>1</v></c></row>'))


@pytest.mark.parametrize("cell", ['<c r="A{n}" t="s"><v>1</v></c>', "<c r='A{n}' t = 's'><v>1</v></c>"])
def test_copies_of_a_shared_text_are_counted(cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = f"<si><t>Rain</t></si><si><r><t>{'x' * 600}</t></r><r><t>{'y' * 400}</t></r></si>"
    rows = "".join(f'<row r="{line}">{cell.replace("{n}", str(line))}</row>' for line in range(2, 102))
    path = book(tmp_path, rows, texts=texts)
    monkeypatch.setattr(workbooks, "SHARED_LETTERS", 101_000)
    assert {row.cells[0] for row in read_rows(path).rows} == {"x" * 600 + "y" * 400}
    monkeypatch.setattr(workbooks, "SHARED_LETTERS", 99_000)
    with pytest.raises(BadFile, match="more text than a table holds"):
        read_rows(path)


def test_a_text_that_is_not_there_counts_nothing(tmp_path: Path) -> None:
    path = book(tmp_path, '<row r="2"><c r="A2" t="s"><v>99999999</v></c><c r="B2"><v>1</v></c></row>')
    with pytest.raises(BadFile, match="cannot be read as a workbook"):
        read_rows(path)


def test_very_many_sheets_are_looked_up_once(tmp_path: Path) -> None:
    sheets = "".join(f'<sheet name="s{number}" sheetId="{number}" r:id="rId1"/>' for number in range(1, 3_001))
    path = book(tmp_path, '<row r="2"><c r="A2"><v>7</v></c></row>', sheets=sheets)
    began = time.process_time()
    table = read_rows(path)
    assert [row.cells for row in table.rows] == [("7", "")]
    assert time.process_time() - began < 3
    [told] = table.problems
    assert told.message.endswith("'s21' and 2,979 more.")


def test_two_parts_of_one_name_are_refused(tmp_path: Path) -> None:
    path = book(tmp_path, "")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/SHEET1.xml", "<worksheet/>")
    with pytest.raises(BadFile, match="two parts of one name"):
        read_rows(path)


def test_the_first_formulas_and_errors_are_told_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "_NAMED_ERRORS", 2)
    cells = [f'<row r="{line}"><c r="A{line}"><f>1</f></c></row>' for line in range(2, 7)]
    cells += [f'<row r="{line}"><c r="A{line}"><f>1</f><v>5</v></c></row>' for line in range(7, 40)]
    table = read_rows(book(tmp_path, "".join(cells)))
    assert len(list(table.rows)) == 33
    assert [one.message for one in table.problems if one.line is None] == [
        "13 more cells are formulas.",
        "3 more cells hold no value that can be read.",
    ]
    assert len(table.problems) == 20 + 1 + 2 + 1


def test_a_cell_longer_than_a_piece_is_measured_by_the_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_CHUNK_BYTES", 50)
    monkeypatch.setattr(measuring, "_LONGEST_CELL_BYTES", 200)
    text = "x" * 1_000
    path = book(tmp_path, f'<row r="2"><c r="A2" t="inlineStr"><is><t>{text}</t></is></c></row>')
    assert [row.cells for row in read_rows(path).rows] == [(text, "")]
