"""The list of unclaimed works for members, and their claims on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, member_page, now, once
from muniment.interfaces.portal.home import own_party
from muniment.interfaces.windows import window_page
from muniment.pay.distributions import services
from muniment.pay.distributions.queries import published
from muniment.pay.distributions.queries.published import Audience
from muniment.trust.access.rules import Action


@member_page
def unclaimed(request: HttpRequest) -> HttpResponse:
    """Show what members may see today, and what this member has claimed."""
    today, text = now().date(), request.GET.get("q", "").strip()[:200]
    page = window_page(
        request,
        lambda limit, offset: published.list_unclaimed(
            Audience.MEMBERS, on=today, text=text, limit=limit, offset=offset
        ),
    )
    claims = published.list_claims(party_id=own_party(request), limit=100).rows
    return render(request, "portal/unclaimed.html", {"page": page, "q": text, "claims": claims})


@member_page
@require_POST
@once
def claim(request: HttpRequest, key: str) -> HttpResponse:
    """Claim an item; the office decides."""
    services.claim_item(
        actor=actor_of(request), at=now(), key=key, party_id=own_party(request), note=request.POST.get("note", "")
    )
    messages.success(request, _("Your claim has reached the office. You will read the answer here."))
    return redirect("portal:unclaimed")


urlpatterns = [
    path("unclaimed/", unclaimed, name="unclaimed"),
    path("unclaimed/<str:key>/claim/", claim, name="claim_unclaimed"),
]
NAVIGATION = [Entry(gettext_lazy("Unclaimed works"), "portal:unclaimed", Action.OWN_READ, 240)]
