"""Who gets an order, and what a bank's word does, without a database."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import Problem
from muniment.pay.payments.rules import (
    BankFacts,
    Confirmation,
    Effect,
    OrderFacts,
    OrderState,
    PayeeFacts,
    Said,
    SkipReason,
    end_to_end_id,
    orders_digest,
    select_orders,
    weigh,
)
from muniment.pay.payments.rules.slips import Occasion
from tests.pay.payments.occasions import occasion

TODAY = date(2026, 10, 24)
BANK = BankFacts(5, "Aigül", "DE00", "")
ORDER = OrderFacts(1, 7, 12, "MUN-7-12", OrderState.ORDERED, 50_000, "EUR", date(2026, 10, 21))
SAID = Confirmation(2, "MUN-7-12", Said.PAID, date(2026, 10, 23))


def _asking(minimum_micro: int) -> Occasion:
    return replace(occasion(), minimum_micro=minimum_micro)


@given(
    balances=st.lists(st.integers(-(10**9), 10**13), max_size=12),
    minimum_micro=st.integers(0, 10**8),
    has_bank=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_orders_and_residues_are_the_balances(balances: list[int], minimum_micro: int, has_bank: list[bool]) -> None:
    payees = [
        PayeeFacts(party_id, balance_micro, BANK if has_bank[party_id] else None)
        for party_id, balance_micro in enumerate(balances)
    ]
    selection = select_orders(payees, _asking(minimum_micro), {})
    ordered = {order.party_id: order for order in selection.orders}
    skipped = {skip.party_id for skip in selection.skipped}
    assert ordered.keys() & skipped == set()
    assert ordered.keys() | skipped == {payee.party_id for payee in payees if payee.balance_micro}
    for order in selection.orders:
        assert order.amount_cents * MICRO_PER_CENT + order.residue_micro == balances[order.party_id]
        assert 0 <= order.residue_micro < MICRO_PER_CENT
        assert order.amount_cents > 0
        assert order.balance_micro >= minimum_micro
    assert selection.total_micro == sum(order.balance_micro - order.residue_micro for order in selection.orders)


@pytest.mark.parametrize(
    ("payee", "reason"),
    [
        (PayeeFacts(1, 9_999, BANK), SkipReason.BELOW_MINIMUM),
        (PayeeFacts(1, 999_999, BANK), SkipReason.BELOW_MINIMUM),
        (PayeeFacts(1, 5_000_000, None), SkipReason.NO_BANK),
        (PayeeFacts(1, -1, BANK), SkipReason.NEGATIVE),
        (PayeeFacts(1, 5_000_000, BANK, cooling_until=date(2026, 5, 1)), SkipReason.COOLING),
        (PayeeFacts(1, 5_000_000, BANK, in_draft=True), SkipReason.IN_DRAFT),
        (PayeeFacts(1, 5_000_000, BANK, returned_account_ids=frozenset({5})), SkipReason.RETURNED),
    ],
)
def test_why_a_payee_is_left_out(payee: PayeeFacts, reason: SkipReason) -> None:
    selection = select_orders([payee], _asking(1_000_000), {})
    assert selection.orders == ()
    assert [skip.reason for skip in selection.skipped] == [reason]


def test_a_return_to_another_account_does_not_matter() -> None:
    payee = PayeeFacts(1, 5_000_000, BANK, returned_account_ids=frozenset({4}))
    assert len(select_orders([payee], _asking(0), {}).orders) == 1


def test_the_order_of_payees_does_not_change_the_batch() -> None:
    payees = [PayeeFacts(party_id, 10**6 + party_id, BANK) for party_id in range(6)]
    forwards, backwards = (
        select_orders(payees, _asking(0), {}).orders,
        select_orders(payees[::-1], _asking(0), {}).orders,
    )
    assert orders_digest("EUR", forwards) == orders_digest("EUR", backwards)
    assert orders_digest("EUR", forwards) != orders_digest("EUR", forwards[1:])


def test_an_end_to_end_id_fits_the_bank() -> None:
    assert len(end_to_end_id(2**53, 2**53)) <= 39
    assert end_to_end_id(7, 12) == "MUN-7-12"


@pytest.mark.parametrize(
    ("state", "said", "effect"),
    [
        (OrderState.ORDERED, Said.PAID, Effect.PAY),
        (OrderState.ORDERED, Said.RETURNED, Effect.RETURN),
        (OrderState.PAID, Said.PAID, Effect.NOTHING),
        (OrderState.PAID, Said.RETURNED, Effect.RETURN_AFTER_PAYMENT),
        (OrderState.RETURNED, Said.RETURNED, Effect.NOTHING),
        (OrderState.RETURNED, Said.PAID, "contradiction"),
    ],
)
def test_every_word_in_every_state(state: OrderState, said: Said, effect: Effect | str) -> None:
    found = weigh(replace(SAID, said=said), replace(ORDER, state=state), TODAY)
    assert (found.rule if isinstance(found, Problem) else found) == effect


@pytest.mark.parametrize(
    ("said", "order", "rule"),
    [
        (SAID, None, "unknown-order"),
        (SAID, replace(ORDER, approved_on=None), "unknown-order"),
        (replace(SAID, amount_micro=49_999), ORDER, "amount-differs"),
        (replace(SAID, currency="PKR"), ORDER, "currency-differs"),
        (replace(SAID, booked_on=date(2026, 10, 19)), ORDER, "date-out-of-order"),
        (replace(SAID, booked_on=date(2026, 10, 26)), ORDER, "date-out-of-order"),
    ],
)
def test_a_confirmation_that_does_not_fit_is_a_problem(said: Confirmation, order: OrderFacts | None, rule: str) -> None:
    found = weigh(said, order, TODAY)
    assert isinstance(found, Problem)
    assert (found.rule, found.line) == (rule, 2)
    assert found.remedy


def test_the_amount_and_a_day_of_tolerance_fit() -> None:
    said = replace(SAID, amount_micro=50_000, currency="EUR", booked_on=date(2026, 10, 25))
    assert weigh(said, ORDER, TODAY) is Effect.PAY
