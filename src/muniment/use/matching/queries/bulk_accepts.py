"""Reads about accepting many items at once: the preview, and what was accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.paging import Page
from muniment.use.matching.models import BulkAccept, ReviewItem
from muniment.use.matching.queries.progress import Weight, weigh_items
from muniment.use.matching.queries.queue import QueueFilter, ReviewItemRow, chosen_items, item_rows
from muniment.use.matching.queries.runs import UnknownItem

MOST_AT_ONCE = 10_000
"""The most items of one bulk; the weightiest come first."""
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PreviewedItem:
    """An item of a preview, and the work that was its best candidate then."""

    item_id: int
    work_id: int


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What a bulk would accept: exactly `items`; `left_count` more fit the filter than one bulk takes.

    `weakest` are the least probable of them, `weightiest` those that settle the most.
    """

    items: tuple[PreviewedItem, ...]
    digest: str
    left_count: int
    weight: Weight
    weakest: tuple[ReviewItemRow, ...]
    weightiest: tuple[ReviewItemRow, ...]


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A bulk that was accepted: by which filter, how much, and whether it was taken back."""

    id: int
    chosen: QueueFilter
    set_digest: str
    item_count: int
    line_count: int
    use_count: int
    accepted_by: str
    accepted_at: datetime
    ended_by: str
    ended_at: datetime | None


def preview_bulk(chosen: QueueFilter, *, name: str, at: datetime) -> BulkPreview:
    """Return what accepting the best candidate of every item of a filter would do; checks are never accepted in bulk.

    An item without a candidate, or that somebody other than `name` has open, is left out.
    """
    held = Q(lease_until__gt=at) & ~Q(lease_by=name)
    fit = chosen_items(chosen).filter(best_work_id__isnull=False).exclude(held)
    if chosen.checks:
        fit = fit.none()
    pairs = list(fit.order_by("-priority", "id").values_list("pk", "best_work_id")[: MOST_AT_ONCE + 1])
    total = len(pairs) if len(pairs) <= MOST_AT_ONCE else fit.count()
    items = tuple(PreviewedItem(item_id, work_id or 0) for item_id, work_id in pairs[:MOST_AT_ONCE])
    taken = fit
    if total > MOST_AT_ONCE:
        taken = ReviewItem.objects.filter(pk__in=[item.item_id for item in items])
    return BulkPreview(
        items,
        set_digest(items),
        total - len(items),
        weigh_items(taken),
        item_rows(taken.order_by("score_ppm", "id")[:_SHOWN]),
        item_rows(taken.order_by("-priority", "id")[:_SHOWN]),
    )


def set_digest(items: Iterable[PreviewedItem]) -> str:
    """Return the digest of a set of items with their works, whatever their order."""
    return digest_value([list(pair) for pair in sorted((item.item_id, item.work_id) for item in items)])


def methods_waiting() -> tuple[str, ...]:
    """Return by which methods the open items were found, for a filter to offer."""
    found = chosen_items(QueueFilter()).order_by("method").values_list("method", flat=True).distinct()
    return tuple(method for method in found if method)


def list_bulks(*, limit: int = 50, offset: int = 0) -> Page[BulkRow]:
    """Return the bulks, newest first."""
    bulks = BulkAccept.objects.order_by("-id")
    return Page(tuple(bulk_row(bulk) for bulk in bulks[offset : offset + limit]), bulks.count())


def get_bulk(bulk_id: int) -> BulkRow:
    """Return one bulk.

    Raises:
        UnknownItem: no such bulk.
    """
    bulk = BulkAccept.objects.filter(pk=bulk_id).first()
    if bulk is None:
        raise UnknownItem(f"Nothing was accepted in bulk under the number {bulk_id}.", "List the bulks.")
    return bulk_row(bulk)


def bulk_row(bulk: BulkAccept) -> BulkRow:
    """Return the frozen row of a bulk."""
    return BulkRow(
        bulk.pk,
        QueueFilter(bulk.text, bulk.report_id, minimum_ppm=bulk.minimum_ppm, method=bulk.method),
        bulk.set_digest,
        bulk.item_count,
        bulk.line_count,
        bulk.use_count,
        bulk.accepted_by,
        bulk.accepted_at,
        bulk.ended_by,
        bulk.ended_at,
    )
