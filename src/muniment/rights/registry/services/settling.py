"""Settling provisional days: the last day of a period that ran past what the calendar knew when it began."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from muniment.rights.registry.models import Application, Objection
from muniment.rights.registry.rules.calendars import LastDay, get_calendar, settled
from muniment.rights.registry.rules.examination import ObjectionState
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.rules.standing import FINAL_STATES, Act
from muniment.rights.registry.services.acts import Told, locked_application, move, profile_of
from muniment.rights.registry.services.leaves import Leaves
from muniment.trust.access.rules import Actor


def provisional_applications() -> list[str]:
    """Return the numbers of the applications with a provisional day that their calendar knows more of by now."""
    open_objections = Objection.objects.filter(state=ObjectionState.OPEN, open_days__gt=0).values("application")
    is_open = Q(due_open_days__gt=0) | Q(publicity_open_days__gt=0) | Q(pk__in=open_objections)
    rows = Application.objects.filter(is_open).exclude(state__in=FINAL_STATES).order_by("id")
    return [row.number for row in rows if any(_moved(row, day) for day in _days(row))]


@transaction.atomic
def settle_days(*, actor: Actor, at: datetime, number: str, leaves: Leaves) -> None:
    """Write the days of an application as its calendar has them by now.

    Raises:
        NoApplication, ClockBack: as `acts.locked_application`.
        NotNow: no clock runs.
    """
    row = locked_application(number, at, None)
    calendar = get_calendar(profile_of(row).calendar)
    for objection in _open_objections(row):
        last = settled(calendar, _running(objection))
        name = "reply_until_on" if objection.decide_until_on is None else "decide_until_on"
        setattr(objection, name, last.on)
        objection.open_days = last.open_days
        objection.save(update_fields=[name, "open_days"])
    if row.due_on is not None:
        last = settled(calendar, LastDay(row.due_on, row.due_open_days))
        row.due_on, row.due_open_days = last.on, last.open_days
    if row.publicity_until_on is not None:
        last = settled(calendar, LastDay(row.publicity_until_on, row.publicity_open_days))
        row.publicity_until_on, row.publicity_open_days = last.on, last.open_days
    facts = {"due_on": row.due_on, "publicity_until_on": row.publicity_until_on}
    move(row, Act.SETTLE, actor=actor, at=at, leaves=leaves, told=Told(facts=facts))


def _days(row: Application) -> list[LastDay]:
    days = [LastDay(one, count) for one, count in _own_days(row) if one is not None]
    return [*days, *(_running(one) for one in _open_objections(row))]


def _own_days(row: Application) -> tuple[tuple[date | None, int], ...]:
    return (row.due_on, row.due_open_days), (row.publicity_until_on, row.publicity_open_days)


def _open_objections(row: Application) -> list[Objection]:
    return list(Objection.objects.filter(application=row, state=ObjectionState.OPEN, open_days__gt=0))


def _running(objection: Objection) -> LastDay:
    return LastDay(objection.decide_until_on or objection.reply_until_on, objection.open_days)


def _moved(row: Application, day: LastDay) -> bool:
    return settled(get_calendar(get_profile(row.profile, row.profile_from_on).calendar), day) != day
