"""What keeps successions sound: no day on which more than the whole has passed on, and no circle."""

from collections.abc import Mapping, Sequence
from datetime import date

from muniment.kernel.words.period import Period


def largest_total(fractions: Sequence[tuple[Period, int]]) -> int:
    """Return the most ppm that the fractions make together on any one day.

    A sum can only rise on a day on which a fraction begins, so those days are the only ones to look at.
    """
    starts = {period.valid_from or date.min for period, _ in fractions}
    return max(
        (sum(ppm for period, ppm in fractions if period.contains(day)) for day in starts),
        default=0,
    )


def leads_to(start: int, goal: int, successors: Mapping[int, Sequence[int]]) -> bool:
    """Say whether one comes from `start` to `goal` along the successors, any number of generations."""
    open_ids, seen = [start], {start}
    while open_ids:
        party_id = open_ids.pop()
        if party_id == goal:
            return True
        fresh = [successor for successor in successors.get(party_id, ()) if successor not in seen]
        seen.update(fresh)
        open_ids += fresh
    return False
