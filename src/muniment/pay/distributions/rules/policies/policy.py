"""A distribution policy: every number that decides how money is divided, read from one versioned text."""

from collections.abc import Mapping
from dataclasses import dataclass

from muniment.kernel.words.digests import digest_bytes
from muniment.pay.distributions.rules.policies.adjustments import AdjustmentTerms, parse_adjustments
from muniment.pay.distributions.rules.policies.deductions import DeductionRule, parse_deductions
from muniment.pay.distributions.rules.policies.formulas import Formula, parse_formula
from muniment.pay.distributions.rules.policies.labels import LabelRule, parse_labels
from muniment.pay.distributions.rules.policies.minimums import (
    MinimumRule,
    minimum_of,
    parse_minimum,
    parse_minimums,
)
from muniment.pay.distributions.rules.policies.points import PointsRule, parse_points
from muniment.pay.distributions.rules.policies.pools import PoolRule, parse_pools, pool_of
from muniment.pay.distributions.rules.policies.recipients import SplitRule, parse_splits
from muniment.pay.distributions.rules.policies.tables import BadPolicy, Table, near, read_tables, refuse_twice
from muniment.pay.distributions.rules.policies.waiting import HoldRule, parse_holds

_KEYS = (
    "code",
    "version",
    "title",
    "description",
    "source",
    "pools",
    "points",
    "deductions",
    "payee_deductions",
    "payee_labels",
    "formulas",
    "splits",
    "holds",
    "adjustments",
    "minimum_payout",
    "minimums",
    "examples",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a distribution policy, with the very text it was read from and the digest of that text.

    `source` names the published rule as a fact. `deductions` are of a pool, `payee_deductions` of what one payee has
    coming, and `payee_labels` say which of these by the country of the payee.
    """

    code: str
    version: int
    title: str
    description: str
    points: PointsRule
    deductions: tuple[DeductionRule, ...]
    minimum_payout: Mapping[str, str]
    text: str
    digest: str
    source: str = ""
    pools: tuple[PoolRule, ...] = ()
    payee_deductions: tuple[DeductionRule, ...] = ()
    formulas: tuple[Formula, ...] = ()
    splits: tuple[SplitRule, ...] = ()
    holds: tuple[HoldRule, ...] = ()
    minimums: tuple[MinimumRule, ...] = ()
    adjustments: AdjustmentTerms | None = None
    payee_labels: tuple[LabelRule, ...] = ()

    @property
    def name(self) -> str:
        """Return how a run names the policy, such as "census-1"."""
        return f"{self.code}-{self.version}"

    def minimum_micro(self, currency: str, country: str | None = None, month: int | None = None) -> int:
        """Return the least amount that is paid in `currency`, in micro-units, to a payee of a country in a month.

        Raises:
            BadPolicy: the policy names no minimum for the currency, and a minimum is never guessed.
        """
        return minimum_of(self.minimums, self.minimum_payout, self.name, currency, country, month)

    def formula(self, name: str) -> Formula:
        """Return a formula by name.

        Raises:
            BadPolicy: there is none of that name.
        """
        found = {formula.name: formula for formula in self.formulas}
        if name not in found:
            raise BadPolicy(f"{self.name} has no formula {name!r}.", near(name, found))
        return found[name]

    @property
    def split_rules(self) -> Mapping[str, SplitRule]:
        """Return the splits by name."""
        return {split.name: split for split in self.splits}

    def hold_rule(self, reason: str) -> HoldRule | None:
        """Return how money waits for a reason; None where the policy does not say."""
        return next((hold for hold in self.holds if hold.reason == reason), None)

    def pool_named(self, name: str) -> PoolRule | None:
        """Return a pool by its name; None where there is none of it."""
        return next((pool for pool in self.pools if pool.name == name), None)

    @property
    def reads_sources(self) -> bool:
        """Say whether it counts by who sent a report: weights of stations, layers of a sample."""
        return bool(self.points.station_weight_ppm) or any(pool.strata for pool in self.pools)

    @property
    def reads_month(self) -> bool:
        """Say whether the least amount that is paid differs by the month."""
        return any(rule.months for rule in self.minimums)

    def pool_of(self, fund_code: str) -> PoolRule | None:
        """Return the pool that a fund is of; None where the policy names none for it."""
        return pool_of(self.pools, fund_code)


def parse_policy(text: str, file_name: str) -> Policy:
    """Read a policy from TOML.

    Raises:
        BadPolicy: not TOML, or a key is missing, misspelt, of the wrong type or out of range.
    """
    return policy_of(read_tables(text, file_name), text)


def policy_of(top: Table, text: str) -> Policy:
    """Return the policy that a file's tables say; raises as `parse_policy`."""
    top.refuse_other_keys(*_KEYS)
    formulas = _parse_formulas(top)
    splits = parse_splits(top)
    of_payees = parse_deductions(top, "payee_deductions")
    return Policy(
        code=top.text("code"),
        version=top.whole("version", 1, 9_999),
        title=top.text("title"),
        description=top.text("description"),
        points=parse_points(top.table("points")),
        deductions=_without_labels(top, parse_deductions(top)),
        minimum_payout=parse_minimum(top.table("minimum_payout")),
        text=text,
        digest=digest_bytes(text.encode()),
        source=top.text("source", ""),
        pools=parse_pools(top, formulas, splits),
        payee_deductions=of_payees,
        payee_labels=parse_labels(top, of_payees),
        formulas=formulas,
        splits=splits,
        holds=parse_holds(top),
        minimums=parse_minimums(top),
        adjustments=parse_adjustments(top),
    )


def _parse_formulas(top: Table) -> tuple[Formula, ...]:
    formulas: list[Formula] = []
    for table in top.tables("formulas"):
        formula = parse_formula(table)
        refuse_twice(table, "name", formula.name, (other.name for other in formulas))
        formulas.append(formula)
    return tuple(formulas)


def _without_labels(top: Table, rules: tuple[DeductionRule, ...]) -> tuple[DeductionRule, ...]:
    """Refuse a deduction of a pool that would be taken only at times: nobody says when."""
    for rule in rules:
        if rule.label:
            raise top.bad(
                "deductions", f"{rule.account} is taken only when {rule.label!r}", "Write it in [[payee_deductions]]."
            )
    return rules
