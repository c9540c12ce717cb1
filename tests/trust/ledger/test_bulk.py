"""The columnar path: bad columns are refused, and it makes the rows that booking one by one makes."""

import struct
from dataclasses import replace
from datetime import UTC, date, datetime
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.ledger.bulk import TRANSFERS, as_table, check_columns
from muniment.trust.ledger.bulk.bodies import digests_of, portions
from muniment.trust.ledger.bulk.loading import binary_rows
from muniment.trust.ledger.models import Account, Entry, Transfer
from muniment.trust.ledger.queries import list_entries
from muniment.trust.ledger.rules import (
    EntryDraft,
    EntryHead,
    IdempotencyConflict,
    InvalidEntry,
    TransferDraft,
    body_digest,
    dimensions_text,
)
from muniment.trust.ledger.services import post_columns, post_entries, post_entry
from tests.cast import CHEN

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
DAY = date(2026, 3, 31)

CODES = st.sampled_from(["bank", 'fund/"quoted"', "fund/دل", "payable/1", "payable/2", "vat", "held/DISPUTE/a\\b"])
TRANSFER = st.builds(TransferDraft, CODES, CODES, st.integers(1, 2**59)).filter(lambda t: t.debit != t.credit)
DRAFTS = st.lists(
    st.builds(
        EntryDraft,
        st.just(""),
        st.sampled_from(["receipt", "distribution"]),
        st.just(DAY),
        st.sampled_from(["EUR", "PKR"]),
        st.lists(TRANSFER, min_size=1, max_size=5).map(tuple),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
        st.none(),
        st.sampled_from(["", dimensions_text({"run": "3", "right": "PR"})]),
    ),
    min_size=1,
    max_size=6,
).map(lambda drafts: [replace(draft, idempotency_key=f"k{place}") for place, draft in enumerate(drafts)])


@given(DRAFTS, st.integers(1, 12))
def test_the_digest_of_columns_is_that_of_the_draft(drafts: list[EntryDraft], portion: int) -> None:
    heads = [draft.head for draft in drafts]
    bodies = check_columns(heads, as_table(drafts))
    with patch("muniment.trust.ledger.bulk.bodies._FIRST_PORTION", portion):
        assert digests_of(heads, bodies) == tuple(body_digest(draft) for draft in drafts)
    assert bodies.totals == tuple(sum(moved.amount_micro for moved in draft.transfers) for draft in drafts)


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 50))
def test_portions_are_all_entries_in_their_order_and_grow(counts: list[int], first: int) -> None:
    ends = np.cumsum(counts, dtype=np.int64)
    with patch("muniment.trust.ledger.bulk.bodies._FIRST_PORTION", first):
        found = portions(ends)
    assert [place for part in found for place in range(part.start, part.stop)] == list(range(len(counts)))
    sizes = [sum(counts[part]) for part in found[:-1]]
    assert all(size > wanted - 30 for size, wanted in zip(sizes, (first * 3**n for n in range(9)), strict=False))


def test_some_bodies_are_those_of_their_drafts() -> None:
    drafts = [
        EntryDraft(f"k{place}", "test", DAY, "EUR", (TransferDraft("bank", f"fund/{place}", 5 + place),) * (place + 1))
        for place in range(5)
    ]
    bodies = check_columns([draft.head for draft in drafts], as_table(drafts)).only([1, 4])
    assert digests_of([drafts[1].head, drafts[4].head], bodies) == (body_digest(drafts[1]), body_digest(drafts[4]))
    assert (bodies.starts.tolist(), bodies.ends.tolist(), bodies.totals) == ([0, 2], [2, 7], (12, 45))


def everything() -> list[object]:
    """Return all rows of the books, without the numbers of accounts, which come in another order."""
    moved = Transfer.objects.order_by("id").values_list(
        "entry__idempotency_key", "debit__code", "credit__code", "amount_micro"
    )
    entries = Entry.objects.order_by("id").values_list(
        "idempotency_key", "kind", "booked_on", "currency", "memo", "recorded_by", "transfer_count", "total_micro",
        "body_digest", "dimensions",
    )  # fmt: skip
    first = Entry.objects.order_by("id").values_list("id", "first_transfer").first() or (0, 0)
    numbers = [
        (pk - first[0], at - first[1]) for pk, at in Entry.objects.order_by("id").values_list("id", "first_transfer")
    ]
    return [list(moved), list(entries), numbers]


