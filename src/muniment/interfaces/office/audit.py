"""The page of the audit trail: who did what, to what, when."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import staff_page
from muniment.interfaces.windows import window_page
from muniment.trust.access import queries
from muniment.trust.access.rules import Action


@staff_page(Action.AUDIT_READ)
@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """List events, newest first, of a person, an act, a subject or all."""
    asked = {name: request.GET.get(name, "").strip() for name in ("person", "tag", "kind", "subject")}
    subject = (asked["kind"], asked["subject"]) if asked["kind"] and asked["subject"] else None
    page = window_page(
        request,
        lambda limit, offset: queries.list_events(
            subject=subject, actor_name=asked["person"], tag=asked["tag"], limit=limit, offset=offset
        ),
    )
    return render(request, "office/audit/trail.html", {"page": page, "asked": asked, "tags": queries.list_tags()})


urlpatterns = [path("audit/", trail, name="audit")]
NAVIGATION = [Entry(gettext_lazy("Audit trail"), "office:audit", Action.AUDIT_READ, 95)]
