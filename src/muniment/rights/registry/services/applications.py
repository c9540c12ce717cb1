"""The applicant's side: drafting, submitting past the pre-check, correcting, withdrawing, being forgotten."""

from datetime import datetime

from django.db import transaction

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application, Objection, Round
from muniment.rights.registry.queries.applications import ApplicationRow, application_row
from muniment.rights.registry.queries.registrations import get_registration
from muniment.rights.registry.rules.application import Kind, Statement, statement_text
from muniment.rights.registry.rules.examination import ObjectionState
from muniment.rights.registry.rules.numbers import APPLICATION, make_number
from muniment.rights.registry.rules.profiles import Profile, profile_on
from muniment.rights.registry.rules.standing import FINAL_STATES, Act, NotNow, RegistrationState, State
from muniment.rights.registry.services.acts import (
    NoApplication,
    Told,
    TooLate,
    applicants_row,
    keep_round,
    locked_application,
    move,
    newest_statement,
    period_of,
    procedure_of,
    profile_of,
    record_act,
    require_side,
    said,
    save_quietly,
    start_clock,
)
from muniment.rights.registry.services.checking import require_ready
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.numbering import next_serial
from muniment.trust.access.rules import Action, Actor, NotAllowed, allows, require


class NotApplied(UserError):
    """What is asked for cannot be applied for: not under this profile, or not about this registration."""


@transaction.atomic
def draft_application(
    *,
    actor: Actor,
    at: datetime,
    profile: str,
    kind: Kind,
    statement: Statement,
    party_id: int | None = None,
    registration: str = "",
) -> ApplicationRow:
    """Begin an application, which may be incomplete; a member's is the member's own.

    `registration` is either number of what a later kind is about. Nothing is logged before it is submitted.

    Raises:
        NotAllowed: the actor may not, or not for this party.
        NoProfile, NotApplied: the rules have no such application.
    """
    party = actor.party_id if party_id is None and not allows(actor, Action.REGISTRY_EXAMINE) else party_id
    require_side(actor, None, party)
    rules = profile_on(profile, day_of(at))
    row = Application(
        number=make_number(APPLICATION, next_serial("application")),
        profile=profile,
        profile_from_on=rules.from_on,
        kind=kind,
        subject=rules.subject,
        state=State.DRAFT,
        version=1,
        party_id=party,
        registration_number=_target(actor, rules, kind, registration),
        drafted_at=at,
        changed_at=at,
    )
    _state(row, rules, statement)
    row.draft = statement_text(statement)
    row.save(force_insert=True)
    record_act(actor, at, "application.drafted", row, None)
    return application_row(row)


@transaction.atomic
def change_draft(*, actor: Actor, at: datetime, number: str, version: int, statement: Statement) -> ApplicationRow:
    """Replace what a draft states.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is no draft any more.
        NotApplied: the statement is of another subject than the profile.
    """
    row = applicants_row(actor, at, number, version, Act.SUBMIT)
    _state(row, profile_of(row), statement)
    row.draft = statement_text(statement)
    save_quietly(row, at)
    record_act(actor, at, "application.redrafted", row, State.DRAFT)
    return application_row(row)


@transaction.atomic
def submit_application(*, actor: Actor, at: datetime, number: str, version: int, leaves: Leaves) -> ApplicationRow:
    """Submit a draft that the pre-check finds no error in: its statement becomes round 0, and examiners' clock runs.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is submitted already.
        NotReady: the pre-check finds errors; its `findings` say which, and what to do.
    """
    row = applicants_row(actor, at, number, version, Act.SUBMIT)
    rules, text = profile_of(row), row.draft
    require_ready(newest_statement(row), rules, row, day_of(at))
    row.draft, row.submitted_at = "", at
    start_clock(row, period_of(row, at, procedure_of(row).examination_days))
    facts = keep_round(row, text, at, leaves)
    return application_row(move(row, Act.SUBMIT, actor=actor, at=at, leaves=leaves, told=Told(facts=facts)))


