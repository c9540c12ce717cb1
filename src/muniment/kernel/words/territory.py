"""Territories of the TIS: countries and groups of countries, and sets of them by include and exclude.

A territory is the TIS numeric code, which for a country is the ISO 3166 number (586 Pakistan) and for a group a
number from 2100 (2136 World, 2120 Europe). The tree itself is the MIT-licensed table of the package
`music-metadata-territories`. A group is the set of its countries of today and of the past.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from muniment.kernel.words.problems import UserError

WORLD = 2136
"""The TIS group of all countries."""

_TERM = re.compile(r"([+-]?)(\d{1,4})")
_CODE = re.compile(r"\d{1,4}", re.ASCII)
_BETWEEN_TERMS = re.compile(r"[\s,;|/+]+")
_WORLD_WORDS = ("world", "worldwide", "ww")


class UnknownTerritory(UserError):
    """The code is in no TIS table."""


@dataclass(frozen=True, slots=True)
class _Atlas:
    """The TIS tree: each code's countries, English name, and codes by ISO letters."""

    countries: dict[int, frozenset[int]]
    names: dict[int, str]
    by_iso: dict[str, int]


@cache
def _atlas() -> _Atlas:
    folder = files("music_metadata.territories")
    names: dict[int, str] = {}
    by_iso: dict[str, int] = {}
    with (folder / "list.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = int(row["TIS-N"])
            names[code] = row["Name"].title()
            if row["Exists until"].endswith("3999"):
                by_iso[row["TIS-A"]] = code
    countries = {code: {code} for code in names if code < 2100}
    path: list[int] = []
    with (folder / "tree.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            level, code = int(row["Level"]), int(row["TIS-N"])
            path = [*path[: level - 1], code]
            for group in path:
                countries.setdefault(group, set())
                if code < 2100:
                    countries[group].add(code)
            names.setdefault(code, row["Name"].title())
    world = {code for members in countries.values() for code in members}
    countries[WORLD] = world
    return _Atlas({code: frozenset(members) for code, members in countries.items()}, names, by_iso)


def is_territory(code: int) -> bool:
    """Say whether the TIS knows the code."""
    return code in _atlas().countries


def territory_name(code: int) -> str:
    """Return the English name of a territory.

    Raises:
        UnknownTerritory: see `countries_of`.
    """
    countries_of(code)
    return _atlas().names[code]


def from_iso(letters: str) -> int:
    """Return the TIS code of an ISO 3166 alpha-2 country or a TIS-A group ("PK" is 586, "2WL" 2136).

    Raises:
        UnknownTerritory: no living territory has these letters.
    """
    try:
        return _atlas().by_iso[letters.strip().upper()]
    except KeyError:
        raise UnknownTerritory(
            f"{letters!r} is not a territory.", "Write two letters such as PK, or a TIS code."
        ) from None


def countries_of(code: int) -> frozenset[int]:
    """Return the countries that a territory consists of; a country consists of itself.

    Raises:
        UnknownTerritory: the TIS has no such code.
    """
    try:
        return _atlas().countries[code]
    except KeyError:
        raise UnknownTerritory(
            f"{code} is not a TIS territory.", "Use a code of the TIS, such as 586 or 2136."
        ) from None


@dataclass(frozen=True, slots=True)
class Territories:
    """A set of countries written as terms, "2136 -840" being the World without the United States.

    The terms apply from left to right, so "2136 -2120 276" is the World without Europe but with Germany. `text` is
    what gets stored; two texts may mean the same set, and `countries` tells.
    """

    text: str
    countries: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Territories":
        """Read terms parted by blanks or commas; a leading minus excludes.

        Raises:
            UnknownTerritory: a term is no TIS code, or the text has none.
        """
        return _parse_territories(text)

    @classmethod
    def of(cls, terms: Iterable[tuple[str, int]]) -> "Territories":
        """Build the set from CWR's pairs: ("I", 2136), ("E", 840)."""
        return cls.parse(" ".join(f"-{code}" if sign == "E" else str(code) for sign, code in terms))

    def covers(self, code: int) -> bool:
        """Say whether every country of the territory `code` is in the set."""
        return countries_of(code) <= self.countries


@cache
def _parse_territories(text: str) -> Territories:
    terms = text.replace(",", " ").split()
    if not terms:
        raise UnknownTerritory("No territory is given.", "Write TIS codes, such as 2136 for the World.")
    chosen: set[int] = set()
    for term in terms:
        found = _TERM.fullmatch(term)
        if found is None:
            raise UnknownTerritory(f"{term!r} is not a territory.", "Write TIS codes, such as 2136 -840.")
        countries = countries_of(int(found[2]))
        chosen = chosen - countries if found[1] == "-" else chosen | countries
    return Territories(" ".join(term.lstrip("+") for term in terms), frozenset(chosen))


WORLDWIDE = _parse_territories(str(WORLD))
"""The set of all countries."""


def parse_territory(text: str) -> int:
    """Return the TIS code of one territory, written as this code or in letters: "586" and "PK" are 586.

    Raises:
        UnknownTerritory: it is neither, or the TIS does not know it.
    """
    plain = text.strip()
    if not _CODE.fullmatch(plain):
        return from_iso(plain)
    countries_of(int(plain))
    return int(plain)


def parse_territories(text: str) -> str:
    """Return as TIS terms what people write, in codes or letters: "PK, IN" is "586 356", "World -US" "2136 -840".

    Raises:
        UnknownTerritory: a term is no territory, or none is given.
    """
    terms = []
    for word in filter(None, _BETWEEN_TERMS.split(text)):
        sign, name = ("-", word[1:]) if word[0] in "-−" else ("", word)
        terms.append(f"{sign}{WORLD if name.casefold() in _WORLD_WORDS else parse_territory(name)}")
    return Territories.parse(" ".join(terms)).text
