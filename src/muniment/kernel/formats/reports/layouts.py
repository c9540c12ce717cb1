"""Which statements and logs are known, by their headers: rows of two tables that one can replace.

`layouts.csv` has a row for each form that a sender uses, with what it says nowhere itself (its currency, the order of
day and month, the kind of use); `columns.csv` has the headers of each, the field that a header gives ("" where it is
kept as it is) and which must be there. The headers are facts about what senders send, gathered from public
descriptions and readers; `known` says how sure they are. A folder named in the environment as
MUNIMENT_REPORT_TABLES holds tables in place of ours.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.names import fold

TABLES = "MUNIMENT_REPORT_TABLES"
"""The variable that names a folder with tables in place of ours."""
_REPEATED = re.compile(r" \(\d+\)$")
_LEAST_PPM = 500_000


@dataclass(frozen=True, slots=True)
class Layout:
    """One form of statement or log. `fields` has the header of each field, `must` the headers that make it out."""

    name: str
    title: str
    use: str
    usages: bool
    currency: str
    date_order: str
    known: str
    note: str
    headers: tuple[str, ...]
    fields: Mapping[str, str]
    must: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table that is of a layout: which column of the file gives which field, and how much of the layout is there."""

    layout: Layout
    mapping: ColumnMapping
    share_ppm: int


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of this package, or of the table put in its place."""
    ours: Traversable = files(__package__) / name
    theirs = Path(os.environ.get(TABLES, "")) / name
    with (theirs if os.environ.get(TABLES) and theirs.exists() else ours).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@cache
def layouts() -> tuple[Layout, ...]:
    """Return every layout in the order of the table."""
    columns: dict[str, list[dict[str, str]]] = {}
    for row in table_rows("columns.csv"):
        columns.setdefault(row["layout"], []).append(row)
    return tuple(_layout(row, columns.get(row["layout"], [])) for row in table_rows("layouts.csv"))


def _layout(row: Mapping[str, str], columns: Sequence[Mapping[str, str]]) -> Layout:
    return Layout(
        name=row["layout"],
        title=row["title"],
        use=row["use"],
        usages=row["becomes"] == "usages",
        currency=row["currency"],
        date_order=row["date_order"],
        known=row["known"],
        note=row["note"],
        headers=tuple(column["header"] for column in columns),
        fields={column["field"]: column["header"] for column in columns if column["field"]},
        must=tuple(column["header"] for column in columns if column["must"]),
    )


def layout_of(name: str) -> Layout | None:
    """Return a layout by its name, or None."""
    return next((layout for layout in layouts() if layout.name == name), None)


def header_key(header: str) -> str:
    """Return the form in which headers are compared: without case, accents, blanks and the number of a repeated one."""
    return fold(_REPEATED.sub("", header)).replace(" ", "")


def known_table(headers: Iterable[str]) -> KnownTable | None:
    """Return the layout that headers are of, in whatever order and case; None: of none, or not surely of one.

    All that must be there is, and at least half of the layout's headers; of several the fullest is taken, and where
    two are as full, none.
    """
    found: dict[str, str] = {}
    for header in headers:
        found.setdefault(header_key(header), header)
    fits = [known for known in (_fit(layout, found) for layout in layouts()) if known is not None]
    fits.sort(key=lambda known: known.share_ppm, reverse=True)
    if not fits or (len(fits) > 1 and fits[0].share_ppm == fits[1].share_ppm):
        return None
    return fits[0]


def _fit(layout: Layout, found: Mapping[str, str]) -> KnownTable | None:
    keys = [header_key(header) for header in layout.headers]
    if not keys or not all(header_key(header) in found for header in layout.must):
        return None
    share_ppm = sum(key in found for key in keys) * 1_000_000 // len(keys)
    if share_ppm < _LEAST_PPM:
        return None
    columns = {name: found[header_key(header)] for name, header in layout.fields.items() if header_key(header) in found}
    return KnownTable(layout, ColumnMapping(columns), share_ppm)
