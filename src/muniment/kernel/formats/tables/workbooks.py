"""Tables in Excel workbooks (.xlsx): values as text, formulas by their stored value and said to be formulas.

A workbook is an archive of XML that a stranger sends, so it is measured before it is opened: its size, the size of
its parts once unpacked, their checksums, and the rectangle that its cells span.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from muniment.kernel.formats.tables.measuring import PLACE, SHARED_LETTERS, Sheets, parse_part
from muniment.kernel.formats.tables.rows import TableKind, TableRow, TableRows, fit_row, name_headers, without_header
from muniment.kernel.words.problems import BadFile, Level, Problem

FILE_BYTES = 1024**3
"""The largest workbook that is opened."""
UNPACKED_BYTES = 2 * 1024**3
"""The most that the parts of a workbook may hold once unpacked."""
PACKING_RATIO = 400
"""A part that packs better than this, and is not small, is no table."""

_SMALL_PART = 16 * 1024**2
_NAMED_FORMULAS = 20
_NAMED_ERRORS = 1_000
_NAMED_SHEETS = 20
_CALCULATED = "Nothing to do if the workbook was calculated when it was saved."
_NOTABLE = re.compile(rb"""<(?:\w+:)?f[\s/>]|\st=["']e["']""")
_OVERLAP = 4096
_CHUNK_BYTES = 1024 * 1024


def read_workbook(path: Path, *, sheet: str | None = None, header_line: int | None = None) -> TableRows:
    """Open a sheet of a workbook: the one named, else the first that is visible and not empty.

    Raises:
        BadFile: too large, damaged, protected, without such a sheet, or empty.
    """
    check_archive(path)
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = Sheets(archive)
            workbook = CalamineWorkbook.from_path(str(path))
            name, others = _choose_sheet(path, sheets, workbook, sheet)
            cells = workbook.get_sheet_by_name(name)
            grid = ((line, [text_of(value) for value in row]) for line, row in enumerate(cells.iter_rows(), 1))
            line, titles = next(
                (row for row in grid if row[0] >= (header_line or 1) and any(cell.strip() for cell in row[1])), (0, [])
            )
            odd = _odd_cells(archive, sheets.part(name) or "", line)
    except (CalamineError, zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, OSError, ValueError) as error:
        raise BadFile(f"{path.name} cannot be read as a workbook ({error}).", "Open it and save it again.") from error
    if not titles and header_line is not None:
        raise without_header(path.name, header_line)
    if not titles:
        raise BadFile(f"The sheet {name!r} of {path.name} has no header row.", "Name the columns in the first row.")
    headers = name_headers(titles)
    problems = [*_other_sheets(name, others), *odd.problems()]
    rows = _fit(grid, headers, odd.lost, problems)
    return TableRows(TableKind.XLSX, headers, line, rows, problems, cells.total_height)


def first_rows(path: Path, count: int) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the first rows that hold something of the sheet that is read, as they stand, each with its line.

    Raises:
        BadFile: as `read_workbook`.
    """
    check_archive(path)
    try:
        with zipfile.ZipFile(path) as archive:
            workbook = CalamineWorkbook.from_path(str(path))
            name, _others = _choose_sheet(path, Sheets(archive), workbook, None)
            grid = enumerate(workbook.get_sheet_by_name(name).iter_rows(), 1)
            filled = ((line, tuple(text_of(value) for value in row)) for line, row in grid if any(row))
            return tuple(islice(filled, count))
    except (CalamineError, zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, OSError, ValueError) as error:
        raise BadFile(f"{path.name} cannot be read as a workbook ({error}).", "Open it and save it again.") from error


def check_archive(path: Path) -> None:
    """Measure the archive before anything is unpacked into memory.

    Raises:
        BadFile: too large, packed suspiciously well, or a part is damaged.
    """
    if path.stat().st_size > FILE_BYTES:
        raise BadFile(f"{path.name} is larger than 1 GiB.", "Save it as CSV, which has no limit, or split it.")
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNPACKED_BYTES or any(map(_is_bomb, parts)):
                raise BadFile(f"{path.name} unpacks to far more than a table holds.", "Save it as CSV and send that.")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, ValueError) as error:
        raise BadFile(f"{path.name} is damaged or cut off ({error}).", "Ask the sender to send it again.") from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise BadFile(f"{path.name} is damaged ({error}).", "Ask the sender to send it again.") from error
    if damaged is not None:
        raise BadFile(f"{path.name} is damaged: its part {damaged} does not tie.", "Ask the sender to send it again.")


def _is_bomb(part: zipfile.ZipInfo) -> bool:
    return part.file_size > _SMALL_PART and part.file_size > PACKING_RATIO * max(part.compress_size, 1)


def _choose_sheet(path: Path, sheets: Sheets, workbook: CalamineWorkbook, sheet: str | None) -> tuple[str, list[str]]:
    """Return the sheet to read and the other visible sheets that hold something; all of them are measured."""
    if sheet is not None and sheet not in workbook.sheet_names:
        raise BadFile(
            f"{path.name} has no sheet {sheet!r}.", f"Its sheets are: {', '.join(map(repr, workbook.sheet_names))}."
        )
    shown = [meta.name for meta in workbook.sheets_metadata if str(meta.visible).endswith("Visible")]
    filled = [name for name in ([sheet] if sheet is not None else shown) if _is_filled(path, sheets, name)]
    if not filled:
        raise BadFile(f"{path.name} has no sheet with anything on it.", "Ask the sender for the file with its content.")
    return filled[0], filled[1:]


def _is_filled(path: Path, sheets: Sheets, name: str) -> bool:
    """Say whether a sheet holds anything; refuse a rectangle, or copies of texts, that would fill the memory."""
    extent = sheets.extent(name)
    if extent.is_far:
        raise BadFile(
            f"The cells of {path.name} span {extent.bottom:,} rows and column {extent.right:,}.",
            "Delete the stray cells far from the table, or save the table as CSV.",
        )
    if sheets.shared_letters(extent) > SHARED_LETTERS:
        raise BadFile(
            f"The cells of {path.name} have more text than a table holds.", "Save it as CSV, which has no limit."
        )
    return extent.filled


def _other_sheets(name: str, others: list[str]) -> list[Problem]:
    if not others:
        return []
    named = ", ".join(map(repr, others[:_NAMED_SHEETS]))
    more = f" and {len(others) - _NAMED_SHEETS:,} more" if len(others) > _NAMED_SHEETS else ""
    return [
        Problem(
            None,
            "",
            "table.other_sheets",
            f"Only the sheet {name!r} is read; the workbook also has {named}{more}.",
            "Import the other sheets by their names if they belong to it.",
            Level.WARNING,
        )
    ]


class _OddCells:
    """Tells which cells below the header are no plain values: formulas, with or without a stored value, and errors.

    `lost` are the lines of those that hold nothing to be read.
    """

    def __init__(self, header_line: int) -> None:
        self._header_line = header_line
        self._attributes: Mapping[str, str] = {}
        self._is_formula = self._in_value = self._has_value = False
        self._formulas: list[Problem] = []
        self._errors: list[Problem] = []
        self._more_formulas = self._more_errors = 0
        self.lost: set[int] = set()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Begin a cell, or note what is in it."""
        name = tag.rpartition("}")[2]
        if name == "c":
            self._attributes, self._is_formula, self._has_value = attributes, False, False
        self._is_formula = self._is_formula or name == "f"
        self._in_value = name == "v"

    def data(self, text: str) -> None:
        """Note that a cell has a value."""
        self._has_value = self._has_value or (self._in_value and bool(text))

    def end(self, tag: str) -> None:
        """Judge a cell that is whole."""
        self._in_value = False
        if tag.rpartition("}")[2] == "c":
            self._judge(self._attributes.get("r", ""), self._attributes.get("t", ""))

    def close(self) -> None:
        """End; lxml asks for it."""

    def _judge(self, place: str, kind: str) -> None:
        found = PLACE.fullmatch(place)
        if found is None or int(found[2]) < self._header_line:
            return
        line = int(found[2])
        if kind == "e":
            self._lose(
                Problem(
                    line, place, "table.error_value", f"Cell {place} holds an error value.",
                    "Correct the formula, or write the value itself.",
                )
            )  # fmt: skip
        elif self._is_formula and not self._has_value and kind != "str":
            self._lose(
                Problem(
                    line, place, "table.formula_without_value", f"Cell {place} is a formula without a stored value.",
                    "Open the workbook in a spreadsheet program, save it, and import it again.",
                )
            )  # fmt: skip
        elif self._is_formula and len(self._formulas) < _NAMED_FORMULAS:
            self._formulas.append(
                Problem(
                    line, place, "table.formula", f"Cell {place} is a formula; its stored value is used.",
                    _CALCULATED, Level.WARNING,
                )
            )  # fmt: skip
        else:
            self._more_formulas += self._is_formula

    def _lose(self, problem: Problem) -> None:
        self.lost.add(problem.line or 0)
        if len(self._errors) < _NAMED_ERRORS:
            self._errors.append(problem)
        else:
            self._more_errors += 1

    def problems(self) -> Iterator[Problem]:
        """Word what was found: the first formulas and lost cells, and how many more there are of either."""
        yield from self._formulas
        if self._more_formulas:
            message = f"{self._more_formulas:,} more cells are formulas."
            yield Problem(None, "", "table.formula", message, _CALCULATED, Level.WARNING)
        yield from self._errors
        if self._more_errors:
            message = f"{self._more_errors:,} more cells hold no value that can be read."
            yield Problem(
                None, "", "table.error_value", message, "Calculate and save the workbook, and import it again."
            )


def _odd_cells(archive: zipfile.ZipFile, part: str, header_line: int) -> _OddCells:
    """Find the formulas and error values of a sheet; only a sheet that has some is parsed."""
    kept, notable = b"", False
    with archive.open(part) as stream:
        while not notable and (chunk := stream.read(_CHUNK_BYTES)):
            notable = _NOTABLE.search(kept + chunk) is not None
            kept = chunk[-_OVERLAP:]
    found = _OddCells(header_line)
    if notable:
        parse_part(archive, part, found)
    return found


def text_of(value: object) -> str:
    """Return a cell's value as text: whole numbers without a decimal point, dates as 2026-01-31, times as H:MM:SS."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case time():
            return f"{value.hour}:{value.minute:02d}:{value.second:02d}"
        case timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return str(value)


def _fit(
    grid: Iterator[tuple[int, list[str]]], headers: tuple[str, ...], lost: set[int], problems: list[Problem]
) -> Iterator[TableRow]:
    for line, cells in grid:
        if line in lost or not any(cell.strip() for cell in cells):
            continue
        row = fit_row(line, cells, headers)
        if isinstance(row, Problem):
            problems.append(row)
        else:
            yield row
