"""The division of pools in DuckDB's SQL, in 128-bit integers: LOAD OUT."""

import shutil
from pathlib import Path

import duckdb
import measured

MEMORY = "5GB"

STEPS = (
    """
    CREATE TEMP TABLE earned AS
    SELECT pool_id, work_id, sum(points)::BIGINT AS points FROM '{load}/lines.parquet' GROUP BY ALL
    HAVING sum(points) > 0
    """,
    """
    CREATE TEMP TABLE floors AS
    SELECT earned.pool_id, work_id,
           (points::HUGEINT * net_micro // total)::BIGINT AS amount,
           (points::HUGEINT * net_micro % total)::BIGINT AS remainder
    FROM earned JOIN '{load}/pools.parquet' USING (pool_id)
    JOIN (SELECT pool_id, sum(points)::HUGEINT AS total FROM earned GROUP BY 1) USING (pool_id)
    """,
    "DROP TABLE earned",
    """
    CREATE TEMP TABLE amounts AS
    SELECT floors.pool_id, work_id,
           amount + (row_number() OVER (PARTITION BY floors.pool_id ORDER BY remainder DESC, work_id)
                     <= units)::BIGINT AS amount
    FROM floors JOIN (
        SELECT pool_id, any_value(net_micro) - sum(amount) AS units
        FROM floors JOIN '{load}/pools.parquet' USING (pool_id) GROUP BY 1
    ) USING (pool_id)
    """,
    "DROP TABLE floors",
    """
    COPY (
        SELECT pool_id, work_id, part, holder_id,
               (amount::HUGEINT * until_ppm // 1000000
                - amount::HUGEINT * (until_ppm - share_ppm) // 1000000)::BIGINT AS amount_micro
        FROM amounts JOIN '{load}/shares.parquet' USING (work_id)
    ) TO '{out}/rows.parquet' (FORMAT parquet, COMPRESSION uncompressed)
    """,
    """
    COPY (
        SELECT holder_id, sum(amount_micro)::BIGINT AS amount_micro FROM '{out}/rows.parquet' GROUP BY 1 ORDER BY 1
    ) TO '{out}/totals.parquet' (FORMAT parquet)
    """,
)


def divide(load: Path, out: Path) -> None:
    """Write the rows and totals of a load."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = '{out}/spilled'")
    connection.execute("SET preserve_insertion_order = false")
    for step in STEPS:
        connection.execute(step.format(load=load, out=out))
    connection.close()
    shutil.rmtree(out / "spilled", ignore_errors=True)


if __name__ == "__main__":
    measured.run(divide, duckdb.__version__)
