"""Reads about lines of the past that have no work yet, and could be asked again."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from muniment.use.matching.models import ReviewCount
from muniment.use.matching.rules.review import ItemState
from muniment.use.matching.rules.scoring import Band

WITHOUT_WORK = Q(
    item__state__in=(ItemState.OPEN.value, ItemState.REJECTED.value),
    item__band__in=(Band.REVIEW.value, Band.UNIDENTIFIED.value),
)
"""Of the counts of items: those whose lines have no work."""


@dataclass(frozen=True, slots=True)
class WithoutWorkRow:
    """Lines that have no work: how many, how many of them differ, in how many reports."""

    line_count: int
    distinct_count: int
    report_count: int


def lines_without_work() -> WithoutWorkRow:
    """Count the lines of all reports that have no work, in review and unidentified."""
    found = ReviewCount.objects.filter(WITHOUT_WORK).aggregate(
        lines=Sum("line_count"), items=Count("item_id", distinct=True), reports=Count("report_id", distinct=True)
    )
    return WithoutWorkRow(found["lines"] or 0, found["items"], found["reports"])
