"""Pages of what is on file for payees, of single payments, and of payment policies and rates."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.downloads import file_response
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.templatetags.payment_words import KINDS, METHODS
from muniment.interfaces.uploads import received_file
from muniment.kernel.words.money import parse_amount
from muniment.pay.payments import queries, services
from muniment.pay.payments.rules.drafts import InvalidFact, parse_rate, read_fact
from muniment.pay.payments.rules.words import explain_policy
from muniment.pay.payments.services.importing import INTAKE_KIND
from muniment.rights.parties.queries import get_party, party_meant
from muniment.trust.access.rules import Action, allows
from muniment.trust.batches.queries import get_intake, list_problems

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FactForm(forms.Form):
    """Any kind of fact; which fields count depends on the kind, and the refusal names the one that is wrong."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KINDS.items()))
    to = forms.CharField(label=gettext_lazy("To (code, IPI name number or whole name)"), required=False)
    share = forms.CharField(label=gettext_lazy("Share (20 % or 3/15)"), required=False)
    amount = forms.CharField(label=gettext_lazy("Amount, or ceiling"), required=False)
    instalment = forms.CharField(label=gettext_lazy("Instalment"), required=False)
    protected = forms.CharField(label=gettext_lazy("Protected at each payment"), required=False)
    currency = forms.CharField(label=gettext_lazy("Currency"), required=False, max_length=3)
    priority = forms.CharField(label=gettext_lazy("Rank (1 is served first)"), required=False)
    sources = forms.CharField(label=gettext_lazy("Sources (such as radio concert; empty: all)"), required=False)
    crossed = forms.CharField(label=gettext_lazy("Further accounts to recoup from, with ; between"), required=False)
    document = forms.CharField(label=gettext_lazy("Document"), required=False, max_length=140)
    country = forms.CharField(label=gettext_lazy("Country (two letters)"), required=False, max_length=2)
    rate = forms.CharField(label=gettext_lazy("Rate deducted at the source"), required=False)
    method = forms.ChoiceField(
        label=gettext_lazy("Way of paying"),
        required=False,
        choices=[("", ""), *METHODS.items()],
    )
    valid_from = forms.DateField(label=gettext_lazy("From"), required=False, widget=_DAY)
    valid_to = forms.DateField(label=gettext_lazy("To"), required=False, widget=_DAY)


class RateForm(forms.Form):
    """An exchange rate."""

    base = forms.CharField(label=gettext_lazy("From currency"), min_length=3, max_length=3)
    quote = forms.CharField(label=gettext_lazy("To currency"), min_length=3, max_length=3)
    rate = forms.CharField(label=gettext_lazy("One unit of the first buys"))
    source = forms.CharField(label=gettext_lazy("Source"), max_length=140)
    on = forms.DateField(label=gettext_lazy("On"), widget=_DAY)


@staff_page(Action.PAYMENT_READ)
@once
def payee_page(request: HttpRequest, party_id: int) -> HttpResponse:
    """Show what is on file for a payee; a form sent puts a fact on file or proposes it."""
    party = get_party(party_id)
    form = FactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = {key: "" if value is None else str(value) for key, value in form.cleaned_data.items()}
        at = now()
        try:
            draft = read_fact({**values, "payee": party.code}, party_meant, at.date())
            services.write_fact(actor=actor_of(request), at=at, draft=draft)
        except InvalidFact as error:
            form.add_error(error.field if error.field in form.fields else None, refusal_text(error))
        else:
            messages.success(request, _("It is on file; what sends money elsewhere waits for a second person."))
            return redirect("office:payee-facts", party_id)
    context = {"file": queries.payee_file(party_id), "form": form, **_permissions(request)}
    return render(request, "office/payments/payee.html", context)


@staff_page(Action.PAYMENT_READ)
def payee_search(request: HttpRequest) -> HttpResponse:
    """Lead to the page of the payee that somebody names."""
    return redirect("office:payee-facts", party_meant(request.GET.get("payee", "")))


@staff_page(Action.PAYMENT_READ)
def proposals(request: HttpRequest) -> HttpResponse:
    """List what waits for a second person."""
    advances, redirections = queries.open_proposals()
    context = {"advances": advances, "redirections": redirections, **_permissions(request)}
    return render(request, "office/payments/proposals.html", context)


_ACTS = {
    ("advance", "approve"): services.approve_advance,
    ("advance", "refuse"): services.refuse_advance,
    ("redirection", "approve"): services.approve_redirection,
    ("redirection", "refuse"): services.refuse_redirection,
}


@staff_page(Action.PAYMENT_READ)
@once
def decide(request: HttpRequest, what: str, number: int) -> HttpResponse:
    """Approve or refuse a proposal."""
    act = _ACTS.get((what, request.POST.get("verdict", "")))
    if act is None:
        raise Http404
    act(actor=actor_of(request), at=now(), number=number)
    messages.success(request, _("It is decided."))
    return redirect("office:payment-proposals")


