"""The first works of a set as a table: read by their order in the table of works, without sorting the whole set."""

from itertools import islice
from pathlib import Path

from muniment.kernel.formats.bwarm.fileset import open_set
from muniment.kernel.formats.bwarm.layout import layout_of
from muniment.kernel.formats.bwarm.lines import Line, read_lines
from muniment.kernel.formats.door import Preview
from muniment.kernel.words.problems import Level, Problem

_COUNTED_PER_ROW = 50
_SHOWN = ("id", "title", "iswc", "duration", "disputed")


def preview(path: Path, line_count: int) -> Preview:
    """Return the first works, and how many lines the beginnings of the tables have.

    Raises:
        BadFile: there is no table of works.
    """
    found = open_set(path)
    layouts = layout_of(found.version)
    places = layouts["works"].places
    rows: list[tuple[str, ...]] = []
    counts: dict[str, int] = {}
    for table, file in found.tables.items():
        for item in islice(read_lines(file, layouts[table]), line_count * _COUNTED_PER_ROW):
            if isinstance(item, Problem):
                kind = "errors" if item.level is Level.ERROR else "warnings"
            else:
                kind = table.replace("_", " ")
                if table == "works" and len(rows) < line_count:
                    rows.append(_row(item, places))
            counts[kind] = counts.get(kind, 0) + 1
    return Preview(("key", "title", "ISWC", "duration", "in dispute"), tuple(rows), counts)


def _row(line: Line, places: dict[str, int]) -> tuple[str, ...]:
    return tuple(line.cells[places[name]].strip() for name in _SHOWN)
