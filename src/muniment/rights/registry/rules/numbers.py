"""Numbers of deposits and certificates: a letter, eight digits, two check digits (ISO 7064, MOD 97-10)."""

import re

from muniment.kernel.words.problems import UserError

DEPOSIT, CERTIFICATE = "D", "C"
_NUMBER = re.compile(r"([A-Z])-?([0-9]{8})-?([0-9]{2})")


class BadNumber(UserError):
    """A number is none of the registry, or was mistyped."""


def make_number(letter: str, count: int) -> str:
    """Return the number of the count-th of its kind, as `D-00000012-35`."""
    return f"{letter}-{count:08d}-{_check(letter, f'{count:08d}')}"


def parse_number(text: str) -> str:
    """Return a number as `make_number` writes it; hyphens and small letters are forgiven.

    Raises:
        BadNumber: it is none, or its check digits are of another.
    """
    found = _NUMBER.fullmatch(text.strip().upper())
    if found is None or _check(found[1], found[2]) != found[3]:
        raise BadNumber(
            f"{text[:40]!r} is no number of the registry.", "Compare it with the certificate, digit by digit."
        )
    return "-".join(found.groups())


def _check(letter: str, digits: str) -> str:
    return f"{98 - int(f'{ord(letter) - ord("A") + 10}{digits}00') % 97:02d}"
