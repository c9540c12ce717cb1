"""Reads of applications: the desk's queue, the public pages, what was stated round by round, and the clocks."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Max, Min, Q, QuerySet

from muniment.kernel.words.paging import Page
from muniment.rights.registry.models import Application, Event, Objection, Round
from muniment.rights.registry.rules.application import Kind, Statement, Subject, read_statement
from muniment.rights.registry.rules.calendars import Calendar, NotCovered, get_calendar, working_days_between
from muniment.rights.registry.rules.examination import ObjectionState, Objector, Point
from muniment.rights.registry.rules.numbers import BadNumber, parse_number
from muniment.rights.registry.rules.profiles import Profile, get_profile, rules_for
from muniment.rights.registry.rules.standing import Act, Stage, State

_WHAT: Mapping[State, str] = {
    State.SUBMITTED: "examination",
    State.EXAMINATION: "examination",
    State.CORRECTION: "correction",
    State.PUBLICITY: "publicity",
}
"""Whose clock runs at a state; that of an objection is a reply or a decision."""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application without its statement; `version` is what the next act on it is given.

    `registration_number` is what a later kind is about, and of a first one what came of it. `due_on` is the last day
    of the clock that runs. Where the calendar does not know the year of `due_on` or `publicity_until_on`, it is the
    earliest day that it can be, and the `open_days` say so: more than 0. `profile_from_on` is the version of the
    profile that the last act was under.
    """

    number: str
    profile: str
    kind: Kind
    subject: Subject
    state: State
    stage: Stage | None
    version: int
    title: str
    party_id: int | None
    registration_number: str
    examiner: str
    submitted_at: datetime | None
    due_on: date | None
    publicity_from_on: date | None
    publicity_until_on: date | None
    decided_at: datetime | None
    round_count: int
    changed_at: datetime
    erased_at: datetime | None
    profile_from_on: date | None
    due_open_days: int
    publicity_open_days: int


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A version of what was stated, with the salted text that `commitment` is over; None and empty once erased."""

    place: int
    statement: Statement | None
    commitment: str
    made_at: datetime
    body: str
    salt: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """An act of an application's history; its leaf is of `application/<number>/<seq>`."""

    seq: int
    act: Act
    stage: Stage | None
    from_state: State
    to_state: State
    actor: str
    at: datetime
    reason: str
    points: tuple[Point, ...]
    objection: str


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection; `objector` is None once erased, `decide_until_on` None until the applicant replied.

    `open_days` more than 0 say that the day of the reply or the decision, whichever runs, is provisional.
    """

    number: str
    application: str
    state: ObjectionState
    objector: Objector | None
    grounds: str
    evidence_sha256: str
    filed_at: datetime
    reply_until_on: date
    reply: str
    replied_at: datetime | None
    decide_until_on: date | None
    decision: str
    decided_at: datetime | None
    decided_by: str
    commitment: str
    erased_at: datetime | None
    open_days: int


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock that runs: `what` is examination, correction, publicity, reply or decision.

    `days_left` are working days of the profile's calendar, negative once overdue, None where the calendar does not
    cover the year: then `due_on` is the earliest day that it can be, and `is_provisional`.
    """

    number: str
    title: str
    profile: str
    state: State
    what: str
    due_on: date
    days_left: int | None
    examiner: str
    is_provisional: bool


def get_application(number: str) -> ApplicationRow | None:
    """Return the application of a number; a number that is none has none."""
    row = _found(number)
    return None if row is None else application_row(row)


