"""Random distributions by the million: does every one of them give away exactly what came in, by both implementations?

A distribution is an amount, deductions, works with points, and the shares of each work. Amounts and points are of all
sizes up to 2^62; many points are equal, so that the order of ties decides. The compiled division is asked one
distribution after the other, through the functions that a run goes through; SQL divides all of a batch in one
statement of its own. What is compared is every part of every work.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.words.problems import Progress, silent
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int64s
from muniment.pay.distributions.bulk.dividing import divide_exactly
from muniment.pay.distributions.bulk.shares import spread

BATCH = 20_000
"""Distributions made, divided and compared at once."""

_MOST_WORKS = 12
_MOST_PARTS = 5
_MOST_BITS = 62


@dataclass(slots=True)
class Conserved:
    """How many distributions were divided, and what went wrong: nothing, if all is well.

    `ours` and `sql` count the distributions whose paid, held and deducted money is not the amount, `different` those
    in which any part of any work differs between the two; `most_bits` is the widest product that was divided.
    """

    distributions: int = 0
    parts: int = 0
    ours: int = 0
    sql: int = 0
    different: int = 0
    most_bits: int = 0

    @property
    def holds(self) -> bool:
        """Return whether nothing went wrong."""
        return not (self.ours or self.sql or self.different)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some distributions: works `first_work[i]` up to `first_work[i + 1]` belong to the i-th.

    Parts `first_part[w]` up to `first_part[w + 1]` belong to the w-th work. `is_held` says of a part that nobody is
    paid for it.
    """

    gross: Int64s
    deducted: Int64s
    first_work: Int64s
    points: Int64s
    first_part: Int64s
    low_ppm: Int64s
    high_ppm: Int64s
    is_held: Int64s

    @property
    def net(self) -> Int64s:
        """Return what is divided of each."""
        net: Int64s = self.gross - self.deducted
        return net


