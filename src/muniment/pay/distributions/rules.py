"""The rules of a distribution: the policy as data, points, deductions, the division of a pool, who is paid, who waits.

Everything is an integer. The columnar forms of points and division are in bulk.py; one test holds them equal to the
scalar forms here, row for row.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from muniment.kernel.words.allocation import split_by_shares, split_exactly
from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.money import InvalidAmount, UnknownCurrency, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM


class BadPolicy(UserError):
    """A policy file cannot be used; the message names the file, the key and what is wrong with it."""


class UnknownUseKind(UserError):
    """The lines hold a kind of use that the policy gives no weight."""


class DurationRule(StrEnum):
    """How a duration becomes units: each started second, each started minute, or one unit whatever the duration."""

    SECOND = "second"
    STARTED_MINUTE = "started_minute"
    NONE = "none"


UNIT_MS: dict[DurationRule, int] = {DurationRule.SECOND: 1_000, DurationRule.STARTED_MINUTE: 60_000}
"""Milliseconds of one unit."""


class Base(StrEnum):
    """What a deduction is a part of: the whole pool, or what the deductions before it have left."""

    GROSS = "gross"
    NET = "net"


class Hold(StrEnum):
    """Why money of a pool waits instead of being payable."""

    UNMATCHED = "UNMATCHED"
    UNCLAIMED = "UNCLAIMED"
    DISPUTE = "DISPUTE"
    NO_USAGE = "NO_USAGE"
    NO_PAYEE = "NO_PAYEE"
    BELOW_MIN = "BELOW_MIN"


PAYABLE = "PAYABLE"
"""The status of a share part that belongs to a payee; the payee's outcome then says whether it is paid or waits."""

POOL_HOLDS = (Hold.UNMATCHED, Hold.UNCLAIMED, Hold.DISPUTE, Hold.NO_USAGE)
"""Holds of a pool: nobody is known whose money it is."""

PAYEE_HOLDS = (Hold.NO_PAYEE, Hold.BELOW_MIN)
"""Holds of a payee: the owner is known but cannot be paid yet."""


class RunState(StrEnum):
    """The life of a run; each step goes forward, and a posted run can only be reversed."""

    DRAFT = "draft"
    COMPUTED = "computed"
    APPROVED = "approved"
    POSTED = "posted"
    STATEMENTS = "statements"
    REVERSED = "reversed"


STEPS: dict[str, tuple[RunState, ...]] = {
    "compute": (RunState.DRAFT, RunState.COMPUTED),
    "approve": (RunState.COMPUTED,),
    "post": (RunState.APPROVED,),
    "issue statements for": (RunState.POSTED,),
    "reverse": (RunState.POSTED, RunState.STATEMENTS),
    "discard": (RunState.DRAFT, RunState.COMPUTED, RunState.APPROVED),
}
"""From which states each verb may start."""


