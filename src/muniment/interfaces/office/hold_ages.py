"""Office pages of money on hold by age: legal holds, windows that have closed, the published list and its claims."""

from io import BytesIO

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import PAGE_SIZE, actor_of, now, once, page_of, staff_page
from muniment.interfaces.unclaimed_table import HEADERS, unclaimed_row
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.money import format_amount
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import hold_ages, published
from muniment.pay.distributions.queries.published import Audience
from muniment.pay.distributions.rules.holding import AGE_BANDS
from muniment.pay.payments.queries import DEFAULT_POLICY, list_payment_policies
from muniment.pay.payments.services import review_payees
from muniment.trust.access.rules import Action, allows


def release_words() -> dict[str, str]:
    """Return where money goes after its window, in words."""
    return {
        "keep": _("goes on waiting"),
        "market_share": _("to the payees of the pool"),
        "reference_repertoire": _("to the payees of the run"),
        "pool_supplement": _("into a fund's next run"),
        "reduce_admin_fee": _("lowers the society's fee"),
        "social_fund": _("to the social fund"),
    }


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def by_age(request: HttpRequest) -> HttpResponse:
    """Show what waits by reason and age, each account with its clock, and what may be done."""
    currencies = queries.held_currencies()
    currency = request.GET.get("currency", "")
    if currency not in currencies:
        currency = currencies[0] if currencies else ""
    today = now().date()
    rows = hold_ages.aged_holds(currency, on=today) if currency else ()
    actor = actor_of(request)
    context = {
        "currency": currency,
        "currencies": currencies,
        "bands": _bands(),
        "sums": hold_ages.age_sums(rows),
        "page": page_of(request, Paginator(rows, PAGE_SIZE)),
        "today": today,
        "releases": release_words(),
        "stops": hold_ages.list_legal_holds(),
        "expiries": hold_ages.list_expiries(waiting=True),
        "may_write": allows(actor, Action.DISTRIBUTION_WRITE),
        "may_approve": allows(actor, Action.DISTRIBUTION_APPROVE),
        "may_review": allows(actor, Action.DISTRIBUTION_POST),
        "policies": [policy.name for policy in list_payment_policies()],
    }
    return render(request, "office/distributions/ages.html", context)


def _bands() -> list[str]:
    """Return the heads of the age bands: below 90 days, 90 to 364 ... and the open one."""
    starts = (0, *AGE_BANDS)
    closed = [
        _("%(first)s to %(last)s days") % {"first": first, "last": last - 1}
        for first, last in zip(starts, AGE_BANDS, strict=False)
    ]
    return [*closed, _("%(first)s days and more") % {"first": AGE_BANDS[-1]}]


@staff_page(Action.DISTRIBUTION_READ)
@require_POST
@once
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """Set or lift a legal hold, review payees; propose, approve or withdraw a release after the window."""
    actor, at, sent = actor_of(request), now(), request.POST
    number = int(sent.get("number", "0") or 0)
    match verb:
        case "stop":
            services.set_legal_hold(
                actor=actor,
                at=at,
                reason=sent.get("reason", ""),
                scope=sent.get("scope", ""),
                currency=sent.get("currency", ""),
                note=sent.get("note", ""),
            )
            text = _("The legal hold is set.")
        case "review":
            found = review_payees(
                actor=actor, at=at, currency=sent.get("currency", ""), policy=sent.get("policy", DEFAULT_POLICY)
            )
            text = _("%(held)s wait for what is on file about their payees; %(released)s are payable again.") % {
                "held": format_amount(found.held_micro, sent["currency"]),
                "released": format_amount(found.release.amount_micro if found.release else 0, sent["currency"]),
            }
            if found.passed_micro:
                passed = format_amount(found.passed_micro, sent["currency"])
                text += " " + _("%(passed)s that payees who died owed is owed by their heirs now.") % {"passed": passed}
        case "lift":
            services.lift_legal_hold(actor=actor, at=at, legal_hold_id=number)
            text = _("The legal hold is lifted.")
        case "propose":
            services.propose_expiry(actor=actor, at=at, pool_id=number, reason=sent.get("reason", ""))
            text = _("The release waits for a second person.")
        case "approve":
            services.approve_expiry(actor=actor, at=at, expiry_id=number)
            text = _("The money is released.")
        case _withdraw:
            services.withdraw_expiry(actor=actor, at=at, expiry_id=number)
            text = _("The proposal is withdrawn.")
    messages.success(request, text)
    return redirect("office:hold_ages")


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def unclaimed(request: HttpRequest) -> HttpResponse:
    """Show the whole published list with amounts, and the claims on it."""
    today, text = now().date(), request.GET.get("q", "").strip()[:200]
    page = window_page(
        request,
        lambda limit, offset: published.list_unclaimed(
            Audience.OFFICE, on=today, text=text, limit=limit, offset=offset
        ),
    )
    context = {
        "page": page,
        "q": text,
        "published_at": published.published_at(),
        "claims": published.list_claims(open_only=True, limit=100).rows,
        "may_write": allows(actor_of(request), Action.DISTRIBUTION_WRITE),
    }
    return render(request, "office/distributions/unclaimed.html", context)


@staff_page(Action.DISTRIBUTION_WRITE)
@require_POST
@once
def publish(request: HttpRequest) -> HttpResponse:
    """Seal the list as of now."""
    count = services.publish_unclaimed(actor=actor_of(request), at=now())
    messages.success(request, _("The list has %(count)s items.") % {"count": count})
    return redirect("office:unclaimed")


@staff_page(Action.DISTRIBUTION_WRITE)
@require_POST
@once
def answer(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Accept or refuse a claim on the list."""
    accept = request.POST.get("verdict") == "accept"
    services.decide_claim(
        actor=actor_of(request), at=now(), claim_id=claim_id, accept=accept, answer=request.POST.get("answer", "")
    )
    messages.success(request, _("The claimant reads the answer in the portal."))
    return redirect("office:unclaimed")


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def unclaimed_csv(request: HttpRequest) -> HttpResponse:
    """Send the whole list with amounts as CSV."""
    stream, text = BytesIO(), request.GET.get("q", "").strip()[:200]
    items = published.iter_unclaimed(Audience.OFFICE, on=now().date(), text=text)
    write_csv(HEADERS, (unclaimed_row(item, with_amounts=True) for item in items), stream)
    return file_response(stream.getvalue(), "unclaimed.csv", "text/csv; charset=utf-8")


urlpatterns = [
    path("holds/ages/", by_age, name="hold_ages"),
    path("holds/act/<str:verb>/", act, name="hold_act"),
    path("unclaimed/", unclaimed, name="unclaimed"),
    path("unclaimed/publish/", publish, name="publish_unclaimed"),
    path("unclaimed/claims/<int:claim_id>/", answer, name="answer_claim"),
    path("unclaimed/unclaimed.csv", unclaimed_csv, name="unclaimed_csv"),
]

NAVIGATION = [
    Entry(gettext_lazy("Holds by age"), "office:hold_ages", Action.DISTRIBUTION_READ, 61),
    Entry(gettext_lazy("Unclaimed list"), "office:unclaimed", Action.DISTRIBUTION_READ, 61),
]
