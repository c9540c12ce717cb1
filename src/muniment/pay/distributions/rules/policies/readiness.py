"""What a run can compute of a policy; the rest is refused when a run is drafted, never left out in silence."""

from collections.abc import Iterable, Iterator

from muniment.pay.distributions.rules.policies.points import PointsRule
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.pools import BORROWS, PoolRule
from muniment.pay.distributions.rules.policies.tables import BadPolicy


def require_runnable(policy: Policy, fund_codes: Iterable[str]) -> None:
    """Let a run over some funds be drafted under a policy.

    Raises:
        BadPolicy: the policy says something of these funds that runs do not compute; the message names all of it.
    """
    beyond = [*_beyond_points(policy.points)]
    if any(rule.countries or rule.months for rule in policy.minimums):
        beyond.append("minimums by country or month (a payment policy does)")
    for code in fund_codes:
        pool = policy.pool_of(code)
        if pool is None and policy.pools:
            patterns = ", ".join(pattern for some in policy.pools for pattern in some.funds) or "no fund at all"
            raise BadPolicy(
                f"{policy.name} has no pool for the fund {code}; its pools take {patterns}.",
                "Add the fund to a pool in a new version of the policy, or choose another policy.",
            )
        beyond += [f"{what} (fund {code}, pool {pool.name})" for what in _beyond_pool(pool)] if pool else []
    if beyond:
        raise BadPolicy(
            f"{policy.name}: a run does not compute {'; '.join(dict.fromkeys(beyond))}.",
            "Use a policy without it for these funds, or divide them by `muniment distribution policy explain`.",
        )


def _beyond_points(rule: PointsRule) -> Iterator[str]:
    if rule.time_weights:
        yield "weights by the time of day"
    if rule.station_weight_ppm:
        yield "weights of stations"
    if rule.degressive:
        yield "degressive points"
    if rule.event_cap is not None:
        yield "a cap of points for an event"
    if rule.rounding is not None:
        yield "rounded points"


def _beyond_pool(pool: PoolRule) -> Iterator[str]:
    if pool.kind in BORROWS:
        yield f"money that is divided by the usage of another pool ({pool.kind.value})"
    if pool.strata or pool.factor_formula:
        yield "a sample with factors of its own for a part of the lines"
    if pool.split:
        yield f"the split {pool.split!r} before points"
    if pool.withhold:
        yield "a part that is withheld for missing set lists"
    if pool.least_claim or pool.most_claim:
        yield "least and most amounts of a claim"
    if pool.least_event_fee:
        yield "a least fee below which an event is not divided by itself"
