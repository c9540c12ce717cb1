"""The register at the desk: registrations with their versions, licences and pledges, and what is recorded on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._registry_forms import (
    AmendForm,
    AssignForm,
    ConsentForm,
    EndForm,
    LicenceForm,
    PledgeForm,
    RevokeForm,
    SubordinateForm,
)
from muniment.interfaces.office._registry_parts import today
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.register_search import asked_of_register, profile_titles, register_page
from muniment.interfaces.registry_office import leaves
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.registrations import (
    RecordalRow,
    RegistrationRow,
    get_recordal,
    get_registration,
    recordal_versions,
    recordals_of,
    registration_as_of,
    versions_of,
)
from muniment.rights.registry.rules.estate import RecordalKind, RecordalState
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services.pledges import amend_pledge, assign_pledge, subordinate_pledge
from muniment.rights.registry.services.recordals import (
    NoRecordal,
    end_recordal,
    record_consent,
    record_licence,
    record_pledge,
)
from muniment.rights.registry.services.registrations import revoke_registration
from muniment.rights.registry.services.versions import NoRegistration
from muniment.trust.access.rules import Action, NotAllowed, allows
from muniment.trust.evidence.queries import get_record

_LETTERS = 200


@staff_page(Action.REGISTRY_READ)
@require_GET
def registrations(request: HttpRequest) -> HttpResponse:
    """List the register: by words of the title, a number, a holder, an industry, a profile and a state."""
    asked = asked_of_register(request)
    context = {
        "asked": asked,
        "is_asked": any(asked.values()),
        "page": register_page(request, asked),
        "on": today(),
        "states": list(RegistrationState),
        "profiles": profile_titles(),
    }
    return render(request, "office/registry/registrations.html", context)


@staff_page(Action.REGISTRY_READ)
@require_GET
def registration(request: HttpRequest, number: str) -> HttpResponse:
    """Show a registration with its versions, its licences, its pledges by rank, and what can be recorded."""
    row, actor, on = _asked(number), actor_of(request), today()
    recordals = recordals_of(row.certificate_number)
    in_force = row.state == RegistrationState.IN_FORCE
    versions = versions_of(row.certificate_number)
    context = {
        "row": row,
        "on": on,
        "profile": get_profile(row.profile).title,
        "versions": [
            (one, get_record(f"registration/{row.certificate_number}/{one.place}")) for one in reversed(versions)
        ],
        "licences": [one for one in recordals if one.kind is RecordalKind.LICENCE],
        "pledges": sorted((one for one in recordals if one.kind is RecordalKind.PLEDGE), key=_standing_first),
        "changes": [(one, recordal_versions(one.number)) for one in recordals if one.version_count > 1],
        "may_record": in_force and allows(actor, Action.REGISTRY_RECORD),
        "may_revoke": in_force and allows(actor, Action.REGISTRY_DECIDE),
        "may_end": allows(actor, Action.REGISTRY_RECORD),
    }
    return render(request, "office/registry/registration.html", context)


def _standing_first(row: RecordalRow) -> tuple[bool, int]:
    return row.state is not RecordalState.ACTIVE, row.rank


@staff_page(Action.REGISTRY_READ)
@require_GET
def extract(request: HttpRequest, number: str) -> HttpResponse:
    """Show what the register says of a registration on a day, as it was known on another."""
    row = _asked(number)
    on = _day(request.GET.get("on", "")) or today()
    known_on = _day(request.GET.get("known", ""))
    context = {
        "row": row,
        "on": on,
        "known_on": known_on,
        "extract": registration_as_of(row.certificate_number, on, _end_of(known_on)),
    }
    return render(request, "office/registry/extract.html", context)


def _asked(number: str) -> RegistrationRow:
    row = get_registration(number)
    if row is None:
        raise NoRegistration(_("There is no such registration."), _("Compare the number with the certificate."))
    return row


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError as error:
        raise UserError(_("There is no such day."), _("Choose it from the calendar.")) from error


def _end_of(known_on: date | None) -> datetime | None:
    """Return the last instant of a day, up to which something was known."""
    return None if known_on is None else datetime.combine(known_on, time.max, UTC)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something that is written into the register: who may, its form, and the service."""

    action: Action
    title: Promise
    button: Promise
    done: Promise
    form: type[forms.Form]
    do: Callable[[HttpRequest, str, forms.Form], object]
    outlook: tuple[Promise, ...]
    is_grave: bool = False


