"""Transparency reports as they were published: the sealed figures, whatever was booked since."""

import json
from dataclasses import dataclass
from datetime import date

from muniment.pay.distributions.queries.clocks import PUBLISHED_TAG, published_on
from muniment.pay.distributions.queries.transparency import CostRatio, Figure
from muniment.pay.distributions.rules.figures import FigureKey
from muniment.trust.access.queries import list_events
from muniment.trust.batches.queries import open_batch

RATIO_LINES = ("ratio:revenue", "ratio:direct", "ratio:indirect", "ratio:fee")
"""The sealed lines from which the cost ratios are found again."""


@dataclass(frozen=True, slots=True)
class PublishedReport:
    """A report as last published: when it was first and last, its figures, and the digest of the sealed batch."""

    year: int
    first_on: date
    last_on: date
    figures: tuple[Figure, ...]
    ratios: tuple[CostRatio, ...]
    batch_id: int


def published_report(year: int) -> PublishedReport | None:
    """Return the report of a year as it was last published, None where it was not.

    Raises:
        BrokenBatch: the sealed figures are missing or changed.
    """
    events = list_events(tag=PUBLISHED_TAG, subject=("report", year), limit=1).rows
    if not events:
        return None
    batch_id = int(json.loads(events[0].after)["batch"])
    figures = tuple(
        Figure(
            FigureKey(row["line"], row["currency"], row["right"], row["use"], row["year"], row["detail"]),
            row["amount_micro"],
        )
        for row in open_batch(batch_id).to_pylist()
    )
    return PublishedReport(
        year,
        published_on()[year],
        events[0].at.date(),
        tuple(row for row in figures if row.key.line not in RATIO_LINES),
        _ratios(figures),
        batch_id,
    )


def _ratios(figures: tuple[Figure, ...]) -> tuple[CostRatio, ...]:
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in figures:
        if row.key.line in RATIO_LINES:
            place = (row.key.currency, row.key.right, row.key.use)
            sums.setdefault(place, [0, 0, 0, 0])[RATIO_LINES.index(row.key.line)] = row.amount_micro
    return tuple(CostRatio(*place, *amounts) for place, amounts in sorted(sums.items()))
