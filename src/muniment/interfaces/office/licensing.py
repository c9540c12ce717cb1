"""Pages of licensing: licensees, tariffs, licences, invoices, receipts, arrears, funds."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._licensing_forms import (
    BasisForm,
    IssueForm,
    LicenceForm,
    LicenseeForm,
    ReasonForm,
    ReceiptForm,
    TariffForm,
    UploadForm,
)
from muniment.interfaces.office._licensing_words import ShownStep, shown_steps, shown_terms
from muniment.interfaces.pages import PAGE_SIZE, actor_of, now, once, page_of, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import find_parties
from muniment.rights.parties.rules.values import PartyKind
from muniment.trade.licensing import queries, services
from muniment.trade.licensing.queries import InvoiceRow, LicenceRow
from muniment.trade.licensing.rules.fees import (
    Basis,
    compute_fee,
)
from muniment.trade.licensing.rules.invoices import period_name, read_period
from muniment.trust.access.rules import Action, allows

NAVIGATION = [
    Entry(gettext_lazy("Licences"), "office:licences", Action.LICENCE_READ, 30),
    Entry(gettext_lazy("Invoices"), "office:invoices", Action.LICENCE_READ, 31),
    Entry(gettext_lazy("Funds"), "office:funds", Action.LICENCE_READ, 32),
]


def _acted(form: forms.Form, act: Callable[[], object]) -> bool:
    """Do the act if the form is valid; a refusal becomes an error of the form."""
    if not form.is_valid():
        return False
    try:
        act()
    except UserError as error:
        form.add_error(None, refusal_text(error))
        return False
    return True


def _may(request: HttpRequest, action: Action) -> bool:
    return allows(actor_of(request), action)


@staff_page(Action.LICENCE_READ)
@once
def licensees(request: HttpRequest) -> HttpResponse:
    """List the licensees, and register one."""
    form = LicenseeForm(request.POST or None)
    if request.method == "POST" and _acted(
        form, lambda: services.register_licensee(actor=actor_of(request), at=now(), **form.cleaned_data)
    ):
        messages.success(request, _("The licensee is registered."))
        return redirect("office:licensees")
    text = request.GET.get("q", "")
    page = page_of(request, Paginator(find_parties(text, kind=PartyKind.LICENSEE, limit=10_000).rows, PAGE_SIZE))
    shown = {"page": page, "form": form, "text": text, "may_write": _may(request, Action.LICENCE_WRITE)}
    return render(request, "office/licensing/licensees.html", shown)


@staff_page(Action.LICENCE_READ)
@once
def tariffs(request: HttpRequest) -> HttpResponse:
    """List the tariffs, and publish new versions from text."""
    form = TariffForm(request.POST or None)
    if request.method == "POST" and _acted(
        form,
        lambda: services.publish_tariffs(actor=actor_of(request), at=now(), text=form.cleaned_data["text"]),
    ):
        messages.success(request, _("The tariffs are published."))
        return redirect("office:tariffs")
    shown = {"tariffs": queries.list_tariffs(), "form": form, "may_write": _may(request, Action.LICENCE_WRITE)}
    return render(request, "office/licensing/tariffs.html", shown)


@staff_page(Action.LICENCE_READ)
def tariff(request: HttpRequest, tariff_id: int) -> HttpResponse:
    """Show one version of a tariff, and explain the fee of the figures that are tried."""
    row = queries.get_tariff(tariff_id)
    form = BasisForm(request.GET or None)
    form.keep(row.terms)
    steps: list[ShownStep] = []

    def explain() -> None:
        given = _given_basis(form, row.currency)
        steps.extend(shown_steps(compute_fee(row.terms, given).steps, row.currency))

    if request.GET or not form.fields:
        form = form if form.is_bound else BasisForm({})
        form.keep(row.terms)
        _acted(form, explain)
    shown = {"tariff": row, "form": form, "steps": steps, "terms": shown_terms(row)}
    return render(request, "office/licensing/tariff.html", shown)


def _given_basis(form: BasisForm, currency: str) -> Basis:
    for name in BasisForm.base_fields:
        form.cleaned_data.setdefault(name, None)
    return form.basis(currency)


@staff_page(Action.LICENCE_READ)
@once
def licences(request: HttpRequest) -> HttpResponse:
    """List the licences, and grant one."""
    form = LicenceForm(request.POST or None)
    if request.method == "POST" and _acted(form, lambda: _grant(request, form)):
        messages.success(request, _("The licence is granted."))
        return redirect("office:licences")
    page = page_of(request, Paginator(queries.list_licences(), PAGE_SIZE))
    shown = {"page": page, "form": form, "may_write": _may(request, Action.LICENCE_WRITE)}
    return render(request, "office/licensing/licences.html", shown)


def _grant(request: HttpRequest, form: LicenceForm) -> LicenceRow:
    given = form.cleaned_data
    return services.grant_licence(
        actor=actor_of(request),
        at=now(),
        licensee_id=int(given["licensee"]),
        tariff_code=given["tariff"],
        valid_from=given["valid_from"],
        valid_to=given["valid_to"],
        basis=form.basis(queries.tariff_in_force(given["tariff"], given["valid_from"]).currency),
        territory=given["territory"],
        right=Right(given["right"]),
    )


@staff_page(Action.LICENCE_READ)
@once
def invoices(request: HttpRequest) -> HttpResponse:
    """List invoices, and issue them for one licence or for all."""
    form = IssueForm(request.POST or None)
    if request.method == "POST" and _acted(form, lambda: _issue(request, form)):
        return redirect("office:invoices")
    number = _page_number(request)
    found = queries.list_invoices(limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    page = Paginator(range(found.total), PAGE_SIZE).get_page(number)
    shown = {"page": page, "rows": found.rows, "form": form, "may_write": _may(request, Action.LICENCE_WRITE)}
    return render(request, "office/licensing/invoices.html", shown)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _issue(request: HttpRequest, form: IssueForm) -> None:
    given = form.cleaned_data
    period_from, period_to = read_period(given["period"])
    report = services.issue_invoices(
        actor=actor_of(request),
        at=now(),
        period_from=period_from,
        period_to=period_to,
        issued_on=given["issued_on"],
        due_on=given["due_on"],
        licence_codes=[given["licence"]] if given["licence"] else None,
    )
    for row in report.invoices:
        messages.success(request, _("%(number)s is issued to %(name)s.") % _named(row))
    for code, error in report.refusals:
        messages.error(request, f"{code}: {error}")


def _named(row: InvoiceRow) -> dict[str, str]:
    return {"number": row.number, "name": row.licensee_name}


@staff_page(Action.LICENCE_READ)
@once
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Show an invoice with the steps of its fee and its receipts; post a receipt, reverse one, cancel the invoice."""
    row = queries.get_invoice(number)
    act = request.POST.get("act", "")
    receipt_form = ReceiptForm(request.POST if act == "receive" else None)
    reason_form = ReasonForm(request.POST if act in ("reverse", "cancel") else None)
    done = False
    if act == "receive":
        done = _acted(receipt_form, lambda: _receive(request, row, receipt_form))
    elif act == "reverse":
        done = _acted(reason_form, lambda: _reverse(request, reason_form))
    elif act == "cancel":
        done = _acted(reason_form, lambda: _cancel(request, row, reason_form))
    if done:
        messages.success(request, _("It is booked."))
        return redirect("office:invoice", number=row.number)
    shown = {
        "invoice": row,
        "period": period_name(row.period_from, row.period_to),
        "steps": shown_steps(row.steps, row.currency),
        "receipts": queries.list_receipts(invoice_id=row.id, limit=500),
        "receipt_form": receipt_form,
        "reason_form": reason_form,
        "may_receive": _may(request, Action.MONEY_RECEIVE),
        "may_write": _may(request, Action.LICENCE_WRITE),
    }
    return render(request, "office/licensing/invoice.html", shown)


