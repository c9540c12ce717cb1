"""Tables are told by content, streamed, and refused with a reason."""

import tracemalloc
import zipfile
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.door import head_of
from muniment.kernel.formats.tables import (
    ColumnMapping,
    Sheet,
    TableKind,
    at_most,
    delimited,
    read_rows,
    sniff,
    write_xlsx,
)
from muniment.kernel.formats.tables.opening import open_table, opening_of
from muniment.kernel.formats.tables.rows import MOST_COLUMNS
from muniment.kernel.words.problems import BadFile, Level, UserError


def save(folder: Path, content: bytes | str, name: str = "table.bin") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("title,isrc\nRain,QM1230000001\n", TableKind.CSV),
        ("title;isrc\nRain, slowly;QM1230000001\n", TableKind.CSV),
        ("title\tisrc\nRain, slowly\tQM1230000001\n", TableKind.TSV),
        ("title|isrc\nRain|QM1230000001\n", TableKind.CSV),
        ("sep=;\r\ntitle;isrc\r\nRain;QM1230000001\r\n", TableKind.CSV),
        ("\ufeffsep=\t\ntitle\tisrc\nRain\tQM1230000001\n", TableKind.TSV),
        ("title\nRain\n", TableKind.CSV),
    ],
)
def test_a_text_is_told_by_its_content(tmp_path: Path, content: str, kind: TableKind) -> None:
    path = save(tmp_path, content, "misnamed.xlsx")
    assert sniff(path) is kind
    table = read_rows(path)
    assert table.headers[0] == "title"
    assert [row.cells[0].split(",")[0] for row in table.rows] == ["Rain"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"%PDF-1.7 something", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
        (b"\x1f\x8b\x08aaa", "gzip"),
        (b"a,b\n1,\x00\x01\x02\n", "zero byte"),
        (b"PK\x03\x04 cut off", "damaged"),
        (b"title,name\nRain,\xc5yg\xfcl\n", "line 2"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(BadFile, match=word) as caught:
        list(read_rows(save(tmp_path, content)).rows)
    assert caught.value.remedy


def test_a_wrong_encoding_names_line_and_byte_even_far_down(tmp_path: Path) -> None:
    good = "title,name\n" + "Дождь,Aigül\n" * 100_000
    path = save(tmp_path, good.encode() + "Rain,Björk\n".encode("cp1252"))
    place = len(good.encode()) + len("Rain,Bj") + 1
    with pytest.raises(BadFile, match=rf"byte {place:,}, on line 100,002"):
        read_rows(path)


def test_a_declared_encoding_is_used_where_the_file_is_not_utf_8(tmp_path: Path) -> None:
    path = save(tmp_path, "название;имя\nДождь;Айгуль\n".encode("cp1251"))
    assert [row.cells for row in read_rows(path, encoding="cp1251").rows] == [("Дождь", "Айгуль")]
    marked = save(tmp_path, "название;имя\nДождь;Айгуль\n".encode("utf-16"), "marked.csv")
    assert [row.cells for row in read_rows(marked, encoding="cp1251").rows] == [("Дождь", "Айгуль")]
    with pytest.raises(BadFile, match="not an encoding"):
        read_rows(path, encoding="hieroglyphs")


def test_rows_know_their_line_across_blank_and_broken_lines(tmp_path: Path) -> None:
    path = save(tmp_path, 'title,note\n\n"Rain","two\nlines"\nSnow\n , \nSun,a,b\nWind,x\n')
    table = read_rows(path)
    assert [(row.line, row.cells) for row in table.rows] == [
        (3, ("Rain", "two\nlines")),
        (5, ("Snow", "")),
        (8, ("Wind", "x")),
    ]
    assert [(problem.line, problem.rule) for problem in table.problems] == [(7, "table.too_many_cells")]


def test_a_last_row_that_is_cut_off_is_not_used(tmp_path: Path) -> None:
    table = read_rows(save(tmp_path, "title,name,plays\nRain,Aigul,3\nSnow,Er"))
    assert [row.line for row in table.rows] == [2]
    assert [(problem.line, problem.rule) for problem in table.problems] == [(3, "table.cut_off")]


def test_an_open_quotation_mark_is_a_bad_file_that_names_its_line(tmp_path: Path) -> None:
    table = read_rows(save(tmp_path, 'title,name\nRain,Aigul\n"Snow,Erlan\nSun,Bilal\n'))
    with pytest.raises(BadFile, match="begins on line 3"):
        list(table.rows)


def test_quotation_marks_inside_a_cell_do_no_harm(tmp_path: Path) -> None:
    table = read_rows(save(tmp_path, 'title,size\nRain 12" mix,7"\n'))
    assert [row.cells for row in table.rows] == [('Rain 12" mix', '7"')]


def test_headers_are_named_and_numbered(tmp_path: Path) -> None:
    path = save(tmp_path, "Report of\nradio\n\nWriter,,Writer,  Track \n title ,\nA,B,C,D\n")
    assert read_rows(path, header_line=4).headers == ("Writer", "column 2", "Writer (2)", "Track")


def test_a_workbook_gives_its_values_as_text(tmp_path: Path) -> None:
    rows = [["Rain", 3, date(2026, 1, 31), True, 1234567890123], ["=2+2", 1, None, False, 0]]
    path = tmp_path / "table.csv"
    write_xlsx([Sheet("Plays", ["title", "plays", "on", "live", "number"], rows)], path)
    table = read_rows(path)
    assert table.kind is TableKind.XLSX
    assert [(row.line, row.cells) for row in table.rows] == [
        (2, ("Rain", "3", "2026-01-31", "TRUE", "1234567890123")),
        (3, ("=2+2", "1", "", "FALSE", "0")),
    ]
    assert table.problems == []


def formulas(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("Plays")
    page.write_row(2, 1, ["title", "plays", "total"])
    page.write_row(3, 1, ["Rain", 2])
    page.write_formula(3, 3, "=C4*2", None, 4)
    page.write_row(4, 1, ["Snow", 3])
    page.write_formula(4, 3, "=C5*2", None, "")
    page.write_row(5, 1, ["Sun", 1])
    page.write_formula(5, 3, "=C6/0", None, "#DIV/0!")
    page.write_row(6, 1, ["Wind", 5, 10])
    book.add_worksheet("Notes").write(0, 0, "read me")
    book.add_worksheet("Hidden").hide()
    book.close()
    return path


def test_formulas_are_told_and_those_without_a_value_lose_their_row(tmp_path: Path) -> None:
    table = read_rows(formulas(tmp_path / "f.xlsx"))
    assert [(row.line, row.cells) for row in table.rows] == [(4, ("Rain", "2", "4")), (7, ("Wind", "5", "10"))]
    assert [(problem.line, problem.field, problem.rule, problem.level) for problem in table.problems] == [
        (None, "", "table.other_sheets", Level.WARNING),
        (4, "D4", "table.formula", Level.WARNING),
        (5, "D5", "table.formula_without_value", Level.ERROR),
        (6, "D6", "table.error_value", Level.ERROR),
    ]
    with pytest.raises(BadFile, match="no sheet 'Sales'"):
        read_rows(tmp_path / "f.xlsx", sheet="Sales")
    assert read_rows(tmp_path / "f.xlsx", sheet="Notes").headers == ("read me",)


def test_a_workbook_that_is_cut_off_or_empty_is_refused(tmp_path: Path) -> None:
    path = formulas(tmp_path / "f.xlsx")
    cut = save(tmp_path, path.read_bytes()[:-300], "cut.xlsx")
    with pytest.raises(BadFile, match="damaged or cut off"):
        read_rows(cut)
    write_xlsx([Sheet("Empty", [], [])], tmp_path / "empty.xlsx")
    with pytest.raises(BadFile, match="no sheet with anything"):
        read_rows(tmp_path / "empty.xlsx")


def repack(source: Path, target: Path, part: str, content: bytes) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return target


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    source = formulas(tmp_path / "f.xlsx")
    bomb = repack(source, tmp_path / "bomb.xlsx", "xl/styles.xml", b" " * 40_000_000)
    with pytest.raises(BadFile, match="far more"):
        read_rows(bomb)


def test_a_stray_cell_far_away_does_not_fill_the_memory(tmp_path: Path) -> None:
    source = formulas(tmp_path / "f.xlsx")
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
        b"</sheetData></worksheet>"
    )
    with pytest.raises(BadFile, match="stray cells"):
        read_rows(repack(source, tmp_path / "wide.xlsx", "xl/worksheets/sheet1.xml", sheet))


def test_a_workbook_is_written_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    sheet = Sheet("Lines", ["title"], [["Rain"], ["@SUM(A1)"]], right_to_left=True, widths=[30])
    for name in ("one.xlsx", "two.xlsx"):
        write_xlsx([sheet], tmp_path / name, created=datetime(2026, 11, 21, 12, 0))  # noqa: DTZ001
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_memory_does_not_grow_with_a_text_file(tmp_path: Path) -> None:
    path = save(tmp_path, "title,performer,isrc\n" + "Rain over the steppe,The Demo Singers,QZMUN2600001\n" * 200_000)
    tracemalloc.start()
    table = read_rows(path)
    first = next(table.rows)
    count = sum(1 for _, _ in zip(table.rows, range(20_000), strict=False))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (first.line, count, table.total_lines) == (2, 20_000, 200_001)
    assert path.stat().st_size > 10_000_000
    assert peak < 6_000_000


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail),
        st.text(max_size=200).map(lambda text: ("title,name\n" + text).encode()),
        st.text(alphabet=',;|\t"\r\n ab1', max_size=80).map(str.encode),
    )
)
def test_no_bytes_break_the_reader(tmp_path: Path, content: bytes) -> None:
    path = save(tmp_path, content)
    with suppress(UserError):
        table = read_rows(path)
        assert all(len(row.cells) == len(table.headers) for row in table.rows)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(places=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_damage_to_a_workbook_breaks_the_reader(tmp_path: Path, places: list[tuple[int, int]]) -> None:
    source = tmp_path / "f.xlsx"
    content = bytearray(source.read_bytes() if source.exists() else formulas(source).read_bytes())
    for place, value in places:
        content[place % len(content)] = value
    with suppress(UserError):
        table = read_rows(save(tmp_path, bytes(content), "damaged.xlsx"))
        assert len(list(table.rows)) <= 7


def test_a_text_without_line_ends_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_LINE_LETTERS", 100)
    monkeypatch.setattr(delimited, "_CHUNK_BYTES", 10)
    (tmp_path / "endless.csv").write_text("title\n" + "x" * 500)
    with pytest.raises(BadFile, match="line 2 does not end"):
        read_rows(tmp_path / "endless.csv")
    (tmp_path / "long.csv").write_text("title\n" + "a song\n" * 500)
    assert len(list(read_rows(tmp_path / "long.csv").rows)) == 500


def test_a_header_that_ends_in_very_many_blanks_is_cut_at_once(tmp_path: Path) -> None:
    table = read_rows(save(tmp_path, "title,plays" + "," * 150_000 + "\nRain,3\n"))
    assert table.headers == ("title", "plays")
    assert [row.cells for row in table.rows] == [("Rain", "3")]


@pytest.mark.parametrize("blank", ["", ","])
def test_a_header_of_more_columns_than_a_workbook_has_is_refused(tmp_path: Path, blank: str) -> None:
    as_many = save(tmp_path, "title" + f"{blank},a" * ((MOST_COLUMNS - 1) // (1 + len(blank))) + "\nRain,3\n")
    assert len(read_rows(as_many).headers) <= MOST_COLUMNS
    more = save(tmp_path, "title" + f"{blank},a" * MOST_COLUMNS + "\nRain,3\n")
    with pytest.raises(BadFile, match=r"a table may have 16,384"):
        read_rows(more)
    assert opening_of(head_of(more)) is None


def test_a_line_of_more_cells_than_any_table_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_LINE_MARKS", 100)
    table = read_rows(save(tmp_path, "title,plays\nRain,3\nRain" + "," * 101 + "\nRain,3\n"), delimiter=",")
    with pytest.raises(BadFile, match="Line 3 has more than 100 cells"):
        list(table.rows)


def test_rows_that_lack_nearly_all_columns_do_not_cost_the_width_of_the_header_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_BLANK_CELLS", 1_000)
    path = save(tmp_path, "title" + ",a" * 999 + "\n" + "b\n" * 5_000)
    rows = read_rows(path, delimiter=",").rows
    assert next(rows).cells == ("b", *[""] * 999)
    with pytest.raises(BadFile, match="1,000 columns, and the rows to line 243 hardly any cells"):
        list(rows)


def test_a_table_is_refused_that_is_longer_than_its_reader_takes(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("title\na\nb\nc\n")
    table = read_rows(tmp_path / "songs.csv")
    with pytest.raises(BadFile, match=r"songs\.csv has 3 lines; one file may have 2"):
        at_most(table, 2, "songs.csv", "Split it.")
    unknown = at_most(replace(table, total_lines=None), 2, "songs.csv", "Split it.")
    with pytest.raises(BadFile, match="more than 2 lines"):
        list(unknown.rows)


def test_headers_below_other_lines_are_found_by_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "plays.csv"
    path.write_text(
        '"Plays, all\nof May"\n\nTitle,Artist,Plays,Date\nRain,Asan,3,2026-05-02\nNight\n', encoding="utf-8"
    )
    table = open_table(path)
    assert (table.header_line, table.headers) == (4, ("Title", "Artist", "Plays", "Date"))
    assert [row.cells for row in table.rows] == [("Rain", "Asan", "3", "2026-05-02"), ("Night", "", "", "")]
    assert [(problem.line, problem.rule) for problem in table.problems] == [(4, "table.above_header")]
    assert open_table(path, ColumnMapping()).headers == ("Plays, all of May",)
    assert open_table(path, ColumnMapping(header_line=4)).problems == []


def test_headers_of_a_workbook_below_other_lines_are_found(tmp_path: Path) -> None:
    path = tmp_path / "plays.xlsx"
    rows = [["", "", ""], ["Title", "Plays", "Date"], ["Rain", "3", "2026-05-02"]]
    write_xlsx([Sheet("May", ["Report of May"], iter(rows))], path)
    table = open_table(path)
    assert (table.header_line, table.headers) == (3, ("Title", "Plays", "Date"))
    assert [row.cells for row in table.rows] == [("Rain", "3", "2026-05-02")]
    with pytest.raises(BadFile, match="has no line 9"):
        open_table(path, ColumnMapping(header_line=9))
