"""The tables of a set side by side, so that what belongs to a work can be put together in constant memory.

The lines that can be used go into an SQLite file that is deleted afterwards: it sorts on the disk, and it finds keys
that stand twice and references that lead nowhere. It is a place for sorting; nothing of the house's own is in it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from muniment.kernel.formats.bwarm.fileset import FileSet
from muniment.kernel.formats.bwarm.layout import TableLayout, layout_of
from muniment.kernel.formats.bwarm.lines import Line, read_lines
from muniment.kernel.formats.bwarm.rules import TABLE
from muniment.kernel.words.problems import Problem, Progress, silent

_PIECE = 5_000
_CACHE_KIB = 48 * 1024
_SOFT = frozenset({"parent", "release", "reversion_work"})
"""References without which a line still says what it is for."""

type Cells = list[str]


class Staging:
    """The usable lines of a set in tables of the same names, each line with its number and the keys in it."""

    def __init__(self, connection: sqlite3.Connection, version: str) -> None:
        self._connection = connection
        self._layouts = layout_of(version)
        self.version = version

    def execute(self, statement: str) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a question."""
        return self._connection.execute(statement)

    def fill(self, found: FileSet, progress: Progress = silent) -> Iterator[Problem]:
        """Read every table, and yield what is wrong with its lines, its keys and its references."""
        done = 0
        for table, layout in self._layouts.items():
            self._connection.execute(_table_of(layout))
            path = found.tables.get(table)
            if path is None:
                continue
            for item in self._stored(path, layout):
                if isinstance(item, Problem):
                    yield item
                else:
                    done += item
                    progress(done, None)
        for table, path in found.tables.items():
            yield from self._repeated(self._layouts[table], path.name)
        for table, path in found.tables.items():
            yield from self._dangling(self._layouts[table], path.name)
        for table, layout in self._layouts.items():
            for name in _references(layout):
                if name in ("work", "recording"):
                    self._connection.execute(f"CREATE INDEX {table}_{name} ON {table} ({name})")

    def _stored(self, path: Path, layout: TableLayout) -> Iterator[Problem | int]:
        """Store the usable lines of a file, and yield the problems and how many lines were stored."""
        places = [layout.places[name] for name in ("id", *_references(layout))]
        marks = ", ".join("?" * (len(places) + 2))
        statement = f"INSERT INTO {layout.table} (line, {', '.join(_key_columns(layout))}, cells) VALUES ({marks})"  # noqa: S608 - names of the layout
        waiting: list[tuple[object, ...]] = []
        for item in read_lines(path, layout):
            if isinstance(item, Problem):
                yield item
                continue
            waiting.append(_row(item, places))
            if len(waiting) == _PIECE:
                self._connection.executemany(statement, waiting)
                yield len(waiting)
                waiting.clear()
        self._connection.executemany(statement, waiting)
        yield len(waiting)

    def _repeated(self, layout: TableLayout, file_name: str) -> Iterator[Problem]:
        table = layout.table
        self._connection.execute(f"CREATE INDEX {table}_id ON {table} (id)")
        twice = f"SELECT id, min(seq), min(line) FROM {table} GROUP BY id HAVING count(*) > 1"  # noqa: S608 - names of the layout
        later = f'SELECT line, id FROM {table} AS t JOIN ({twice}) AS f USING (id) WHERE t.seq > f."min(seq)"'  # noqa: S608 - names of the layout
        for line, key in self._connection.execute(later):
            yield TABLE.broken("BW-08", line, f"{file_name} {layout.cells[0].cell}", f"{key[:80]} stands twice.")
        self._connection.execute(
            f"DELETE FROM {table} WHERE seq IN (SELECT t.seq FROM {table} AS t JOIN ({twice}) AS f USING (id)"  # noqa: S608 - names of the layout
            ' WHERE t.seq > f."min(seq)")'
        )

    def _dangling(self, layout: TableLayout, file_name: str) -> Iterator[Problem]:
        """Yield and leave out the lines that refer to what is not there; a blank reference is none."""
        for name, target in _references(layout).items():
            missing = (
                f"FROM {layout.table} AS t LEFT JOIN {target} AS u ON u.id = t.{name}"
                f" WHERE t.{name} <> '' AND u.id IS NULL"
            )
            cell = layout.cells[layout.places[name]]
            for line, key in self._connection.execute(f"SELECT t.line, t.{name} {missing} ORDER BY t.seq"):
                message = f"{key[:80]} is not a key of the table of {target.replace('_', ' ')}."
                rule = "BW-26" if name in _SOFT else "BW-09"
                yield TABLE.broken(rule, line, f"{file_name} {cell.cell}", message)
            if name not in _SOFT:
                self._connection.execute(f"DELETE FROM {layout.table} WHERE seq IN (SELECT t.seq {missing})")  # noqa: S608 - names of the layout


@contextmanager
def staging(version: str) -> Iterator[Staging]:
    """Give an empty staging for a set of this version; it is deleted afterwards."""
    with TemporaryDirectory(prefix="muniment-") as folder:
        connection = sqlite3.connect(Path(folder) / "staging", isolation_level=None)
        try:
            for pragma in (
                "journal_mode = OFF",
                "synchronous = OFF",
                "temp_store = FILE",
                f"cache_size = -{_CACHE_KIB}",
            ):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
            yield Staging(connection, version)
        finally:
            connection.close()


def _references(layout: TableLayout) -> dict[str, str]:
    """Return the cells of a table that hold one key of another one, with that table."""
    return {cell.name: cell.refers for cell in layout.cells if cell.refers and not cell.repeats}


def _key_columns(layout: TableLayout) -> list[str]:
    return ["id", *_references(layout)]


def _table_of(layout: TableLayout) -> str:
    columns = ", ".join(f"{name} TEXT" for name in _key_columns(layout))
    return f"CREATE TABLE {layout.table} (seq INTEGER PRIMARY KEY, line INTEGER, {columns}, cells TEXT)"


def _row(line: Line, places: Sequence[int]) -> tuple[object, ...]:
    cells = line.cells
    return (line.number, *(cells[place].strip() for place in places), "\t".join(cells))