@transaction.atomic
def answer_correction(
    *, actor: Actor, at: datetime, number: str, version: int, statement: Statement, leaves: Leaves
) -> ApplicationRow:
    """Answer what the examiner wants corrected with a new round; it passes the pre-check as the first did.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: nothing is to be corrected.
        TooLate: the time for it is over.
        NotApplied, NotReady: as for a draft and for submitting it.
    """
    row = applicants_row(actor, at, number, version, Act.ANSWER_CORRECTION)
    if row.due_on is not None and not row.due_open_days and day_of(at) > row.due_on:
        raise TooLate(
            "The correction of {number} was due on {day}.", "Make a new application.", number=row.number, day=row.due_on
        )
    rules = profile_of(row)
    _state(row, rules, statement)
    require_ready(statement, rules, row, day_of(at))
    facts = keep_round(row, statement_text(statement), at, leaves)
    start_clock(row, period_of(row, at, procedure_of(row).examination_days))
    return application_row(move(row, Act.ANSWER_CORRECTION, actor=actor, at=at, leaves=leaves, told=Told(facts=facts)))


@transaction.atomic
def withdraw_application(
    *, actor: Actor, at: datetime, number: str, version: int, reason: str = "", leaves: Leaves
) -> ApplicationRow:
    """Take an application back; what a draft stated is forgotten.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is decided.
        NoReason: the reason is too long.
    """
    row = applicants_row(actor, at, number, version, Act.WITHDRAW)
    reason = said(reason, Phrase("The reason"), is_needed=False)
    row.draft, row.decided_at, row.due_on = "", at, None
    leave_undecided(row, actor, at)
    return application_row(move(row, Act.WITHDRAW, actor=actor, at=at, leaves=leaves, told=Told(reason)))


@transaction.atomic
def erase_application(*, actor: Actor, at: datetime, number: str) -> ApplicationRow:
    """Forget what an application stated, its title, and who objected; commitments, leaves and history stay.

    A registration that came of it keeps what the law has it show: it is erased by itself.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, ClockBack: there is none of that number, or it is erased.
        NotNow: it is not decided yet.
    """
    require(actor, Action.REGISTRY_DECIDE)
    row = locked_application(number, at, None)
    if row.erased_at is not None:
        raise NoApplication("Application {number} is erased already.", "Nothing is left to erase.", number=row.number)
    if State(row.state) not in FINAL_STATES:
        raise NotNow(
            "Application {number} is not decided.", "Withdraw it first, or wait for the decision.", number=row.number
        )
    Round.objects.filter(application=row).update(body="", salt="")
    Objection.objects.filter(application=row, erased_at=None).update(body="", salt="", erased_at=at)
    row.title, row.draft, row.erased_at = "", "", at
    save_quietly(row, at)
    record_act(actor, at, "application.erased", row, State(row.state))
    return application_row(row)


def leave_undecided(application: Application, actor: Actor, at: datetime) -> None:
    """End the open objections to an application that ends without a decision on them."""
    Objection.objects.filter(application=application, state=ObjectionState.OPEN).update(
        state=ObjectionState.MOOT, decided_at=at, decided_by=actor.name
    )


def _state(row: Application, rules: Profile, statement: Statement) -> None:
    """Copy to a row what lists and look-ups need of a statement.

    Raises:
        NotApplied: the statement is of another subject than the profile.
    """
    if statement.subject != rules.subject:
        raise NotApplied(
            "{profile} registers this: {asked}. What is stated is another: {stated}.",
            "Choose another profile.",
            profile=Phrase(rules.title),
            asked=rules.subject,
            stated=statement.subject,
        )
    row.title, row.deposit = statement.title, statement.deposit[:20]


def _target(actor: Actor, rules: Profile, kind: Kind, registration: str) -> str:
    """Return the registration number that an application is about; a first one is about none.

    Raises:
        NotApplied: the profile has no such kind, or there is no such registration of it, or it has ended.
        NotAllowed: it is another member's.
    """
    if kind not in rules.procedures:
        raise NotApplied(
            "{profile} has no such kind of registration: {kind}.",
            "It has: {kinds}.",
            profile=Phrase(rules.title),
            kind=kind,
            kinds=tuple(rules.procedures),
        )
    if kind is Kind.FIRST:
        if registration:
            raise NotApplied("A first registration is about no earlier one.", "Leave the number out.")
        return ""
    row = get_registration(registration)
    if row is None or row.profile != rules.name or row.state is not RegistrationState.IN_FORCE:
        raise NotApplied(
            "There is no registration {number!r} in force under {profile}.",
            "Look at its number.",
            number=registration[:40],
            profile=Phrase(rules.title),
        )
    if not allows(actor, Action.REGISTRY_EXAMINE) and row.party_id != actor.party_id:
        raise NotAllowed(
            "Registration {number} is another holder's.", "Ask the registrar.", number=row.certificate_number
        )
    return row.registration_number
