"""Money as whole micro-units.

A micro-unit is the minor unit of ISO 4217 divided by 10,000: a euro (exponent 2) has 1,000,000, a yen (exponent 0)
10,000, a Kuwaiti dinar (exponent 3) 10,000,000. An int64 then holds nine trillion euros, and a pool split over a
hundred million lines still leaves every line a whole number. Cents exist only where a bank is paid.
"""

import re
from dataclasses import dataclass
from functools import cache

from babel.numbers import get_currency_precision, list_currencies

from muniment.kernel.words.problems import UserError

MICRO_DIGITS = 4
MICRO_PER_CENT = 10_000

_AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d*))?")
_LONGEST = 40


class UnknownCurrency(UserError):
    """The three letters are not a currency of ISO 4217."""


class InvalidAmount(UserError):
    """The text is not an amount of money, or has more decimals than the currency can hold."""


@cache
def currency_exponent(currency: str) -> int:
    """Return the number of decimals of the currency's minor unit (EUR 2, JPY 0, KWD 3).

    Raises:
        UnknownCurrency: not an ISO 4217 code in capitals.
    """
    if currency not in list_currencies():
        raise UnknownCurrency(
            f"{currency!r} is not a currency.",
            "Write the three capital letters of ISO 4217, such as EUR or PKR.",
        )
    exponent: int = get_currency_precision(currency)
    return exponent


def micro_per_unit(currency: str) -> int:
    """Return the number of micro-units in one unit of the currency (EUR: 1,000,000)."""
    units: int = 10 ** (currency_exponent(currency) + MICRO_DIGITS)
    return units


def parse_amount(text: str, currency: str) -> int:
    """Return the micro-units that `text` (such as "1234.5" or "-3") names in `currency`.

    A point parts the decimals; blanks and thousands separators are refused, because a comma means two things.

    Raises:
        InvalidAmount: not a plain number, of digits without end, or finer than a micro-unit.
        UnknownCurrency: see `currency_exponent`.
    """
    digits = currency_exponent(currency) + MICRO_DIGITS
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise InvalidAmount(f"{text!r} is not an amount.", "Write digits with a point for decimals, such as 1234.50.")
    sign, whole, decimals = found[1], found[2], (found[3] or "").rstrip("0")
    if len(decimals) > digits:
        raise InvalidAmount(f"{text!r} has more than {digits} decimals.", f"Round it: {currency} is kept to {digits}.")
    if len(whole) > _LONGEST:
        raise InvalidAmount(
            f"{text[:40]!r}… has {len(whole)} digits.", f"An amount has at most {_LONGEST}; correct it."
        )
    amount_micro: int = int(whole) * 10**digits + int(decimals.ljust(digits, "0") or "0")
    return -amount_micro if sign else amount_micro


def format_amount(amount_micro: int, currency: str, *, full: bool = False) -> str:
    """Return the amount as plain text with a point: "1234.56", or with `full` every micro digit "1234.560000".

    Without `full`, digits beyond the minor unit are shown only where they are not zero, so that no printed figure
    hides a residue.
    """
    exponent = currency_exponent(currency)
    digits = exponent + MICRO_DIGITS
    whole, decimals = divmod(abs(amount_micro), 10**digits)
    shown = f"{decimals:0{digits}d}"
    if not full:
        shown = shown[:exponent] + shown[exponent:].rstrip("0")
    sign = "-" if amount_micro < 0 else ""
    return f"{sign}{whole}.{shown}" if shown else f"{sign}{whole}"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency; amounts in two currencies never meet in a sum."""

    currency: str
    amount_micro: int

    def __post_init__(self) -> None:
        currency_exponent(self.currency)

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.currency, self.amount_micro + other.amount_micro)

    def __neg__(self) -> "Money":
        return Money(self.currency, -self.amount_micro)

    def __str__(self) -> str:
        return f"{self.currency} {format_amount(self.amount_micro, self.currency)}"


def floor_to_cents(amount_micro: int) -> int:
    """Return the part of a positive amount that a bank can pay: whole minor units, in micro-units."""
    return amount_micro // MICRO_PER_CENT * MICRO_PER_CENT
