"""From the deltas of an adjustment to the transfers that book them: pure, on sums by payee and by hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from muniment.pay.distributions.rules.adjusting import (
    OWN,
    AdjustmentRule,
    Funding,
    Loss,
    fund_loss,
    pair_off,
)
from muniment.pay.distributions.rules.states import PAYABLE, Hold
from muniment.trust.ledger.rules import deduction, held, payable, recoverable, writeoff

Movements = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Place:
    """What a fund's deltas come to for one payee (`payee_id`), or for one hold of the pool (`status`)."""

    payee_id: int | None
    status: str
    delta_micro: int
    line_count: int


@dataclass(slots=True)
class PayeeMove:
    """What an adjustment comes to for a payee: amount = deducted + account + held + owed, all signed."""

    party_id: int
    account_micro: int = 0
    held_micro: int = 0
    held_reason: str = ""
    owed_micro: int = 0
    deducted_micro: int = 0
    line_count: int = 0

    @property
    def amount_micro(self) -> int:
        """Return the sum of the payee's deltas."""
        return self.deducted_micro + self.account_micro + self.held_micro + self.owed_micro


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """The transfers of one pool (debit, credit, amount), and how much changes hands by them."""

    fund_code: str
    transfers: tuple[tuple[str, str, int], ...]
    moved_micro: int


@dataclass(slots=True)
class Plan:
    """How an adjustment would be booked at this moment.

    `given_back` are the transfers of deductions of payees that come before those of the pools, `taken` those after.
    """

    pools: list[PoolPlan] = field(default_factory=list)
    payees: dict[int, PayeeMove] = field(default_factory=dict)
    recoveries: dict[int, int] = field(default_factory=dict)
    reserve_micro: int = 0
    write_off_micro: int = 0
    given_back: list[tuple[str, str, int]] = field(default_factory=list)
    taken: list[tuple[str, str, int]] = field(default_factory=list)

    def of(self, party_id: int) -> PayeeMove:
        """Return what the plan says of a payee, begun where it is new."""
        return self.payees.setdefault(party_id, PayeeMove(party_id))


