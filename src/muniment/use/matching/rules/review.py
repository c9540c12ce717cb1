"""What a person may say of lines that wait, and in which order they wait."""

from datetime import timedelta
from enum import StrEnum

from muniment.use.matching.rules.scoring import SURE_PPM


class Verdict(StrEnum):
    """Accept the best candidate, reject all candidates, or pick a work."""

    ACCEPT = "accept"
    REJECT = "reject"
    PICK = "pick"


class ItemState(StrEnum):
    """The life of a review item; SETTLED is one whose lines are matched, undone or gone without a decision."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PICKED = "picked"
    SETTLED = "settled"


STATE_AFTER = {
    Verdict.ACCEPT: ItemState.ACCEPTED,
    Verdict.REJECT: ItemState.REJECTED,
    Verdict.PICK: ItemState.PICKED,
}

LEASE = timedelta(minutes=10)
"""How long an item is kept for the person who opened it; an open page renews it."""

SKIP = timedelta(hours=12)
"""How long an item that a person left for later stays out of that person's way."""


def uncertainty_ppm(score_ppm: int) -> int:
    """Return how unsure a score is, most (1,000,000) in the middle, none at either end."""
    return 4 * score_ppm * (SURE_PPM - score_ppm) // SURE_PPM
