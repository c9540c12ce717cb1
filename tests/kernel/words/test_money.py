"""Micro-units: what a text means, how an amount prints, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.money import (
    InvalidAmount,
    Money,
    UnknownCurrency,
    floor_to_cents,
    format_amount,
    micro_per_unit,
    parse_amount,
)

CURRENCIES = ["EUR", "PKR", "JPY", "KWD"]


@pytest.mark.parametrize(
    ("text", "currency", "amount_micro"),
    [
        ("1", "EUR", 1_000_000),
        ("0.01", "EUR", 10_000),
        ("0.000001", "EUR", 1),
        ("-12.5", "PKR", -12_500_000),
        ("7", "JPY", 70_000),
        ("0.0001", "JPY", 1),
        ("1.5", "KWD", 15_000_000),
        ("3.50000000", "EUR", 3_500_000),
        ("9223372036854", "EUR", 9_223_372_036_854_000_000),
    ],
)
def test_an_amount_is_read_exactly(text: str, currency: str, amount_micro: int) -> None:
    assert parse_amount(text, currency) == amount_micro


@pytest.mark.parametrize(
    "text", ["", "1,5", "1 000", "1e3", "NaN", "0.0000001", "--1", "£5", "٣", "9" * 41, "9" * 5_000]
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    if text == "٣":
        assert parse_amount(text, "EUR") == 3_000_000  # digits of every script are digits
    else:
        with pytest.raises(InvalidAmount):
            parse_amount(text, "EUR")


def test_an_unknown_currency_is_refused_with_a_remedy() -> None:
    with pytest.raises(UnknownCurrency, match="ISO 4217"):
        Money("RUPEES", 1)


@given(st.integers(-(10**18), 10**18), st.sampled_from(CURRENCIES))
def test_printing_and_reading_give_the_amount_again(amount_micro: int, currency: str) -> None:
    assert parse_amount(format_amount(amount_micro, currency), currency) == amount_micro
    assert parse_amount(format_amount(amount_micro, currency, full=True), currency) == amount_micro


def test_a_residue_below_a_cent_is_never_hidden() -> None:
    assert format_amount(1_230_000, "EUR") == "1.23"
    assert format_amount(1_230_001, "EUR") == "1.230001"
    assert format_amount(70_000, "JPY") == "7"


@given(st.integers(0, 10**15))
def test_the_part_a_bank_can_pay_leaves_less_than_a_cent(amount_micro: int) -> None:
    payable = floor_to_cents(amount_micro)
    assert payable % 10_000 == 0
    assert 0 <= amount_micro - payable < 10_000


def test_two_currencies_never_meet_in_a_sum() -> None:
    assert Money("EUR", 2) + Money("EUR", 3) == Money("EUR", 5)
    with pytest.raises(ValueError, match="cannot add"):
        Money("EUR", 2) + Money("PKR", 3)


def test_micro_units_follow_the_exponent() -> None:
    assert [micro_per_unit(currency) for currency in CURRENCIES] == [1_000_000, 1_000_000, 10_000, 10_000_000]
