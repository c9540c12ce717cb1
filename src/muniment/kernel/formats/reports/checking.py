"""Everything that is wrong with a statement or log, line by line, without reading it into anything."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from muniment.kernel.formats.reports.layouts import KnownTable
from muniment.kernel.formats.reports.reading import open_report
from muniment.kernel.formats.tables import (
    UnreadableCell,
    parse_date,
    parse_decimal,
    parse_duration_ms,
    parse_integer,
)
from muniment.kernel.formats.texts import unseen_in
from muniment.kernel.words.identifiers import parse_isrc, parse_iswc
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError

NAMING = ("title", "isrc", "iswc", "source_id")
_EITHER_ORDER = re.compile(r"(?:0?[1-9]|1[0-2]|[12]\d|3[01])[/.](?:0?[1-9]|1[0-2]|[12]\d|3[01])[/.]\d{4}(?: .*)?")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2]|Q[1-4])")
_ASK = "Ask the sender for a corrected file."


def check_report(path: Path) -> Iterator[Problem]:
    """Give every problem of a file; of one that cannot be used, the reason alone."""
    try:
        report = open_report(path)
        if report.known is None:
            yield Problem(report.table.header_line, "", "REPORT.UNKNOWN", "No layout has these headers.", _ASK)
            return
        if not report.known.layout.usages:
            message = f"A {report.known.layout.title} names nothing that was used."
            yield Problem(report.table.header_line, "", "REPORT.NO_USAGES", message, "Ask for the report with titles.")
            return
        yield from missing_columns(report.known, report.table.header_line)
        headers = report.table.headers
        told = bool(report.known.layout.date_order)
        places = {name: headers.index(header) for name, header in report.known.mapping.columns.items()}
        for row in report.table.rows:
            cells = {name: row.cells[place] for name, place in places.items()}
            yield from check_line(row.line, cells, report.known.mapping.columns, told)
        yield from report.table.problems
    except BadFile as error:
        yield Problem(None, "", "REPORT.UNKNOWN", error.message, error.remedy)


def missing_columns(known: KnownTable, line: int) -> Iterator[Problem]:
    """Warn of each column that gives a field of the layout and is not in the file; `line` is that of the header."""
    for name, header in known.layout.fields.items():
        if name not in known.mapping.columns:
            message = f"The column {header!r}, which gives {name}, is not there."
            yield Problem(line, header, "REPORT.MISSING_COLUMN", message, _ASK, Level.WARNING)


def _whole(text: str) -> None:
    if parse_integer(text) < 1:
        raise UnreadableCell(f"{text[:40]!r} cannot be a number of uses.", "Write a whole number from 1.")


def _money(text: str) -> None:
    if parse_decimal(text).lstrip().startswith("-"):
        raise UnreadableCell(f"{text[:40]!r} is negative.", "Send corrections as a report of their own.")


def _day(text: str, order_is_told: bool) -> None:
    if not _MONTH.fullmatch(text) and not (order_is_told and _EITHER_ORDER.fullmatch(text)):
        parse_date(text)


_CHECKS: Mapping[str, tuple[str, Level, Callable[[str], object]]] = {
    "count": ("REPORT.COUNT", Level.ERROR, _whole),
    "amount": ("REPORT.AMOUNT", Level.ERROR, _money),
    "duration": ("REPORT.DURATION", Level.WARNING, parse_duration_ms),
    "isrc": ("REPORT.ISRC", Level.WARNING, parse_isrc),
    "iswc": ("REPORT.ISWC", Level.WARNING, parse_iswc),
}


def check_line(
    line: int, cells: Mapping[str, str], headers: Mapping[str, str], order_is_told: bool
) -> Iterator[Problem]:
    """Give what is wrong with one line about a use.

    Args:
        cells: its cells, by the names of fields that a report of use has.
        headers: the file's own header of each of these fields.
        order_is_told: that something says which comes first in 03/04/2026, so that it can be read.
    """
    if not any(cells.get(name) for name in NAMING):
        yield Problem(line, "", "REPORT.NOTHING_NAMED", "The line names no title and no code.", _ASK)
    for name, (rule, level, check) in _CHECKS.items():
        if text := cells.get(name, ""):
            yield from _tried(line, headers[name], rule, level, lambda check=check, text=text: check(text))  # type: ignore[misc]
    if text := cells.get("used_at", ""):
        yield from _tried(line, headers["used_at"], "REPORT.DATE", Level.ERROR, lambda: _day(text, order_is_told))
    for name in ("title", "performer", "writers"):
        if unseen := unseen_in(cells.get(name, "")):
            message = f"The cell has characters that cannot be seen ({unseen}); it is kept, and compared without them."
            yield Problem(line, headers[name], "REPORT.DIRECTION", message, _ASK, Level.WARNING)


def _tried(line: int, header: str, rule: str, level: Level, check: Callable[[], object]) -> Iterator[Problem]:
    try:
        check()
    except UserError as error:
        yield Problem(line, header, rule, error.message, error.remedy, level)
