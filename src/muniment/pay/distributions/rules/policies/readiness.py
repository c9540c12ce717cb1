"""What a run can compute of a policy; the rest is refused when a run is drafted, never left out in silence."""

from collections.abc import Iterable, Iterator, Mapping

from muniment.pay.distributions.rules.policies.points import PointsRule
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.pools import BORROWS, PoolRule, leads_on
from muniment.pay.distributions.rules.policies.tables import BadPolicy


def require_runnable(policy: Policy, fund_codes: Iterable[str]) -> None:
    """Let a run over some funds be drafted under a policy.

    Raises:
        BadPolicy: the policy says something of these funds that runs do not compute; the message names all of it.
    """
    beyond = [*_beyond_points(policy.points)]
    if any(rule.countries or rule.months for rule in policy.minimums):
        beyond.append("minimums by country or month (a payment policy does)")
    if policy.payee_deductions:
        beyond.append("deductions from what one payee has coming")
    rules = {pool.name: pool for pool in policy.pools}
    for code in fund_codes:
        pool = policy.pool_of(code)
        if pool is None and policy.pools:
            patterns = ", ".join(pattern for some in policy.pools for pattern in some.funds) or "no fund at all"
            raise BadPolicy(
                f"{policy.name} has no pool for the fund {code}; its pools take {patterns}.",
                "Add the fund to a pool in a new version of the policy, or choose another policy.",
            )
        if pool is not None:
            beyond += [f"{what} (fund {code}, pool {pool.name})" for what in _beyond_pool(pool, rules)]
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


def _beyond_pool(pool: PoolRule, rules: Mapping[str, PoolRule]) -> Iterator[str]:
    if pool.strata or pool.factor_formula:
        yield "a sample with factors of its own for a part of the lines"
    if pool.split:
        yield f"the split {pool.split!r} before points"
    if pool.event_points:
        yield "points of an event by a formula"
    if pool.withhold:
        yield "a part that is withheld for missing set lists"
    if pool.least_claim or pool.most_claim:
        yield "least and most amounts of a claim"
    for other in _way(pool, rules):
        if other.kind in BORROWS and len(other.on or {}) > 1:
            yield f"money that goes by the usage of several other pools ({other.kind.value} {other.name})"


def _way(pool: PoolRule, rules: Mapping[str, PoolRule]) -> Iterator[PoolRule]:
    """Yield a pool and those that it is divided by in turn where there is no usage."""
    yield pool
    if name := leads_on(pool):
        yield from _way(rules[name], rules)
