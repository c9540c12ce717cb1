"""Reasons as a picture: where each step of a sum begins and ends, and what set the best apart from the second."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

from muniment.use.matching.rules.scoring import SURE_PPM

Reason = tuple[str, int]
"""A reason in words and its weight in thousandths of log-odds."""


@dataclass(frozen=True, slots=True)
class Step:
    """A reason of a sum: it leads from `from_weight` to `to_weight`, thousandths of log-odds; both ends in ppm too."""

    text: str
    weight: int
    from_weight: int
    to_weight: int
    to_ppm: int


@dataclass(frozen=True, slots=True)
class Separation:
    """What one observation was worth for the best candidate and for the second; None: it was not made there."""

    best: Reason | None
    second: Reason | None

    @property
    def gap(self) -> int:
        """Return by how much it set the best apart, in thousandths of log-odds; negative if it spoke for the second."""
        return (self.best[1] if self.best else 0) - (self.second[1] if self.second else 0)


def probability_ppm(log_odds_milli: int) -> int:
    """Return the probability of log-odds in thousandths: 0 is even odds, 500,000 ppm."""
    return round(SURE_PPM / (1 + exp(-log_odds_milli / 1_000)))


def log_odds_milli(share_ppm: int) -> int:
    """Return the log-odds of a probability in thousandths; certainty is held at one in a million."""
    held = min(max(share_ppm, 1), SURE_PPM - 1)
    return round(1_000 * log(held / (SURE_PPM - held)))


def waterfall(reasons: Iterable[Reason]) -> tuple[Step, ...]:
    """Return the steps of a sum that begins at 0, in the order of the reasons."""
    steps: list[Step] = []
    reached = 0
    for text, weight in reasons:
        steps.append(Step(text, weight, reached, reached + weight, probability_ppm(reached + weight)))
        reached += weight
    return tuple(steps)


def separations(best: Sequence[Reason], second: Sequence[Reason]) -> tuple[Separation, ...]:
    """Return the reasons that only one of two candidates has, those that weigh most first; what both share is left out.

    Reasons of the same weight and words cancel out one by one.
    """
    rest = list(second)
    only_best: list[Reason] = []
    for reason in best:
        if reason in rest:
            rest.remove(reason)
        else:
            only_best.append(reason)
    found = [Separation(reason, None) for reason in only_best] + [Separation(None, reason) for reason in rest]
    return tuple(sorted(found, key=lambda one: -abs(one.gap)))
