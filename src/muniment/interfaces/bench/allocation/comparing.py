"""Whether systems came to the same: digests of their rows and totals, put into one order."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.interfaces.bench.allocation.data import pools_path
from muniment.kernel.columns.engine import query
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import Plain, digest_value
from muniment.pay.distributions.bulk.streams import HOLDER_TOTALS, STATEMENT_ROWS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system handed in: digests of rows and of totals, how many rows, and by how much any pool is off."""

    rows_digest: str
    totals_digest: str
    row_count: int
    difference_micro: int


def _source(path: Path) -> str:
    return "read_parquet('" + str(path).replace("'", "''") + "')"


def read_outcome(load: Path, out: Path) -> Outcome:
    """Read the rows and totals that a system left in `out` and compare their sums with the pools of the load."""
    pools = pq.read_table(pools_path(load)).to_pydict()
    count = difference = 0
    digests: list[Plain] = []
    for pool_id, net_micro in zip(pools["pool_id"], pools["net_micro"], strict=True):
        rows = query(
            f"SELECT {', '.join(STATEMENT_ROWS.names)} FROM {_source(out / 'rows.parquet')}"  # noqa: S608 - our own path
            f" WHERE pool_id = {int(pool_id)} ORDER BY work_id, part"
        ).cast(STATEMENT_ROWS)
        digests.append(digest_table(rows))
        count += rows.num_rows
        difference += abs(_sum(rows) - net_micro)
    totals = query(
        f"SELECT holder_id, amount_micro FROM {_source(out / 'totals.parquet')}"  # noqa: S608 - our own path
        " WHERE amount_micro <> 0 ORDER BY holder_id"
    ).cast(HOLDER_TOTALS)
    difference += abs(_sum(totals) - sum(pools["net_micro"]))
    return Outcome(digest_value(digests), digest_table(totals), count, difference)


def _sum(table: pa.Table) -> int:
    whole = query("SELECT coalesce(sum(amount_micro), 0)::VARCHAR AS whole FROM rows", rows=table)
    return int(whole.column("whole")[0].as_py())
