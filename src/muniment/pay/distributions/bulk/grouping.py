"""Summing usage lines by report, work and answer of the share question; unidentified lines by their memory key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.compiled import compiled
from muniment.pay.distributions.bulk.arrays import Int, Int32s, Int64s, int32s, int64s
from muniment.pay.distributions.bulk.counting import Weighing, weigh
from muniment.pay.distributions.bulk.points import counted_durations, line_points, products
from muniment.pay.distributions.bulk.shares import NO_ANSWER, NO_WORK, SEVERAL_ANSWERS, ShareIndex, find_answers
from muniment.pay.distributions.rules import PointsRule
from muniment.pay.distributions.rules.policies.grouping import SplitPlan

LINES, USES, DURATION, POINTS = range(4)
"""The sums of a group, in the columns of `Groups.sums`."""

NOTHING_WEIGHED = Weighing({}, {}, None)
"""Of a pool whose works count what their lines earn."""


@dataclass(frozen=True, slots=True)
class PoolLines:
    """What a pool is divided by: its net amount and the usage lines of its reports with their matches.

    `right_of` names the right of each report by its id. `matches` has one row for each line. `weighing` is what counts
    for whole reports and works. `split` divides each work's amount between groups of its owners. `reason` is why the
    amount waits as it is, where no usage divides it.
    """

    fund_code: str
    net_micro: int
    lines: pa.Table
    matches: pa.Table
    right_of: Mapping[int, str]
    weighing: Weighing = NOTHING_WEIGHED
    reason: str = ""
    split: SplitPlan | None = None

    @property
    def rights(self) -> pa.Table:
        """Return `right_of` as a table to be joined: report_id, right."""
        reports, rights = list(self.right_of), list(self.right_of.values())
        return pa.table({"report_id": pa.array(reports, pa.int64()), "right": pa.array(rights, pa.string())})


@dataclass(frozen=True, slots=True)
class Groups:
    """The uses of each work, or of each unidentified thing, in each report; in the order that breaks ties.

    That is: by report, work, split; then the unidentified of the report by memory key. `answers` are numbers of the
    share index, NO_WORK where nothing is identified.
    """

    report_ids: Int64s
    answers: Int64s
    memory_keys: pa.Array
    sums: Int64s

    def __len__(self) -> int:
        return len(self.answers)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The lines of a pool as arrays; `memory` numbers the memory key of a line without a work, in their order."""

    works: Int64s
    memory: Int32s
    territories: Int32s
    days: Int32s
    uses: Int64s
    durations: Int64s
    points: Int64s

    def of(self, rows: slice | Int64s) -> "_Columns":
        """Return some of the lines."""
        return _Columns(*(getattr(self, name)[rows] for name in self.__slots__))


def group_lines(pool: PoolLines, rule: PointsRule, shares: ShareIndex) -> Groups:
    """Sum the lines of a pool by report, work (or memory key of what is unidentified) and answer.

    Raises:
        ValueError: a line without one match row, or a matched work without one split.
        UnknownUseKind, NegativeUse, TooManyPoints: see `line_points`.
    """
    keys, columns = _columns(pool, rule)
    report_ids: list[Int64s] = []
    answers: list[Int64s] = []
    memory: list[Int64s] = []
    sums: list[Int64s] = []
    for report_id, rows in _by_report(int64s(pool.lines.column("report_id"))):
        if report_id not in pool.right_of:
            raise ValueError(f"report {report_id} is not one of the pool")
        places, values = _sum_report(columns.of(rows), shares, pool.right_of[report_id], len(keys))
        identified = places < len(shares)
        report_ids.append(np.full(len(places), report_id, dtype=np.int64))
        answers.append(np.where(identified, places, NO_WORK))
        memory.append(np.where(identified, -1, places - len(shares)))
        sums.append(values)
    if not answers:
        none = np.empty(0, dtype=np.int64)
        return Groups(none, none, pa.array([], pa.string()), np.empty((0, 4), dtype=np.int64))
    memory_rows = np.concatenate(memory)
    memory_keys = pc.fill_null(keys.take(pa.array(memory_rows, mask=memory_rows < 0)), "")
    groups = Groups(np.concatenate(report_ids), np.concatenate(answers), memory_keys, np.concatenate(sums))
    if pool.weighing != NOTHING_WEIGHED or not rule.is_of_lines:
        groups.sums[:, POINTS] = _weighed(groups, rule, shares, pool.weighing)
    return groups


def _weighed(groups: Groups, rule: PointsRule, shares: ShareIndex, weighing: Weighing) -> Int64s:
    identified = groups.answers >= 0
    works = np.full(len(groups), -1, dtype=np.int64)
    works[identified] = shares.work_ids[groups.answers[identified]]
    points, uses = np.ascontiguousarray(groups.sums[:, POINTS]), np.ascontiguousarray(groups.sums[:, USES])
    return weigh(points, groups.report_ids, works, groups.memory_keys, uses, rule, weighing)


