"""Tables in Excel workbooks (.xlsx): values as text, formulas by their stored value and said to be formulas.

A workbook is an archive of XML that a stranger sends, so it is measured before it is opened: its size, the size of
its parts once unpacked, their checksums, and the rectangle that its cells span.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import IO

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook

from muniment.kernel.formats.tables.rows import TableKind, TableRow, TableRows, fit_row, name_headers
from muniment.kernel.words.problems import BadFile, Level, Problem

FILE_BYTES = 1024**3
"""The largest workbook that is opened."""
UNPACKED_BYTES = 2 * 1024**3
"""The most that the parts of a workbook may hold once unpacked."""
RECTANGLE_CELLS = 50_000_000
"""The largest rectangle that the cells of a sheet may span."""
PACKING_RATIO = 400
"""A part that packs better than this, and is not small, is no table."""

_SMALL_PART = 16 * 1024**2
_NAMED_FORMULAS = 20
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\sr=["']([A-Z]{1,3})(\d{1,7})["']""")
_NOTABLE = re.compile(rb"""<(?:\w+:)?f[\s/>]|\st=["']e["']""")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is|f)\b")
_OVERLAP = 4096
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Oddity:
    """A cell that is not a plain value: a formula, with or without a stored value, or an error such as #REF!."""

    place: str
    line: int
    rule: str


def read_workbook(path: Path, *, sheet: str | None = None, header_line: int | None = None) -> TableRows:
    """Open a sheet of a workbook: the one named, else the first that is visible and not empty.

    Raises:
        BadFile: too large, damaged, protected, without such a sheet, or empty.
    """
    check_archive(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        with zipfile.ZipFile(path) as archive:
            name, others = _choose_sheet(path, archive, workbook, sheet)
            oddities = _oddities_of(archive, name)
        cells = workbook.get_sheet_by_name(name)
    except (CalamineError, zipfile.BadZipFile, etree.XMLSyntaxError, KeyError, OSError, ValueError) as error:
        raise BadFile(f"{path.name} cannot be read as a workbook ({error}).", "Open it and save it again.") from error
    grid = ((line, [text_of(value) for value in row]) for line, row in enumerate(cells.iter_rows(), 1))
    line, titles = next(
        (row for row in grid if row[0] >= (header_line or 1) and any(cell.strip() for cell in row[1])), (0, [])
    )
    if not titles:
        raise BadFile(f"The sheet {name!r} of {path.name} has no header row.", "Name the columns in the first row.")
    headers = name_headers(titles)
    problems = [*_other_sheets(name, others), *_tell(oddities, line)]
    lost = {oddity.line for oddity in oddities if oddity.rule != "table.formula"}
    rows = _fit(grid, headers, lost, problems)
    return TableRows(TableKind.XLSX, headers, line, rows, problems, cells.total_height)


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


def _choose_sheet(
    path: Path, archive: zipfile.ZipFile, workbook: CalamineWorkbook, sheet: str | None
) -> tuple[str, list[str]]:
    """Return the sheet to read and the other visible sheets that hold something; all of them are measured."""
    if sheet is not None and sheet not in workbook.sheet_names:
        raise BadFile(
            f"{path.name} has no sheet {sheet!r}.", f"Its sheets are: {', '.join(map(repr, workbook.sheet_names))}."
        )
    shown = [meta.name for meta in workbook.sheets_metadata if str(meta.visible).endswith("Visible")]
    filled = [name for name in ([sheet] if sheet is not None else shown) if _measure(path, archive, name)]
    if not filled:
        raise BadFile(f"{path.name} has no sheet with anything on it.", "Ask the sender for the file with its content.")
    return filled[0], filled[1:]


def _other_sheets(name: str, others: list[str]) -> list[Problem]:
    if not others:
        return []
    return [
        Problem(
            None,
            "",
            "table.other_sheets",
            f"Only the sheet {name!r} is read; the workbook also has {', '.join(map(repr, others))}.",
            "Import the other sheets by their names if they belong to it.",
            Level.WARNING,
        )
    ]


def _part_of_sheet(archive: zipfile.ZipFile, name: str) -> str | None:
    """Return the part of the archive that holds the sheet (None: a sheet of another kind)."""
    safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    book = etree.fromstring(archive.read("xl/workbook.xml"), safe)
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), safe)
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter("{*}sheet"):
        if element.get("name") == name:
            target = str(targets.get(element.get(_RELATION), ""))
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return part if part in archive.namelist() else None
    return None


