"""What a policy says of money that waits and of adjustments; a default table speaks where a policy is silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from muniment.pay.distributions.rules.adjusting import DEFAULT_ADJUSTMENTS, AdjustmentRule, add_months
from muniment.pay.distributions.rules.policy import Policy
from muniment.pay.distributions.rules.states import Hold


class ReleasePolicy(StrEnum):
    """Where money goes whose claim window has closed.

    `market_share`: to the payees of the same pool, in proportion to what it gave them. `reduce_fee`: it lowers what
    the society keeps as its fee. `social_fund`: to the social and cultural fund. `pool_supplement`: back into a fund,
    to be distributed with its next run. `keep`: it goes on waiting.
    """

    MARKET_SHARE = "market_share"
    REDUCE_FEE = "reduce_fee"
    SOCIAL_FUND = "social_fund"
    POOL_SUPPLEMENT = "pool_supplement"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class HoldRule:
    """How long money waits for one reason, and what becomes of it then; None waits without an end."""

    window_months: int | None
    release: ReleasePolicy


DEFAULT_HOLDS: Mapping[Hold, HoldRule] = {
    Hold.UNMATCHED: HoldRule(36, ReleasePolicy.MARKET_SHARE),
    Hold.UNCLAIMED: HoldRule(36, ReleasePolicy.MARKET_SHARE),
    Hold.NO_USAGE: HoldRule(36, ReleasePolicy.POOL_SUPPLEMENT),
    Hold.DISPUTE: HoldRule(None, ReleasePolicy.KEEP),
    Hold.NO_PAYEE: HoldRule(None, ReleasePolicy.KEEP),
    Hold.BELOW_MIN: HoldRule(None, ReleasePolicy.KEEP),
}
"""What holds where a policy says nothing: three years for money of unknown owners, as is common in Europe; disputes
wait until they are settled, and what a known payee has coming is never given to others."""

_WITHOUT_END = HoldRule(None, ReleasePolicy.KEEP)


def adjustment_rule(policy: Policy, currency: str) -> AdjustmentRule:
    """Return how a policy funds adjustments in a currency."""
    del policy, currency
    return DEFAULT_ADJUSTMENTS


def hold_rule(policy: Policy, reason: str) -> HoldRule:
    """Return how long a policy lets money wait for a reason."""
    del policy
    return DEFAULT_HOLDS[Hold(reason)] if reason in list(Hold) else _WITHOUT_END


def window_end(rule: HoldRule, clock_start: datetime) -> date | None:
    """Return the first day on which the money may be released for good, None for never."""
    return None if rule.window_months is None else add_months(clock_start.date(), rule.window_months)


@dataclass(frozen=True, slots=True)
class ListDates:
    """When the list of unidentified works concerns whom: for members and sister societies first, later for everybody.

    The months count from the end of the year in which the money was collected: nine to distribute, three more to
    list, a year more to publish, and three years in all until the money may be used otherwise (directive 2014/26,
    article 13).
    """

    distribute_months: int = 9
    list_months: int = 3
    public_months: int = 12
    end_months: int = 36

    def listed_on(self, collected: date) -> date:
        """Return from when members and sister societies see the list."""
        return add_months(_year_end(collected), self.distribute_months + self.list_months)

    def public_on(self, collected: date) -> date:
        """Return from when everybody sees it."""
        return add_months(self.listed_on(collected), self.public_months)

    def ends_on(self, collected: date) -> date:
        """Return from when the money may be used otherwise."""
        return add_months(_year_end(collected), self.end_months)


def _year_end(day: date) -> date:
    return date(day.year, 12, 31) + timedelta(days=1)
