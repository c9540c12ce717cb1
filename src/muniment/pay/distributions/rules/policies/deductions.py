"""Deductions: what is taken, of what base, in what order, rounded how. A base is always written, never guessed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from muniment.kernel.words.money import InvalidAmount, UnknownCurrency, micro_per_unit, parse_amount
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules.policies.numbers import Rounding
from muniment.pay.distributions.rules.policies.tables import BadPolicy, Table, near, refuse_twice


class Base(StrEnum):
    """What a deduction is a part of: the whole pool, or what the deductions before it have left."""

    GROSS = "gross"
    NET = "net"


class Measure(StrEnum):
    """What of the named earlier step a deduction is a part of: what that step left, or what it took."""

    LEFT = "net_of"
    TAKEN = "amount_of"


class Taking(StrEnum):
    """How a deduction finds its amount: a rate of its base, the part a base contains, a sum of money, or a split."""

    RATE = "rate"
    INCLUDED = "included"
    FIXED = "fixed"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class DeductionRule:
    """One deduction: its name for people, its ledger account (`deduction/ACCOUNT`), its base and rate.

    `rate` is exact where `rate_ppm` is not. `of` names an earlier account: the base is then what that deduction left
    or took (`measure`). `is_included` takes the part that the base contains (a VAT of 20 % is a sixth of a price with
    it). `fixed` is an amount by currency in place of a rate. A deduction with a `label` is taken only where the caller
    names that label. `line` is where it stands in the policy's text, 0 where it was not read from one.
    """

    name: str
    account: str
    base: Base
    rate_ppm: int
    of: str = ""
    measure: Measure = Measure.LEFT
    rate: Fraction | None = None
    is_included: bool = False
    fixed: Mapping[str, str] | None = None
    rounding: Rounding | None = None
    label: str = ""
    purpose: str = ""
    line: int = field(default=0, compare=False)

    @property
    def exact_rate(self) -> Fraction:
        """Return the part of the base that is taken; of an included one the part that the base contains."""
        rate = Fraction(self.rate_ppm, PPM) if self.rate is None else self.rate
        return rate / (1 + rate) if self.is_included else rate

    @property
    def taking(self) -> Taking:
        """Return how its amount is found."""
        if self.fixed is not None:
            return Taking.FIXED
        return Taking.INCLUDED if self.is_included else Taking.RATE

    @property
    def base_text(self) -> str:
        """Return the base as the policy writes it: "gross", "net", "net_of:vat" or "amount_of:fee"."""
        return f"{self.measure.value}:{self.of}" if self.of else self.base.value


@dataclass(frozen=True, slots=True)
class DeductionStep:
    """One deduction as taken: from what base, how much, and what it left of the pool."""

    rule: DeductionRule
    base_micro: int
    amount_micro: int
    left_micro: int


def deduct(
    gross_micro: int, rules: Sequence[DeductionRule], *, currency: str = "", labels: Collection[str] = ()
) -> list[DeductionStep]:
    """Take the deductions from an amount in their order.

    Each is rounded down to the micro-unit, in favour of the members, unless its rule says otherwise; none takes more
    than is left.

    Args:
        gross_micro: the amount, from 0, in micro-units.
        rules: in the order in which they are taken.
        currency: needed by fixed amounts and by roundings, which are in whole units of it.
        labels: which of the deductions that are taken only at times are taken now.

    Raises:
        BadPolicy: a fixed amount is not given for the currency, or no currency is named where one is needed.
    """
    steps: list[DeductionStep] = []
    left_micro = gross_micro
    for rule in rules:
        if rule.label and rule.label not in labels:
            continue
        base_micro = _base(rule, gross_micro, left_micro, steps)
        amount_micro = min(_amount(rule, base_micro, currency), left_micro)
        left_micro -= amount_micro
        steps.append(DeductionStep(rule, base_micro, amount_micro, left_micro))
    return steps


def _base(rule: DeductionRule, gross_micro: int, left_micro: int, steps: Sequence[DeductionStep]) -> int:
    if rule.of:
        found = [step for step in steps if step.rule.account == rule.of]
        if not found:
            return left_micro if rule.measure is Measure.LEFT else 0
        return found[0].left_micro if rule.measure is Measure.LEFT else found[0].amount_micro
    return gross_micro if rule.base is Base.GROSS else left_micro


def _amount(rule: DeductionRule, base_micro: int, currency: str) -> int:
    if rule.fixed is not None:
        if currency not in rule.fixed:
            raise BadPolicy(
                f"{rule.name}: there is no fixed amount for {currency or 'an amount without a currency'}.",
                "Add it in a new version of the policy.",
            )
        return parse_amount(rule.fixed[currency], currency)
    exact = base_micro * rule.exact_rate
    if rule.rounding is None:
        return exact.numerator // exact.denominator
    if not currency:
        raise BadPolicy(f"{rule.name}: its rounding needs a currency.", "Name the currency of the amount.")
    unit = micro_per_unit(currency)
    rounded = rule.rounding.apply(exact / unit) * unit
    return rounded.numerator // rounded.denominator


# ---- reading ----

_KEYS = ("name", "account", "base", "rate", "rate_ppm", "included", "fixed", "round", "when", "purpose")
_LONGEST = {"name": 120, "account": 60, "when": 60, "purpose": 120}


def parse_deductions(top: Table, key: str = "deductions") -> tuple[DeductionRule, ...]:
    """Read the deductions of a policy.

    Raises:
        BadPolicy: a missing base, an unknown step, a rate over 1, two on one account, or more than 100 % together.
    """
    rules: list[DeductionRule] = []
    for table in top.tables(key):
        table.refuse_other_keys(*_KEYS)
        account = table.text("account")
        if not account.isidentifier() or not account.islower():
            raise table.bad("account", f"{account!r} is no account name", "Use small letters and underscores.")
        for field_name, longest in _LONGEST.items():
            if len(table.text(field_name, "")) > longest:
                raise table.bad(field_name, f"is longer than {longest} letters", "Shorten it.")
        refuse_twice(table, "account", account, (rule.account for rule in rules))
        rules.append(_parse_deduction(table, account, rules))
    if _left(rules) < 0:
        raise top.bad(key, "together they take more than 100 %", "Lower a rate.")
    return tuple(rules)


def _parse_deduction(table: Table, account: str, earlier: Sequence[DeductionRule]) -> DeductionRule:
    base, of, measure = _parse_base(table, earlier)
    rate_ppm, rate, fixed = _parse_rate(table)
    return DeductionRule(
        name=table.text("name"),
        account=account,
        base=base,
        rate_ppm=rate_ppm,
        of=of,
        measure=measure,
        rate=rate,
        is_included=table.flag("included"),
        fixed=fixed,
        rounding=table.rounding(),
        label=table.text("when", ""),
        purpose=table.text("purpose", ""),
        line=table.line,
    )


def _parse_base(table: Table, earlier: Sequence[DeductionRule]) -> tuple[Base, str, Measure]:
    """Return the base, the named earlier account (empty: none) and what of it is meant."""
    value = table.values.get("base")
    kinds = ("gross", "net", "net_of:ACCOUNT", "amount_of:ACCOUNT")
    if value is None and table.has("fixed"):
        return Base.NET, "", Measure.LEFT
    if value is None:
        raise table.bad("base", "is not given, and it is never guessed", f"Write one of: {' | '.join(kinds)}.")
    word, parted, account = str(value).partition(":")
    if not parted and word in list(Base):
        return Base(word), "", Measure.LEFT
    if not parted or word not in list(Measure):
        raise table.bad("base", f"{value!r} is unknown", near(str(value), kinds))
    account = account.strip()
    accounts = [rule.account for rule in earlier]
    if account not in accounts:
        raise table.bad("base", f"{account!r} is no deduction that stands above this one", near(account, accounts))
    return Base.NET, account, Measure(word)


def _parse_rate(table: Table) -> tuple[int, Fraction | None, Mapping[str, str] | None]:
    """Return the rate in ppm (rounded where it is finer), the exact rate, and the fixed amounts."""
    written = [key for key in ("rate", "rate_ppm", "fixed") if table.has(key)]
    if len(written) != 1:
        what = "has no rate" if not written else f"has {' and '.join(written)}"
        raise table.bad(written[-1] if written else "", what, 'Write exactly one of rate = "15 %", rate_ppm, fixed.')
    if written == ["rate_ppm"]:
        return table.whole("rate_ppm", 0, PPM), None, None
    if written == ["rate"]:
        rate = table.number("rate", 0, 1)
        return round(rate * PPM), rate, None
    amounts = table.table("fixed")
    return 0, None, {currency: amount_text(amounts, currency) for currency in amounts.values}


def amount_text(table: Table, currency: str) -> str:
    """Return an amount written under its currency, checked to be one and not negative."""
    amount = table.text(currency)
    try:
        negative = parse_amount(amount, currency) < 0
    except (InvalidAmount, UnknownCurrency) as error:
        raise table.bad(currency, error.message.rstrip("."), error.remedy) from None
    if negative:
        raise table.bad(currency, f"{amount} is negative", "Write 0 for no minimum.")
    return amount


def _left(rules: Sequence[DeductionRule]) -> Fraction:
    """Return what the deductions that are always taken leave of 1; fixed amounts are not counted."""
    left = Fraction(1)
    after: dict[str, tuple[Fraction, Fraction]] = {}
    for rule in rules:
        if rule.label or rule.fixed is not None:
            continue
        if rule.of:
            stood, taken = after.get(rule.of, (left, Fraction(0)))
            base = stood if rule.measure is Measure.LEFT else taken
        else:
            base = Fraction(1) if rule.base is Base.GROSS else left
        amount = base * rule.exact_rate
        left -= amount
        after[rule.account] = (left, amount)
    return left
