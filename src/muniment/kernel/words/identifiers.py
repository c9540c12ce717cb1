"""The field's identifiers: parse what people write, check the digits, format, and build valid ones for tests.

A parser takes the ways people write a number ("T-034.524.680-1", "t0345246801") and returns its compact canonical
form; what fails is an `InvalidIdentifier` that names the reason. Sources of the check rules: ISWC ISO 15707, IPI as
CISAC publishes it, ISRC ISO 3901, ISNI ISO 27729 (ISO 7064 mod 11-2), IBAN ISO 13616 (mod 97-10).
"""

import re
from datetime import date

from stdnum import iban as stdnum_iban
from stdnum.iso7064 import mod_11_2

from muniment.kernel.words.problems import UserError

_SEPARATORS = re.compile(r"[\s.\-‐–/]+")
_ISWC = re.compile(r"T(\d{9})(\d)")
_IPI_BASE = re.compile(r"([A-Z])(\d{9})(\d)")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


class InvalidIdentifier(UserError):
    """A number has the wrong form or a wrong check digit."""


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text).upper()


def _refuse(kind: str, text: str, reason: str) -> InvalidIdentifier:
    return InvalidIdentifier(f"{text!r} is not a valid {kind}: {reason}.", "Copy it again from its source.")


def _weighted_digit(start: int, digits: str) -> int:
    """Return the check digit of ISWC (start 1) and IPI base (start 2): weights 1 to 9, modulo 10."""
    total = start + sum(weight * int(digit) for weight, digit in enumerate(digits, 1))
    return (10 - total % 10) % 10


def parse_iswc(text: str) -> str:
    """Return the ISWC in its compact form "T0345246801".

    Raises:
        InvalidIdentifier: the form or the check digit is wrong.
    """
    found = _ISWC.fullmatch(_compact(text).removeprefix("ISWC"))
    if found is None:
        raise _refuse("ISWC", text, "it is a T and ten digits")
    if _weighted_digit(1, found[1]) != int(found[2]):
        raise _refuse("ISWC", text, f"its check digit should be {_weighted_digit(1, found[1])}")
    return found[0]


def format_iswc(iswc: str) -> str:
    """Return the printed form "T-034.524.680-1" of a compact ISWC."""
    return f"T-{iswc[1:4]}.{iswc[4:7]}.{iswc[7:10]}-{iswc[10]}"


def make_iswc(number: int) -> str:
    """Return the compact ISWC with the nine digits of `number`."""
    digits = f"{number:09d}"
    return f"T{digits}{_weighted_digit(1, digits)}"


def _ipi_check(digits: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 101
    return "00" if total == 0 else f"{(101 - total) % 100:02d}"


def parse_ipi_name(text: str) -> str:
    """Return the IPI name number as eleven digits; leading zeros may be missing in `text`.

    Raises:
        InvalidIdentifier: not a number, too long, zero, or a wrong check number.
    """
    digits = _compact(text)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 11 or int(digits) == 0:
        raise _refuse("IPI name number", text, "it has eleven digits")
    digits = digits.zfill(11)
    if _ipi_check(digits[:9]) != digits[9:]:
        raise _refuse("IPI name number", text, f"its last two digits should be {_ipi_check(digits[:9])}")
    return digits


def make_ipi_name(number: int) -> str:
    """Return the IPI name number whose first nine digits are `number`."""
    digits = f"{number:09d}"
    return digits + _ipi_check(digits)


def parse_ipi_base(text: str) -> str:
    """Return the IPI base number in its compact form "I0010681306".

    Raises:
        InvalidIdentifier: the form or the check digit is wrong.
    """
    found = _IPI_BASE.fullmatch(_compact(text))
    if found is None:
        raise _refuse("IPI base number", text, "it is a letter and ten digits")
    if _weighted_digit(2, found[2]) != int(found[3]):
        raise _refuse("IPI base number", text, f"its check digit should be {_weighted_digit(2, found[2])}")
    return found[0]


def format_ipi_base(base: str) -> str:
    """Return the printed form "I-001068130-6" of a compact IPI base number."""
    return f"{base[0]}-{base[1:10]}-{base[10]}"


def make_ipi_base(number: int) -> str:
    """Return the compact IPI base number (of a person or firm, letter I) with the nine digits of `number`."""
    digits = f"{number:09d}"
    return f"I{digits}{_weighted_digit(2, digits)}"


def parse_isrc(text: str) -> str:
    """Return the ISRC as twelve characters, "USRC17607839"; it has no check digit.

    Raises:
        InvalidIdentifier: the form is wrong.
    """
    compact = _compact(text).removeprefix("ISRC")
    if _ISRC.fullmatch(compact) is None:
        raise _refuse("ISRC", text, "it is two letters, three letters or digits, and seven digits")
    return compact


def make_isrc(country: str, registrant: str, on: date, number: int) -> str:
    """Return the ISRC of the `number`-th recording that `registrant` (three characters) coded in that year."""
    return f"{country}{registrant}{on.year % 100:02d}{number:05d}"


def parse_isni(text: str) -> str:
    """Return the ISNI as sixteen characters without blanks.

    Raises:
        InvalidIdentifier: the form or the check character is wrong.
    """
    compact = _compact(text).removeprefix("ISNI")
    if len(compact) != 16 or not compact[:15].isdigit() or not compact.isascii():
        raise _refuse("ISNI", text, "it has sixteen digits")
    if not mod_11_2.is_valid(compact):
        raise _refuse("ISNI", text, f"its check character should be {mod_11_2.calc_check_digit(compact[:15])}")
    return compact


def make_isni(number: int) -> str:
    """Return the ISNI whose first fifteen digits are `number`."""
    digits = f"{number:015d}"
    return f"{digits}{mod_11_2.calc_check_digit(digits)}"


def parse_iban(text: str) -> str:
    """Return the IBAN without blanks, in capitals.

    Raises:
        InvalidIdentifier: the country's form or the check digits are wrong.
    """
    compact = _compact(text)
    if not stdnum_iban.is_valid(compact, check_country=False):
        raise _refuse("IBAN", text, "its length, letters or check digits do not fit")
    return compact


def make_iban(country: str, account: str) -> str:
    """Return the IBAN of an account, `account` being the country's whole national part (BBAN)."""
    moved = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    return f"{country}{98 - int(moved) % 97:02d}{account}"
