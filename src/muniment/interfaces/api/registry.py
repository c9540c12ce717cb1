"""The API of the registry: register, extracts, publicity and figures for anybody; applications for members and staff.

What anybody reads is what the public pages show. A refusal of a statement names the field: `findings` holds one line
for each thing that is wrong.
"""

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status

from muniment.interfaces import registry_office
from muniment.interfaces.pages import actor_of, now
from muniment.interfaces.publications import Publication, find_publication, publications_of, registry_day
from muniment.interfaces.registry_publication import public_statement
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries import applications, registrations
from muniment.rights.registry.queries.figures import AnnualFigures, annual_figures
from muniment.rights.registry.queries.prechecks import check_statement
from muniment.rights.registry.rules.application import BadStatement, Kind, Statement, build_statement
from muniment.rights.registry.rules.profiles import Profile, get_profile, profile_names
from muniment.rights.registry.rules.standing import RegistrationState, Stage, State
from muniment.rights.registry.services.applications import NotApplied, draft_application, submit_application
from muniment.trust.access.rules import Action, Actor, NotAllowed, allows, require

PREFIX = "/registry"
router = Router(tags=["registry"])

MOST = 200
"""Rows in one answer at most."""


class RegistrationOut(Schema):
    """A registration: its two numbers, the application it came of, how it stands."""

    certificate_number: str
    registration_number: str
    application: str
    profile: str
    subject: str
    state: RegistrationState
    title: str
    holders: list[str]
    industry: str
    registered_on: date
    until_on: date | None
    licence_count: int
    pledge_count: int


class RegistrationsOut(Schema):
    """Some registrations, the newest first, and how many fit in all."""

    total: int
    rows: list[RegistrationOut]


class HolderOut(Schema):
    """A holder or co-holder as published."""

    name: str
    role: str
    country: str


class StatementOut(Schema):
    """What of a statement is published."""

    subject: str
    title: str
    title_latin: str
    industry: str
    scenario: str
    summary: str
    holders: list[HolderOut]
    transferee: str
    sources: list[str]
    record_count: int
    byte_count: int
    storage_format: str
    update_frequency: str
    update_term: str
    deposit: str
    rights_claimed: list[str]
    work_kind: str
    authors: list[str]
    created_on: date | None
    published_on: date | None
    is_derivative: bool
    based_on: str


class VersionOut(Schema):
    """How a registration stood from a day on, and when that was recorded."""

    place: int
    cause: str
    valid_from_on: date
    recorded_at: datetime
    title: str
    holders: list[HolderOut]
    until_on: date | None
    state: RegistrationState


class LicenceOut(Schema):
    """A licence as published, with its rank among licences and the licensee; without its price."""

    number: str
    rank: int
    grantors: list[str]
    counterpart: str
    description: str
    is_exclusive: bool
    from_on: date
    until_on: date | None
    state: str
    recorded_at: datetime
    leaf_hash: str
    leaf_index: int | None


class PledgeOut(LicenceOut):
    """A pledge as published, with its rank among pledges, the creditor and the most that it secures."""

    amount_micro: int | None
    currency: str


class ExtractOut(Schema):
    """A registration as it stood on a day, as was known at an instant."""

    certificate_number: str
    registration_number: str
    application: str
    profile: str
    subject: str
    on: date
    known_at: datetime | None
    title: str
    title_latin: str
    industry: str
    holders: list[HolderOut]
    state: RegistrationState
    registered_on: date
    until_on: date | None
    licences: list[LicenceOut]
    pledges: list[PledgeOut]
    history: list[VersionOut]


class RegistrationDetailOut(Schema):
    """A registration with what was stated for it, and its extract of today."""

    registration: RegistrationOut
    statement: StatementOut
    extract: ExtractOut | None


class PublicationOut(Schema):
    """A published application; `is_open` says whether objections are taken today."""

    number: str
    profile: str
    kind: Kind
    state: State
    publicity_from_on: date
    publicity_until_on: date
    is_provisional: bool
    is_open: bool
    statement: StatementOut


class PublicationsOut(Schema):
    """Some published applications and how many there are."""

    total: int
    rows: list[PublicationOut]


class MoneyOut(Schema):
    """An amount in micro-units of a currency."""

    amount_micro: int
    currency: str


class TallyOut(Schema):
    """How many there are of a name."""

    name: str
    count: int


class FiguresOut(Schema):
    """The figures of a year, counted from the records; the median is in days from submission."""

    year: int
    applied: int
    registered: int
    refused: int
    withdrawn: int
    objected: int
    objections_upheld: int
    renewed: int
    changed: int
    transferred: int
    cancelled: int
    revoked: int
    lapsed: int
    licences: int
    licence_amounts: list[MoneyOut]
    pledges: int
    pledge_amounts: list[MoneyOut]
    pledges_amended: int
    pledges_assigned: int
    pledges_subordinated: int
    median_days_to_registration: int | None
    by_industry: list[TallyOut]
    by_profile: list[TallyOut]


