"""Parquet files in the order of a key, of which one key's rows are read without reading the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_FILES_KNOWN = 16
_GROUPS_KEPT = 8
_GROUPS_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Group:
    """A row group by its number: the least and the largest key in it, and which rows of the file it has."""

    number: int
    least: int
    largest: int
    first_row: int
    row_count: int


@dataclass(frozen=True, slots=True)
class KeyedFile:
    """A file that `sort_files` wrote by an integer column without nulls, its first order."""

    path: Path
    key: str

    def rows_of(self, value: int) -> range:
        """Return which rows of the file have this key."""
        first = last = 0
        for group in self._groups():
            if not group.least <= value <= group.largest:
                continue
            keys = self._group(group.number).column(self.key)
            before = pc.sum(pc.less(keys, value)).as_py() or 0
            count = pc.sum(pc.equal(keys, value)).as_py() or 0
            if count:
                first = first if last else group.first_row + before
                last = group.first_row + before + count
        return range(first, last)

    def pieces(self, rows: range, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield some columns of some rows that follow each other, in their order, a row group at a time.

        Few rows come from groups that are kept; of many, only the columns asked for are read, and nothing is kept.
        """
        wanted = [(group, overlap) for group in self._groups() if (overlap := _overlap(rows, group))]
        file = pq.ParquetFile(self.path) if len(wanted) > _GROUPS_AT_ONCE else None
        for group, overlap in wanted:
            if file is None:
                table = self._group(group.number).select(list(columns))
            else:
                table = file.read_row_group(group.number, columns=list(columns))
            yield table.slice(overlap.start - group.first_row, len(overlap))

    def _groups(self) -> tuple[Group, ...]:
        return _groups_of(self.path, self.key)

    def _group(self, number: int) -> pa.Table:
        return _read_group(self.path, number)


def _overlap(rows: range, group: Group) -> range:
    return range(max(rows.start, group.first_row), min(rows.stop, group.first_row + group.row_count))


@lru_cache(maxsize=_FILES_KNOWN)
def _groups_of(path: Path, key: str) -> tuple[Group, ...]:
    """Return the row groups of a file, from its footer; a file of this name never changes."""
    footer = pq.read_metadata(path)
    column = next(at for at in range(footer.num_columns) if footer.schema.column(at).name == key)
    groups: list[Group] = []
    first_row = 0
    for number in range(footer.num_row_groups):
        known = footer.row_group(number)
        statistics = known.column(column).statistics
        if known.num_rows:
            groups.append(Group(number, statistics.min, statistics.max, first_row, known.num_rows))
        first_row += known.num_rows
    return tuple(groups)


@lru_cache(maxsize=_GROUPS_KEPT)
def _read_group(path: Path, number: int) -> pa.Table:
    """Return a row group; the last few are kept, for statements that follow each other."""
    return pq.ParquetFile(path).read_row_group(number)


def forget() -> None:
    """Forget what was read of files: for who writes another file under a name that was read."""
    _groups_of.cache_clear()
    _read_group.cache_clear()