@dataclass(frozen=True, slots=True)
class DeductionRule:
    """One deduction: its name for people, its ledger account (`deduction/ACCOUNT`), its base and rate."""

    name: str
    account: str
    base: Base
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class PointsRule:
    """How a usage line earns points: units of its duration x the weight of its kind x its count.

    Weights are counted in their greatest common divisor, `weight_unit_ppm`, so that points stay small whole numbers.
    """

    duration_rule: DurationRule
    default_duration_ms: int
    minimum_duration_ms: int
    use_weight_ppm: Mapping[str, int]

    @property
    def weight_unit_ppm(self) -> int:
        """Return the weight that one point stands for, in ppm."""
        return math.gcd(*self.use_weight_ppm.values())

    def weight_of(self, use_kind: str) -> int:
        """Return the weight of a kind of use, counted in `weight_unit_ppm`.

        Raises:
            UnknownUseKind: the policy has no weight for it.
        """
        try:
            return self.use_weight_ppm[use_kind] // self.weight_unit_ppm
        except KeyError:
            raise UnknownUseKind(
                f"The policy gives no weight to the use kind {use_kind!r}.",
                "Add it under [points.use_weight_ppm] in a new version of the policy, or correct the usage report.",
            ) from None


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a distribution policy, with the very text it was read from and the digest of that text."""

    code: str
    version: int
    title: str
    description: str
    points: PointsRule
    deductions: tuple[DeductionRule, ...]
    minimum_payout: Mapping[str, str]
    text: str
    digest: str

    @property
    def name(self) -> str:
        """Return how a run names the policy, such as "census-1"."""
        return f"{self.code}-{self.version}"

    def minimum_micro(self, currency: str) -> int:
        """Return the least amount that is paid in `currency`, in micro-units.

        Raises:
            BadPolicy: the policy names no minimum for the currency, and a minimum is never guessed.
        """
        if currency not in self.minimum_payout:
            raise BadPolicy(
                f"{self.name}: minimum_payout has no amount for {currency}.",
                f'Add a line such as {currency} = "5.00" in a new version of the policy.',
            )
        return parse_amount(self.minimum_payout[currency], currency)


# ---- reading a policy ----


class _Table:
    """One table of a policy file, whose keys are asked for by type and whose errors say file and key."""

    def __init__(self, file_name: str, path: str, values: object) -> None:
        self.file_name, self.path = file_name, path
        if not isinstance(values, dict):
            raise self.bad("", "is missing or is not a table", f"Write [{path}] with its keys.")
        self.values: dict[str, object] = values

    def bad(self, key: str, what: str, remedy: str) -> BadPolicy:
        """Return the error that `key` has `what` wrong."""
        place = ".".join(part for part in (self.path, key) if part)
        return BadPolicy(f"{self.file_name}: {place}: {what}.", remedy)

    def text(self, key: str) -> str:
        """Return a text that is not empty."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(key, "must be a text", f'Write {key} = "…".')
        return value.strip()

    def whole(self, key: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.bad(key, f"must be a whole number from {low} to {high}, not {value!r}", f"Correct {key}.")
        return value

    def choice[Choice: StrEnum](self, key: str, kind: type[Choice]) -> Choice:
        """Return a member of `kind`; nothing written is an error too."""
        value = self.values.get(key)
        known = " | ".join(kind)
        if not isinstance(value, str) or value not in list(kind):
            what = "is not given" if value is None else f"{value!r} is unknown"
            raise self.bad(key, f"{what}, and it is never guessed", f"Write one of: {known}.")
        return kind(value)

    def refuse_other_keys(self, *known: str) -> None:
        """Refuse a key that nothing reads: it is most likely misspelt."""
        for key in self.values:
            if key not in known:
                raise self.bad(key, "is not a key of a policy", f"Keys here: {', '.join(known)}.")


def parse_policy(text: str, file_name: str) -> Policy:
    """Read a policy from TOML.

    Raises:
        BadPolicy: not TOML, or a key is missing, misspelt, of the wrong type or out of range.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPolicy(f"{file_name}: not a TOML file: {error}.", "Correct the place that it names.") from None
    top = _Table(file_name, "", values)
    top.refuse_other_keys("code", "version", "title", "description", "points", "deductions", "minimum_payout")
    return Policy(
        code=top.text("code"),
        version=top.whole("version", 1, 9_999),
        title=top.text("title"),
        description=" ".join(top.text("description").split()),
        points=_parse_points(file_name, values.get("points")),
        deductions=_parse_deductions(file_name, values.get("deductions", [])),
        minimum_payout=_parse_minimum(file_name, values.get("minimum_payout")),
        text=text,
        digest=digest_bytes(text.encode()),
    )


def _parse_points(file_name: str, values: object) -> PointsRule:
    table = _Table(file_name, "points", values)
    table.refuse_other_keys("duration_rule", "default_duration_ms", "minimum_duration_ms", "use_weight_ppm")
    weights = _Table(file_name, "points.use_weight_ppm", table.values.get("use_weight_ppm"))
    use_weight_ppm = {kind: weights.whole(kind, 0, 1_000 * PPM) for kind in weights.values}
    if not any(use_weight_ppm.values()):
        raise weights.bad("", "no kind of use has a weight above zero", "Give at least one kind of use a weight.")
    day_ms = 86_400_000
    return PointsRule(
        duration_rule=table.choice("duration_rule", DurationRule),
        default_duration_ms=table.whole("default_duration_ms", 0, day_ms),
        minimum_duration_ms=table.whole("minimum_duration_ms", 0, day_ms),
        use_weight_ppm=use_weight_ppm,
    )


def _parse_deductions(file_name: str, values: object) -> tuple[DeductionRule, ...]:
    rows = values if isinstance(values, list) else [values]
    rules: list[DeductionRule] = []
    for place, row in enumerate(rows, start=1):
        table = _Table(file_name, f"deductions[{place}]", row)
        table.refuse_other_keys("name", "account", "base", "rate_ppm")
        account = table.text("account")
        if not account.isidentifier() or not account.islower():
            raise table.bad("account", f"{account!r} is no account name", "Use small letters and underscores.")
        rule = DeductionRule(table.text("name"), account, table.choice("base", Base), table.whole("rate_ppm", 0, PPM))
        if any(rule.account == other.account for other in rules):
            raise table.bad("account", f"{account!r} is used twice", "Give each deduction its own account.")
        rules.append(rule)
    if any(step.left_micro < 0 for step in deduct(PPM * PPM, rules)):
        raise BadPolicy(f"{file_name}: deductions: together they take more than 100 %.", "Lower a rate_ppm.")
    return tuple(rules)


def _parse_minimum(file_name: str, values: object) -> dict[str, str]:
    table = _Table(file_name, "minimum_payout", values)
    for currency in table.values:
        amount = table.text(currency)
        try:
            negative = parse_amount(amount, currency) < 0
        except (InvalidAmount, UnknownCurrency) as error:
            raise table.bad(currency, error.message.rstrip("."), error.remedy) from None
        if negative:
            raise table.bad(currency, f"{amount} is negative", "Write 0 for no minimum.")
    return {currency: table.text(currency) for currency in table.values}


# ---- deductions ----


@dataclass(frozen=True, slots=True)
class DeductionStep:
    """One deduction as taken: from what base, how much, and what it left of the pool."""

    rule: DeductionRule
    base_micro: int
    amount_micro: int
    left_micro: int


def deduct(gross_micro: int, rules: Sequence[DeductionRule]) -> list[DeductionStep]:
    """Take the deductions from a pool in their order; each is rounded down, in favour of the members."""
    steps: list[DeductionStep] = []
    left_micro = gross_micro
    for rule in rules:
        base_micro = gross_micro if rule.base is Base.GROSS else left_micro
        amount_micro = base_micro * rule.rate_ppm // PPM
        left_micro -= amount_micro
        steps.append(DeductionStep(rule, base_micro, amount_micro, left_micro))
    return steps


# ---- points ----


def units_of(rule: PointsRule, duration_ms: int | None) -> int:
    """Return the units that a duration counts for; an unknown duration counts as the policy's default."""
    if rule.duration_rule is DurationRule.NONE:
        return 1
    counted_ms = max(rule.default_duration_ms if duration_ms is None else duration_ms, rule.minimum_duration_ms)
    return -(-counted_ms // UNIT_MS[rule.duration_rule])


def points_of(rule: PointsRule, *, duration_ms: int | None, use_kind: str, use_count: int) -> int:
    """Return the points of one usage line.

    Raises:
        UnknownUseKind: see `PointsRule.weight_of`.
    """
    return units_of(rule, duration_ms) * rule.weight_of(use_kind) * use_count


# ---- the division of a pool, scalar form ----


@dataclass(frozen=True, slots=True)
class Group:
    """The uses of one work (or of one unidentified thing) in one report, as one weight of the pool."""

    key: tuple[int, int, str, int]  # report, work (or the highest number), memory key, split (or -1)
    points: int
    shares_ppm: tuple[int, ...]  # of its split, in the order of the parts; (1_000_000,) where there is none


def divide_pool(net_micro: int, groups: Sequence[Group]) -> dict[tuple[int, int, str, int], list[int]]:
    """Divide a pool to its groups by points, and each group's amount to its share parts; all sums tie exactly.

    Raises:
        ValueError: a net amount with no points at all.
    """
    amounts = split_exactly(net_micro, [group.points for group in groups], [group.key for group in groups])
    return {
        group.key: split_by_shares(amount_micro, group.shares_ppm)
        for group, amount_micro in zip(groups, amounts, strict=True)
    }


# ---- who is paid, and who waits ----


@dataclass(frozen=True, slots=True)
class PayeeStanding:
    """What is known of a payee when a run is computed; amounts in micro-units of the run's currency.

    `payable_before_micro` is on the payee's account, `held_before_micro` waits there for the minimum.
    """

    party_id: int
    has_bank: bool
    payable_before_micro: int
    held_before_micro: int


def payee_outcome(standing: PayeeStanding, amount_micro: int, minimum_micro: int) -> str:
    """Return PAYABLE, or the reason why the payee's amount of this run waits.

    Without an approved bank account it waits as NO_PAYEE. With one, it waits as BELOW_MIN while everything the payee
    has coming, this run included, is less than the minimum; exactly the minimum is paid.
    """
    if not standing.has_bank:
        return Hold.NO_PAYEE.value
    coming_micro = standing.payable_before_micro + standing.held_before_micro + amount_micro
    return PAYABLE if coming_micro >= minimum_micro else Hold.BELOW_MIN.value
