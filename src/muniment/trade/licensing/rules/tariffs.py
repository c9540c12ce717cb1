"""A tariff as a value, and the TOML text in which a society writes its tariffs.

Amounts and percentages are written as text ("3.5"), because a binary fraction is not what the board decided:

    [[tariff]]
    code = "RADIO"
    title = "Radio broadcasting"
    kind = "percent"
    currency = "PKR"
    vat_percent = "16"
    fund_kind = "radio"
    valid_from = 2026-01-01

    [tariff.terms]
    percent = "3.5"
    minimum = "250000"
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from muniment.kernel.words.money import currency_exponent, parse_amount
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import parse_percent

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,29}")
_FUND_KIND = re.compile(r"[a-z][a-z0-9-]{0,29}")


class TariffKind(StrEnum):
    """What a fee is measured by."""

    FIXED = "fixed"
    PER_UNIT = "per_unit"
    PERCENT = "percent"
    AREA = "area"
    SEAT = "seat"
    DAY = "day"


class InvalidTariff(UserError):
    """A tariff's text cannot be used; the message names the tariff and the entry."""


@dataclass(frozen=True, slots=True)
class Band:
    """Units above the band before and up to `up_to` (None: all further ones) cost `price_micro` each."""

    up_to: int | None
    price_micro: int


@dataclass(frozen=True, slots=True)
class TariffTerms:
    """What a fee is computed from; only the fields of its kind are set.

    `amount_micro` is a fixed fee for the period, `price_micro` the price of a square metre, seat or day, multiplied by
    the days where `per_day` is set. `share_ppm` is the part of the revenue; with `unit_minimum_micro` the fee is at
    least that much for each unit (a subscriber, a ticket). The minimum and maximum bound the whole fee of a period.
    """

    kind: TariffKind
    unit: str = ""
    amount_micro: int = 0
    price_micro: int = 0
    per_day: bool = False
    share_ppm: int = 0
    unit_minimum_micro: int = 0
    bands: tuple[Band, ...] = ()
    minimum_micro: int = 0
    maximum_micro: int | None = None


@dataclass(frozen=True, slots=True)
class TariffDraft:
    """A tariff to publish. It is in force from `valid_from` up to, not including, `valid_to` (None: until replaced)."""

    code: str
    title: str
    currency: str
    fund_kind: str
    vat_ppm: int
    valid_from: date
    valid_to: date | None
    terms: TariffTerms


_ENTRIES = frozenset(
    {"code", "title", "kind", "currency", "vat_percent", "fund_kind", "valid_from", "valid_to", "terms"}
)
_TERMS: dict[TariffKind, tuple[frozenset[str], frozenset[str]]] = {
    TariffKind.FIXED: (frozenset({"amount"}), frozenset()),
    TariffKind.PER_UNIT: (frozenset({"bands"}), frozenset({"unit", "minimum", "maximum"})),
    TariffKind.PERCENT: (frozenset({"percent"}), frozenset({"unit", "unit_minimum", "minimum", "maximum"})),
    TariffKind.AREA: (frozenset({"price"}), frozenset({"per_day", "minimum", "maximum"})),
    TariffKind.SEAT: (frozenset({"price"}), frozenset({"per_day", "minimum", "maximum"})),
    TariffKind.DAY: (frozenset({"price"}), frozenset({"minimum", "maximum"})),
}
"""The terms that each kind must have, and those it may have."""


