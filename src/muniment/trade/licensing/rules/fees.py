"""What a licensee owes for a period: one pure function that shows its steps.

Every product is exact in integers. The fee is rounded to the minor unit of the currency once, at the end, half up,
because an invoice must be payable by a bank.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.trade.licensing.rules.tariffs import TariffKind, TariffTerms

DM2_PER_M2 = 100
_AREA = re.compile(r"(\d+)(?:\.(\d{0,2})0*)?")


class InvalidBasis(UserError):
    """What a fee is measured by is missing or negative."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a licensee declares for a period; None is not declared, and nothing is taken for zero.

    `area_dm2` is the area in square decimetres: hundredths of a square metre.
    """

    revenue_micro: int | None = None
    units: int | None = None
    area_dm2: int | None = None
    seats: int | None = None
    days: int | None = None


NOTHING_DECLARED = Basis()
BASIS_FIELDS = ("revenue_micro", "units", "area_dm2", "seats", "days")


@dataclass(frozen=True, slots=True)
class FeeStep:
    """One step of a fee, in the order of the computation.

    `rule` says what is done: fixed, share, band, area, seats, days, unit_minimum, minimum, maximum, rounding.
    `quantity` is what is multiplied (micro-units of revenue, units, square decimetres, seats, days), `rate` by how
    much (ppm, or micro-units each), `amount_micro` what the fee is after the step; the last step's is the fee.
    """

    rule: str
    quantity: int
    rate: int
    amount_micro: int


@dataclass(frozen=True, slots=True)
class FeeExplained:
    """A fee in micro-units, whole minor units, and the steps that led to it."""

    amount_micro: int
    steps: tuple[FeeStep, ...]


def compute_fee(terms: TariffTerms, basis: Basis) -> FeeExplained:
    """Return the net fee of one period.

    Raises:
        InvalidBasis: the tariff needs a figure that the basis does not give, or one is negative.
    """
    for name in needed_fields(terms):
        _given(basis, name)
    steps = list(_measured(terms, basis))
    amount_micro = steps[-1].amount_micro
    if terms.unit_minimum_micro:
        units = _given(basis, "units")
        floor_micro = units * terms.unit_minimum_micro
        if amount_micro < floor_micro:
            amount_micro = floor_micro
            steps.append(FeeStep("unit_minimum", units, terms.unit_minimum_micro, amount_micro))
    if amount_micro < terms.minimum_micro:
        amount_micro = terms.minimum_micro
        steps.append(FeeStep("minimum", 1, terms.minimum_micro, amount_micro))
    if terms.maximum_micro is not None and amount_micro > terms.maximum_micro:
        amount_micro = terms.maximum_micro
        steps.append(FeeStep("maximum", 1, terms.maximum_micro, amount_micro))
    rounded_micro = round_to_cents(amount_micro)
    if rounded_micro != amount_micro:
        steps.append(FeeStep("rounding", amount_micro, MICRO_PER_CENT, rounded_micro))
    return FeeExplained(rounded_micro, tuple(steps))


def needed_fields(terms: TariffTerms) -> tuple[str, ...]:
    """Return the fields of the basis that these terms read."""
    own = {
        TariffKind.FIXED: (),
        TariffKind.PER_UNIT: ("units",),
        TariffKind.PERCENT: ("revenue_micro",),
        TariffKind.AREA: ("area_dm2",),
        TariffKind.SEAT: ("seats",),
        TariffKind.DAY: ("days",),
    }[terms.kind]
    return (*own, *(("days",) if terms.per_day else ()), *(("units",) if terms.unit_minimum_micro else ()))


def round_to_cents(amount_micro: int) -> int:
    """Return a positive amount rounded to the minor unit of its currency, half up."""
    return (amount_micro + MICRO_PER_CENT // 2) // MICRO_PER_CENT * MICRO_PER_CENT


def vat_of(amount_micro: int, vat_ppm: int) -> int:
    """Return the tax on a net amount, rounded to the minor unit, half up."""
    return round_to_cents(amount_micro * vat_ppm // PPM)


def plain_basis(basis: Basis) -> dict[str, int]:
    """Return what is declared as plain values."""
    return {name: value for name in BASIS_FIELDS if (value := getattr(basis, name)) is not None}


def kept_basis(kept: Mapping[str, int]) -> Basis:
    """Return the basis that `plain_basis` made plain."""
    return Basis(**kept)


def merge_basis(agreed: Basis, declared: Basis) -> Basis:
    """Return the declared figures, and the agreed ones (an area, a number of seats) where nothing is declared."""
    return kept_basis(plain_basis(agreed) | plain_basis(declared))


def read_square_metres(text: str) -> int:
    """Return an area such as "120" or "85.5" in square decimetres.

    Raises:
        InvalidBasis: not a plain number of at most two decimals.
    """
    found = _AREA.fullmatch(text.strip())
    if found is None:
        raise InvalidBasis(f"{text!r} is not an area.", "Write square metres with at most two decimals, such as 85.5.")
    return int(found[1]) * DM2_PER_M2 + int((found[2] or "").ljust(2, "0"))


def _given(basis: Basis, name: str) -> int:
    value: int | None = getattr(basis, name)
    shown = name.removesuffix("_micro").removesuffix("_dm2")
    if value is None:
        raise InvalidBasis(f"The tariff asks for the {shown}, which is not declared.", f"Give the {shown}.")
    if value < 0:
        raise InvalidBasis(f"The {shown} is negative.", "Declare zero or more.")
    return value


def _measured(terms: TariffTerms, basis: Basis) -> Iterator[FeeStep]:
    """Yield the steps before the bounds; there is always at least one."""
    match terms.kind:
        case TariffKind.FIXED:
            yield FeeStep("fixed", 1, terms.amount_micro, terms.amount_micro)
        case TariffKind.PERCENT:
            revenue_micro = _given(basis, "revenue_micro")
            yield FeeStep("share", revenue_micro, terms.share_ppm, revenue_micro * terms.share_ppm // PPM)
        case TariffKind.PER_UNIT:
            yield from _banded(terms, _given(basis, "units"))
        case TariffKind.DAY:
            days = _given(basis, "days")
            yield FeeStep("days", days, terms.price_micro, days * terms.price_micro)
        case TariffKind.AREA:
            area_dm2 = _given(basis, "area_dm2")
            yield from _for_days(
                terms, basis, FeeStep("area", area_dm2, terms.price_micro, area_dm2 * terms.price_micro // DM2_PER_M2)
            )
        case TariffKind.SEAT:
            seats = _given(basis, "seats")
            yield from _for_days(terms, basis, FeeStep("seats", seats, terms.price_micro, seats * terms.price_micro))


def _for_days(terms: TariffTerms, basis: Basis, one_day: FeeStep) -> Iterator[FeeStep]:
    yield one_day
    if terms.per_day:
        days = _given(basis, "days")
        yield FeeStep("days", days, one_day.amount_micro, days * one_day.amount_micro)


def _banded(terms: TariffTerms, units: int) -> Iterator[FeeStep]:
    """Charge each unit at the price of its own band, so that one unit more never makes the fee smaller."""
    total_micro, low = 0, 0
    for band in terms.bands:
        high = units if band.up_to is None else min(units, band.up_to)
        if high > low or low == 0:
            total_micro += (high - low) * band.price_micro
            yield FeeStep("band", high - low, band.price_micro, total_micro)
        low = high
        if high == units:
            return
