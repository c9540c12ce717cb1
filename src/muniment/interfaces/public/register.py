"""The register for anybody: search, a registration with its history and liens, extracts as of any day, QR codes."""

import re
from datetime import UTC, date, datetime, time
from io import BytesIO

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from muniment.interfaces import evidence_log
from muniment.interfaces.feeds import absolute
from muniment.interfaces.public.log import plain, spoken
from muniment.interfaces.publications import registry_day
from muniment.interfaces.register_search import asked_of_register, profile_titles, register_page
from muniment.interfaces.registry_publication import public_statement
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.applications import statement_of
from muniment.rights.registry.queries.registrations import (
    RegistrationRow,
    get_registration,
    registration_as_of,
    versions_of,
)
from muniment.rights.registry.rules.application import Statement
from muniment.rights.registry.rules.estate import registration_key
from muniment.rights.registry.rules.numbers import BadNumber, Scheme, parse_scheme_number
from muniment.rights.registry.rules.profiles import get_profile, profile_names
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.proving import NotLogged, prove_leaf

_NUMBER = re.compile(r"[0-9A-Z]{16,17}")


class BadDay(UserError):
    """A day of an extract is no date."""


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Search the register; a whole number leads straight to its registration."""
    asked = asked_of_register(request)
    number = spelled(asked["q"])
    found = get_registration(number) if _NUMBER.fullmatch(number) else None
    if found is not None:
        return redirect("public:registration", found.certificate_number)
    context = {
        "page": register_page(request, asked),
        "asked": asked,
        "is_asked": any(asked.values()),
        "mistyped": why_mistyped(number) if _NUMBER.fullmatch(number) and any(map(str.isdigit, number)) else None,
        "profiles": profile_titles(),
        "states": list(RegistrationState),
    }
    return render(request, "public/register.html", context)


@require_GET
def registration(request: HttpRequest, number: str) -> HttpResponse:
    """Show a registration by either of its numbers; a number that was mistyped says so."""
    row = get_registration(spelled(number))
    if row is None:
        return _missing(request, number)
    extract = registration_as_of(row.certificate_number, registry_day())
    leaf = get_record(leaf_subject(row))
    context = {
        "row": row,
        "statement": public_statement(statement_of(row.application) or Statement()),
        "profile": get_profile(row.profile).title,
        "leaf": leaf,
        "licences": () if extract is None else extract.licences,
        "pledges": () if extract is None else extract.pledges,
        "history": versions_of(row.certificate_number),
        "proofs": _proof_links(row, is_logged=leaf is not None and leaf.index is not None),
        "canonical": page_of_registration(row),
        "api": reverse("api:registration", args=[row.certificate_number]),
    }
    return render(request, "public/register_item.html", context)


@require_GET
def as_of(request: HttpRequest, number: str) -> HttpResponse:
    """Show a registration as it stood on a day, as was known at the end of another; both are today if left out."""
    row = get_registration(spelled(number))
    if row is None:
        return _missing(request, number)
    today = registry_day()
    context: dict[str, object] = {"row": row, "on": today, "known_on": today}
    try:
        on, known_on = (read_day(request.GET.get(name, ""), today) for name in ("on", "known"))
    except BadDay as refusal:
        return render(request, "public/register_extract.html", {**context, "refusal": refusal}, status=422)
    extract = registration_as_of(row.certificate_number, on, end_of(known_on))
    address = reverse("api:registration_as_of", args=[row.certificate_number])
    query = f"?on={on.isoformat()}&known_at={known_on.isoformat()}T23:59:59.999999Z"
    paper = f"{reverse('public:paper_extract', args=[row.certificate_number])}?on={on}&known={known_on}"
    found = {"on": on, "known_on": known_on, "extract": extract, "api": address + query, "paper": paper}
    return render(request, "public/register_extract.html", {**context, **found})


@require_GET
def qr(_request: HttpRequest, number: str) -> HttpResponse:
    """Send the QR code of a registration's page as SVG."""
    row = get_registration(spelled(number))
    if row is None:
        raise Http404
    stream = BytesIO()
    segno.make(page_of_registration(row), error="m", micro=False).save(stream, kind="svg", border=4, scale=4)
    answer = HttpResponse(stream.getvalue(), content_type="image/svg+xml")
    answer["Cache-Control"] = "public, max-age=86400"
    return answer


@require_GET
@spoken
def proof(_request: HttpRequest, number: str) -> HttpResponse:
    """Send the newest proof that the log holds the newest version of a registration."""
    row = get_registration(spelled(number))
    leaf = None if row is None else get_record(leaf_subject(row))
    if leaf is None:
        raise NotLogged("There is no such registration.", "Look at its number.")
    return plain(prove_leaf(evidence_log.home(), leaf.leaf_hash, evidence_log.policy()).text)


def spelled(number: str) -> str:
    """Return a number without blanks and hyphens, in capitals."""
    return re.sub(r"[\s-]", "", number).upper()


def why_mistyped(number: str) -> BadNumber | None:
    """Return what is wrong with a number; None if it is as some profile writes those of certificates or registrations.

    What is told is of the scheme whose length it has.
    """
    refusals: list[tuple[bool, BadNumber]] = []
    for scheme in _schemes():
        try:
            parse_scheme_number(scheme, number)
        except BadNumber as error:
            refusals.append((scheme.size != len(number), error))
        else:
            return None
    return min(refusals, key=lambda one: one[0])[1] if refusals else None


def _schemes() -> list[Scheme]:
    profiles = [get_profile(name) for name in profile_names()]
    both = [scheme for one in profiles for scheme in (one.certificate_scheme, one.registration_scheme)]
    return list(dict.fromkeys(both))


def leaf_subject(row: RegistrationRow) -> str:
    """Return under which subject the log holds the newest version of a registration."""
    return f"registration/{row.certificate_number}/{row.version_count - 1}"


def page_of_registration(row: RegistrationRow) -> str:
    """Return the address of a registration's page for ever: that of its certificate number, below `MUNIMENT_URL`."""
    return absolute(reverse("public:registration", args=[row.certificate_number]))


def read_day(text: str, today: date) -> date:
    """Return the day that a text names, today if none.

    Raises:
        BadDay: it is no date.
    """
    try:
        return date.fromisoformat(text) if text else today
    except ValueError:
        raise BadDay(_("This is no date."), _("Write it as 2026-11-22.")) from None


def end_of(day: date) -> datetime:
    """Return the last instant of a day (UTC)."""
    return datetime.combine(day, time.max, UTC)


def _missing(request: HttpRequest, number: str) -> HttpResponse:
    context = {"number": number[:40], "mistyped": why_mistyped(spelled(number))}
    return render(request, "public/register_missing.html", context, status=404)


def _proof_links(row: RegistrationRow, *, is_logged: bool) -> list[tuple[str, str]]:
    """Return the addresses of a registration's proofs, which there are once the log holds it, and of its papers."""
    number = row.certificate_number
    proofs = [
        (reverse("public:registration_proof", args=[number]), _("Proof that the log holds it")),
        (f"{reverse('public:log_map_proof')}?key={registration_key(number)}", _("Proof of how it stands")),
    ]
    return [*(proofs if is_logged else ()), (reverse("public:paper_extract", args=[number]), _("Extract as PDF"))]


urlpatterns = [
    path("register/", register, name="register"),
    path("register/<str:number>/", registration, name="registration"),
    path("register/<str:number>/as-of/", as_of, name="registration_as_of"),
    path("register/<str:number>/qr.svg", qr, name="registration_qr"),
    path("register/<str:number>/proof", proof, name="registration_proof"),
]
