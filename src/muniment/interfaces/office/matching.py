"""Pages of matching: the review queue, the unidentified list, decisions. The work on one item is in review.py."""

from collections.abc import Iterator

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from muniment.interfaces.cli.matching import UNIDENTIFIED_HEADERS, unidentified_row
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._review_parts import (
    filter_of,
    hidden_fields,
    number_of,
    progress_of,
    query_of,
    shown_items,
)
from muniment.interfaces.pages import now, page_of, staff_page
from muniment.interfaces.windows import Window, window_page
from muniment.kernel.formats.tables import csv_lines
from muniment.kernel.words.paging import Page as Found
from muniment.rights.works.queries import work_hits
from muniment.trust.access.rules import Action
from muniment.use.matching import queries
from muniment.use.matching.queries import ReviewItemRow

NAVIGATION = [
    Entry(gettext_lazy("Review queue"), "office:review", Action.MATCH_REVIEW, 41),
    Entry(gettext_lazy("Unidentified"), "office:unidentified", Action.USAGE_READ, 42),
]

_ITEMS_SHOWN = 50


@staff_page(Action.MATCH_REVIEW)
def review(request: HttpRequest) -> HttpResponse:
    """Show what waits for a decision, the weightiest first, and how the day goes."""
    chosen = filter_of(request.GET)

    def fetch(limit: int, offset: int) -> Found[ReviewItemRow]:
        return queries.list_chosen(chosen, limit=limit, offset=offset)

    page: Page[ReviewItemRow] = page_of(request, Paginator(Window(fetch), _ITEMS_SHOWN))
    day, last = progress_of(request)
    shown = {
        "page": page,
        "items": shown_items(page.object_list, most=1),
        "total": page.paginator.count,
        "chosen": chosen,
        "fields": hidden_fields(chosen, ("q",)),
        "query": query_of(chosen),
        "day": day,
        "last": last,
        "now": now(),
    }
    return render(request, "office/matching/review.html", shown)


@staff_page(Action.USAGE_READ)
def unidentified(request: HttpRequest) -> HttpResponse:
    """List the unidentified works, most uses first."""
    text, report_id = request.GET.get("q", ""), number_of(request.GET.get("report", ""))
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
    path("review/decisions/", decisions, name="decisions"),
    path("unidentified/", unidentified, name="unidentified"),
    path("unidentified/export.csv", export_unidentified, name="unidentified-export"),
]
