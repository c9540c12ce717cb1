"""A distribution policy: every number that decides how money is divided, read from one versioned text."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    if _left_ppm(rules) < 0:
        raise BadPolicy(f"{file_name}: deductions: together they take more than 100 %.", "Lower a rate_ppm.")
    return tuple(rules)


def _left_ppm(rules: list[DeductionRule]) -> int:
    """Return what the deductions leave of a million millions."""
    left = whole = PPM * PPM
    for rule in rules:
        left -= (whole if rule.base is Base.GROSS else left) * rule.rate_ppm // PPM
    return left


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
