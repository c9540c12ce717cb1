"""The division of pools in Polars, in 128-bit integers: LOAD OUT."""

from pathlib import Path

import measured
import polars as pl

WHOLE_PPM = 1_000_000


def divide(load: Path, out: Path) -> None:
    """Write the rows and totals of a load."""
    pools, shares = pl.read_parquet(load / "pools.parquet"), pl.scan_parquet(load / "shares.parquet")
    lines = pl.scan_parquet(load / "lines.parquet")
    earned = lines.group_by("pool_id", "work_id").agg(pl.col("points").sum()).filter(pl.col("points") > 0)
    works = earned.collect(engine="streaming").join(pools, on="pool_id")
    product = pl.col("points").cast(pl.Int128) * pl.col("net_micro").cast(pl.Int128)
    total = pl.col("points").sum().over("pool_id").cast(pl.Int128)
    works = works.with_columns(product=product, total=total).select(
        "pool_id",
        "work_id",
        "net_micro",
        amount=(pl.col("product") // pl.col("total")).cast(pl.Int64),
        remainder=(pl.col("product") % pl.col("total")).cast(pl.Int64),
    )
    works = works.sort("pool_id", "remainder", "work_id", descending=[False, True, False])
    place = pl.int_range(pl.len()).over("pool_id")
    units = (pl.col("net_micro") - pl.col("amount").sum()).over("pool_id")
    works = works.select("pool_id", "work_id", amount=pl.col("amount") + (place < units).cast(pl.Int64))
    until = pl.col("amount").cast(pl.Int128) * pl.col("until_ppm") // WHOLE_PPM
    before = pl.col("amount").cast(pl.Int128) * (pl.col("until_ppm") - pl.col("share_ppm")) // WHOLE_PPM
    rows = works.lazy().join(shares, on="work_id")
    rows = rows.select("pool_id", "work_id", "part", "holder_id", amount_micro=(until - before).cast(pl.Int64))
    rows.sink_parquet(out / "rows.parquet", compression="uncompressed")
    written = pl.scan_parquet(out / "rows.parquet")
    totals = written.group_by("holder_id").agg(pl.col("amount_micro").sum()).sort("holder_id")
    totals.collect(engine="streaming").write_parquet(out / "totals.parquet")


if __name__ == "__main__":
    measured.run(divide, pl.__version__)
