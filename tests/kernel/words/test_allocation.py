"""Divided sums give the sum again, whatever the weights, the order and the sign."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.allocation import share_bounds, split_by_shares, split_exactly

AMOUNTS = st.integers(-(10**16), 10**16)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=30).filter(any)


@given(AMOUNTS, WEIGHTS)
def test_the_parts_sum_to_the_whole_and_are_within_one_unit(amount: int, weights: list[int]) -> None:
    parts = split_exactly(amount, weights)
    total = sum(weights)
    assert sum(parts) == amount
    assert all(abs(part - Fraction(amount * weight, total)) < 1 for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, 10**9), WEIGHTS, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(amount: int, weights: list[int], shuffler: object) -> None:
    keys = list(range(len(weights)))
    mixed = keys[:]
    shuffler.shuffle(mixed)  # type: ignore[attr-defined]
    parts = split_exactly(amount, weights, keys)
    again = split_exactly(amount, [weights[key] for key in mixed], mixed)
    assert dict(zip(mixed, again, strict=True)) == dict(zip(keys, parts, strict=True))


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (10_000_000, [4, 4, 4], [3_333_334, 3_333_333, 3_333_333]),
        (1, [0, 5], [0, 1]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [0, 0], [0, 0]),
        (7, [10**18, 10**18], [4, 3]),
    ],
)
def test_worked_examples(amount: int, weights: list[int], parts: list[int]) -> None:
    assert split_exactly(amount, weights) == parts


def test_a_performers_pool_of_published_numbers() -> None:
    """65 featured, 7 for one other player, the left-over pro rata: 90,277.78 + 9,722.22 of 100,000 (in pence)."""
    featured, other = 65_000_00, 7_000_00
    left = 100_000_00 - featured - other
    extra = split_exactly(left, [65, 7])
    assert [featured + extra[0], other + extra[1]] == [9_027_778, 972_222]


def test_money_for_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="nobody"):
        split_exactly(5, [0, 0])
    with pytest.raises(ValueError, match="negative"):
        split_exactly(5, [-1, 2])
    with pytest.raises(ValueError, match="keys"):
        split_exactly(5, [1, 2], [1])


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), max_size=8))
def test_shares_telescope_to_the_amount(amount: int, cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), 10**6]
    shares = [high - low for low, high in itertools.pairwise(bounds)]
    parts = split_by_shares(amount, shares)
    assert sum(parts) == amount
    assert all(
        abs(part - Fraction(amount * share, 10**6)) < 1 and part >= 0 for part, share in zip(parts, shares, strict=True)
    )


def test_shares_that_do_not_sum_are_refused() -> None:
    with pytest.raises(ValueError, match="999999"):
        share_bounds([333_333, 333_333, 333_333])
    with pytest.raises(ValueError, match="negative"):
        share_bounds([-1, 1_000_001])
