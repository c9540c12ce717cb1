"""Numbers of the registry, all with a check: those of acts by one rule, those of registrations by a profile's scheme.

Deposits, certificates of them, applications, objections and recordals have a letter, eight digits and two check digits
(ISO 7064, MOD 97-10). What a registration has is made up as its profile says: fixed characters, the year, the month,
codes and a serial, and perhaps a check character (ISO 7064, MOD 37,36). The check of the official registration number
is not published, so that ours is not that one. MOD 37,36 finds every wrong character, and two exchanged neighbours but
for one case in 630: then the two differ by one, as 0 and 1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from stdnum.iso7064 import mod_37_36

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.rules.application import Statement, Subject

DEPOSIT, CERTIFICATE, APPLICATION, OBJECTION, RECORDAL = "D", "C", "A", "O", "R"
_NUMBER = re.compile(r"([A-Z])-?([0-9]{8})-?([0-9]{2})")

CHECKS = ("none", "iso7064_mod37_36")
MADE_OF = ("year", "month", "fixed:0000", "source:1", "holder:1", "serial:7")
"""Examples of the parts that a number can be made of."""
SOURCES: Mapping[Subject, tuple[str, ...]] = MappingProxyType(
    {Subject.DATA: ("self_collected", "licensed", "public_mandate", "mixed"), Subject.WORK: ("original", "derivative")}
)
HOLDERS = ("natural", "legal", "other", "joint")


_COMPARE = Phrase("Compare it with the certificate, character by character.")


class BadNumber(UserError):
    """A number is none of the registry, or was mistyped."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a number: `kind` year, month, source, holder, serial, or fixed with its `text`."""

    kind: str
    size: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How the numbers of a registry are made up; `check` is one of CHECKS and adds its character at the end."""

    use: str
    parts: tuple[Part, ...]
    check: str
    source_codes: tuple[tuple[str, str], ...] = ()
    holder_codes: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Return how many characters a number has."""
        return sum(part.size for part in self.parts) + (self.check != "none")


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
            "{text!r} is no number of the registry.", "Compare it with the certificate, digit by digit.", text=text[:40]
        )
    return "-".join(found.groups())


def certificate_number(scheme: Scheme, on: date, serial: int) -> str:
    """Return the number of a certificate that is given on a day.

    Raises:
        BadNumber: the serial does not fit into the scheme.
    """
    return _compose(scheme, on, {}, serial)


def registration_number(scheme: Scheme, on: date, source_code: str, holder_code: str, serial: int) -> str:
    """Return the number of a registration that was applied for on a day; the codes are those of `codes_of`.

    Raises:
        BadNumber: the serial or a code does not fit into the scheme.
    """
    return _compose(scheme, on, {"source": source_code, "holder": holder_code}, serial)


def codes_of(scheme: Scheme, statement: Statement) -> tuple[str, str]:
    """Return the codes of a scheme for the sources and the holders of what is stated; "" where it has none for them."""
    if statement.subject is Subject.WORK:
        source = "derivative" if statement.is_derivative else "original"
    else:
        kinds = {one.kind for one in statement.sources}
        source = kinds.pop() if len(kinds) == 1 else "mixed"
    holders = [one.kind for one in statement.applicants if one.role != "agent"]
    holder = holders[0] if len(holders) == 1 else "joint"
    return dict(scheme.source_codes).get(source, ""), dict(scheme.holder_codes).get(holder, "")


def parse_scheme_number(scheme: Scheme, text: str) -> str:
    """Return a certificate's or registration's number as its scheme writes it; spaces and hyphens are forgiven.

    Raises:
        BadNumber: it has another length, a part that cannot be, or the check character of another.
    """
    number = re.sub(r"[\s-]", "", text.strip().upper())
    if len(number) != scheme.size or not re.fullmatch("[0-9A-Z]*", number):
        raise BadNumber(
            "{text!r} has not the {size} digits and letters of a number.", _COMPARE, text=text[:40], size=scheme.size
        )
    place = 0
    for part in scheme.parts:
        found = number[place : place + part.size]
        place += part.size
        if not _can_be(scheme, part, found):
            raise BadNumber("{text!r} cannot have {found!r} in this place.", _COMPARE, text=text[:40], found=found)
    if scheme.check != "none" and not mod_37_36.is_valid(number):
        raise BadNumber("{text!r} has the check character of another number.", _COMPARE, text=text[:40])
    return number


def _compose(scheme: Scheme, on: date, codes: Mapping[str, str], serial: int) -> str:
    texts = {"year": f"{on.year:04d}", "month": f"{on.month:02d}", **codes}
    number = ""
    for part in scheme.parts:
        text = f"{serial:0{part.size}d}" if part.kind == "serial" else texts.get(part.kind, part.text)
        if serial < 0 or len(text) != part.size or not _can_be(scheme, part, text):
            raise BadNumber(
                "{text!r} does not fit into a number, which has {size} characters for it.",
                "Give the profile a scheme with more room, or correct the statement.",
                text=text,
                size=part.size,
            )
        number += text
    return number + (mod_37_36.calc_check_digit(number) if scheme.check != "none" else "")


def _can_be(scheme: Scheme, part: Part, text: str) -> bool:
    """Return whether a text can stand for a part."""
    match part.kind:
        case "fixed":
            return text == part.text
        case "source":
            return text in dict(scheme.source_codes).values()
        case "holder":
            return text in dict(scheme.holder_codes).values()
        case "month":
            return re.fullmatch("0[1-9]|1[0-2]", text) is not None
        case _:
            return re.fullmatch("[0-9]+", text) is not None


def _check(letter: str, digits: str) -> str:
    return f"{98 - int(f'{ord(letter) - ord("A") + 10}{digits}00') % 97:02d}"
