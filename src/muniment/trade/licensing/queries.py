"""Reads of licensing: frozen rows out. Amounts are micro-units of the row's currency."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum

from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import names_of
from muniment.trade.licensing.models import Invoice, Licence, Receipt, Tariff
from muniment.trade.licensing.rules.fees import Basis, FeeStep, kept_basis
from muniment.trade.licensing.rules.tariffs import TariffTerms, kept_terms
from muniment.trust.ledger.queries import trial_balance


class UnknownTariff(UserError):
    """No tariff has this code, or none is in force on the day."""


class UnknownLicence(UserError):
    """No licence has this number."""


class UnknownInvoice(UserError):
    """No invoice has this number."""


@dataclass(frozen=True, slots=True)
class TariffRow:
    """One version of a tariff."""

    id: int
    code: str
    version: int
    title: str
    currency: str
    fund_kind: str
    vat_ppm: int
    terms: TariffTerms
    valid_from: date
    valid_to: date | None
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class LicenceRow:
    """A licence; `basis` holds the agreed figures (an area, seats), used where a period declares nothing else."""

    id: int
    code: str
    licensee_id: int
    licensee_code: str
    licensee_name: str
    tariff_code: str
    fund_kind: str
    territory: int
    right: str
    basis: Basis
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice, what was paid of it and what is open; a cancelled invoice has nothing open."""

    id: int
    number: str
    licence_id: int
    licence_code: str
    licensee_id: int
    licensee_code: str
    licensee_name: str
    tariff_id: int
    tariff_code: str
    tariff_version: int
    fund_code: str
    currency: str
    period_from: date
    period_to: date
    basis: Basis
    steps: tuple[FeeStep, ...]
    amount_micro: int
    vat_ppm: int
    vat_micro: int
    issued_on: date
    due_on: date
    cancelled_on: date | None
    cancel_reason: str
    entry_id: int
    paid_micro: int

    @property
    def total_micro(self) -> int:
        """The amount to be paid, tax included."""
        return self.amount_micro + self.vat_micro

    @property
    def open_micro(self) -> int:
        """What is still to be paid."""
        return 0 if self.cancelled_on else self.total_micro - self.paid_micro

    @property
    def state(self) -> str:
        """One of cancelled, paid, partly paid, open."""
        if self.cancelled_on:
            return "cancelled"
        if self.open_micro == 0:
            return "paid"
        return "partly paid" if self.paid_micro else "open"


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Money received for an invoice."""

    id: int
    invoice_id: int
    invoice_number: str
    reference: str
    currency: str
    amount_micro: int
    net_micro: int
    received_on: date
    reversed_on: date | None
    reverse_reason: str
    entry_id: int
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ArrearRow:
    """An invoice that was due and not wholly paid on a day."""

    number: str
    licensee_id: int
    licensee_code: str
    licensee_name: str
    currency: str
    total_micro: int
    paid_micro: int
    open_micro: int
    due_on: date
    days_late: int


@dataclass(frozen=True, slots=True)
class FundRow:
    """The money received for a fund and not distributed yet, and what is still to come in for it."""

    fund_code: str
    fund_kind: str
    currency: str
    balance_micro: int
    billed_micro: int
    licensee_id: int
    licensee_code: str
    licensee_name: str
    period_from: date
    period_to: date
    territory: int
    right: str


def list_tariffs(*, code: str | None = None) -> tuple[TariffRow, ...]:
    """Return every version of every tariff (or of one) by code, newest version first."""
    found = Tariff.objects.order_by("code", "-version")
    return tuple(tariff_row(tariff) for tariff in (found if code is None else found.filter(code=code)))


def get_tariff(tariff_id: int) -> TariffRow:
    """Return one version of a tariff.

    Raises:
        UnknownTariff: there is no such version.
    """
    tariff = Tariff.objects.filter(pk=tariff_id).first()
    if tariff is None:
        raise UnknownTariff(f"No tariff has the number {tariff_id}.", "Look it up in the list of tariffs.")
    return tariff_row(tariff)


def tariff_in_force(code: str, on: date) -> TariffRow:
    """Return the version in force on a day: of those valid then, the one published last.

    Raises:
        UnknownTariff: none is.
    """
    valid = Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))
    tariff = Tariff.objects.filter(valid, code=code).order_by("-version").first()
    if tariff is None:
        raise UnknownTariff(
            f"No version of the tariff {code!r} is in force on {on}.", "Publish one, or choose another day."
        )
    return tariff_row(tariff)


def list_licences(*, licensee_id: int | None = None, on: date | None = None) -> tuple[LicenceRow, ...]:
    """Return licences by number: all, those of one licensee, those in force on a day."""
    found = Licence.objects.order_by("code")
    if licensee_id is not None:
        found = found.filter(licensee_id=licensee_id)
    if on is not None:
        found = found.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on), valid_from__lte=on)
    licences = list(found)
    names = names_of(licence.licensee_id for licence in licences)
    return tuple(_licence_row(licence, names) for licence in licences)


def get_licence(code: str) -> LicenceRow:
    """Return the licence of this number.

    Raises:
        UnknownLicence: there is none.
    """
    licence = Licence.objects.filter(code=code.strip()).first()
    if licence is None:
        raise UnknownLicence(f"No licence has the number {code!r}.", "Look it up in the list of licences.")
    return _licence_row(licence, names_of([licence.licensee_id]))


def list_invoices(
    *, licensee_id: int | None = None, licence_id: int | None = None, limit: int = 50, offset: int = 0
) -> Page[InvoiceRow]:
    """Return invoices, newest first: all, those of one licensee, those of one licence."""
    found = Invoice.objects.order_by("-id")
    if licensee_id is not None:
        found = found.filter(licence__licensee_id=licensee_id)
    if licence_id is not None:
        found = found.filter(licence_id=licence_id)
    return Page(invoice_rows(found, limit=limit, offset=offset), found.count())


def get_invoice(number: str) -> InvoiceRow:
    """Return the invoice of this number.

    Raises:
        UnknownInvoice: there is none.
    """
    rows = invoice_rows(Invoice.objects.filter(number=number.strip()))
    if not rows:
        raise UnknownInvoice(f"No invoice has the number {number!r}.", "Look it up in the list of invoices.")
    return rows[0]


def invoices_of_fund(fund_code: str) -> tuple[InvoiceRow, ...]:
    """Return the invoices that fill a fund, oldest first, cancelled ones left out."""
    return invoice_rows(Invoice.objects.filter(fund_code=fund_code, cancelled_on__isnull=True).order_by("id"))


def list_receipts(*, invoice_id: int | None = None, limit: int = 50, offset: int = 0) -> tuple[ReceiptRow, ...]:
    """Return receipts, newest first: all, or those of one invoice."""
    found = Receipt.objects.select_related("invoice").order_by("-id")
    if invoice_id is not None:
        found = found.filter(invoice_id=invoice_id)
    return tuple(receipt_row(receipt) for receipt in found[offset : offset + limit])


def arrears(on: date) -> tuple[ArrearRow, ...]:
    """Return what was due before `on` and not wholly paid by then, the longest overdue first.

    The answer is as of the day: an invoice cancelled or a receipt booked or reversed later counts as it stood then.
    """
    standing = Q(cancelled_on__isnull=True) | Q(cancelled_on__gt=on)
    found = Invoice.objects.filter(standing, due_on__lt=on, issued_on__lte=on).order_by("due_on", "id")
    invoices = list(found.select_related("licence"))
    standing = Q(reversed_on__isnull=True) | Q(reversed_on__gt=on)
    received = Receipt.objects.filter(standing, received_on__lte=on, invoice__in=found.order_by().values("id"))
    paid = _sums(received)
    names = names_of(invoice.licence.licensee_id for invoice in invoices)
    rows = []
    for invoice in invoices:
        total_micro = invoice.amount_micro + invoice.vat_micro
        paid_micro = paid.get(invoice.pk, 0)
        if paid_micro < total_micro:
            rows.append(
                ArrearRow(
                    invoice.number,
                    invoice.licence.licensee_id,
                    invoice.licence.licensee_code,
                    names[invoice.licence.licensee_id],
                    invoice.currency,
                    total_micro,
                    paid_micro,
                    total_micro - paid_micro,
                    invoice.due_on,
                    (on - invoice.due_on).days,
                )
            )
    return tuple(rows)


def funds() -> list[FundRow]:
    """Return every fund that an invoice was issued for, with its balance in the ledger, by code."""
    found = Invoice.objects.filter(cancelled_on__isnull=True).select_related("licence").order_by("fund_code", "id")
    invoices = list(found)
    names = names_of(invoice.licence.licensee_id for invoice in invoices)
    balances = {(row.code, row.currency): row.balance_micro for row in trial_balance()}
    rows: dict[tuple[str, str], FundRow] = {}
    for invoice in invoices:
        licence, currency = invoice.licence, invoice.currency
        rows.setdefault(
            (invoice.fund_code, currency),
            FundRow(
                fund_code=invoice.fund_code,
                fund_kind=licence.fund_kind,
                currency=currency,
                balance_micro=balances.get((f"fund/{invoice.fund_code}", currency), 0),
                billed_micro=balances.get((f"billed/{invoice.fund_code}", currency), 0),
                licensee_id=licence.licensee_id,
                licensee_code=licence.licensee_code,
                licensee_name=names[licence.licensee_id],
                period_from=invoice.period_from,
                period_to=invoice.period_to,
                territory=licence.territory,
                right=licence.right,
            ),
        )
    return list(rows.values())


def rights_of_invoiced_funds() -> dict[str, str]:
    """Return the right of each fund that an invoice was issued for, that of its first invoice's licence."""
    found = Invoice.objects.filter(cancelled_on__isnull=True).order_by("-id").values_list("fund_code", "licence__right")
    return dict(found)


