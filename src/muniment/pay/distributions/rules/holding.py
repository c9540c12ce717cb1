"""Clocks of money that waits and the funding of adjustments: what a policy says, or a default where it is silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from muniment.pay.distributions.rules.adjusting import DEFAULT_ADJUSTMENTS, AdjustmentRule, Funding, add_months
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.waiting import ClockStart, HoldRule, Release, clock_start
from muniment.pay.distributions.rules.states import Hold

DEFAULT_HOLDS: Mapping[str, HoldRule] = {
    rule.reason: rule
    for rule in (
        HoldRule(Hold.UNMATCHED.value, ClockStart.COLLECTION_YEAR_END, 36, Release.MARKET_SHARE, publish_months=12),
        HoldRule(Hold.UNCLAIMED.value, ClockStart.COLLECTION_YEAR_END, 36, Release.MARKET_SHARE, publish_months=12),
        HoldRule(Hold.NO_USAGE.value, ClockStart.COLLECTION_YEAR_END, 36, Release.POOL_SUPPLEMENT),
        HoldRule(Hold.MISSING_REPORT.value, ClockStart.RECEIPT, 12, Release.POOL_SUPPLEMENT),
        HoldRule(Hold.DISPUTE.value, ClockStart.DISTRIBUTION, 0, Release.KEEP),
    )
}
"""What holds where a policy says nothing of a reason: three years from the end of the year of collection for money of
unknown owners; a year for set lists that are missing; disputes wait until they are settled."""

_DISTRIBUTE_MONTHS = 9
_PUBLIC_MONTHS = 12


def adjustment_rule(policy: Policy, currency: str) -> AdjustmentRule:
    """Return how a policy funds adjustments in a currency."""
    terms = policy.adjustments
    if terms is None:
        return DEFAULT_ADJUSTMENTS
    return AdjustmentRule(
        tuple(Funding(name) for name in terms.order),
        terms.recovery_cap_ppm,
        terms.recovery_months,
        terms.reserve_account,
        terms.de_minimis_micro(currency),
    )


def hold_rule(policy: Policy, reason: str) -> HoldRule:
    """Return how a policy lets money wait for a reason; what a known payee has coming waits without an end."""
    forever = HoldRule(reason, ClockStart.DISTRIBUTION, 0, Release.KEEP)
    return policy.hold_rule(reason) or DEFAULT_HOLDS.get(reason, forever)


@dataclass(frozen=True, slots=True)
class HoldClock:
    """When money began to wait, when it is listed for members and for everybody, and when its window closes.

    A list is for members and sister societies three months after the day by which the money has to be distributed
    (nine months after the year of collection), and for everybody a year later (directive 2014/26, article 13). Days
    are None where they never come.
    """

    starts_on: date
    listed_on: date | None
    public_on: date | None
    ends_on: date | None

    def is_over(self, on: date) -> bool:
        """Say whether no claim is in time any more."""
        return self.ends_on is not None and on >= self.ends_on


def hold_clock(rule: HoldRule, *, received_on: date, distributed_on: date) -> HoldClock:
    """Return the days of money that was received and distributed on these days."""
    days = {
        ClockStart.RECEIPT: received_on,
        ClockStart.DISTRIBUTION: distributed_on,
        ClockStart.NOTICE: distributed_on,
    }
    starts_on = clock_start(rule.clock, days)
    listed_on = rule.publishes_on(starts_on)
    if listed_on is not None and rule.clock is ClockStart.COLLECTION_YEAR_END:
        # The year's last day counts as the year's end: nine months and three later is the same day of the next year.
        listed_on = max(listed_on, add_months(starts_on, _DISTRIBUTE_MONTHS + 3))
    public_on = None if listed_on is None else add_months(listed_on, _PUBLIC_MONTHS)
    return HoldClock(starts_on, listed_on, public_on, rule.ends_on(starts_on))


def age_days(clock: HoldClock, on: date) -> int:
    """Return for how many days the money has waited; 0 before its clock starts."""
    return max(0, (on - clock.starts_on) // timedelta(days=1))


AGE_BANDS = (90, 365, 730, 1_095)
"""Upper ends, in days, of the bands in which money on hold is counted by age; the last band is open."""


def age_band(days: int) -> int:
    """Return the place of the band that an age falls into, from 0."""
    return sum(1 for end in AGE_BANDS if days >= end)
