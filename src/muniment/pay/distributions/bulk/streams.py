"""Dividing many pools whose lines do not fit in memory: cut by pool and by work, then one pool after the other.

Lines come as record batches in any order and leave as rows of a Parquet file. What stays in memory is the shares, one
number for each work, and the lines, groups and rows of one pool. The result is the same for any order of the lines,
any size of the batches and any number of shards.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from muniment.kernel.columns.compiled import compiled
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int, Int32s, Int64s, int64s
from muniment.pay.distributions.bulk.dividing import LARGEST_SUM, divide_exactly, negative_points, too_many_points
from muniment.pay.distributions.bulk.numbering import UNKNOWN, Numbering, distinct_ids, number_ids
from muniment.pay.distributions.bulk.wide import part_between

POOL_LINES = pa.schema(
    [
        pa.field("pool_id", pa.int32(), nullable=False),
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("points", pa.int64(), nullable=False),
    ]
)
"""What comes in: what each line earns."""

POOLS = pa.schema([pa.field("pool_id", pa.int32(), nullable=False), pa.field("net_micro", pa.int64(), nullable=False)])
"""The amount that each pool divides, at least zero."""

WORK_SHARES = pa.schema(
    [
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("holder_id", pa.int64(), nullable=False),
        pa.field("share_ppm", pa.int32(), nullable=False),
    ]
)
"""Who holds what of each work, sorted by work and part; those of a work sum to 1,000,000 ppm."""

STATEMENT_ROWS = pa.schema(
    [
        pa.field("pool_id", pa.int32(), nullable=False),
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("part", pa.int32(), nullable=False),
        pa.field("holder_id", pa.int64(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""What goes out, sorted by pool, work and part."""

HOLDER_TOTALS = pa.schema(
    [pa.field("holder_id", pa.int64(), nullable=False), pa.field("amount_micro", pa.int64(), nullable=False)]
)
"""What each holder gets of all pools, by holder; only those who get something."""


_BELOW_ZERO = -2
_BOUND_BITS = 20
_BOUND = (1 << _BOUND_BITS) - 1


class BadShares(UserError):
    """The shares of a work cannot be used."""


class BadPool(UserError):
    """A line names a pool or a work that nobody knows, or a pool has money and nobody to give it to."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """What a division came to."""

    totals: pa.Table
    line_count: int
    group_count: int
    row_count: int


@dataclass(frozen=True, slots=True)
class WorkIndex:
    """The shares of works by the number of the work, laid out so that what is read together lies together.

    A row of `rows_of` is (work, first row of its parts), with one more row at the end. A row of `parts` is
    (part << 20 | upper bound in ppm, holder, what the part got so far); the lower bound is that of the row before.
    """

    works: Numbering
    rows_of: Int64s
    parts: Int64s


def index_works(shares: pa.Table) -> WorkIndex:
    """Return the index of WORK_SHARES.

    Raises:
        BadShares: they are not sorted, or those of a work do not sum to the whole.
    """
    work_ids = int64s(shares.column("work_id"))
    parts = np.zeros((len(work_ids), 3), dtype=np.int64)
    parts[:, 1] = int64s(shares.column("holder_id"))
    first = np.empty(len(work_ids) + 1, dtype=np.int64)
    count = _pack_parts(work_ids, int64s(shares.column("part")), int64s(shares.column("share_ppm")), parts, first)
    if count < 0:
        raise BadShares(
            f"The shares of work {work_ids[-count - 1]} are not sorted, or do not sum to 1,000,000 ppm.",
            "Sort them by work and part, and close each work with a row for what is unclaimed.",
        )
    works = number_ids(work_ids[first[:count]])
    rows_of = np.column_stack((np.append(works.ids, -1), np.append(first[:count], len(work_ids))))
    return WorkIndex(works, np.ascontiguousarray(rows_of), parts)


def holder_totals(index: WorkIndex) -> pa.Table:
    """Return HOLDER_TOTALS of what the parts got so far.

    Added up part by part of the shares, not row by row of the statements: there are far fewer of them, and a holder's
    total lies anywhere in memory.
    """
    holders = np.ascontiguousarray(index.parts[:, 1])
    holder_ids = distinct_ids(holders)
    totals = np.zeros(len(holder_ids), dtype=np.int64)
    _add_parts(number_ids(holder_ids).numbers_of(holders), index.parts, totals)
    given = totals != 0
    return pa.table([holder_ids[given], totals[given]], schema=HOLDER_TOTALS)


@compiled
def _add_parts(numbers: Int32s, parts: Int64s, totals: Int64s) -> None:
    """Add what each part got to the total of its holder."""
    for row in range(len(parts)):
        totals[numbers[row]] += parts[row, 2]


@compiled
def _pack_parts(work_ids: Int64s, parts: Int64s, shares_ppm: Int64s, rows: Int64s, first: Int64s) -> Int:
    """Fill `rows` and `first` and return how many works there are; -1 less the row at which something is wrong."""
    count, running = 0, np.int64(0)
    for row in range(len(work_ids)):
        if row == 0 or work_ids[row] != work_ids[row - 1]:
            if row and (work_ids[row] < work_ids[row - 1] or running != PPM):
                return -row
            first[count] = row
            count += 1
            running = np.int64(0)
        running += shares_ppm[row]
        if shares_ppm[row] < 0 or running > PPM:
            return -row - 1
        rows[row, 0] = parts[row] << _BOUND_BITS | running
    return -len(work_ids) if len(work_ids) and running != PPM else count


class Buckets:
    """Lines by pool and shard: the row of each line's work and its points; in memory, or in files of a folder."""

    def __init__(self, count: int, folder: Path | None = None) -> None:
        """Make `count` empty buckets."""
        self.folder = folder
        self._kept: list[list[tuple[Int32s, Int64s]]] = [[] for _ in range(count)]

    def add(self, bucket: int, works: Int32s, points: Int64s) -> None:
        """Put lines into a bucket."""
        if self.folder is None:
            self._kept[bucket].append((works, points))
            return
        for name, values in (("works", works), ("points", points)):
            with (self.folder / f"{bucket}.{name}").open("ab") as file:
                file.write(values.tobytes())

    def take(self, bucket: int) -> Iterator[tuple[Int32s, Int64s]]:
        """Yield the lines of a bucket and forget them."""
        if self.folder is None:
            kept, self._kept[bucket] = self._kept[bucket], []
            yield from kept
            return
        works, points = self.folder / f"{bucket}.works", self.folder / f"{bucket}.points"
        if works.exists():
            yield np.fromfile(works, dtype=np.int32), np.fromfile(points, dtype=np.int64)
            works.unlink()
            points.unlink()


