"""One table of all the money: every place is counted once, and the places sum to what came in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from muniment.interfaces.demo.where_money_is import MoneyTable, money_table
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, fund, payable
from muniment.trust.ledger.services import post_entry
from tests.cast import CHEN

AT = datetime(2026, 10, 5, 9, tzinfo=UTC)
PLACES = (
    "deduction/administration", "deduction/social", "held/UNMATCHED", "held/BELOW_MIN/1", "held/DISPUTE/work-1",
    "held/a-reason-of-tomorrow", "payable/7", "transit/1", "fund/concert/1",
)  # fmt: skip


def book(key: str, debit: str, credit: str, amount_micro: int) -> None:
    transfer = TransferDraft(debit, credit, amount_micro)
    post_entry(actor=CHEN, at=AT, draft=EntryDraft(key, "test", AT.date(), "EUR", (transfer,)))


@pytest.mark.django_db
def test_each_place_has_its_name_and_its_amount() -> None:
    book("1", bank(), fund("radio/1"), 1_000)
    book("2", fund("radio/1"), payable(1), 600)
    book("3", fund("radio/1"), "held/UNMATCHED/run-1-pool-1", 150)
    book("4", payable(1), "transit/1", 500)
    book("5", "transit/1", bank(), 500)
    table = money_table("EUR")
    assert table.received_micro == 1_000
    assert dict(table.places) == {
        "Waiting in funds for a report": 250,
        "Held: works not identified yet": 150,
        "Owed to payees (returned payments, parts of a cent)": 100,
        "Paid out by the bank": 500,
    }
    assert table.ties


class TestWherever(TestCase):
    """The table ties wherever the money goes."""

    @settings(max_examples=12)
    @given(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(1, 10**12)), min_size=1, max_size=6))
    def test_the_places_sum_to_what_came_in(self, moves: list[tuple[str, int]]) -> None:
        for number, (place, amount_micro) in enumerate(moves):
            book(f"in/{number}", bank(), fund("radio/1"), amount_micro)
            book(f"on/{number}", fund("radio/1"), place, amount_micro)
        table = money_table("EUR")
        assert table.received_micro == sum(amount_micro for _, amount_micro in moves)
        assert table.ties


def test_a_table_with_money_missing_does_not_tie() -> None:
    assert not MoneyTable(10, (("Owed to payees", 9),)).ties
