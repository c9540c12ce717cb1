"""Invoices and receipts, and what they book.

invoice   Dr receivable/LICENSEE   Cr billed/FUND (net), Cr vat
receipt   Dr bank                  Cr receivable/LICENSEE
          Dr billed/FUND           Cr fund/FUND (the net part)
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import UserError
from muniment.trade.licensing.models import Invoice, InvoiceSeries, Receipt
from muniment.trade.licensing.queries import (
    InvoiceRow,
    LicenceRow,
    ReceiptRow,
    TariffRow,
    UnknownInvoice,
    get_invoice,
    get_licence,
    list_licences,
    receipt_row,
    tariff_in_force,
)
from muniment.trade.licensing.rules.fees import (
    NOTHING_DECLARED,
    Basis,
    FeeExplained,
    InvalidBasis,
    compute_fee,
    merge_basis,
    plain_basis,
    vat_of,
)
from muniment.trade.licensing.rules.invoices import (
    PAYMENT_DAYS,
    InvalidDates,
    InvalidReceipt,
    fund_code,
    invoice_number,
    net_of_receipt,
    period_name,
)
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.ledger import rules as books
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entry, reverse_entry


class AlreadyInvoiced(UserError):
    """The licence has an invoice for these days."""


class NotLicensed(UserError):
    """The period lies outside the licence."""


class InvoicePaid(UserError):
    """The invoice has receipts, so it cannot be cancelled, or is cancelled already."""


class DuplicateReceipt(UserError):
    """Money with this reference was posted before."""


class UnknownReceipt(UserError):
    """No receipt has this reference, or it is reversed already."""


class FundSpent(UserError):
    """The money of the receipt has been distributed."""


@dataclass(frozen=True, slots=True)
class IssueReport:
    """What issuing invoices for many licences gave: the invoices, and for the other licences the reason."""

    invoices: tuple[InvoiceRow, ...]
    refusals: tuple[tuple[str, UserError], ...]


@transaction.atomic
def issue_invoice(
    *,
    actor: Actor,
    at: datetime,
    licence_code: str,
    period_from: date,
    period_to: date,
    issued_on: date,
    due_on: date | None = None,
    declared: Basis = NOTHING_DECLARED,
) -> InvoiceRow:
    """Invoice a licence for a period whose last day is not included, by the tariff in force on its first day.

    `declared` overrides the agreed figures of the licence. The invoice is due after 30 days unless `due_on` is given.

    Raises:
        NotAllowed: the actor may not write licences.
        UnknownLicence, UnknownTariff: one of these does not exist.
        InvalidBasis: a figure is missing or negative, or the fee is nothing.
        InvalidDates, NotLicensed: the dates are in the wrong order, or outside the licence.
        AlreadyInvoiced: some of these days are invoiced; the message names the invoice.
    """
    require(actor, Action.LICENCE_WRITE)
    licence = get_licence(licence_code)
    due = issued_on + timedelta(days=PAYMENT_DAYS) if due_on is None else due_on
    _check_dates(licence, period_from, period_to, issued_on, due)
    tariff = tariff_in_force(licence.tariff_code, period_from)
    basis = merge_basis(licence.basis, declared)
    fee = compute_fee(tariff.terms, basis)
    if fee.amount_micro == 0:
        raise InvalidBasis("The fee is nothing, so there is nothing to invoice.", "Check the declared figures.")
    # The row of the series is locked from here, so two invoices for the same days cannot pass the check together.
    series = _lock_series(issued_on.year)
    _refuse_invoiced(licence, period_from, period_to)
    number = _next_number(series)
    invoice = _write_invoice(
        actor=actor,
        at=at,
        number=number,
        licence=licence,
        tariff=tariff,
        period=(period_from, period_to),
        issued_on=issued_on,
        due_on=due,
        basis=basis,
        fee=fee,
    )
    record_event(
        actor=actor,
        at=at,
        tag="invoice.issued",
        subject_kind="invoice",
        subject_id=number,
        after={
            "licence": licence.code,
            "tariff": f"{tariff.code}/{tariff.version}",
            "fund_code": invoice.fund_code,
            "amount_micro": invoice.amount_micro,
            "vat_micro": invoice.vat_micro,
            "entry_id": invoice.entry_id,
        },
    )
    return get_invoice(number)


def issue_invoices(
    *,
    actor: Actor,
    at: datetime,
    period_from: date,
    period_to: date,
    issued_on: date,
    due_on: date | None = None,
    licence_codes: Sequence[str] | None = None,
) -> IssueReport:
    """Invoice every licence in force on the first day of the period, or those named, each on its own.

    A licence that cannot be invoiced (its revenue is not declared, it is invoiced already) is told in the report and
    does not keep the others back.

    Raises:
        NotAllowed: the actor may not write licences.
        InvalidDates: the period has no day.
    """
    require(actor, Action.LICENCE_WRITE)
    period_name(period_from, period_to)
    codes = licence_codes or [licence.code for licence in list_licences(on=period_from)]
    invoices: list[InvoiceRow] = []
    refusals: list[tuple[str, UserError]] = []
    for code in codes:
        try:
            invoices.append(
                issue_invoice(
                    actor=actor,
                    at=at,
                    licence_code=code,
                    period_from=period_from,
                    period_to=period_to,
                    issued_on=issued_on,
                    due_on=due_on,
                )
            )
        except UserError as error:
            refusals.append((code, error))
    return IssueReport(tuple(invoices), tuple(refusals))


@transaction.atomic
def cancel_invoice(*, actor: Actor, at: datetime, number: str, on: date, reason: str) -> InvoiceRow:
    """Take back an invoice that nobody paid; its number stays used, and its days may be invoiced again.

    Raises:
        NotAllowed: the actor may not write licences.
        UnknownInvoice: there is none of this number.
        InvoicePaid: it has receipts, or is cancelled already.
        InvalidDates: `on` is before the issue.
    """
    require(actor, Action.LICENCE_WRITE)
    invoice = _locked_invoice(number)
    row = get_invoice(invoice.number)
    if row.cancelled_on:
        raise InvoicePaid(f"{number} was cancelled on {row.cancelled_on}.", "Nothing more needs to be done.")
    if row.paid_micro:
        raise InvoicePaid(f"{number} has receipts.", "Reverse its receipts first.")
    if on < invoice.issued_on:
        raise InvalidDates(f"{on} is before the invoice was issued.", "Give a later day.")
    reverse_entry(
        actor=actor,
        at=at,
        entry_id=invoice.entry_id,
        key=f"invoice/{invoice.number}/cancelled",
        booked_on=on,
        memo=reason,
        action=Action.LICENCE_WRITE,
    )
    invoice.cancelled_on, invoice.cancel_reason = on, reason[:300]
    invoice.save(update_fields=["cancelled_on", "cancel_reason"])
    record_event(
        actor=actor,
        at=at,
        tag="invoice.cancelled",
        subject_kind="invoice",
        subject_id=invoice.number,
        after={"on": on, "reason": reason},
    )
    return get_invoice(invoice.number)


@transaction.atomic
def receive_money(
    *,
    actor: Actor,
    at: datetime,
    invoice_number: str,
    amount_micro: int,
    currency: str,
    received_on: date,
    reference: str,
    intake_id: int | None = None,
) -> ReceiptRow:
    """Post money received for an invoice, whole or in part; the net part of it goes to the fund.

    Raises:
        NotAllowed: the actor may not receive money.
        UnknownInvoice: there is none of this number, or it is cancelled.
        InvalidReceipt: not positive, more than is open, of another currency, finer than the minor unit, or without a
            reference.
        InvalidDates: received before the invoice was issued.
        DuplicateReceipt: the reference was posted before; the message says when and for what.
    """
    require(actor, Action.MONEY_RECEIVE)
    invoice = _locked_invoice(invoice_number)
    _refuse_known_reference(reference)
    _check_receipt(invoice, amount_micro, currency, received_on)
    earlier = Receipt.objects.filter(invoice=invoice, reversed_on__isnull=True)
    received = list(earlier.values_list("amount_micro", "net_micro"))
    net_micro = net_of_receipt(
        amount_micro,
        net_micro=invoice.amount_micro,
        vat_micro=invoice.vat_micro,
        paid_micro=sum(amount for amount, _ in received),
        funded_micro=sum(net for _, net in received),
    )
    entry = post_entry(
        actor=actor,
        at=at,
        draft=_receipt_entry(invoice, reference.strip(), amount_micro, net_micro, received_on),
        action=Action.MONEY_RECEIVE,
    )
    receipt = Receipt.objects.create(
        invoice=invoice,
        reference=reference.strip(),
        amount_micro=amount_micro,
        net_micro=net_micro,
        received_on=received_on,
        entry_id=entry.id,
        intake_id=intake_id,
        recorded_by=actor.name,
        recorded_at=at,
    )
    record_event(
        actor=actor,
        at=at,
        tag="receipt.posted",
        subject_kind="receipt",
        subject_id=receipt.reference,
        after={"invoice": invoice.number, "amount_micro": amount_micro, "net_micro": net_micro, "entry_id": entry.id},
    )
    return receipt_row(receipt)


@transaction.atomic
def reverse_receipt(*, actor: Actor, at: datetime, reference: str, on: date, reason: str) -> ReceiptRow:
    """Take back a receipt that was posted wrongly or that the bank recalled; its reference stays used.

    Raises:
        NotAllowed: the actor may not receive money.
        UnknownReceipt: there is none, or it is reversed already.
        InvalidDates: `on` is before the money was received.
        FundSpent: the fund has been distributed, so its money is no longer there to take back.
    """
    require(actor, Action.MONEY_RECEIVE)
    receipt = Receipt.objects.select_for_update(of=("self",)).filter(reference=reference.strip()).first()
    if receipt is None:
        raise UnknownReceipt(f"No receipt has the reference {reference!r}.", "Look it up on its invoice.")
    if receipt.reversed_on:
        raise UnknownReceipt(f"It was reversed on {receipt.reversed_on}.", "Nothing more needs to be done.")
    if on < receipt.received_on:
        raise InvalidDates(f"{on} is before the money was received.", "Give a later day.")
    invoice = receipt.invoice
    if balance(books.fund(invoice.fund_code), invoice.currency) < receipt.net_micro:
        raise FundSpent(
            f"The fund {invoice.fund_code} holds less than this receipt gave to it.",
            "It has been distributed: settle the difference with the licensee in the next period.",
        )
    reverse_entry(
        actor=actor,
        at=at,
        entry_id=receipt.entry_id,
        key=f"receipt/{receipt.reference}/reversed",
        booked_on=on,
        memo=reason,
        action=Action.MONEY_RECEIVE,
    )
    receipt.reversed_on, receipt.reverse_reason = on, reason[:300]
    receipt.save(update_fields=["reversed_on", "reverse_reason"])
    record_event(
        actor=actor,
        at=at,
        tag="receipt.reversed",
        subject_kind="receipt",
        subject_id=receipt.reference,
        after={"on": on, "reason": reason},
    )
    return receipt_row(receipt)


def _check_dates(licence: LicenceRow, period_from: date, period_to: date, issued_on: date, due_on: date) -> None:
    period_name(period_from, period_to)
    if due_on < issued_on:
        raise InvalidDates(f"The invoice is due on {due_on}, before its issue.", "Let it be due later.")
    if period_from < licence.valid_from or (licence.valid_to is not None and period_to > licence.valid_to):
        raise NotLicensed(
            f"Licence {licence.code} runs from {licence.valid_from} to {licence.valid_to or 'its end'}.",
            "Invoice days within the licence.",
        )


def _refuse_invoiced(licence: LicenceRow, period_from: date, period_to: date) -> None:
    overlapping = Invoice.objects.filter(
        licence_id=licence.id, cancelled_on__isnull=True, period_from__lt=period_to, period_to__gt=period_from
    ).first()
    if overlapping is not None:
        raise AlreadyInvoiced(
            f"Licence {licence.code} is invoiced by {overlapping.number} from {overlapping.period_from}"
            f" up to {overlapping.period_to}.",
            f"Choose other days, or cancel {overlapping.number} first.",
        )


def _lock_series(year: int) -> InvoiceSeries:
    InvoiceSeries.objects.get_or_create(year=year, defaults={"last_number": 0})
    return InvoiceSeries.objects.select_for_update().get(year=year)


def _next_number(series: InvoiceSeries) -> str:
    series.last_number += 1
    series.save(update_fields=["last_number"])
    return invoice_number(series.year, series.last_number)


def _write_invoice(
    *,
    actor: Actor,
    at: datetime,
    number: str,
    licence: LicenceRow,
    tariff: TariffRow,
    period: tuple[date, date],
    issued_on: date,
    due_on: date,
    basis: Basis,
    fee: FeeExplained,
) -> Invoice:
    """Book the invoice and keep it with the steps of its fee."""
    fund = fund_code(licence.fund_kind, licence.licensee_code, *period)
    vat_micro = vat_of(fee.amount_micro, tariff.vat_ppm)
    owed = books.receivable(licence.licensee_id)
    transfers = [TransferDraft(owed, books.billed(fund), fee.amount_micro)]
    if vat_micro:
        transfers.append(TransferDraft(owed, books.vat(), vat_micro))
    draft = EntryDraft(f"invoice/{number}", "invoice", issued_on, tariff.currency, tuple(transfers), number)
    entry = post_entry(actor=actor, at=at, draft=draft, action=Action.LICENCE_WRITE)
    return Invoice.objects.create(
        number=number,
        licence_id=licence.id,
        tariff_id=tariff.id,
        fund_code=fund,
        currency=tariff.currency,
        period_from=period[0],
        period_to=period[1],
        basis=plain_basis(basis),
        steps=[list(astuple(step)) for step in fee.steps],
        amount_micro=fee.amount_micro,
        vat_ppm=tariff.vat_ppm,
        vat_micro=vat_micro,
        issued_on=issued_on,
        due_on=due_on,
        entry_id=entry.id,
        issued_by=actor.name,
        issued_at=at,
    )


def _locked_invoice(number: str) -> Invoice:
    found = Invoice.objects.select_for_update(of=("self",)).select_related("licence").filter(number=number.strip())
    invoice = found.first()
    if invoice is None:
        raise UnknownInvoice(f"No invoice has the number {number!r}.", "Look it up in the list of invoices.")
    return invoice


def _refuse_known_reference(reference: str) -> None:
    if not reference.strip():
        raise InvalidReceipt("The receipt has no reference.", "Give the bank's reference, which is never used twice.")
    first = Receipt.objects.select_related("invoice").filter(reference=reference.strip()).first()
    if first is not None:
        raise DuplicateReceipt(
            f"The reference {first.reference} was posted on {first.recorded_at:%Y-%m-%d} by {first.recorded_by}"
            f" for {first.invoice.number}.",
            "Nothing was changed. If it is other money, give its own reference.",
        )


def _check_receipt(invoice: Invoice, amount_micro: int, currency: str, received_on: date) -> None:
    if invoice.cancelled_on:
        raise UnknownInvoice(f"{invoice.number} was cancelled.", "Post the money to the invoice that replaced it.")
    if currency != invoice.currency:
        raise InvalidReceipt(
            f"The money is in {currency or 'no currency'}, and {invoice.number} is in {invoice.currency}.",
            "Post what the bank credited in the currency of the invoice.",
        )
    if amount_micro % MICRO_PER_CENT:
        raise InvalidReceipt("The amount is finer than a bank can pay.", "Give whole minor units, such as 12.34.")
    if received_on < invoice.issued_on:
        raise InvalidDates(
            f"The money came on {received_on}, before {invoice.number} was issued on {invoice.issued_on}.",
            "Correct the day, or post it to an earlier invoice.",
        )


def _receipt_entry(
    invoice: Invoice, reference: str, amount_micro: int, net_micro: int, received_on: date
) -> EntryDraft:
    transfers = [TransferDraft(books.bank(), books.receivable(invoice.licence.licensee_id), amount_micro)]
    if net_micro:
        transfers.append(TransferDraft(books.billed(invoice.fund_code), books.fund(invoice.fund_code), net_micro))
    return EntryDraft(
        f"receipt/{reference}", "receipt", received_on, invoice.currency, tuple(transfers), invoice.number
    )