def divide_stream(
    batches: Iterable[pa.RecordBatch],
    pools: pa.Table,
    shares: pa.Table,
    write: Callable[[pa.Table], None],
    *,
    shards: int = 1,
    folder: Path | None = None,
) -> Streamed:
    """Divide pools by POOL_LINES and WORK_SHARES; give STATEMENT_ROWS of one pool after the other to `write`.

    Args:
        batches: the lines, in any order.
        pools: POOLS, each once.
        shares: WORK_SHARES, covering every work of the lines.
        write: called once for each pool that has lines, in the order of their numbers.
        shards: into how many parts the lines of each pool are cut, by their work.
        folder: an empty one, to keep the cut lines in files; in memory without it.

    Raises:
        BadPool: see there.
        NegativeUse: a line earns points below zero.
        TooManyPoints: the points of a pool do not fit a 64-bit number.
    """
    index = index_works(shares)
    order = np.argsort(int64s(pools.column("pool_id")))
    numbered = number_ids(int64s(pools.column("pool_id"))[order])
    nets = int64s(pools.column("net_micro"))[order]
    buckets = Buckets(len(numbered) * shards, folder)
    line_count = _cut(batches, numbered, index.works, buckets, shards)
    room = np.zeros(len(index.works), dtype=np.int64)
    group_count = row_count = 0
    for place, (pool_id, net_micro) in enumerate(zip(numbered.ids.tolist(), nets.tolist(), strict=True)):
        works, points = _groups(buckets, range(place * shards, (place + 1) * shards), room)
        if net_micro and not len(works):
            raise BadPool(f"Pool {pool_id} has money, but no line earns points.", "Hold it, or give the pool lines.")
        amounts = divide_exactly(net_micro, points)
        columns = spread_rows(works, amounts, index.rows_of, index.parts)
        assert int(columns[3].sum()) == net_micro, "the rows of a pool do not sum to it"
        group_count, row_count = group_count + len(works), row_count + len(columns[0])
        write(pa.table([pa.repeat(pa.scalar(pool_id, pa.int32()), len(columns[0])), *columns], schema=STATEMENT_ROWS))
    totals = holder_totals(index)
    given_micro = sum(totals.column("amount_micro").to_pylist())
    assert given_micro == sum(nets.tolist()), "the totals of holders do not sum to the pools"
    return Streamed(totals, line_count, group_count, row_count)


def _cut(batches: Iterable[pa.RecordBatch], pools: Numbering, works: Numbering, buckets: Buckets, shards: int) -> int:
    """Put every line into the bucket of its pool and shard; return how many lines there were."""
    line_count = 0
    for batch in batches:
        pool_numbers = _known(batch, "pool_id", pools, "pool", "which is not one of the run")
        numbers = _known(batch, "work_id", works, "work", "which has no shares")
        bucket_of = pool_numbers if shards == 1 else pool_numbers * shards + numbers % shards
        cuts, cut_works, cut_points = _sort_lines(
            bucket_of, numbers, int64s(batch.column("points")), len(pools) * shards
        )
        for bucket in np.flatnonzero(np.diff(cuts)).tolist():
            rows = slice(cuts[bucket], cuts[bucket + 1])
            buckets.add(bucket, cut_works[rows], cut_points[rows])
        line_count += len(numbers)
    return line_count


