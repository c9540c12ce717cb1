"""Numbers as a policy writes them, exact to the last digit, and how the result of a step is rounded."""

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from muniment.kernel.words.problems import UserError

_NUMBER = re.compile(
    r"(?P<sign>-?)(?:(?:(?P<whole>\d[\d_]*)\s+)?(?P<upper>\d[\d_]*)/(?P<lower>\d[\d_]*)"
    r"|(?P<plain>\d[\d_]*)(?:\.(?P<decimals>\d+))?)\s*(?P<percent>%?)"
)
_LONGEST_NUMBER = 60
_SHOWN_DIGITS = 12


class BadNumber(UserError):
    """A text is not a number that a policy may use."""


def parse_number(text: str) -> Fraction:
    """Return the exact value of "15.1 %", "1/7", "66 2/3 %", "0.0149", "-3" or "1_000".

    Raises:
        BadNumber: anything else, a division by zero, or more than 60 characters.
    """
    found = _NUMBER.fullmatch(text.strip()) if len(text) <= _LONGEST_NUMBER else None
    if found is None or (found["lower"] is not None and not int(found["lower"])):
        raise BadNumber(
            f"{text[:_LONGEST_NUMBER]!r} is not a number.", 'Write it as "0.25", "1/7", "15.1 %" or "66 2/3 %".'
        )
    if found["lower"] is not None:
        value = Fraction(int(found["upper"]), int(found["lower"])) + int(found["whole"] or 0)
    else:
        decimals = found["decimals"] or ""
        value = Fraction(int(found["plain"].replace("_", "") + decimals), 10 ** len(decimals))
    value = value / 100 if found["percent"] else value
    return -value if found["sign"] else value


def format_number(value: Fraction) -> str:
    """Return a number for a reader: all its decimals where they end within twelve, else as a fraction."""
    scaled = value * 10**_SHOWN_DIGITS
    if scaled.denominator != 1:
        return f"{value.numerator}/{value.denominator}"
    whole, decimals = divmod(abs(scaled.numerator), 10**_SHOWN_DIGITS)
    shown = f"{whole}.{decimals:0{_SHOWN_DIGITS}d}".rstrip("0").rstrip(".")
    return f"-{shown}" if value < 0 else shown


def format_share(value: Fraction) -> str:
    """Return a part of a whole for a reader: as a percentage where its decimals end, else as a fraction."""
    shown = format_number(value * 100)
    return f"{value.numerator}/{value.denominator}" if "/" in shown else f"{shown} %"


class Direction(StrEnum):
    """Which way a figure between two units goes; up and down are away from zero and towards it."""

    UP = "up"
    DOWN = "down"
    NEAREST = "nearest"
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class Rounding:
    """A rounding: to a whole multiple of `unit`, in one direction.

    `nearest` sends a half away from zero, `even` to the even multiple.
    """

    unit: Fraction
    direction: Direction

    def apply(self, value: Fraction) -> Fraction:
        """Return `value` as a multiple of the unit."""
        count = abs(value) / self.unit
        whole, rest = count.numerator // count.denominator, count % 1
        half = Fraction(1, 2)
        goes_up = {
            Direction.UP: rest > 0,
            Direction.DOWN: False,
            Direction.NEAREST: rest >= half,
            Direction.EVEN: rest > half or (rest == half and whole % 2 == 1),
        }[self.direction]
        rounded = (whole + goes_up) * self.unit
        return -rounded if value < 0 else rounded

    def __str__(self) -> str:
        return f"{self.direction.value} to {format_number(self.unit)}"


def parse_rounding(text: str) -> Rounding:
    """Read a rounding such as "up to 100", "down to 0.01", "nearest 1" or "even to 0.01".

    Raises:
        BadNumber: it is written otherwise, or its unit is not above zero.
    """
    direction, _, unit = text.strip().partition(" ")
    if direction not in list(Direction):
        raise BadNumber(f"{text!r} is not a rounding.", 'Write it as "up to 100", "down to 0.01" or "nearest 1".')
    value = parse_number(unit.removeprefix("to "))
    if value <= 0:
        raise BadNumber(f"{text!r} rounds to nothing.", "Let the unit be above zero.")
    return Rounding(value, Direction(direction))
