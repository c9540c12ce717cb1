"""The examiner's side: taking an application, asking for corrections, passing its stages, refusing it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application
from muniment.rights.registry.queries.applications import ApplicationRow, application_row
from muniment.rights.registry.rules.application import STATEMENT_FIELDS
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.rules.standing import Act, NotNow, Stage, State, next_state
from muniment.rights.registry.services.acts import (
    NoReason,
    Told,
    locked_application,
    move,
    passed_by,
    period_of,
    procedure_of,
    said,
    start_clock,
)
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.registering import register
from muniment.trust.access.rules import Action, Actor, allows, require, require_second_person

_MOST_POINTS = 100


class TooManyRounds(UserError):
    """The profile allows no further round of corrections."""


@transaction.atomic
def take_application(*, actor: Actor, at: datetime, number: str, version: int, leaves: Leaves) -> ApplicationRow:
    """Take an application to examine it, from the queue or over from a colleague.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not to be examined.
    """
    row = _to_examine(actor, at, number, version, Act.TAKE)
    row.examiner, row.stage = actor.name, row.stage or procedure_of(row).stages[0]
    return application_row(move(row, Act.TAKE, actor=actor, at=at, leaves=leaves))


@transaction.atomic
def ask_correction(
    *, actor: Actor, at: datetime, number: str, version: int, points: Sequence[Point], leaves: Leaves
) -> ApplicationRow:
    """Give an application back with the points that are to be corrected, by a day that the profile's days give.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not under examination.
        TooManyRounds: it was corrected as often as the profile allows.
        NoReason: there is no point, a point says nothing, or names a field that no statement has.
    """
    row = _to_examine(actor, at, number, version, Act.ASK_CORRECTION)
    steps = procedure_of(row)
    if row.round_count > steps.correction_rounds:
        raise TooManyRounds(
            "{number} was corrected {count} times, which is what the profile allows.",
            "Pass it or refuse it.",
            number=row.number,
            count=row.round_count - 1,
        )
    told = Told(points=_checked(points))
    start_clock(row, period_of(row, at, steps.correction_days))
    return application_row(move(row, Act.ASK_CORRECTION, actor=actor, at=at, leaves=leaves, told=told))


@transaction.atomic
def pass_stage(
    *, actor: Actor, at: datetime, number: str, version: int, reason: str = "", leaves: Leaves
) -> ApplicationRow:
    """Pass the stage at which an application is examined; after the last one it is accepted.

    Where the profile has no publicity it is registered at once, if the actor may decide that, and need not be a second
    person.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not under examination.
        SamePerson: the profile asks for two persons, and the actor passed an earlier stage.
        NotReady, and what `registrations.grant` raises: it cannot be registered.
    """
    row = _to_examine(actor, at, number, version, Act.PASS_STAGE)
    steps, passed = procedure_of(row), row.stage
    if steps.needs_second_person:
        for name in passed_by(row):
            require_second_person(name, actor)
    place = steps.stages.index(Stage(passed))
    is_last = place + 1 == len(steps.stages)
    told = Told(said(reason, Phrase("The reason"), is_needed=False), facts={"passed": passed})
    to = next_state(State(row.state), Act.PASS_STAGE, is_last=is_last)
    if is_last:
        row.due_on = None
    else:
        row.stage = steps.stages[place + 1]
        row.examiner = "" if steps.needs_second_person else row.examiner
    move(row, Act.PASS_STAGE, actor=actor, at=at, leaves=leaves, to=to, told=told)
    is_alone = steps.needs_second_person and len(steps.stages) == 1
    if is_last and not steps.publicity_days and not is_alone and allows(actor, Action.REGISTRY_DECIDE):
        register(row, Act.REGISTER, actor=actor, at=at, leaves=leaves)
    return application_row(row)


@transaction.atomic
def refuse_application(
    *, actor: Actor, at: datetime, number: str, version: int, reasons: str, leaves: Leaves
) -> ApplicationRow:
    """Refuse an application with the reasons; an objection is decided by itself.

    Once it is accepted, only who may decide refuses it: what it rests on may end before it is registered.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not under examination, nor accepted after it.
        NoReason: no reasons are given.
    """
    row = _to_examine(actor, at, number, version, Act.REFUSE)
    if State(row.state) is not State.EXAMINATION:
        require(actor, Action.REGISTRY_DECIDE)
    if State(row.state) is State.OBJECTION:
        raise NotNow(
            "An objection to {number} is open.", "Decide the objection; upholding it refuses.", number=row.number
        )
    told = Told(said(reasons, Phrase("The reasons of a refusal")))
    row.decided_at, row.due_on = at, None
    return application_row(move(row, Act.REFUSE, actor=actor, at=at, leaves=leaves, told=told))


def _to_examine(actor: Actor, at: datetime, number: str, version: int, act: Act) -> Application:
    require(actor, Action.REGISTRY_EXAMINE)
    row = locked_application(number, at, version)
    next_state(State(row.state), act)
    return row


def _checked(points: Sequence[Point]) -> tuple[Point, ...]:
    if not 0 < len(points) <= _MOST_POINTS:
        raise NoReason(
            "A correction has points that say what to correct.", "Write 1 to {most} of them.", most=_MOST_POINTS
        )
    for point in points:
        if point.field and point.field.partition(".")[0] not in STATEMENT_FIELDS:
            raise NoReason(
                "{field!r} is no field of a statement.", "Name the field that is wrong.", field=point.field[:60]
            )
    return tuple(Point(point.field, said(point.text, Phrase("What is to be corrected"))) for point in points)
