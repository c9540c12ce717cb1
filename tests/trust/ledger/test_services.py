"""The books: whatever is booked, they balance, and nothing booked is ever changed."""

from collections import Counter
from datetime import UTC, date, datetime
from threading import Thread

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import FIRST_HASH, Action, NotAllowed
from muniment.trust.ledger.models import Entry, Transfer
from muniment.trust.ledger.queries import (
    account_statement,
    balance,
    balances,
    get_entry,
    list_entries,
    reversal_id,
    transfers_of,
    trial_balance,
)
from muniment.trust.ledger.rules import (
    AlreadyReversed,
    EntryDraft,
    IdempotencyConflict,
    InvalidEntry,
    TransferDraft,
    UnknownEntry,
    entry_hash,
    grows_by_debit,
)
from muniment.trust.ledger.services import post_entries, post_entry, reverse_entry
from tests.cast import CHEN, DEWI, FARIDA
from tests.trust.trials import at_every_statement, cut_off, refuse_change

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 31)
EURO = 1_000_000


def draft(key: str, *transfers: tuple[str, str, int], currency: str = "EUR", memo: str = "") -> EntryDraft:
    """Return a draft of these transfers (debit, credit, amount)."""
    return EntryDraft(key, "test", DAY, currency, tuple(TransferDraft(*found) for found in transfers), memo)


def chain_holds() -> bool:
    """Say whether every entry is linked to the one before."""
    prev = FIRST_HASH
    for entry in Entry.objects.order_by("id"):
        if entry.prev_hash != prev or entry.hash != entry_hash(
            prev, entry.body_digest, entry.recorded_at, entry.recorded_by, entry.pk, entry.first_transfer
        ):
            return False
        prev = entry.hash
    return True


@pytest.mark.django_db
def test_a_quarter_in_five_entries() -> None:
    post_entries(
        actor=CHEN,
        at=AT,
        drafts=[
            draft("invoice", ("receivable/1", "billed/radio", 100 * EURO), ("receivable/1", "vat", 20 * EURO)),
            draft("receipt", ("bank", "receivable/1", 120 * EURO), ("billed/radio", "fund/radio", 100 * EURO)),
            draft(
                "distribution",
                ("fund/radio", "deduction/administration", 15 * EURO),
                ("fund/radio", "payable/7", 80 * EURO),
                ("fund/radio", "held/UNMATCHED/run-1", 5 * EURO),
            ),
            draft("order", ("payable/7", "transit/1", 80 * EURO)),
            draft("paid", ("transit/1", "bank", 80 * EURO)),
        ],
    )
    assert {row.code: row.balance_micro // EURO for row in trial_balance() if row.balance_micro} == {
        "bank": 40,
        "vat": 20,
        "deduction/administration": 15,
        "held/UNMATCHED/run-1": 5,
    }
    assert balance("bank", "EUR") == 40 * EURO
    assert balance("bank", "PKR") == 0
    assert balances("fund/") == {"fund/radio": 0}
    assert chain_holds()
    statement = account_statement("bank", "EUR")
    assert statement is not None
    assert [(line.other_code, line.balance_micro // EURO) for line in statement.lines] == [
        ("receivable/1", 120),
        ("transit/1", 40),
    ]
    second_page = account_statement("bank", "EUR", limit=1, offset=1)
    assert second_page is not None
    assert (second_page.opening_micro, second_page.closing_micro, second_page.line_count) == (120 * EURO, 40 * EURO, 2)
    assert account_statement("writeoff", "EUR") is None


@pytest.mark.django_db
def test_the_same_key_books_once() -> None:
    first = post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)))
    again = post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)))
    twice = post_entries(actor=CHEN, at=AT, drafts=[draft("l", ("bank", "fund/a", 1))] * 2)
    assert again == first
    assert twice[0] == twice[1]
    assert balance("bank", "EUR") == 6
    assert list_events(tag="ledger.posted").total == 2
    for other in (draft("k", ("bank", "fund/a", 6)), draft("k", ("bank", "fund/a", 5), memo="x")):
        with pytest.raises(IdempotencyConflict):
            post_entry(actor=CHEN, at=AT, draft=other)
    with pytest.raises(IdempotencyConflict):
        post_entries(actor=CHEN, at=AT, drafts=[draft("m", ("bank", "vat", 1)), draft("m", ("bank", "vat", 2))])
    assert list_entries().total == 2
    assert get_entry(first.id) == first


@pytest.mark.django_db
def test_an_entry_is_reversed_once() -> None:
    first = post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5), ("fund/a", "vat", 2)))
    undone = reverse_entry(actor=CHEN, at=AT, entry_id=first.id, key="undo k", booked_on=DAY)
    assert reverse_entry(actor=CHEN, at=AT, entry_id=first.id, key="undo k", booked_on=DAY) == undone
    assert transfers_of(undone.id) == (TransferDraft("fund/a", "bank", 5), TransferDraft("vat", "fund/a", 2))
    assert (undone.reverses, reversal_id(first.id), reversal_id(undone.id)) == (first.id, undone.id, None)
    assert set(balances("").values()) == {0}
    with pytest.raises(AlreadyReversed):
        reverse_entry(actor=CHEN, at=AT, entry_id=first.id, key="other", booked_on=DAY)
    with pytest.raises(UnknownEntry):
        reverse_entry(actor=CHEN, at=AT, entry_id=99999, key="other", booked_on=DAY)
    assert chain_holds()