def _known(batch: pa.RecordBatch, name: str, numbering: Numbering, what: str, wrong: str) -> Int32s:
    """Return the numbers of the ids in a column.

    Raises:
        BadPool: one of them was not numbered.
    """
    ids = int64s(batch.column(name))
    numbers = numbering.numbers_of(ids)
    if int(numbers.min(initial=0)) == UNKNOWN:
        raise BadPool(f"A line names the {what} {ids[np.argmin(numbers)]}, {wrong}.", "Add it, or correct the line.")
    return numbers


@compiled
def _sort_lines(bucket_of: Int32s, works: Int32s, points: Int64s, bucket_count: Int) -> tuple[Int64s, Int32s, Int64s]:
    """Return where each bucket begins, and works and points by bucket: a counting sort."""
    cuts = np.zeros(bucket_count + 1, np.int64)
    for bucket in bucket_of:
        cuts[bucket + 1] += 1
    for bucket in range(bucket_count):
        cuts[bucket + 1] += cuts[bucket]
    at = cuts.copy()
    cut_works, cut_points = np.empty(len(works), np.int32), np.empty(len(works), np.int64)
    for line in range(len(works)):
        place = at[bucket_of[line]]
        cut_works[place], cut_points[place] = works[line], points[line]
        at[bucket_of[line]] = place + 1
    return cuts, cut_works, cut_points


def _groups(buckets: Buckets, shards: range, room: Int64s) -> tuple[Int64s, Int64s]:
    """Return the rows of the works of a pool, sorted, and the points of each; `room` is all zeros before and after.

    Raises:
        NegativeUse: a line's points are below zero.
        TooManyPoints: they do not fit.
    """
    all_works, all_points = [], []
    for bucket in shards:
        earned: Int = 0
        touched: list[Int32s] = []
        for works, points in buckets.take(bucket):
            first_seen = np.empty(len(works), dtype=np.int32)
            count, earned = add_points(works, points, room, first_seen, earned)
            if earned == _BELOW_ZERO:
                raise negative_points()
            if earned < 0:
                raise too_many_points()
            touched.append(first_seen[:count])
        used = np.sort(np.concatenate(touched)) if touched else np.empty(0, dtype=np.int32)
        all_works.append(used)
        all_points.append(room[used])
        room[used] = 0
    works, points = np.concatenate(all_works), np.concatenate(all_points)
    if len(shards) > 1:
        order = np.argsort(works, kind="stable")
        works, points = works[order], points[order]
    return works.astype(np.int64), points


@compiled
def add_points(works: Int32s, points: Int64s, room: Int64s, first_seen: Int32s, earned: Int) -> tuple[Int, Int]:
    """Add the points of lines to the room of their works; return how many works are new, and all that was earned.

    A line without points makes its work no group: its part would be nothing. The second number is _BELOW_ZERO if a line
    earns less than nothing, and -1 if the sum passes LARGEST_SUM.
    """
    count, total = 0, np.int64(earned)
    for line in range(len(works)):
        value = points[line]
        if value < 0:
            return count, np.int64(_BELOW_ZERO)
        if value >= LARGEST_SUM - total:
            return count, np.int64(-1)
        if value and room[works[line]] == 0:
            first_seen[count] = works[line]
            count += 1
        room[works[line]] += value
        total += value
    return count, total


@compiled
def spread_rows(
    works: Int64s, amounts: Int64s, rows_of: Int64s, parts: Int64s
) -> tuple[Int64s, Int32s, Int64s, Int64s]:
    """Divide each work's amount among its parts: work, part, holder and amount of each row.

    Each amount is also added to what its part in `parts` got so far.
    """
    size = 0
    for work in works:
        size += rows_of[work + 1, 1] - rows_of[work, 1]
    of_works, part_numbers = np.empty(size, np.int64), np.empty(size, np.int32)
    holders, parts_micro = np.empty(size, np.int64), np.empty(size, np.int64)
    at = 0
    for place in range(len(works)):
        work, amount = works[place], amounts[place]
        given: Int = np.int64(0)
        for row in range(rows_of[work, 1], rows_of[work + 1, 1]):
            until = part_between(amount, 0, parts[row, 0] & _BOUND)
            of_works[at], part_numbers[at] = rows_of[work, 0], parts[row, 0] >> _BOUND_BITS
            holders[at], parts_micro[at] = parts[row, 1], until - given
            parts[row, 2] += until - given
            given = until
            at += 1
    return of_works, part_numbers, holders, parts_micro
