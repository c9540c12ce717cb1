"""Where the money of a run is by now, from the books: received, deducted, allocated, held, paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from muniment.pay.distributions.queries.runs import RunRow, get_run, run_sums
from muniment.pay.distributions.rules import RunState
from muniment.trust.ledger.bulk.following import Numbered, exact_sums, grouped
from muniment.trust.ledger.queries.origins import last_hash, part_columns, transfer_count
from muniment.trust.ledger.rules.origins import Part, Stage


@dataclass(frozen=True, slots=True)
class Funnel:
    """A run's money: what its pools received, and where it is; the parts sum to it.

    `allocated_micro` is what became payees', `paid_micro` of it left the bank, `ordered_micro` is on its way there;
    `to_come_micro` is neither. `settled_micro` of it went to taxes, advances and what was once paid too much.
    `posted` says whether the books tell it, or the run's own result.
    """

    received_micro: int
    deducted_micro: int
    held_micro: int
    to_come_micro: int
    ordered_micro: int
    settled_micro: int
    paid_micro: int
    returned_micro: int
    posted: bool

    @property
    def allocated_micro(self) -> int:
        """Return what is or was payees' money, wherever it is now."""
        return self.to_come_micro + self.ordered_micro + self.settled_micro + self.paid_micro

    @property
    def difference_micro(self) -> int:
        """Return received less all its parts: 0."""
        return self.received_micro - self.deducted_micro - self.held_micro - self.allocated_micro - self.returned_micro


SHORT_BOOKS = 250_000
"""Up to how many transfers the books are read while somebody waits."""


def books_are_long() -> bool:
    """Say whether reading the whole books takes longer than a reader of a page should wait."""
    return transfer_count() > SHORT_BOOKS


def funnel_of(run_id: int, *, from_books: bool = True) -> Funnel | None:
    """Return where a run's money is; None before it is computed, or once it is discarded or reversed.

    Args:
        from_books: follow a posted run's money through all the books; else say where the run itself put it.

    Raises:
        UnknownRun: there is no such run.
    """
    run = get_run(run_id)
    if run.state in (RunState.REVERSED, RunState.DISCARDED):
        return None
    if run.posted_at is None or not from_books:
        return _computed(run)
    places = places_of_runs(last_hash()).get(str(run.number), {})
    received_micro = places.get("received", 0)
    return Funnel(
        received_micro=received_micro,
        deducted_micro=places.get("deducted", 0),
        held_micro=places.get("held", 0),
        to_come_micro=places.get("to_come", 0),
        ordered_micro=places.get("ordered", 0),
        settled_micro=places.get("settled", 0),
        paid_micro=places.get("paid", 0),
        returned_micro=places.get("returned", 0),
        posted=True,
    )


def _computed(run: RunRow) -> Funnel | None:
    sums = run_sums(run.id)
    if not sums.ties:
        return None
    held_micro = sum(row.amount_micro for row in sums.held)
    return Funnel(sums.gross_micro, sums.deducted_micro, held_micro, sums.payable_micro, 0, 0, 0, 0, posted=False)


@lru_cache(maxsize=2)
def places_of_runs(books: str) -> Mapping[str, Mapping[str, int]]:
    """Return where the money of each run is; `books` is the last link of the chain, which stands for the books."""
    found: dict[str, dict[str, int]] = {}
    if not books:
        return found
    for columns in part_columns(lambda day: day.year):
        kinds: Numbered[tuple[int, str]] = Numbered()
        names = zip(columns.names.stages.tolist(), columns.names.codes, strict=True)
        alike = np.array([kinds.number((stage, code.partition("/")[0])) for stage, code in names], np.int64)
        first, group = grouped([columns.run, alike[columns.debit], alike[columns.credit], columns.settles])
        sums = exact_sums(columns.amount_micro, group, len(first))
        for part in map(columns.part, first.tolist(), sums):
            if part.origin.run:
                places = found.setdefault(part.origin.run, {})
                for place, amount_micro in _moves(part):
                    places[place] = places.get(place, 0) + amount_micro
    return found


def _moves(part: Part) -> list[tuple[str, int]]:
    """Return which places of the funnel a part of a run's money takes from and adds to."""
    if part.settles:
        return [(_place(part.credit, part.goal), part.amount_micro)]
    moves = [(_place(part.credit, part.goal), part.amount_micro)]
    if part.source is Stage.COLLECTED and part.goal is not Stage.COLLECTED:
        return [*moves, ("received", part.amount_micro)]
    return [*moves, (_place(part.debit, part.source), -part.amount_micro)]


def _place(code: str, stage: Stage) -> str:
    match stage:
        case Stage.COLLECTED:
            return "returned"
        case Stage.KEPT:
            return "deducted"
        case Stage.WAITING:
            return "held"
        case Stage.BANK:
            return "paid"
        case Stage.ATTRIBUTED if code.startswith("held/"):
            return "held"
        case Stage.ATTRIBUTED:
            return "to_come" if code.startswith("payable/") else "ordered"
    return "settled"