@pytest.mark.django_db
@settings(max_examples=15)
@given(DRAFTS, st.integers(1, 12))
def test_in_bulk_and_one_by_one_the_rows_are_the_same(drafts: list[EntryDraft], portion: int) -> None:
    found = []
    for in_bulk in (True, False):
        with transaction.atomic(), patch("muniment.trust.ledger.bulk.bodies._FIRST_PORTION", portion):
            if in_bulk:
                post_entries(actor=CHEN, at=AT, drafts=drafts)
            else:
                for draft in drafts:
                    post_entry(actor=CHEN, at=AT, draft=draft)
            found.append(everything())
            transaction.set_rollback(True)
    assert found[0] == found[1]


HEADS = [EntryHead("a", "test", DAY, "EUR"), EntryHead("b", "test", DAY, "EUR")]


def table(entry: list[int], amount: list[int], credit: str = "fund/a") -> pa.Table:
    """Return transfers from the bank."""
    codes = [pa.array([code] * len(entry)).dictionary_encode() for code in ("bank", credit)]
    return pa.table([pa.array(entry, pa.int64()), *codes, pa.array(amount, pa.int64())], schema=TRANSFERS)


@pytest.mark.parametrize(
    ("transfers", "words"),
    [
        (table([0], [1]), "Entry b moves nothing"),
        (table([1, 0], [1, 1]), "not in the order"),
        (table([0, 2], [1, 1]), "not in the order"),
        (table([0, 1], [1, 0]), "Entry b has an amount of 0"),
        (table([0, 1], [1, -7]), "Entry b has an amount of -7"),
        (table([0, 1], [1, 1], "bank"), "takes from bank"),
        (table([0, 1, 1], [1, 2**62, 2**62]), "more than the books can count"),
        (table([0, 1], [1, 1]).rename_columns(["entry", "from", "to", "amount_micro"]), "other columns"),
    ],
)
def test_columns_that_cannot_be_booked_are_refused(transfers: pa.Table, words: str) -> None:
    with pytest.raises(InvalidEntry, match=words):
        check_columns(HEADS, transfers)


def test_an_unknown_dimension_is_refused() -> None:
    with pytest.raises(InvalidEntry, match="no dimension 'colour'"):
        dimensions_text({"colour": "red"})
    assert dimensions_text({"run": ""}) == ""


@pytest.mark.django_db
def test_many_in_one_call_and_a_second_call_books_nothing() -> None:
    count = 3_000
    rng = np.random.default_rng(1)
    codes = pa.array(["fund/a", *(f"payable/{number}" for number in range(500))])
    transfers = pa.table(
        [
            pa.array(np.repeat([0, 1], count // 2)),
            pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), codes),
            pa.DictionaryArray.from_arrays(pa.array(rng.integers(1, 501, count).astype(np.int32)), codes),
            pa.array(rng.integers(1, 10**9, count)),
        ],
        schema=TRANSFERS,
    )
    first = post_columns(actor=CHEN, at=AT, heads=HEADS, transfers=transfers)
    again = post_columns(actor=CHEN, at=AT, heads=HEADS, transfers=transfers)
    assert [row.id for row in first] == [row.id for row in again]
    assert (list_entries().total, Transfer.objects.count()) == (2, count)
    assert sum(row.total_micro for row in first) == sum(Transfer.objects.values_list("amount_micro", flat=True))


