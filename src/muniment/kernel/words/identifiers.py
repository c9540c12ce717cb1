"""The field's identifiers: parse what people write, check the digits, format, and build valid ones for tests.

A parser takes the ways people write a number ("T-034.524.680-1", "t0345246801") and returns its compact canonical
form; what fails is an `InvalidIdentifier` that names the reason. Sources of the check rules: ISWC ISO 15707, IPI as
CISAC publishes it, ISRC ISO 3901, ISNI ISO 27729 (ISO 7064 mod 11-2), ISAN ISO 15706 and EIDR and DPID (ISO 7064 mod
37,36), ISBN ISO 2108, ISSN ISO 3297, UPC and EAN as GS1 publishes them, IBAN ISO 13616 (mod 97-10).

`identify` says which of them a text is; `PARSERS` and `FORMATTERS` hold all of them by name.
"""

import operator
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date

from stdnum import ean as stdnum_ean
from stdnum import iban as stdnum_iban
from stdnum import isbn as stdnum_isbn
from stdnum import issn as stdnum_issn
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2, mod_37_36

from muniment.kernel.words.problems import UserError

_IPI_WEIGHTS = range(10, 1, -1)
_SEPARATORS = re.compile(r"[\s.\-‐–/]+")
_ISWC = re.compile(r"T(\d{9})(\d)")
_IPI_BASE = re.compile(r"([A-Z])(\d{9})(\d)")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_ISAN = re.compile(r"([0-9A-F]{16})([0-9A-Z]?)(?:([0-9A-F]{8})([0-9A-Z]?))?")
_EIDR = re.compile(r"105240([0-9A-F]{20})([0-9A-Z])")
_DPID = re.compile(r"PA-?DPIDA?-?(\d{8})([0-9A-Z]{2})-?([0-9A-Z])")
_SOCIETY = re.compile(r"0{0,2}(\d{1,3})", re.ASCII)


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
    total = sum(map(operator.mul, _IPI_WEIGHTS, map(int, digits))) % 101
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


def format_isrc(isrc: str) -> str:
    """Return the printed form "US-RC1-76-07839" of a compact ISRC."""
    return f"{isrc[:2]}-{isrc[2:5]}-{isrc[5:7]}-{isrc[7:]}"


def format_isni(isni: str) -> str:
    """Return the printed form "0000 0001 2103 2683" of a compact ISNI."""
    return " ".join(isni[place : place + 4] for place in range(0, 16, 4))


def parse_isan(text: str) -> str:
    """Return the ISAN as 16 hexadecimal digits (a work or episode) or as 24 (one version of it), without checks.

    Check characters may be missing in `text`; where they are given they must be right.

    Raises:
        InvalidIdentifier: the form or a check character is wrong.
    """
    found = _ISAN.fullmatch(_compact(text).removeprefix("ISAN"))
    if found is None:
        raise _refuse("ISAN", text, "it is 16 or 24 hexadecimal digits with their check characters")
    root, check, version, version_check = found[1], found[2], found[3] or "", found[4] or ""
    for body, given in ((root, check), (root + version, version_check)):
        if given and mod_37_36.calc_check_digit(body) != given:
            raise _refuse("ISAN", text, f"its check character should be {mod_37_36.calc_check_digit(body)}")
    return root + version


def format_isan(isan: str) -> str:
    """Return the printed form of an ISAN with its check characters: "0000-3BAB-9352-0000-G-0000-0000-Q"."""
    parts = [isan[place : place + 4] for place in range(0, len(isan), 4)]
    shown = "-".join([*parts[:4], mod_37_36.calc_check_digit(isan[:16])])
    return shown if len(isan) == 16 else "-".join([shown, *parts[4:], mod_37_36.calc_check_digit(isan)])


def parse_eidr(text: str) -> str:
    """Return the EIDR of a content record, "10.5240/7791-8534-2C23-9030-8610-5", from it, a DOI link or bare digits.

    Raises:
        InvalidIdentifier: the form or the check character is wrong.
    """
    plain = text.strip().upper().removeprefix("HTTPS://DOI.ORG/").removeprefix("DOI:")
    found = _EIDR.fullmatch(_compact(plain).removeprefix("EIDR").removeprefix(":"))
    if found is None:
        raise _refuse("EIDR", text, "it is 10.5240/ with 20 hexadecimal digits and a check character")
    if mod_37_36.calc_check_digit(found[1]) != found[2]:
        raise _refuse("EIDR", text, f"its check character should be {mod_37_36.calc_check_digit(found[1])}")
    groups = [found[1][place : place + 4] for place in range(0, 20, 4)]
    return f"10.5240/{'-'.join([*groups, found[2]])}"


def make_eidr(number: int) -> str:
    """Return the EIDR whose twenty hexadecimal digits are `number`."""
    digits = f"{number:020X}"
    return parse_eidr(f"10.5240/{digits}{mod_37_36.calc_check_digit(digits)}")


