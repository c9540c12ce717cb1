"""What reports and clocks go by: the financial year, what deductions are for, the lengths of the clocks; as data."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.toml_places import NotToml, read_toml
from muniment.pay.distributions.rules.adjusting import add_months

_LONGEST_MONTHS = 1_200
_LONGEST_DAYS = 3_650
_LEAP_YEAR = 2024


class BadReportRules(UserError):
    """The file of report rules cannot be used; the message names the file, the line and the key."""


class Watched(StrEnum):
    """What a clock looks at."""

    MONEY = "money"
    SOCIETY_MONEY = "society_money"
    REPORT = "report"
    UNOWNED_MONEY = "unowned_money"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long something may take: months from where its clock starts; due this many days before it is late."""

    code: str
    watches: Watched
    months: int
    warn_days: int

    def ends_on(self, starts_on: date) -> date:
        """Return the last day in time; months from the last day of a month end on the last day of one."""
        ends_on = add_months(starts_on, self.months)
        if starts_on.day == monthrange(starts_on.year, starts_on.month)[1]:
            return ends_on.replace(day=monthrange(ends_on.year, ends_on.month)[1])
        return ends_on


@dataclass(frozen=True, slots=True)
class ReportRules:
    """The rules of a society's reports; a financial year is named by the calendar year in which it ends."""

    year_end: tuple[int, int] = (12, 31)
    management: frozenset[str] = frozenset()
    social: frozenset[str] = frozenset()
    excused: frozenset[str] = frozenset()
    clocks: tuple[ClockRule, ...] = ()

    def last_day(self, year: int) -> date:
        """Return the last day of a financial year; the 29th of February is the 28th where there is none."""
        month, day = self.year_end
        return date(year, month, min(day, monthrange(year, month)[1]))

    def first_day(self, year: int) -> date:
        """Return the first day of a financial year."""
        return self.last_day(year - 1) + timedelta(days=1)

    def year_of(self, on: date) -> int:
        """Return the financial year of a day."""
        return on.year if on <= self.last_day(on.year) else on.year + 1

    def clock(self, watches: Watched) -> ClockRule | None:
        """Return the first clock that watches something, None where the rules have none."""
        return next((clock for clock in self.clocks if clock.watches is watches), None)


class _Reading:
    """Reads keys of a parsed TOML text; every refusal names the file and the line."""

    def __init__(self, file_name: str, lines: Mapping[tuple[str | int, ...], int]) -> None:
        self._file_name, self._lines = file_name, lines

    def bad(self, path: tuple[str | int, ...], what: str, remedy: str) -> BadReportRules:
        """Return the error that a key has `what` wrong."""
        line = self._lines.get(path) or self._lines.get(path[:-1]) or 1
        return BadReportRules(f"{self._file_name}, line {line}: {path[-1]} {what}.", remedy)

    def refuse_others(self, place: tuple[str | int, ...], values: Mapping[str, object], known: tuple[str, ...]) -> None:
        """Refuse a key that is none of `known`."""
        for key in values:
            if key not in known:
                raise self.bad((*place, key), "is not a key of report rules", f"Keys here: {', '.join(known)}.")

    def whole(self, place: tuple[str | int, ...], values: Mapping[str, object], key: str, most: int) -> int:
        """Return a whole number from 0 to `most`."""
        value = values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise self.bad((*place, key), f"is {value!r}", f"Write a whole number from 0 to {most}.")
        return value

    def names(self, values: Mapping[str, object], key: str) -> frozenset[str]:
        """Return a list of texts as a set; empty where the key is not given."""
        value = values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
            raise self.bad((key,), "is not a list of texts", f'Write {key} = ["…"].')
        return frozenset(value)

    def month_and_day(self, values: Mapping[str, object], key: str) -> tuple[int, int]:
        """Return month and day of a text such as "12-31"."""
        value = values.get(key)
        try:
            month, day = map(int, str(value).split("-"))
            date(_LEAP_YEAR, month, day)
        except ValueError:
            raise self.bad((key,), f"is {value!r}, which is no day of a year", f'Write {key} = "12-31".') from None
        return month, day


def parse_report_rules(text: str, file_name: str) -> ReportRules:
    """Read report rules from a TOML text.

    Raises:
        BadReportRules: it is not TOML, a key is unknown or wrong, or a clock is named twice.
    """
    try:
        values, lines = read_toml(text)
    except NotToml as error:
        raise BadReportRules(f"{file_name}: not a TOML file: {error}.", "Correct the place that it names.") from None
    reading = _Reading(file_name, lines)
    reading.refuse_others((), values, ("year_ends", "management", "social", "excused", "clock"))
    management, social = reading.names(values, "management"), reading.names(values, "social")
    if both := sorted(management & social):
        raise reading.bad(
            ("social",), f"names {both[0]!r}, which is a management fee too", "Name it in one of the two."
        )
    return ReportRules(
        reading.month_and_day(values, "year_ends"), management, social, reading.names(values, "excused"),
        tuple(_clocks(reading, values.get("clock", []))),
    )  # fmt: skip


def _clocks(reading: _Reading, rows: object) -> list[ClockRule]:
    if not isinstance(rows, list):
        raise reading.bad(("clock",), "is not a list of tables", "Write [[clock]] with its keys.")
    found: list[ClockRule] = []
    for number, values in enumerate(rows):
        place = ("clock", number)
        if not isinstance(values, dict):
            raise reading.bad(place, "is not a table", "Write [[clock]] with its keys.")
        reading.refuse_others(place, values, ("code", "watches", "months", "warn_days"))
        code, watches = values.get("code"), values.get("watches")
        if not isinstance(code, str) or not code or any(clock.code == code for clock in found):
            raise reading.bad((*place, "code"), f"is {code!r}", "Give each clock a name of its own.")
        if watches not in list(Watched):
            raise reading.bad((*place, "watches"), f"is {watches!r}", f"Write one of: {', '.join(Watched)}.")
        found.append(
            ClockRule(
                code,
                Watched(str(watches)),
                reading.whole(place, values, "months", _LONGEST_MONTHS),
                reading.whole(place, values, "warn_days", _LONGEST_DAYS),
            )
        )
    return found


class Flag(StrEnum):
    """How a clock stands: in time, due within its days of warning, late, or late with a reason that excuses it."""

    IN_TIME = "in time"
    DUE = "due"
    EXCUSED = "excused"
    LATE = "late"


def flag_on(on: date, ends_on: date, warn_days: int, *, excused: bool = False) -> Flag:
    """Return how a clock stands on a day; its last day is in time."""
    if on > ends_on:
        return Flag.EXCUSED if excused else Flag.LATE
    return Flag.DUE if on > ends_on - timedelta(days=warn_days) else Flag.IN_TIME
