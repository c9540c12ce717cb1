"""By whose usage the money of a fund is divided: portions of it, each with the reports that divide it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.money import micro_per_unit
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.bulk import line_points
from muniment.pay.distributions.rules import Hold, Policy
from muniment.pay.distributions.rules.policies.formulas import evaluate
from muniment.pay.distributions.rules.policies.points import whole_weights
from muniment.pay.distributions.rules.policies.pools import (
    FundUsage,
    PoolKind,
    PoolRule,
    divide_claims,
    is_too_small,
    place_fund,
    withheld,
)
from muniment.pay.distributions.rules.policies.waiting import months_after
from muniment.pay.distributions.services.reports import MatchedReport
from muniment.trust.batches.queries import open_batch


class NoFee(UserError):
    """A report does not say what its event was paid, and the fund is divided by it."""


@dataclass(frozen=True, slots=True)
class FundMoney:
    """The money of one fund in a run, in micro-units of its currency; `missing` set lists did not come."""

    fund_code: str
    gross_micro: int
    net_micro: int
    currency: str
    missing: int = 0


@dataclass(frozen=True, slots=True)
class PlannedPortion:
    """A part of a fund's net amount and the reports that divide it; `label` is the policy's pool that these are of."""

    label: str
    net_micro: int
    reports: tuple[MatchedReport, ...] = ()
    reason: str = ""


def portions_of(
    policy: Policy,
    money: FundMoney,
    nets: Mapping[str, int],
    *,
    reports_of: Callable[[str], list[MatchedReport]],
    reported_funds: Callable[[], Iterable[str]],
) -> list[PlannedPortion]:
    """Return the portions of a fund's net amount; they sum to it.

    Args:
        policy: of the run; without pools each fund is divided by its own reports.
        money: the fund.
        nets: the net amount of every fund of the run.
        reports_of: the matched reports of a fund.
        reported_funds: every fund that has reports; only asked where money may go by other usage.

    Raises:
        NotMatched: a report that would count was not matched.
        NoFee: see there.
    """
    pool = policy.pool_of(money.fund_code)
    if pool is None:
        return [PlannedPortion("", money.net_micro, _by_id(reports_of(money.fund_code)))]

    @cache
    def found(code: str) -> tuple[MatchedReport, ...]:
        return _in_time(policy.pool_of(code), reports_of(code))

    waits_micro = withheld(pool, money.net_micro, money.missing)
    usage = FundUsage(
        money.fund_code,
        tuple(reported_funds()),
        lambda code: any(report.line_count for report in found(code)),
        nets,
        is_too_small(pool, money.gross_micro, money.currency),
    )
    portions: list[PlannedPortion] = []
    for placed in place_fund(policy.pools, money.net_micro - waits_micro, usage):
        reports = _by_id(report for code in placed.funds for report in found(code))
        whole = PlannedPortion(placed.on, placed.amount_micro, reports)
        is_own = placed.funds == (money.fund_code,)
        portions += _cut(policy, pool, whole, money.currency) if is_own else [whole]
    if waits_micro:
        portions.append(PlannedPortion(pool.name, waits_micro, reason=Hold.MISSING_REPORT.value))
    return [portion for portion in portions if portion.net_micro] or portions[:1]


def _by_id(reports: Iterable[MatchedReport]) -> tuple[MatchedReport, ...]:
    return tuple(sorted(reports, key=lambda report: report.report_id))


def _in_time(pool: PoolRule | None, reports: Sequence[MatchedReport]) -> tuple[MatchedReport, ...]:
    """Return the reports that count: of a pool of claims, those that came before the months to claim were over."""
    if pool is None or not pool.claim_months:
        return tuple(reports)
    return tuple(
        report
        for report in reports
        if report.period_to is None
        or report.imported_on is None
        or report.imported_on < months_after(report.period_to, pool.claim_months)
    )


def _cut(policy: Policy, pool: PoolRule, whole: PlannedPortion, currency: str) -> list[PlannedPortion]:
    """Cut what a fund's own reports divide by events, or by claims, where its pool says so."""
    if pool.event_points and len(whole.reports) > 1:
        return _by_event(policy, pool, whole, currency)
    if pool.kind is PoolKind.CLAIM_BASED and (pool.least_claim or pool.most_claim):
        return _by_claim(policy, pool, whole, currency)
    return [whole]


def _by_event(policy: Policy, pool: PoolRule, whole: PlannedPortion, currency: str) -> list[PlannedPortion]:
    """Give each event, which is a report, its part by the points of the pool's formula."""
    formula = policy.formula(pool.event_points)
    points: list[Fraction] = []
    for report in whole.reports:
        known = {name: figure for name, figure in _figures(report, currency).items() if name in formula.inputs}
        if "fee" in formula.inputs and "fee" not in known:
            raise NoFee(
                f"Usage report {report.report_id} names no fee in {currency}, and {policy.name} divides the fund by"
                f" the fees of its events.",
                "Give the amounts of its lines, or keep the money of each event in a fund of its own.",
            )
        points.append(max(evaluate(formula, known)[-1].value, Fraction(0)))
    if not any(points):
        return [whole]
    amounts = split_exactly(whole.net_micro, whole_weights(points))
    return [
        PlannedPortion(whole.label, amount, (report,)) for report, amount in zip(whole.reports, amounts, strict=True)
    ]


def _figures(report: MatchedReport, currency: str) -> dict[str, Fraction]:
    """Return what a report says of its event, by the names of EVENT_FIGURES; no fee where no line has an amount."""
    columns = ["amount_micro", "currency", "used_on", "duration_ms", "use_count"]
    rows = open_batch(report.lines_batch_id).select(columns).to_pylist()
    fees = [row["amount_micro"] for row in rows if row["amount_micro"] is not None and row["currency"] == currency]
    spent_ms = sum((row["duration_ms"] or 0) * row["use_count"] for row in rows)
    figures = {
        "concerts": Fraction(len({row["used_on"] for row in rows})),
        "works": Fraction(len(rows)),
        "minutes": Fraction(spent_ms, 60_000),
    }
    return {**figures, "fee": Fraction(sum(fees), micro_per_unit(currency))} if fees else figures


def _by_claim(policy: Policy, pool: PoolRule, whole: PlannedPortion, currency: str) -> list[PlannedPortion]:
    """Give each claim, which is a report, its part by the points of its lines, within the least and the most."""
    columns = ["line_id", "use_kind", "use_count", "duration_ms", "reported_time"]
    weights = {
        f"{report.report_id:020d}": int(
            line_points(open_batch(report.lines_batch_id).select(columns), policy.points).sum()
        )
        for report in whole.reports
    }
    if not any(weights.values()):
        return [whole]
    amounts = divide_claims(pool, whole.net_micro, weights, currency)
    portions = [
        PlannedPortion(whole.label, amounts.get(f"{report.report_id:020d}", 0), (report,)) for report in whole.reports
    ]
    left_micro = amounts.get("", 0)
    return [*portions, PlannedPortion(whole.label, left_micro, reason=Hold.NO_USAGE.value)] if left_micro else portions
