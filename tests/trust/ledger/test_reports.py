"""The trial balance by dimensions: what each posting counts under, and that every cut of it ties."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.ledger.queries.reports import balance_by
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, dimensions_text
from muniment.trust.ledger.rules.dimensions import DIMENSIONS, Posting, UnknownDimension, dimensions_named
from muniment.trust.ledger.services import post_entries
from tests.cast import CHEN

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
EURO = 1_000_000
RADIO = "fund/radio/LIC-1/2025-Q4"


def value(name: str, code: str, other: str = "bank", **facts: object) -> str:
    """Return what a posting counts under."""
    return DIMENSIONS[name].value(Posting(code, "liability", other, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "code", "other", "expected"),
    [
        ("account", "payable/7", RADIO, "payable/7"),
        ("word", "payable/7", RADIO, "payable"),
        ("owner", "payable/7", RADIO, "7"),
        ("owner", "held/NO_PAYEE/party-9", RADIO, "9"),
        ("owner", RADIO, "payable/7", ""),
        ("fund", "payable/7", RADIO, "radio/LIC-1/2025-Q4"),
        ("fund", "payable/7", "transit/1", ""),
        ("use", "payable/7", RADIO, "radio"),
        ("counterparty", "payable/7", RADIO, "LIC-1"),
        ("counterparty", "bank", "receivable/3", "3"),
        ("collection_year", "payable/7", RADIO, "2025"),
        ("collection_year", "payable/7", "fund/radio/LIC-2024/none", ""),
        ("reason", "held/DISPUTE/run-4-pool-1", RADIO, "DISPUTE"),
        ("run", "held/DISPUTE/run-4-pool-1", RADIO, "4"),
        ("purpose", "deduction/social", RADIO, "social"),
        ("purpose", "payable/7", "deduction/social", ""),
    ],
)
def test_a_posting_has_a_value_in_each_dimension(name: str, code: str, other: str, expected: str) -> None:
    assert value(name, code, other) == expected


def test_what_the_entry_says_comes_first() -> None:
    said = dimensions_text({"run": "12", "right": "PR", "use": "live", "counterparty": "X", "collection_year": "2020"})
    assert [value(name, "payable/7", RADIO, dimensions=said) for name in ("run", "right", "use", "counterparty")] == [
        "12",
        "PR",
        "live",
        "X",
    ]
    assert value("collection_year", RADIO, dimensions=said) == "2020"
    assert value("run", "payable/7", RADIO, key="distribution/8/pool/1") == "8"
    assert value("month", RADIO, booked_on=date(2026, 3, 31)) == "2026-03"


def test_an_unknown_dimension_is_refused_by_its_name() -> None:
    assert [dimension.name for dimension in dimensions_named("fund, collection-year,fund")] == [
        "fund",
        "collection_year",
    ]
    with pytest.raises(UnknownDimension, match="'colour'"):
        dimensions_named("fund,colour")
    with pytest.raises(UnknownDimension, match="No dimension"):
        dimensions_named(" , ")


@pytest.mark.django_db
def test_a_quarter_by_purpose_and_fund() -> None:
    moved = (
        TransferDraft(RADIO, "deduction/administration", 15 * EURO),
        TransferDraft(RADIO, "payable/7", 80 * EURO),
        TransferDraft(RADIO, "held/UNMATCHED/run-1-pool-1", 5 * EURO),
    )
    drafts = [
        EntryDraft("receipt", "receipt", date(2026, 1, 5), "EUR", (TransferDraft("bank", RADIO, 100 * EURO),)),
        EntryDraft("distribution/1/pool/1", "distribution", date(2026, 3, 31), "EUR", moved),
    ]
    post_entries(actor=CHEN, at=AT, drafts=drafts)
    rows = balance_by(dimensions_named("fund,word"), currency="EUR")
    assert {row.values: -row.difference_micro // EURO for row in rows} == {
        ("radio/LIC-1/2025-Q4", "bank"): -100,
        ("radio/LIC-1/2025-Q4", "deduction"): 15,
        ("radio/LIC-1/2025-Q4", "fund"): 0,
        ("radio/LIC-1/2025-Q4", "held"): 5,
        ("radio/LIC-1/2025-Q4", "payable"): 80,
    }
    assert {row.values for row in balance_by(dimensions_named("run"))} == {("",), ("1",)}
    spring = balance_by(dimensions_named("month"), booked_from=date(2026, 2, 1), booked_until=date(2026, 3, 31))
    assert [(row.values, row.difference_micro) for row in spring] == [(("2026-03",), 0)]


CODES = st.sampled_from(["bank", RADIO, "fund/live/LIC-2/2026", "payable/1", "payable/2", "vat", "deduction/social"])
MOVED = st.builds(TransferDraft, CODES, CODES, st.integers(1, 2**40)).filter(lambda moved: moved.debit != moved.credit)


@pytest.mark.django_db
@settings(max_examples=15)
@given(
    bodies=st.lists(st.tuples(st.lists(MOVED, min_size=1, max_size=4), st.sampled_from(["EUR", "JPY"])), max_size=6),
    names=st.lists(st.sampled_from(sorted(DIMENSIONS)), min_size=1, max_size=3),
)
def test_every_cut_ties_with_difference_0(bodies: list[tuple[list[TransferDraft], str]], names: list[str]) -> None:
    with transaction.atomic():
        drafts = [
            EntryDraft(f"k{place}", "test", AT.date(), currency, tuple(moved))
            for place, (moved, currency) in enumerate(bodies)
        ]
        post_entries(actor=CHEN, at=AT, drafts=drafts)
        rows = balance_by(dimensions_named(",".join(names)))
        for currency in ("EUR", "JPY"):
            total = sum(moved.amount_micro for body, money in bodies if money == currency for moved in body)
            assert sum(row.debit_micro for row in rows if row.currency == currency) == total
            assert sum(row.difference_micro for row in rows if row.currency == currency) == 0
        transaction.set_rollback(True)
