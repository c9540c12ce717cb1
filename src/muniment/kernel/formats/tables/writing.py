"""Write tables that open well and run nothing: CSV, and Excel workbooks.

A cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line end, or their wide forms)
is written as text: in CSV behind an apostrophe, in a workbook as a text cell marked as quoted, its value unchanged.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from muniment.kernel.words.problems import UserError

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_REFUSED_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_EXACT_IN_EXCEL = 10**15
_BEGINNING = datetime(2000, 1, 1)  # noqa: DTZ001 - xlsxwriter takes naive times, and this one is a constant


class TableTooLarge(UserError):
    """A table has more rows, or a cell more text, than a workbook can hold."""


def is_formula_like(text: str) -> bool:
    """Say whether a spreadsheet might run the text as a formula; plain numbers such as -12.50 are not."""
    return text.startswith(_STARTS_A_FORMULA) and _PLAIN_NUMBER.fullmatch(text) is None


def safe_cell(value: object) -> str:
    """Return the value as the text of a CSV cell, with an apostrophe before what would be run as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"'{text}" if is_formula_like(text) else text


def csv_lines(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, mark: bool = True, delimiter: str = ","
) -> Iterator[bytes]:
    """Give a CSV file line by line: UTF-8, CRLF, with a byte order mark (`mark`) so that Excel reads it as UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    if mark:
        buffer.write("\ufeff")
    for row in _with_headers(headers, rows):
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def _with_headers(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield headers
    yield from rows


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]], stream: BinaryIO, *, mark: bool = True) -> int:
    """Write a CSV file to a binary stream and return how many rows it has below the header."""
    count = -1
    for line in csv_lines(headers, rows, mark=mark):
        stream.write(line)
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet to write. `widths` are column widths in characters; `right_to_left` puts the first column right."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[object]]
    right_to_left: bool = False
    widths: Sequence[int] = ()


def write_xlsx(sheets: Sequence[Sheet], path: Path | str | BinaryIO, *, created: datetime | None = None) -> None:
    """Write a workbook in constant memory; the same sheets and `created` give the same bytes.

    Text stays text, numbers are numbers where Excel keeps them exact (else text), dates are dates.

    Raises:
        TableTooLarge: a sheet has more rows, or a cell more text, than a workbook can hold.
    """
    import xlsxwriter  # only who writes a workbook waits for it

    target = str(path) if isinstance(path, Path) else path
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"created": (created or _BEGINNING).replace(tzinfo=None), "author": "Muniment"})
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        quoted = book.add_format({"quote_prefix": True})
        for sheet in sheets:
            page = book.add_worksheet(_sheet_name(sheet.name))
            page.freeze_panes(1, 0)
            if sheet.right_to_left:
                page.right_to_left()
            for column, width in enumerate(sheet.widths):
                page.set_column(column, column, width)
            for column, header in enumerate(sheet.headers):
                page.write_string(0, column, header, bold)
            for line, row in enumerate(sheet.rows, 1):
                for column, value in enumerate(row):
                    _write_cell(page, line, column, value, day, quoted)


def _sheet_name(name: str) -> str:
    """Return the name without the characters that Excel refuses in one, and not longer than it allows."""
    return _REFUSED_IN_NAMES.sub(" ", name).strip(" '")[:31] or "Sheet"


def _write_cell(
    page: "Worksheet",
    line: int,
    column: int,
    value: object,
    day: "Format",
    quoted: "Format",
) -> None:
    match value:
        case None | "":
            return
        case bool():
            refused = page.write_boolean(line, column, value)
        case int() | Decimal() if -_EXACT_IN_EXCEL < value < _EXACT_IN_EXCEL:
            refused = page.write_number(line, column, value)
        case datetime():
            refused = page.write_string(line, column, value.isoformat(sep=" ", timespec="seconds"))
        case date():
            refused = page.write_datetime(line, column, value, day)
        case _:
            text = str(value)
            refused = page.write_string(line, column, text, quoted if is_formula_like(text) else None)
    if refused:
        raise TableTooLarge(
            f"Row {line + 1:,} does not fit into a workbook: it has 1,048,576 rows, and cells of 32,767 characters.",
            "Export it as CSV.",
        )
