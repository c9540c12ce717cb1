"""Transfers of an account: whichever side it is on, and whether or not the index has sorted them in."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from muniment.trust.ledger.bulk.loading import sort_sides_in
from muniment.trust.ledger.models import Account
from muniment.trust.ledger.queries import account_statement, balances, list_entries
from muniment.trust.ledger.queries.touching import touching
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entry
from muniment.trust.ledger.services.sealing import seal_day
from tests.cast import CHEN

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def _book(key: str, *moved: tuple[str, str, int]) -> None:
    transfers = tuple(TransferDraft(debit, credit, amount) for debit, credit, amount in moved)
    post_entry(actor=CHEN, at=AT, draft=EntryDraft(key, "receipt", AT.date(), "EUR", transfers, "", None))


def _ids(*codes: str) -> list[int]:
    return list(Account.objects.filter(code__in=codes).order_by("id").values_list("id", flat=True))


@pytest.mark.django_db
def test_both_sides_are_found_before_and_after_they_are_sorted_in() -> None:
    _book("a", ("bank", "fund/x", 5), ("fund/x", "payable/1", 3), ("fund/x", "payable/2", 2))
    for _ in range(2):
        assert sorted(touching(_ids("fund/x")).values_list("amount_micro", flat=True)) == [2, 3, 5]
        assert sorted(touching(_ids("payable/1", "payable/2")).values_list("amount_micro", flat=True)) == [2, 3]
        assert not touching([]).exists()
        sort_sides_in()
    assert balances("payable/") == {"payable/1": 3, "payable/2": 2}
    assert list_entries("payable/2").total == 1
    statement = account_statement("fund/x", "EUR")
    assert statement is not None
    assert (statement.line_count, statement.closing_micro) == (3, 0)


@pytest.mark.django_db
def test_many_accounts_are_summed_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    _book("a", ("bank", "fund/x", 5), ("fund/x", "payable/1", 3), ("fund/x", "payable/2", 2))
    few = balances("payable/")
    monkeypatch.setattr("muniment.trust.ledger.queries._FEW", 1)
    assert balances("payable/") == few == {"payable/1": 3, "payable/2": 2}


@pytest.mark.django_db(transaction=True)
def test_a_seal_sorts_in_what_waits() -> None:
    _book("a", ("bank", "fund/x", 5))
    with transaction.atomic():
        seal_day(actor=CHEN, at=datetime(2026, 4, 1, 1, tzinfo=UTC), day=date(2026, 3, 31), secret=bytes(range(32)))
    assert sort_sides_in() == 0


@pytest.mark.django_db
def test_the_index_is_one_where_there_are_inverted_ones() -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "ledger_transfer")
    indexed = [facts["columns"] for facts in found.values() if facts["index"]]
    trees = [columns for columns in indexed if columns in (["debit_id"], ["credit_id"])]
    assert len(trees) == (0 if connection.vendor == "postgresql" else 2)