class ProfileOut(Schema):
    """A profile: what it asks for. `fields` holds required, optional or absent for each field."""

    name: str
    title: str
    subject: str
    version: str
    term_years: int
    fields: dict[str, str]


class FindingOut(Schema):
    """A thing that the pre-check found: the rule, how bad it is, the field, what to do, what it rests on."""

    rule: str
    level: str
    field: str
    message: str
    remedy: str
    basis: str


class CheckOut(Schema):
    """What the pre-check found; with an error among it, the application would not be taken."""

    is_ready: bool
    findings: list[FindingOut]


class RefusalOut(Schema):
    """A refusal: what is wrong, what to do; `findings` names fields where it is about fields."""

    message: str
    remedy: str
    findings: list[FindingOut]


class ApplicationIn(Schema):
    """An application: `statement` has the fields of docs/registration.md; what is left out is not stated.

    `registration` is the number that a renewal, change, transfer or cancellation is about. With `is_draft` it is kept
    and not submitted. `party_id` is for the registry's staff, who apply for somebody; a member applies for itself.
    """

    profile: str
    kind: Kind = Kind.FIRST
    statement: dict[str, object]
    registration: str = ""
    is_draft: bool = False
    party_id: int | None = None


class ApplicationOut(Schema):
    """An application and where it stands; `due_on` is the last day of the clock that runs.

    It is provisional, the earliest day that it can be, where `due_open_days` is more than 0.
    """

    number: str
    profile: str
    kind: Kind
    subject: str
    state: State
    stage: Stage | None
    version: int
    title: str
    party_id: int | None
    registration_number: str
    submitted_at: datetime | None
    due_on: date | None
    due_open_days: int
    publicity_from_on: date | None
    publicity_until_on: date | None
    decided_at: datetime | None
    round_count: int


class ApplicationsOut(Schema):
    """Some applications and how many there are."""

    total: int
    rows: list[ApplicationOut]


