"""The door to the query engine on one machine; the only module that imports DuckDB.

The engine joins, groups and sums integers. Every product, quotient and rounding of money lives in a kernel of ours.
"""

import duckdb
import pyarrow as pa


def query(sql: str, **tables: pa.Table) -> pa.Table:
    """Run one SELECT over Arrow tables, named as the keywords, and return an Arrow table.

    A sum of int64 comes back as a 128-bit integer (DuckDB's HUGEINT); cast it in the statement. The order of rows is
    only what ORDER BY says.
    """
    with duckdb.connect(":memory:") as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.sql(sql).to_arrow_table()
