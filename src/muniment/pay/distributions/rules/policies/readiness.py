"""What a run can compute of a policy; the rest is refused when a run is drafted, never left out in silence."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from muniment.pay.distributions.rules.policies.counting import raising_of
from muniment.pay.distributions.rules.policies.grouping import SplitPlan
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.pools import PoolKind, PoolRule
from muniment.pay.distributions.rules.policies.recipients import SplitRule
from muniment.pay.distributions.rules.policies.tables import Table, near, read_tables

EVENT_FIGURES: Mapping[str, str] = {
    "fee": "the amounts of the report's lines together, in whole units of the currency",
    "concerts": "the days on which the report has uses",
    "works": "its lines",
    "minutes": "their durations together",
}
"""What a run knows of an event, by the names that the inputs of an event's formula may have."""


def require_minimum(policy: Policy, currency: str) -> None:
    """Let a policy pass that says the least amount for every payee in a currency.

    Raises:
        BadPolicy: it has no general one, and none that fits every country and month.
    """
    if not any(rule.currency == currency and not rule.countries and not rule.months for rule in policy.minimums):
        policy.minimum_micro(currency)


def require_payee_deductions(policy: Policy, currency: str) -> None:
    """Let a policy pass whose deductions of payees can be taken in a currency.

    Raises:
        BadPolicy: one of them is a fixed amount that is not given for the currency; the message names the line.
    """
    tables = read_tables(policy.text, policy.name).tables("payee_deductions")
    for table, rule in zip(tables, policy.payee_deductions, strict=True):
        if rule.fixed is not None and currency not in rule.fixed:
            raise table.bad(
                "fixed",
                f"{rule.name} has no amount in {currency}, it has {', '.join(rule.fixed) or 'none'}",
                f'Add {currency} = "…" in a new version of the policy, or choose another policy.',
            )


def require_labels(policy: Policy, named: Collection[str]) -> None:
    """Let labels pass that may be named for payees of a run under a policy.

    Raises:
        BadPolicy: no deduction of payees asks for one of them, or the country of each payee decides it.
    """
    asked = {rule.label for rule in policy.payee_deductions if rule.label}
    decided = {rule.name for rule in policy.payee_labels}
    top = read_tables(policy.text, policy.name)
    for label in sorted(named):
        if label in decided:
            tables = list(top.tables("payee_labels"))
            place = next(at for at, rule in enumerate(policy.payee_labels) if rule.name == label)
            raise tables[place].bad(
                "name", f"{label} follows from the payee's country, so it cannot be named", "Correct the country."
            )
        if label not in asked:
            raise top.bad("payee_deductions", f"none is taken when {label!r}", near(label, asked - decided))


def require_runnable(policy: Policy, fund_codes: Iterable[str]) -> None:
    """Let a run over some funds be drafted under a policy.

    Raises:
        BadPolicy: the policy says something of these funds that runs do not compute; the message names the line.
    """
    top = read_tables(policy.text, policy.name)
    codes = list(fund_codes)
    for code in codes:
        pool = policy.pool_of(code)
        if pool is None and policy.pools:
            patterns = ", ".join(pattern for some in policy.pools for pattern in some.funds) or "no fund at all"
            raise top.bad(
                "pools",
                f"none takes the fund {code}; they take {patterns}",
                "Add the fund to a pool in a new version of the policy, or choose another policy.",
            )
        if pool is not None:
            for some in _reached(pool, {rule.name: rule for rule in policy.pools}):
                _check_usage(policy, top, some, codes)
            _check_own(policy, top, pool)


def _table_of(policy: Policy, top: Table, pool: PoolRule) -> Table:
    return list(top.tables("pools"))[policy.pools.index(pool)]


def _reached(pool: PoolRule, rules: Mapping[str, PoolRule]) -> Iterator[PoolRule]:
    """Yield a pool and all by whose usage its money may be divided."""
    yield pool
    for name in [*(pool.on or ()), *([pool.fallback] if pool.fallback else [])]:
        yield from _reached(rules[name], rules)


def _check_usage(policy: Policy, top: Table, pool: PoolRule, codes: Sequence[str]) -> None:
    """Let a pool pass whose usage a run can read.

    Raises:
        BadPolicy: a layer of a sample without sources, a factor that has no unit, or a market share of nothing.
    """
    for row, stratum in zip(_table_of(policy, top, pool).tables("strata"), pool.strata, strict=True):
        if not stratum.sources:
            raise row.bad("sources", "is not given", 'Name who sends its reports: sources = ["BAR-*"].')
    raising_of(policy, pool.factor_formula)
    if pool.kind is PoolKind.MARKET_SHARE:
        taken = {some.name for code in codes if (some := policy.pool_of(code)) is not None}
        if not taken & set(pool.on or ()):
            raise _table_of(policy, top, pool).bad(
                "on",
                f"a market share goes by what {', '.join(pool.on or ())} come to, and no fund of the run is of them",
                "Distribute it in one run with funds of these pools.",
            )


def _check_own(policy: Policy, top: Table, pool: PoolRule) -> None:
    """Let a pool pass whose money a run can divide.

    Raises:
        BadPolicy: a split whose groups nobody can be found for, or an event's formula with unknown figures.
    """
    table = _table_of(policy, top, pool)
    if pool.event_points:
        inputs = policy.formula(pool.event_points).inputs
        if unknown := [name for name in inputs if name not in EVENT_FIGURES]:
            raise table.bad(
                "event_points",
                f"{pool.event_points} needs {unknown[0]}, which a report of an event does not say",
                f"Let its inputs be some of {', '.join(EVENT_FIGURES)}.",
            )
    if pool.split:
        _check_split(policy, top, SplitPlan(policy.split_rules, pool.split))


def _check_split(policy: Policy, top: Table, plan: SplitPlan) -> None:
    names = [part.to for part in plan.groups]
    for rule in _splits_of(plan.rule, policy.split_rules):
        table = list(top.tables("splits"))[policy.splits.index(rule)]
        for row, part in zip(table.tables("parts"), rule.parts, strict=True):
            if part.account and rule is not plan.rule:
                raise row.bad("account", "stands in a split of a split", "Move it to the split that the pool names.")
            if not (part.split or part.account or part.roles):
                raise row.bad(
                    "to",
                    f"a run does not know who is of {part.to!r}",
                    'Write roles = ["E"], the roles of its owners in a work, or account = "…" for a fund.',
                )
            if names.count(part.to) > 1:
                raise row.bad("to", f"{part.to!r} is a group of two splits", "Give each group of a pool its own name.")


def _splits_of(rule: SplitRule, rules: Mapping[str, SplitRule]) -> Iterator[SplitRule]:
    yield rule
    for part in rule.parts:
        if part.split:
            yield from _splits_of(rules[part.split], rules)