@router.get("/registrations", response=RegistrationsOut, auth=None)
def list_registrations(  # ninja tells the request by its name, so an unused one keeps it
    request: HttpRequest,  # noqa: ARG001
    q: str = "",
    holder: str = "",
    industry: str = "",
    profile: str = "",
    state: RegistrationState | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[registrations.RegistrationRow]:
    """Search the register by title or number, holder, industry (or its beginning), profile and state; newest first."""
    return registrations.search_register(
        text=q[:MOST],
        holder=holder[:MOST],
        profile=profile or None,
        state=state,
        industry=industry[:MOST],
        limit=_within(limit),
        offset=max(offset, 0),
    )


@router.get("/registrations/{number}", response=RegistrationDetailOut, auth=None, url_name="registration")
def show_registration(request: HttpRequest, number: str) -> dict[str, object]:  # noqa: ARG001
    """Return a registration by its certificate number or its registration number."""
    row = _registration(number)
    return {
        "registration": row,
        "statement": public_statement(applications.statement_of(row.application) or Statement()),
        "extract": registrations.registration_as_of(row.certificate_number, registry_day()),
    }


@router.get("/registrations/{number}/as-of", response=ExtractOut, auth=None, url_name="registration_as_of")
def extract_as_of(
    request: HttpRequest,  # noqa: ARG001
    number: str,
    on: date | None = None,
    known_at: datetime | None = None,
) -> registrations.ExtractRow:
    """Return what the register says of a registration on a day, as known at an instant (UTC where it has no zone)."""
    row = _registration(number)
    instant = None if known_at is None else known_at if known_at.tzinfo else known_at.replace(tzinfo=UTC)
    found = registrations.registration_as_of(row.certificate_number, on or registry_day(), instant)
    if found is None:
        raise Http404
    return found


@router.get("/publicity", response=PublicationsOut, auth=None)
def list_publicity(request: HttpRequest, limit: int = 50, offset: int = 0) -> dict[str, object]:  # noqa: ARG001
    """Return what is published today, with what of it is public."""
    today = registry_day()
    found = applications.in_publicity(today, _within(limit), max(offset, 0))
    return {"total": found.total, "rows": [_published(one) for one in publications_of(found.rows, today)]}


@router.get("/publicity/{number}", response=PublicationOut, auth=None)
def show_publication(request: HttpRequest, number: str) -> dict[str, object]:  # noqa: ARG001
    """Return a published application."""
    found = find_publication(number, registry_day())
    if found is None:
        raise Http404
    return _published(found)


@router.get("/profiles", response=list[ProfileOut], auth=None)
def list_profiles(request: HttpRequest) -> list[dict[str, object]]:  # noqa: ARG001
    """Return what each profile asks for."""
    return [_profile(get_profile(name)) for name in profile_names()]


@router.get("/figures/{int:year}", response=FiguresOut, auth=None)
def show_figures(request: HttpRequest, year: int, profile: str = "") -> AnnualFigures:  # noqa: ARG001
    """Return the figures of a year, of one profile or of all."""
    if not MINYEAR < year < MAXYEAR:
        raise Http404
    return annual_figures(year, profile or None)


@router.get("/applications", response=ApplicationsOut)
def list_applications(
    request: HttpRequest,
    q: str = "",
    state: State | None = None,
    kind: Kind | None = None,
    profile: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Page[applications.ApplicationRow]:
    """Return applications, newest first; a member's own, or for the registry's staff all."""
    actor = actor_of(request)
    party_id = None if allows(actor, Action.REGISTRY_READ) else _own_party(actor)
    return applications.list_applications(
        state=state,
        kind=kind,
        profile=profile or None,
        party_id=party_id,
        search=q[:MOST],
        limit=_within(limit),
        offset=max(offset, 0),
    )


@router.get("/applications/{number}", response=ApplicationOut)
def show_application(request: HttpRequest, number: str) -> applications.ApplicationRow:
    """Return an application; a member's own, or for the registry's staff any."""
    actor = actor_of(request)
    row = applications.get_application(number)
    if allows(actor, Action.REGISTRY_READ):
        if row is None:
            raise Http404
        return row
    party_id = _own_party(actor)
    if row is None or row.party_id != party_id:
        raise NotAllowed("This is no application of yours.", "Look at its number.")
    return row


@router.post("/check", response={200: CheckOut, 422: RefusalOut})
def check(request: HttpRequest, body: ApplicationIn) -> Status[object]:
    """Return what the pre-check finds; nothing is kept."""
    party_id = _applicant(actor_of(request), body)
    try:
        statement = build_statement(body.statement)
        if body.kind not in get_profile(body.profile).procedures:
            raise NotApplied("The profile has no registrations of this kind.", "Choose another kind or profile.")
        findings = check_statement(
            statement, body.profile, body.kind, registry_day(), party_id=party_id, registration=body.registration
        )
    except UserError as refusal:
        return Status(422, _refused(refusal))
    is_ready = all(one.level != "error" for one in findings)
    return Status(200, {"is_ready": is_ready, "findings": findings})


@router.post("/applications", response={200: ApplicationOut, 422: RefusalOut})
def apply(request: HttpRequest, body: ApplicationIn) -> Status[object]:
    """Submit an application, or keep it as a draft; refused, nothing is kept of it."""
    actor, at = actor_of(request), now()
    party_id = _applicant(actor, body)
    try:
        statement = build_statement(body.statement)
        with transaction.atomic():
            row = draft_application(
                actor=actor,
                at=at,
                profile=body.profile,
                kind=body.kind,
                statement=statement,
                party_id=party_id,
                registration=body.registration,
            )
            if not body.is_draft:
                leaves = registry_office.leaves()
                row = submit_application(actor=actor, at=at, number=row.number, version=row.version, leaves=leaves)
    except UserError as refusal:
        if isinstance(refusal, NotAllowed):
            raise
        return Status(422, _refused(refusal))
    return Status(200, row)


def _registration(number: str) -> registrations.RegistrationRow:
    row = registrations.get_registration(number)
    if row is None:
        raise Http404
    return row


def _published(found: Publication) -> dict[str, object]:
    row = found.row
    return {
        "number": row.number,
        "profile": row.profile,
        "kind": row.kind,
        "state": row.state,
        "publicity_from_on": row.publicity_from_on,
        "publicity_until_on": row.publicity_until_on,
        "is_provisional": row.publicity_open_days > 0,
        "is_open": found.is_open,
        "statement": found.statement,
    }


def _profile(one: Profile) -> dict[str, object]:
    same = {name: getattr(one, name) for name in ("name", "title", "subject", "version", "term_years")}
    return {**same, "fields": {name: str(need) for name, need in one.fields.items()}}


def _own_party(actor: Actor) -> int:
    """Return the party of a member who may apply.

    Raises:
        NotAllowed: it is nobody who may.
    """
    require(actor, Action.OWN_APPLY)
    if actor.party_id is None:
        raise NotAllowed("This login stands for no member.", "Log in as a member.")
    return actor.party_id


def _applicant(actor: Actor, body: ApplicationIn) -> int | None:
    """Return for which party an application is: a member's own, else the one that the registry's staff names.

    Raises:
        NotAllowed: the actor may not apply, or a member applies for another.
    """
    if allows(actor, Action.REGISTRY_EXAMINE):
        return body.party_id
    own = _own_party(actor)
    if body.party_id not in (None, own):
        raise NotAllowed("A member applies for itself.", "Leave party_id out.")
    return own


def _refused(refusal: UserError) -> dict[str, object]:
    """Return a refusal with the fields it is about."""
    findings: list[object] = list(getattr(refusal, "findings", ()))
    if isinstance(refusal, BadStatement):
        line = {"rule": "statement", "level": "error", "field": refusal.field, "basis": ""}
        findings = [{**line, "message": refusal.message, "remedy": refusal.remedy}]
    return {"message": refusal.message, "remedy": refusal.remedy, "findings": findings}


def _within(limit: int) -> int:
    return max(1, min(limit, MOST))