def _licence(request: HttpRequest, number: str, form: forms.Form) -> object:
    assert isinstance(form, LicenceForm)
    return record_licence(
        **_by(request),
        number=number,
        licensee=form.counterpart(),
        terms=form.terms(),
        consent=form.cleaned_data["consent"],
    )


def _pledge(request: HttpRequest, number: str, form: forms.Form) -> object:
    assert isinstance(form, PledgeForm)
    return record_pledge(
        **_by(request),
        number=number,
        creditor=form.counterpart(),
        terms=form.terms(),
        rank=form.cleaned_data["rank"],
    )


def _revoke(request: HttpRequest, number: str, form: forms.Form) -> object:
    return revoke_registration(**_by(request), number=number, reason=form.cleaned_data["reason"])


def _end(request: HttpRequest, number: str, form: forms.Form) -> object:
    return end_recordal(**_by(request), number=number, **_said(form, "ended_on", "reason"))


def _consent(request: HttpRequest, number: str, form: forms.Form) -> object:
    return record_consent(**_by(request), number=number, **_said(form, "application", "document"))


def _amend(request: HttpRequest, number: str, form: forms.Form) -> object:
    assert isinstance(form, AmendForm)
    return amend_pledge(**_by(request), number=number, to=form.amended(), **_said(form, "document", "consent"))


def _assign(request: HttpRequest, number: str, form: forms.Form) -> object:
    assert isinstance(form, AssignForm)
    return assign_pledge(**_by(request), number=number, creditor=form.counterpart(), **_said(form, "document"))


def _subordinate(request: HttpRequest, number: str, form: forms.Form) -> object:
    return subordinate_pledge(**_by(request), number=number, **_said(form, "behind", "document"))


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor_of(request), "at": now(), "leaves": leaves()}


def _said(form: forms.Form, *names: str) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


_ON_REGISTRATIONS = {
    "licence": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("Record a licence"),
        gettext_lazy("Record"),
        gettext_lazy("The licence is recorded."),
        LicenceForm,
        _licence,
        (gettext_lazy("The register shows the licensee's name, the days and the description; no identifier."),),
    ),
    "pledge": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("Record a pledge"),
        gettext_lazy("Record"),
        gettext_lazy("The pledge is recorded."),
        PledgeForm,
        _pledge,
        (
            gettext_lazy("It takes the rank after those that stand, and keeps it."),
            gettext_lazy("Until it ends, nothing is transferred, cancelled or licensed without its creditor."),
        ),
    ),
    "revoke": _Entry(
        Action.REGISTRY_DECIDE,
        gettext_lazy("Revoke the registration"),
        gettext_lazy("Revoke for good"),
        gettext_lazy("The registration is revoked."),
        RevokeForm,
        _revoke,
        (
            gettext_lazy("The registration ends today, for everybody to see, and stays in the register as revoked."),
            gettext_lazy("Its licences and pledges end with it."),
        ),
        is_grave=True,
    ),
}
_ON_RECORDALS = {
    "end": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("End it"),
        gettext_lazy("End it"),
        gettext_lazy("It has ended."),
        EndForm,
        _end,
        (gettext_lazy("It stays in the register as ended. What has ended is not taken up again."),),
        is_grave=True,
    ),
    "consent": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("Record the creditor's consent"),
        gettext_lazy("Record"),
        gettext_lazy("The consent is recorded."),
        ConsentForm,
        _consent,
        (gettext_lazy("It lets one transfer or cancellation of what is pledged pass, and no other."),),
    ),
    "amend": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("Amend the pledge"),
        gettext_lazy("Amend it"),
        gettext_lazy("The pledge is amended."),
        AmendForm,
        _amend,
        (
            gettext_lazy("Its rank stays. An extract of an earlier day says what it said then."),
            gettext_lazy("To secure more, it needs the consent of the creditors behind it."),
        ),
    ),
    "assign": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("Assign the pledge to another creditor"),
        gettext_lazy("Assign it"),
        gettext_lazy("The pledge has another creditor."),
        AssignForm,
        _assign,
        (gettext_lazy("The new creditor stands in the register in the place of the old one; rank and amount stay."),),
    ),
    "subordinate": _Entry(
        Action.REGISTRY_RECORD,
        gettext_lazy("Have it step behind another pledge"),
        gettext_lazy("Change the ranks"),
        gettext_lazy("The ranks are changed."),
        SubordinateForm,
        _subordinate,
        (
            gettext_lazy("It takes the rank of the other one; that one and those between advance by one."),
            gettext_lazy("The creditor who steps back agrees in the document; nobody else is worse off."),
        ),
    ),
}


