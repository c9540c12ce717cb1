"""Publicity for anybody: which applications are published now and until when, and the form to object to one.

Whoever objects is never shown. A form acts once, a field that people do not see stays empty, and one address has a few
objections a day.
"""

import re

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces import registry_office
from muniment.interfaces.daily_limit import TooOften, take_turn
from muniment.interfaces.pages import now, once
from muniment.interfaces.publications import find_publication, publications_of, registry_day
from muniment.interfaces.windows import window_page
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.applications import get_application, get_objection, in_publicity
from muniment.rights.registry.rules.examination import Objector
from muniment.rights.registry.rules.standing import State
from muniment.rights.registry.services.publicity import file_objection

OBJECTIONS_A_DAY = 5
"""How many objections one address may file on a day."""
_MOST_NAME, _MOST_GROUNDS = 300, 10_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadObjection(UserError):
    """A field of the form of an objection is missing or says something impossible."""


@require_GET
def publicity(request: HttpRequest) -> HttpResponse:
    """List what is published today, with its summary."""
    today = registry_day()
    page = window_page(request, lambda limit, offset: in_publicity(today, limit, offset))
    context = {"page": page, "items": publications_of(list(page.object_list), today), "today": today}
    return render(request, "public/publicity.html", context)


@require_GET
def publicity_item(request: HttpRequest, number: str) -> HttpResponse:
    """Show a published application, with the form to object while its period runs."""
    return _item(request, number)


@require_POST
def publicity_object(request: HttpRequest, number: str) -> HttpResponse:
    """File an objection; a refusal shows the form again, with what was written in it."""
    try:
        return _object_once(request, number)
    except UserError as refusal:
        return _item(request, number, refusal)


@require_GET
def objection(request: HttpRequest, number: str, objection_number: str) -> HttpResponse:
    """Show how an objection stands: its number, its days, its state. Neither who filed it nor why."""
    found = get_objection(objection_number)
    if found is None or found.application != number:
        raise Http404
    is_published = find_publication(number, registry_day()) is not None
    context = {"objection": found, "application": number, "is_published": is_published}
    return render(request, "public/publicity_objection.html", context)


@once
def _object_once(request: HttpRequest, number: str) -> HttpResponse:
    objector, grounds, evidence = _read_form(request)
    at = now()
    too_often = TooOften(
        _("No more objections are taken from your address today."), _("Come back tomorrow, or write to the registry.")
    )
    with transaction.atomic():
        take_turn(request, "objection", at, OBJECTIONS_A_DAY, too_often)
        filed = file_objection(
            actor=None,
            at=at,
            number=number,
            objector=objector,
            grounds=grounds,
            evidence_sha256=evidence,
            leaves=registry_office.leaves(),
        )
    return redirect("public:objection", number, filed.number)


def _read_form(request: HttpRequest) -> tuple[Objector, str, str]:
    """Return objector, grounds and hash of the evidence.

    Raises:
        BadObjection: a field is empty, too long or no hash; there is no token; a field is filled in that stays empty.
    """
    name, contact, grounds, evidence, trap = (
        request.POST.get(field, "").strip() for field in ("name", "contact", "grounds", "evidence_sha256", "website")
    )
    if trap:
        raise BadObjection(_("A field was filled in that people do not see."), _("Leave the field “Website” empty."))
    if not request.POST.get("form_token"):
        raise BadObjection(_("The form came without its token."), _("Open the page anew and send the form again."))
    if not name or not contact or not grounds:
        raise BadObjection(_("Name, contact and grounds are needed."), _("Fill them in."))
    if max(len(name), len(contact)) > _MOST_NAME or len(grounds) > _MOST_GROUNDS:
        raise BadObjection(_("What was written is too long."), _("Shorten it; evidence can be handed in later."))
    evidence = evidence.lower()
    if evidence and not _SHA256.fullmatch(evidence):
        raise BadObjection(
            _("The SHA-256 of the evidence has 64 hexadecimal digits."), _("Let the page make it, or leave it empty.")
        )
    return Objector(name=name, contact=contact, identifier=""), grounds, evidence


def _item(request: HttpRequest, number: str, refusal: UserError | None = None) -> HttpResponse:
    found = find_publication(number, registry_day())
    if found is None:
        row = get_application(number)
        registered = row.registration_number if row is not None and row.state == State.REGISTERED else ""
        context = {"number": number[:40], "registration": registered, "refusal": refusal}
        return render(request, "public/publicity_gone.html", context, status=404)
    shown: dict[str, object] = {"item": found, "refusal": refusal}
    if refusal is not None:
        shown["written"] = request.POST
    return render(request, "public/publicity_item.html", shown, status=200 if refusal is None else 422)


urlpatterns = [
    path("publicity/", publicity, name="publicity"),
    path("publicity/<str:number>/", publicity_item, name="publicity_item"),
    path("publicity/<str:number>/object/", publicity_object, name="publicity_object"),
    path("publicity/<str:number>/objection/<str:objection_number>/", objection, name="objection"),
]
