"""Writing a version of a registration: its row, particulars apart, words, the map, its leaf, and the audit event."""

from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.digests import Plain, canonical_json, digest_value
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application, HolderParticulars, Registration, RegistrationVersion
from muniment.rights.registry.rules.estate import (
    Cause,
    Holder,
    particulars_text,
    plain_number,
    read_particulars,
    read_shown,
    shown_text,
)
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.search import index_words, put_words
from muniment.rights.registry.services.acts import ClockBack
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.status import put_status
from muniment.trust.access.rules import Actor
from muniment.trust.access.services import record_event
from muniment.trust.evidence.rules.leaves import SALT_BYTES, commitment
from muniment.trust.evidence.services import log_record


class NoRegistration(UserError):
    """There is no such registration, or it is not in force."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a version says."""

    title: str
    title_latin: str
    industry: str
    holders: tuple[Holder, ...]
    state: RegistrationState
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Writing:
    """Who writes a version, when, why, and from which day it holds."""

    actor: Actor
    at: datetime
    cause: Cause
    valid_from_on: date
    application: Application | None = None
    reason: str = ""


def locked_registration(number: str, at: datetime) -> Registration:
    """Lock a registration by its certificate or registration number until the transaction ends, for an act at `at`.

    Raises:
        NoRegistration: there is none.
        ClockBack: something happened to it after `at`.
    """
    wanted = plain_number(number)
    rows = Registration.objects.select_for_update()
    row = rows.filter(certificate_number=wanted).first() or rows.filter(registration_number=wanted).first()
    if row is None:
        raise NoRegistration(
            "There is no registration {number!r}.", "Compare it with the certificate.", number=number[:40]
        )
    return advance(row, at)


def advance(row: Registration, at: datetime) -> Registration:
    """Let an act on a locked registration pass that is not before the last one; whoever acts saves the row.

    Raises:
        ClockBack: it is.
    """
    if at < row.changed_at:
        raise ClockBack(
            "The last act on registration {number} was at {changed_at}, and it is {at} now.",
            "Set the clock of this machine right.",
            number=row.certificate_number,
            changed_at=row.changed_at.isoformat(),
            at=at.isoformat(),
        )
    row.changed_at = at
    return row


def require_in_force(row: Registration, on: date) -> None:
    """Let a registration pass that is in force on a day.

    Raises:
        NoRegistration: it is not.
    """
    if row.state != RegistrationState.IN_FORCE or (row.until_on is not None and on > row.until_on):
        state = RegistrationState(row.state)
        raise NoRegistration(
            "Registration {number} is not in force ({state}, until {end}).",
            "Only what is in force can be acted on; apply for a new registration.",
            number=row.certificate_number,
            state=RegistrationState.LAPSED if state is RegistrationState.IN_FORCE else state,
            end=row.until_on or Phrase("its end"),
        )


def newest_version(row: Registration) -> RegistrationVersion:
    """Return the version that holds now."""
    return RegistrationVersion.objects.get(registration=row, place=row.version_count - 1)


def holders_of_version(version: RegistrationVersion) -> tuple[Holder, ...]:
    """Return the holders with all that is known of them; without identifiers once these are erased."""
    body = HolderParticulars.objects.filter(version=version).values_list("body", flat=True).first()
    return read_shown(version.holders) if body is None else read_particulars(body)


def content_of(version: RegistrationVersion) -> Content:
    """Return what a version says, with all that is known of its holders."""
    return Content(
        version.title,
        version.title_latin,
        version.industry,
        holders_of_version(version),
        RegistrationState(version.state),
        version.until_on,
    )


def add_version(row: Registration, content: Content, writing: Writing, leaves: Leaves) -> RegistrationVersion:
    """Write the next version of a registration that is locked or new, with everything that follows from it."""
    place = row.version_count
    before = newest_version(row) if place else None
    body, salt = particulars_text(content.title, content.holders), leaves.entropy(SALT_BYTES)
    version = RegistrationVersion.objects.create(
        registration=row,
        place=place,
        cause=writing.cause,
        application=writing.application,
        actor_name=writing.actor.name,
        valid_from_on=writing.valid_from_on if before is None else max(writing.valid_from_on, before.valid_from_on),
        recorded_at=writing.at,
        state=content.state,
        title=content.title,
        title_latin=content.title_latin,
        industry=content.industry,
        holders=shown_text(content.holders),
        until_on=content.until_on,
        reason=writing.reason,
        commitment=commitment(salt, body.encode()).hex(),
    )
    HolderParticulars.objects.create(version=version, body=body, salt=salt.hex())
    _bring_up(row, content)
    if before is None or (before.title, before.title_latin, before.holders) != (
        version.title,
        version.title_latin,
        version.holders,
    ):
        _index(row, content)
    put_status(at=writing.at, row=row, holders=content.holders)
    _tell(row, version, writing, leaves)
    return version


def _bring_up(row: Registration, content: Content) -> None:
    """Have the registration say what its newest version says."""
    row.title, row.industry, row.state, row.until_on = content.title, content.industry, content.state, content.until_on
    row.holders = canonical_json([one.name for one in content.holders]).decode()
    row.version_count += 1
    row.save()


def _index(row: Registration, content: Content) -> None:
    titles, names = (content.title, content.title_latin), [one.name for one in content.holders]
    put_words([(row.pk, index_words(titles, names, (row.registration_number, row.certificate_number)))])


def _shown(version: RegistrationVersion) -> list[Plain]:
    """Return what the register shows in words, which the record says by its digest."""
    return [
        version.title,
        version.title_latin,
        version.industry,
        version.holders,
        version.reason,
        version.actor_name,
    ]


def _tell(row: Registration, version: RegistrationVersion, writing: Writing, leaves: Leaves) -> None:
    """Log the version without a name, and record the act in the audit trail."""
    log_record(
        at=writing.at,
        subject=f"registration/{row.certificate_number}/{version.place}",
        record={
            "kind": "registration",
            "number": row.certificate_number,
            "registration_number": row.registration_number,
            "place": version.place,
            "application": "" if writing.application is None else writing.application.number,
            "profile": row.profile,
            "matter": row.subject,
            "state": version.state,
            "registered_on": row.registered_on,
            "valid_from_on": version.valid_from_on,
            "until_on": version.until_on or "",
            "cause": version.cause,
            "deposit": row.deposit,
            "content_sha256": row.content_sha256,
            "particulars": version.commitment,
            "contract_until_on": row.contract_until_on or "",
            "shown": digest_value(_shown(version)),
        },
        keys=leaves.keys,
        entropy=leaves.entropy,
    )
    record_event(
        actor=writing.actor,
        at=writing.at,
        tag=f"registration.{version.cause}",
        subject_kind="registration",
        subject_id=row.certificate_number,
        after={"place": version.place, "state": version.state, "until_on": version.until_on, "reason": writing.reason},
    )