@staff_page(Action.PAYMENT_READ)
@once
def end(request: HttpRequest, what: str, number: int) -> HttpResponse:
    """Let a fact end today."""
    if request.method != "POST":
        return redirect("office:payment-proposals")
    actor, at = actor_of(request), now()
    if what == "document":
        services.end_document(actor=actor, at=at, document_id=number, on=at.date())
    elif what == "advance":
        services.end_advance(actor=actor, at=at, number=number, on=at.date())
    elif what == "redirection":
        services.end_redirection(actor=actor, at=at, number=number, on=at.date())
    else:
        raise Http404
    messages.success(request, _("It ends today."))
    return redirect("office:payment-proposals")


@staff_page(Action.PAYMENT_WRITE)
@once
def import_table(request: HttpRequest) -> HttpResponse:
    """Take in a table of facts."""
    if request.method != "POST":
        return redirect("office:payment-proposals")
    with received_file(request.FILES.get("file")) as received:
        report = services.import_facts(actor=actor_of(request), at=now(), path=received)
    messages.success(
        request,
        _("%(recorded)s recorded, %(proposed)s wait for a second person, %(bad)s not used.")
        % {"recorded": report.recorded_count, "proposed": report.proposed_count, "bad": report.error_count},
    )
    return redirect("office:payee-facts-intake", report.intake_id)


@staff_page(Action.PAYMENT_READ)
def intake_page(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show what a table of facts came to."""
    intake = get_intake(intake_id)
    if intake is None or intake.kind != INTAKE_KIND:
        raise Http404
    context = {"intake": intake, "problems": list_problems(intake_id, limit=500), "title": _("A table of facts")}
    return render(request, "office/payments/confirmation.html", context)


@staff_page(Action.PAYMENT_READ)
def slip_page(request: HttpRequest, batch_id: int, party_id: int) -> HttpResponse:
    """Show the statement of a payment."""
    return render(request, "office/payments/slip.html", {"slip": queries.get_slip(batch_id, party_id)})


@staff_page(Action.PAYMENT_READ)
def slip_file(_request: HttpRequest, batch_id: int, party_id: int) -> HttpResponse:
    """Send the statement of a payment as CSV."""
    content = queries.slip_csv(queries.get_slip(batch_id, party_id))
    return file_response(content, f"payment-{batch_id}-{party_id}.csv", "text/csv; charset=utf-8")


@staff_page(Action.PAYMENT_READ)
@once
def policies(request: HttpRequest) -> HttpResponse:
    """Show the payment policies in words and the exchange rates; a form sent puts a rate on file."""
    form = RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        services.record_rate(
            actor=actor_of(request),
            at=now(),
            base=given["base"].upper(),
            quote=given["quote"].upper(),
            rate_nano=parse_rate(given["rate"]),
            source=given["source"],
            on=given["on"],
        )
        messages.success(request, _("The rate is on file."))
        return redirect("office:payment-policies")
    context = {
        "policies": [(policy, list(explain_policy(policy))) for policy in queries.list_payment_policies()],
        "rates": queries.list_rates(),
        "form": form,
        **_permissions(request),
    }
    return render(request, "office/payments/policies.html", context)


@staff_page(Action.PAYMENT_CONFIRM)
@once
def exchange(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Book what changing the money of a batch really cost."""
    if request.method == "POST":
        batch = queries.get_batch(batch_id)
        at = now()
        services.settle_exchange(
            actor=actor_of(request),
            at=at,
            batch_id=batch_id,
            cost_micro=parse_amount(request.POST.get("cost", ""), batch.source_currency),
            on=at.date(),
        )
        messages.success(request, _("The exchange is booked."))
    return redirect("office:payment", batch_id)


def _permissions(request: HttpRequest) -> dict[str, bool]:
    actor = actor_of(request)
    return {
        "may_write": allows(actor, Action.PAYMENT_WRITE),
        "may_approve": allows(actor, Action.PAYMENT_APPROVE),
    }


urlpatterns = [
    path("payments/proposals/", proposals, name="payment-proposals"),
    path("payments/proposals/<slug:what>/<int:number>/", decide, name="payee-fact-decide"),
    path("payments/facts/<slug:what>/<int:number>/end/", end, name="payee-fact-end"),
    path("payments/facts/import/", import_table, name="payee-facts-import"),
    path("payments/facts/intakes/<int:intake_id>/", intake_page, name="payee-facts-intake"),
    path("payments/payees/", payee_search, name="payee-search"),
    path("payments/payees/<int:party_id>/", payee_page, name="payee-facts"),
    path("payments/policies/", policies, name="payment-policies"),
    path("payments/<int:batch_id>/payees/<int:party_id>/", slip_page, name="payment-slip"),
    path("payments/<int:batch_id>/payees/<int:party_id>/csv/", slip_file, name="payment-slip-csv"),
    path("payments/<int:batch_id>/exchange/", exchange, name="payment-exchange"),
]