@staff_page(Action.REGISTRY_READ)
@once
def record(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Record a licence or a pledge on a registration, or revoke it."""
    row = _asked(number)
    return _written(request, row, row.certificate_number, _entry(request, _ON_REGISTRATIONS, name), None)


@staff_page(Action.REGISTRY_READ)
@once
def recordal(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """End a licence or a pledge, change a pledge, or record what its creditor consents to."""
    found = get_recordal(number)
    if found is None:
        raise NoRecordal(_("There is no such licence or pledge."), _("Compare the number with the extract."))
    return _written(request, _asked(found.registration), number, _entry(request, _ON_RECORDALS, name), found)


def _stands(found: RecordalRow | None) -> dict[str, object]:
    """Return what an amendment begins with: what the pledge says now."""
    if found is None or found.amount_micro is None:
        return {}
    return {
        "amount": format_amount(found.amount_micro, found.currency),
        "currency": found.currency,
        "until_on": found.until_on,
        "description": found.description,
    }


def _entry(request: HttpRequest, known: Mapping[str, _Entry], name: str) -> _Entry:
    entry = known.get(name)
    if entry is None:
        raise Http404
    if not allows(actor_of(request), entry.action):
        raise PermissionDenied
    return entry


def _written(
    request: HttpRequest, row: RegistrationRow, number: str, entry: _Entry, found: RecordalRow | None
) -> HttpResponse:
    """Show the form of an entry, or carry it out; a refusal is an error of the form, and what was typed stays."""
    form = entry.form(request.POST or None, initial={"ended_on": today(), "from_on": today(), **_stands(found)})
    if request.method == "POST" and form.is_valid():
        try:
            entry.do(request, number, form)
        except NotAllowed:
            raise
        except UserError as refusal:
            form.add_error(None, refusal_text(refusal))
        else:
            messages.success(request, str(entry.done))
            return redirect("office:registry_registration", row.certificate_number)
    context = {"row": row, "entry": entry, "form": form, "recordal": found}
    return render(request, "office/registry/entry.html", context)


urlpatterns = [
    path("registry/registrations/", registrations, name="registrations"),
    path("registry/registrations/<str:number>/", registration, name="registry_registration"),
    path("registry/registrations/<str:number>/extract/", extract, name="registry_extract"),
    path("registry/registrations/<str:number>/<str:name>/", record, name="registry_record"),
    path("registry/recordals/<str:number>/<str:name>/", recordal, name="registry_recordal"),
]

NAVIGATION = [Entry(gettext_lazy("Registrations"), "office:registrations", Action.REGISTRY_READ, 81)]