def _columns(pool: PoolLines, rule: PointsRule) -> tuple[pa.Array, _Columns]:
    """Return the memory keys of the unidentified lines, sorted, and the lines as arrays."""
    lines, matches = pool.lines, _aligned(pool)
    works = int64s(pc.fill_null(matches.column("work_id"), NO_WORK))
    without = np.flatnonzero(works < 0)
    memory = np.full(len(works), -1, dtype=np.int32)
    said = matches.column("memory_key").take(pa.array(without)).combine_chunks().dictionary_encode()
    said = said.combine_chunks() if isinstance(said, pa.ChunkedArray) else said
    order = pc.sort_indices(said.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    if len(without):
        memory[without] = rank[int64s(said.indices)]
    uses = int64s(lines.column("use_count"))
    return said.dictionary.take(pa.array(order)), _Columns(
        works,
        memory,
        int32s(lines.column("territory")),
        int32s(lines.column("used_on").cast(pa.int32())),
        uses,
        products(counted_durations(lines, rule), uses),
        line_points(lines, rule),
    )


def _aligned(pool: PoolLines) -> pa.Table:
    """Return one match row for each line, in the order of the lines.

    Raises:
        ValueError: a line has no match row, or several.
    """
    line_ids, match_ids = int64s(pool.lines.column("line_id")), int64s(pool.matches.column("line_id"))
    if np.array_equal(line_ids, match_ids):
        return pool.matches
    order = np.argsort(match_ids, kind="stable")
    first = np.searchsorted(match_ids, line_ids, "left", sorter=order)
    counts = np.searchsorted(match_ids, line_ids, "right", sorter=order) - first
    if len(counts) and not bool((counts == 1).all()):
        raise ValueError(f"{len(line_ids)} lines, but {int(counts.sum())} after joining matches")
    return pool.matches.take(pa.array(order[first]))


def _by_report(report_ids: Int64s) -> Iterator[tuple[int, slice | Int64s]]:
    """Yield the rows of each report, the lowest id first; as a slice where they stand together."""
    if len(report_ids) == 0:
        return
    if bool((report_ids[1:] >= report_ids[:-1]).all()):
        cuts = [0, *(np.flatnonzero(np.diff(report_ids)) + 1).tolist(), len(report_ids)]
        for start, end in pairwise(cuts):
            yield int(report_ids[start]), slice(start, end)
        return
    for report_id in np.unique(report_ids).tolist():
        yield report_id, np.flatnonzero(report_ids == report_id)


def _sum_report(columns: _Columns, shares: ShareIndex, right: str, key_count: int) -> tuple[Int64s, Int64s]:
    """Return the places that lines of a report fall on, sorted, and the sums of each.

    A place is the number of an answer, or behind the last of them, of a memory key.
    """
    code = shares.rights.get(right, -1)
    found = find_answers(
        shares.slots, shares.keys, shares.answers, code, columns.works, columns.territories, columns.days
    )
    places, wrong = _places(found, columns.memory, len(shares))
    if wrong == NO_ANSWER:
        raise ValueError("a matched work has no split for a line's right, territory and day")
    if wrong == SEVERAL_ANSWERS:
        raise ValueError("a matched work has several splits for a line's right, territory and day")
    room = np.zeros((len(shares) + key_count, 4), dtype=np.int64)
    touched = np.empty(min(len(places), len(room)), dtype=np.int64)
    count = _add_lines(places, columns.uses, columns.durations, columns.points, room, touched)
    used = np.sort(touched[:count])
    return used, room[used]


@compiled
def _places(found: Int32s, memory: Int32s, answer_count: Int) -> tuple[Int64s, Int]:
    """Return the place of each line, and 0, or what is wrong with one of them."""
    places = np.empty(len(found), np.int64)
    for line in range(len(found)):
        if found[line] >= 0:
            places[line] = found[line]
        elif found[line] == NO_WORK:
            places[line] = answer_count + memory[line]
        else:
            return places, np.int64(found[line])
    return places, np.int64(0)


@compiled
def _add_lines(places: Int64s, uses: Int64s, durations: Int64s, points: Int64s, room: Int64s, touched: Int64s) -> Int:
    """Add each line to the sums of its place in `room`; put the places into `touched` and return how many there are."""
    count = 0
    for line in range(len(places)):
        place = places[line]
        if room[place, LINES] == 0:
            touched[count] = place
            count += 1
        room[place, LINES] += 1
        room[place, USES] += uses[line]
        room[place, DURATION] += durations[line]
        room[place, POINTS] += points[line]
    return count
