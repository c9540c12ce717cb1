"""Working days: known cases of the notices, laws of adding, years that are not covered, files that are wrong."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.rights.registry.rules.calendars import (
    NoCalendar,
    NotCovered,
    add_working_days,
    calendar_names,
    get_calendar,
    is_working_day,
    read_calendar,
    working_days_between,
)
from muniment.rights.registry.rules.tables import BadRules

CN = get_calendar("cn")


def test_ten_working_days_over_the_spring_festival_of_2026() -> None:
    # 12 and 13 February, Saturday 14th (worked), 24 to 27, Saturday 28th (worked), 2 and 3 March
    assert add_working_days(CN, date(2026, 2, 11), 10) == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("on", "days", "until_on"),
    [
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2025, 9, 30), 3, date(2025, 10, 11)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        (date(2026, 5, 3), 0, date(2026, 5, 3)),
    ],
)
def test_days_that_a_registrar_can_count(on: date, days: int, until_on: date) -> None:
    assert add_working_days(CN, on, days) == until_on


def test_the_years_have_the_working_days_of_the_notices() -> None:
    for year, count in ((2025, 248), (2026, 248)):
        assert working_days_between(CN, date(year, 1, 1), date(year, 12, 31)) == count


@settings(max_examples=50)
@given(st.dates(date(2025, 1, 1), date(2026, 9, 30)), st.integers(0, 40), st.integers(0, 20))
def test_adding_and_counting_fit(on: date, one: int, other: int) -> None:
    until_on = add_working_days(CN, on, one)
    assert working_days_between(CN, on, until_on) == one
    assert working_days_between(CN, until_on, on) == -one
    assert add_working_days(CN, until_on, other) == add_working_days(CN, on, one + other)
    assert not one or is_working_day(CN, until_on)


def test_a_year_that_is_not_covered_is_never_guessed() -> None:
    with pytest.raises(NotCovered) as refused:
        add_working_days(CN, date(2026, 12, 30), 5)
    assert "covers 2025, 2026, not 2027" in refused.value.message
    assert "calendars/cn.toml" in refused.value.remedy
    assert "MUNIMENT_REGISTRY_RULES" in refused.value.remedy


def test_the_plain_calendar_knows_no_holiday() -> None:
    plain = get_calendar("weekdays")
    assert add_working_days(plain, date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert set(calendar_names()) >= {"cn", "weekdays"}


def test_an_unknown_calendar_is_refused_and_so_are_paths() -> None:
    for name in ("cm", "../cn", ""):
        with pytest.raises(NoCalendar, match="cn"):
            get_calendar(name)


def test_an_installation_can_replace_a_calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "cn.toml").write_text(_file("2027", '"2027-01-01"', ""), encoding="utf-8")
    monkeypatch.setenv("MUNIMENT_REGISTRY_RULES", str(tmp_path))
    assert add_working_days(get_calendar("cn"), date(2027, 1, 1), 1) == date(2027, 1, 4)
    assert get_calendar("weekdays").years > {2026}


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("title = ", "no_toml", 1),
        ('title = "A"\n', "missing", 1),
        ('title = "A"\nweekend = ["sun"]\n', "unknown_value", 2),
        ("holidays = 3\n", "unknown_key", 1),
    ],
)
def test_a_broken_file_is_refused_with_its_line(text: str, rule: str, line: int) -> None:
    with pytest.raises(BadRules) as refused:
        read_calendar(text, "x")
    assert (rule, line) in {(one.rule, one.line) for one in refused.value.problems}


@pytest.mark.parametrize(
    ("holidays", "working", "rule"),
    [
        ('"2027-02-30"', "", "no_day"),
        ('"2027-05-05/2027-05-01"', "", "wrong_day"),
        ('"2026-12-31/2027-01-01"', "", "wrong_day"),
        ('"2027-05-01"', '"2027-05-01"', "both"),
        ("", '"2027-05-03"', "no_weekend"),
    ],
)
def test_days_that_cannot_be_are_refused(holidays: str, working: str, rule: str) -> None:
    with pytest.raises(BadRules) as refused:
        read_calendar(_file("2027", holidays, working), "x")
    assert [one.rule for one in refused.value.problems] == [rule]


def test_every_day_of_ours_is_in_its_year() -> None:
    assert {day.year for day in CN.holidays | CN.working} == set(CN.years) == {2025, 2026}
    assert all(day.weekday() in CN.weekend for day in CN.working)
    assert not any(is_working_day(CN, day) for day in CN.holidays)
    assert is_working_day(CN, min(CN.working))
    assert not is_working_day(CN, min(CN.working) - timedelta(days=1))


def _file(year: str, holidays: str, working: str) -> str:
    days = f'holidays = [{holidays}]\nworking = [{working}]\nsource = "A notice"\nmark = "read"\n'
    return f'title = "T"\nweekend = ["saturday", "sunday"]\n[[years]]\nyear = {year}\n{days}'