def _receive(request: HttpRequest, row: InvoiceRow, form: ReceiptForm) -> None:
    given = form.cleaned_data
    services.receive_money(
        actor=actor_of(request),
        at=now(),
        invoice_number=row.number,
        amount_micro=parse_amount(given["amount"], row.currency),
        currency=row.currency,
        received_on=given["received_on"],
        reference=given["reference"],
    )


def _reverse(request: HttpRequest, form: ReasonForm) -> None:
    services.reverse_receipt(
        actor=actor_of(request), at=now(), reference=request.POST.get("reference", ""), **form.cleaned_data
    )


def _cancel(request: HttpRequest, row: InvoiceRow, form: ReasonForm) -> None:
    services.cancel_invoice(actor=actor_of(request), at=now(), number=row.number, **form.cleaned_data)


@staff_page(Action.LICENCE_READ)
def arrears(request: HttpRequest) -> HttpResponse:
    """List what was due before a day and not paid by then."""
    try:
        on = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        on = now().date()
    return render(request, "office/licensing/arrears.html", {"rows": queries.arrears(on), "on": on})


@staff_page(Action.LICENCE_READ)
def funds(request: HttpRequest) -> HttpResponse:
    """List the funds with what is to be distributed and what is still to come."""
    return render(request, "office/licensing/funds.html", {"rows": queries.funds()})


_TABLES = {
    "licensees": (gettext_lazy("Import licensees"), services.import_licensees_table, Action.LICENCE_WRITE),
    "licences": (gettext_lazy("Import licences"), services.import_licences_table, Action.LICENCE_WRITE),
    "receipts": (gettext_lazy("Import receipts"), services.import_receipts_table, Action.MONEY_RECEIVE),
}
"""The tables that can be imported: heading, service, and who may."""


@staff_page(Action.LICENCE_READ)
@once
def import_table(request: HttpRequest, kind: str) -> HttpResponse:
    """Import a table of licensees, licences or receipts, and show what became of each line."""
    if kind not in _TABLES:
        raise Http404
    title, service, action = _TABLES[kind]
    form = UploadForm(request.POST or None, request.FILES or None)
    reports: list[services.TableReport] = []

    def take() -> None:
        uploaded = form.cleaned_data["file"]
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "table"
            with kept.open("wb") as file:
                file.writelines(uploaded.chunks())
            name = Path(uploaded.name or "table").name
            reports.append(service(actor=actor_of(request), at=now(), path=kept, file_name=name))

    if request.method == "POST":
        _acted(form, take)
    shown = {"title": title, "form": form, "reports": reports, "may_write": _may(request, action)}
    return render(request, "office/licensing/import.html", shown)


urlpatterns = [
    path("licensees/", licensees, name="licensees"),
    path("tariffs/", tariffs, name="tariffs"),
    path("tariffs/<int:tariff_id>/", tariff, name="tariff"),
    path("licences/", licences, name="licences"),
    path("licences/import/<str:kind>/", import_table, name="import_licensing"),
    path("invoices/", invoices, name="invoices"),
    path("invoices/<str:number>/", invoice, name="invoice"),
    path("arrears/", arrears, name="arrears"),
    path("funds/", funds, name="funds"),
]