def list_applications(
    *,
    state: State | None = None,
    examiner: str | None = None,
    profile: str | None = None,
    kind: Kind | None = None,
    party_id: int | None = None,
    search: str = "",
    overdue_on: date | None = None,
    is_submitted: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> Page[ApplicationRow]:
    """Return applications, newest first.

    `examiner` empty asks for those that nobody has taken; `search` looks at numbers and titles. `overdue_on` asks for
    those whose clock ended before that day, and `is_submitted` leaves out what never was, since a draft is its
    writer's own: either puts those with the nearest end of a clock first.
    """
    asked = {"state": state, "examiner": examiner, "profile": profile, "kind": kind, "party_id": party_id}
    rows = Application.objects.filter(**{name: value for name, value in asked.items() if value is not None})
    if overdue_on is not None:
        rows = rows.filter(due_on__lt=overdue_on, due_open_days=0)
    if is_submitted:
        rows = rows.filter(submitted_at__isnull=False)
    if search.strip():
        rows = rows.filter(Q(title__icontains=search.strip()) | Q(number__icontains=search.strip()))
    is_desk = is_submitted or overdue_on is not None
    return _page(
        rows.order_by(F("due_on").asc(nulls_last=True), "-id") if is_desk else rows.order_by("-id"), limit, offset
    )


def in_publicity(on: date, limit: int = 50, offset: int = 0) -> Page[ApplicationRow]:
    """Return the applications that anybody may object to on a day, or that wait for a decision; newest first."""
    rows = Application.objects.filter(state__in=[State.PUBLICITY, State.OBJECTION], publicity_from_on__lte=on)
    still = Q(publicity_until_on__gte=on) | Q(publicity_open_days__gt=0)
    rows = rows.filter(still | Q(state=State.OBJECTION))
    return _page(rows.order_by("-publicity_from_on", "-id"), limit, offset)


def rules_of(row: ApplicationRow, on: date) -> Profile:
    """Return the version of the profile that an application is under on a day."""
    return rules_for(row.profile, row.profile_from_on, row.state, on)


def statement_of(number: str, place: int | None = None) -> Statement | None:
    """Return what an application states: the draft, or a round (None: the newest); None if erased, or there is none."""
    row = _found(number)
    if row is None:
        return None
    if row.draft and place is None:
        return read_statement(row.draft)
    rounds = Round.objects.filter(application=row).order_by("-place")
    if place is not None:
        rounds = rounds.filter(place=place)
    body = rounds.values_list("body", flat=True).first()
    return read_statement(body) if body else None


def newest_statements(numbers: Sequence[str]) -> Mapping[str, Statement]:
    """Return what each of some submitted applications states now, by its number; an erased one is left out."""
    rows = Round.objects.filter(application__number__in=numbers).order_by("place")
    bodies = dict(rows.values_list("application__number", "body"))
    return {number: read_statement(body) for number, body in bodies.items() if body}


def rounds_of(number: str) -> tuple[RoundRow, ...]:
    """Return what an application stated, round by round."""
    return tuple(
        RoundRow(
            row.place,
            read_statement(row.body) if row.body else None,
            row.commitment,
            row.made_at,
            row.body,
            row.salt,
        )
        for row in Round.objects.filter(application__number=number).order_by("place")
    )


def times_of_acts(numbers: Sequence[str], acts: Collection[Act]) -> Mapping[str, tuple[datetime, datetime]]:
    """Return of each of some applications when one of these acts was done first and last, by its number."""
    rows = Event.objects.filter(application__number__in=numbers, act__in=acts).values_list("application__number")
    return {number: (first, last) for number, first, last in rows.annotate(Min("at"), Max("at")).order_by()}


def events_of(number: str) -> tuple[EventRow, ...]:
    """Return the history of an application, oldest first; a draft has none."""
    return tuple(_event_row(row) for row in Event.objects.filter(application__number=number).order_by("seq"))


def objections_of(number: str) -> tuple[ObjectionRow, ...]:
    """Return the objections to an application, oldest first."""
    rows = Objection.objects.filter(application__number=number).select_related("application").order_by("id")
    return tuple(objection_row(row) for row in rows)


def get_objection(number: str) -> ObjectionRow | None:
    """Return the objection of a number; a number that is none has none."""
    try:
        row = Objection.objects.filter(number=parse_number(number)).select_related("application").first()
    except BadNumber:
        return None
    return None if row is None else objection_row(row)


def count_by_state() -> Mapping[State, int]:
    """Return how many applications stand at each state; a state without any is not in it."""
    rows = Application.objects.values_list("state").annotate(count=Count("id")).order_by("state")
    return {State(state): count for state, count in rows}


def clocks(on: date) -> tuple[ClockRow, ...]:
    """Return the clocks that run, the most urgent first."""
    rows = Application.objects.filter(due_on__isnull=False).order_by("due_on", "id")
    waiting = set(
        Objection.objects.filter(state=ObjectionState.OPEN, replied_at=None, reply_until_on__gte=on).values_list(
            "application_id", flat=True
        )
    )
    return tuple(_clock_row(row, on, "reply" if row.pk in waiting else "decision") for row in rows)


def application_row(row: Application) -> ApplicationRow:
    """Return the frozen row of an application."""
    return ApplicationRow(
        number=row.number,
        profile=row.profile,
        kind=Kind(row.kind),
        subject=Subject(row.subject),
        state=State(row.state),
        stage=Stage(row.stage) if row.stage else None,
        version=row.version,
        title=row.title,
        party_id=row.party_id,
        registration_number=row.registration_number,
        examiner=row.examiner,
        submitted_at=row.submitted_at,
        due_on=row.due_on,
        publicity_from_on=row.publicity_from_on,
        publicity_until_on=row.publicity_until_on,
        decided_at=row.decided_at,
        round_count=row.round_count,
        changed_at=row.changed_at,
        erased_at=row.erased_at,
        profile_from_on=row.profile_from_on,
        due_open_days=row.due_open_days,
        publicity_open_days=row.publicity_open_days,
    )


def objection_row(row: Objection) -> ObjectionRow:
    """Return the frozen row of an objection."""
    return ObjectionRow(
        number=row.number,
        application=row.application.number,
        state=ObjectionState(row.state),
        objector=Objector(**json.loads(row.body)) if row.body else None,
        grounds=row.grounds,
        evidence_sha256=row.evidence_sha256,
        filed_at=row.filed_at,
        reply_until_on=row.reply_until_on,
        reply=row.reply,
        replied_at=row.replied_at,
        decide_until_on=row.decide_until_on,
        decision=row.decision,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        commitment=row.commitment,
        erased_at=row.erased_at,
        open_days=row.open_days,
    )


def _found(number: str) -> Application | None:
    try:
        return Application.objects.filter(number=parse_number(number)).first()
    except BadNumber:
        return None


def _page(rows: QuerySet[Application], limit: int, offset: int) -> Page[ApplicationRow]:
    return Page(tuple(application_row(row) for row in rows[offset : offset + limit]), rows.count())


def _event_row(row: Event) -> EventRow:
    points: Iterable[Mapping[str, str]] = json.loads(row.points) if row.points else ()
    return EventRow(
        seq=row.seq,
        act=Act(row.act),
        stage=Stage(row.stage) if row.stage else None,
        from_state=State(row.from_state),
        to_state=State(row.to_state),
        actor=row.actor_name,
        at=row.at,
        reason=row.reason,
        points=tuple(Point(one["field"], one["text"]) for one in points),
        objection=row.objection_number,
    )


def _clock_row(row: Application, on: date, of_objection: str) -> ClockRow:
    assert row.due_on is not None
    state = State(row.state)
    return ClockRow(
        number=row.number,
        title=row.title,
        profile=row.profile,
        state=state,
        what=_WHAT.get(state, of_objection),
        due_on=row.due_on,
        days_left=_days_left(get_calendar(get_profile(row.profile, row.profile_from_on).calendar), on, row.due_on),
        examiner=row.examiner,
        is_provisional=row.due_open_days > 0,
    )


def _days_left(calendar: Calendar, on: date, due_on: date) -> int | None:
    try:
        return working_days_between(calendar, on, due_on)
    except NotCovered:
        return None