@pytest.mark.django_db
def test_who_may_not_post_is_refused() -> None:
    with pytest.raises(NotAllowed):
        post_entry(actor=DEWI, at=AT, draft=draft("k", ("bank", "fund/a", 5)))
    with pytest.raises(NotAllowed):
        post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)), action=Action.PAYMENT_CONFIRM)
    post_entry(actor=FARIDA, at=AT, draft=draft("k", ("bank", "fund/a", 5)), action=Action.PAYMENT_CONFIRM)
    assert list_entries().total == 1


@pytest.mark.django_db
def test_one_bad_draft_takes_all_back() -> None:
    with pytest.raises(InvalidEntry):
        post_entries(actor=CHEN, at=AT, drafts=[draft("k", ("bank", "fund/a", 5)), draft("l", ("bank", "moon", 5))])
    with cut_off():
        post_entry(actor=CHEN, at=AT, draft=draft("m", ("bank", "fund/a", 5)))
    assert (list_entries().total, trial_balance(), list_events().total) == (0, [], 0)
    post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)))
    assert chain_holds()


@pytest.mark.django_db
def test_a_failure_at_any_statement_leaves_the_books_as_they_were() -> None:
    first = post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)))

    def book() -> None:
        reverse_entry(actor=CHEN, at=AT, entry_id=first.id, key="undo", booked_on=DAY)
        post_entries(actor=CHEN, at=AT, drafts=[draft("l", ("bank", "fund/b", 7)), draft("m", ("fund/b", "vat", 1))])

    failures = 0
    for _ in at_every_statement(book):
        failures += 1
        assert (list_entries().total, list_events().total, balances("")) == (1, 1, {"bank": 5, "fund/a": 5})
        assert chain_holds()
    assert failures > 10
    assert balances("") == {"bank": 7, "fund/a": 0, "fund/b": 6, "vat": 1}
    assert chain_holds()


@pytest.mark.django_db
def test_the_database_refuses_to_change_the_books() -> None:
    post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)))
    refuse_change("ledger_transfer", "amount_micro = 6")
    refuse_change("ledger_entry", "memo = 'x'")
    refuse_change("ledger_account", "code = 'vat'")
    assert balance("bank", "EUR") == 5


@pytest.mark.django_db
def test_codes_are_told_apart_by_capitals_and_currency() -> None:
    post_entries(
        actor=CHEN,
        at=AT,
        drafts=[
            draft("a", ("bank", "fund/radio/A", 1)),
            draft("b", ("bank", "fund/Radio/A", 2)),
            draft("c", ("bank", "fund/radio/A", 4), currency="JPY"),
        ],
    )
    assert balances("fund/radio", "EUR") == {"fund/radio/A": 1}
    assert balances("fund/R") == {"fund/Radio/A": 2}
    assert list_entries("fund/radio/A").total == 2
    assert list_entries(kind="test", limit=1).rows[0].idempotency_key == "c"
    with pytest.raises(ValueError, match="more than one currency"):
        balances("fund/radio/A")
    assert [(row.currency, row.code) for row in trial_balance(currency="JPY")] == [
        ("JPY", "bank"),
        ("JPY", "fund/radio/A"),
    ]


CODES = st.sampled_from(["bank", "receivable/1", "billed/f", "fund/f", "payable/1", "payable/2", "vat", "writeoff"])
TRANSFERS = st.tuples(CODES, CODES, st.integers(1, 2**40)).filter(lambda found: found[0] != found[1])
DRAFTS = st.lists(
    st.tuples(st.lists(TRANSFERS, min_size=1, max_size=4), st.sampled_from(["EUR", "JPY"])), min_size=1, max_size=8
)


@pytest.mark.django_db
@settings(max_examples=20)
@given(bodies=DRAFTS, cuts=st.integers(1, 4))
def test_whatever_is_booked_the_books_balance(bodies: list[tuple[list[tuple[str, str, int]], str]], cuts: int) -> None:
    with transaction.atomic():
        drafts = [draft(f"{n}", *moved, currency=currency) for n, (moved, currency) in enumerate(bodies)]
        for start in range(0, len(drafts), cuts):
            post_entries(actor=CHEN, at=AT, drafts=drafts[start : start + cuts])
        expected: Counter[tuple[str, str]] = Counter()
        for moved, currency in bodies:
            for debit, credit, amount in moved:
                expected[debit, currency] += amount
                expected[credit, currency] -= amount
        rows = trial_balance()
        assert {(row.code, row.currency): row.debit_micro - row.credit_micro for row in rows} == dict(expected)
        for currency in ("EUR", "JPY"):
            signed = [
                row.balance_micro if grows_by_debit(row.kind) else -row.balance_micro
                for row in rows
                if row.currency == currency
            ]
            assert sum(signed) == 0
        assert chain_holds()
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_who_post_the_same_at_once_book_it_once() -> None:
    if connection.vendor != "postgresql":
        post_entry(actor=CHEN, at=AT, draft=draft("k", ("bank", "fund/a", 5)))
        assert balance("bank", "EUR") == 5  # SQLite lets one writer in at a time by itself
        return
    ids: list[int] = []

    def write() -> None:
        for number in range(10):
            posted = post_entry(actor=CHEN, at=AT, draft=draft(f"k{number}", ("bank", f"fund/{number}", 5)))
            ids.append(posted.id)
        connection.close()

    writers = [Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (len(ids), len(set(ids)), balance("bank", "EUR")) == (30, 10, 50)
    assert Transfer.objects.count() == 10
    assert chain_holds()
