"""Territories of the TIS: countries and groups of countries, and sets of them by include and exclude.

A territory is the TIS numeric code, which for a country is the ISO 3166 number (586 Pakistan) and for a group a
number from 2100 (2136 World, 2120 Europe). The tree itself is the MIT-licensed table of the package
`music-metadata-territories`. A group is the set of its countries of today and of the past.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from muniment.kernel.words.problems import UserError

WORLD = 2136
"""The TIS group of all countries."""

_FIRST_GROUP = 2100
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
    dated: dict[int, tuple["_DatedName", ...]]


@dataclass(frozen=True, slots=True)
class _DatedName:
    """A name that a territory bears from a day to a day, both included."""

    name: str
    starts_on: date
    ends_on: date


@cache
def _atlas() -> _Atlas:
    folder = files("music_metadata.territories")
    names: dict[int, str] = {}
    by_iso: dict[str, int] = {}
    dated: dict[int, tuple[_DatedName, ...]] = {}
    with (folder / "list.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = int(row["TIS-N"])
            names[code] = row["Name"].title()
            dated[code] = (*dated.get(code, ()), _dated_name(row))
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
    return _Atlas({code: frozenset(members) for code, members in countries.items()}, names, by_iso, dated)


def _dated_name(row: dict[str, str]) -> _DatedName:
    """Return the name of a row, from the later start to the earlier end of the name and of the territory."""
    starts = [_day(row[column]) for column in ("Exists from", "Name from")]
    ends = [_day(row[column]) for column in ("Exists until", "Name until")]
    return _DatedName(row["Name"].title(), max(starts), min(ends))


def _day(text: str) -> date:
    day, month, year = map(int, text.split("."))
    return date(year, month, day)


def is_territory(code: int) -> bool:
    """Say whether the TIS knows the code."""
    return code in _atlas().countries


def territory_name(code: int, on: date | None = None) -> str:
    """Return the English name of a territory: the latest one, or the one that it bore on a day.

    Raises:
        UnknownTerritory: see `countries_of`; or there was no such territory on that day.
    """
    countries_of(code)
    if on is None:
        return _atlas().names[code]
    for name in reversed(_atlas().dated.get(code, ())):
        if name.starts_on <= on <= name.ends_on:
            return name.name
    raise UnknownTerritory(f"There was no territory {code} on {on}.", "Use a code of the TIS that was valid then.")


def existed_on(code: int, on: date) -> bool:
    """Say whether the TIS has a territory of this code on a day (Germany, 276, from 3 October 1990 on)."""
    return any(name.starts_on <= on <= name.ends_on for name in _atlas().dated.get(code, ()))


def groups() -> tuple[int, ...]:
    """Return the codes of the groups of countries, the World among them."""
    return tuple(sorted(code for code in _atlas().countries if code >= _FIRST_GROUP))


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


def to_iso(code: int) -> str | None:
    """Return the letters of a living territory ("PK" of 586), the inverse of `from_iso`; None: it has none."""
    return _letters().get(code)


@cache
def _letters() -> dict[int, str]:
    return {code: letters for letters, code in _atlas().by_iso.items()}


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

    @classmethod
    def of_countries(cls, countries: Iterable[int]) -> "Territories":
        """Write a set of countries shortly: as a group with what it lacks and what stands beside it, where that helps.

        Raises:
            UnknownTerritory: a code is none of a country, or there is none.
        """
        chosen = frozenset(countries)
        if not chosen:
            return cls("", chosen)
        best = min(groups(), key=lambda group: _cost(group, chosen))
        if _cost(best, chosen) >= len(chosen):
            return cls.parse(" ".join(str(code) for code in sorted(chosen)))
        lacking, beside = countries_of(best) - chosen, chosen - countries_of(best)
        terms = [str(best), *(f"-{code}" for code in sorted(lacking)), *(str(code) for code in sorted(beside))]
        return cls(" ".join(terms), chosen)

    def __or__(self, other: "Territories") -> "Territories":
        return self.of_countries(self.countries | other.countries)

    def __and__(self, other: "Territories") -> "Territories":
        return self.of_countries(self.countries & other.countries)

    def __sub__(self, other: "Territories") -> "Territories":
        return self.of_countries(self.countries - other.countries)

    def covers(self, code: int) -> bool:
        """Say whether every country of the territory `code` is in the set."""
        return countries_of(code) <= self.countries


def _cost(group: int, chosen: frozenset[int]) -> int:
    """Return how many terms write `chosen` by a group."""
    return 1 + len(countries_of(group) ^ chosen)


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