def invoice_rows(found: QuerySet[Invoice], *, limit: int | None = None, offset: int = 0) -> tuple[InvoiceRow, ...]:
    """Return the frozen rows of invoices with what was paid of each."""
    until = None if limit is None else offset + limit
    invoices = list(found.select_related("licence", "tariff")[offset:until])
    ids = [invoice.pk for invoice in invoices]
    paid = _sums(Receipt.objects.filter(invoice_id__in=ids, reversed_on__isnull=True))
    names = names_of(invoice.licence.licensee_id for invoice in invoices)
    return tuple(
        _invoice_row(invoice, paid.get(invoice.pk, 0), names[invoice.licence.licensee_id]) for invoice in invoices
    )


def tariff_row(tariff: Tariff) -> TariffRow:
    """Return the frozen row of a version of a tariff."""
    return TariffRow(
        id=tariff.pk,
        code=tariff.code,
        version=tariff.version,
        title=tariff.title,
        currency=tariff.currency,
        fund_kind=tariff.fund_kind,
        vat_ppm=tariff.vat_ppm,
        terms=kept_terms(tariff.kind, tariff.terms),
        valid_from=tariff.valid_from,
        valid_to=tariff.valid_to,
        published_at=tariff.published_at,
        published_by=tariff.published_by,
    )