def payee_goal(party_id: int, outcome: str) -> str:
    """Return the account that a payee's gain goes to."""
    return payable(party_id) if outcome == PAYABLE else held(Hold(outcome).value, f"party-{party_id}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a deduction of a payee takes more than before, onto deduction/ACCOUNT; below zero it gives back."""

    payee_id: int
    account: str
    amount_micro: int


def plan_adjustment(
    places: Mapping[str, Sequence[Place]],
    *,
    scopes: Mapping[str, str],
    outcomes: Mapping[int, str],
    rule: AdjustmentRule,
    available: dict[str, int],
    taken: Sequence[Taken] = (),
) -> Plan:
    """Find for every pool where its money comes from and where it goes.

    Args:
        places: of each fund, in the order of the pools; the deltas of a fund sum to zero.
        scopes: of each fund, the scope of its held accounts, such as "run-3-pool-1".
        outcomes: PAYABLE or the hold of each payee that gains in some fund.
        rule: the means and their order.
        available: what the accounts hold now; changed as money is taken.
        taken: what deductions of payees take more, or give back, because of the deltas. What is given back lies with
            the payee before the pools take it; what is taken comes out of what the payee gains.

    Raises:
        NotFunded: see `fund_loss`.
    """
    plan = Plan()
    for row in taken:
        if row.amount_micro < 0:
            _give_back(plan, row, available)
    gains = {code: _gains(plan, of_fund, scopes[code], outcomes) for code, of_fund in places.items()}
    for movements in gains.values():
        for account, amount_micro in movements:
            available[account] = available.get(account, 0) + amount_micro
    for code, of_fund in places.items():
        debits: Movements = []
        for place in of_fund:
            if place.delta_micro < 0:
                debits.extend(_loss(plan, place, scopes[code], rule, available))
        plan.pools.append(PoolPlan(code, tuple(pair_off(debits, gains[code])), sum(amount for _, amount in debits)))
    for row in taken:
        if row.amount_micro > 0:
            account = payee_goal(row.payee_id, outcomes.get(row.payee_id, PAYABLE))
            plan.taken.append((account, deduction(row.account), row.amount_micro))
            _note_taken(plan.of(row.payee_id), account, row.amount_micro)
    return plan


def _give_back(plan: Plan, row: Taken, available: dict[str, int]) -> None:
    """Give a deduction back to where the rest of the payee's money lies: on hold if any waits, else on the account."""
    holds = (payee_goal(row.payee_id, hold.value) for hold in (Hold.NO_PAYEE, Hold.BELOW_MIN))
    account = next((hold for hold in holds if available.get(hold, 0) > 0), payable(row.payee_id))
    source, amount_micro = deduction(row.account), -row.amount_micro
    plan.given_back.append((source, account, amount_micro))
    available[account] = available.get(account, 0) + amount_micro
    if source in available:
        available[source] -= amount_micro
    _note_taken(plan.of(row.payee_id), account, -amount_micro)


def _note_taken(move: PayeeMove, account: str, amount_micro: int) -> None:
    move.deducted_micro += amount_micro
    if account == payable(move.party_id):
        move.account_micro -= amount_micro
    else:
        move.held_micro -= amount_micro
        move.held_reason = move.held_reason or account.split("/")[1]


def _gains(plan: Plan, places: Sequence[Place], scope: str, outcomes: Mapping[int, str]) -> Movements:
    movements: Movements = []
    for place in places:
        if place.payee_id is not None:
            plan.of(place.payee_id).line_count += place.line_count
        if place.delta_micro <= 0:
            continue
        if place.payee_id is None:
            movements.append((held(place.status, scope), place.delta_micro))
            continue
        outcome = outcomes[place.payee_id]
        movements.append((payee_goal(place.payee_id, outcome), place.delta_micro))
        move = plan.of(place.payee_id)
        if outcome == PAYABLE:
            move.account_micro += place.delta_micro
        else:
            move.held_micro += place.delta_micro
            move.held_reason = outcome
    return movements


def _loss(plan: Plan, place: Place, scope: str, rule: AdjustmentRule, available: dict[str, int]) -> Movements:
    reserve, bad_debt = deduction(rule.reserve_account), writeoff()
    if place.payee_id is None:
        account = held(place.status, scope)
        loss = Loss(account, -place.delta_micro, (account,), None)
    else:
        holds = tuple(payee_goal(place.payee_id, hold.value) for hold in (Hold.NO_PAYEE, Hold.BELOW_MIN))
        accounts = (*holds, payable(place.payee_id))
        loss = Loss(f"party {place.payee_id}", -place.delta_micro, accounts, recoverable(place.payee_id))
    sources = fund_loss(loss, rule, available, reserve, bad_debt)
    for source in sources:
        if source.means == Funding.RESERVE:
            plan.reserve_micro += source.amount_micro
        elif source.means == Funding.WRITE_OFF:
            plan.write_off_micro += source.amount_micro
        if place.payee_id is not None:
            _note(plan, place.payee_id, source.means, source.account, source.amount_micro)
    return [(source.account, source.amount_micro) for source in sources]


def _note(plan: Plan, party_id: int, means: str, account: str, amount_micro: int) -> None:
    move = plan.of(party_id)
    if means == Funding.RECOVERY:
        plan.recoveries[party_id] = plan.recoveries.get(party_id, 0) + amount_micro
    if means != OWN:
        move.owed_micro -= amount_micro
    elif account == payable(party_id):
        move.account_micro -= amount_micro
    else:
        move.held_micro -= amount_micro
        move.held_reason = move.held_reason or account.split("/")[1]


def gainers(places: Mapping[str, Sequence[Place]]) -> dict[int, int]:
    """Return what each payee gains, over the funds in which it gains, by party."""
    sums: dict[int, int] = {}
    for of_fund in places.values():
        for place in of_fund:
            if place.payee_id is not None and place.delta_micro > 0:
                sums[place.payee_id] = sums.get(place.payee_id, 0) + place.delta_micro
    return dict(sorted(sums.items()))
