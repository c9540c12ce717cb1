"""Names of periods and funds, and the division of receipts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.trade.licensing.rules.invoices import (
    InvalidDates,
    InvalidReceipt,
    fund_code,
    invoice_number,
    net_of_receipt,
    period_name,
    read_period,
)


@pytest.mark.parametrize(
    ("name", "period_from", "period_to"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 10, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_has_a_name_that_reads_back(name: str, period_from: date, period_to: date) -> None:
    assert period_name(period_from, period_to) == name
    assert read_period(name) == (period_from, period_to)


def test_odd_days_are_named_by_their_days() -> None:
    assert period_name(date(2026, 7, 4), date(2026, 7, 12)) == "20260704-20260711"
    assert period_name(date(2026, 2, 1), date(2026, 5, 1)) == "20260201-20260430"


@pytest.mark.parametrize("text", ["", "Q3", "2026-Q5", "2026-13", "summer", "2026-7"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidDates):
        read_period(text)


def test_a_period_without_a_day_is_refused() -> None:
    with pytest.raises(InvalidDates):
        period_name(date(2026, 7, 1), date(2026, 7, 1))


def test_fund_and_number() -> None:
    assert fund_code("radio", "LIC-0001", date(2026, 7, 1), date(2026, 10, 1)) == "radio/LIC-0001/2026-Q3"
    assert invoice_number(2026, 7) == "INV-2026-00007"


@given(st.integers(1, 10**10), st.integers(0, 10**10), st.lists(st.integers(1, 10**10), max_size=8))
def test_receipts_give_the_fund_exactly_the_net_amount(net_micro: int, vat_micro: int, cuts: list[int]) -> None:
    paid = funded = 0
    for cut in [*cuts, net_micro + vat_micro]:
        amount = min(cut, net_micro + vat_micro - paid)
        if amount == 0:
            break
        part = net_of_receipt(amount, net_micro=net_micro, vat_micro=vat_micro, paid_micro=paid, funded_micro=funded)
        assert 0 <= part <= amount
        paid, funded = paid + amount, funded + part
        assert funded == paid * net_micro // (net_micro + vat_micro)
    assert (paid, funded) == (net_micro + vat_micro, net_micro)


@pytest.mark.parametrize("amount", [0, -5, 117])
def test_nothing_and_too_much_are_refused(amount: int) -> None:
    with pytest.raises(InvalidReceipt):
        net_of_receipt(amount, net_micro=100, vat_micro=16, paid_micro=0, funded_micro=0)
