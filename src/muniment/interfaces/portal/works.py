"""A member's own works, with the member's own shares."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import member_page, now
from muniment.interfaces.portal.home import own_party
from muniment.interfaces.windows import window_page
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.works.queries import get_work, share_claims, works_of_party
from muniment.rights.works.rules.rows import WorkHit
from muniment.rights.works.rules.shares import ShareClaim
from muniment.trust.access.rules import Action


@dataclass(frozen=True, slots=True)
class OwnWork:
    """A work and what the member claims of it today."""

    hit: WorkHit
    claims: tuple[ShareClaim, ...]


def own_claims(work_ids: list[int], party_id: int, at: datetime) -> dict[int, tuple[ShareClaim, ...]]:
    """Return the party's share claims of each work that are known and in force at the instant."""
    return {
        work_id: tuple(
            claim for claim in claims if claim.party_id == party_id and claim.is_known(at) and claim.is_valid(at.date())
        )
        for work_id, claims in share_claims(work_ids).items()
    }


@member_page
def work_list(request: HttpRequest) -> HttpResponse:
    """List the member's works by title, each with the member's shares."""
    party_id = own_party(request)
    page = window_page(request, lambda limit, offset: works_of_party(party_id, limit, offset))
    claims = own_claims([hit.id for hit in page.object_list], party_id, now())
    works = [OwnWork(hit, claims.get(hit.id, ())) for hit in page.object_list]
    return render(request, "portal/works.html", {"page": page, "works": works})


@member_page
def work_page(request: HttpRequest, work_id: int) -> HttpResponse:
    """Show one of the member's works; a work that is not the member's is not there."""
    party_id = own_party(request)
    claims = own_claims([work_id], party_id, now()).get(work_id, ())
    work = get_work(work_id)
    if work.merged_into is not None and work.merged_into.id is not None:
        return redirect("portal:work", work.merged_into.id)
    named = [part.party_id for part in work.contributions if part.party_id is not None]
    parties = set(current_party_ids([*named, *(line.party_id for line in work.share_lines)]).values())
    if work.known_to is not None or party_id not in parties:
        raise Http404
    return render(request, "portal/work.html", {"work": work, "claims": claims, "party_id": party_id})


urlpatterns = [
    path("works/", work_list, name="works"),
    path("works/<int:work_id>/", work_page, name="work"),
]
NAVIGATION = [Entry(gettext_lazy("My works"), "portal:works", Action.OWN_READ, 210)]
