"""What the cells of BWARM hold: read tolerantly, with the rule that is broken where one is, and written strictly."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from muniment.kernel.formats.bwarm.layout import codes
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    parse_dpid,
    parse_ean,
    parse_ipi_name,
    parse_isni,
    parse_isrc,
    parse_iswc,
    parse_society,
)
from muniment.kernel.words.shares import PPM, format_percent
from muniment.kernel.words.territory import (
    WORLD,
    Territories,
    UnknownTerritory,
    countries_of,
    from_iso,
    parse_territory,
)

_DURATION = re.compile(r"P(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6})(?:\.(\d{1,9}))?S)?)", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?", re.ASCII)
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{0,20})?", re.ASCII)
_BAR = re.compile(r"(?<!\\)\|")
_FLAGS = {"true": "true", "false": "", "1": "true", "0": "", "yes": "true", "no": ""}


class BadCell(ValueError):
    """A cell does not hold what it should; `args` are the rule and the message."""


def split_values(text: str) -> list[str]:
    """Return the values of a cell in which several may stand."""
    if "|" not in text:
        return [text] if text else []
    return [part.replace("\\|", "|").strip() for part in _BAR.split(text) if part.strip()]


def join_values(values: list[str]) -> str:
    """Return one cell of several values."""
    return "|".join(value.replace("|", "\\|") for value in values)


def _number_reader(parse: Callable[[str], str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        try:
            return parse(text)
        except InvalidIdentifier as error:
            raise BadCell("BW-12", error.message) from error

    return read


def _code_reader(name: str) -> Callable[[str], str]:
    allowed = {code.casefold(): code for code in codes(name)}

    def read(text: str) -> str:
        found = allowed.get(text.casefold())
        if found is None:
            raise BadCell("BW-13", f"{text[:80]!r} is not a value of its list.")
        return found

    return read


@lru_cache(maxsize=10_000)
def read_duration_ms(text: str) -> int:
    """Return the milliseconds of "PT3M20S".

    Raises:
        BadCell: it is written in another way.
    """
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise BadCell("BW-15", f"{text[:80]!r} is not a duration.")
    hours, minutes, seconds, part = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((part or "").ljust(3, "0")[:3])


def write_duration(duration_ms: int | None) -> str:
    """Return "PT3M20S" or "PT3M20.5S"; "" where the duration is not known."""
    if duration_ms is None:
        return ""
    seconds, rest = divmod(duration_ms, 1000)
    hours, minutes, seconds = seconds // 3600, seconds % 3600 // 60, seconds % 60
    shown = f"{seconds}.{rest:03d}".rstrip("0") if rest else str(seconds)
    return f"PT{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}{shown}S"


@lru_cache(maxsize=10_000)
def read_date(text: str) -> date:
    """Return the day of "2026-01-31"; a time of day behind it is not looked at.

    Raises:
        BadCell: it is no day.
    """
    found = _DATE.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else date(0, 0, 0)
    except ValueError as error:
        raise BadCell("BW-18", f"{text[:80]!r} is not a day.") from error


@lru_cache(maxsize=10_000)
def read_share_ppm(text: str) -> int:
    """Return the ppm of a percentage, rounded half to even.

    Raises:
        BadCell: it is no number from 0 to 100.
    """
    if _PERCENT.fullmatch(text) is None:
        raise BadCell("BW-14", f"{text[:80]!r} is not a percentage.")
    share_ppm = int((Decimal(text) * 10_000).quantize(Decimal(1), ROUND_HALF_EVEN))
    if share_ppm > PPM:
        raise BadCell("BW-14", f"{text[:80]} % is more than the whole.")
    return share_ppm


def write_share(share_ppm: int | None) -> str:
    """Return a share as a percentage; "" where none is told."""
    return "" if share_ppm is None else format_percent(share_ppm)


@lru_cache(maxsize=10_000)
def read_territory(text: str) -> int:
    """Return the TIS code of "GB", "Worldwide" or "826".

    Raises:
        BadCell: the TIS knows no such territory.
    """
    if text.casefold() in ("worldwide", "world"):
        return WORLD
    try:
        return parse_territory(text)
    except UnknownTerritory as error:
        raise BadCell("BW-20", error.message) from error


@lru_cache(maxsize=1)
def _letters() -> Mapping[int, str]:
    """Return the letters of every country that the standard has and the TIS knows."""
    found: dict[int, str] = {}
    for letters in codes("territory"):
        if len(letters) == 2:
            try:
                found.setdefault(from_iso(letters), letters)
            except UnknownTerritory:
                continue  # Åland and the like: parts of a country to the TIS
    return found


@lru_cache(maxsize=10_000)
def write_territories(included: tuple[int, ...], excluded: tuple[int, ...]) -> str:
    """Return the cell of a set of countries: the world, or the letters of each country of today."""
    countries: set[int] = set()
    for code in included:
        countries |= countries_of(code)
    for code in excluded:
        countries -= countries_of(code)
    letters = _letters()
    living = {code for code in countries if code in letters}
    return "Worldwide" if len(living) == len(letters) else join_values(sorted(letters[code] for code in living))


@lru_cache(maxsize=10_000)
def shorter_place(codes_told: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return (included, excluded) of a list of territories, written as shortly as it can be.

    A list of every country of today is the World; one of all but a few is the World without them.
    """
    countries: set[int] = set()
    for code in codes_told:
        countries |= countries_of(code)
    living = frozenset(_letters())
    if living <= countries:
        return (WORLD,), ()
    if len(living - countries) < len(living & countries):
        return (WORLD,), tuple(sorted(living - countries))
    text = Territories.of_countries(countries).text.split()
    return tuple(int(term) for term in text if term[0] != "-"), tuple(int(term[1:]) for term in text if term[0] == "-")


def read_flag(text: str) -> str:
    """Return "true" or "".

    Raises:
        BadCell: it is neither true nor false.
    """
    try:
        return _FLAGS[text.casefold()]
    except KeyError:
        raise BadCell("BW-16", f"{text[:80]!r} is neither true nor false.") from None


def _checked(read: Callable[[str], object]) -> Callable[[str], str]:
    """Return a check that leaves the text as it is: it is read once more where its value is wanted."""

    def check(text: str) -> str:
        read(text)
        return text

    return check


def _place_reader(text: str) -> str:
    """Return a territory as it stands, "" for one that the standard has and that is a part of a country to the TIS."""
    try:
        read_territory(text)
    except BadCell:
        if text in codes("territory"):
            return ""
        raise
    return text


def reader_of(form: str) -> Callable[[str], str] | None:
    """Return what reads a form into text that can be trusted; None for plain text and keys."""
    return _readers().get(form)


@lru_cache(maxsize=1)
def _readers() -> Mapping[str, Callable[[str], str]]:
    readers: dict[str, Callable[[str], str]] = {
        "flag": read_flag,
        "duration": _checked(read_duration_ms),
        "date": _checked(read_date),
        "percent": _checked(read_share_ppm),
        "territory": _place_reader,
    }
    parsers = {
        "iswc": parse_iswc, "isrc": parse_isrc, "isni": parse_isni, "ipi_name": parse_ipi_name,
        "society": parse_society, "dpid": parse_dpid, "ean": parse_ean,
    }  # fmt: skip
    readers |= {form: lru_cache(maxsize=50_000)(_number_reader(parse)) for form, parse in parsers.items()}
    lists = ("role", "share_type", "right_type", "title_type", "use_type")
    return readers | {form: lru_cache(maxsize=1_000)(_code_reader(form)) for form in lists}
