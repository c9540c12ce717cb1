"""Shares, periods, digests and problems."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.digests import canonical_json, digest_value
from muniment.kernel.words.period import InvalidPeriod, Known, Period
from muniment.kernel.words.problems import Problem
from muniment.kernel.words.shares import InvalidShare, format_percent, parse_percent


@given(st.integers(0, 1_000_000))
def test_a_share_prints_and_reads_the_same(share_ppm: int) -> None:
    assert parse_percent(format_percent(share_ppm)) == share_ppm


@pytest.mark.parametrize(
    ("text", "share_ppm"), [("100", 1_000_000), ("33.33 %", 333_300), ("0", 0), (" 50.% ", 500_000)]
)
def test_a_share_is_read(text: str, share_ppm: int) -> None:
    assert parse_percent(text) == share_ppm


@pytest.mark.parametrize("text", ["100.01", "-1", "33,3", "", "half", "33.33333", "1" * 5_000])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(InvalidShare):
        parse_percent(text)


def test_a_period_is_half_open() -> None:
    quarter = Period(date(2026, 7, 1), date(2026, 10, 1))
    assert quarter.contains(date(2026, 7, 1))
    assert quarter.contains(date(2026, 9, 30))
    assert not quarter.contains(date(2026, 10, 1))
    assert Period().contains(date(1, 1, 1))


def test_a_period_in_the_wrong_order_is_refused() -> None:
    with pytest.raises(InvalidPeriod, match="before it begins"):
        Period(date(2026, 7, 2), date(2026, 7, 1))


def test_knowledge_is_half_open() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert Known(start, end).contains(start)
    assert not Known(start, end).contains(end)
    assert Known(start).contains(datetime(2999, 1, 1, tzinfo=UTC))


def test_one_value_has_one_spelling() -> None:
    assert canonical_json({"b": [1, None, True], "a": "é"}) == '{"a":"é","b":[1,null,true]}'.encode()
    assert digest_value({"a": 1, "b": 2}) == digest_value({"b": 2, "a": 1})
    with pytest.raises(TypeError, match="float"):
        canonical_json({"a": [0.1]})  # type: ignore[list-item]


def test_a_problem_says_where_what_and_what_to_do() -> None:
    problem = Problem(7, "share", "share.range", "A share of 100.01 is above 100 %.", "Correct it.")
    assert str(problem) == "line 7, share: A share of 100.01 is above 100 %. Correct it. [share.range]"
    assert str(Problem(None, "", "file.empty", "The file is empty.", "Send it again.")).startswith("file: ")
