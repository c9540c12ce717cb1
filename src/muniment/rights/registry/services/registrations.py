"""Granting what an application asks for, and ending registrations: by the registry, or because the term is over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import (
    Application,
    Deposit,
    HolderParticulars,
    RecordalParticulars,
    Registration,
    RegistrationVersion,
)
from muniment.rights.registry.queries.registrations import RegistrationRow, registration_row
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.estate import (
    Cause,
    RecordalState,
    are_same_persons,
    holder_of,
    holders_of,
    read_shown,
)
from muniment.rights.registry.rules.numbers import Scheme, certificate_number, codes_of, registration_number
from muniment.rights.registry.rules.precheck import term_until
from muniment.rights.registry.rules.precheck.sources import contract_end
from muniment.rights.registry.rules.profiles import Profile
from muniment.rights.registry.rules.standing import FINAL_STATES, RegistrationState
from muniment.rights.registry.services.claims import withdraw_claims
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.numbering import next_serial
from muniment.rights.registry.services.recordals import end_all, end_what_is_over, require_consents
from muniment.rights.registry.services.status import hold_status, put_status
from muniment.rights.registry.services.versions import (
    Content,
    NoRegistration,
    Writing,
    add_version,
    advance,
    content_of,
    locked_registration,
    newest_version,
    require_in_force,
)
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event

_MOST_REASON = 2_000


class NotGranted(UserError):
    """What an application asks for cannot be registered: no holder, an ended contract, outside the window."""


@dataclass(frozen=True, slots=True)
class _Asked:
    actor: Actor
    at: datetime
    application: Application
    statement: Statement
    profile: Profile
    leaves: Leaves

    @property
    def on(self) -> date:
        """The day of the act."""
        return day_of(self.at)

    def writing(self, valid_from_on: date) -> Writing:
        """Return the act that grants this."""
        cause = Cause(self.application.kind)
        return Writing(self.actor, self.at, cause, valid_from_on, self.application, self.statement.reason)


@transaction.atomic
def grant(
    *, actor: Actor, at: datetime, application: Application, statement: Statement, profile: Profile, leaves: Leaves
) -> RegistrationRow:
    """Register what an application asks for: a first registration, or the next version of one that there is.

    Raises:
        NotAllowed: the actor may not decide.
        NotGranted, NoRegistration: it cannot be registered, or was already.
        Locked: a creditor has not consented to a transfer or a cancellation.
        ClockBack: the registration was written to after `at`.
    """
    require(actor, Action.REGISTRY_DECIDE)
    if RegistrationVersion.objects.filter(application=application).exists():
        raise NotGranted(
            "Application {number} is registered already.", "Look at the register.", number=application.number
        )
    asked = _Asked(actor, at, application, statement, profile, leaves)
    return registration_row(_ACTS[Kind(application.kind)](asked))


@transaction.atomic
def revoke_registration(*, actor: Actor, at: datetime, number: str, reason: str, leaves: Leaves) -> RegistrationRow:
    """Take back a registration, with the reason; licences and pledges on it end with it.

    Raises:
        NotAllowed: the actor may not decide.
        NoRegistration: there is none of that number in force.
        NotGranted: no reason is given, or too long a one.
    """
    require(actor, Action.REGISTRY_DECIDE)
    if not reason.strip() or len(reason) > _MOST_REASON:
        raise NotGranted("A revocation has its reason.", "Write at most {most} letters.", most=_MOST_REASON)
    row = locked_registration(number, at)
    if row.state != RegistrationState.IN_FORCE:
        raise NoRegistration(
            "Registration {number} is {state}.",
            "It has ended already.",
            number=row.certificate_number,
            state=RegistrationState(row.state),
        )
    _end(row, RegistrationState.REVOKED, Writing(actor, at, Cause.REVOCATION, day_of(at), reason=reason), leaves)
    return registration_row(row)


def lapse_registrations(*, actor: Actor, at: datetime, leaves: Leaves) -> int:
    """End every registration whose term is over, and every licence; return how many registrations lapsed.

    One whose renewal was applied for in time waits for the decision. Each lapses in a transaction of its own, so
    calling it again goes on where it was cut off.

    Raises:
        NotAllowed: the actor may not decide.
    """
    require(actor, Action.REGISTRY_DECIDE)
    over = Registration.objects.filter(state=RegistrationState.IN_FORCE, until_on__lt=day_of(at))
    keys = over.order_by("until_on", "id").values_list("pk", flat=True)
    lapsed = sum(_lapse(actor, at, key, leaves) for key in list(keys))
    end_what_is_over(actor=actor, at=at, leaves=leaves)
    return lapsed


@transaction.atomic
def erase_holders(*, actor: Actor, at: datetime, number: str) -> RegistrationRow:
    """Forget identifiers and addresses: of a registration's holders, past and present, and of those to whom something
    was licensed or pledged that has ended. The names that the law shows, the commitments and every proof stay.

    Raises:
        NotAllowed: the actor may not decide.
        NoRegistration: there is none of that number.
    """
    require(actor, Action.REGISTRY_DECIDE)
    row = locked_registration(number, at)
    versions = RegistrationVersion.objects.filter(registration=row)
    gone, _ = HolderParticulars.objects.filter(version__in=versions).delete()
    also = _forget_parties(row)
    put_status(at=at, row=row, holders=read_shown(newest_version(row).holders))
    row.save(update_fields=["changed_at"])
    record_event(
        actor=actor,
        at=at,
        tag="registration.erased",
        subject_kind="registration",
        subject_id=row.certificate_number,
        after={"versions": gone, "recordals": also},
    )
    return registration_row(row)


def _forget_parties(row: Registration) -> int:
    """Forget the other parties of what has ended on a registration, and creditors who assigned their pledge."""
    named = RecordalParticulars.objects.filter(recordal__registration=row)
    later = named.filter(recordal=OuterRef("recordal"), place__gt=OuterRef("place"))
    past = named.filter(Q(recordal__state=RecordalState.ENDED) | Exists(later)).values_list("pk", flat=True)
    gone, _ = RecordalParticulars.objects.filter(pk__in=list(past)).delete()
    return gone


def _first(asked: _Asked) -> Registration:
    statement, on, profile = asked.statement, asked.on, asked.profile
    holders = holders_of(statement)
    if not holders or not statement.title.strip():
        raise NotGranted("A registration has a title and a holder.", "Ask the applicant to state both.")
    until_on = term_until(profile, statement, on)
    _require_time(until_on, on)
    submitted = asked.application.submitted_at
    deposit = Deposit.objects.filter(number=statement.deposit).first() if statement.deposit else None
    certificate, registration = _numbers(asked)
    row = Registration.objects.create(
        registration_number=registration,
        certificate_number=certificate,
        application=asked.application,
        profile=profile.name,
        subject=profile.subject,
        state=RegistrationState.IN_FORCE,
        title=statement.title,
        holders="[]",
        contract_until_on=contract_end(statement.sources),
        deposit=statement.deposit,
        content_sha256="" if deposit is None else deposit.content_sha256,
        registered_on=on,
        until_on=until_on,
        day_count=0 if submitted is None else max(0, (on - day_of(submitted)).days),
        party_id=asked.application.party_id,
        version_count=0,
        changed_at=asked.at,
    )
    content = Content(
        statement.title, statement.title_latin, statement.industry, holders, RegistrationState.IN_FORCE, until_on
    )
    add_version(row, content, asked.writing(on), asked.leaves)
    return row


def _renewal(asked: _Asked) -> Registration:
    """Let a registration go on from the day after its term, if that was applied for within the window before it."""
    row = _target(asked)
    if row.state != RegistrationState.IN_FORCE or row.until_on is None:
        raise NoRegistration(
            "Registration {number} has no term to renew ({state}).",
            "Apply for a new registration, or for none.",
            number=row.certificate_number,
            state=RegistrationState(row.state),
        )
    submitted = asked.application.submitted_at
    applied_on = asked.on if submitted is None else day_of(submitted)
    opens_on = row.until_on - timedelta(days=asked.profile.renewal_opens_days)
    if not opens_on <= applied_on <= row.until_on:
        raise NotGranted(
            "{number} is renewed on application from {first} to {last}, and this is of {day}.",
            "Apply within these days, or for a new registration.",
            number=row.certificate_number,
            first=opens_on,
            last=row.until_on,
            day=applied_on,
        )
    from_on = row.until_on + timedelta(days=1)
    until_on = term_until(asked.profile, asked.statement, from_on)
    if asked.statement.sources:
        row.contract_until_on = contract_end(asked.statement.sources)
    until_on = _capped(asked.profile, row, until_on)
    _require_time(until_on, from_on)
    content = replace(content_of(newest_version(row)), until_on=until_on)
    add_version(row, content, asked.writing(min(asked.on, from_on)), asked.leaves)
    return row


def _change(asked: _Asked) -> Registration:
    """Write down what changed; the holders stay the same persons, and the term gets no longer."""
    row, statement = _target(asked), asked.statement
    require_in_force(row, asked.on)
    before = content_of(newest_version(row))
    holders = holders_of(statement) or before.holders
    if not are_same_persons(before.holders, holders):
        raise NotGranted(
            "A change may not put other persons in the place of the holders.", "Apply for a transfer instead."
        )
    if statement.sources:
        row.contract_until_on = contract_end(statement.sources)
    until_on = _capped(asked.profile, row, row.until_on)
    _require_time(until_on, asked.on)
    content = Content(
        statement.title or before.title,
        statement.title_latin or before.title_latin,
        statement.industry or before.industry,
        holders,
        before.state,
        until_on,
    )
    add_version(row, content, asked.writing(asked.on), asked.leaves)
    return row


def _transfer(asked: _Asked) -> Registration:
    """Put the transferee in the place of all holders; licences and pledges go with the registration."""
    row, transferee = _target(asked), asked.statement.transferee
    require_in_force(row, asked.on)
    before = content_of(newest_version(row))
    if transferee is None or not transferee.name.strip():
        raise NotGranted("A transfer names to whom.", "Ask the applicant for the transferee.")
    holders = (replace(holder_of(transferee), role="holder"),)
    if are_same_persons(before.holders, holders):
        raise NotGranted(
            "{name} holds this already.", "A new name of the same person is a change.", name=transferee.name
        )
    require_consents(row, asked.application)
    row.party = None
    add_version(row, replace(before, holders=holders), asked.writing(asked.on), asked.leaves)
    withdraw_claims(
        actor=asked.actor, at=asked.at, row=row, reason="The registration was transferred.", leaves=asked.leaves
    )
    return row


def _cancellation(asked: _Asked) -> Registration:
    """End a registration as its holder asks."""
    row = _target(asked)
    require_in_force(row, asked.on)
    require_consents(row, asked.application)
    _end(row, RegistrationState.CANCELLED, asked.writing(asked.on), asked.leaves)
    return row


@transaction.atomic
def _lapse(actor: Actor, at: datetime, key: int, leaves: Leaves) -> int:
    row = Registration.objects.select_for_update().get(pk=key)
    until_on = row.until_on
    if row.state != RegistrationState.IN_FORCE or until_on is None or until_on >= day_of(at):
        return 0
    if _is_being_renewed(row, until_on):
        return 0
    advance(row, at)
    ended_on = until_on + timedelta(days=1)
    _end(row, RegistrationState.LAPSED, Writing(actor, at, Cause.LAPSE, ended_on, reason="The term is over."), leaves)
    return 1


def _end(row: Registration, state: RegistrationState, writing: Writing, leaves: Leaves) -> None:
    """Write the last version of a registration; what is recorded on it ends first."""
    hold_status(at=writing.at, row=row)
    withdraw_claims(actor=writing.actor, at=writing.at, row=row, reason="The registration ended.", leaves=leaves)
    end_all(row, writing, leaves)
    add_version(row, replace(content_of(newest_version(row)), state=state), writing, leaves)


def _is_being_renewed(row: Registration, until_on: date) -> bool:
    """Say whether a renewal that was applied for in time waits for its decision."""
    numbers = (row.registration_number, row.certificate_number)
    asked = Application.objects.filter(registration_number__in=numbers, kind=Kind.RENEWAL, submitted_at__isnull=False)
    waiting = asked.exclude(state__in=FINAL_STATES).values_list("submitted_at", flat=True)
    return any(submitted is not None and day_of(submitted) <= until_on for submitted in waiting)


def _numbers(asked: _Asked) -> tuple[str, str]:
    """Return the next numbers of a certificate and of a registration, each from its own series."""
    profile, on = asked.profile, asked.on
    certificate = certificate_number(profile.certificate_scheme, on, _serial(profile.certificate_scheme, on))
    source, holder = codes_of(profile.registration_scheme, asked.statement)
    serial = _serial(profile.registration_scheme, on)
    return certificate, registration_number(profile.registration_scheme, on, source, holder, serial)


def _serial(scheme: Scheme, on: date) -> int:
    """Return the next serial of a scheme; it begins anew with the year, if the number has one.

    Schemes whose fixed characters are the same share a series, so that their numbers never meet.
    """
    year = on.year if any(part.kind == "year" for part in scheme.parts) else ""
    fixed = "".join(part.text for part in scheme.parts if part.kind == "fixed")
    return next_serial(f"{scheme.use}/{year}/{fixed}")


def _target(asked: _Asked) -> Registration:
    """Lock the registration that an application is about."""
    row = locked_registration(asked.application.registration_number, asked.at)
    if row.profile != asked.profile.name:
        raise NotGranted(
            "Registration {number} is of {profile}, not of {asked}.",
            "Apply under the profile that it was registered by.",
            number=row.certificate_number,
            profile=row.profile,
            asked=asked.profile.name,
        )
    return row


def _capped(profile: Profile, row: Registration, until_on: date | None) -> date | None:
    """Return the end of a term, or that of the source contract if it is sooner and the profile looks at it."""
    cap = row.contract_until_on if profile.is_capped_by_contract else None
    return min((day for day in (until_on, cap) if day is not None), default=None)


def _require_time(until_on: date | None, from_on: date) -> None:
    if until_on is not None and until_on < from_on:
        raise NotGranted(
            "The source contract ends on {last}, so there is nothing to register from {first} on.",
            "Ask the applicant for a contract that goes on.",
            last=until_on,
            first=from_on,
        )


_ACTS: Mapping[Kind, Callable[[_Asked], Registration]] = {
    Kind.FIRST: _first,
    Kind.RENEWAL: _renewal,
    Kind.CHANGE: _change,
    Kind.TRANSFER: _transfer,
    Kind.CANCELLATION: _cancellation,
}
