"""Reads about the work of review itself: what a set of items weighs, what a day brought."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from muniment.use.matching.models import MatchDecision, ReviewCount, ReviewItem
from muniment.use.matching.queries.decisions import DecisionRow, decision_row
from muniment.use.matching.rules.review import ItemState
from muniment.use.matching.rules.scoring import Band

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AmountRow:
    """Money that lines report, in one currency."""

    currency: str
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Weight:
    """What items stand for: their lines, the uses that these report, and the money where the reports name any."""

    line_count: int
    use_count: int
    amounts: tuple[AmountRow, ...]


@dataclass(frozen=True, slots=True)
class DayProgress:
    """How far the queue is, and what one person and everybody decided since a moment; `_hour` is the last hour.

    `bulk_count` of the decisions were made in bulk; they are in no other figure but `settled`.
    """

    open_count: int
    check_count: int
    held_count: int
    mine_count: int
    all_count: int
    mine_hour_count: int
    all_hour_count: int
    bulk_count: int
    settled: Weight


def weigh_items(items: QuerySet[ReviewItem]) -> Weight:
    """Return what a set of items weighs over all reports."""
    rows = (
        ReviewCount.objects.filter(item_id__in=items.order_by().values("pk"))
        .values_list("report__currency")
        .annotate(lines=Sum("line_count"), uses=Sum("use_count"), money=Sum("amount_micro"))
        .order_by("report__currency")
    )
    found = list(rows)
    amounts = tuple(AmountRow(currency, money) for currency, _, _, money in found if currency and money)
    return Weight(sum(row[1] for row in found), sum(row[2] for row in found), amounts)


def day_progress(*, name: str, since: datetime, at: datetime) -> DayProgress:
    """Return how the queue stands at a moment, and what was decided since `since` and still holds."""
    waits = ReviewItem.objects.filter(state=ItemState.OPEN.value)
    bands = dict(waits.order_by().values_list("band").annotate(Count("pk")))
    held = ReviewItem.objects.filter(lease_until__gt=at).exclude(lease_by=name).count()
    today = MatchDecision.objects.filter(decided_at__gte=since, decided_at__lte=at, ended_at__isnull=True)
    single, mine, hour = Q(bulk__isnull=True), Q(decided_by=name), Q(decided_at__gt=at - _HOUR)
    counts = today.aggregate(
        mine=Count("pk", filter=single & mine),
        all=Count("pk", filter=single),
        mine_hour=Count("pk", filter=single & mine & hour),
        all_hour=Count("pk", filter=single & hour),
        bulk=Count("pk", filter=~single),
    )
    settled = weigh_items(ReviewItem.objects.filter(pk__in=today.values("item_id")))
    return DayProgress(
        bands.get(Band.REVIEW.value, 0),
        bands.get(Band.MATCHED.value, 0),
        held,
        counts["mine"],
        counts["all"],
        counts["mine_hour"],
        counts["all_hour"],
        counts["bulk"],
        settled,
    )


def last_decision_of(name: str, *, since: datetime) -> DecisionRow | None:
    """Return the last decision in force that a person made by itself since a moment: what one key takes back."""
    decisions = MatchDecision.objects.select_related("item").filter(
        decided_by=name, decided_at__gte=since, ended_at__isnull=True, bulk__isnull=True
    )
    decision = decisions.order_by("-id").first()
    return None if decision is None else decision_row(decision)
