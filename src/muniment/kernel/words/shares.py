"""Shares as whole parts per million, and the rights they are shares of."""

import re
from enum import StrEnum

from muniment.kernel.words.problems import UserError

PPM = 1_000_000

_PERCENT = re.compile(r"(\d+)(?:\.(\d{0,4}))?\s*%?")
_LONGEST = 40


class Right(StrEnum):
    """The three rights that CWR keeps shares for; the values are CISAC's letters."""

    PERFORMING = "PR"
    MECHANICAL = "MR"
    SYNCHRONISATION = "SR"


class InvalidShare(UserError):
    """The text is not a share between 0 and 100 %."""


def parse_percent(text: str) -> int:
    """Return the ppm that a text such as "33.33", "50 %" or "0" names.

    Raises:
        InvalidShare: not a number, more than four decimals, negative, or above 100 %.
    """
    found = _PERCENT.fullmatch(text.strip())
    if found is None or len(found[1]) > _LONGEST:
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        raise InvalidShare(f"{shown!r} is not a share.", "Write a percentage from 0 to 100, such as 33.33.")
    share_ppm = int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0"))
    if share_ppm > PPM:
        raise InvalidShare(
            f"A share of {text.strip()} is above 100 %.", "Correct it: no one holds more than the whole."
        )
    return share_ppm


def format_percent(share_ppm: int) -> str:
    """Return the share as text with at least two decimals: 333333 is "33.3333", 500000 is "50.00"."""
    whole, decimals = divmod(abs(share_ppm), 10_000)
    shown = f"{decimals:04d}"
    shown = shown[:2] + shown[2:].rstrip("0")
    return f"{'-' if share_ppm < 0 else ''}{whole}.{shown}"
