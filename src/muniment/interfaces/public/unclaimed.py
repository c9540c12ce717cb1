"""The published list of works whose money waits for somebody unknown: titles and sources, no amounts, no owners."""

from io import BytesIO

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from muniment.interfaces.downloads import file_response
from muniment.interfaces.pages import now
from muniment.interfaces.unclaimed_table import HEADERS, unclaimed_row
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.tables import write_csv
from muniment.pay.distributions.queries import published
from muniment.pay.distributions.queries.published import Audience


@require_GET
def unclaimed(request: HttpRequest) -> HttpResponse:
    """Show what is due to be public today; a search narrows it."""
    today, text = now().date(), request.GET.get("q", "").strip()[:200]
    page = window_page(
        request,
        lambda limit, offset: published.list_unclaimed(
            Audience.PUBLIC, on=today, text=text, limit=limit, offset=offset
        ),
    )
    context = {"page": page, "q": text, "published_at": published.published_at()}
    return render(request, "public/unclaimed.html", context)


@require_GET
def unclaimed_item(request: HttpRequest, key: str) -> HttpResponse:
    """Show one item under its own address, which stays when the list is sealed again."""
    try:
        item = published.find_item(key, Audience.PUBLIC, now().date())
    except published.UnknownItem as error:
        raise Http404(str(error)) from error
    return render(request, "public/unclaimed_item.html", {"item": item, "published_at": published.published_at()})


@require_GET
def unclaimed_csv(request: HttpRequest) -> HttpResponse:
    """Send the public list as CSV; those that a text finds, as the page, or all."""
    stream, text = BytesIO(), request.GET.get("q", "").strip()[:200]
    items = published.iter_unclaimed(Audience.PUBLIC, on=now().date(), text=text)
    write_csv(HEADERS, (unclaimed_row(item, with_amounts=False) for item in items), stream)
    return file_response(stream.getvalue(), "unclaimed.csv", "text/csv; charset=utf-8")


urlpatterns = [
    path("unclaimed/", unclaimed, name="unclaimed"),
    path("unclaimed/<str:key>/", unclaimed_item, name="unclaimed_item"),
    path("unclaimed/unclaimed.csv", unclaimed_csv, name="unclaimed_csv"),
]
