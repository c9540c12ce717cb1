"""One table of a policy file, with the exact numbers and roundings that policies are written in."""

from collections.abc import Iterable
from fractions import Fraction

from muniment.kernel.words import toml_tables
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.toml_tables import near
from muniment.pay.distributions.rules.policies.numbers import BadNumber, Rounding, parse_number, parse_rounding

__all__ = ["BadPolicy", "Table", "near", "read_tables", "refuse_twice"]


class BadPolicy(UserError):
    """A policy file cannot be used; the message names the file, the line, the key and what is wrong with it."""


class Table(toml_tables.Table):
    """A table of a policy."""

    refusal = BadPolicy
    document = "a policy"

    def number(self, key: str, low: Fraction | int | None = None, high: Fraction | int | None = None) -> Fraction:
        """Return an exact number, written as a whole number or as a text such as "15.1 %"."""
        return self.as_number(key, self.values.get(key), low, high)

    def as_number(
        self, key: str, value: object, low: Fraction | int | None = None, high: Fraction | int | None = None
    ) -> Fraction:
        """Return the exact number that a value of `key` is, if it lies between the limits."""
        if isinstance(value, float):
            raise self.bad(key, f"{value!r} is a binary fraction, which is not exact", f'Write {key} = "{value}".')
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.bad(key, f"must be a number, not {value!r}", f'Write {key} = "0.25" or "15.1 %".')
        try:
            number = parse_number(value) if isinstance(value, str) else Fraction(value)
        except BadNumber as error:
            raise self.bad(key, error.message.rstrip("."), error.remedy) from None
        if (low is not None and number < low) or (high is not None and number > high):
            raise self.bad(key, f"{value} is not between {low} and {high}", f"Correct {key}.")
        return number

    def rounding(self, key: str = "round") -> Rounding | None:
        """Return the rounding that a key names, or None where it is left out."""
        if not self.has(key):
            return None
        try:
            return parse_rounding(self.text(key))
        except BadNumber as error:
            raise self.bad(key, error.message.rstrip("."), error.remedy) from None


def read_tables(text: str, file_name: str) -> Table:
    """Read TOML and return its top table.

    Raises:
        BadPolicy: it is not TOML; the message names the line.
    """
    return Table.read(text, file_name)


def refuse_twice(table: Table, key: str, name: str, taken: Iterable[str]) -> None:
    """Refuse a name that an earlier table has already."""
    if name in taken:
        raise table.bad(key, f"{name!r} is used twice", "Give each its own name.")
