"""The API of licensing: tariffs, licences, invoices, receipts, arrears and funds, to be read."""

from datetime import date

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of
from muniment.trade.licensing import queries
from muniment.trade.licensing.rules.tariffs import plain_terms
from muniment.trust.access.rules import Action, require

PREFIX = "/licensing"
router = Router(tags=["licensing"])


class TariffOut(Schema):
    """One version of a tariff; `terms` in micro-units and parts per million."""

    code: str
    version: int
    title: str
    kind: str
    currency: str
    fund_kind: str
    vat_ppm: int
    valid_from: date
    valid_to: date | None
    terms: dict[str, object]


class LicenceOut(Schema):
    """A licence."""

    code: str
    licensee_id: int
    licensee_code: str
    licensee_name: str
    tariff_code: str
    fund_kind: str
    territory: int
    right: str
    valid_from: date
    valid_to: date | None


class InvoiceOut(Schema):
    """An invoice, what was paid of it and what is open."""

    number: str
    licence_code: str
    licensee_id: int
    licensee_name: str
    tariff_code: str
    tariff_version: int
    fund_code: str
    currency: str
    period_from: date
    period_to: date
    amount_micro: int
    vat_micro: int
    total_micro: int
    paid_micro: int
    open_micro: int
    state: str
    issued_on: date
    due_on: date


class ArrearOut(Schema):
    """An invoice that was due and not wholly paid on a day."""

    number: str
    licensee_id: int
    licensee_name: str
    currency: str
    total_micro: int
    paid_micro: int
    open_micro: int
    due_on: date
    days_late: int


class FundOut(Schema):
    """The money of a fund: to distribute, and still to come."""

    fund_code: str
    fund_kind: str
    currency: str
    balance_micro: int
    billed_micro: int
    licensee_id: int
    licensee_name: str
    period_from: date
    period_to: date


@router.get("/tariffs", response=list[TariffOut])
def list_tariffs(request: HttpRequest) -> list[TariffOut]:
    """Return every version of every tariff."""
    require(actor_of(request), Action.LICENCE_READ)
    return [
        TariffOut(
            code=row.code,
            version=row.version,
            title=row.title,
            kind=row.terms.kind.value,
            currency=row.currency,
            fund_kind=row.fund_kind,
            vat_ppm=row.vat_ppm,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            terms=plain_terms(row.terms),
        )
        for row in queries.list_tariffs()
    ]


@router.get("/licences", response=list[LicenceOut])
def list_licences(request: HttpRequest, on: date | None = None) -> tuple[queries.LicenceRow, ...]:
    """Return the licences, or those in force on a day."""
    require(actor_of(request), Action.LICENCE_READ)
    return queries.list_licences(on=on)


@router.get("/invoices", response=list[InvoiceOut])
def list_invoices(request: HttpRequest, limit: int = 50, offset: int = 0) -> tuple[queries.InvoiceRow, ...]:
    """Return invoices, newest first, at most 500 at once."""
    require(actor_of(request), Action.LICENCE_READ)
    return queries.list_invoices(limit=max(1, min(limit, 500)), offset=max(0, offset)).rows


@router.get("/invoices/{number}", response=InvoiceOut)
def get_invoice(request: HttpRequest, number: str) -> queries.InvoiceRow:
    """Return one invoice."""
    require(actor_of(request), Action.LICENCE_READ)
    return queries.get_invoice(number)


@router.get("/arrears", response=list[ArrearOut])
def list_arrears(request: HttpRequest, on: date) -> tuple[queries.ArrearRow, ...]:
    """Return what was due before a day and not paid by then."""
    require(actor_of(request), Action.LICENCE_READ)
    return queries.arrears(on)


@router.get("/funds", response=list[FundOut])
def list_funds(request: HttpRequest) -> list[queries.FundRow]:
    """Return the funds with their balances."""
    require(actor_of(request), Action.LICENCE_READ)
    return queries.funds()
