"""Reads of the register: registrations, their versions, licences and pledges, and an extract as of any day.

An extract asks two things: what held on a day, and what was known of it at an instant. Both are answered from rows that
are only ever added, so the same question gives the same answer for ever.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from muniment.kernel.words.paging import Page
from muniment.rights.registry.models import (
    Application,
    HolderParticulars,
    Recordal,
    RecordalVersion,
    Registration,
    RegistrationVersion,
)
from muniment.rights.registry.rules.application import Subject
from muniment.rights.registry.rules.estate import (
    Cause,
    Holder,
    RecordalAct,
    RecordalKind,
    RecordalState,
    plain_number,
    read_shown,
)
from muniment.rights.registry.rules.profiles import Profile, get_profile
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.search import found_by
from muniment.trust.evidence.queries import index_of

WARNED_DAYS = 90
"""How long before the end of a pledged registration its creditor is warned, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """A registration as it stands now; `holders` are names, the counts are of active licences and pledges.

    `until_on` is the last day of its term, None where the profile has none.
    """

    registration_number: str
    certificate_number: str
    application: str
    profile: str
    subject: Subject
    state: RegistrationState
    title: str
    holders: tuple[str, ...]
    registered_on: date
    until_on: date | None
    party_id: int | None
    industry: str
    deposit: str
    content_sha256: str
    version_count: int
    licence_count: int
    pledge_count: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """What the register says from a day on. `body` and `salt` are what it commits to, empty once erased."""

    place: int
    cause: Cause
    application: str
    actor_name: str
    valid_from_on: date
    recorded_at: datetime
    state: RegistrationState
    title: str
    title_latin: str
    industry: str
    holders: tuple[Holder, ...]
    until_on: date | None
    reason: str
    commitment: str
    body: str
    salt: str


@dataclass(frozen=True, slots=True)
class RecordalRow:
    """A licence or a pledge, with names alone; `leaf_index` is None while its leaf waits for the sequencer."""

    number: str
    registration: str
    kind: RecordalKind
    rank: int
    grantors: tuple[str, ...]
    counterpart: str
    description: str
    is_exclusive: bool
    amount_micro: int | None
    currency: str
    from_on: date
    until_on: date | None
    consent: str
    state: RecordalState
    recorded_at: datetime
    ended_on: date | None
    ended_at: datetime | None
    reason: str
    commitment: str
    leaf_hash: str
    leaf_index: int | None
    version_count: int


@dataclass(frozen=True, slots=True)
class RecordalVersionRow:
    """What the register said of a licence or a pledge from an act on, and which document that act rests on."""

    place: int
    act: RecordalAct
    actor_name: str
    recorded_at: datetime
    rank: int
    counterpart: str
    description: str
    amount_micro: int | None
    currency: str
    until_on: date | None
    consent: str
    document: str


@dataclass(frozen=True, slots=True)
class ExtractRow:
    """The register about one registration: what held on `on`, as known at `known_at` (None: all that is known).

    `pledges` are in the order of their rank, `history` are the versions known by then, oldest first.
    """

    registration_number: str
    certificate_number: str
    application: str
    profile: str
    subject: Subject
    on: date
    known_at: datetime | None
    state: RegistrationState
    title: str
    title_latin: str
    industry: str
    holders: tuple[Holder, ...]
    registered_on: date
    until_on: date | None
    licences: tuple[RecordalRow, ...]
    pledges: tuple[RecordalRow, ...]
    history: tuple[VersionRow, ...]


@dataclass(frozen=True, slots=True)
class LapseWarning:
    """A pledge on a registration whose term ends soon; `day_count` may be below 0 while a renewal is decided."""

    certificate_number: str
    title: str
    until_on: date
    recordal: str
    creditor: str
    day_count: int


def get_registration(number: str) -> RegistrationRow | None:
    """Return the registration of a registration number or a certificate number."""
    row = _find(number)
    return None if row is None else registration_row(row)


def rules_of_registration(row: RegistrationRow) -> Profile:
    """Return the version of the profile under which a registration was applied for."""
    found = Application.objects.values_list("profile_from_on", flat=True).get(number=row.application)
    return get_profile(row.profile, found)


def registration_of_content(content_sha256: str) -> RegistrationRow | None:
    """Return a registration in force of the same deposited content, the first one."""
    if not content_sha256:
        return None
    rows = Registration.objects.filter(content_sha256=content_sha256, state=RegistrationState.IN_FORCE)
    row = rows.select_related("application").order_by("id").first()
    return None if row is None else registration_row(row)


