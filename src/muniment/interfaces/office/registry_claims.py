"""Who stands behind a registration: codes for new holders, and the members who ask with one."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._registry_forms import ClaimForm, RefuseClaimForm
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.registry_office import leaves
from muniment.interfaces.windows import window_page
from muniment.rights.parties.queries import get_party
from muniment.rights.registry.queries.claims import ClaimRow, claims_of, list_claims
from muniment.rights.registry.queries.registrations import RegistrationRow, get_registration
from muniment.rights.registry.rules.claims import ClaimState
from muniment.rights.registry.services.claims import CODE_DAYS, grant_claim, issue_claim, refuse_claim
from muniment.trust.access.rules import Action, allows


@staff_page(Action.REGISTRY_READ)
@require_GET
def claims(request: HttpRequest) -> HttpResponse:
    """List the claims that wait for a registrar."""
    page = window_page(request, lambda limit, offset: list_claims(limit=limit, offset=offset))
    return render(request, "office/registry/claims.html", {"page": page})


@staff_page(Action.REGISTRY_READ)
@require_GET
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """Show who stands behind a registration, who asks for it, and what can be done."""
    return _page(request, _asked(number))


@never_cache
@staff_page(Action.REGISTRY_RECORD)
@require_http_methods(["POST"])
@once
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Issue a code and show it, this once: it is kept nowhere."""
    row = _asked(number)
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return _page(request, row, issue_form=form)
    issued = issue_claim(
        actor=actor_of(request), at=now(), number=number, days=form.cleaned_data["days"], leaves=leaves()
    )
    return render(request, "office/registry/claim_code.html", {"row": row, "issued": issued})


@staff_page(Action.REGISTRY_RECORD)
@require_http_methods(["POST"])
@once
def grant(request: HttpRequest, number: str) -> HttpResponse:
    """Have the member who asks stand behind the registration."""
    row = grant_claim(actor=actor_of(request), at=now(), number=number, leaves=leaves())
    messages.success(request, _("The member stands behind the registration now."))
    return redirect("office:registry_registration", row.registration)


@staff_page(Action.REGISTRY_RECORD)
@require_http_methods(["POST"])
@once
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Refuse the member who asks, with the reason."""
    row, form = _asked(number), RefuseClaimForm(request.POST)
    if not form.is_valid():
        return _page(request, row, refuse_form=form)
    reason = form.cleaned_data["reason"]
    refuse_claim(actor=actor_of(request), at=now(), number=number, reason=reason, leaves=leaves())
    messages.success(request, _("The claim is refused."))
    return redirect("office:registry_registration", row.certificate_number)


def _asked(number: str) -> RegistrationRow:
    row = get_registration(number)
    if row is None:
        raise Http404(_("There is no such registration."))
    return row


def _page(
    request: HttpRequest,
    row: RegistrationRow,
    issue_form: forms.Form | None = None,
    refuse_form: forms.Form | None = None,
) -> HttpResponse:
    """Show the claims to a registration with both forms; what was refused stays in its form."""
    found = claims_of(row.certificate_number)
    wrong = issue_form is not None or refuse_form is not None
    context = {
        "row": row,
        "member": None if row.party_id is None else get_party(row.party_id),
        "asking": next((_with_party(one) for one in found if one.state is ClaimState.ASKED), None),
        "may_record": allows(actor_of(request), Action.REGISTRY_RECORD),
        "claims": [_with_party(one) for one in found],
        "issue_form": issue_form or ClaimForm(initial={"days": CODE_DAYS}),
        "refuse_form": refuse_form or RefuseClaimForm(),
    }
    return render(request, "office/registry/claim.html", context, status=422 if wrong else 200)


def _with_party(one: ClaimRow) -> tuple[ClaimRow, str]:
    """Return a claim and the name of the member who asked, empty where nobody did."""
    return one, "" if one.party_id is None else get_party(one.party_id).name


urlpatterns = [
    path("registry/claims/", claims, name="registry_claims"),
    path("registry/claims/<str:number>/", claim, name="registry_claim"),
    path("registry/claims/<str:number>/code/", issue, name="registry_claim_issue"),
    path("registry/claims/<str:number>/grant/", grant, name="registry_claim_grant"),
    path("registry/claims/<str:number>/refuse/", refuse, name="registry_claim_refuse"),
]

NAVIGATION = [Entry(gettext_lazy("Claims to registrations"), "office:registry_claims", Action.REGISTRY_READ, 82)]
