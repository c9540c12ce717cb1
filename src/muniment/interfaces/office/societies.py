"""Office pages of sister societies: agreements, money to them by run, money from them."""

from datetime import date
from io import BytesIO

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.society_table import HEADERS, outgoing_rows
from muniment.interfaces.uploads import received_file
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import parse_percent
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import societies
from muniment.pay.distributions.rules import RunState
from muniment.pay.distributions.rules.societies import Direction, IncomingKind, TaxTreatment
from muniment.pay.payments.queries import DEFAULT_POLICY, list_payment_policies
from muniment.pay.payments.services import settle_societies_of
from muniment.rights.parties.queries import find_parties
from muniment.trust.access.rules import Action, allows


def kind_words() -> dict[str, str]:
    """Return why a society sends money, in words."""
    return {
        "regular": _("uses of our members' works"),
        "returned": _("money of ours that found nobody"),
        "adjustment": _("correction of an earlier statement"),
        "third_party_tax": _("tax that was given back"),
    }


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show agreements, money from societies, and the runs that pay to them."""
    actor = actor_of(request)
    posted = [run for run in queries.list_runs(limit=50) if run.state in (RunState.POSTED, RunState.STATEMENTS)]
    context = {
        "agreements": societies.list_agreements(),
        "page": window_page(request, lambda limit, offset: societies.list_incoming(limit=limit, offset=offset)),
        "outgoing": [(run, rows) for run in posted if (rows := societies.list_outgoing(run.id))],
        "societies": find_parties("", kind="society", limit=500).rows,
        "directions": list(Direction),
        "kinds": kind_words(),
        "taxes": list(TaxTreatment),
        "policies": [policy.name for policy in list_payment_policies()],
        "may_write": allows(actor, Action.DISTRIBUTION_WRITE),
        "may_receive": allows(actor, Action.MONEY_RECEIVE),
        "may_approve": allows(actor, Action.DISTRIBUTION_APPROVE),
        "may_post": allows(actor, Action.DISTRIBUTION_POST),
    }
    return render(request, "office/societies/overview.html", context)


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return parse_date(request.POST.get(name, ""))
    except ValueError as error:
        raise UserError(_("There is no such day."), _("Choose it from the calendar.")) from error


@staff_page(Action.DISTRIBUTION_WRITE)
@require_POST
@once
def agree(request: HttpRequest) -> HttpResponse:
    """Record an agreement that a second person has checked."""
    sent = request.POST
    draft = services.AgreementDraft(
        society_id=int(sent.get("society", "0") or 0),
        direction=Direction(sent.get("direction", Direction.OUTGOING.value)),
        right=sent.get("right", ""),
        territories=sent.get("territories", "") or "2136",
        use_kind=sent.get("use", ""),
        valid_from=_day(request, "valid_from"),
        valid_to=_day(request, "valid_to"),
        fee_ppm=parse_percent(sent.get("fee", "") or "0"),
        cultural_ppm=parse_percent(sent.get("cultural", "") or "0"),
        tax_ppm=parse_percent(sent.get("tax_rate", "") or "0"),
        tax=TaxTreatment(sent.get("tax", TaxTreatment.GROSS.value)),
        document=sent.get("document", ""),
    )
    services.record_agreement(
        actor=actor_of(request), at=now(), draft=draft, approved_by=sent.get("approved_by", "").strip()
    )
    messages.success(request, _("The agreement is recorded."))
    return redirect("office:societies")


@staff_page(Action.MONEY_RECEIVE)
@require_POST
@once
def receive(request: HttpRequest) -> HttpResponse:
    """Take in money from a society with its statement."""
    sent = request.POST
    received_on = _day(request, "received_on")
    if received_on is None:
        raise UserError(_("The day of the bank is missing."), _("Choose it from the calendar."))
    currency = sent.get("currency", "").strip().upper()
    with received_file(request.FILES.get("file")) as file:
        row = services.receive_statement(
            actor=actor_of(request),
            at=now(),
            society_id=int(sent.get("society", "0") or 0),
            kind=IncomingKind(sent.get("kind", IncomingKind.REGULAR.value)),
            reference=sent.get("reference", ""),
            path=file,
            amount_micro=parse_amount(sent.get("amount", ""), currency),
            currency=currency,
            received_on=received_on,
        )
    messages.success(request, _("%(count)s lines sum to the money that came.") % {"count": row.line_count})
    return redirect("office:society_statement", row.number)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def statement(request: HttpRequest, number: int) -> HttpResponse:
    """Show a society's statement: each line and who gets it."""
    actor, row = actor_of(request), societies.get_incoming(number)
    context = {
        "row": row,
        "lines": societies.incoming_lines(number)[:1_000],
        "kinds": kind_words(),
        "may_approve": allows(actor, Action.DISTRIBUTION_APPROVE) and actor.name != row.received_by,
        "may_post": allows(actor, Action.DISTRIBUTION_POST),
    }
    return render(request, "office/societies/statement.html", context)


@staff_page(Action.DISTRIBUTION_READ)
@require_POST
@once
def advance(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Approve a society's statement with its deductions, or distribute its money."""
    actor, at = actor_of(request), now()
    if verb == "approve":
        services.approve_incoming(
            actor=actor,
            at=at,
            number=number,
            fee_ppm=parse_percent(request.POST.get("fee", "") or "0"),
            cultural_ppm=parse_percent(request.POST.get("cultural", "") or "0"),
        )
        messages.success(request, _("The statement is approved."))
    else:
        services.post_incoming(actor=actor, at=at, number=number)
        messages.success(request, _("The money is distributed."))
    return redirect("office:society_statement", number)


@staff_page(Action.DISTRIBUTION_POST)
@require_POST
@once
def settle(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give societies back what a run deducted beyond what they agreed to, and withhold the tax that applies."""
    policy = request.POST.get("policy", DEFAULT_POLICY)
    settle_societies_of(actor=actor_of(request), at=now(), run_id=run_id, policy=policy)
    messages.success(request, _("The societies of the run are settled."))
    return redirect("office:societies")


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def outgoing_csv(request: HttpRequest, run_id: int, society_id: int) -> HttpResponse:
    """Send a society's statement of a run as CSV."""
    stream = BytesIO()
    found = societies.outgoing_statement(run_id, society_id)
    write_csv(HEADERS, outgoing_rows(found), stream, mark="plain" not in request.GET)
    name = f"run-{found.run.number}-society-{society_id}.csv"
    return file_response(stream.getvalue(), name, "text/csv; charset=utf-8")


urlpatterns = [
    path("societies/", overview, name="societies"),
    path("societies/agree/", agree, name="agree_society"),
    path("societies/receive/", receive, name="receive_society"),
    path("societies/statements/<int:number>/", statement, name="society_statement"),
    path("societies/statements/<int:number>/<str:verb>/", advance, name="society_step"),
    path("societies/runs/<int:run_id>/settle/", settle, name="settle_societies"),
    path("societies/runs/<int:run_id>/<int:society_id>.csv", outgoing_csv, name="society_csv"),
]

NAVIGATION = [Entry(gettext_lazy("Sister societies"), "office:societies", Action.DISTRIBUTION_READ, 64)]
