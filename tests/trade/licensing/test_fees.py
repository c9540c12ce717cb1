"""What a fee comes to, by kind of tariff; each row of the table is one case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.trade.licensing.rules.fees import (
    Basis,
    InvalidBasis,
    compute_fee,
    merge_basis,
    read_square_metres,
    round_to_cents,
    vat_of,
)
from muniment.trade.licensing.rules.tariffs import Band, TariffKind, TariffTerms

M = 1_000_000
FIXED = TariffTerms(TariffKind.FIXED, amount_micro=5_000 * M)
RADIO = TariffTerms(TariffKind.PERCENT, share_ppm=35_000, minimum_micro=250_000 * M)
CAPPED = TariffTerms(TariffKind.PERCENT, share_ppm=100_000, maximum_micro=1_000 * M)
STREAM = TariffTerms(TariffKind.PERCENT, share_ppm=120_000, unit_minimum_micro=20 * M)
BANDS = TariffTerms(
    TariffKind.PER_UNIT, bands=(Band(1_000, 2 * M), Band(10_000, 1 * M), Band(None, M // 2)), minimum_micro=100 * M
)
AREA = TariffTerms(TariffKind.AREA, price_micro=2_500_000, per_day=True)
AREA_ONCE = TariffTerms(TariffKind.AREA, price_micro=90 * M)
SEAT = TariffTerms(TariffKind.SEAT, price_micro=3 * M, per_day=True)
SEAT_ONCE = TariffTerms(TariffKind.SEAT, price_micro=400 * M)
DAY = TariffTerms(TariffKind.DAY, price_micro=750 * M, maximum_micro=20_000 * M)

CASES = [
    ("fixed", FIXED, Basis(), 5_000 * M, ["fixed"]),
    ("fixed, whatever is declared", FIXED, Basis(units=7), 5_000 * M, ["fixed"]),
    ("percent", RADIO, Basis(revenue_micro=10_000_000 * M), 350_000 * M, ["share"]),
    ("percent below the minimum", RADIO, Basis(revenue_micro=1_000_000 * M), 250_000 * M, ["share", "minimum"]),
    ("percent of nothing", RADIO, Basis(revenue_micro=0), 250_000 * M, ["share", "minimum"]),
    ("percent at the minimum exactly", RADIO, Basis(revenue_micro=250_000 * M * 200 // 7), 250_000 * M, None),
    ("percent above the maximum", CAPPED, Basis(revenue_micro=50_000 * M), 1_000 * M, ["share", "maximum"]),
    ("percent below the maximum", CAPPED, Basis(revenue_micro=50 * M), 5 * M, ["share"]),
    ("percent, rounded half up", CAPPED, Basis(revenue_micro=50_000), 10_000, ["share", "rounding"]),
    ("percent, rounded down", CAPPED, Basis(revenue_micro=149_999), 10_000, ["share", "rounding"]),
    ("minimum for each unit", STREAM, Basis(revenue_micro=100 * M, units=10), 200 * M, ["share", "unit_minimum"]),
    ("share above the minimum for units", STREAM, Basis(revenue_micro=10_000 * M, units=10), 1_200 * M, ["share"]),
    ("no unit", BANDS, Basis(units=0), 100 * M, ["band", "minimum"]),
    ("first band", BANDS, Basis(units=999), 1_998 * M, ["band"]),
    ("first band full", BANDS, Basis(units=1_000), 2_000 * M, ["band"]),
    ("one into the second band", BANDS, Basis(units=1_001), 2_001 * M, ["band", "band"]),
    ("second band full", BANDS, Basis(units=10_000), 11_000 * M, ["band", "band"]),
    ("third band", BANDS, Basis(units=10_002), 11_001 * M, ["band", "band", "band"]),
    ("area and days", AREA, Basis(area_dm2=12_000, days=92), 27_600 * M, ["area", "days"]),
    ("area with decimals", AREA, Basis(area_dm2=8_550, days=1), 213_750_000, ["area", "days"]),
    ("area for the period", AREA_ONCE, Basis(area_dm2=10_000), 9_000 * M, ["area"]),
    ("seats and days", SEAT, Basis(seats=40, days=30), 3_600 * M, ["seats", "days"]),
    ("seats for the period", SEAT_ONCE, Basis(seats=650), 260_000 * M, ["seats"]),
    ("days", DAY, Basis(days=12), 9_000 * M, ["days"]),
    ("days to the maximum", DAY, Basis(days=92), 20_000 * M, ["days", "maximum"]),
]


@pytest.mark.parametrize(
    ("terms", "basis", "amount_micro", "rules"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_fee_and_its_steps(terms: TariffTerms, basis: Basis, amount_micro: int, rules: list[str] | None) -> None:
    fee = compute_fee(terms, basis)
    assert fee.amount_micro == amount_micro
    assert fee.steps[-1].amount_micro == amount_micro
    if rules is not None:
        assert [step.rule for step in fee.steps] == rules


@pytest.mark.parametrize(
    ("terms", "basis", "word"),
    [
        (RADIO, Basis(), "revenue"),
        (STREAM, Basis(revenue_micro=1), "units"),
        (BANDS, Basis(), "units"),
        (AREA, Basis(days=1), "area"),
        (AREA, Basis(area_dm2=1), "days"),
        (SEAT, Basis(days=1), "seats"),
        (DAY, Basis(seats=1), "days"),
        (RADIO, Basis(revenue_micro=-1), "negative"),
        (BANDS, Basis(units=-5), "negative"),
    ],
)
def test_a_missing_or_negative_figure_is_named(terms: TariffTerms, basis: Basis, word: str) -> None:
    with pytest.raises(InvalidBasis, match=word):
        compute_fee(terms, basis)


@st.composite
def _terms_with_bands(draw: st.DrawFn) -> TariffTerms:
    edges = sorted(draw(st.sets(st.integers(1, 10_000), max_size=5)))
    prices = draw(st.lists(st.integers(0, 3 * M), min_size=len(edges) + 1, max_size=len(edges) + 1))
    bands = tuple(Band(edge, price) for edge, price in zip([*edges, None], prices, strict=True))
    minimum = draw(st.integers(0, 100 * M))
    maximum = draw(st.none() | st.integers(100 * M, 9_000 * M))
    return TariffTerms(TariffKind.PER_UNIT, bands=bands, minimum_micro=minimum, maximum_micro=maximum)


@given(_terms_with_bands(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_more_units_never_cost_less(terms: TariffTerms, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert compute_fee(terms, Basis(units=fewer)).amount_micro <= compute_fee(terms, Basis(units=more)).amount_micro


@given(_terms_with_bands(), st.integers(0, 20_000))
def test_bands_charge_every_unit_once(terms: TariffTerms, units: int) -> None:
    steps = [step for step in compute_fee(terms, Basis(units=units)).steps if step.rule == "band"]
    assert sum(step.quantity for step in steps) == units
    assert steps[-1].amount_micro == sum(step.quantity * step.rate for step in steps)


@given(st.integers(0, 10**14))
def test_a_fee_is_whole_cents_and_within_half_a_cent(amount_micro: int) -> None:
    rounded = round_to_cents(amount_micro)
    assert rounded % 10_000 == 0
    assert -5_000 < rounded - amount_micro <= 5_000


def test_the_tax_is_rounded_half_up() -> None:
    assert vat_of(31_250, 160_000) == 10_000
    assert vat_of(31_249, 160_000) == 0
    assert vat_of(350_000 * M, 160_000) == 56_000 * M


def test_declared_figures_go_before_agreed_ones() -> None:
    assert merge_basis(Basis(seats=10, days=5), Basis(days=7)) == Basis(seats=10, days=7)


@pytest.mark.parametrize(("text", "area"), [("120", 12_000), ("85.5", 8_550), ("0.25", 25), ("7.500", 750)])
def test_an_area_is_read_exactly(text: str, area: int) -> None:
    assert read_square_metres(text) == area


@pytest.mark.parametrize("text", ["", "-3", "1,5", "1.255", "ten"])
def test_what_is_no_area_is_refused(text: str) -> None:
    with pytest.raises(InvalidBasis, match="area"):
        read_square_metres(text)
