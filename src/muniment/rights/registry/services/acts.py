"""What every act on an application does: lock it, look at version and clock, move its state, write it down thrice.

An act is an event of the application (with its reasons), an event of the audit trail, and a leaf of the log, which
holds no reasons and no persons: only digests of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from muniment.kernel.words.digests import canonical_json, digest_value
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application, Event, Round
from muniment.rights.registry.rules.application import Kind, Statement, read_statement
from muniment.rights.registry.rules.calendars import LastDay, get_calendar, last_day
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.rules.numbers import parse_number
from muniment.rights.registry.rules.profiles import Procedure, Profile, get_profile, rules_for
from muniment.rights.registry.rules.standing import Act, Stage, State, next_state
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.trust.access.rules import Action, Actor, NotAllowed, allows, require_any
from muniment.trust.access.services import record_event
from muniment.trust.evidence.rules.leaves import SALT_BYTES, commitment

MOST_LETTERS = 5_000
_LINES = "\n\r\t"


class NoApplication(UserError):
    """There is no such application, or it is erased."""


class Outrun(UserError):
    """Somebody else acted in between: what the person saw is no longer so."""


class ClockBack(UserError):
    """An act would lie before the last one of the same application: the clock of the machine went backwards."""


class NoReason(UserError):
    """An act asks for reasons and has none, or a text is too long or cannot be printed."""


class TooLate(UserError):
    """The period in which this could be done is over."""


class TooEarly(UserError):
    """A period that somebody else has is not over yet."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an act says: its reason, the points to correct, the objection it is about; `facts` go into the leaf."""

    reason: str = ""
    points: Sequence[Point] = ()
    objection: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


_NOTHING = Told()


def locked_application(number: str, at: datetime, version: int | None) -> Application:
    """Lock an application until the transaction ends and return it, if it stands as the person saw it.

    It is under the version of its profile that holds for it on that day.

    Raises:
        NoApplication, BadNumber: there is none of the number.
        Outrun: its version is another; None asks for none.
        ClockBack: something happened to it after `at`.
    """
    row = Application.objects.select_for_update().filter(number=parse_number(number)).first()
    if row is None:
        raise NoApplication("There is no application {number}.", "Look at its number.", number=number[:40])
    if version is not None and row.version != version:
        raise Outrun(
            "Somebody else acted on {number} since you looked at it.",
            "Look at it again, then decide anew.",
            number=row.number,
        )
    if at < row.changed_at:
        raise ClockBack(
            "The last act on {number} was at {changed_at}, and it is {at} now.",
            "Set the clock of this machine right.",
            number=row.number,
            changed_at=row.changed_at.isoformat(),
            at=at.isoformat(),
        )
    bring_up(row, day_of(at))
    return row


def require_side(actor: Actor, application: Application | None, party_id: int | None = None) -> None:
    """Let whoever stands on the applicant's side pass: the member whose application it is, or a registrar for them.

    Raises:
        NotAllowed: the actor is neither.
    """
    require_any(actor, {Action.OWN_APPLY, Action.REGISTRY_EXAMINE})
    if allows(actor, Action.REGISTRY_EXAMINE):
        return
    party = party_id if application is None else application.party_id
    if actor.party_id is None or party != actor.party_id:
        raise NotAllowed("{name} may act on the own applications alone.", "Ask the registrar.", name=actor.name)


def bring_up(application: Application, on: date) -> None:
    """Put an application under the version of its profile that it is under on a day; what moves it keeps that.

    A stage that the new version does not have becomes the next one that it has.
    """
    rules = rules_for(application.profile, application.profile_from_on, State(application.state), on)
    if rules.from_on == application.profile_from_on:
        return
    application.profile_from_on = rules.from_on
    stages = rules.procedures[Kind(application.kind)].stages
    if application.stage and application.stage not in stages:
        order = list(Stage)
        past = order.index(Stage(application.stage))
        application.stage = next((one for one in stages if order.index(one) > past), stages[-1])


def applicants_row(actor: Actor, at: datetime, number: str, version: int, act: Act) -> Application:
    """Lock an application for an act of the applicant's side, and return it if the act fits where it stands.

    Raises:
        NotAllowed: the actor is not on that side.
        NoApplication, BadNumber, Outrun, ClockBack: as `locked_application`.
        NotNow: the act does not fit.
    """
    row = locked_application(number, at, version)
    require_side(actor, row)
    next_state(State(row.state), act)
    return row


def profile_of(application: Application) -> Profile:
    """Return the rules that an application is under."""
    return get_profile(application.profile, application.profile_from_on)


def procedure_of(application: Application) -> Procedure:
    """Return the steps that an application goes through."""
    return profile_of(application).procedures[Kind(application.kind)]


def period_of(application: Application, at: datetime, days: int) -> LastDay:
    """Return the last day of a period of so many working days from an instant, by the application's calendar."""
    return last_day(get_calendar(profile_of(application).calendar), day_of(at), days)


def start_clock(application: Application, day: LastDay) -> None:
    """Have an application's clock end on a day, which may be provisional."""
    application.due_on, application.due_open_days = day.on, day.open_days


def due_facts(application: Application) -> dict[str, object]:
    """Return what a leaf says of a clock whose day is provisional; nothing of another."""
    return {"due_on": application.due_on, "is_provisional": True} if application.due_open_days else {}


