"""One table of a payment policy, with the countries, currencies and amounts that it is written in."""

from datetime import date
from enum import StrEnum

from muniment.kernel.words.money import InvalidAmount, UnknownCurrency, currency_exponent, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.territory import UnknownTerritory, from_iso
from muniment.kernel.words.toml_tables import Table

ANY_COUNTRY = "*"


class BadPaymentPolicy(UserError):
    """A payment policy cannot be used; the message names the file, the line, the key and what is wrong with it."""


def parse_country(letters: str) -> str:
    """Return the two capital letters of a country (ISO 3166).

    Raises:
        UnknownTerritory: no country has them.
    """
    country = letters.strip().upper()
    if len(country) != 2 or not country.isalpha():
        raise UnknownTerritory(f"{letters!r} is not a country.", "Write two letters of ISO 3166, such as PK.")
    from_iso(country)
    return country


class Section(Table):
    """A table of a payment policy."""

    refusal = BadPaymentPolicy
    document = "a payment policy"

    def choices[Choice: StrEnum](self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Return members of `kind`, each at most once."""
        members = tuple(self.as_choice(key, value, kind) for value in self.items(key))
        for place, member in enumerate(members):
            if member in members[:place]:
                raise self.bad(key, f"names {member} twice", "Name each once.")
        return members

    def wholes(self, key: str, low: int, high: int) -> frozenset[int]:
        """Return whole numbers from `low` to `high`, or none where the key is not given."""
        return frozenset(self.as_whole(key, value, low, high) for value in self.items(key))

    def country(self, key: str, *, any_allowed: bool = False) -> str:
        """Return the letters of a country, or `*` where any is meant and allowed."""
        return self._country(key, self.values.get(key), any_allowed=any_allowed)

    def countries(self, key: str) -> frozenset[str]:
        """Return the letters of countries; `*` stands for any, and nothing given for any too."""
        return frozenset(self._country(key, value, any_allowed=True) for value in self.items(key)) or frozenset("*")

    def currency(self, key: str) -> str:
        """Return three letters of ISO 4217."""
        value = self.text(key)
        try:
            currency_exponent(value)
        except UnknownCurrency as error:
            raise self.bad(key, f"{value!r} is no currency", error.remedy) from None
        return value

    def amount(self, key: str, currency: str) -> int:
        """Return micro-units of an amount that is not negative, written as a text."""
        try:
            amount_micro = parse_amount(self.text(key), currency)
        except InvalidAmount as error:
            raise self.bad(key, f"is wrong: {error.message.rstrip('.')}", error.remedy) from None
        if amount_micro < 0:
            raise self.bad(key, "is negative", "Write 0 or more.")
        return amount_micro

    def amounts(self) -> dict[str, int]:
        """Return the micro-units that each currency of the table is given."""
        for currency in self.values:
            try:
                currency_exponent(currency)
            except UnknownCurrency as error:
                raise self.bad(currency, "is no currency", error.remedy) from None
        return {currency: self.amount(currency, currency) for currency in self.values}

    def day(self, key: str) -> date | None:
        """Return a day, or None where none is given."""
        value = self.values.get(key)
        if value is not None and type(value) is not date:
            raise self.bad(key, f"{value!r} is no day", f"Write {key} = 2026-01-31, without quotation marks.")
        return value

    def _country(self, key: str, value: object, *, any_allowed: bool) -> str:
        if any_allowed and value == ANY_COUNTRY:
            return ANY_COUNTRY
        try:
            return parse_country(value if isinstance(value, str) else "")
        except UnknownTerritory as error:
            raise self.bad(key, f"{value!r} is no country", error.remedy) from None
