"""The door to the query engine on one machine; the only module that imports DuckDB.

The engine joins, groups and sums integers. Every product, quotient and rounding of money lives in a kernel of ours.
"""

import os
import tempfile
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa


def query(sql: str, **tables: pa.Table) -> pa.Table:
    """Run one SELECT over Arrow tables, named as the keywords, and return an Arrow table.

    A sum of int64 comes back as a 128-bit integer (DuckDB's HUGEINT); cast it in the statement. The order of rows is
    only what ORDER BY says. The tables are known to this statement alone, in whatever thread it runs.
    """
    try:
        with _engine(os.getpid()).cursor() as connection:
            for name, table in tables.items():
                connection.register(name, table)
            return connection.sql(sql).to_arrow_table()
    except (duckdb.FatalException, duckdb.InternalException):
        _engine.cache_clear()  # after these an engine answers no more; the next statement gets a new one
        raise


def sort_files(sql: str, target: Path, *, rows_at_once: int, **tables: Path | pa.Table) -> None:
    """Run one SELECT with an ORDER BY over Parquet files and tables, and write its rows to a Parquet file.

    Rows are sorted on disk where they do not fit into a bounded memory. They come in row groups of about
    `rows_at_once`, whose statistics tell which keys lie in which. `target` appears whole or not at all; two who write
    it at once write the same.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="sorting-") as room:
        unfinished = Path(room) / target.name
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": SORT_MEMORY,
            "temp_directory": room,
            "threads": 1,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            for name, table in tables.items():
                if isinstance(table, Path):
                    connection.read_parquet(str(table)).create_view(name)
                else:
                    connection.register(name, table)
            options = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows_at_once})"
            connection.sql(f"COPY ({sql}) TO '{str(unfinished).replace("'", "''")}' {options}")
        unfinished.replace(target)


SORT_MEMORY = "512MB"
"""What sorting a file may take before it goes on on disk."""


@cache
def _engine(process: int) -> duckdb.DuckDBPyConnection:  # noqa: ARG001 - the key: a forked process has its own
    """Start the engine of a process: to start one takes ten times as long as a small statement."""
    return duckdb.connect(":memory:")