def check_conservation(count: int, seed: int, progress: Progress = silent) -> Conserved:
    """Divide `count` random distributions by both implementations and compare; the same seed makes the same ones."""
    told = Conserved()
    for start in range(0, count, BATCH):
        batch = random_batch(np.random.default_rng([seed, start // BATCH]), min(BATCH, count - start))
        ours, by_sql = divide_by_ours(batch), divide_by_sql(batch)
        owner = np.repeat(np.arange(len(batch.gross)), np.diff(batch.first_part[batch.first_work]))
        told.distributions += len(batch.gross)
        told.parts += len(ours)
        told.ours += _off(batch, ours, owner)
        told.sql += _off(batch, by_sql, owner)
        told.different += len(np.unique(owner[ours != by_sql]))
        told.most_bits = max(told.most_bits, *_bits(batch))
        progress(told.distributions, count)
    return told


def _bits(batch: Batch) -> Iterator[int]:
    """Yield the bits of amount x largest points of each distribution."""
    largest = np.maximum.reduceat(batch.points, batch.first_work[:-1])
    for net, points in zip(batch.net.tolist(), largest.tolist(), strict=True):
        yield (net * points).bit_length()


def _off(batch: Batch, parts: Int64s, owner: Int64s) -> int:
    """Count the distributions whose paid + held + deducted is not what came in."""
    given = []
    for wanted in (0, 1):  # paid, then held
        chosen = batch.is_held == wanted
        sums = np.zeros(len(batch.gross), dtype=np.int64)
        np.add.at(sums, owner[chosen], parts[chosen])
        given.append(sums)
    return int((given[0] + given[1] + batch.deducted != batch.gross).sum())


def random_batch(chance: np.random.Generator, count: int) -> Batch:
    """Return random distributions, each with points above zero somewhere."""
    gross = _of_all_sizes(chance, count, _MOST_BITS)
    deducted = _share_of(gross, np.where(chance.random(count) < 0.3, 0, chance.integers(0, PPM, count)))
    works = chance.integers(1, _MOST_WORKS + 1, count)
    first_work = np.append(0, np.cumsum(works))
    total = int(first_work[-1])
    owner = np.repeat(np.arange(count), works)
    points = _of_all_sizes(chance, total, _MOST_BITS - 4)
    equal = chance.random(count)[owner] < 0.3
    two = _of_all_sizes(chance, count, 40)[owner] + chance.integers(0, 2, total)
    points = np.where(equal, two, points)
    points[chance.random(total) < 0.1] = 0
    points[first_work[:-1]] = np.maximum(points[first_work[:-1]], 1)
    parts = chance.integers(1, _MOST_PARTS + 1, total)
    first_part = np.append(0, np.cumsum(parts))
    low_ppm, high_ppm = _random_bounds(chance, parts, first_part)
    is_held = (chance.random(len(low_ppm)) < 0.2).astype(np.int64)
    return Batch(gross, deducted, first_work, points, first_part, low_ppm, high_ppm, is_held)


def _of_all_sizes(chance: np.random.Generator, count: int, most_bits: int) -> Int64s:
    """Return numbers from 0 whose lengths in bits are spread evenly."""
    bits = chance.integers(0, most_bits + 1, count)
    numbers: Int64s = chance.integers(0, 2**62, count) >> (62 - bits)
    return numbers


def _share_of(amounts: Int64s, share_ppm: Int64s) -> Int64s:
    """Return shares of amounts, rounded down, without a product of more than 63 bits."""
    millions, rest = np.divmod(amounts, PPM)
    shares: Int64s = millions * share_ppm + rest * share_ppm // PPM
    return shares


def _random_bounds(chance: np.random.Generator, parts: Int64s, first_part: Int64s) -> tuple[Int64s, Int64s]:
    """Return cumulative bounds that cut each work's million into its parts."""
    total = int(first_part[-1])
    owner = np.repeat(np.arange(len(parts)), parts)
    high = chance.integers(0, PPM + 1, total)
    high[first_part[1:] - 1] = PPM
    high = high[np.lexsort((high, owner))]
    low = np.append(0, high[:-1])
    low[first_part[:-1]] = 0
    return low, high


def divide_by_ours(batch: Batch) -> Int64s:
    """Return the amount of every part, by the compiled division."""
    divided = []
    for place, net_micro in enumerate(batch.net.tolist()):
        works = slice(batch.first_work[place], batch.first_work[place + 1])
        amounts = divide_exactly(net_micro, batch.points[works])
        answers = np.arange(works.start, works.stop)
        _, _, parts_micro = spread(
            answers, amounts, batch.first_part[:-1], batch.first_part[1:], batch.low_ppm, batch.high_ppm
        )
        divided.append(parts_micro)
    return np.concatenate(divided)


_DIVIDE = """
    WITH floored AS (
        SELECT work, pool, points * net // sum(points) OVER of_pool AS floor_micro, net,
               points * net % sum(points) OVER of_pool AS remainder
        FROM (SELECT work, pool, points::HUGEINT AS points, net::HUGEINT AS net FROM work JOIN pool USING (pool))
        WINDOW of_pool AS (PARTITION BY pool)
    ), divided AS (
        SELECT work, floor_micro + CASE WHEN row_number() OVER (PARTITION BY pool ORDER BY remainder DESC, work)
                                             <= net - sum(floor_micro) OVER (PARTITION BY pool)
                                        THEN 1 ELSE 0 END AS amount
        FROM floored
    )
    SELECT (amount * high_ppm // 1000000 - amount * low_ppm // 1000000)::BIGINT AS part_micro
    FROM part JOIN divided USING (work) ORDER BY part
"""


def divide_by_sql(batch: Batch) -> Int64s:
    """Return the amount of every part, by one statement of the query engine over the whole batch."""
    pools, works = np.arange(len(batch.gross)), np.arange(len(batch.points))
    found = query(
        _DIVIDE,
        pool=pa.table({"pool": pools, "net": batch.net}),
        work=pa.table({"work": works, "pool": np.repeat(pools, np.diff(batch.first_work)), "points": batch.points}),
        part=pa.table(
            {
                "part": np.arange(len(batch.low_ppm)),
                "work": np.repeat(works, np.diff(batch.first_part)),
                "low_ppm": batch.low_ppm,
                "high_ppm": batch.high_ppm,
            }
        ),
    )
    parts_micro: Int64s = found.column("part_micro").to_numpy()
    return parts_micro
