"""Papers of the register as signed PDFs: extracts and search certificates for anybody, certificates for holders.

A page asks what the paper is to say, and its form is answered with the file. Making one costs a signature, so one
address has so many a day.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from muniment.interfaces import registry_office
from muniment.interfaces.daily_limit import TooOften, take_turn
from muniment.interfaces.downloads import file_response
from muniment.interfaces.pages import actor_of, now
from muniment.kernel.formats.certificates.paper_labels import PAPER_LABELS
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.registrations import RegistrationRow, get_registration
from muniment.rights.registry.services.papers import (
    Paper,
    SearchFor,
    extract,
    may_have_certificate,
    registration_certificate,
    search_certificate,
)

PAPERS_A_DAY = 100
"""How many extracts and search certificates one address may have on a day."""
LANGUAGES = {"en": "English", "ur": "اردو", "zh": "中文"}
"""The languages of the papers, each by its own name."""
_MOST = 300


class BadRequest(UserError):
    """A field of the form of a paper says something impossible."""


@require_http_methods(["GET", "POST"])
def paper_search(request: HttpRequest) -> HttpResponse:
    """Ask for a search certificate; `asked` and `for` of the address fill the form in."""
    given = request.POST if request.method == "POST" else request.GET
    what = _what(given.get("for", ""))
    asked = given.get("asked", "").strip()[: _MOST + 1]
    context: dict[str, object] = {"asked": asked, "what": what, "kinds": list(SearchFor)}

    def make(at: datetime, language: str) -> Paper:
        registry = registry_office.registry(at)
        return search_certificate(at=at, asked=asked, what=what, language=language, registry=registry)

    return _answered(request, "public/paper_search.html", context, make)


@require_http_methods(["GET", "POST"])
def paper_extract(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for an extract of the register as of a day; `on` and `known` of the address fill the form in."""
    row = _found(number)
    given = request.POST if request.method == "POST" else request.GET
    on, known = (given.get(name, "")[:10] for name in ("on", "known"))
    today = now().date()
    context: dict[str, object] = {"row": row, "on": on or today.isoformat(), "known": known}

    def make(at: datetime, language: str) -> Paper:
        day = _day(known)
        return extract(
            at=at,
            number=row.certificate_number,
            on=_day(on) or at.date(),
            known_at=None if day is None else datetime.combine(day, time.max, UTC),
            language=language,
            registry=registry_office.registry(at),
        )

    return _answered(request, "public/paper_extract.html", context, make)


@require_http_methods(["GET", "POST"])
def paper_registration(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the certificate of a registration, as its holder or as the desk.

    Raises:
        PermissionDenied: the person is neither.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    row, actor = _found(number), actor_of(request)
    if not may_have_certificate(actor, row):
        raise PermissionDenied

    def make(at: datetime, language: str) -> Paper:
        return registration_certificate(
            actor=actor,
            at=at,
            number=row.certificate_number,
            language=language,
            registry=registry_office.registry(at),
        )

    return _answered(request, "public/paper_registration.html", {"row": row}, make)


Make = Callable[[datetime, str], Paper]
"""Makes a paper at a time, in a language."""


def _answered(request: HttpRequest, template: str, context: dict[str, object], make: Make) -> HttpResponse:
    """Show the form, or send the paper; a refusal shows the form again."""
    language = request.POST.get("language", "") or (get_language() or "en")[:2]
    chosen = language if language in PAPER_LABELS else "en"
    shown = {**context, "paper_languages": LANGUAGES.items(), "paper_language": chosen}
    if request.method != "POST":
        return render(request, template, shown)
    at = now()
    too_often = TooOften(
        _("No more papers are made for your address today."), _("Come back tomorrow, or write to the registry.")
    )
    try:
        if not request.user.is_authenticated:
            take_turn(request, "paper", at, PAPERS_A_DAY, too_often)
        made = make(at, language)
    except UserError as refusal:
        return render(request, template, {**shown, "refusal": refusal}, status=422)
    return file_response(made.content, made.file_name, "application/pdf")


def _found(number: str) -> RegistrationRow:
    row = get_registration(number)
    if row is None:
        raise Http404
    return row


def _what(text: str) -> SearchFor:
    return SearchFor(text) if text in set(SearchFor) else SearchFor.REGISTRATION


def _day(text: str) -> date | None:
    """Return the day that a text names, None where it is empty.

    Raises:
        BadRequest: it is no date.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest(_("This is no date."), _("Write it as 2026-11-22.")) from None


urlpatterns = [
    path("papers/search/", paper_search, name="paper_search"),
    path("papers/extract/<str:number>/", paper_extract, name="paper_extract"),
    path("papers/registration/<str:number>/", paper_registration, name="paper_registration"),
]
