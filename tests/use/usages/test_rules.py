"""Cells as people write them, and what is made of them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.money import micro_per_unit
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import Level, UserError
from muniment.kernel.words.shares import Right
from muniment.use.usages.rules import (
    DateOrder,
    Form,
    InvalidReport,
    ReportFacts,
    check_facts,
    read_amount,
    read_count,
    read_day,
    read_duration_ms,
    read_use,
    understand,
)
from tests.use.world import ISRC, ISWC, QUARTER

FACTS = ReportFacts(Form.RADIO, "RADIO-ONE", None, "radio/1", QUARTER, 586, Right.PERFORMING, "PKR")


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026-07-31", DateOrder.NONE, date(2026, 7, 31)),
        ("2026-07-31T23:59:00Z", DateOrder.NONE, date(2026, 7, 31)),
        ("20260731", DateOrder.NONE, date(2026, 7, 31)),
        ("31.07.2026 20:15", DateOrder.NONE, date(2026, 7, 31)),
        ("31/07/2026", DateOrder.NONE, date(2026, 7, 31)),
        ("07/31/2026", DateOrder.NONE, date(2026, 7, 31)),
        ("03/09/2026", DateOrder.DAY_FIRST, date(2026, 9, 3)),
        ("09/03/2026", DateOrder.MONTH_FIRST, date(2026, 9, 3)),
        ("03/09/2026", DateOrder.NONE, date(2026, 9, 3)),  # 9 March lies outside the quarter
        ("1783987200", DateOrder.NONE, date(2026, 7, 14)),
        ("1783987200.0", DateOrder.NONE, date(2026, 7, 14)),
        ("1783987200000", DateOrder.NONE, date(2026, 7, 14)),
    ],
)
def test_days_are_read(text: str, order: DateOrder, expected: date) -> None:
    assert read_day(text, order, QUARTER) == expected


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("07/31/2026", DateOrder.DAY_FIRST, "the day first, is a day that does not exist"),
        ("31/07/2026", DateOrder.MONTH_FIRST, "the month first, is a day that does not exist"),
        ("08/09/2026", DateOrder.NONE, "can be two dates"),
        ("31/02/2026", DateOrder.NONE, "does not exist"),
        ("yesterday", DateOrder.NONE, "is not a date"),
    ],
)
def test_days_that_cannot_be_read_are_refused_with_the_reason(text: str, order: DateOrder, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        read_day(text, order, QUARTER)


@given(st.dates(date(2001, 9, 10), date(2200, 1, 1)), st.sampled_from([DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST]))
def test_a_day_written_in_the_stated_order_comes_back(day: date, order: DateOrder) -> None:
    form = "%d/%m/%Y" if order is DateOrder.DAY_FIRST else "%m/%d/%Y"
    assert read_day(day.strftime(form), order, Period()) == day
    assert read_day(day.isoformat(), order, Period()) == day


@given(st.integers(0, 86_399_999))
def test_a_duration_in_milliseconds_comes_back(duration_ms: int) -> None:
    assert read_duration_ms(f"{duration_ms} ms") == duration_ms
    seconds = duration_ms // 1000
    clock = f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    assert read_duration_ms(clock) == seconds * 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3:20", 200_000), ("0:03:20", 200_000), ("200", 200_000), ("200.5", 200_500), ("PT3M20S", 200_000)],
)
def test_durations_are_read(text: str, expected: int) -> None:
    assert read_duration_ms(text) == expected


@given(st.integers(0, 10**12))
def test_an_amount_comes_back(amount_micro: int) -> None:
    whole, rest = divmod(amount_micro, micro_per_unit("PKR"))
    assert read_amount(f"{whole}.{rest:06d}", "PKR") == amount_micro


@pytest.mark.parametrize("text", ["-1", "0", "many", "1.5"])
def test_a_count_is_a_whole_number_from_one(text: str) -> None:
    with pytest.raises(UserError):
        read_count(text)
    assert read_count("1,234") == 1234


def test_kinds_of_use_are_read_in_any_case() -> None:
    assert [read_use(word) for word in ("Feature", "BED", "on demand", "Theme")] == [
        "feature",
        "background",
        "stream",
        "theme",
    ]


def test_a_line_is_understood_beside_what_it_reports() -> None:
    cells = {"title": "The Silver Ferry", "isrc": ISRC.lower(), "iswc": ISWC, "duration": "3:20", "count": "2"}
    found, problems = understand(2, {**cells, "used_at": "2026-07-14", "amount": "12.50", "use": "Bed"}, FACTS, {})
    assert not problems
    assert found is not None
    assert (found.isrc, found.iswc, found.duration_ms, found.use_count) == (ISRC, ISWC, 200_000, 2)
    assert (found.used_on, found.territory, found.use_kind) == (date(2026, 7, 14), 586, "background")
    assert (found.amount_micro, found.currency) == (12_500_000, "PKR")


def test_what_is_only_unclear_costs_a_warning_and_not_the_line() -> None:
    cells = {"title": "X", "isrc": "nonsense", "duration": "long", "territory": "Atlantis", "use": "hummed"}
    found, problems = understand(7, {**cells, "used_at": "2025-07-14"}, FACTS, {"isrc": "ISRC code"})
    assert found is not None
    assert {problem.level for problem in problems} == {Level.WARNING}
    assert [problem.rule for problem in problems] == [
        "usage.bad_isrc",
        "usage.bad_duration",
        "usage.outside_period",
        "usage.bad_territory",
        "usage.bad_use",
    ]
    assert problems[0].field == "ISRC code"


@pytest.mark.parametrize(
    ("cells", "rules"),
    [
        ({"title": "Summe:", "count": "6"}, ["usage.total"]),
        ({"title": "TOTAL", "amount": "6"}, ["usage.total"]),
        ({"title": "Total", "performer": "Kite Sisters"}, []),
        ({"title": "a\u202eb", "writers": "\u200bOmar"}, ["usage.unseen", "usage.unseen"]),
    ],
)
def test_what_looks_odd_is_told_and_taken(cells: dict[str, str], rules: list[str]) -> None:
    found, problems = understand(3, cells, FACTS, {})
    assert found is not None
    assert [(problem.rule, problem.level) for problem in problems] == [(rule, Level.WARNING) for rule in rules]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"performer": "Kite Sisters"}, "usage.nothing_to_identify"),
        ({"title": "X", "amount": "-3"}, "usage.bad_amount"),
        ({"title": "X", "amount": "3", "currency": "XXQ"}, "usage.bad_amount"),
        ({"title": "X", "count": "-2"}, "usage.bad_count"),
        ({"title": "X", "used_at": "32.07.2026"}, "usage.bad_date"),
    ],
)
def test_what_would_pay_wrongly_loses_the_line(cells: dict[str, str], rule: str) -> None:
    found, problems = understand(3, cells, FACTS, {})
    assert found is None
    assert [problem.rule for problem in problems if problem.level is Level.ERROR] == [rule]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source_code": " "}, "no source"),
        ({"period": Period(date(2026, 7, 1), None)}, "open"),
        ({"period": Period(date(2026, 7, 1), date(2026, 7, 1))}, "no day"),
        ({"territory": 1}, "No territory"),
    ],
)
def test_facts_that_cannot_be_are_refused(changes: dict[str, object], reason: str) -> None:
    names = ("form", "source_code", "licensee_id", "fund_code", "period", "territory", "right", "currency")
    facts = {name: getattr(FACTS, name) for name in names} | changes
    with pytest.raises(InvalidReport, match=reason):
        check_facts(ReportFacts(**facts))
