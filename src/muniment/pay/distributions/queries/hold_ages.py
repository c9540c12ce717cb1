"""Reads about money that waits with its clock: since when, how long a claim is in time, what becomes of it then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from muniment.pay.distributions.models import DistributionRun, HoldExpiry, LegalHold, Pool, RunPayee
from muniment.pay.distributions.queries.holds import HoldRow, list_holds
from muniment.pay.distributions.rules import parse_policy
from muniment.pay.distributions.rules.holding import AGE_BANDS, HoldClock, age_band, age_days, hold_clock, hold_rule
from muniment.pay.distributions.rules.policies.waiting import ClockStart, HoldRule, Release
from muniment.trust.ledger.queries import account_statement
from muniment.trust.ledger.rules import fund, held

_MOVEMENTS = 100_000


@dataclass(frozen=True, slots=True)
class AgedHold:
    """Money on one account of held money with its clock and rule; `pool_id` where a pool's, not a payee's."""

    hold: HoldRow
    pool_id: int | None
    run_number: int | None
    fund_code: str
    clock: HoldClock
    rule: HoldRule
    age_days: int
    legal_hold_id: int | None
    legal_note: str
    expiry_id: int | None

    @property
    def band(self) -> int:
        """Return the place of the age in `AGE_BANDS`, from 0."""
        return age_band(self.age_days)


@dataclass(frozen=True, slots=True)
class AgeSum:
    """What waits for one reason, by age: one amount for each band, the youngest first, and their sum."""

    reason: str
    amounts_micro: tuple[int, ...]

    @property
    def total_micro(self) -> int:
        """Return what waits for the reason in all."""
        return sum(self.amounts_micro)


@dataclass(frozen=True, slots=True)
class LegalHoldRow:
    """A stop on an account of held money."""

    id: int
    reason: str
    scope: str
    currency: str
    note: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class ExpiryRow:
    """Money whose window has closed, proposed or booked to go where the policy sends it."""

    id: int
    reason: str
    run_number: int
    fund_code: str
    currency: str
    release: str
    goal: str
    amount_micro: int
    proposed_by: str
    proposed_at: datetime
    approved_by: str
    entry_id: int | None


def aged_holds(currency: str, *, on: date, reason: str | None = None) -> tuple[AgedHold, ...]:
    """Return the money that waits in a currency with its clocks, the oldest first; of one reason or all."""
    pools = {
        f"run-{pool.run.number}-pool-{pool.ordinal}": pool
        for pool in Pool.objects.select_related("run").filter(run__currency=currency, entry__isnull=False)
    }
    stops = {
        (row.reason, row.scope): row for row in LegalHold.objects.filter(currency=currency, lifted_at__isnull=True)
    }
    proposed = {
        (row.reason, row.pool_id): row.pk
        for row in HoldExpiry.objects.filter(pool__run__currency=currency, entry__isnull=True, withdrawn_by="")
    }
    holds = list_holds(currency, reason=reason)
    payees = _first_runs(currency, (hold for hold in holds if hold.party_id is not None))
    found = []
    for hold in holds:
        pool = pools.get(hold.scope)
        run = pool.run if pool else payees.get((hold.reason, hold.party_id or 0))
        since = on if pool or run else _since(hold, currency) or on
        clock, rule = _clock(hold.reason, pool, run, since)
        stop = stops.get((hold.reason, hold.scope))
        found.append(
            AgedHold(
                hold,
                pool.pk if pool else None,
                run.number if run else None,
                pool.fund_code if pool else "",
                clock,
                rule,
                age_days(clock, on),
                stop.pk if stop else None,
                stop.note if stop else "",
                proposed.get((hold.reason, pool.pk)) if pool else None,
            )
        )
    return tuple(sorted(found, key=lambda row: (-row.age_days, -row.hold.amount_micro, row.hold.scope)))


def _first_runs(currency: str, holds: Iterable[HoldRow]) -> Mapping[tuple[str, int], DistributionRun]:
    """Return the last posted run that made each payee wait for a reason; what waits longer was there before it."""
    wanted = {(hold.reason, hold.party_id or 0) for hold in holds}
    if not wanted:
        return {}
    rows = RunPayee.objects.select_related("run").filter(run__currency=currency, run__posted_at__isnull=False)
    found: dict[tuple[str, int], DistributionRun] = {}
    for row in rows.exclude(outcome="PAYABLE").order_by("-run__number").iterator():
        if (row.outcome, row.party_id) in wanted:
            found[row.outcome, row.party_id] = row.run
    return found


def _since(hold: HoldRow, currency: str) -> date | None:
    """Return the day since which an account holds money without a break; None for one that holds none."""
    statement = account_statement(held(hold.reason, hold.scope), currency, limit=_MOVEMENTS)
    since: date | None = None
    for line in statement.lines if statement else ():
        since = None if not line.balance_micro else since or line.booked_on
    return since


def _clock(reason: str, pool: Pool | None, run: DistributionRun | None, on: date) -> tuple[HoldClock, HoldRule]:
    if run is None or run.posted_at is None:
        return HoldClock(on, None, None, None), HoldRule(reason, ClockStart.DISTRIBUTION, 0, Release.KEEP)
    rule = hold_rule(parse_policy(run.policy_text, f"policy of run {run.number}"), reason)
    distributed_on = run.posted_at.date()
    received_on = distributed_on if pool is None else received_first(pool.fund_code, run.currency) or distributed_on
    return hold_clock(rule, received_on=received_on, distributed_on=distributed_on), rule


def clock_of_pool(pool: Pool, reason: str) -> tuple[HoldClock, HoldRule]:
    """Return the clock and the rule of a pool's money that waits for a reason; the run is posted."""
    posted_at = pool.run.posted_at
    if posted_at is None:
        raise ValueError("the run is not posted")
    return _clock(reason, pool, pool.run, posted_at.date())


def received_first(fund_code: str, currency: str) -> date | None:
    """Return the day on which a fund's first money was booked, None for a fund that never had any."""
    statement = account_statement(fund(fund_code), currency, limit=1)
    return statement.lines[0].booked_on if statement and statement.lines else None


def age_sums(rows: Iterable[AgedHold]) -> tuple[AgeSum, ...]:
    """Return what waits by reason and age band; every reason's sum is what the ledger holds for it."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        amounts = sums.setdefault(row.hold.reason, [0] * (len(AGE_BANDS) + 1))
        amounts[row.band] += row.hold.amount_micro
    return tuple(AgeSum(reason, tuple(amounts)) for reason, amounts in sorted(sums.items()))


def list_legal_holds() -> tuple[LegalHoldRow, ...]:
    """Return the stops in force, the oldest first."""
    rows = LegalHold.objects.filter(lifted_at__isnull=True).order_by("id")
    return tuple(
        LegalHoldRow(row.pk, row.reason, row.scope, row.currency, row.note, row.set_by, row.set_at) for row in rows
    )


def list_expiries(*, waiting: bool = False) -> tuple[ExpiryRow, ...]:
    """Return releases of money whose window has closed, newest first; only those that wait for approval, or all."""
    rows = HoldExpiry.objects.select_related("pool", "pool__run").filter(withdrawn_by="").order_by("-id")
    if waiting:
        rows = rows.filter(entry__isnull=True)
    return tuple(
        ExpiryRow(
            row.pk,
            row.reason,
            row.pool.run.number,
            row.pool.fund_code,
            row.pool.run.currency,
            row.release,
            row.goal,
            row.amount_micro,
            row.proposed_by,
            row.proposed_at,
            row.approved_by,
            row.entry_id,
        )
        for row in rows
    )
