"""Making accepted applications public for the days that the profile asks for, and what the passing of days does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application
from muniment.rights.registry.queries.applications import ApplicationRow, application_row
from muniment.rights.registry.rules.standing import FINAL_STATES, Act, NotNow, State, next_state
from muniment.rights.registry.services.acts import (
    ClockBack,
    Outrun,
    Told,
    TooEarly,
    locked_application,
    move,
    period_of,
    procedure_of,
    start_clock,
)
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.objections import (
    decide_objection,
    file_objection,
    reply_to_objection,
    withdraw_objection,
)
from muniment.rights.registry.services.registering import register
from muniment.rights.registry.services.registrations import lapse_registrations
from muniment.rights.registry.services.settling import provisional_applications, settle_days
from muniment.trust.access.rules import Action, Actor, require

__all__ = [
    "ClockReport",
    "close_publicity",
    "decide_objection",
    "file_objection",
    "publish_application",
    "register_application",
    "reply_to_objection",
    "run_clocks",
    "withdraw_objection",
]


@dataclass(frozen=True, slots=True)
class ClockReport:
    """What the passing of days did: which applications were registered and which lapsed, how many registrations lapsed.

    `held` are applications whose publicity is over and that could not be registered, each with the reason; `settled`
    those of which a provisional day is settled, since the calendar knows it now.
    """

    registered: tuple[str, ...]
    lapsed_applications: tuple[str, ...]
    lapsed_registrations: int
    held: tuple[tuple[str, str], ...]
    settled: tuple[str, ...] = ()


@transaction.atomic
def publish_application(*, actor: Actor, at: datetime, number: str, version: int, leaves: Leaves) -> ApplicationRow:
    """Make an accepted application public, from today for as many working days as the profile says.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not accepted, or its profile has no publicity.
    """
    require(actor, Action.REGISTRY_EXAMINE)
    row = locked_application(number, at, version)
    next_state(State(row.state), Act.PUBLISH)
    days = procedure_of(row).publicity_days
    if not days:
        raise NotNow("{number} is registered without publicity.", "Register it.", number=row.number)
    row.publicity_from_on = day_of(at)
    last = period_of(row, at, days)
    row.publicity_until_on, row.publicity_open_days = last.on, last.open_days
    start_clock(row, last)
    facts = {"publicity_from_on": row.publicity_from_on, "publicity_until_on": row.publicity_until_on}
    return application_row(move(row, Act.PUBLISH, actor=actor, at=at, leaves=leaves, told=Told(facts=facts)))


@transaction.atomic
def close_publicity(*, actor: Actor, at: datetime, number: str, version: int, leaves: Leaves) -> ApplicationRow:
    """Close a publicity whose days are over and register what was applied for.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not public, or an objection is open.
        TooEarly: its days are not over.
        NotReady, and what `registrations.grant` raises: it cannot be registered.
    """
    require(actor, Action.REGISTRY_DECIDE)
    row = locked_application(number, at, version)
    next_state(State(row.state), Act.CLOSE_PUBLICITY)
    if row.publicity_open_days:
        raise TooEarly(
            "{number} is public up to {day} or longer: the calendar does not know the days yet.",
            "Supply the calendar of the year, then run the clocks.",
            number=row.number,
            day=row.publicity_until_on,
        )
    if row.publicity_until_on is not None and day_of(at) <= row.publicity_until_on:
        raise TooEarly(
            "{number} is public up to {day}.", "Close it on a later day.", number=row.number, day=row.publicity_until_on
        )
    return application_row(register(row, Act.CLOSE_PUBLICITY, actor=actor, at=at, leaves=leaves))


@transaction.atomic
def register_application(*, actor: Actor, at: datetime, number: str, version: int, leaves: Leaves) -> ApplicationRow:
    """Register an accepted application whose profile has no publicity.

    Raises:
        NotAllowed: the actor may not.
        NoApplication, Outrun, ClockBack: as `acts.locked_application`.
        NotNow: it is not accepted, or has a publicity before it.
        NotReady, and what `registrations.grant` raises: it cannot be registered.
    """
    require(actor, Action.REGISTRY_DECIDE)
    row = locked_application(number, at, version)
    if procedure_of(row).publicity_days:
        raise NotNow(
            "{number} is registered when its publicity closes.", "Publish it, then close it.", number=row.number
        )
    return application_row(register(row, Act.REGISTER, actor=actor, at=at, leaves=leaves))


def run_clocks(*, actor: Actor, at: datetime, leaves: Leaves) -> ClockReport:
    """Do what the passing of days does: settle days, close publicities, let overdue corrections and ended
    registrations lapse.

    Each application has a transaction of its own, so that one that cannot be registered holds up no other; called
    again, it goes on where it was cut off.

    Raises:
        NotAllowed: the actor may not decide.
        ClockBack: something happened to an open application after `at`; nothing is done.
    """
    require(actor, Action.REGISTRY_DECIDE)
    _require_forward(at)
    fixed, stuck_days = _each(
        provisional_applications(), lambda number: settle_days(actor=actor, at=at, number=number, leaves=leaves)
    )
    lapsed, held = _each(_overdue(State.CORRECTION, day_of(at)), lambda number: _lapse(actor, at, number, leaves))
    closed, stuck = _each(
        _overdue(State.PUBLICITY, day_of(at)),
        lambda number: _close(actor, at, number, leaves),
    )
    ended = lapse_registrations(actor=actor, at=at, leaves=leaves)
    return ClockReport(closed, lapsed, ended, (*stuck_days, *held, *stuck), fixed)


@transaction.atomic
def _lapse(actor: Actor, at: datetime, number: str, leaves: Leaves) -> None:
    row = locked_application(number, at, None)
    next_state(State(row.state), Act.LAPSE)
    told = Told(f"The correction was due on {row.due_on}.")
    row.decided_at, row.due_on = at, None
    move(row, Act.LAPSE, actor=actor, at=at, leaves=leaves, told=told)


def _close(actor: Actor, at: datetime, number: str, leaves: Leaves) -> None:
    version = Application.objects.values_list("version", flat=True).get(number=number)
    close_publicity(actor=actor, at=at, number=number, version=version, leaves=leaves)


def _overdue(state: State, on: date) -> list[str]:
    rows = Application.objects.filter(state=state, due_on__lt=on, due_open_days=0).order_by("due_on", "id")
    return list(rows.values_list("number", flat=True))


def _each(numbers: list[str], act: Callable[[str], None]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Do an act on each application; return those done, and those refused with the reason."""
    done: list[str] = []
    held: list[tuple[str, str]] = []
    for number in numbers:
        try:
            act(number)
        except (NotNow, Outrun):
            continue  # somebody acted on it meanwhile
        except UserError as error:
            held.append((number, str(error)))
        else:
            done.append(number)
    return tuple(done), tuple(held)


def _require_forward(at: datetime) -> None:
    last = Application.objects.exclude(state__in=FINAL_STATES).aggregate(last=Max("changed_at"))["last"]
    if last is not None and at < last:
        raise ClockBack(
            "The last act on an application was at {last}, and it is {at} now.",
            "Set the clock of this machine right.",
            last=last.isoformat(),
            at=at.isoformat(),
        )
