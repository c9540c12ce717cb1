"""What a member applies to have registered: drafted, checked, submitted, corrected, defended or withdrawn."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, member_page, now, once
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.portal.home import own_party
from muniment.interfaces.registry_fields import field_label, is_stated, parts_of, stated_text
from muniment.interfaces.registry_form import Read, groups_of, read_form, shown_fields, texts_of
from muniment.interfaces.registry_office import leaves
from muniment.interfaces.windows import window_page
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import get_party
from muniment.rights.registry.queries import get_particulars, list_deposits
from muniment.rights.registry.queries.applications import (
    ApplicationRow,
    events_of,
    get_application,
    list_applications,
    objections_of,
    rules_of,
    statement_of,
)
from muniment.rights.registry.queries.prechecks import check_statement, findings_of
from muniment.rights.registry.queries.registrations import (
    RegistrationRow,
    get_registration,
    search_register,
    versions_of,
)
from muniment.rights.registry.rules.application import STATEMENT_FIELDS, Applicant, Kind, Statement
from muniment.rights.registry.rules.precheck import Finding
from muniment.rights.registry.rules.profiles import profile_names, profile_on
from muniment.rights.registry.rules.standing import Act, RegistrationState, State, acts_in
from muniment.rights.registry.services.applications import (
    answer_correction,
    change_draft,
    draft_application,
    submit_application,
    withdraw_application,
)
from muniment.rights.registry.services.checking import NotReady
from muniment.rights.registry.services.objections import reply_to_objection
from muniment.trust.access.rules import Action

_MOST_SHOWN = 200
_LATER = tuple(kind for kind in Kind if kind is not Kind.FIRST)


@member_page
@require_GET
def applications(request: HttpRequest) -> HttpResponse:
    """List what the member applied for."""
    party_id = own_party(request)
    page = window_page(request, lambda limit, offset: list_applications(party_id=party_id, limit=limit, offset=offset))
    return render(request, "portal/applications.html", {"page": page})


@member_page
@require_http_methods(["GET", "POST"])
@once
def new(request: HttpRequest) -> HttpResponse:
    """Choose what to apply for, and under which rules; begin the draft of it."""
    if request.method == "POST":
        return _begin(request)
    own = search_register(party_id=own_party(request), state=RegistrationState.IN_FORCE, limit=_MOST_SHOWN)
    context = {
        "profiles": [profile_on(name, now().date()) for name in profile_names()],
        "registrations": own.rows,
        "kinds": _LATER,
        "chosen": request.GET.get("registration", ""),
    }
    return render(request, "portal/application_new.html", context)


@member_page
@require_GET
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show an own application: where it stands, what is to be done, what it states, and its history."""
    row = _own(request, number)
    on = now().date()
    profile, statement = rules_of(row, on), statement_of(row.number)
    is_open = row.state in (State.DRAFT, State.CORRECTION)
    events = events_of(row.number)
    context = {
        "application": row,
        "profile": profile,
        "procedure": profile.procedures[row.kind],
        "today": on,
        "findings": findings_of(row.number, on) if is_open else (),
        "points": _points(row),
        "stated": [] if statement is None else _stated(statement),
        "events": tuple(reversed(events)),
        "objections": objections_of(row.number),
        "registration": get_registration(row.registration_number) if row.registration_number else None,
        "can_withdraw": Act.WITHDRAW in acts_in(row.state),
    }
    return render(request, "portal/application.html", context)


