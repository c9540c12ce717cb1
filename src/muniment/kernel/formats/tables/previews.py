"""A table as it would be read, before anything is written: how it begins, for a person, or what is wrong in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from muniment.kernel.formats.tables.mapping import (
    ChosenMapping,
    ColumnMapping,
    MappedRow,
    TargetField,
    check_mapping,
    map_rows,
)
from muniment.kernel.formats.tables.rows import TableRows
from muniment.kernel.words.problems import Problem

_SHOWN_LINES = 20
_READ_LINES = 500

ReadLine = Callable[[MappedRow, Mapping[str, str]], tuple[object, tuple[Problem, ...]]]
"""Reads a mapped row, given the file's own headers by target field; what it returns last is wrong with the row."""


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A line as it is understood: its cells by target field, and what is wrong with it."""

    line: int
    values: Mapping[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TablePreview:
    """The beginning of a table as it would be read. `mapping_source` is given, saved (under a name) or guessed.

    `mapping` leaves out the columns that the table does not have; `problems` holds what the mapping lacks and what is
    wrong with the first 500 lines, of which the first 20 are in `lines`.
    """

    headers: tuple[str, ...]
    mapping: ColumnMapping
    mapping_source: str
    mapping_name: str
    lines: tuple[PreviewLine, ...]
    problems: tuple[Problem, ...]


def preview_table(
    table: TableRows, chosen: ChosenMapping, targets: Sequence[TargetField], read_line: ReadLine
) -> TablePreview:
    """Read the beginning of a table through a mapping that may lack required columns.

    With a column missing the lines are shown and not judged, so that a person can choose it by sight.

    Raises:
        BadFile: a line of the file cannot be read at all.
    """
    missing = check_mapping(table.headers, chosen.mapping, targets)
    columns = {target: header for target, header in chosen.mapping.columns.items() if header in table.headers}
    usable = ColumnMapping(columns)
    lines: list[PreviewLine] = []
    problems = list(missing)
    for row in islice(map_rows(table, usable, [target for target in targets if target.name in columns]), _READ_LINES):
        found = () if missing else read_line(row, columns)[1]
        problems += found
        if len(lines) < _SHOWN_LINES:
            lines.append(PreviewLine(row.line, row.values, found))
    return TablePreview(
        headers=table.headers,
        mapping=usable,
        mapping_source=chosen.source,
        mapping_name=chosen.name,
        lines=tuple(lines),
        problems=(*problems, *table.problems),
    )


def check_rows(
    table: TableRows, mapping: ColumnMapping, targets: Sequence[TargetField], read_line: ReadLine
) -> Iterator[Problem]:
    """Give everything that is wrong with a table read through a mapping, in the order of its lines.

    Raises:
        BadFile: the mapping does not fit, or a line of the file cannot be read at all.
    """
    said = 0
    for row in map_rows(table, mapping, targets):
        yield from table.problems[said:]
        said = len(table.problems)
        yield from read_line(row, mapping.columns)[1]
    yield from table.problems[said:]
