"""Reading a TOML text so that every refusal names the file, the line and the key."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from muniment.kernel.words.money import InvalidAmount, UnknownCurrency, currency_exponent, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.territory import UnknownTerritory, from_iso
from muniment.kernel.words.toml_places import NotToml, dotted, read_toml

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


class Section:
    """One table of a policy; keys are asked for by type, and a key that nothing asks for is refused."""

    def __init__(self, file_name: str, path: str, values: Mapping[str, object], lines: Mapping[str, int]) -> None:
        self._file_name, self._path, self._values, self._lines = file_name, path, values, lines

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def bad(self, key: str, what: str, remedy: str) -> BadPaymentPolicy:
        """Return the error that `key` (or, if empty, the table) has `what` wrong."""
        path = self._below(key)
        line = self._lines.get(path) or self._lines.get(self._path)
        place = f", line {line}" if line else ""
        return BadPaymentPolicy(f"{self._file_name}{place}: {path or 'the policy'} {what}.", remedy)

    def refuse_other_keys(self, *known: str) -> None:
        """Refuse a key that is none of `known`: it is most likely misspelt."""
        for key in self._values:
            if key not in known:
                raise self.bad(key, "is not a key of a payment policy", f"Keys here: {', '.join(known)}.")

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text, on one line; without a default it must be given."""
        value = self._values.get(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self.bad(key, "must be a text", f'Write {key} = "…".')
        return " ".join(value.split())

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number from `low` to `high`."""
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            given = "is not given, and it is never guessed" if value is None else f"is {value!r}"
            raise self.bad(key, given, f"Write a whole number from {low} to {high}.")
        return value

    def choice[Choice: StrEnum](self, key: str, kind: type[Choice]) -> Choice:
        """Return a member of `kind`; nothing written is an error too."""
        return self._member(key, self._values.get(key), kind)

    def choices[Choice: StrEnum](self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Return members of `kind`, each at most once."""
        members = tuple(self._member(key, value, kind) for value in self._list(key))
        for place, member in enumerate(members):
            if member in members[:place]:
                raise self.bad(key, f"names {member} twice", "Name each once.")
        return members

    def wholes(self, key: str, low: int, high: int) -> frozenset[int]:
        """Return whole numbers from `low` to `high`, or none where the key is not given."""
        numbers = set()
        for value in self._list(key):
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise self.bad(key, f"has {value!r}", f"Write whole numbers from {low} to {high}.")
            numbers.add(value)
        return frozenset(numbers)

    def country(self, key: str, *, any_allowed: bool = False) -> str:
        """Return the letters of a country, or `*` where any is meant and allowed."""
        return self._country(key, self._values.get(key), any_allowed=any_allowed)

    def countries(self, key: str) -> frozenset[str]:
        """Return the letters of countries; `*` stands for any, and nothing given for any too."""
        return frozenset(self._country(key, value, any_allowed=True) for value in self._list(key)) or frozenset("*")

    def currency(self, key: str) -> str:
        """Return three letters of ISO 4217."""
        value = self.text(key)
        try:
            currency_exponent(value)
        except UnknownCurrency as error:
            raise self.bad(key, f"is {value!r}, which is no currency", error.remedy) from None
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
        for currency in self._values:
            try:
                currency_exponent(currency)
            except UnknownCurrency as error:
                raise self.bad(currency, "is no currency", error.remedy) from None
        return {currency: self.amount(currency, currency) for currency in self._values}

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._values.get(key)
        if not isinstance(value, bool):
            raise self.bad(key, "must be true or false", f"Write {key} = true or {key} = false.")
        return value

    def day(self, key: str) -> date | None:
        """Return a day, or None where none is given."""
        value = self._values.get(key)
        if value is not None and type(value) is not date:
            raise self.bad(key, f"is {value!r}, which is no day", f"Write {key} = 2026-01-31, without quotation marks.")
        return value

    def table(self, key: str) -> "Section | None":
        """Return the table `[key]`, or None where the text has none."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.bad(key, "is not a table", f"Write [{self._below(key)}] with its keys.")
        return Section(self._file_name, self._below(key), value, self._lines)

    def rows(self, key: str) -> "Iterator[Section]":
        """Yield the tables `[[key]]` in their order."""
        for place, value in enumerate(self._list(key), start=1):
            if not isinstance(value, dict):
                raise self.bad(key, "is not a list of tables", f"Write [[{self._below(key)}]] with its keys.")
            yield Section(self._file_name, f"{self._below(key)}[{place}]", value, self._lines)

    def _below(self, key: str) -> str:
        return ".".join(part for part in (self._path, key) if part)

    def _list(self, key: str) -> list[object]:
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise self.bad(key, "is not a list", f"Write {key} = [ … ].")
        return value

    def _member[Choice: StrEnum](self, key: str, value: object, kind: type[Choice]) -> Choice:
        if not isinstance(value, str) or value not in list(kind):
            what = "is not given, and it is never guessed" if value is None else f"names {value!r}, which is unknown"
            raise self.bad(key, what, f"Write one of: {', '.join(kind)}.")
        return kind(value)

    def _country(self, key: str, value: object, *, any_allowed: bool) -> str:
        if any_allowed and value == ANY_COUNTRY:
            return ANY_COUNTRY
        try:
            return parse_country(value if isinstance(value, str) else "")
        except UnknownTerritory as error:
            raise self.bad(key, f"names {value!r}, which is no country", error.remedy) from None


def read_section(text: str, file_name: str) -> Section:
    """Return the top table of a TOML text.

    Raises:
        BadPaymentPolicy: it is not TOML; the message has the line.
    """
    try:
        values, lines = read_toml(text)
    except NotToml as error:
        raise BadPaymentPolicy(f"{file_name}: not a TOML file: {error}.", "Correct the place that it names.") from None
    return Section(file_name, "", values, {dotted(path): line for path, line in lines.items() if path})