def _measure(path: Path, archive: zipfile.ZipFile, name: str) -> bool:
    """Say whether a sheet holds anything; refuse a rectangle that would fill the memory."""
    part = _part_of_sheet(archive, name)
    if part is None:
        return False
    filled = False
    columns: set[bytes] = set()
    highest, lowest = 0, 1 << 30
    kept = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            window = kept + chunk
            found = _CELL.findall(window)
            columns.update(letters for letters, _ in found)
            lines = [int(digits) for _, digits in found]
            highest, lowest = max([highest, *lines]), min([lowest, *lines])
            filled = filled or _VALUE.search(window) is not None
            kept = window[-_OVERLAP:]
    places = [column_number(letters.decode()) for letters in columns]
    if places and (max(places) - min(places) + 1) * (highest - lowest + 1) > RECTANGLE_CELLS:
        raise BadFile(
            f"The cells of {path.name} span {highest:,} rows and column {max(places):,}.",
            "Delete the stray cells far from the table, or save the table as CSV.",
        )
    return filled


def _oddities_of(archive: zipfile.ZipFile, name: str) -> list[_Oddity]:
    """List the formulas and error values of a sheet; only a sheet that has some is parsed."""
    part = _part_of_sheet(archive, name)
    if part is None:
        return []
    kept, notable = b"", False
    with archive.open(part) as stream:
        while not notable and (chunk := stream.read(_CHUNK_BYTES)):
            notable = _NOTABLE.search(kept + chunk) is not None
            kept = chunk[-_OVERLAP:]
    if not notable:
        return []
    with archive.open(part) as stream:
        return list(_oddities(stream))


def column_number(letters: str) -> int:
    """Return the number of a spreadsheet column: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _oddities(stream: IO[bytes]) -> Iterator[_Oddity]:
    for _, cell in etree.iterparse(
        stream, events=("end",), tag=("{*}c", "{*}row"), resolve_entities=False, no_network=True, load_dtd=False
    ):
        if str(cell.tag).endswith("}row"):
            cell.clear()
            above = cell.getparent()
            while above is not None and cell.getprevious() is not None:
                del above[0]
            continue
        formula, value = cell.find("{*}f"), cell.find("{*}v")
        found = _PLACE.fullmatch(cell.get("r", ""))
        place, line = (found[0], int(found[2])) if found else ("?", 0)
        if cell.get("t") == "e":
            yield _Oddity(place, line, "table.error_value")
        elif formula is not None and (value is None or not (value.text or "")) and cell.get("t") != "str":
            yield _Oddity(place, line, "table.formula_without_value")
        elif formula is not None:
            yield _Oddity(place, line, "table.formula")


def _tell(oddities: list[_Oddity], header_line: int) -> Iterator[Problem]:
    """Word the oddities below the header: every lost cell, the first formulas, and how many more there are."""
    below = [oddity for oddity in oddities if oddity.line >= header_line]
    formulas = [oddity for oddity in below if oddity.rule == "table.formula"]
    for oddity in formulas[:_NAMED_FORMULAS]:
        yield Problem(
            oddity.line, oddity.place, oddity.rule, f"Cell {oddity.place} is a formula; its stored value is used.",
            "Nothing to do if the workbook was calculated when it was saved.", Level.WARNING,
        )  # fmt: skip
    if len(formulas) > _NAMED_FORMULAS:
        yield Problem(
            None, "", "table.formula", f"{len(formulas) - _NAMED_FORMULAS:,} more cells are formulas.",
            "Nothing to do if the workbook was calculated when it was saved.", Level.WARNING,
        )  # fmt: skip
    for oddity in below:
        if oddity.rule == "table.formula_without_value":
            yield Problem(
                oddity.line, oddity.place, oddity.rule, f"Cell {oddity.place} is a formula without a stored value.",
                "Open the workbook in a spreadsheet program, save it, and import it again.",
            )  # fmt: skip
        elif oddity.rule == "table.error_value":
            yield Problem(
                oddity.line, oddity.place, oddity.rule, f"Cell {oddity.place} holds an error value.",
                "Correct the formula, or write the value itself.",
            )  # fmt: skip


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