@pytest.mark.django_db
def test_another_body_under_a_key_is_refused_before_anything_is_written() -> None:
    first = post_columns(actor=CHEN, at=AT, heads=HEADS[:1], transfers=table([0], [5]))
    with patch("muniment.trust.ledger.services.write") as write, pytest.raises(IdempotencyConflict, match="'a'"):
        post_columns(actor=CHEN, at=AT, heads=HEADS, transfers=table([0, 1], [6, 7]))
    assert not write.called
    both = post_columns(actor=CHEN, at=AT, heads=HEADS, transfers=table([0, 1], [5, 7]))
    assert both[0] == first[0]
    assert [row.total_micro for row in both] == [5, 7]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("entry_id", "999999"),
        ("credit_id", "999999"),
        ("credit_id", "(SELECT min(id) FROM ledger_account WHERE currency = 'PKR')"),
        ("id", "id + 2"),
    ],
)
def test_the_database_refuses_a_transfer_that_fits_no_entry(column: str, value: str) -> None:
    drafts = [
        EntryDraft(currency, "test", DAY, currency, (TransferDraft("bank", "fund/a", 5),))
        for currency in ("EUR", "PKR")
    ]
    first, _ = post_entries(actor=CHEN, at=AT, drafts=drafts)
    values = {"id": "id + 2", "entry_id": "entry_id", "debit_id": "debit_id", "credit_id": "credit_id", column: value}
    statement = (
        f"INSERT INTO ledger_transfer ({', '.join(values)}, amount_micro)"
        f" SELECT {', '.join(values.values())}, 7 FROM ledger_transfer WHERE entry_id = %s"
    )
    with pytest.raises(IntegrityError, match="does not fit"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [first.id])
    assert Transfer.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        ({}, False),
        ({"entry_id": 999_999}, True),
        ({"debit_id": 999_999}, True),
        ({"credit_id": 999_999}, True),
        ({"debit_id": "PKR"}, True),
        ({"credit_id": "PKR"}, True),
        ({"id": 999_999}, True),
    ],
)
def test_one_stray_among_many_rows_of_a_statement_is_refused(fault: dict[str, int | str], refused: bool) -> None:
    """An entry that reserved three numbers is made by hand; the third of its transfers has one fault."""
    drafts = [
        EntryDraft(currency, "test", DAY, currency, (TransferDraft("bank", "fund/a", 5),))
        for currency in ("EUR", "PKR")
    ]
    post_entries(actor=CHEN, at=AT, drafts=drafts)
    entry, first = Entry.objects.order_by("-id").first(), Transfer.objects.order_by("-id").first()
    assert entry is not None
    assert first is not None
    number = first.pk + 1
    entry.pk, entry.idempotency_key, entry.currency = entry.pk + 1, "by hand", "EUR"
    entry.first_transfer, entry.transfer_count = number, 3
    entry.save(force_insert=True)
    account = {(row.code, row.currency): row.pk for row in Account.objects.all()}
    debit, credit = account["bank", "EUR"], account["fund/a", "EUR"]
    rows = [
        {"id": number + place, "entry_id": entry.pk, "debit_id": debit, "credit_id": credit, "amount_micro": 7}
        for place in range(3)
    ]
    stranger = {"debit_id": account["bank", "PKR"], "credit_id": account["fund/a", "PKR"]}
    rows[2] |= {name: stranger[name] if value == "PKR" else int(value) for name, value in fault.items()}
    if refused:
        with pytest.raises(IntegrityError, match="does not fit"), transaction.atomic():
            Transfer.objects.bulk_create([Transfer(**row) for row in rows])
    else:
        Transfer.objects.bulk_create([Transfer(**row) for row in rows])
    assert Transfer.objects.count() == (2 if refused else 5)


@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**63 - 1)), max_size=20))
def test_numbers_are_spelt_as_copy_binary_reads_them(rows: list[tuple[int, int]]) -> None:
    columns = [np.array([row[place] for row in rows], np.int64) for place in range(2)]
    spelt = b"".join(binary_rows(columns))
    assert spelt.startswith(b"PGCOPY\n\xff\r\n\0" + bytes(8))
    assert spelt.endswith(b"\xff\xff")
    body = spelt[19:-2]
    found = [struct.unpack(">hiqiq", body[at : at + 26]) for at in range(0, len(body), 26)]
    assert found == [(2, 8, one, 8, other) for one, other in rows]
