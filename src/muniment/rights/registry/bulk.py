"""A register as large as wanted, written by the thousand and without a log: to measure what reads it.

Nothing here is a way to register: what it writes has no leaves, no events but one, and is refused where a register is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched

from django.db import transaction

from muniment.kernel.words.digests import canonical_json
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application, Event, Registration, RegistrationVersion, Round
from muniment.rights.registry.rules.application import Kind, Statement, statement_text
from muniment.rights.registry.rules.estate import Cause, holders_of, shown_text
from muniment.rights.registry.rules.numbers import (
    APPLICATION,
    certificate_number,
    codes_of,
    make_number,
    registration_number,
)
from muniment.rights.registry.rules.profiles import Profile
from muniment.rights.registry.rules.standing import Act, RegistrationState, State
from muniment.rights.registry.search import index_words, put_words

_AT_ONCE = 2_000
_WHO = "measurement"


class RegisterInUse(UserError):
    """There is a register here, which is not measured upon."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is to be in a register: a statement, and the day of its registration, or the days of its publicity."""

    statement: Statement
    on: date
    until_on: date | None
    is_published: bool = False


def fill_register(sketches: Iterable[Sketch], profile: Profile, at: datetime) -> int:
    """Write registrations and publications into an empty register; return how many.

    Raises:
        RegisterInUse: there is an application already.
    """
    if Application.objects.exists():
        raise RegisterInUse("A register is here already.", "Measure in an empty home.")
    count = 0
    for chunk in batched(sketches, _AT_ONCE):
        _write(chunk, profile, at, count)
        count += len(chunk)
    return count


@transaction.atomic
def _write(chunk: tuple[Sketch, ...], profile: Profile, at: datetime, first: int) -> None:
    numbered = list(enumerate(chunk, first + 1))
    applications = Application.objects.bulk_create([_application(one, serial, profile, at) for serial, one in numbered])
    rounds = [
        Round(
            application=application,
            place=0,
            body=statement_text(one.statement),
            salt="00" * 32,
            commitment="00" * 32,
            made_at=at,
        )
        for application, one in zip(applications, chunk, strict=True)
    ]
    Round.objects.bulk_create(rounds)
    pairs = list(zip(applications, numbered, strict=True))
    Event.objects.bulk_create([_published(application, at) for application, (_, one) in pairs if one.is_published])
    granted = [(application, serial, one) for application, (serial, one) in pairs if not one.is_published]
    rows = Registration.objects.bulk_create([_registration(*row, profile, at) for row in granted])
    RegistrationVersion.objects.bulk_create(
        [_version(row, application, one, at) for row, (application, _, one) in zip(rows, granted, strict=True)]
    )
    put_words((row.pk, _words(row, one.statement)) for row, (_, _, one) in zip(rows, granted, strict=True))


def _application(one: Sketch, serial: int, profile: Profile, at: datetime) -> Application:
    return Application(
        number=make_number(APPLICATION, serial),
        profile=profile.name,
        kind=Kind.FIRST,
        subject=profile.subject,
        state=State.PUBLICITY if one.is_published else State.REGISTERED,
        version=5,
        event_count=1,
        round_count=1,
        registration_number="",
        title=one.statement.title,
        drafted_at=at,
        changed_at=at,
        submitted_at=at,
        due_on=one.until_on if one.is_published else None,
        publicity_from_on=one.on if one.is_published else None,
        publicity_until_on=one.until_on if one.is_published else None,
    )


def _published(application: Application, at: datetime) -> Event:
    return Event(
        application=application,
        seq=0,
        act=Act.PUBLISH,
        from_state=State.ACCEPTED,
        to_state=State.PUBLICITY,
        actor_name=_WHO,
        at=at,
    )


def _registration(application: Application, serial: int, one: Sketch, profile: Profile, at: datetime) -> Registration:
    source, holder = codes_of(profile.registration_scheme, one.statement)
    return Registration(
        registration_number=registration_number(profile.registration_scheme, one.on, source, holder, serial),
        certificate_number=certificate_number(profile.certificate_scheme, one.on, serial),
        application=application,
        profile=profile.name,
        subject=profile.subject,
        state=RegistrationState.IN_FORCE,
        title=one.statement.title,
        industry=one.statement.industry,
        holders=canonical_json([holder.name for holder in holders_of(one.statement)]).decode(),
        registered_on=one.on,
        until_on=one.until_on,
        day_count=20,
        version_count=1,
        changed_at=at,
    )


def _version(row: Registration, application: Application, one: Sketch, at: datetime) -> RegistrationVersion:
    return RegistrationVersion(
        registration=row,
        place=0,
        cause=Cause.FIRST,
        application=application,
        actor_name=_WHO,
        valid_from_on=one.on,
        recorded_at=at,
        state=row.state,
        title=row.title,
        title_latin=one.statement.title_latin,
        industry=row.industry,
        holders=shown_text(holders_of(one.statement)),
        until_on=one.until_on,
        commitment="00" * 32,
    )


def _words(row: Registration, statement: Statement) -> str:
    names = [holder.name for holder in holders_of(statement)]
    return index_words(
        (statement.title, statement.title_latin), names, (row.registration_number, row.certificate_number)
    )
