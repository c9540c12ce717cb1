"""Objections to what is public: filed in time by anybody, replied to by the applicant, decided with reasons."""

import re
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application, Objection
from muniment.rights.registry.queries.applications import (
    ApplicationRow,
    ObjectionRow,
    application_row,
    objection_row,
)
from muniment.rights.registry.rules.calendars import LastDay
from muniment.rights.registry.rules.examination import ObjectionState, Objector
from muniment.rights.registry.rules.numbers import OBJECTION, make_number, parse_number
from muniment.rights.registry.rules.standing import Act, State, next_state
from muniment.rights.registry.services.acts import (
    NoReason,
    Told,
    TooEarly,
    TooLate,
    applicants_row,
    committed,
    locked_application,
    move,
    period_of,
    person_text,
    procedure_of,
    said,
    start_clock,
)
from muniment.rights.registry.services.applications import leave_undecided
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.numbering import next_serial
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event

PUBLIC = Actor(None, "public", frozenset())
"""Who acts when somebody without a login objects."""

_MOST_PERSON = 500
_MOST_GROUNDS = 10_000
_SHA256 = re.compile("[0-9a-f]{64}")


class NoObjection(UserError):
    """There is no such objection to the application, or it is not open."""


@transaction.atomic
def file_objection(
    *,
    actor: Actor | None,
    at: datetime,
    number: str,
    objector: Objector,
    grounds: str,
    evidence_sha256: str = "",
    leaves: Leaves,
) -> ObjectionRow:
    """Object to an application while it is public; anybody may, with a name and a way to be reached.

    Raises:
        NoApplication, ClockBack: as `acts.locked_application`.
        TooLate: its publicity is over.
        NotNow: it is not public.
        NoReason: the objector or the grounds are missing or too long, or the evidence is no SHA-256.
    """
    row = locked_application(number, at, None)
    if row.publicity_until_on is not None and not row.publicity_open_days and day_of(at) > row.publicity_until_on:
        raise TooLate(
            "{number} was public up to {day}.",
            "Turn to a court, or ask for a revocation.",
            number=row.number,
            day=row.publicity_until_on,
        )
    next_state(State(row.state), Act.OBJECT)
    who = Objector(
        said(objector.name, Phrase("The name of who objects"), most=_MOST_PERSON),
        said(objector.contact, Phrase("How to reach who objects"), most=_MOST_PERSON),
        said(objector.identifier, Phrase("The identifier"), most=_MOST_PERSON, is_needed=False),
    )
    if evidence_sha256 and not _SHA256.fullmatch(evidence_sha256):
        raise NoReason("The evidence is named by 64 hexadecimal digits.", "Give its SHA-256, or nothing.")
    body = person_text({"name": who.name, "contact": who.contact, "identifier": who.identifier})
    salt, shown = committed(body, leaves)
    reply_by = period_of(row, at, procedure_of(row).objection_reply_days)
    objection = Objection.objects.create(
        number=make_number(OBJECTION, next_serial("objection")),
        application=row,
        state=ObjectionState.OPEN,
        body=body,
        salt=salt,
        commitment=shown,
        grounds=said(grounds, Phrase("The grounds of an objection"), most=_MOST_GROUNDS),
        evidence_sha256=evidence_sha256,
        filed_at=at,
        reply_until_on=reply_by.on,
        open_days=reply_by.open_days,
    )
    facts = {"objector": shown, "grounds": digest_value(objection.grounds), "evidence_sha256": evidence_sha256}
    _start_nearest(row)
    told = Told(objection=objection.number, facts=facts)
    move(row, Act.OBJECT, actor=actor or PUBLIC, at=at, leaves=leaves, told=told)
    return objection_row(objection)


@transaction.atomic
def reply_to_objection(
    *, actor: Actor, at: datetime, number: str, version: int, objection: str, reply: str, leaves: Leaves
) -> ApplicationRow:
    """Reply to an objection, once and in time; the clock of the decision runs from then.

    Raises:
        NotAllowed: the actor is not on the applicant's side.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow, NoObjection: there is no such open objection, or it has its reply.
        TooLate: the time for it is over.
        NoReason: the reply is empty or too long.
    """
    row = applicants_row(actor, at, number, version, Act.REPLY)
    found = _open(row, objection)
    if found.replied_at is not None:
        raise NoObjection("{number} has its reply.", "Wait for the decision.", number=found.number)
    if not found.open_days and day_of(at) > found.reply_until_on:
        raise TooLate(
            "The reply to {number} was due on {day}.",
            "Wait for the decision.",
            number=found.number,
            day=found.reply_until_on,
        )
    found.reply, found.replied_at = said(reply, Phrase("The reply"), most=_MOST_GROUNDS), at
    decide_by = period_of(row, at, procedure_of(row).decision_days)
    found.decide_until_on, found.open_days = decide_by.on, decide_by.open_days
    found.save(update_fields=["reply", "replied_at", "decide_until_on", "open_days"])
    _start_nearest(row)
    told = Told(objection=found.number, facts={"reply": digest_value(found.reply)})
    return application_row(move(row, Act.REPLY, actor=actor, at=at, leaves=leaves, told=told))


