"""The page of one item, made for speed: decide, and the next item is there.

To open an item leases it to the person for ten minutes, renewed while the page is open; whoever asks for the next item
in the meantime gets another one. Everything works by buttons and links; static/review.js lets keys press them.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from muniment.interfaces.office._review_parts import (
    filter_of,
    hidden_fields,
    number_of,
    progress_of,
    query_of,
    shown_items,
)
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.rights.works.queries import find_works
from muniment.trust.access.rules import Action, allows
from muniment.use.matching import queries, services
from muniment.use.matching.queries import LeaseRow, QueueFilter, ReviewItemRow
from muniment.use.matching.rules.review import LEASE, ItemState, Verdict
from muniment.use.usages.queries import lines_by_id, list_sources

_WORKS_FOUND = 10
_RENEWALS_PER_LEASE = 3


@staff_page(Action.MATCH_REVIEW)
def next_item(request: HttpRequest) -> HttpResponse:
    """Lease the weightiest item that nobody has open, and go there."""
    chosen = filter_of(request.GET)
    item_id = services.claim_next(actor=actor_of(request), at=now(), chosen=chosen)
    if item_id is None:
        messages.info(request, _("Nothing is left here: what remains is open before others, or you left it for later."))
        return redirect(reverse("office:review") + query_of(chosen))
    return redirect(reverse("office:review-item", args=[item_id]) + query_of(chosen))


@staff_page(Action.USAGE_READ)
def item_page(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show one item with a sample line, its candidates and a search of the works; for a reviewer, lease it."""
    actor, at = actor_of(request), now()
    chosen = filter_of(request.GET)
    may_review = allows(actor, Action.MATCH_REVIEW)
    lease = services.claim_item(actor=actor, at=at, item_id=item_id) if may_review else None
    item = queries.get_item(item_id)
    waits = item.state in (ItemState.OPEN, ItemState.REJECTED)
    text = request.GET.get("find", item.title).replace("\0", " ")[:500]
    may_decide = may_review and waits and (lease is None or lease.holder == actor.name)
    day, last = progress_of(request) if may_review else (None, None)
    shown = {
        "shown": shown_items([item])[0],
        "item": item,
        "line": lines_by_id([item.sample_line_id]).get(item.sample_line_id),
        "text": text,
        "found": find_works(text, limit=_WORKS_FOUND).rows if text and may_decide else (),
        "decision": queries.decision_of(item_id) if item.state is not ItemState.OPEN else None,
        "sources": list_sources() if may_decide else (),
        "may_review": may_review,
        "may_decide": may_decide,
        "held": _held_by_another(item, lease, actor.name),
        "renew_seconds": int(LEASE.total_seconds()) // _RENEWALS_PER_LEASE,
        "fields": hidden_fields(chosen),
        "query": query_of(chosen),
        "day": day,
        "last": last,
    }
    return render(request, "office/matching/item.html", shown)


def _held_by_another(item: ReviewItemRow, lease: LeaseRow | None, name: str) -> LeaseRow | None:
    """Return the lease of somebody else; a person who only reads is told as well."""
    if lease is None:
        return item.lease_of_another(name, now()) if item.state is ItemState.OPEN else None
    return None if lease.holder == name else lease


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def decide(request: HttpRequest, item_id: int) -> HttpResponse:
    """Carry out the pressed button: accept, reject, or pick:<work>; then go on to the next item."""
    word, _colon, work = request.POST.get("verdict", "").partition(":")
    if word not in set(Verdict):
        raise queries.UnknownItem(_("No verdict was chosen."), _("Press one of the buttons."))
    decision = services.decide(
        actor=actor_of(request),
        at=now(),
        item_id=item_id,
        verdict=word,
        work_id=number_of(work),
        source_code=request.POST.get("source", ""),
    )
    messages.success(request, _("“%(title)s” is decided, for all equal lines.") % {"title": decision.title})
    return _on(filter_of(request.GET))


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def skip(request: HttpRequest, item_id: int) -> HttpResponse:
    """Leave the item for later, and go on to the next."""
    services.skip_item(actor=actor_of(request), at=now(), item_id=item_id)
    return _on(filter_of(request.GET))


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def unskip(request: HttpRequest) -> HttpResponse:
    """Bring back what the person left for later."""
    count = services.unskip_items(actor=actor_of(request))
    messages.info(request, _("%(count)s items that you left for later are back.") % {"count": count})
    return redirect(reverse("office:review") + query_of(filter_of(request.GET)))


@staff_page(Action.MATCH_REVIEW)
@require_POST
def renew(request: HttpRequest, item_id: int) -> HttpResponse:
    """Renew the lease of a page that is still open; 409: the item is somebody else's now, or settled."""
    lease = services.claim_item(actor=actor_of(request), at=now(), item_id=item_id)
    is_mine = lease is not None and lease.holder == actor_of(request).name
    return JsonResponse({"held": is_mine}, status=200 if is_mine else 409)


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take a decision back, and open its item again."""
    decision = services.undo_decision(actor=actor_of(request), at=now(), decision_id=decision_id)
    messages.success(request, _("The decision about “%(title)s” is undone.") % {"title": decision.title})
    if request.POST.get("back") == "decisions":
        return redirect("office:decisions")
    return redirect(reverse("office:review-item", args=[decision.item_id]) + query_of(filter_of(request.GET)))


def _on(chosen: QueueFilter) -> HttpResponse:
    return redirect(reverse("office:review-next") + query_of(chosen))


urlpatterns = [
    path("review/next/", next_item, name="review-next"),
    path("review/unskip/", unskip, name="review-unskip"),
    path("review/<int:item_id>/", item_page, name="review-item"),
    path("review/<int:item_id>/decide/", decide, name="decide"),
    path("review/<int:item_id>/skip/", skip, name="review-skip"),
    path("review/<int:item_id>/renew/", renew, name="review-renew"),
    path("review/decisions/<int:decision_id>/undo/", undo, name="decision-undo"),
]
