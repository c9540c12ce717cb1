"""What leaves the house, and in which formats: each way writes one thing in one format to a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from muniment.interfaces.door.work_rows import EXPORT_HEADERS, export_cells
from muniment.kernel.formats.tables import Sheet, write_csv, write_xlsx
from muniment.kernel.words.problems import BadFile, Progress, UserError, silent
from muniment.rights.parties.queries import EXPORT_HEADERS as PARTY_HEADERS
from muniment.rights.parties.queries import export_rows
from muniment.rights.works.queries import iter_export
from muniment.trust.access.rules import Action, Actor, require
from muniment.use.usages import queries as usages
from muniment.use.usages.queries import LineRow

_LINES_AT_ONCE = 50_000
_LINE_HEADERS = (
    "Line", "Title", "Performer", "Writers", "ISRC", "ISWC", "Duration in seconds", "Uses", "Date", "Territory", "Use",
    "Amount in micro-units", "Currency",
)  # fmt: skip


class NoWayOut(UserError):
    """Nothing of that name is written, or not in that format."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """An export about to be done; `options` are texts by name (a report's number, a society's code)."""

    actor: Actor
    at: datetime
    path: Path
    options: Mapping[str, str]
    progress: Progress = silent

    def number(self, name: str) -> int:
        """Return an option that is a number.

        Raises:
            NoWayOut: it is not given, or is none.
        """
        text = self.options.get(name, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise NoWayOut(f"Which {name} is meant?", f"Say it with --{name} and its number.")
        return int(text)


@dataclass(frozen=True, slots=True)
class WayOut:
    """One thing in one format: who may have it, and what writes it and returns how many lines or records it has."""

    what: str
    format: str
    action: Action
    run: Callable[[Leaving], int]

    def take(self, leaving: Leaving) -> int:
        """Write the file and return how many lines or records it has.

        Raises:
            NotAllowed: the actor may not read it.
            BadFile: the file cannot be written.
            UserError: see the service.
        """
        require(leaving.actor, self.action)
        try:
            return self.run(leaving)
        except OSError as error:
            raise BadFile(
                f"{leaving.path} cannot be written ({error.strerror or error}).", "Choose another place."
            ) from error


def _table(leaving: Leaving, name: str, headers: Sequence[str], rows: Iterator[Sequence[object]]) -> int:
    """Write rows as a workbook where the file's name ends in .xlsx, else as CSV; no cell of it runs."""
    if leaving.path.suffix.lower() == ".xlsx":
        count = 0

        def counted() -> Iterator[Sequence[object]]:
            nonlocal count
            for count, row in enumerate(rows, 1):  # noqa: B007 - the count is what is wanted
                yield row

        write_xlsx([Sheet(name, headers, counted())], leaving.path)
        return count
    with leaving.path.open("wb") as stream:
        return write_csv(headers, rows, stream)


def _works_table(leaving: Leaving) -> int:
    return _table(leaving, "Works", EXPORT_HEADERS, map(export_cells, iter_export(leaving.progress)))


def _parties_table(leaving: Leaving) -> int:
    return _table(leaving, "Parties", PARTY_HEADERS, iter(export_rows()))


def _usages_table(leaving: Leaving) -> int:
    return _table(leaving, "Usage", _LINE_HEADERS, map(_line_cells, _lines_of(leaving.number("report"))))


def _lines_of(report_id: int) -> Iterator[LineRow]:
    offset = 0
    while rows := usages.lines(report_id, offset, _LINES_AT_ONCE):
        yield from rows
        offset += len(rows)


def _line_cells(row: LineRow) -> tuple[object, ...]:
    told = row.reported
    seconds = "" if row.duration_ms is None else f"{row.duration_ms // 1000}"
    heard = (told.get("title", ""), told.get("performer", ""), told.get("writers", ""), row.isrc or "", row.iswc or "")
    money = ("" if row.amount_micro is None else row.amount_micro, row.currency or "")
    return (row.source_line, *heard, seconds, row.use_count, row.used_on, row.territory, row.use_kind, *money)


WAYS_OUT = (
    WayOut("works", "tables", Action.WORK_READ, _works_table),
    WayOut("parties", "tables", Action.PARTY_READ, _parties_table),
    WayOut("usages", "tables", Action.USAGE_READ, _usages_table),
)
"""Every way out."""


def way_out_of(what: str, format_name: str) -> WayOut:
    """Return what writes that thing in that format.

    Raises:
        NoWayOut: nothing does.
    """
    for way in WAYS_OUT:
        if (way.what, way.format) == (what, format_name):
            return way
    there = ", ".join(f"{way.what} --format {way.format}" for way in WAYS_OUT)
    raise NoWayOut(f"{what!r} is not written as {format_name!r}.", f"There are: {there}.")
