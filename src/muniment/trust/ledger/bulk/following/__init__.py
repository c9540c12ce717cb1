"""Where money came from, over columns: the parts of transfers as arrays, piece by piece of the books.

In: entries in their order with all their transfers. Out: for each piece its parts, the same that `rules.origins`
yields one by one; memory holds the layers of accounts, not the transfers. Long books go through the compiled loop of
`kernel`; short ones through the rules themselves, because compiling takes longer than they do.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from muniment.trust.ledger.bulk.following import kernel
from muniment.trust.ledger.bulk.following.kernel import Ints
from muniment.trust.ledger.rules.origins import (
    EntryFacts,
    Follower,
    Origin,
    Part,
    Stage,
    fresh_origin,
    payee_of,
    run_of_entry,
    run_of_scope,
    stage_of,
    wanted_run,
)

STAGES = (Stage.COLLECTED, Stage.WAITING, Stage.ATTRIBUTED, Stage.KEPT, Stage.BANK, Stage.INVOICED, Stage.TAX,
          Stage.OWED, Stage.LOSS, Stage.COST, Stage.INVESTMENT)  # fmt: skip
"""The stages by their numbers in columns; those with layers first, as `kernel` numbers them."""

TRANSFER_COLUMNS = ("entry", "number", "debit", "credit", "amount_micro")
"""Columns of transfers as they are given: the place of the entry among those given, then as the table has them."""


@dataclass(slots=True)
class Numbered[Value: Hashable]:
    """Values with a number each, in the order in which they were first seen."""

    values: list[Value] = field(default_factory=list)
    numbers: dict[Value, int] = field(default_factory=dict)

    def number(self, value: Value) -> int:
        """Return the number of a value, a new one for a new value."""
        found = self.numbers.get(value)
        if found is None:
            found = self.numbers[value] = len(self.values)
            self.values.append(value)
        return found


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers in parts stand for; the first base, run and payee is none.

    A base is an origin without run and payee. `stages` has the number of each account's stage.
    """

    codes: tuple[str, ...]
    stages: Ints
    bases: Numbered[Origin]
    runs: Numbered[str]
    payees: Numbered[str]


@dataclass(frozen=True, slots=True)
class PartColumns:
    """The parts of some entries as arrays, in their order; accounts, origins and entries by number and place."""

    names: Names
    entries: Sequence[EntryFacts]
    entry: Ints
    transfer_id: Ints
    debit: Ints
    credit: Ints
    base: Ints
    run: Ints
    payee: Ints
    amount_micro: Ints
    settles: Ints

    def part(self, place: int, amount_micro: int | None = None) -> Part:
        """Return one part; with another amount, where one stands for many that are alike."""
        names, settles = self.names, bool(self.settles[place])
        base = names.bases.values[self.base[place]]
        run, payee = names.runs.values[self.run[place]], names.payees.values[self.payee[place]]
        goal = STAGES[names.stages[self.credit[place]]]
        return Part(
            self.entries[self.entry[place]],
            int(self.transfer_id[place]),
            names.codes[self.debit[place]],
            names.codes[self.credit[place]],
            goal if settles else STAGES[names.stages[self.debit[place]]],
            goal,
            Origin(base.fund, base.right, base.use, base.year, run, payee),
            int(self.amount_micro[place]) if amount_micro is None else amount_micro,
            settles,
        )