@member_page
@require_http_methods(["GET", "POST"])
@once
def form(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form of a draft or of a correction; save it, check it, add a row, or send the correction."""
    row = _own(request, number)
    before = statement_of(row.number)
    if before is None or row.state not in (State.DRAFT, State.CORRECTION):
        raise Http404
    if request.method == "GET":
        texts = texts_of(before, shown_fields(rules_of(row, now().date()), row.kind))
        findings = findings_of(row.number, now().date()) if request.GET.get("check") else ()
        return _form_page(request, row, Read(texts, before, ()), findings)
    read = read_form(request.POST, rules_of(row, now().date()), row.kind, before)
    act = request.POST.get("act", "")
    if read.wrong:
        return _form_page(request, row, read, (), 422)
    if act == "add":
        return _form_page(request, row, read, ())
    if act == "check":
        findings = _check(row, read.statement)
        if not findings:
            messages.success(request, _("The pre-check finds nothing wrong."))
        return _form_page(request, row, read, findings)
    return _keep(request, row, read)


@member_page
@require_POST
@once
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Submit a draft; what the pre-check finds is shown instead, if there is an error."""
    row = _own(request, number)
    try:
        submit_application(
            actor=actor_of(request), at=now(), number=row.number, version=_version(request, row), leaves=leaves()
        )
    except NotReady:
        messages.error(request, _("It cannot be submitted yet: see what the pre-check finds."))
    else:
        messages.success(request, _("%(number)s is submitted.") % {"number": row.number})
    return redirect("portal:application", row.number)


@member_page
@require_POST
@once
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application back."""
    row = _own(request, number)
    withdraw_application(
        actor=actor_of(request),
        at=now(),
        number=row.number,
        version=_version(request, row),
        reason=request.POST.get("reason", "").strip(),
        leaves=leaves(),
    )
    messages.success(request, _("%(number)s is withdrawn.") % {"number": row.number})
    return redirect("portal:application", row.number)


@member_page
@require_POST
@once
def reply(request: HttpRequest, number: str, objection: str) -> HttpResponse:
    """Reply to an objection."""
    row = _own(request, number)
    reply_to_objection(
        actor=actor_of(request),
        at=now(),
        number=row.number,
        version=_version(request, row),
        objection=objection,
        reply=request.POST.get("reply", ""),
        leaves=leaves(),
    )
    messages.success(request, _("Your reply is on record; the registrar decides."))
    return redirect("portal:application", row.number)


def _begin(request: HttpRequest) -> HttpResponse:
    """Make a draft: of a first registration with the member as its holder, of a later kind with what is registered."""
    party = get_party(own_party(request))
    number = request.POST.get("registration", "").strip()
    about = get_registration(number) if number else None
    if number and (about is None or about.party_id != party.id):
        raise Http404
    if about is None:
        profile, kind = profile_on(request.POST.get("profile", ""), now().date()), Kind.FIRST
        title = request.POST.get("title", "").strip()
        stated = Statement(subject=profile.subject, title=title, applicants=(Applicant(name=party.name),))
    else:
        profile, kind = profile_on(about.profile, now().date()), _kind(request)
        stated = _registered(about) or Statement(subject=profile.subject, title=about.title)
    row = draft_application(
        actor=actor_of(request),
        at=now(),
        profile=profile.name,
        kind=kind,
        statement=stated,
        party_id=party.id,
        registration="" if about is None else about.registration_number,
    )
    return redirect("portal:application_form", row.number)


def _registered(about: RegistrationRow) -> Statement | None:
    """Return what was stated for a registration at last, its holder after a transfer; None where it is erased."""
    stated = statement_of(versions_of(about.certificate_number)[-1].application or about.application)
    if stated is None:
        return None
    taker = stated.transferee
    applicants = stated.applicants if taker is None else (replace(taker, role="holder"),)
    return replace(stated, applicants=applicants, reason="", transferee=None)


def _kind(request: HttpRequest) -> Kind:
    kind = request.POST.get("kind", "")
    if kind not in _LATER:
        raise Http404
    return Kind(kind)


def _keep(request: HttpRequest, row: ApplicationRow, read: Read) -> HttpResponse:
    """Save a draft, or answer what was to be corrected; what is refused is shown beside what was typed."""
    version = _version(request, row)
    try:
        if row.state is State.DRAFT:
            change_draft(
                actor=actor_of(request), at=now(), number=row.number, version=version, statement=read.statement
            )
        else:
            answer_correction(
                actor=actor_of(request),
                at=now(),
                number=row.number,
                version=version,
                statement=read.statement,
                leaves=leaves(),
            )
    except NotReady:
        messages.error(request, _("It cannot be sent yet: see what the pre-check finds."))
        return _form_page(request, row, read, _check(row, read.statement), 422)
    except UserError as error:
        messages.error(request, refusal_text(error))
        return _form_page(request, row, read, (), 422)
    messages.success(request, _("Saved.") if row.state is State.DRAFT else _("Your correction is sent."))
    return redirect("portal:application", row.number)


def _form_page(
    request: HttpRequest, row: ApplicationRow, read: Read, findings: Sequence[Finding], status: int = 200
) -> HttpResponse:
    profile = rules_of(row, now().date())
    context = {
        "application": row,
        "profile": profile,
        "points": _points(row),
        "findings": findings,
        "wrong": [(one, field_label(one.field) if one.field else "") for one in read.wrong],
        "version": request.POST.get("version", row.version),
        "groups": groups_of(
            profile, row.kind, read.texts, findings=findings, wrong=read.wrong, deposits=_deposits(own_party(request))
        ),
    }
    return render(request, "portal/application_form.html", context, status=status)


def _check(row: ApplicationRow, statement: Statement) -> tuple[Finding, ...]:
    about = row.registration_number if row.kind is not Kind.FIRST else ""
    return check_statement(statement, row.profile, row.kind, now().date(), party_id=row.party_id, registration=about)


def _deposits(party_id: int) -> list[tuple[str, str]]:
    """Return the numbers and titles of what a member deposited and did not have erased."""
    rows = list_deposits(party_id=party_id, limit=_MOST_SHOWN).rows
    persons = ((row.number, get_particulars(row.number)) for row in rows)
    return [(number, person.title) for number, person in persons if person is not None]


def _points(row: ApplicationRow) -> list[tuple[str, str]]:
    """Return what is to be corrected now: the field's name and what the examiner wants."""
    if row.state is not State.CORRECTION:
        return []
    asked = [event for event in events_of(row.number) if event.act is Act.ASK_CORRECTION]
    return [(field_label(point.field) if point.field else "", point.text) for point in asked[-1].points]


def _stated(statement: Statement) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what is stated, each field with its name and its texts; the parts of rows with their own names."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for name in STATEMENT_FIELDS:
        value = getattr(statement, name)
        if name == "subject" or not is_stated(value) or value is False:
            continue
        if name in ("applicants", "sources", "structure"):
            for place, one in enumerate(value):
                path = f"{name}.{place}"
                found.append((field_label(path), [(label, text) for _path, label, text in parts_of(path, one)]))
        elif name in ("notarial_act", "transferee"):
            found.append((field_label(name), [(label, text) for _path, label, text in parts_of(name, value)]))
        else:
            found.append((field_label(name), [("", stated_text(name, value))]))
    return found


def _version(request: HttpRequest, row: ApplicationRow) -> int:
    """Return the version that the page was made for; one that is none is an old one."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else row.version - 1


def _own(request: HttpRequest, number: str) -> ApplicationRow:
    """Return an own application.

    Raises:
        Http404: there is none of that number, or it is another's.
    """
    row = get_application(number)
    if row is None or row.party_id != own_party(request):
        raise Http404
    return row


urlpatterns = [
    path("applications/", applications, name="applications"),
    path("applications/new/", new, name="application_new"),
    path("applications/<str:number>/", show, name="application"),
    path("applications/<str:number>/form/", form, name="application_form"),
    path("applications/<str:number>/submit/", submit, name="application_submit"),
    path("applications/<str:number>/withdraw/", withdraw, name="application_withdraw"),
    path("applications/<str:number>/objections/<str:objection>/", reply, name="application_reply"),
]
NAVIGATION = [Entry(gettext_lazy("My applications"), "portal:applications", Action.OWN_APPLY, 236)]
