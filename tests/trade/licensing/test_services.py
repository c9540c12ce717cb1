"""Licences, invoices and receipts, and what the ledger says of them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.territory import UnknownTerritory
from muniment.trade.licensing import queries, services
from muniment.trade.licensing.queries import InvoiceRow
from muniment.trade.licensing.rules.fees import Basis, InvalidBasis
from muniment.trade.licensing.rules.invoices import InvalidDates, InvalidReceipt
from muniment.trust.access.rules import NotAllowed
from muniment.trust.ledger.queries import balance, trial_balance
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA

AT = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
Q3 = (date(2026, 7, 1), date(2026, 10, 1))
ISSUED = date(2026, 10, 2)
M = 1_000_000
TARIFFS = (Path(__file__).parent / "tariffs.toml").read_text(encoding="utf-8")
FUND = "radio/LIC-1/2026-Q3"
DECLARED = Basis(revenue_micro=10_000_000 * M)


def licensed(code: str = "LIC-1", tariff: str = "RADIO", basis: Basis = DECLARED) -> str:
    services.publish_tariffs(actor=CHEN, at=AT, text=TARIFFS)
    licensee = services.register_licensee(actor=CHEN, at=AT, name=f"Radio {code} (invented)", code=code)
    licence = services.grant_licence(
        actor=CHEN, at=AT, licensee_id=licensee, tariff_code=tariff, valid_from=date(2026, 1, 1), basis=basis
    )
    return licence.code


def invoiced(licence_code: str) -> InvoiceRow:
    return services.issue_invoice(
        actor=CHEN, at=AT, licence_code=licence_code, period_from=Q3[0], period_to=Q3[1], issued_on=ISSUED
    )


def paid(number: str, amount_micro: int, reference: str, on: date = date(2026, 10, 20)) -> queries.ReceiptRow:
    return services.receive_money(
        actor=FARIDA,
        at=AT,
        invoice_number=number,
        amount_micro=amount_micro,
        currency="PKR",
        received_on=on,
        reference=reference,
    )


@pytest.mark.django_db
def test_an_invoice_books_what_is_owed_billed_and_taxed() -> None:
    invoice = invoiced(licensed())
    assert (invoice.number, invoice.fund_code, invoice.state) == ("INV-2026-00001", FUND, "open")
    assert (invoice.amount_micro, invoice.vat_micro) == (350_000 * M, 56_000 * M)
    assert invoice.due_on == date(2026, 11, 1)
    assert [step.rule for step in invoice.steps] == ["share"]
    assert balance(f"receivable/{invoice.licensee_id}", "PKR") == 406_000 * M
    assert balance(f"billed/{FUND}", "PKR") == 350_000 * M
    assert balance("vat", "PKR") == 56_000 * M
    assert balance(f"fund/{FUND}", "PKR") == 0


@pytest.mark.django_db
def test_receipts_fill_the_fund_with_the_net_part() -> None:
    invoice = invoiced(licensed())
    first = paid(invoice.number, 203_000 * M, "BANK-1")
    assert first.net_micro == 175_000 * M
    assert queries.get_invoice(invoice.number).state == "partly paid"
    paid(invoice.number, 203_000 * M, "BANK-2")
    settled = queries.get_invoice(invoice.number)
    assert (settled.state, settled.open_micro) == ("paid", 0)
    assert balance("bank", "PKR") == 406_000 * M
    assert balance(f"receivable/{invoice.licensee_id}", "PKR") == 0
    assert balance(f"billed/{FUND}", "PKR") == 0
    [fund] = queries.funds()
    assert (fund.fund_code, fund.balance_micro, fund.billed_micro) == (FUND, 350_000 * M, 0)
    assert (fund.licensee_code, fund.period_from, fund.period_to) == ("LIC-1", *Q3)


@pytest.mark.django_db
def test_the_same_reference_is_refused_with_a_pointer_to_the_first() -> None:
    invoice = invoiced(licensed())
    paid(invoice.number, 1_000 * M, "BANK-1")
    with pytest.raises(services.DuplicateReceipt, match="2026-10-02 by farida for INV-2026-00001"):
        paid(invoice.number, 1_000 * M, " BANK-1 ")
    assert balance("bank", "PKR") == 1_000 * M


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount_micro", "currency", "on", "error"),
    [
        (-5 * M, "PKR", date(2026, 10, 20), InvalidReceipt),
        (0, "PKR", date(2026, 10, 20), InvalidReceipt),
        (406_001 * M, "PKR", date(2026, 10, 20), InvalidReceipt),
        (5 * M, "EUR", date(2026, 10, 20), InvalidReceipt),
        (5 * M + 1, "PKR", date(2026, 10, 20), InvalidReceipt),
        (5 * M, "PKR", date(2026, 10, 1), InvalidDates),
    ],
)
def test_impossible_receipts_are_refused(amount_micro: int, currency: str, on: date, error: type[UserError]) -> None:
    invoice = invoiced(licensed())
    with pytest.raises(error):
        services.receive_money(
            actor=FARIDA,
            at=AT,
            invoice_number=invoice.number,
            amount_micro=amount_micro,
            currency=currency,
            received_on=on,
            reference="BANK-1",
        )
    assert balance("bank", "PKR") == 0
    assert queries.list_receipts() == ()


@pytest.mark.django_db
def test_a_receipt_without_a_reference_or_an_invoice_is_refused() -> None:
    invoice = invoiced(licensed())
    with pytest.raises(InvalidReceipt, match="no reference"):
        paid(invoice.number, 5 * M, "  ")
    with pytest.raises(queries.UnknownInvoice):
        paid("INV-2026-09999", 5 * M, "BANK-1")


@pytest.mark.django_db
def test_a_reversed_receipt_leaves_the_books_as_before() -> None:
    invoice = invoiced(licensed())
    before = trial_balance()
    paid(invoice.number, 100_001 * 10_000, "BANK-1")
    reversed_ = services.reverse_receipt(
        actor=FARIDA, at=AT, reference="BANK-1", on=date(2026, 10, 25), reason="recalled"
    )
    assert reversed_.reversed_on == date(2026, 10, 25)
    after = {row.code: row.balance_micro for row in trial_balance()}
    assert {row.code: row.balance_micro for row in before} | {"bank": 0, f"fund/{FUND}": 0} == after
    assert queries.get_invoice(invoice.number).open_micro == 406_000 * M
    with pytest.raises(services.UnknownReceipt, match="reversed on"):
        services.reverse_receipt(actor=FARIDA, at=AT, reference="BANK-1", on=date(2026, 10, 26), reason="again")
    with pytest.raises(services.DuplicateReceipt):
        paid(invoice.number, 5 * M, "BANK-1")


@pytest.mark.django_db
def test_a_receipt_is_not_reversed_before_it_came() -> None:
    paid(invoiced(licensed()).number, 5 * M, "BANK-1")
    with pytest.raises(InvalidDates):
        services.reverse_receipt(actor=FARIDA, at=AT, reference="BANK-1", on=date(2026, 10, 1), reason="slip")


@pytest.mark.django_db
def test_the_same_days_are_invoiced_once() -> None:
    licence = licensed()
    invoiced(licence)
    with pytest.raises(services.AlreadyInvoiced, match="INV-2026-00001"):
        services.issue_invoice(
            actor=CHEN,
            at=AT,
            licence_code=licence,
            period_from=date(2026, 9, 1),
            period_to=date(2026, 12, 1),
            issued_on=ISSUED,
        )
    assert queries.list_invoices().total == 1


@pytest.mark.django_db
def test_numbers_have_no_gaps_though_invoices_fail() -> None:
    one, two = licensed("LIC-1"), licensed("LIC-2", basis=Basis())
    three = licensed("LIC-3", "BAR", Basis(area_dm2=12_000, days=92))
    report = services.issue_invoices(actor=CHEN, at=AT, period_from=Q3[0], period_to=Q3[1], issued_on=ISSUED)
    assert [invoice.licence_code for invoice in report.invoices] == [one, three]
    assert [invoice.number for invoice in report.invoices] == ["INV-2026-00001", "INV-2026-00002"]
    [(code, error)] = report.refusals
    assert code == two
    assert "revenue" in error.message
    again = services.issue_invoices(actor=CHEN, at=AT, period_from=Q3[0], period_to=Q3[1], issued_on=ISSUED)
    assert again.invoices == ()
    assert len(again.refusals) == 3


@pytest.mark.django_db
def test_a_cancelled_invoice_leaves_nothing_and_its_days_free() -> None:
    licence = licensed()
    first = invoiced(licence)
    cancelled = services.cancel_invoice(actor=CHEN, at=AT, number=first.number, on=ISSUED, reason="wrong revenue")
    assert (cancelled.state, cancelled.open_micro) == ("cancelled", 0)
    assert balance(f"receivable/{first.licensee_id}", "PKR") == 0
    assert queries.funds() == []
    second = invoiced(licence)
    assert second.number == "INV-2026-00002"
    paid(second.number, 5 * M, "BANK-1")
    with pytest.raises(services.InvoicePaid):
        services.cancel_invoice(actor=CHEN, at=AT, number=second.number, on=ISSUED, reason="slip")
    with pytest.raises(services.InvoicePaid):
        services.cancel_invoice(actor=CHEN, at=AT, number=first.number, on=ISSUED, reason="twice")


@pytest.mark.django_db
def test_arrears_are_as_of_the_day() -> None:
    invoice = invoiced(licensed())
    paid(invoice.number, 100_000 * M, "BANK-1", on=date(2026, 11, 10))
    assert queries.arrears(date(2026, 11, 1)) == ()
    [early] = queries.arrears(date(2026, 11, 5))
    assert (early.open_micro, early.days_late) == (406_000 * M, 4)
    [late] = queries.arrears(date(2026, 12, 1))
    assert (late.paid_micro, late.open_micro, late.days_late) == (100_000 * M, 306_000 * M, 30)
    services.reverse_receipt(actor=FARIDA, at=AT, reference="BANK-1", on=date(2026, 12, 5), reason="recalled")
    assert queries.arrears(date(2026, 12, 1)) == (late,)
    assert queries.arrears(date(2026, 12, 6))[0].open_micro == 406_000 * M


@pytest.mark.django_db
def test_a_new_version_counts_from_its_first_day_and_the_old_one_stays() -> None:
    licence = licensed()
    raised = TARIFFS.replace('percent = "3.5"', 'percent = "5"').replace("2026-01-01", "2026-10-01")
    services.publish_tariffs(actor=CHEN, at=AT, text=raised)
    assert [row.version for row in queries.list_tariffs(code="RADIO")] == [2, 1]
    assert invoiced(licence).tariff_version == 1
    later = services.issue_invoice(
        actor=CHEN,
        at=AT,
        licence_code=licence,
        period_from=date(2026, 10, 1),
        period_to=date(2027, 1, 1),
        issued_on=ISSUED,
    )
    assert (later.tariff_version, later.amount_micro) == (2, 500_000 * M)


@pytest.mark.django_db
def test_publishing_the_same_tariff_again_changes_nothing() -> None:
    first = services.publish_tariffs(actor=CHEN, at=AT, text=TARIFFS)
    assert services.publish_tariffs(actor=CHEN, at=AT, text=TARIFFS) == first
    assert len(queries.list_tariffs()) == 2


@pytest.mark.django_db
def test_what_cannot_be_granted_or_invoiced_is_refused() -> None:
    licence = licensed()
    licensee = queries.get_licence(licence).licensee_id
    grant = {"actor": CHEN, "at": AT, "licensee_id": licensee, "tariff_code": "RADIO", "valid_from": date(2026, 1, 1)}
    for error, change in (
        (queries.UnknownTariff, {"tariff_code": "HARP"}),
        (queries.UnknownTariff, {"valid_from": date(2025, 1, 1)}),
        (InvalidDates, {"valid_to": date(2025, 12, 1)}),
        (InvalidBasis, {"basis": Basis(seats=-1)}),
        (UnknownTerritory, {"territory": 9999}),
        (services.DuplicateLicence, {"code": licence}),
        (UserError, {"licensee_id": licensee + 999}),
    ):
        with pytest.raises(error):
            services.grant_licence(**(grant | change))  # type: ignore[arg-type]
    issue = {
        "actor": CHEN,
        "at": AT,
        "licence_code": licence,
        "period_from": Q3[0],
        "period_to": Q3[1],
        "issued_on": ISSUED,
    }
    for error, change in (
        (queries.UnknownLicence, {"licence_code": "L-none"}),
        (InvalidDates, {"period_to": Q3[0]}),
        (InvalidDates, {"due_on": date(2026, 9, 1)}),
        (services.NotLicensed, {"period_from": date(2025, 10, 1), "period_to": date(2026, 1, 1)}),
        (InvalidBasis, {"declared": Basis(revenue_micro=-1)}),
    ):
        with pytest.raises(error):
            services.issue_invoice(**(issue | change))  # type: ignore[arg-type]
    assert queries.list_invoices().total == 0


@pytest.mark.django_db
def test_only_the_roles_that_carry_it_may_act() -> None:
    invoice = invoiced(licensed())
    for actor in (AIGUL, DEWI, ERLAN):
        with pytest.raises(NotAllowed):
            services.publish_tariffs(actor=actor, at=AT, text=TARIFFS)
        with pytest.raises(NotAllowed):
            services.register_licensee(actor=actor, at=AT, name="Nobody")
        with pytest.raises(NotAllowed):
            services.issue_invoices(actor=actor, at=AT, period_from=Q3[0], period_to=Q3[1], issued_on=ISSUED)
        with pytest.raises(NotAllowed):
            services.receive_money(
                actor=actor,
                at=AT,
                invoice_number=invoice.number,
                amount_micro=10_000,
                currency="PKR",
                received_on=ISSUED,
                reference="X",
            )
        with pytest.raises(NotAllowed):
            services.cancel_invoice(actor=actor, at=AT, number=invoice.number, on=ISSUED, reason="")


class LedgerTies(TestCase):
    """Whatever is received and reversed, the ledger and the invoices say the same."""

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.tuples(st.integers(1, 40_600_000), st.booleans()), min_size=1, max_size=6))
    def test_the_ledger_and_the_invoices_say_the_same(self, acts: list[tuple[int, bool]]) -> None:
        invoice = invoiced(licensed())
        for number, (cents, take_back) in enumerate(acts):
            open_micro = queries.get_invoice(invoice.number).open_micro
            amount = min(cents * 10_000, open_micro)
            if amount:
                paid(invoice.number, amount, f"BANK-{number}")
                if take_back:
                    services.reverse_receipt(
                        actor=FARIDA, at=AT, reference=f"BANK-{number}", on=date(2026, 11, 1), reason="recalled"
                    )
        row = queries.get_invoice(invoice.number)
        live = [receipt for receipt in queries.list_receipts() if receipt.reversed_on is None]
        assert balance("bank", "PKR") == row.paid_micro == sum(receipt.amount_micro for receipt in live)
        assert balance(f"receivable/{invoice.licensee_id}", "PKR") == row.open_micro
        funded = sum(receipt.net_micro for receipt in live)
        assert balance(f"fund/{FUND}", "PKR") == funded
        assert balance(f"billed/{FUND}", "PKR") == row.amount_micro - funded
        if row.open_micro == 0:
            assert funded == row.amount_micro
        debits = sum(line.debit_micro for line in trial_balance())
        assert debits == sum(line.credit_micro for line in trial_balance())
