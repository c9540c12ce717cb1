"""The least amount that is paid: by currency, country of the payee and calendar month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from muniment.kernel.words.money import parse_amount
from muniment.pay.distributions.rules.policies.deductions import amount_text
from muniment.pay.distributions.rules.policies.tables import BadPolicy, Table


@dataclass(frozen=True, slots=True)
class MinimumRule:
    """A minimum for some payees or months; empty countries or months mean all."""

    currency: str
    amount: str
    countries: tuple[str, ...] = ()
    months: tuple[int, ...] = ()

    def fits(self, currency: str, country: str | None, month: int | None) -> bool:
        """Return whether the rule is for this currency, country (ISO 3166, two letters) and month (1 to 12)."""
        of_country = not self.countries or country in self.countries
        return self.currency == currency and of_country and (not self.months or month in self.months)


def minimum_of(
    rules: Sequence[MinimumRule],
    general: Mapping[str, str],
    policy_name: str,
    currency: str,
    country: str | None = None,
    month: int | None = None,
) -> int:
    """Return the least amount in micro-units: of the first rule that fits, else the general one of the currency.

    Raises:
        BadPolicy: no rule fits and there is no general one; a minimum is never guessed.
    """
    for rule in rules:
        if rule.fits(currency, country, month):
            return parse_amount(rule.amount, currency)
    if currency not in general:
        raise BadPolicy(
            f"{policy_name}: minimum_payout has no amount for {currency}.",
            f'Add a line such as {currency} = "5.00" in a new version of the policy.',
        )
    return parse_amount(general[currency], currency)


def parse_minimum(table: Table) -> dict[str, str]:
    """Read [minimum_payout]: an amount in whole units for each currency."""
    return {currency: amount_text(table, currency) for currency in table.values}


def parse_minimums(top: Table) -> tuple[MinimumRule, ...]:
    """Read [[minimums]]: the first that fits counts.

    Raises:
        BadPolicy: a country or month that is none, or a bad amount.
    """
    rules = []
    for table in top.tables("minimums"):
        table.refuse_other_keys("currency", "amount", "countries", "months")
        currency = table.text("currency")
        if not table.has("amount"):
            raise table.bad("amount", "is not given", 'Write amount = "5.00".')
        values = Table(table.file_name, table.path, {currency: table.values["amount"]}, table.lines)
        countries = table.texts("countries")
        if wrong := [code for code in countries if not (len(code) == 2 and code.isascii() and code.isupper())]:
            raise table.bad("countries", f"{wrong[0]!r} is no country", "Write the two capital letters of ISO 3166.")
        months = table.values.get("months", [])
        if not isinstance(months, list) or not all(type(month) is int and 1 <= month <= 12 for month in months):
            raise table.bad("months", f"{months!r} are no months", "Write a list of numbers from 1 to 12.")
        rules.append(MinimumRule(currency, amount_text(values, currency), countries, tuple(months)))
    return tuple(rules)
