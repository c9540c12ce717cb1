"""The tables of BWARM as data: which cell stands where, what it holds, to which table it refers.

`layout.csv` holds versions 1.0.1 and 2.0 (names and order of the cells as the feed providers publish them; not an
official document, see docs/bwarm.md), `codes.csv` the allowed values and our words for them. Both versions are read
through the same names, so that nothing but this module knows that 2.0 calls a recording a resource.

Columns of the layout: `form` is what a cell holds: key (that of the line), text, flag, date, duration, percent,
number, territory, an identifier (iswc isrc isni ipi_name society dpid ean) or a list of `codes.csv`; `required` M
always, C under a condition; `repeats` R where several values stand in a cell, with a bar between them; `refers` the
table that has the key.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

VERSIONS = ("1.0.1", "2.0")


@dataclass(frozen=True, slots=True)
class CellLayout:
    """One cell of a line: our name for it, the name in the file, what it holds."""

    name: str
    cell: str
    form: str
    required: bool
    repeats: bool
    refers: str


@dataclass(frozen=True, slots=True)
class TableLayout:
    """One file of a set: our name for the table, the name of the file without its ending, its cells in order."""

    table: str
    file: str
    cells: tuple[CellLayout, ...]

    @property
    def places(self) -> dict[str, int]:
        """Return the place of each cell by our name for it."""
        return {cell.name: place for place, cell in enumerate(self.cells)}


@cache
def layout_of(version: str) -> Mapping[str, TableLayout]:
    """Return the tables of a version, by our names for them, in the order in which they are written."""
    cells: dict[tuple[str, str], list[CellLayout]] = {}
    with (files(__package__) / "layout.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["version"] == version:
                found = CellLayout(
                    row["name"], row["cell"], row["form"], row["required"] == "M", row["repeats"] == "R", row["refers"]
                )
                cells.setdefault((row["table"], row["file"]), []).append(found)
    return {table: TableLayout(table, name, tuple(of_table)) for (table, name), of_table in cells.items()}


@cache
def codes(name: str) -> Mapping[str, str]:
    """Return the allowed values of a list, each with our word for it ("" where we have none)."""
    with (files(__package__) / "codes.csv").open(encoding="utf-8") as file:
        return {row["code"]: row["ours"] for row in csv.DictReader(file) if row["list"] == name}


@cache
def written_codes(name: str) -> Mapping[str, str]:
    """Return the value that is written for each word of ours: the one that comes first for it in the list."""
    found: dict[str, str] = {}
    for code, ours in codes(name).items():
        found.setdefault(ours, code)
    return found


def table_of_file(version: str, name: str) -> str:
    """Return our name for the table of a file ("works.tsv"), "" where the version has no such file."""
    stem = name.lower().removesuffix(".tsv")
    return next((table for table, layout in layout_of(version).items() if layout.file == stem), "")
