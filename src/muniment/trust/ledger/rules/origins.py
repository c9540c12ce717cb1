"""Where money came from, followed through the accounts: a pure function of the transfers in their order.

The money of right holders stands at stages: collected (funds), waiting (held for nobody known), attributed (payees'
accounts, what is held for a payee, what is on its way at the bank) and kept (deductions). On each account of these
stages money lies in layers, each with its origin: the fund, the right, the kind of use, the financial year in which it
was collected. What leaves an account takes the oldest layers first; from deductions the latest first; a reversal takes
back the very layers of what it reverses; what the bank pays or returns takes the payee's own.

So every transfer is cut into parts of one origin each, and a report by right, use or year is a sum of parts. A part is
decided by the transfers up to its own, which are never changed, so it is decided for ever.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import islice

from muniment.trust.ledger.rules.dimensions import DIMENSIONS, Posting


class Stage(StrEnum):
    """How far money has come; the money of right holders is what is collected, waiting or attributed."""

    BANK = "bank"
    INVOICED = "invoiced"
    COLLECTED = "collected"
    WAITING = "waiting"
    ATTRIBUTED = "attributed"
    KEPT = "kept"
    TAX = "tax"
    OWED = "owed"
    LOSS = "loss"
    COST = "cost"
    INVESTMENT = "investment"


_STAGES = {
    "bank": Stage.BANK,
    "receivable": Stage.INVOICED,
    "billed": Stage.INVOICED,
    "fund": Stage.COLLECTED,
    "payable": Stage.ATTRIBUTED,
    "transit": Stage.ATTRIBUTED,
    "exchange": Stage.ATTRIBUTED,
    "deduction": Stage.KEPT,
    "vat": Stage.TAX,
    "tax": Stage.TAX,
    "advance": Stage.OWED,
    "recoverable": Stage.OWED,
    "writeoff": Stage.LOSS,
    "exchange_difference": Stage.LOSS,
    "cost": Stage.COST,
    "investment": Stage.INVESTMENT,
}
LAYERED = frozenset({Stage.COLLECTED, Stage.WAITING, Stage.ATTRIBUTED, Stage.KEPT})
"""Stages whose accounts remember where their money came from."""
RIGHTHOLDERS = (Stage.COLLECTED, Stage.WAITING, Stage.ATTRIBUTED)
"""Stages of money that belongs to right holders."""


def stage_of(code: str) -> Stage:
    """Return the stage of an account by its code; money held for a known payee is attributed.

    Raises:
        KeyError: accounts have no such first word.
    """
    word = code.partition("/")[0]
    if word == "held":
        return Stage.ATTRIBUTED if "/party-" in code else Stage.WAITING
    return _STAGES[word]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where money came from; `run` and `payee` are added once it is distributed to somebody, else they are empty."""

    fund: str = ""
    right: str = ""
    use: str = ""
    year: int = 0
    run: str = ""
    payee: str = ""


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What following the money needs of an entry."""

    id: int
    key: str
    kind: str
    booked_on: date
    currency: str
    dimensions: str = ""
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a transfer with one origin: it leaves the debited account and reaches the credited one.

    `settles` marks the two parts that a credit adds where it fills an account that was below zero: the origin of what
    was missing gains, the origin that filled it loses, and the stage as a whole stays as it is.
    """

    entry: EntryFacts
    transfer_id: int
    debit: str
    credit: str
    source: Stage
    goal: Stage
    origin: Origin
    amount_micro: int
    settles: bool = False


_Layer = tuple[Origin, int]
_LOOKED_AT = 1_000
"""How many layers of a payment batch are looked at for the payee of a confirmed payment."""