def grouped(columns: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Return for each group of rows that are equal in all columns the place of one, and for each row its group.

    Values are not negative; there is at least one column.
    """
    keys = columns[0]
    for column in columns[1:]:
        width = int(column.max(initial=0)) + 1
        if int(keys.max(initial=0)) + 1 > 2**62 // width:
            keys = np.unique(keys, return_inverse=True)[1]
        keys = keys * width + column
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return first, group


def exact_sums(amounts: Ints, group: Ints, group_count: int) -> list[int]:
    """Return the sum of the amounts of each group; halves are summed apart, so that no sum wraps."""
    high, low = np.zeros(group_count, np.int64), np.zeros(group_count, np.int64)
    np.add.at(high, group, amounts >> 32)
    np.add.at(low, group, amounts & 0xFFFFFFFF)
    return [above * 2**32 + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


class ColumnFollower:
    """Follows money over columns, piece after piece, each of whole entries.

    Args:
        year_of: the financial year of a day of booking.
        rights: the right of each fund; a fund that is not named has none, unless the entry says it.
        reversed_ids: the entries that are reversed by a later one.
        accounts: the code of every account by its number in the books.
        is_compiled: whether the compiled loop does it, or the rules one by one.
    """

    def __init__(
        self,
        year_of: Callable[[date], int],
        rights: Mapping[str, str],
        reversed_ids: Collection[int],
        accounts: Mapping[int, str],
        *,
        is_compiled: bool = True,
    ) -> None:
        self._year_of, self._rights = year_of, rights
        self._years: dict[date, int] = {}
        self._numbers = np.array(sorted(accounts), np.int64)
        codes = tuple(accounts[number] for number in sorted(accounts))
        stages = {stage: number for number, stage in enumerate(STAGES)}
        numbered = np.array([stages[stage_of(code)] for code in codes], np.int64)
        self.names = Names(codes, numbered, Numbered(), Numbered(), Numbered())
        self.names.bases.number(Origin())
        self.names.runs.number("")
        self.names.payees.number("")
        self._reversed = {entry_id: place for place, entry_id in enumerate(sorted(reversed_ids))}
        self._scalar = None if is_compiled else Follower(year_of, rights, frozenset(reversed_ids))
        self._start()

    def _start(self) -> None:
        """Make the state of the compiled loop: no layer anywhere."""
        names = self.names
        funds = Numbered[str]()
        funds.number("")
        self._said = Numbered[tuple[str, int]]()
        self._bases: dict[int, int] = {}
        self._fund_names = funds
        self._funds = np.array(
            [funds.number(code.partition("/")[2] if code.startswith(("fund/", "billed/")) else "")
             for code in names.codes], np.int64,
        )  # fmt: skip
        self._known = np.array(
            [
                [stage, names.payees.number(payee_of(code)), names.runs.number(run_of_scope(code)),
                 code.startswith("deduction/"), code.startswith("transit/")]
                for stage, code in zip(names.stages.tolist(), names.codes, strict=True)
            ], np.int64,
        ).reshape(-1, 5)  # fmt: skip
        self._chains = np.tile(np.array([-1, -1, 0, -1, -1, 0], np.int64), (len(names.codes), 1))
        self._counters = np.array([0, -1, 0, 0], np.int64)
        self._nodes, self._kept = np.empty((1024, 6), np.int64), np.empty((64, 4), np.int64)
        self._kept_at = np.empty((64, 3), np.int64)
        self._first_kept = np.full(len(self._reversed), -1, np.int64)

    def feed(self, entries: Sequence[EntryFacts], transfers: Ints) -> PartColumns:
        """Return the parts of the next entries.

        Args:
            transfers: all transfers of these entries in their order, as rows of TRANSFER_COLUMNS.
        """
        debit = np.searchsorted(self._numbers, transfers[:, 2])
        credit = np.searchsorted(self._numbers, transfers[:, 3])
        if self._scalar is not None:
            return self._one_by_one(self._scalar, entries, transfers, debit, credit)
        facts, said = self._facts(entries)
        place = transfers[:, 0]
        fresh = self._fresh(said[place], np.where(self._funds[debit] > 0, self._funds[debit], self._funds[credit]))
        rows = np.ascontiguousarray(np.stack([place, debit, credit, transfers[:, 4], fresh], axis=1))
        parts, count, self._nodes, self._kept, self._kept_at = kernel.follow(
            rows, facts, self._known, self._chains, self._counters, self._nodes, self._kept, self._kept_at,
            self._first_kept,
        )  # fmt: skip
        of = parts[:count, kernel.PART_TRANSFER]
        return PartColumns(
            self.names, entries, place[of], transfers[of, 1], debit[of], credit[of],
            *(parts[:count, column] for column in range(kernel.PART_BASE, kernel.PART_SETTLES + 1)),
        )  # fmt: skip

    def _facts(self, entries: Sequence[EntryFacts]) -> tuple[Ints, Ints]:
        """Return what the loop knows of each entry, and the number of what it says of money that it brings."""
        runs, reversed_places = self.names.runs, self._reversed
        facts, said = [], []
        for entry in entries:
            run = run_of_entry(entry.key, entry.dimensions)
            facts.append(
                (
                    runs.number(run), runs.number(wanted_run(run, entry.key, entry.dimensions)),
                    reversed_places.get(entry.id, -1), reversed_places.get(entry.reverses or 0, -1),
                )
            )  # fmt: skip
            said.append(self._said.number((entry.dimensions, self._year(entry.booked_on))))
        return np.array(facts, np.int64).reshape(-1, 4), np.array(said, np.int64)

    def _year(self, day: date) -> int:
        year = self._years.get(day)
        if year is None:
            year = self._years[day] = self._year_of(day)
        return year

    def _fresh(self, said: Ints, funds: Ints) -> Ints:
        """Return the base of what each transfer brings from outside, by what its entry says and its fund."""
        width = len(self._fund_names.values)
        keys, group = np.unique(said * width + funds, return_inverse=True)
        found = []
        for key in keys.tolist():
            if key not in self._bases:
                dimensions, year = self._said.values[key // width]
                origin = fresh_origin(self._fund_names.values[key % width], dimensions, year, self._rights)
                self._bases[key] = self.names.bases.number(origin)
            found.append(self._bases[key])
        return np.array(found, np.int64)[group] if found else np.zeros(0, np.int64)

    def _one_by_one(
        self, follower: Follower, entries: Sequence[EntryFacts], transfers: Ints, debit: Ints, credit: Ints
    ) -> PartColumns:
        """Return the parts that the rules themselves yield."""
        names, codes = self.names, self.names.codes
        ends = np.searchsorted(transfers[:, 0], np.arange(len(entries)), side="right").tolist()
        rows: list[tuple[int, ...]] = []
        start = 0
        for place, (entry, end) in enumerate(zip(entries, ends, strict=True)):
            moved = [
                (at, codes[debit[at]], codes[credit[at]], int(transfers[at, 4])) for at in range(start, end)
            ]  # fmt: skip
            for part in follower.entry(entry, moved):
                origin = part.origin
                base = names.bases.number(Origin(origin.fund, origin.right, origin.use, origin.year))
                rows.append(
                    (place, part.transfer_id, base, names.runs.number(origin.run), names.payees.number(origin.payee),
                     part.amount_micro, part.settles)
                )  # fmt: skip
            start = end
        found = np.array(rows, np.int64).reshape(-1, 7)
        of = found[:, 1]
        return PartColumns(
            names, entries, found[:, 0], transfers[of, 1], debit[of], credit[of],
            *(found[:, column] for column in range(2, 7)),
        )  # fmt: skip