def parse_dpid(text: str) -> str:
    """Return the DDEX party identifier as "PADPIDA2013020802I"; hyphens between its parts may stand in `text`.

    Raises:
        InvalidIdentifier: the form or the check character is wrong.
    """
    found = _DPID.fullmatch(_compact(text).removeprefix("DPID:"))
    if found is None:
        raise _refuse("DPID", text, "it is PADPIDA, a date, two characters and a check character")
    body = f"PADPIDA{found[1]}{found[2]}"
    if mod_37_36.calc_check_digit(body) != found[3]:
        raise _refuse("DPID", text, f"its check character should be {mod_37_36.calc_check_digit(body)}")
    return body + found[3]


def format_dpid(dpid: str) -> str:
    """Return the printed form "PA-DPIDA-2013020802-I" of a compact DPID."""
    return f"{dpid[:2]}-{dpid[2:7]}-{dpid[7:17]}-{dpid[17]}"


def make_dpid(on: date, letters: str = "01") -> str:
    """Return the DPID of a party registered on a day, `letters` being the two characters behind the date."""
    body = f"PADPIDA{on:%Y%m%d}{letters}"
    return body + mod_37_36.calc_check_digit(body)


def _by_library(kind: str, text: str, validate: Callable[[str], str], form: str) -> str:
    """Return the compact number by a check of python-stdnum.

    Raises:
        InvalidIdentifier: the form or the check digit is wrong.
    """
    compact = _compact(text).removeprefix(kind)
    try:
        return validate(compact.removeprefix(":")) if compact.isascii() else validate("")
    except ValidationError as error:
        raise _refuse(kind, text, f"it is {form} with a check digit") from error


def parse_isbn(text: str) -> str:
    """Return the ISBN as thirteen digits, also from one of ten ("0-19-853453-1" is "9780198534532").

    Raises:
        InvalidIdentifier: the form or the check digit is wrong.
    """
    form = "ten or thirteen digits"
    return _by_library("ISBN", text, lambda compact: str(stdnum_isbn.to_isbn13(stdnum_isbn.validate(compact))), form)


def format_isbn(isbn: str) -> str:
    """Return the ISBN with hyphens between its parts, where the ranges of its group are known."""
    return str(stdnum_isbn.format(isbn))


def parse_issn(text: str) -> str:
    """Return the ISSN as eight characters without the hyphen, "03784371".

    Raises:
        InvalidIdentifier: the form or the check digit is wrong.
    """
    return _by_library("ISSN", text, stdnum_issn.validate, "seven digits")


def format_issn(issn: str) -> str:
    """Return the printed form "0378-4371" of a compact ISSN."""
    return f"{issn[:4]}-{issn[4:]}"


def parse_ean(text: str) -> str:
    """Return the EAN or UPC of a product as thirteen digits, a UPC (twelve) with a zero in front; eight stay eight.

    Raises:
        InvalidIdentifier: the form or the check digit is wrong.
    """
    compact = _compact(text).removeprefix("UPC").removeprefix("EAN")
    found = _by_library("EAN", compact.zfill(13) if len(compact) == 12 else compact, stdnum_ean.validate, "13 digits")
    if len(found) not in (8, 13):
        found = found.removeprefix("0") if len(found) == 14 else found
    if len(found) not in (8, 13):
        raise _refuse("EAN", text, "it has 8, 12 or 13 digits")
    return found


def parse_society(text: str) -> str:
    """Return the CISAC number of a society as the three digits of CWR 2: "52", "052" and "00052" are "052".

    Raises:
        InvalidIdentifier: it is no number from 1 to 999.
    """
    found = _SOCIETY.fullmatch(_compact(text))
    if found is None or int(found[1]) == 0:
        raise _refuse("society code", text, "it is a number from 1 to 999")
    return found[1].zfill(3)


def format_society(code: str) -> str:
    """Return the four digits that CWR 3 writes for a society."""
    return code.zfill(4)


PARSERS: Mapping[str, Callable[[str], str]] = {
    "ISWC": parse_iswc,
    "IPI name": parse_ipi_name,
    "IPI base": parse_ipi_base,
    "ISRC": parse_isrc,
    "ISNI": parse_isni,
    "ISAN": parse_isan,
    "EIDR": parse_eidr,
    "ISBN": parse_isbn,
    "ISSN": parse_issn,
    "DPID": parse_dpid,
    "EAN-13": parse_ean,
    "IBAN": parse_iban,
    "society": parse_society,
}
"""Every parser by the name of its identifier."""

FORMATTERS: Mapping[str, Callable[[str], str]] = {
    "ISWC": format_iswc,
    "IPI base": format_ipi_base,
    "ISRC": format_isrc,
    "ISNI": format_isni,
    "ISAN": format_isan,
    "ISBN": format_isbn,
    "ISSN": format_issn,
    "DPID": format_dpid,
    "society": format_society,
}
"""The printed forms, where they differ from the compact ones."""

_TELLING = ("ISWC", "IPI base", "DPID", "EIDR", "ISRC", "ISBN", "ISNI", "EAN-13", "ISSN", "IPI name", "ISAN", "IBAN")


def identify(text: str) -> tuple[str, str] | None:
    """Return what identifier a text is and its compact form; None where it is none.

    Where a number could be two (an ISBN is an EAN), the narrower one is told.
    """
    for kind in _TELLING:
        with suppress(InvalidIdentifier):
            return kind, PARSERS[kind](text)
    return None
