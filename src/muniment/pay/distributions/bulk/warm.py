"""Compiling the division of pools before its first use: `python -m muniment.pay.distributions.bulk.warm`, seconds."""

from datetime import date

import numpy as np
import pyarrow as pa

from muniment.kernel.columns.schemas import MATCHES, SHARE_PARTS, SHARE_SPLITS, USAGE_LINES
from muniment.pay.distributions.bulk.dividing import divide_exactly, parts_between
from muniment.pay.distributions.bulk.grouping import PoolLines
from muniment.pay.distributions.bulk.numbering import number_ids
from muniment.pay.distributions.bulk.pools import allocate_pool
from muniment.pay.distributions.bulk.splitting import spread_levels
from muniment.pay.distributions.bulk.streams import POOL_LINES, POOLS, WORK_SHARES, divide_stream
from muniment.pay.distributions.rules import DurationRule, PointsRule

_DAY = date(2026, 1, 1)


def warm() -> pa.Table:
    """Divide one invented pool of three lines, so that every compiled function is made; return its allocations."""
    lines = [
        {
            "line_id": number,
            "report_id": 1,
            "source_line": number,
            "use_count": 1,
            "used_on": _DAY,
            "territory": 2136,
            "use_kind": "live",
        }
        for number in (1, 2, 3)
    ]
    matches = [
        {
            "line_id": number,
            "work_id": work_id,
            "band": "matched" if work_id else "unidentified",
            "method": "none",
            "score_ppm": 0,
            "reasons": "[]",
            "memory_key": "",
        }
        for number, work_id in ((1, 1), (2, 2), (3, None))
    ]
    splits = [
        {
            "split_id": work_id - 1,
            "work_id": work_id,
            "right": "PR",
            "territory": 2136,
            "used_from": _DAY,
            "used_to": date(2027, 1, 1),
        }
        for work_id in (1, 2)
    ]
    parts = [
        {"split_id": split_id, "part": 0, "share_ppm": 1_000_000, "status": "UNCLAIMED", "role": "", "note": ""}
        for split_id in (0, 1)
    ]
    pool = PoolLines(
        "warm",
        1_000_000,
        pa.Table.from_pylist(lines, schema=USAGE_LINES),
        pa.Table.from_pylist(matches, schema=MATCHES),
        {1: "PR"},
    )
    _warm_streams()
    _warm_levels()
    divide_exactly(2**62, np.array([1, 2], dtype=np.int64))
    parts_between(*(np.array([value], dtype=np.int64) for value in (1, 0, 1_000_000)))
    return allocate_pool(
        pool,
        PointsRule(DurationRule.NONE, 0, 0, {"live": 1_000_000}),
        pa.Table.from_pylist(splits, schema=SHARE_SPLITS),
        pa.Table.from_pylist(parts, schema=SHARE_PARTS),
    )


def _warm_levels() -> None:
    """Divide one amount among the two parts of an answer, at three levels."""
    levels = np.array([[0, 1, 3, 0, 1, 2, 0, 1, 1], [1, 3, 3, 0, 1, 1, 0, 1, 1]], dtype=np.int64)
    one, none, two = (np.array([value], dtype=np.int64) for value in (7, 0, 2))
    spread_levels(none, one, none, two, levels)


def _warm_streams() -> None:
    """Divide one pool of one line, found by a table; and number ids with gaps, which takes a hash."""
    divide_stream(
        [pa.RecordBatch.from_pylist([{"pool_id": 1, "work_id": 1, "points": 1}], schema=POOL_LINES)],
        pa.Table.from_pylist([{"pool_id": 1, "net_micro": 1}], schema=POOLS),
        pa.Table.from_pylist([{"work_id": 1, "part": 0, "holder_id": 1, "share_ppm": 1_000_000}], schema=WORK_SHARES),
        lambda _rows: None,
    )
    ids = np.array([1, 2**40], dtype=np.int64)
    number_ids(ids).numbers_of(ids)


if __name__ == "__main__":
    warm()