def receipt_row(receipt: Receipt) -> ReceiptRow:
    """Return the frozen row of a receipt."""
    return ReceiptRow(
        id=receipt.pk,
        invoice_id=receipt.invoice_id,
        invoice_number=receipt.invoice.number,
        reference=receipt.reference,
        currency=receipt.invoice.currency,
        amount_micro=receipt.amount_micro,
        net_micro=receipt.net_micro,
        received_on=receipt.received_on,
        reversed_on=receipt.reversed_on,
        reverse_reason=receipt.reverse_reason,
        entry_id=receipt.entry_id,
        recorded_by=receipt.recorded_by,
    )


def _sums(received: QuerySet[Receipt]) -> dict[int, int]:
    totals = received.order_by().values(owner=F("invoice_id")).annotate(total=Sum("amount_micro"))
    return {row["owner"]: int(row["total"]) for row in totals}


def _licence_row(licence: Licence, names: dict[int, str]) -> LicenceRow:
    return LicenceRow(
        id=licence.pk,
        code=licence.code,
        licensee_id=licence.licensee_id,
        licensee_code=licence.licensee_code,
        licensee_name=names[licence.licensee_id],
        tariff_code=licence.tariff_code,
        fund_kind=licence.fund_kind,
        territory=licence.territory,
        right=licence.right,
        basis=kept_basis(licence.basis),
        valid_from=licence.valid_from,
        valid_to=licence.valid_to,
    )


def _invoice_row(invoice: Invoice, paid_micro: int, licensee_name: str) -> InvoiceRow:
    licence, tariff = invoice.licence, invoice.tariff
    return InvoiceRow(
        id=invoice.pk,
        number=invoice.number,
        licence_id=licence.pk,
        licence_code=licence.code,
        licensee_id=licence.licensee_id,
        licensee_code=licence.licensee_code,
        licensee_name=licensee_name,
        tariff_id=tariff.pk,
        tariff_code=tariff.code,
        tariff_version=tariff.version,
        fund_code=invoice.fund_code,
        currency=invoice.currency,
        period_from=invoice.period_from,
        period_to=invoice.period_to,
        basis=kept_basis(invoice.basis),
        steps=tuple(FeeStep(*step) for step in invoice.steps),
        amount_micro=invoice.amount_micro,
        vat_ppm=invoice.vat_ppm,
        vat_micro=invoice.vat_micro,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        cancelled_on=invoice.cancelled_on,
        cancel_reason=invoice.cancel_reason,
        entry_id=invoice.entry_id,
        paid_micro=paid_micro,
    )
