"""The door to the query engine on one machine; the only module that imports DuckDB.

The engine joins, groups and sums integers. Every product, quotient and rounding of money lives in a kernel of ours.
"""

import os
from functools import cache

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


@cache
def _engine(process: int) -> duckdb.DuckDBPyConnection:  # noqa: ARG001 - the key: a forked process has its own
    """Start the engine of a process: to start one takes ten times as long as a small statement."""
    return duckdb.connect(":memory:")
