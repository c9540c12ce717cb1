"""Adjustments of posted runs: who pays for what somebody gets late, and what a later payment may be cut by.

Somebody who gets more at a later instant of knowledge gets it from those who get less. Who gets less may have the
money still on an account of ours; what was paid out already is found in the order that the policy states.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM


class NotFunded(UserError):
    """What was paid out too much cannot be found by any means that the policy names."""


class StaleAdjustment(UserError):
    """The run's money moved between drafting and booking an adjustment."""


class Funding(StrEnum):
    """Where money that was paid out to the wrong payee comes from.

    `recovery`: the over-paid payee owes it, and later payments are cut until it is settled. `reserve`: the reserve for
    claims that a deduction has built. `write_off`: the society bears it.
    """

    RECOVERY = "recovery"
    RESERVE = "reserve"
    WRITE_OFF = "write_off"


class AdjustmentState(StrEnum):
    """The life of an adjustment; each step goes forward."""

    COMPUTED = "computed"
    APPROVED = "approved"
    POSTED = "posted"
    STATEMENTS = "statements"
    DISCARDED = "discarded"


class Reason(StrEnum):
    """What was learnt that made the difference, of one work in one report."""

    LATE_CLAIM = "late_claim"
    CONFLICT_RESOLVED = "conflict_resolved"
    COUNTER_CLAIM = "counter_claim"
    SUCCESSOR = "successor"
    WORK_FOUND = "work_found"
    WORK_CORRECTED = "work_corrected"
    CORRECTED_SHARE = "corrected_share"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class AdjustmentRule:
    """How a society funds adjustments.

    `order` is tried from the first on. A recovery takes at most `recovery_cap_ppm` of each later run's amount of the
    payee, for `recovery_months`. `reserve_account` is the deduction that builds the reserve. A work whose deltas all
    stay below `de_minimis_micro` is left for a later adjustment.
    """

    order: tuple[Funding, ...] = (Funding.RECOVERY, Funding.RESERVE, Funding.WRITE_OFF)
    recovery_cap_ppm: int = 500_000
    recovery_months: int = 24
    reserve_account: str = "claims_reserve"
    de_minimis_micro: int = 0


DEFAULT_ADJUSTMENTS = AdjustmentRule()
"""What holds where a policy says nothing of adjustments."""


@dataclass(frozen=True, slots=True)
class Source:
    """A part of what is taken: from which means, out of which account."""

    means: str  # "own" for money that still lies on an account of the payee or the hold, else a Funding
    account: str
    amount_micro: int


OWN = "own"
"""Money that was not paid out yet."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a payee or a hold gives back: `own_accounts` are searched first, in their order.

    `debtor_account` is what a recovery is owed on, or None where nobody can be asked, as with expired holds.
    """

    name: str
    amount_micro: int
    own_accounts: tuple[str, ...]
    debtor_account: str | None


def fund_loss(
    loss: Loss, rule: AdjustmentRule, available: dict[str, int], reserve_account: str, write_off_account: str
) -> list[Source]:
    """Find the money for one loss and take it out of `available` (account to micro-units), which is changed.

    Raises:
        NotFunded: neither the accounts nor the means of the policy have enough.
    """
    sources: list[Source] = []
    open_micro = loss.amount_micro

    def take(means: str, account: str, most_micro: int) -> None:
        nonlocal open_micro
        taken_micro = min(open_micro, max(0, most_micro))
        if taken_micro:
            sources.append(Source(means, account, taken_micro))
            open_micro -= taken_micro

    for account in loss.own_accounts:
        before_micro = open_micro
        take(OWN, account, available.get(account, 0))
        available[account] = available.get(account, 0) - (before_micro - open_micro)
    for means in rule.order:
        if means is Funding.RECOVERY and loss.debtor_account is not None:
            take(means.value, loss.debtor_account, open_micro)
        elif means is Funding.RESERVE:
            before_micro = open_micro
            take(means.value, reserve_account, available.get(reserve_account, 0))
            available[reserve_account] = available.get(reserve_account, 0) - (before_micro - open_micro)
        elif means is Funding.WRITE_OFF:
            take(means.value, write_off_account, open_micro)
    if open_micro:
        raise NotFunded(
            f"{open_micro} micro-units that {loss.name} gives back were paid out, and nothing is left to fund them.",
            f"The policy names {', '.join(rule.order) or 'no means'}. Fill the reserve, or use a policy with more.",
        )
    return sources


def recoverable_micro(open_micro: int, gained_micro: int, cap_ppm: int) -> int:
    """Return what of a later amount of the payee settles an open recovery: the capped part, rounded down."""
    return max(0, min(open_micro, gained_micro * cap_ppm // PPM))


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - date(year, month + 1, 1)).days
    return date(year, month + 1, min(day.day, last))


def pair_off(losses: Sequence[tuple[str, int]], gains: Sequence[tuple[str, int]]) -> list[tuple[str, str, int]]:
    """Return transfers (debit, credit, amount) that take all losses to all gains, both in their order.

    An account that both gives and gets is netted first.

    Raises:
        ArithmeticError: the two sides do not sum to the same amount.
    """
    giving, getting = _netted(losses, gains), _netted(gains, losses)
    if sum(giving.values()) != sum(getting.values()):
        raise ArithmeticError("the two sides of an adjustment do not sum to the same amount")
    transfers: list[tuple[str, str, int]] = []
    getters = iter(getting.items())
    credit, wanted_micro = next(getters, ("", 0))
    for debit, left_micro in giving.items():
        while left_micro:
            if not wanted_micro:
                credit, wanted_micro = next(getters)
            amount_micro = min(left_micro, wanted_micro)
            transfers.append((debit, credit, amount_micro))
            left_micro -= amount_micro
            wanted_micro -= amount_micro
    return transfers


def _netted(side: Sequence[tuple[str, int]], other: Sequence[tuple[str, int]]) -> Mapping[str, int]:
    sums: dict[str, int] = {}
    for account, amount_micro in side:
        sums[account] = sums.get(account, 0) + amount_micro
    for account, amount_micro in other:
        if account in sums:
            sums[account] -= amount_micro
    return {account: amount_micro for account, amount_micro in sums.items() if amount_micro > 0}
