"""Drawing a sample of what the matcher settled by itself: each distinct line with the same chance, by a seed."""

from collections.abc import Sequence
from random import Random

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.engine import query

SETTLED = pa.schema(
    [
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("run_id", pa.int64(), nullable=False),
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("score_ppm", pa.int32(), nullable=False),
        pa.field("reasons", pa.string(), nullable=False),
    ]
)
"""Distinct lines that were matched without a person, with the run that matched them."""

_SETTLED = """
    SELECT memory_key, any_value(work_id ORDER BY line_id) AS work_id,
           any_value(score_ppm ORDER BY line_id) AS score_ppm, any_value(reasons ORDER BY line_id) AS reasons
    FROM matches WHERE band = 'matched' AND method <> 'decision' GROUP BY memory_key
"""
_ONCE = """
    SELECT s.* FROM settled s
    WHERE s.run_id = (SELECT min(o.run_id) FROM settled o WHERE o.memory_key = s.memory_key)
      AND NOT EXISTS (SELECT 1 FROM known k WHERE k.memory_key = s.memory_key)
    ORDER BY s.memory_key
"""


def settled_lines(matches: pa.Table, run_id: int) -> pa.Table:
    """Return, as SETTLED, the distinct lines of one run that no person has decided about."""
    found = query(_SETTLED, matches=matches)
    run = pa.array([run_id] * found.num_rows, pa.int64())
    return found.append_column("run_id", run).select(SETTLED.names).cast(SETTLED)


def draw_sample(settled: Sequence[pa.Table], known_keys: Sequence[str], count: int, seed: int) -> tuple[pa.Table, int]:
    """Return at most `count` of the distinct lines of all runs, as SETTLED, and how many there were to draw from.

    Lines of `known_keys` are before a person already, or were. The same lines and the same seed give the same sample.
    """
    whole = pa.concat_tables([SETTLED.empty_table(), *settled])
    known = pa.table({"memory_key": pa.array(list(known_keys), pa.string())})
    population = query(_ONCE, settled=whole, known=known).cast(SETTLED)
    drawn = Random(seed).sample(range(population.num_rows), min(count, population.num_rows))  # noqa: S311 - no secret
    return population.take(pa.array(sorted(drawn), pa.int64())), population.num_rows


def only_keys(table: pa.Table, keys: pa.ChunkedArray) -> pa.Table:
    """Return the rows of a table whose memory key is among `keys`."""
    return table.filter(pc.is_in(table.column("memory_key"), value_set=keys.combine_chunks()))
