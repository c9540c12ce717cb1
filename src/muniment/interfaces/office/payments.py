"""Pages of payment batches: draft, approve, export, and the bank's confirmations."""

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import ngettext as _n

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.templatetags.payment_words import METHODS
from muniment.interfaces.uploads import received_file
from muniment.interfaces.windows import window_page
from muniment.kernel.words.money import parse_amount
from muniment.pay.payments import queries, services
from muniment.pay.payments.rules import EXPORTABLE, BatchState, SkippedPayee
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.slips import Occasion
from muniment.pay.payments.services.confirming import INTAKE_KIND
from muniment.rights.parties.queries import names_of
from muniment.trust.access.rules import Action, allows
from muniment.trust.batches.queries import get_intake, list_problems

_SKIPPED_SHOWN = 200


class DraftForm(forms.Form):
    """What a draft needs."""

    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3)
    minimum = forms.CharField(
        label=gettext_lazy("Minimum"),
        help_text=gettext_lazy("Balances below this amount wait for a later batch."),
    )
    pay_on = forms.DateField(
        label=gettext_lazy("Pay on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    policy = forms.CharField(label=gettext_lazy("Payment policy"), required=False, max_length=60)
    pay_in = forms.CharField(
        label=gettext_lazy("Paid in"),
        required=False,
        max_length=3,
        help_text=gettext_lazy("The currency that the payees get, if it is another."),
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Way of paying"), required=False, choices=lambda: list(METHODS.items())
    )

    def occasion(self) -> Occasion:
        """Return what the payments share.

        Raises:
            UserError: see `occasion_of`.
        """
        given = self.cleaned_data
        currency = given["currency"].upper()
        return queries.occasion_of(
            currency,
            at=now(),
            on=given["pay_on"],
            minimum_micro=parse_amount(given["minimum"], currency),
            policy=given["policy"] or queries.DEFAULT_POLICY,
            pay_currency=given["pay_in"].upper(),
            method=Method(given["method"] or Method.TRANSFER),
        )


@dataclass(frozen=True, slots=True)
class SkippedLine:
    """A payee without an order, with the name."""

    name: str
    payee: SkippedPayee


@staff_page(Action.PAYMENT_READ)
def batch_list(request: HttpRequest) -> HttpResponse:
    """List the batches, newest first."""
    page = window_page(request, lambda limit, offset: queries.list_batches(limit=limit, offset=offset))
    return render(request, "office/payments/list.html", {"page": page, **_permissions(request)})


@staff_page(Action.PAYMENT_WRITE)
@once
def new_batch(request: HttpRequest) -> HttpResponse:
    """Show who would be paid for a currency and a minimum; a form sent drafts the batch."""
    if request.method == "POST":
        form = DraftForm(request.POST)
        if form.is_valid():
            return _draft(request, form)
    else:
        form = DraftForm(
            {
                "currency": request.GET.get("currency", settings.MUNIMENT_CURRENCY),
                "minimum": request.GET.get("minimum", "0"),
                "pay_on": request.GET.get("pay_on", now().date().isoformat()),
                "policy": request.GET.get("policy", queries.DEFAULT_POLICY),
                "pay_in": request.GET.get("pay_in", ""),
                "method": request.GET.get("method", Method.TRANSFER.value),
            }
        )
    context: dict[str, object] = {"form": form, "selection": None}
    if form.is_valid():
        currency = form.cleaned_data["currency"].upper()
        selection = queries.preview_selection(form.occasion())
        shown = selection.skipped[:_SKIPPED_SHOWN]
        names = names_of([payee.party_id for payee in shown])
        context |= {
            "currency": currency,
            "pay_currency": form.cleaned_data["pay_in"].upper() or currency,
            "selection": selection,
            "skipped": [SkippedLine(names.get(payee.party_id, str(payee.party_id)), payee) for payee in shown],
        }
    return render(request, "office/payments/new.html", context)


def _draft(request: HttpRequest, form: DraftForm) -> HttpResponse:
    occasion = form.occasion()
    report = services.draft_payments(
        actor=actor_of(request),
        at=occasion.known_at,
        currency=occasion.currency,
        on=occasion.on,
        minimum_micro=occasion.minimum_micro,
        policy=occasion.policy.name,
        pay_currency=occasion.pay_currency,
        method=occasion.method,
    )
    if report.batch_id is None:
        messages.info(request, _("Nobody can be paid now; nothing was written."))
        return redirect("office:payments")
    messages.success(request, _("The batch is drafted. A second person approves it."))
    return redirect("office:payment", report.batch_id)


@staff_page(Action.PAYMENT_READ)
def batch_page(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show a batch with its orders."""
    batch = queries.get_batch(batch_id)
    text = request.GET.get("q", "").strip()
    page = window_page(
        request, lambda limit, offset: queries.list_orders(batch_id, limit=limit, offset=offset, text=text)
    )
    context = {
        "batch": batch,
        "page": page,
        "q": text,
        "is_draft": batch.state is BatchState.DRAFT,
        "is_converted": batch.source_currency != batch.currency,
        "held": queries.list_slips(batch_id, limit=_SKIPPED_SHOWN, held=True),
        "emptied": queries.list_slips(batch_id, limit=_SKIPPED_SHOWN, held=False, ordered=False),
        "is_exportable": batch.state in EXPORTABLE,
        **_permissions(request),
    }
    return render(request, "office/payments/batch.html", context)


@staff_page(Action.PAYMENT_APPROVE)
@once
def approve(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Approve a draft."""
    if request.method == "POST":
        services.approve_payments(actor=actor_of(request), at=now(), batch_id=batch_id)
        messages.success(request, _("The batch is approved, and its orders are booked."))
    return redirect("office:payment", batch_id)


@staff_page(Action.PAYMENT_WRITE)
@once
def cancel(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take a draft back."""
    if request.method == "POST":
        services.cancel_payments(actor=actor_of(request), at=now(), batch_id=batch_id)
        messages.success(request, _("The draft is cancelled."))
    return redirect("office:payment", batch_id)


@staff_page(Action.PAYMENT_READ)
def export(request: HttpRequest, batch_id: int, form: str) -> HttpResponse:
    """Send the file for the bank."""
    if request.method != "POST":
        return redirect("office:payment", batch_id)
    actor, at = actor_of(request), now()
    if form == "csv":
        content = services.export_csv(actor=actor, at=at, batch_id=batch_id)
        return file_response(content, f"payments-{batch_id}.csv", "text/csv; charset=utf-8")
    if form != "pain001":
        raise Http404
    content = services.export_pain001(actor=actor, at=at, batch_id=batch_id, debtor=queries.society_account())
    return file_response(content, f"payments-{batch_id}.xml", "application/xml")


@staff_page(Action.PAYMENT_CONFIRM)
@once
def confirm(request: HttpRequest) -> HttpResponse:
    """Take in the bank's confirmations."""
    if request.method != "POST":
        return render(request, "office/payments/confirm.html")
    with received_file(request.FILES.get("file")) as received:
        report = services.confirm_payments(actor=actor_of(request), at=now(), path=received)
    messages.success(
        request,
        _("%(paid)s paid, %(returned)s returned, %(repeated)s known already.")
        % {"paid": report.paid_count, "returned": report.returned_count, "repeated": report.repeated_count},
    )
    if report.error_count:
        text = _n("%(count)s line was not used.", "%(count)s lines were not used.", report.error_count)
        messages.warning(request, text % {"count": report.error_count})
    return redirect("office:payment-confirmation", report.intake_id)


@staff_page(Action.PAYMENT_READ)
def confirmation_page(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show what a file of confirmations came to."""
    intake = get_intake(intake_id)
    if intake is None or intake.kind != INTAKE_KIND:
        raise Http404
    context = {"intake": intake, "problems": list_problems(intake_id, limit=500)}
    return render(request, "office/payments/confirmation.html", context)


def _permissions(request: HttpRequest) -> dict[str, bool]:
    actor = actor_of(request)
    return {
        "may_write": allows(actor, Action.PAYMENT_WRITE),
        "may_approve": allows(actor, Action.PAYMENT_APPROVE),
        "may_confirm": allows(actor, Action.PAYMENT_CONFIRM),
        "may_export": allows(actor, Action.PAYMENT_WRITE) or allows(actor, Action.PAYMENT_APPROVE),
    }


urlpatterns = [
    path("payments/", batch_list, name="payments"),
    path("payments/new/", new_batch, name="payment-new"),
    path("payments/confirm/", confirm, name="payment-confirm"),
    path("payments/confirmations/<int:intake_id>/", confirmation_page, name="payment-confirmation"),
    path("payments/<int:batch_id>/", batch_page, name="payment"),
    path("payments/<int:batch_id>/approve/", approve, name="payment-approve"),
    path("payments/<int:batch_id>/cancel/", cancel, name="payment-cancel"),
    path("payments/<int:batch_id>/export/<slug:form>/", export, name="payment-export"),
]
NAVIGATION = [Entry(gettext_lazy("Payments"), "office:payments", Action.PAYMENT_READ, 80)]
