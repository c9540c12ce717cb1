"""The search of the repertoire for anybody: titles, writers, ISWC; no shares and nothing private."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from muniment.interfaces.windows import window_page
from muniment.rights.works import queries


def repertoire(request: HttpRequest) -> HttpResponse:
    """Show the works that a search finds; nothing before something was typed."""
    text = request.GET.get("q", "").strip()[:200]
    page = window_page(request, lambda limit, offset: queries.find_works(text, limit, offset)) if text else None
    capped = page is not None and page.paginator.count == queries.FOUND_AT_MOST
    return render(request, "public/repertoire.html", {"page": page, "q": text, "capped": capped})


urlpatterns = [path("repertoire/", repertoire, name="repertoire")]
