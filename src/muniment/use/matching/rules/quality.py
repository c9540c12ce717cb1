"""How good the matcher turned out to be: realised precision of a sample beside what was predicted."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from muniment.use.matching.rules.scoring import SURE_PPM

BAND_FLOORS_PPM = (0, 900_000, 950_000, 980_000, 990_000, 999_000)
"""Where the bands of probability begin in which predicted and realised precision are compared."""

_Z_95 = 1.959964
"""Within how many standard deviations a normal variable falls in 95 of 100 cases."""


class Finding(StrEnum):
    """What people found of a checked line; LAPSED is one whose match was gone before anybody judged it."""

    CONFIRMED = "confirmed"
    DENIED = "denied"
    OPEN = "open"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """One line of a sample: the probability that the matcher gave, and what people found."""

    score_ppm: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class QualityRow:
    """Judged lines with a probability from `floor_ppm` on and below `ceiling_ppm`.

    `predicted_ppm` is the mean of their probabilities, `realised_ppm` the share that people confirmed, between
    `low_ppm` and `high_ppm` in 95 of 100 samples like this; all four are None where nothing was judged.
    """

    floor_ppm: int
    ceiling_ppm: int
    judged_count: int
    confirmed_count: int
    predicted_ppm: int | None
    realised_ppm: int | None
    low_ppm: int | None
    high_ppm: int | None

    @property
    def surprises(self) -> bool:
        """Say whether the prediction lies outside the interval: the calibration no longer holds."""
        if self.predicted_ppm is None or self.low_ppm is None or self.high_ppm is None:
            return False
        return not self.low_ppm <= self.predicted_ppm <= self.high_ppm


def wilson_interval_ppm(confirmed_count: int, judged_count: int) -> tuple[int, int]:
    """Return the 95 % interval of a share by Wilson's score method (E. B. Wilson 1927), in ppm.

    Raises:
        ValueError: nothing was judged, or more was confirmed than judged.
    """
    if not 0 <= confirmed_count <= judged_count or judged_count == 0:
        raise ValueError(f"{confirmed_count} of {judged_count} is no share")
    share, square = confirmed_count / judged_count, _Z_95**2
    centre = share + square / (2 * judged_count)
    spread = _Z_95 * sqrt(share * (1 - share) / judged_count + square / (4 * judged_count**2))
    scale = 1 + square / judged_count
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return max(round(low * SURE_PPM), 0), min(round(high * SURE_PPM), SURE_PPM)


def quality_row(checks: Iterable[CheckFacts], floor_ppm: int = 0, ceiling_ppm: int = SURE_PPM + 1) -> QualityRow:
    """Return realised beside predicted precision of the judged checks within a band of probability."""
    judged = [
        check
        for check in checks
        if floor_ppm <= check.score_ppm < ceiling_ppm and check.finding in (Finding.CONFIRMED, Finding.DENIED)
    ]
    confirmed = sum(check.finding is Finding.CONFIRMED for check in judged)
    if not judged:
        return QualityRow(floor_ppm, ceiling_ppm, 0, 0, None, None, None, None)
    predicted = sum(check.score_ppm for check in judged) // len(judged)
    realised = SURE_PPM * confirmed // len(judged)
    return QualityRow(
        floor_ppm,
        ceiling_ppm,
        len(judged),
        confirmed,
        predicted,
        realised,
        *wilson_interval_ppm(confirmed, len(judged)),
    )


def quality_rows(checks: Iterable[CheckFacts]) -> tuple[QualityRow, ...]:
    """Return one row for each band of probability, the lowest first."""
    known = tuple(checks)
    ceilings = (*BAND_FLOORS_PPM[1:], SURE_PPM + 1)
    return tuple(quality_row(known, *edges) for edges in zip(BAND_FLOORS_PPM, ceilings, strict=True))
