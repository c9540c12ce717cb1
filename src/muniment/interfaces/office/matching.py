"""Pages of matching: the review queue, one item, the unidentified list, decisions.

The queue works by buttons; static/review.js lets keys press them: j and k move, a accepts, r rejects, 1 to 9 pick,
/ searches, u undoes the last decision.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from muniment.interfaces.cli.matching import UNIDENTIFIED_HEADERS, unidentified_row
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, now, once, page_of, staff_page
from muniment.interfaces.windows import Window, window_page
from muniment.kernel.formats.tables import csv_lines
from muniment.kernel.words.paging import Page as Found
from muniment.rights.works.queries import WorkHit, find_works, work_hits
from muniment.trust.access.rules import Action, allows
from muniment.use.matching import queries, services
from muniment.use.matching.queries import ReviewItemRow
from muniment.use.matching.rules.review import Verdict
from muniment.use.usages.queries import lines_by_id, list_sources

NAVIGATION = [
    Entry(gettext_lazy("Review queue"), "office:review", Action.MATCH_REVIEW, 41),
    Entry(gettext_lazy("Unidentified"), "office:unidentified", Action.USAGE_READ, 42),
]

_ITEMS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A candidate with what a clerk needs to recognise the work; `work` is None where it is gone."""

    work_id: int
    work: WorkHit | None
    score_ppm: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item of the queue with its candidates."""

    item: ReviewItemRow
    candidates: tuple[ShownCandidate, ...]


def shown_items(items: Iterable[ReviewItemRow]) -> list[ShownItem]:
    """Return items with their candidates' works, read at once."""
    items = list(items)
    works = work_hits({found.work_id for item in items for found in item.candidates})
    return [
        ShownItem(
            item,
            tuple(
                ShownCandidate(found.work_id, works.get(found.work_id), found.score_ppm, found.reasons)
                for found in item.candidates
            ),
        )
        for item in items
    ]


@staff_page(Action.MATCH_REVIEW)
def review(request: HttpRequest) -> HttpResponse:
    """Show what waits for a decision, the weightiest first."""
    text, report_id = request.GET.get("q", ""), _number(request.GET.get("report", ""))

    def fetch(limit: int, offset: int) -> Found[ReviewItemRow]:
        return queries.queue(text=text, report_id=report_id, limit=limit, offset=offset)

    page: Page[ReviewItemRow] = page_of(request, Paginator(Window(fetch), _ITEMS_SHOWN))
    last = queries.list_decisions(limit=1).rows
    shown = {
        "page": page,
        "items": shown_items(page.object_list),
        "total": page.paginator.count,
        "text": text,
        "report_id": report_id,
        "last": last[0] if last else None,
        "back": request.get_full_path(),
    }
    return render(request, "office/matching/review.html", shown)


@staff_page(Action.USAGE_READ)
def item_page(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show one item with a sample line, and search the repertoire for the work it is."""
    item = queries.get_item(item_id)
    text = request.GET.get("q", item.title)
    line = lines_by_id([item.sample_line_id]).get(item.sample_line_id)
    shown = {
        "shown": shown_items([item])[0],
        "item": item,
        "line": line,
        "text": text,
        "found": find_works(text, limit=20).rows if text else (),
        "decision": queries.decision_of(item_id),
        "sources": list_sources(),
        "may_decide": allows(actor_of(request), Action.MATCH_REVIEW),
    }
    return render(request, "office/matching/item.html", shown)


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def decide(request: HttpRequest, item_id: int) -> HttpResponse:
    """Carry out the pressed button: accept, reject, or pick:<work>."""
    word, _colon, work = request.POST.get("verdict", "").partition(":")
    if word not in set(Verdict):
        raise queries.UnknownItem(_("No verdict was chosen."), _("Press one of the buttons."))
    decision = services.decide(
        actor=actor_of(request),
        at=now(),
        item_id=item_id,
        verdict=word,
        work_id=_number(work),
        source_code=request.POST.get("source", ""),
    )
    messages.success(request, _("“%(title)s” is decided, for all equal lines.") % {"title": decision.title})
    return redirect(_back(request))


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Take a decision back."""
    decision = services.undo_decision(actor=actor_of(request), at=now(), decision_id=decision_id)
    messages.success(request, _("The decision about “%(title)s” is undone.") % {"title": decision.title})
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the queue's own address that the form came from; any other address is not followed."""
    back, queue = request.POST.get("back", ""), reverse("office:review")
    return back if back.startswith(queue) else queue


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@staff_page(Action.USAGE_READ)
def unidentified(request: HttpRequest) -> HttpResponse:
    """List the unidentified works, most uses first."""
    text, report_id = request.GET.get("q", ""), _number(request.GET.get("report", ""))
    page = window_page(
        request,
        lambda limit, offset: queries.unidentified(text=text, report_id=report_id, limit=limit, offset=offset),
    )
    return render(request, "office/matching/unidentified.html", {"page": page, "text": text, "report_id": report_id})


@staff_page(Action.USAGE_READ)
def export_unidentified(_request: HttpRequest) -> HttpResponse:
    """Give the whole unidentified list as CSV."""
    rows: Iterator[tuple[object, ...]] = map(unidentified_row, queries.iter_unidentified())
    headers = {"Content-Disposition": f"attachment; {urlencode({'filename': 'unidentified.csv'})}"}
    return HttpResponse(csv_lines(UNIDENTIFIED_HEADERS, rows), content_type="text/csv", headers=headers)


@staff_page(Action.MATCH_REVIEW)
def decisions(request: HttpRequest) -> HttpResponse:
    """List the decisions that hold, newest first."""
    page = window_page(request, lambda limit, offset: queries.list_decisions(limit=limit, offset=offset))
    works = work_hits({row.work_id for row in page.object_list if row.work_id is not None})
    rows = [(row, works.get(row.work_id or 0)) for row in page.object_list]
    return render(request, "office/matching/decisions.html", {"page": page, "rows": rows})


urlpatterns = [
    path("review/", review, name="review"),
    path("review/<int:item_id>/", item_page, name="review-item"),
    path("review/<int:item_id>/decide/", decide, name="decide"),
    path("review/decisions/", decisions, name="decisions"),
    path("review/decisions/<int:decision_id>/undo/", undo, name="decision-undo"),
    path("unidentified/", unidentified, name="unidentified"),
    path("unidentified/export.csv", export_unidentified, name="unidentified-export"),
]
