"""Following money over columns gives the parts that the rules yield, row for row, however the books are cut."""

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.trust.ledger.bulk.following import ColumnFollower, exact_sums, grouped
from muniment.trust.ledger.rules import dimensions_text
from muniment.trust.ledger.rules.origins import EntryFacts, Follower, Part

RIGHTS = {"radio/L-1/2025": "PR", "live/L-2/2026": "MR"}
CODES = (
    "bank", "receivable/1", "billed/radio/L-1/2025", "fund/radio/L-1/2025", "fund/live/L-2/2026", "payable/1",
    "payable/2", "held/UNMATCHED/run-1-pool-1", "held/UNMATCHED/run-2-pool-1", "held/BELOW_MIN/party-1", "transit/1",
    "deduction/social", "deduction/administration", "writeoff", "cost/operating/rent", "advance/1",
)  # fmt: skip
KEYS = ("k", "distribution/1/pool/1", "distribution/2/pool/1", "society-settlement/1/7")
SAID = ("", dimensions_text({"run": "2"}), dimensions_text({"right": "SY", "collection_year": "2020", "use": "web"}))
MOVED = st.tuples(
    st.integers(0, len(CODES) - 1), st.integers(0, len(CODES) - 1), st.one_of(st.integers(1, 9), st.just(2**62 - 1))
).filter(lambda moved: moved[0] != moved[1])
type Body = tuple[list[tuple[int, int, int]], str, str, int]
type Made = list[tuple[EntryFacts, list[tuple[int, int, int]]]]
ENTRY = st.tuples(
    st.lists(MOVED, min_size=1, max_size=6), st.sampled_from(KEYS), st.sampled_from(SAID), st.integers(-3, 12)
)


def entries_of(
    bodies: list[Body],
) -> Made:
    """Return entries with their transfers; some reverse an earlier one, each at most once."""
    made: Made = []
    taken: set[int] = set()
    for place, (moved, key, said, back) in enumerate(bodies, start=1):
        reverses = back if 0 < back < place and back not in taken else None
        if reverses is not None:
            taken.add(reverses)
            moved = [(credit, debit, amount) for debit, credit, amount in made[reverses - 1][1]]
        day = date(2025 + place % 2, 5, 1)
        made.append((EntryFacts(place, f"{key}", "test", day, "EUR", said, reverses), moved))
    return made


def by_rules(made: Made, undone: frozenset[int]) -> list[Part]:
    """Return the parts that the rules yield."""
    follower = Follower(lambda day: day.year, RIGHTS, undone)
    parts: list[Part] = []
    number = 0
    for entry, moved in made:
        transfers = [
            (number + at, CODES[debit], CODES[credit], micro) for at, (debit, credit, micro) in enumerate(moved)
        ]
        parts += follower.entry(entry, transfers)
        number += len(moved)
    return parts


def by_columns(made: Made, undone: frozenset[int], piece: int, *, compiled: bool) -> list[Part]:
    """Return the parts that columns give, `piece` entries at once."""
    accounts = {place * 7 + 3: code for place, code in enumerate(CODES)}
    follower = ColumnFollower(lambda day: day.year, RIGHTS, undone, accounts, is_compiled=compiled)
    parts: list[Part] = []
    number = 0
    for start in range(0, len(made), piece):
        some = made[start : start + piece]
        rows = [
            (place, 0, debit * 7 + 3, credit * 7 + 3, micro)
            for place, (_, moved) in enumerate(some)
            for debit, credit, micro in moved
        ]
        transfers = np.array(rows, np.int64)
        transfers[:, 1] = np.arange(number, number + len(rows))
        number += len(rows)
        columns = follower.feed([entry for entry, _ in some], transfers)
        parts += [columns.part(place) for place in range(len(columns.entry))]
    return parts


@settings(max_examples=150, deadline=None)
@given(bodies=st.lists(ENTRY, min_size=1, max_size=12), piece=st.integers(1, 12), compiled=st.booleans())
def test_columns_give_the_parts_of_the_rules(bodies: list[Body], piece: int, compiled: bool) -> None:
    made = entries_of(bodies)
    undone = frozenset(entry.reverses for entry, _ in made if entry.reverses is not None)
    expected = by_rules(made, undone)
    found = by_columns(made, undone, piece, compiled=compiled)
    if max(micro for _, moved in made for _, _, micro in moved) < 2**40:
        assert found == expected
    totals: list[dict[object, int]] = [{}, {}]
    for sums, parts in zip(totals, (expected, found), strict=True):
        for part in parts:
            key = (part.transfer_id, part.origin, part.settles, part.source, part.goal)
            sums[key] = sums.get(key, 0) + part.amount_micro
    assert {key: micro for key, micro in totals[0].items() if micro} == {
        key: micro for key, micro in totals[1].items() if micro
    }


def test_a_payment_that_is_confirmed_takes_its_payees_layers_however_many_wait() -> None:
    receipts = [(0, 3, 10)] * 1
    payees = [(3, 5 + place % 2, 1) for place in range(4)]
    made = entries_of([
        (receipts, "k", "", 0), (payees, "distribution/1/pool/1", "", 0), ([(5, 10, 2), (6, 10, 2)], "k", "", 0),
        ([(10, 6, 2)], "k", "", 0), ([(10, 0, 2)], "k", "", 0),
    ])  # fmt: skip
    found = by_columns(made, frozenset(), 2, compiled=True)
    assert found == by_rules(made, frozenset())
    assert found[-1].origin.payee == "1"


def test_groups_and_their_sums_are_exact() -> None:
    rows = np.array([[1, 2**40, 5], [1, 2**40, 5], [2, 2**40, 5], [1, 3, 5]], np.int64)
    first, group = grouped([rows[:, 0], rows[:, 1], rows[:, 2] * 2**30])
    assert len(first) == 3
    assert group[0] == group[1] != group[2]
    amounts = np.array([2**62, 2**62, 2**62, -1], np.int64)
    sums = exact_sums(amounts, group, len(first))
    assert sorted(sums) == [-1, 2**62, 2**63]
