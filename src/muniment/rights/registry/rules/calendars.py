"""Working days: weekends, holidays, and the weekend days on which a country works to make up for them.

A calendar is a TOML file (`calendar_tables`, or the installation's folder: see `tables`) that covers the years that it
names. A day of another year is refused, never guessed: holidays are announced year by year.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.toml_tables import near
from muniment.rights.registry.rules.tables import (
    FOLDER,
    BadRules,
    Table,
    chosen_folder,
    open_table,
    rule_names,
    rule_text,
)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CALENDARS = "calendar_tables"
"""The folder of this package that has our calendars."""
_DAY = timedelta(days=1)
MOST_DAYS = 2_000


class NoCalendar(UserError):
    """There is no calendar of the name."""


class NotCovered(UserError):
    """A calendar does not say which days of a year are worked."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked: `weekend` as numbers from 0 for Monday, `years` that are covered."""

    name: str
    title: str
    weekend: frozenset[int]
    holidays: frozenset[date]
    working: frozenset[date]
    years: frozenset[int]
    sources: tuple[tuple[int, str, str], ...]
    """Of each year: the year, where its days are from, and whether that was read or recalled."""


def calendar_names() -> tuple[str, ...]:
    """Return the names of all calendars."""
    return rule_names("calendars", CALENDARS, chosen_folder())


def get_calendar(name: str) -> Calendar:
    """Return a calendar.

    Raises:
        NoCalendar: there is none of the name.
        BadRules: its file cannot be used.
    """
    return _load(name, chosen_folder())


def is_working_day(calendar: Calendar, on: date) -> bool:
    """Return whether a day is worked.

    Raises:
        NotCovered: its year is not in the calendar.
    """
    if on.year not in calendar.years:
        raise NotCovered(
            "The calendar {name!r} covers {covered}, not {year}: its working days are not known here.",
            "Put calendars/{name}.toml with the official days of {year} into the folder that {folder} names.",
            name=calendar.name,
            covered=tuple(sorted(calendar.years)),
            year=on.year,
            folder=FOLDER,
        )
    return on in calendar.working or (on not in calendar.holidays and on.weekday() not in calendar.weekend)


def add_working_days(calendar: Calendar, on: date, days: int) -> date:
    """Return the day that is `days` working days after `on`; `on` is not counted, and 0 gives it back.

    Raises:
        NotCovered: a day on the way is in a year that is not covered.
        ValueError: `days` is negative or more than MOST_DAYS.
    """
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"{days} working days")
    while days:
        on += _DAY
        days -= is_working_day(calendar, on)
    return on


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day of a period, or the earliest day that it can be.

    `open_days` are its working days in years that the calendar does not know: more than 0, the day is provisional, as
    if each day of those years were worked. It is settled when the calendar knows them.
    """

    on: date
    open_days: int = 0


def last_day(calendar: Calendar, on: date, days: int) -> LastDay:
    """Return the last day of a period of so many working days after `on`, provisional where the calendar ends.

    Raises:
        ValueError: `days` is negative or more than MOST_DAYS.
    """
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"{days} working days")
    while days and (on + _DAY).year in calendar.years:
        on += _DAY
        days -= is_working_day(calendar, on)
    return LastDay(on + _DAY * days, days)


def settled(calendar: Calendar, day: LastDay) -> LastDay:
    """Return a provisional day as the calendar has it by now: settled, later, or what it was."""
    return last_day(calendar, day.on - _DAY * day.open_days, day.open_days)


def working_days_between(calendar: Calendar, from_on: date, until_on: date) -> int:
    """Return how many working days lie after `from_on` up to and with `until_on`; negative where it is earlier.

    Raises:
        NotCovered: as `add_working_days`.
    """
    if until_on < from_on:
        return -working_days_between(calendar, until_on, from_on)
    days = (from_on + _DAY * place for place in range(1, (until_on - from_on).days + 1))
    return sum(is_working_day(calendar, day) for day in days)


def read_calendar(text: str, name: str) -> Calendar:
    """Return the calendar that a TOML text gives.

    Raises:
        BadRules: it has an unknown or missing key or a bad value, or a day outside of its year.
    """
    top, problems = open_table(text, f"{name}.toml")
    weekend = frozenset(_WEEKDAYS.index(one) for one in top.texts("weekend", _WEEKDAYS) if one in _WEEKDAYS)
    title = top.text("title")
    years: dict[int, tuple[frozenset[date], frozenset[date], str, str]] = {}
    for table in top.tables("years"):
        year = table.whole("year", 1990, 2200)
        if year in years:
            table.bad("year", "twice", f"The year {year} stands twice.", "Take one of them out.")
        holidays, working = _days(table, "holidays", year), _days(table, "working", year)
        for day in sorted(working):
            if day.weekday() not in weekend and day not in holidays:
                table.bad("working", "no_weekend", f"{day} is worked anyway.", "Name only days of weekends.")
        for day in sorted(working & holidays):
            table.bad("working", "both", f"{day} is a holiday and worked.", "Take it out of one of the lists.")
        years[year] = holidays, working, table.text("source"), table.text("mark")
        table.done()
    top.done()
    if problems:
        raise BadRules(f"{name}.toml", problems)
    return Calendar(
        name=name,
        title=title,
        weekend=weekend,
        holidays=frozenset(day for row in years.values() for day in row[0]),
        working=frozenset(day for row in years.values() for day in row[1]),
        years=frozenset(years),
        sources=tuple((year, row[2], row[3]) for year, row in sorted(years.items())),
    )


@cache
def _load(name: str, folder: str) -> Calendar:
    text = rule_text("calendars", CALENDARS, folder, name)
    if text is None:
        raise NoCalendar(
            "There is no calendar {name!r}.", near(name, rule_names("calendars", CALENDARS, folder)), name=name[:40]
        )
    return read_calendar(text, name)


def _days(table: Table, key: str, year: int) -> frozenset[date]:
    """Return the days of a list, whose rows are a day or two with a stroke between them: first and last."""
    found: set[date] = set()
    for row in table.texts(key):
        first, _, last = row.partition("/")
        try:
            from_on, until_on = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError:
            table.bad(key, "no_day", f"{row!r} is no day.", 'Write "2026-05-01" or "2026-05-01/2026-05-05".')
            continue
        if not from_on <= until_on or from_on.year != year or until_on.year != year:
            table.bad(key, "wrong_day", f"{row!r} does not lie in {year}.", "Name days of the year, first and last.")
            continue
        found.update(from_on + _DAY * place for place in range((until_on - from_on).days + 1))
    return frozenset(found)