@transaction.atomic
def decide_objection(
    *,
    actor: Actor,
    at: datetime,
    number: str,
    version: int,
    objection: str,
    is_upheld: bool,
    reasons: str,
    leaves: Leaves,
) -> ApplicationRow:
    """Decide an objection with reasons, once the applicant replied or may no longer: upheld, it refuses.

    A rejected one leads back to the publicity, unless another is open.

    Raises:
        NotAllowed: the actor may not decide.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow, NoObjection: there is no such open objection.
        TooEarly: the applicant may still reply.
        NoReason: no reasons are given.
    """
    require(actor, Action.REGISTRY_DECIDE)
    row, found = _to_decide(at, number, version, objection)
    if found.replied_at is None and (found.open_days or day_of(at) <= found.reply_until_on):
        raise TooEarly(
            "The applicant may reply to {number} up to {day}.",
            "Decide it after that.",
            number=found.number,
            day=found.reply_until_on,
        )
    told = Told(
        said(reasons, Phrase("The reasons of a decision")), objection=found.number, facts={"is_upheld": is_upheld}
    )
    _end(found, ObjectionState.UPHELD if is_upheld else ObjectionState.REJECTED, told.reason, actor, at)
    if not is_upheld:
        return _go_on(row, actor, at, leaves, told)
    leave_undecided(row, actor, at)
    row.decided_at, row.due_on = at, None
    return application_row(move(row, Act.REFUSE, actor=actor, at=at, leaves=leaves, told=told))


@transaction.atomic
def withdraw_objection(
    *, actor: Actor, at: datetime, number: str, version: int, objection: str, reason: str, leaves: Leaves
) -> ApplicationRow:
    """Write down that whoever objected took the objection back; the registrar says how that was shown.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow, NoObjection: there is no such open objection.
        NoReason: nothing is said.
    """
    require(actor, Action.REGISTRY_EXAMINE)
    row, found = _to_decide(at, number, version, objection)
    told = Told(
        said(reason, Phrase("How the withdrawal was shown")), objection=found.number, facts={"is_withdrawn": True}
    )
    _end(found, ObjectionState.WITHDRAWN, told.reason, actor, at)
    return _go_on(row, actor, at, leaves, told)


@transaction.atomic
def erase_objector(*, actor: Actor, at: datetime, objection: str) -> ObjectionRow:
    """Forget who objected, once that is decided; grounds, decision, commitment and leaves stay.

    Raises:
        NotAllowed: the actor may not.
        NoObjection, BadNumber: there is none of the number, it is erased, or it is open.
    """
    require(actor, Action.REGISTRY_DECIDE)
    rows = Objection.objects.select_for_update(of=("self",)).select_related("application")
    found = rows.filter(number=parse_number(objection), erased_at=None).first()
    if found is None or found.state == ObjectionState.OPEN:
        raise NoObjection(
            "There is no objection {number} to erase.",
            "It may be open, or erased already.",
            number=objection[:40],
        )
    found.body, found.salt, found.erased_at = "", "", at
    found.save(update_fields=["body", "salt", "erased_at"])
    record_event(
        actor=actor,
        at=at,
        tag="objection.erased",
        subject_kind="objection",
        subject_id=found.number,
        after={"commitment": found.commitment},
    )
    return objection_row(found)


def _to_decide(at: datetime, number: str, version: int, objection: str) -> tuple[Application, Objection]:
    row = locked_application(number, at, version)
    next_state(State(row.state), Act.DECIDE_OBJECTION)
    return row, _open(row, objection)


def _open(row: Application, objection: str) -> Objection:
    rows = Objection.objects.select_for_update().filter(application=row, number=parse_number(objection))
    found = rows.filter(state=ObjectionState.OPEN).first()
    if found is None:
        raise NoObjection(
            "There is no open objection {objection} to {application}.",
            "Look at its number.",
            objection=objection[:40],
            application=row.number,
        )
    found.application = row
    return found


def _end(found: Objection, state: ObjectionState, decision: str, actor: Actor, at: datetime) -> None:
    found.state, found.decision, found.decided_at, found.decided_by = state, decision, at, actor.name
    found.save(update_fields=["state", "decision", "decided_at", "decided_by"])


def _go_on(row: Application, actor: Actor, at: datetime, leaves: Leaves, told: Told) -> ApplicationRow:
    """Lead an application back to its publicity, or leave it at the next objection that is open."""
    to = State.OBJECTION if _start_nearest(row) else State.PUBLICITY
    return application_row(move(row, Act.DECIDE_OBJECTION, actor=actor, at=at, leaves=leaves, to=to, told=told))


def _start_nearest(row: Application) -> bool:
    """Have the clock end on the nearest last day of a reply or a decision, or of the publicity where no objection is
    open; return whether one is."""
    rows = list(Objection.objects.filter(application=row, state=ObjectionState.OPEN))
    days = [LastDay(one.decide_until_on or one.reply_until_on, one.open_days) for one in rows]
    if row.publicity_until_on is not None and not days:
        days = [LastDay(row.publicity_until_on, row.publicity_open_days)]
    start_clock(row, min(days, key=lambda day: day.on))
    return bool(rows)