def search_register(
    text: str = "",
    holder: str = "",
    profile: str | None = None,
    state: RegistrationState | None = None,
    industry: str = "",
    party_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[RegistrationRow]:
    """Return the registrations that a text finds in title or number, and a name among the holders; newest first.

    Every word must begin a word of the title or the name, in any script or its Latin spelling. `industry` is a code, or
    the beginning of one.
    """
    rows = Registration.objects.order_by("-id")
    if text.strip() or holder.strip():
        found = found_by(text, holder)
        rows = rows.none() if found is None else rows.filter(pk__in=found)
    if profile:
        rows = rows.filter(profile=profile)
    if state is not None:
        rows = rows.filter(state=state)
    if industry:
        rows = rows.filter(_begins(industry))
    if party_id is not None:
        rows = rows.filter(party_id=party_id)
    # The keys first: what a page leaves out is not joined with its applications.
    keys = list(rows.values_list("pk", flat=True)[offset : offset + limit])
    page = Registration.objects.filter(pk__in=keys).select_related("application").order_by("-id")
    return Page(tuple(registration_row(row) for row in page), rows.count())


def versions_of(number: str) -> tuple[VersionRow, ...]:
    """Return the versions of a registration, oldest first."""
    row = _find(number)
    return () if row is None else _versions(RegistrationVersion.objects.filter(registration=row))


def recordals_of(number: str) -> tuple[RecordalRow, ...]:
    """Return all licences and pledges ever recorded on a registration, in the order of recording."""
    row = _find(number)
    rows = () if row is None else Recordal.objects.filter(registration=row).order_by("id")
    return tuple(recordal_row(one) for one in rows)


def get_recordal(number: str) -> RecordalRow | None:
    """Return the licence or pledge of a number."""
    row = Recordal.objects.select_related("registration").filter(number=number.strip().upper()).first()
    return None if row is None else recordal_row(row)


def recordal_versions(number: str) -> tuple[RecordalVersionRow, ...]:
    """Return what the register said of a licence or a pledge, act by act, as recorded first."""
    rows = RecordalVersion.objects.filter(recordal__number=number.strip().upper()).order_by("place")
    return tuple(
        RecordalVersionRow(
            row.place,
            RecordalAct(row.act),
            row.actor_name,
            row.recorded_at,
            row.rank,
            row.counterpart,
            row.description,
            row.amount_micro,
            row.currency,
            row.until_on,
            row.consent,
            row.document,
        )
        for row in rows
    )


def registration_as_of(number: str, on: date, known_at: datetime | None = None) -> ExtractRow | None:
    """Return what the register says of a registration on a day, as known at an instant; None where it says nothing."""
    row = _find(number)
    if row is None:
        return None
    known = RegistrationVersion.objects.filter(registration=row)
    if known_at is not None:
        known = known.filter(recorded_at__lte=known_at)
    history = _versions(known)
    held = [version for version in history if version.valid_from_on <= on]
    if not held:
        return None
    version = held[-1]
    state = version.state
    if state is RegistrationState.IN_FORCE and version.until_on is not None and on > version.until_on:
        state = RegistrationState.LAPSED
    recordals = _standing(row, on, known_at)
    return ExtractRow(
        row.registration_number,
        row.certificate_number,
        row.application.number,
        row.profile,
        Subject(row.subject),
        on,
        known_at,
        state,
        version.title,
        version.title_latin,
        version.industry,
        version.holders,
        row.registered_on,
        version.until_on,
        tuple(one for one in recordals if one.kind is RecordalKind.LICENCE),
        tuple(one for one in recordals if one.kind is RecordalKind.PLEDGE),
        history,
    )


def lapse_warnings(on: date, days: int = WARNED_DAYS) -> tuple[LapseWarning, ...]:
    """Return the pledges whose registration ends within so many days, or has ended and not lapsed yet; soonest first.

    A creditor loses the pledge with the registration, which the holder alone can renew.
    """
    rows = Recordal.objects.filter(
        state=RecordalState.ACTIVE,
        kind=RecordalKind.PLEDGE,
        registration__state=RegistrationState.IN_FORCE,
        registration__until_on__lte=on + timedelta(days=days),
    )
    return tuple(
        LapseWarning(
            row.registration.certificate_number,
            row.registration.title,
            until_on,
            row.number,
            row.counterpart,
            (until_on - on).days,
        )
        for row in rows.select_related("registration").order_by("registration__until_on", "registration_id", "rank")
        if (until_on := row.registration.until_on) is not None
    )


def registration_row(row: Registration) -> RegistrationRow:
    """Return the frozen row of a registration."""
    return RegistrationRow(
        row.registration_number,
        row.certificate_number,
        row.application.number,
        row.profile,
        Subject(row.subject),
        RegistrationState(row.state),
        row.title,
        tuple(json.loads(row.holders)),
        row.registered_on,
        row.until_on,
        row.party_id,
        row.industry,
        row.deposit,
        row.content_sha256,
        row.version_count,
        row.licence_count,
        row.pledge_count,
        row.changed_at,
    )


def recordal_row(row: Recordal) -> RecordalRow:
    """Return the frozen row of a licence or a pledge."""
    return RecordalRow(
        row.number,
        row.registration.certificate_number,
        RecordalKind(row.kind),
        row.rank,
        tuple(json.loads(row.grantor)),
        row.counterpart,
        row.description,
        row.is_exclusive,
        row.amount_micro,
        row.currency,
        row.from_on,
        row.until_on,
        row.consent,
        RecordalState(row.state),
        row.recorded_at,
        row.ended_on,
        row.ended_at,
        row.reason,
        row.commitment,
        row.leaf_hash,
        index_of(row.leaf_hash),
        row.version_count,
    )


def _begins(industry: str) -> Q:
    """Return the condition that the code begins so, as a range of the index on either database."""
    if connection.vendor == "sqlite":
        # LIKE with an escape character never uses an index there; its comparison of text is by code point.
        return Q(industry__gte=industry, industry__lt=industry + "\U0010ffff")
    return Q(industry__startswith=industry)


def _find(number: str) -> Registration | None:
    wanted = plain_number(number)
    rows = Registration.objects.select_related("application")
    return rows.filter(certificate_number=wanted).first() or rows.filter(registration_number=wanted).first()


def _versions(rows: QuerySet[RegistrationVersion]) -> tuple[VersionRow, ...]:
    found = list(rows.select_related("application").order_by("place"))
    kept = HolderParticulars.objects.filter(version__in=found).values_list("version", "body", "salt")
    particulars = {version: (body, salt) for version, body, salt in kept}
    return tuple(_version_row(row, *particulars.get(row.pk, ("", ""))) for row in found)


def _version_row(row: RegistrationVersion, body: str, salt: str) -> VersionRow:
    return VersionRow(
        row.place,
        Cause(row.cause),
        "" if row.application is None else row.application.number,
        row.actor_name,
        row.valid_from_on,
        row.recorded_at,
        RegistrationState(row.state),
        row.title,
        row.title_latin,
        row.industry,
        read_shown(row.holders),
        row.until_on,
        row.reason,
        row.commitment,
        body,
        salt,
    )


def _standing(row: Registration, on: date, known_at: datetime | None) -> tuple[RecordalRow, ...]:
    """Return the licences and pledges that stood on a day, as known at an instant, each kind in the order of rank.

    A licence is over with its term; a pledge stands until it is discharged.
    """
    next_day = datetime.combine(on + timedelta(days=1), datetime.min.time(), UTC)
    rows = Recordal.objects.filter(registration=row, recorded_at__lt=next_day)
    versions = RecordalVersion.objects.filter(recordal__registration=row, recorded_at__lt=next_day)
    ended = Q(ended_on__lte=on)
    if known_at is not None:
        rows, ended = rows.filter(recorded_at__lte=known_at), ended & Q(ended_at__lte=known_at)
        versions = versions.filter(recorded_at__lte=known_at)
    over = Q(kind=RecordalKind.LICENCE, until_on__lt=on)
    held = {version.recordal_id: version for version in versions.order_by("place")}
    found = rows.exclude(ended).exclude(over).select_related("registration")
    shown = (_as_known(_as_held(recordal_row(one), held[one.pk]), known_at) for one in found)
    return tuple(sorted(shown, key=lambda one: (one.kind, one.rank)))


def _as_held(row: RecordalRow, version: RecordalVersion) -> RecordalRow:
    """Return a recordal as one of its versions says it."""
    return replace(
        row,
        rank=version.rank,
        counterpart=version.counterpart,
        description=version.description,
        amount_micro=version.amount_micro,
        currency=version.currency,
        until_on=version.until_on,
        consent=version.consent,
        commitment=version.commitment,
        version_count=version.place + 1,
    )


def _as_known(row: RecordalRow, known_at: datetime | None) -> RecordalRow:
    """Return a recordal without what was written after an instant: its end."""
    if known_at is None or row.ended_at is None or row.ended_at <= known_at:
        return row
    return replace(row, state=RecordalState.ACTIVE, ended_on=None, ended_at=None, reason="")