class Follower:
    """Follows money through the accounts of all currencies, transfer by transfer.

    Args:
        year_of: the financial year of a day of booking.
        rights: the right of each fund; a fund that is not named has none, unless the entry says it.
        reversed_ids: the entries that are reversed by a later one; the layers of the others are not kept.
    """

    def __init__(
        self,
        year_of: Callable[[date], int],
        rights: Mapping[str, str] | None = None,
        reversed_ids: frozenset[int] = frozenset(),
    ) -> None:
        self._year_of = year_of
        self._rights = rights or {}
        self._reversed_ids = reversed_ids
        self._layers: dict[tuple[str, str], deque[_Layer]] = {}
        self._missing: dict[tuple[str, str], deque[_Layer]] = {}
        self._kept: dict[int, list[list[_Layer]]] = {}
        self._places: dict[str, tuple[Stage, str]] = {}
        self._run = ""

    def entry(self, entry: EntryFacts, transfers: Sequence[tuple[int, str, str, int]]) -> Iterator[Part]:
        """Yield the parts of an entry's transfers: number, debited account, credited account, micro-units."""
        taken = self._kept.pop(entry.reverses, None) if entry.reverses is not None else None
        kept: list[list[_Layer]] | None = [] if entry.id in self._reversed_ids else None
        self._run = run_of_entry(entry.key, entry.dimensions)
        for place, (number, debit, credit, amount_micro) in enumerate(transfers):
            exact = taken[place] if taken is not None and place < len(taken) else []
            parts = self._move(entry, number, debit, credit, amount_micro, exact)
            if kept is not None:
                kept.append([(part.origin, part.amount_micro) for part in parts if not part.settles])
            yield from parts
        if kept is not None:
            self._kept[entry.id] = kept

    def _place(self, code: str) -> tuple[Stage, str]:
        """Return the stage of an account and whose it is, looked up once for each account."""
        place = self._places.get(code)
        if place is None:
            place = self._places[code] = (stage_of(code), payee_of(code))
        return place

    def _move(
        self, entry: EntryFacts, number: int, debit: str, credit: str, amount_micro: int, exact: Sequence[_Layer]
    ) -> list[Part]:
        source, (goal, payee) = self._place(debit)[0], self._place(credit)
        if source in LAYERED:
            layers = self._leave(entry, debit, credit, amount_micro, exact)
        else:
            layers = list(exact) or [(self._fresh(entry, debit, credit), amount_micro)]
        run = (self._run or run_of_scope(credit)) if source is Stage.COLLECTED else ""
        parts: list[Part] = []
        for left, part_micro in layers:
            origin = left
            if (run and run != left.run) or (payee and payee != left.payee):
                origin = Origin(left.fund, left.right, left.use, left.year, run or left.run, payee or left.payee)
            parts.append(Part(entry, number, debit, credit, source, goal, origin, part_micro))
            if goal in LAYERED:
                self._reach(parts[-1], parts)
        return parts

    def _fresh(self, entry: EntryFacts, debit: str, credit: str) -> Origin:
        """Return the origin of money that comes from outside, or from an account that has none to give."""
        fund = DIMENSIONS["fund"].value(Posting(debit, "", credit))
        return fresh_origin(fund, entry.dimensions, self._year_of(entry.booked_on), self._rights)

    def _leave(
        self, entry: EntryFacts, debit: str, credit: str, amount_micro: int, exact: Sequence[_Layer]
    ) -> list[_Layer]:
        """Take layers from the debited account; what it does not have is missing from now on."""
        account = (debit, entry.currency)
        last_first = debit.startswith("deduction/")
        layers = self._layers.get(account)
        found: list[_Layer] = []
        left_micro = amount_micro
        if layers and len(layers) > 1:
            left_micro -= _take_wanted(layers, left_micro, exact, self._wanted(entry, debit, credit), found)
        ahead = _ahead(layers, left_micro) if layers and debit.startswith("transit/") else 0
        if layers and ahead:
            layers.rotate(-ahead)
        while left_micro and layers:
            origin, there_micro = layers.pop() if last_first else layers.popleft()
            part_micro = min(there_micro, left_micro)
            if part_micro < there_micro:
                rest = (origin, there_micro - part_micro)
                if last_first:
                    layers.append(rest)
                else:
                    layers.appendleft(rest)
            found.append((origin, part_micro))
            left_micro -= part_micro
        if layers and ahead:
            layers.rotate(ahead)
        if layers is not None and not layers:
            del self._layers[account]
        if left_micro:
            origin = exact[-1][0] if exact else self._fresh(entry, debit, credit)
            self._missing.setdefault(account, deque()).append((origin, left_micro))
            found.append((origin, left_micro))
        return found

    def _wanted(self, entry: EntryFacts, debit: str, credit: str) -> tuple[str, str]:
        """Return the run and the payee whose layers go first; empty for any."""
        if debit.startswith("transit/"):
            return "", self._place(credit)[1]
        return wanted_run(self._run, entry.key, entry.dimensions), ""

    def _reach(self, part: Part, parts: list[Part]) -> None:
        """Put a part on the credited account, first filling what is missing there, which adds parts that settle it."""
        origin, amount_micro, goal = part.origin, part.amount_micro, part.goal
        account = (part.credit, part.entry.currency)
        if goal is Stage.COLLECTED and (origin.payee or origin.run):
            origin = replace(origin, payee="", run="")
        elif goal is Stage.WAITING and origin.payee:
            origin = replace(origin, payee="")
        missing = self._missing.get(account)
        while missing and amount_micro:
            lacking, lacking_micro = missing.popleft()
            filled_micro = min(lacking_micro, amount_micro)
            if filled_micro < lacking_micro:
                missing.appendleft((lacking, lacking_micro - filled_micro))
            amount_micro -= filled_micro
            if lacking != origin:
                facts = (part.entry, part.transfer_id, part.debit, part.credit, goal, goal)
                parts.append(Part(*facts, lacking, filled_micro, settles=True))
                parts.append(Part(*facts, origin, -filled_micro, settles=True))
        if missing is not None and not missing:
            del self._missing[account]
        if not amount_micro:
            return
        layers = self._layers.get(account)
        if layers is None:
            self._layers[account] = deque(((origin, amount_micro),))
            return
        if layers[-1][0] == origin:
            amount_micro += layers.pop()[1]
        layers.append((origin, amount_micro))


