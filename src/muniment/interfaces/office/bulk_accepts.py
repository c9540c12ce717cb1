"""Pages for accepting many items at once: a filter, a preview of exactly what would be accepted, and taking it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from muniment.interfaces.office._review_parts import filter_of, hidden_fields, number_of, percent_text, shown_items
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.windows import window_page
from muniment.trust.access.rules import Action
from muniment.use.matching import queries, services
from muniment.use.matching.queries import PreviewedItem

_USUAL_MINIMUM_PPM = 900_000
_TOLD = 20


@staff_page(Action.MATCH_REVIEW)
def bulk_page(request: HttpRequest) -> HttpResponse:
    """Show the filter, what it would accept once it was asked, and what was accepted in bulk before."""
    chosen = filter_of(request.GET)
    asked = "min" in request.GET
    preview = queries.preview_bulk(chosen, name=actor_of(request).name, at=now()) if asked else None
    shown = {
        "chosen": chosen,
        "minimum": percent_text(chosen.minimum_ppm if asked else _USUAL_MINIMUM_PPM),
        "methods": queries.methods_waiting(),
        "preview": preview,
        "fields": hidden_fields(chosen),
        "set": _set_text(preview.items) if preview else "",
        "weakest": shown_items(preview.weakest, most=1) if preview else (),
        "weightiest": shown_items(preview.weightiest, most=1) if preview else (),
        "page": window_page(request, lambda limit, offset: queries.list_bulks(limit=limit, offset=offset)),
    }
    return render(request, "office/matching/bulk.html", shown)


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def accept(request: HttpRequest) -> HttpResponse:
    """Accept exactly the items of the preview; what changed since is told."""
    receipt = services.accept_in_bulk(
        actor=actor_of(request),
        at=now(),
        chosen=filter_of(request.POST),
        items=_set_of(request.POST.get("set", "")),
        digest=request.POST.get("digest", ""),
    )
    counts = {"items": receipt.bulk.item_count, "lines": receipt.bulk.line_count}
    messages.success(request, _("%(items)s items with %(lines)s lines are accepted.") % counts)
    if receipt.left:
        titles = ", ".join(f"“{left.title}” ({left.why.value})" for left in receipt.left[:_TOLD])
        told = {"count": len(receipt.left), "titles": titles}
        messages.warning(request, _("%(count)s had changed since the preview and were left: %(titles)s") % told)
    return redirect("office:bulk-accepts")


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def undo(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """Take a whole bulk back."""
    count = services.undo_bulk(actor=actor_of(request), at=now(), bulk_id=bulk_id)
    messages.success(request, _("The bulk is undone; %(count)s items wait again.") % {"count": count})
    return redirect("office:bulk-accepts")


def _set_text(items: tuple[PreviewedItem, ...]) -> str:
    return " ".join(f"{item.item_id}:{item.work_id}" for item in items)


def _set_of(text: str) -> tuple[PreviewedItem, ...]:
    """Read the items of a preview back; what cannot be read is left out, which the digest then tells."""
    pairs = [pair.partition(":") for pair in text.split()[: queries.MOST_AT_ONCE + 1]]
    read = [(number_of(item), number_of(work)) for item, _, work in pairs]
    return tuple(PreviewedItem(item, work) for item, work in read if item is not None and work is not None)


urlpatterns = [
    path("review/bulk/", bulk_page, name="bulk-accepts"),
    path("review/bulk/accept/", accept, name="bulk-accept"),
    path("review/bulk/<int:bulk_id>/undo/", undo, name="bulk-undo"),
]
