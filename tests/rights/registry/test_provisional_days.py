"""Periods that run past what the calendar knows: the office goes on, nothing runs out, and the days settle later."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.rights.registry.models import Objection
from muniment.rights.registry.queries.applications import (
    clocks,
    events_of,
    get_application,
    in_publicity,
    list_applications,
    objections_of,
)
from muniment.rights.registry.rules.calendars import (
    LastDay,
    add_working_days,
    get_calendar,
    last_day,
    read_calendar,
    settled,
)
from muniment.rights.registry.rules.standing import Act, State
from muniment.rights.registry.services.acts import TooEarly
from muniment.rights.registry.services.publicity import ClockReport, run_clocks
from muniment.trust.evidence.queries import get_record
from tests.cast import IRINA
from tests.rights.registry.desk import drafted, leaves

DECEMBER = datetime(2026, 12, 21, 2, 0, tzinfo=UTC)
"""A Monday; nine working days of 2026 follow it."""

_NEXT = """title = "With a year that is not announced (invented)"
weekend = ["saturday", "sunday"]
[[years]]
year = 2026
source = "invented"
mark = "ours"
holidays = []
working = []
[[years]]
year = 2027
source = "invented"
mark = "ours"
holidays = ["2027-01-01/2027-01-03"]
working = []
"""


@pytest.fixture
def announce(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Return what supplies the calendar of 2027."""

    def supplied() -> None:
        (tmp_path / "calendars").mkdir()
        (tmp_path / "calendars" / "cn.toml").write_text(_NEXT, encoding="utf-8")
        monkeypatch.setenv("MUNIMENT_REGISTRY_RULES", str(tmp_path))

    return supplied


def run(at: datetime) -> ClockReport:
    """Run the clocks."""
    return run_clocks(actor=IRINA, at=at, leaves=leaves())


def test_a_provisional_day_is_the_earliest_that_it_can_be() -> None:
    calendar = get_calendar("cn")
    assert last_day(calendar, DECEMBER.date(), 8) == LastDay(date(2026, 12, 31))
    assert last_day(calendar, DECEMBER.date(), 10) == LastDay(date(2027, 1, 2), 2)
    assert last_day(calendar, date(2027, 3, 1), 5) == LastDay(date(2027, 3, 6), 5)
    with pytest.raises(ValueError, match="-1"):
        last_day(calendar, DECEMBER.date(), -1)


@given(st.integers(0, 300), st.integers(0, 40))
def test_what_settles_is_what_would_have_been_counted(offset: int, days: int) -> None:
    short, whole = get_calendar("cn"), read_calendar(_NEXT, "whole")
    cut = read_calendar(_NEXT[: _NEXT.index("[[years]]\nyear = 2027")], "cut")
    on = date(2026, 2, 1) + timedelta(days=offset)
    day = last_day(cut, on, days)
    counted = add_working_days(whole, on, days)
    assert settled(whole, day) == LastDay(counted)
    assert day.on <= counted
    assert settled(cut, day) == day
    assert settled(short, LastDay(on)) == LastDay(on)


@pytest.mark.django_db
def test_the_office_works_in_the_last_weeks_of_a_year(announce: Callable[[], None]) -> None:
    case = drafted(at=DECEMBER).submit().take().pass_on().publish()
    assert (case.row.publicity_until_on, case.row.publicity_open_days) == (date(2027, 1, 2), 2)
    leaf = get_record(f"application/{case.row.number}/{events_of(case.row.number)[-1].seq}")
    assert leaf is not None
    assert '"is_provisional":true' in leaf.body

    late = datetime(2027, 1, 20, 2, 0, tzinfo=UTC)
    assert run(late) == ClockReport((), (), 0, ())
    with pytest.raises(TooEarly, match="or longer"):
        case.close()
    assert in_publicity(late.date()).total == 1
    assert list_applications(overdue_on=late.date()).total == 0
    assert [one.is_provisional for one in clocks(late.date())] == [True]

    announce()
    report = run(late)
    assert report.settled == (case.row.number,)
    assert report.registered == (case.row.number,)
    acts = [one.act for one in events_of(case.row.number)]
    assert acts[-2:] == [Act.SETTLE, Act.CLOSE_PUBLICITY]
    row = get_application(case.row.number)
    assert row is not None
    assert (row.publicity_until_on, row.publicity_open_days, row.state) == (date(2027, 1, 5), 0, State.REGISTERED)


@pytest.mark.django_db
def test_a_correction_does_not_lapse_while_its_day_is_provisional(announce: Callable[[], None]) -> None:
    case = drafted(at=DECEMBER).submit().take().ask()
    assert case.row.due_open_days > 0
    case.wait(days=60)
    assert run(case.at).lapsed_applications == ()
    announce()
    assert run(case.at).lapsed_applications == (case.row.number,)


@pytest.mark.django_db
def test_an_answer_is_in_time_while_the_day_is_provisional() -> None:
    case = drafted(at=DECEMBER).submit().take().ask()
    case.wait(days=60)
    assert case.answer().row.state is State.EXAMINATION
    assert case.pass_on().row.due_on is None
    assert case.row.due_open_days == 0


@pytest.mark.django_db
def test_a_reply_and_a_decision_wait_for_the_calendar(announce: Callable[[], None]) -> None:
    case = drafted(at=DECEMBER).submit().take().pass_on().publish()
    case.wait(days=40)
    objection = case.oppose()
    assert objection.open_days > 0
    case.wait(days=60)
    with pytest.raises(TooEarly):
        case.decide(objection, is_upheld=False)
    case.reply(objection)
    announce()
    assert run(case.at).settled == (case.row.number,)
    found = objections_of(case.row.number)[0]
    assert found.open_days == 0
    assert found.decide_until_on == add_working_days(get_calendar("cn"), case.at.date(), 20)
    assert Objection.objects.get().reply_until_on < found.decide_until_on
