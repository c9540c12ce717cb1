"""By whose usage a fund is divided: its own, or that of the pools to which its policy sends money without usage."""

from collections.abc import Callable, Iterable
from functools import cache

from muniment.pay.distributions.rules import Policy
from muniment.pay.distributions.rules.policies.pools import is_too_small, lending_funds
from muniment.pay.distributions.services.reports import MatchedReport


def reports_dividing(
    policy: Policy,
    fund_code: str,
    amount_micro: int,
    currency: str,
    *,
    reports_of: Callable[[str], list[MatchedReport]],
    reported_funds: Callable[[], Iterable[str]],
) -> list[MatchedReport]:
    """Return the reports by which the money of a fund is divided, by id; none where nobody has usage.

    Args:
        policy: of the run; without pools each fund is divided by its own reports.
        fund_code: the fund.
        amount_micro: its gross amount in the run, in `currency`.
        currency: of the run.
        reports_of: the matched reports of a fund.
        reported_funds: every fund that has reports; only asked where money may go by other usage.

    Raises:
        NotMatched: a report that would count was not matched.
    """
    pool = policy.pool_of(fund_code)
    if pool is None:
        return reports_of(fund_code)
    found = cache(reports_of)

    def has_usage(code: str) -> bool:
        return any(report.line_count for report in found(code))

    funds = lending_funds(
        policy.pools,
        fund_code,
        is_too_small=is_too_small(pool, amount_micro, currency),
        fund_codes=reported_funds(),
        has_usage=has_usage,
    )
    return sorted((report for code in funds for report in found(code)), key=lambda report: report.report_id)
