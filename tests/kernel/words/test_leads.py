"""Where records lead at last, whatever chains they form."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.leads import ends_of_leads


def ends(ids: list[int], leads: Mapping[int, int]) -> tuple[dict[int, int], list[int]]:
    """Return where records lead at last, and every record that was asked for."""
    asked: list[int] = []

    def straight(chunk: tuple[int, ...]) -> dict[int, int]:
        asked.extend(chunk)
        return {record: leads[record] for record in chunk if record in leads}

    return ends_of_leads(ids, straight), asked


def test_a_chain_is_followed_to_its_end_and_each_record_asked_once() -> None:
    found, asked = ends([1, 2, 9, 1], {1: 2, 2: 3, 3: 4, 7: 8})
    assert found == {1: 4, 2: 4, 9: 9}
    assert sorted(asked) == [1, 2, 3, 4, 9]
    assert ends([], {1: 2}) == ({}, [])


def test_more_records_than_one_statement_takes() -> None:
    found, asked = ends(list(range(12_000)), dict.fromkeys(range(12000), 20000))
    assert set(found.values()) == {20_000}
    assert len(asked) == 12_001


def test_a_circle_is_an_error_and_no_endless_walk() -> None:
    with pytest.raises(ValueError, match="circle"):
        ends([1], {1: 2, 2: 1})


@given(st.lists(st.integers(1, 30), min_size=30, max_size=30), st.lists(st.integers(0, 29)))
def test_every_end_leads_nowhere(steps: list[int], ids: list[int]) -> None:
    leads = {number: number + step for number, step in enumerate(steps) if step % 3 and number + step < 30}
    found, _ = ends(ids, leads)
    assert set(found) == set(ids)
    assert not set(found.values()) & set(leads)
    assert all(end >= number for number, end in found.items())
