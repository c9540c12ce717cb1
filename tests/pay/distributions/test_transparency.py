"""The transparency report: every figure is the sum of its postings, and the year ties with difference 0."""

from datetime import UTC, date, datetime
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.pay.distributions.queries import funnels
from muniment.pay.distributions.queries.clocks import standings_on
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.transparency import (
    NoSuchYear,
    TransparencyReport,
    postings_of,
    transparency_report,
)
from muniment.pay.distributions.rules.figures import FigureKey
from muniment.trust.ledger.queries import origins
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, dimensions_text
from muniment.trust.ledger.services import post_entries, reverse_entry
from tests.cast import CHEN

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
EURO = 1_000_000
RADIO, LIVE = "fund/radio/LIC-1/2025-Q4", "fund/live/LIC-2/2026"

pytestmark = pytest.mark.django_db


def book(key: str, kind: str, on: date, *moved: tuple[str, str, int], said: str = "") -> int:
    """Book transfers of whole euros and return the entry's number."""
    transfers = tuple(TransferDraft(debit, credit, euros * EURO) for debit, credit, euros in moved)
    draft = EntryDraft(key, kind, on, "EUR", transfers, dimensions=said)
    return post_entries(actor=CHEN, at=AT, drafts=[draft])[0].id


def figure(report: TransparencyReport, line: str, **told: object) -> int:
    """Return whole euros of the figures of a line that are told apart as asked."""
    found = [
        row.amount_micro
        for row in report.line(line)
        if all(getattr(row.key, name) == value for name, value in told.items())
    ]
    return sum(found) // EURO


def a_year() -> None:
    """Book two funds received, distributed and partly paid, over two years, with costs."""
    book("in/1", "receipt", date(2025, 11, 5), ("receivable/3", "billed/radio/LIC-1/2025-Q4", 1_000))
    book(
        "in/2",
        "receipt",
        date(2025, 12, 5),
        ("bank", "receivable/3", 1_000),
        ("billed/radio/LIC-1/2025-Q4", RADIO, 1_000),
    )
    book("in/3", "receipt", date(2026, 1, 5), ("bank", LIVE, 500))
    book(
        "distribution/1/pool/1", "distribution", date(2026, 3, 1),
        (RADIO, "deduction/administration", 150), (RADIO, "deduction/social", 50),
        (RADIO, "held/UNMATCHED/run-1-pool-1", 200), (RADIO, "payable/7", 400), (RADIO, "held/NO_PAYEE/party-8", 200),
    )  # fmt: skip
    book("distribution/2/pool/1", "distribution", date(2026, 6, 1), (LIVE, "payable/7", 300), (LIVE, "payable/9", 200))
    book(
        "payment-batch/1",
        "payment order",
        date(2026, 7, 1),
        ("payable/7", "transit/1", 500),
        ("payable/9", "transit/1", 200),
    )
    book("payment/a/paid", "payment paid", date(2026, 7, 3), ("transit/1", "bank", 500))
    book("payment/b/returned", "payment returned", date(2026, 7, 4), ("transit/1", "payable/9", 200))
    said = dimensions_text({"right": "PR", "use": "radio"})
    book("cost/1", "cost", date(2026, 5, 1), ("cost/operating/staff", "bank", 20), said=said)
    book("cost/2", "cost", date(2026, 5, 1), ("cost/operating/rent", "bank", 60), ("cost/social/pensions", "bank", 10))
    book("inv/1", "investment income", date(2026, 8, 1), ("bank", "investment/deposits", 5))