def passed_by(application: Application) -> tuple[str, ...]:
    """Return the names of those who passed the stages of an application, in their order."""
    passed = Event.objects.filter(application=application, act=Act.PASS_STAGE).order_by("seq")
    return tuple(passed.values_list("actor_name", flat=True))


def newest_statement(application: Application) -> Statement:
    """Return what the applicant states now.

    Raises:
        NoApplication: it is erased.
    """
    if application.draft:
        return read_statement(application.draft)
    body = Round.objects.filter(application=application).order_by("-place").values_list("body", flat=True).first()
    if not body:
        raise NoApplication("What {number} states is erased.", "Only its proofs are kept.", number=application.number)
    return read_statement(body)


def said(text: str, what: Phrase, *, most: int = MOST_LETTERS, is_needed: bool = True) -> str:
    """Return a text as it is kept, without blanks around it.

    Raises:
        NoReason: it is needed and empty, too long, or has letters that cannot be printed.
    """
    text = text.strip()
    if is_needed and not text:
        raise NoReason("{what} is missing.", "Write it down.", what=what)
    if len(text) > most or any(ord(one) < 32 and one not in _LINES for one in text):
        raise NoReason(
            "{what} is too long or cannot be printed.", "Write at most {most} letters.", what=what, most=most
        )
    return text


def committed(body: str, leaves: Leaves) -> tuple[str, str]:
    """Return a fresh salt and the commitment to a text, both hexadecimal."""
    salt = leaves.entropy(SALT_BYTES)
    return salt.hex(), commitment(salt, body.encode()).hex()


def move(
    application: Application,
    act: Act,
    *,
    actor: Actor,
    at: datetime,
    leaves: Leaves,
    to: State | None = None,
    told: Told = _NOTHING,
) -> Application:
    """Write an act down with all changes of the locked row, and return the row with its next version.

    `to` is where it leads if the service knows better than `next_state`, which is asked first in any case.

    Raises:
        NotNow: the act does not fit where the application stands.
        Outrun: the row was written to meanwhile.
    """
    before = State(application.state)
    after = next_state(before, act)
    seen, application.state = application.version, to or after
    if application.due_on is None:
        application.due_open_days = 0
    application.version, application.changed_at = seen + 1, at
    seq, application.event_count = application.event_count, application.event_count + 1
    _save(application, seen)
    points = [{"field": one.field, "text": one.text} for one in told.points]
    Event.objects.create(
        application=application,
        seq=seq,
        act=act,
        stage=application.stage,
        from_state=before,
        to_state=application.state,
        actor_name=actor.name,
        at=at,
        reason=told.reason,
        points=json.dumps(points, ensure_ascii=False) if points else "",
        objection_number=told.objection,
    )
    leaves.log(at, f"application/{application.number}/{seq}", event_record(application, before, act, seq, told))
    record_act(actor, at, f"application.{act}", application, before)
    return application


def event_record(application: Application, before: State, act: Act, seq: int, told: Told) -> dict[str, object]:
    """Return what the leaf of an act commits to."""
    return {
        "kind": "application",
        "number": application.number,
        "seq": seq,
        "act": act,
        "stage": application.stage,
        "from_state": before,
        "to_state": application.state,
        "profile": application.profile,
        "registration": application.registration_number,
        "objection": told.objection,
        "said": said_digest(told.reason, [(one.field, one.text) for one in told.points]),
        **({} if application.profile_from_on is None else {"profile_from_on": application.profile_from_on}),
        **due_facts(application),
        **told.facts,
    }


def said_digest(reason: str, points: Sequence[tuple[str, str]]) -> str:
    """Return the digest of an act's reasons, as its leaf has it; empty for an act without any."""
    if not reason and not points:
        return ""
    return digest_value([reason, [[name, text] for name, text in points]])


def record_act(actor: Actor, at: datetime, tag: str, application: Application, before: State | None) -> None:
    """Record an act on an application in the audit trail."""
    record_event(
        actor=actor,
        at=at,
        tag=tag,
        subject_kind="application",
        subject_id=application.number,
        before=None if before is None else {"state": before},
        after={"state": application.state, "version": application.version},
    )


def save_quietly(application: Application, at: datetime) -> None:
    """Write a locked row whose change is no act: a draft's, or an erasure; its version goes on.

    Raises:
        Outrun: the row was written to meanwhile.
    """
    seen = application.version
    application.version, application.changed_at = seen + 1, at
    _save(application, seen)


def keep_round(application: Application, text: str, at: datetime, leaves: Leaves) -> dict[str, object]:
    """Keep what an applicant states as the next round, and return what the leaf says of it."""
    salt, shown = committed(text, leaves)
    place, application.round_count = application.round_count, application.round_count + 1
    Round.objects.create(application=application, place=place, body=text, salt=salt, commitment=shown, made_at=at)
    return {"round": place, "statement": shown}


def person_text(values: Mapping[str, str]) -> str:
    """Return particulars of a person as the canonical JSON that is committed to."""
    return canonical_json(dict(values)).decode()


_SAVED = tuple(one.attname for one in Application._meta.concrete_fields if not one.primary_key)


def _save(application: Application, seen: int) -> None:
    """Write all of a row if nobody wrote to it since it was read."""
    values = {name: getattr(application, name) for name in _SAVED}
    if not Application.objects.filter(pk=application.pk, version=seen).update(**values):
        raise Outrun(
            "Somebody else acted on {number} just now.",
            "Look at it again, then decide anew.",
            number=application.number,
        )
