"""The cells of many lines of one record type as columns, split by the CSV reader of Arrow.

Lines of one record type that have as many cells as each other are a table; what stands in a place is a column of it,
made without a look at each cell from here. A column for lines of any record types is put together from those.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from muniment.kernel.formats.dsr.arrays import (
    Flags,
    Longs,
    Ranges,
    blanks,
    gather,
    is_blank,
    letters_of,
    runs,
    text_lengths,
)
from muniment.kernel.formats.dsr.tables import RecordShape

MOST_WIDTHS = 8
"""How many numbers of cells a record type may have in one piece; lines with rarer ones are read one by one."""
MOST_CELLS = 256
"""How many cells a line may have to be read here."""

_PARSE = csv.ParseOptions(delimiter="\t", quote_char=False, double_quote=False, ignore_empty_lines=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines with the same cells: their numbers, and the columns of what we understand (and they have) by meaning."""

    lines: Longs
    columns: Mapping[str, pa.StringArray]
    useless: Flags


@dataclass(frozen=True, slots=True)
class Cells:
    """The groups of a piece, and for each of its lines the group (-1: none) and the row in it."""

    groups: tuple[Group, ...]
    group_of: Longs
    row_of: Longs

    def rows(self, lines: Longs) -> "Rows":
        """Return these lines as rows that have columns; a line -1 has no cells."""
        group = np.where(lines < 0, -1, self.group_of[lines])
        row = self.row_of[lines]
        alone = len(group) and group[0] >= 0 and bool((group == group[0]).all())
        if not alone:
            return Rows(self.groups, group, row, None, None)
        return Rows(self.groups, group, row, self.groups[group[0]], runs(row))

    def useless(self) -> Flags:
        """Return which lines lack a cell without which their row is of no use."""
        result = np.zeros(len(self.group_of), dtype=bool)
        for group in self.groups:
            result[group.lines] = group.useless
        return result


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines by group (-1: none) and row in it; `only` is the group of all of them where there is one."""

    groups: tuple[Group, ...]
    group: Longs
    row: Longs
    only: Group | None
    ranges: Ranges | None

    def column(self, meaning: str) -> pa.StringArray:
        """Return the cells of a meaning, "" where a line has none."""
        if self.only is not None:
            texts = self.only.columns.get(meaning)
            nothing = texts is None or is_blank(texts)
            return blanks(len(self.row)) if nothing else gather(texts, self.row, self.ranges)
        parts: list[pa.StringArray] = [blanks(1)]
        begins = np.full(len(self.groups) + 1, -1, dtype=np.int64)  # the last is of lines without a group
        done = 1
        for number, group in enumerate(self.groups):
            texts = group.columns.get(meaning)
            if texts is not None and not is_blank(texts):
                parts.append(texts)
                begins[number] = done
                done += len(texts)
        begin = begins[self.group]
        rows = np.where(begin < 0, 0, begin + self.row)
        return gather(pa.concat_arrays(parts), rows, runs(rows)) if rows.any() else blanks(len(rows))


def split(texts: pa.StringArray, rows_of: list[tuple[Longs, RecordShape]]) -> Cells:
    """Split lines (with their ends) into cells; for each record type the numbers of its lines and its shape."""
    group_of = np.full(len(texts), -1, dtype=np.int64)
    row_of = np.zeros(len(texts), dtype=np.int64)
    groups: list[Group] = []
    for lines, shape in rows_of:
        for group in _groups(gather(texts, lines, runs(lines)), lines, shape):
            group_of[group.lines] = len(groups)
            row_of[group.lines] = np.arange(len(group.lines))
            groups.append(group)
    return Cells(tuple(groups), group_of, row_of)


def _groups(texts: pa.StringArray, lines: Longs, shape: RecordShape) -> list[Group]:
    """Return the lines of a record type, parted by how many cells they have where they differ in it."""
    width = str(texts[0]).count("\t") + 1
    with suppress(pa.ArrowInvalid):
        if width <= MOST_CELLS:
            return [_group(texts, lines, shape, width)]
    widths = pc.count_substring(texts, "\t").to_numpy() + 1
    most = np.argsort(np.bincount(widths)[: MOST_CELLS + 1])[::-1][:MOST_WIDTHS]
    chosen = [(int(width), np.flatnonzero(widths == width)) for width in most]
    return [_group(gather(texts, rows, runs(rows)), lines[rows], shape, width) for width, rows in chosen if len(rows)]


def _group(texts: pa.StringArray, lines: Longs, shape: RecordShape, width: int) -> Group:
    """Split lines of one width.

    Raises:
        pa.ArrowInvalid: not all have this width.
    """
    places = {meaning: str(place + 1) for meaning, place in shape.places.items() if place + 1 < width}
    names = [str(number) for number in range(width)]
    letters = letters_of(texts)
    table = csv.read_csv(
        pa.BufferReader(letters),
        read_options=csv.ReadOptions(use_threads=False, block_size=letters.size + 1, column_names=names),
        parse_options=_PARSE,
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in places.values()},
            include_columns=list(dict.fromkeys(places.values())) or names[:1],
        ),
    ).combine_chunks()
    columns = {meaning: table.column(name).chunk(0) for meaning, name in places.items()}
    useless = np.full(len(lines), any(place + 1 >= width for place in shape.needed))
    for meaning, texts_of_it in columns.items():
        if shape.places[meaning] in shape.needed:
            useless |= text_lengths(texts_of_it) == 0
    return Group(lines, columns, useless)