def payee_of(code: str) -> str:
    """Return the payee whose account it is, or for whom money is held there; empty for nobody."""
    word, _, rest = code.partition("/")
    if word == "payable":
        return rest
    return code.rpartition("/party-")[2] if word == "held" and "/party-" in code else ""


def fresh_origin(fund: str, dimensions: str, year: int, rights: Mapping[str, str]) -> Origin:
    """Return the origin of money of a fund that an entry brings; what the entry says of it comes first.

    Args:
        year: the financial year in which the entry is booked.
        rights: the right of each fund.
    """
    posting = Posting(f"fund/{fund}" if fund else "", "", "", dimensions=dimensions)
    right = DIMENSIONS["right"].value(posting) or rights.get(fund, "")
    return Origin(fund, right, DIMENSIONS["use"].value(posting), _said_year(posting) or year)


def _said_year(posting: Posting) -> int:
    if not posting.dimensions:
        return 0
    said = DIMENSIONS["collection_year"].value(replace(posting, code="", other=""))
    return int(said) if said.isdecimal() else 0


def run_of_entry(key: str, dimensions: str) -> str:
    """Return the run that an entry says, or that its key names; empty for none."""
    return DIMENSIONS["run"].value(Posting("", "", "", key=key, dimensions=dimensions))


def wanted_run(run: str, key: str, dimensions: str) -> str:
    """Return the run whose layers an entry takes first: the one that it says, or that of a settlement; else empty.

    The key of an entry that gives deductions back names its run: society-settlement/3/17.
    """
    if dimensions and run:
        return run
    word, _, rest = key.partition("/")
    return rest.partition("/")[0] if word == "society-settlement" else ""


def run_of_scope(code: str) -> str:
    """Return the run in the scope of an account of held money: held/UNMATCHED/run-3-pool-1."""
    return DIMENSIONS["run"].value(Posting(code, "", "")) if code.startswith("held/") else ""


def _ahead(layers: deque[_Layer], amount_micro: int) -> int:
    """Return how many layers lie before those of the first payee who has exactly this much; 0 where nobody has.

    So a payment that the bank confirms takes its payee's own layers, whoever else of the batch still waits.
    """
    start, held_micro, payee = 0, 0, ""
    for place, (origin, there_micro) in enumerate(islice(layers, _LOOKED_AT)):
        if origin.payee != payee:
            if held_micro == amount_micro:
                return start
            start, held_micro, payee = place, 0, origin.payee
        held_micro += there_micro
    return start if held_micro == amount_micro else 0


def _take_wanted(
    layers: deque[_Layer], most_micro: int, exact: Sequence[_Layer], wanted: tuple[str, str], found: list[_Layer]
) -> int:
    """Move the layers that are asked for from `layers` to `found`, up to `most_micro`; return how much that was."""
    run, payee = wanted
    if not exact and not run and not payee:
        return 0
    asked: dict[Origin, int] = {}
    for origin, part_micro in exact:
        asked[origin] = asked.get(origin, 0) + part_micro
    rest: list[_Layer] = []
    taken_micro = 0
    for origin, there_micro in layers:
        if exact:
            part_micro = min(there_micro, asked.get(origin, 0), most_micro - taken_micro)
            asked[origin] = asked.get(origin, 0) - part_micro
        else:
            fits = (not run or origin.run == run) and (not payee or origin.payee == payee)
            part_micro = min(there_micro, most_micro - taken_micro) if fits else 0
        if part_micro:
            found.append((origin, part_micro))
            taken_micro += part_micro
        if part_micro < there_micro:
            rest.append((origin, there_micro - part_micro))
    layers.clear()
    layers.extend(rest)
    return taken_micro