def test_a_year_is_told_by_use_and_year_and_every_figure_opens_to_its_postings() -> None:
    a_year()
    report = transparency_report(2026)
    assert report.ties
    assert {check.name for check in report.checks} >= {"flow:paid", "closing", "account_of_the_year", "cash"}
    assert figure(report, "opening") == 1_000
    assert (figure(report, "revenue"), figure(report, "revenue", use="live")) == (500, 500)
    assert figure(report, "deduction", use="radio", detail="social") == 50
    assert (figure(report, "attributed", use="radio"), figure(report, "attributed", use="live")) == (600, 500)
    # 7 was paid 500 of 700: the oldest layers first, so all 400 of radio and 100 of live
    assert (figure(report, "paid", use="radio"), figure(report, "paid", use="live")) == (400, 100)
    assert figure(report, "not_attributed", year=2025, detail="UNMATCHED") == 200
    assert figure(report, "unpaid", year=2025, detail="NO_PAYEE") == 200
    assert figure(report, "unpaid", year=2026, detail="payable") == 400
    assert figure(report, "late", year=2025) == 400
    assert figure(report, "late", year=2026) == 0
    assert {row.key.detail: row.amount_micro // EURO for row in report.line("social")} == {"taken": 50, "used": -10}
    for row in report.figures:
        rows, count, total_micro = postings_of(row.key, 2026)
        assert (total_micro, sum(found.amount_micro for found in rows)) == (row.amount_micro, row.amount_micro)
        assert count == len(rows) > 0
    before = transparency_report(2025)
    assert before.ties
    assert (figure(before, "revenue", use="radio"), figure(before, "closing")) == (1_000, 1_000)


def test_costs_are_shown_by_category_and_over_revenue() -> None:
    a_year()
    report = transparency_report(2026)
    ratios = {row.use: row for row in report.ratios}
    assert (ratios["live"].indirect_micro, ratios["live"].cost_ppm) == (60 * EURO, 120_000)
    assert (ratios["radio"].direct_micro, ratios["radio"].revenue_micro) == (20 * EURO, 0)
    assert ratios["radio"].cost_ppm is None
    cover = report.covers[0]
    assert (cover.fee_micro, cover.investment_micro, cover.cost_micro) == (150 * EURO, 5 * EURO, 80 * EURO)
    assert cover.left_micro == 75 * EURO
    assert sum(row.amount_micro for row in report.position) == 0
    assert report.counted.runs == ("1", "2")
    assert report.counted.payment_days == (date(2026, 7, 1),)


def test_a_reversed_distribution_leaves_no_trace_in_the_figures() -> None:
    a_year()
    entry = book("fee/3", "fee", date(2026, 9, 1), ("payable/7", "deduction/administration", 1))
    fund = book("in/9", "receipt", date(2026, 9, 1), ("bank", "fund/web/LIC-3/2026", 90))
    run = book(
        "distribution/4/pool/1", "distribution", date(2026, 9, 2),
        ("fund/web/LIC-3/2026", "payable/7", 60), ("fund/web/LIC-3/2026", "deduction/administration", 30),
    )  # fmt: skip
    for number in (run, entry):
        reverse_entry(actor=CHEN, at=AT, entry_id=number, key=f"back/{number}", booked_on=date(2026, 9, 3))
    report = transparency_report(2026)
    assert report.ties
    assert figure(report, "attributed", use="web") == 0
    assert figure(report, "deduction", use="web") == 0
    assert figure(report, "not_attributed", use="web", detail="fund") == 90
    assert fund


def test_a_year_that_is_none_is_refused() -> None:
    with pytest.raises(NoSuchYear, match="year 26"):
        transparency_report(26)


CODES = st.sampled_from(
    [
        "bank", "receivable/1", "billed/radio/L/2026", RADIO, LIVE, "fund/society/1", "payable/1", "payable/2",
        "held/UNMATCHED/run-1-pool-1", "held/BELOW_MIN/party-1", "transit/1", "vat", "tax/DE", "advance/1",
        "recoverable/2", "deduction/social", "deduction/administration", "writeoff", "exchange/EUR-PKR",
        "exchange_difference", "cost/operating/rent", "cost/social/fund", "investment/bonds",
    ]
)  # fmt: skip
MOVED = st.builds(TransferDraft, CODES, CODES, st.integers(1, 2**30)).filter(lambda moved: moved.debit != moved.credit)
ENTRIES = st.tuples(
    st.lists(MOVED, min_size=1, max_size=4),
    st.sampled_from(["EUR", "JPY"]),
    st.dates(date(2025, 6, 1), date(2027, 6, 1)),
    st.booleans(),
)


@settings(max_examples=15, deadline=None)
@given(bodies=st.lists(ENTRIES, max_size=8))
def test_whatever_is_booked_every_figure_ties(
    bodies: list[tuple[list[TransferDraft], str, date, bool]],
) -> None:
    with transaction.atomic():
        for place, (moved, currency, on, undone) in enumerate(bodies):
            draft = EntryDraft(f"distribution/{place}/pool/1", "distribution", on, currency, tuple(moved))
            entry = post_entries(actor=CHEN, at=AT, drafts=[draft])[0]
            if undone and on < date(2027, 5, 1):
                reverse_entry(actor=CHEN, at=AT, entry_id=entry.id, key=f"undo {place}", booked_on=on)
        report = transparency_report(2026)
        assert [check for check in report.checks if check.difference_micro] == []
        with mock.patch.object(origins, "LONG_BOOKS", -1), mock.patch.object(origins, "_TRANSFERS_AT_ONCE", 3):
            assert transparency_report(2026) == report
            assert [postings_of(row.key, 2026)[2] for row in report.figures[:3]] == [
                row.amount_micro for row in report.figures[:3]
            ]
            in_columns = (standings_on(date(2026, 9, 1), report_rules()), funnels.places_of_runs("compiled"))
        by_rules = (standings_on(date(2026, 9, 1), report_rules()), funnels.places_of_runs("by rules"))
        funnels.places_of_runs.cache_clear()
        assert in_columns == by_rules
        for row in report.figures[:6]:
            assert postings_of(row.key, 2026)[2] == row.amount_micro
        assert isinstance(postings_of(FigureKey("closing", "USD"), 2026)[0], tuple)
        transaction.set_rollback(True)
