"""What waits, how long, and what becomes of it: hold reasons with clocks, claim windows and release policies."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from muniment.pay.distributions.rules.policies.tables import Table, refuse_twice


class HoldReason(StrEnum):
    """Every reason for which money may wait."""

    UNMATCHED = "UNMATCHED"
    UNCLAIMED = "UNCLAIMED"
    DISPUTE = "DISPUTE"
    NO_USAGE = "NO_USAGE"
    NO_PAYEE = "NO_PAYEE"
    NO_TAX_FORM = "NO_TAX_FORM"
    BELOW_MIN = "BELOW_MIN"
    ESTATE = "ESTATE"
    MISSING_REPORT = "MISSING_REPORT"
    SANCTION = "SANCTION"


class ClockStart(StrEnum):
    """The day from which the claim window runs."""

    DISTRIBUTION = "distribution"
    COLLECTION_YEAR_END = "collection_year_end"
    RECEIPT = "receipt"
    NOTICE = "notice"


class Release(StrEnum):
    """What becomes of money that nobody claimed in time."""

    KEEP = "keep"
    MARKET_SHARE = "market_share"
    REFERENCE_REPERTOIRE = "reference_repertoire"
    POOL_SUPPLEMENT = "pool_supplement"
    REDUCE_ADMIN_FEE = "reduce_admin_fee"
    SOCIAL_FUND = "social_fund"


@dataclass(frozen=True, slots=True)
class HoldRule:
    """How money waits for one reason.

    The claim window of `claim_months` (0: no end) runs from `clock`; then it goes by `release`. With `is_legal` it
    waits until a person ends the hold, whatever the clock says. The list of what waits is published `publish_months`
    after the clock's start (0: never).
    """

    reason: str
    clock: ClockStart
    claim_months: int
    release: Release
    is_legal: bool = False
    publish_months: int = 0
    target: str = ""

    def ends_on(self, starts_on: date) -> date | None:
        """Return the first day on which no claim is in time any more; None where it waits without an end."""
        if self.is_legal or not self.claim_months or self.release is Release.KEEP:
            return None
        return months_after(starts_on, self.claim_months)

    def publishes_on(self, starts_on: date) -> date | None:
        """Return the day from which the money stands on the published list, or None."""
        return months_after(starts_on, self.publish_months) if self.publish_months else None


def months_after(day: date, months: int) -> date:
    """Return the day some months later: the same day of the month, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def clock_start(clock: ClockStart, days: Mapping[ClockStart, date], year_ends: tuple[int, int] = (12, 31)) -> date:
    """Return the day a clock starts on.

    `days` holds the days that are known: of the distribution, the receipt, the notice. The end of the collection year
    is the last day of the financial year (`year_ends`: month and day) in which the money was received.
    """
    if clock is not ClockStart.COLLECTION_YEAR_END:
        return days[clock]
    received = days[ClockStart.RECEIPT]
    month, day = year_ends

    def end_of(year: int) -> date:
        return date(year, month, min(day, calendar.monthrange(year, month)[1]))

    return end_of(received.year) if received <= end_of(received.year) else end_of(received.year + 1)


# ---- reading ----

_KEYS = ("reason", "clock", "claim_months", "release", "legal_hold", "publish_months", "target")


def parse_holds(top: Table) -> tuple[HoldRule, ...]:
    """Read [[holds]]: one for each reason.

    Raises:
        BadPolicy: an unknown reason, clock or release, a reason twice, or a window that leads nowhere.
    """
    rules: list[HoldRule] = []
    for table in top.tables("holds"):
        table.refuse_other_keys(*_KEYS)
        reason = table.choice("reason", HoldReason)
        refuse_twice(table, "reason", reason.value, (rule.reason for rule in rules))
        rule = HoldRule(
            reason=reason.value,
            clock=table.choice("clock", ClockStart),
            claim_months=table.whole("claim_months", 0, 1_200),
            release=table.choice("release", Release),
            is_legal=table.flag("legal_hold"),
            publish_months=table.whole("publish_months", 0, 1_200, 0),
            target=table.text("target", ""),
        )
        if rule.claim_months and rule.release is Release.KEEP:
            raise table.bad("release", "keeps the money, but the claim window ends", "Name what becomes of it then.")
        if not rule.claim_months and rule.release is not Release.KEEP:
            raise table.bad("claim_months", "has no end, so nothing is ever released", 'Write release = "keep".')
        rules.append(rule)
    return tuple(rules)