def read_tariffs(text: str) -> tuple[TariffDraft, ...]:
    """Return the tariffs of a TOML text, in its order.

    Raises:
        InvalidTariff: not TOML, no tariff in it, an entry that is missing, unknown or not what it should be.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidTariff(f"The tariffs are not valid TOML: {error}.", "Correct the line it names.") from error
    entries = content.get("tariff")
    if set(content) != {"tariff"} or not isinstance(entries, list) or not entries:
        raise InvalidTariff("The file holds no list of tariffs.", "Begin each tariff with the line [[tariff]].")
    return tuple(_read_tariff(entry, place) for place, entry in enumerate(entries, 1))


def _read_tariff(entry: object, place: int) -> TariffDraft:
    if not isinstance(entry, dict):
        raise InvalidTariff(f"Tariff {place} is not a table.", "Begin each tariff with the line [[tariff]].")
    name = f"Tariff {entry.get('code', place)!r}"
    _require_entries(name, entry, _ENTRIES - {"valid_to", "vat_percent"}, _ENTRIES)
    try:
        draft = TariffDraft(
            code=_matching(entry["code"], _CODE, "code", "capitals, digits, - and _"),
            title=_words(entry["title"], "title"),
            currency=_currency(entry["currency"]),
            fund_kind=_matching(entry["fund_kind"], _FUND_KIND, "fund_kind", "small letters, digits and -"),
            vat_ppm=parse_percent(_exact(entry.get("vat_percent", "0"), "vat_percent")),
            valid_from=_day(entry["valid_from"], "valid_from"),
            valid_to=_day(entry["valid_to"], "valid_to") if "valid_to" in entry else None,
            terms=read_terms(str(entry["kind"]), entry["terms"], str(entry["currency"])),
        )
        Period(draft.valid_from, draft.valid_to)
    except UserError as error:
        raise InvalidTariff(f"{name}: {error.message}", error.remedy) from error
    return draft


def read_terms(kind: str, terms: object, currency: str) -> TariffTerms:
    """Return the terms of a tariff as they stand in TOML.

    Raises:
        InvalidTariff: see `read_tariffs`.
        UserError: an amount or percentage is not one, or the currency is unknown.
    """
    if kind not in TariffKind:
        raise InvalidTariff(f"{kind!r} is not a kind of tariff.", f"Write one of {', '.join(TariffKind)}.")
    if not isinstance(terms, dict):
        raise InvalidTariff("Its terms are not a table.", "Put them under the line [tariff.terms].")
    chosen = TariffKind(kind)
    required, optional = _TERMS[chosen]
    _require_entries("Its terms", terms, required, required | optional)

    def amount(name: str) -> int:
        return _amount(terms[name], name, currency) if name in terms else 0

    read = TariffTerms(
        kind=chosen,
        unit=_words(terms["unit"], "unit") if "unit" in terms else "",
        amount_micro=amount("amount"),
        price_micro=amount("price"),
        per_day=_flag(terms.get("per_day", False), "per_day"),
        share_ppm=parse_percent(_exact(terms["percent"], "percent")) if "percent" in terms else 0,
        unit_minimum_micro=amount("unit_minimum"),
        bands=_read_bands(terms["bands"], currency) if "bands" in terms else (),
        minimum_micro=amount("minimum"),
        maximum_micro=amount("maximum") if "maximum" in terms else None,
    )
    if read.maximum_micro is not None and read.maximum_micro < read.minimum_micro:
        raise InvalidTariff("Its maximum is below its minimum.", "Exchange the two amounts.")
    return read


def _read_bands(value: object, currency: str) -> tuple[Band, ...]:
    """Read bands that rise, the last one open."""
    if not isinstance(value, list) or not value:
        raise InvalidTariff("Its bands are not a list.", 'Write bands = [{ up_to = 1000, price = "0.15" }, ...].')
    bands: list[Band] = []
    for place, band in enumerate(value, 1):
        if not isinstance(band, dict):
            raise InvalidTariff(f"Band {place} is not a table.", 'Write { up_to = 1000, price = "0.15" }.')
        last = place == len(value)
        names = frozenset({"price"}) if last else frozenset({"price", "up_to"})
        _require_entries(f"Band {place}", band, names, names)
        up_to = None if last else _count(band["up_to"], "up_to")
        before = bands[-1].up_to if bands else 0
        if up_to is not None and before is not None and up_to <= before:
            raise InvalidTariff(f"Band {place} ends at {up_to}, not above {before}.", "Let each band end higher.")
        bands.append(Band(up_to, _amount(band["price"], "price", currency)))
    return tuple(bands)


def _require_entries(name: str, entry: Mapping[str, object], required: frozenset[str], known: frozenset[str]) -> None:
    missing, unknown = sorted(required - set(entry)), sorted(set(entry) - known)
    if missing:
        raise InvalidTariff(f"{name}: {', '.join(missing)} is missing.", "Add it.")
    if unknown:
        raise InvalidTariff(
            f"{name}: {', '.join(unknown)} is not known here.", f"Known are {', '.join(sorted(known))}."
        )


def _refusal(name: str, value: object, wanted: str) -> InvalidTariff:
    return InvalidTariff(f"{name} is {value!r}, which is not {wanted}.", f"Write {wanted}.")


def _words(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _refusal(name, value, "a text")
    return value.strip()


def _matching(value: object, form: re.Pattern[str], name: str, wanted: str) -> str:
    text = _words(value, name)
    if form.fullmatch(text) is None:
        raise _refusal(name, text, f"made of {wanted}")
    return text


def _currency(value: object) -> str:
    text = _words(value, "currency")
    currency_exponent(text)
    return text


def _exact(value: object, name: str) -> str:
    """Return a number as its text; a TOML float has lost what was written."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _refusal(name, value, 'a number in quotes, such as "3.5"')
    return str(value)


def _amount(value: object, name: str, currency: str) -> int:
    amount_micro = parse_amount(_exact(value, name), currency)
    if amount_micro < 0:
        raise _refusal(name, value, "zero or more")
    return amount_micro


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _refusal(name, value, "a whole number from 1")
    return value


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _refusal(name, value, "true or false")
    return value


def _day(value: object, name: str) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _refusal(name, value, "a date without quotes, such as 2026-01-01")
    return value


def plain_terms(terms: TariffTerms) -> dict[str, object]:
    """Return the terms as plain values in micro-units, to be kept in the database and digested."""
    return {
        "unit": terms.unit,
        "amount_micro": terms.amount_micro,
        "price_micro": terms.price_micro,
        "per_day": terms.per_day,
        "share_ppm": terms.share_ppm,
        "unit_minimum_micro": terms.unit_minimum_micro,
        "bands": [[band.up_to, band.price_micro] for band in terms.bands],
        "minimum_micro": terms.minimum_micro,
        "maximum_micro": terms.maximum_micro,
    }


def kept_terms(kind: str, kept: Mapping[str, object]) -> TariffTerms:
    """Return the terms that `plain_terms` made plain."""
    values = dict(kept)
    bands = values.pop("bands")
    assert isinstance(bands, list)
    return TariffTerms(kind=TariffKind(kind), bands=tuple(Band(*band) for band in bands), **values)  # type: ignore[arg-type]
