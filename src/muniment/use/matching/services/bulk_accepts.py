"""Accepting many items at once: exactly those that were previewed, if they are as they were; and taking it back.

The person confirms a set, not a filter: items that came in after the preview are not touched.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import batched

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.rights.works.queries import current_work_ids, titles_of
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.use.matching.models import BulkAccept, MatchDecision, ReviewItem
from muniment.use.matching.queries.bulk_accepts import MOST_AT_ONCE, BulkRow, PreviewedItem, bulk_row, set_digest
from muniment.use.matching.queries.progress import weigh_items
from muniment.use.matching.queries.queue import QueueFilter
from muniment.use.matching.queries.runs import UnknownItem
from muniment.use.matching.rules.review import ItemState, Verdict
from muniment.use.matching.rules.scoring import Band
from muniment.use.matching.services.leases import is_held

_CHUNK = 2_000
_NONE: tuple[int | None, list[int]] = (None, [])
"""No earlier decision, and so nothing refused."""


class BrokenPreview(UserError):
    """What came back is not what was previewed, or nothing of it can be accepted any more."""


class LeftOut(StrEnum):
    """Why an item of the preview was not accepted."""

    SETTLED = "settled meanwhile"
    CHANGED = "another work is the best candidate now"
    HELD = "somebody has it open"
    GONE = "the work is gone"


@dataclass(frozen=True, slots=True)
class LeftItem:
    """An item of the preview that was not accepted."""

    item_id: int
    title: str
    why: LeftOut


@dataclass(frozen=True, slots=True)
class BulkReceipt:
    """What a bulk did, and what it left alone because it had changed since the preview."""

    bulk: BulkRow
    left: tuple[LeftItem, ...]


@transaction.atomic
def accept_in_bulk(
    *, actor: Actor, at: datetime, chosen: QueueFilter, items: Sequence[PreviewedItem], digest: str
) -> BulkReceipt:
    """Accept, for every source, the work of each previewed item that is still as it was previewed.

    `chosen` is the filter of the preview, for the record; `digest` proves that `items` came back whole.

    Raises:
        NotAllowed: the actor may not review matches.
        BrokenPreview: `items` are not those of `digest`, or none of them can be accepted any more.
    """
    require(actor, Action.MATCH_REVIEW)
    if not items or len(items) > MOST_AT_ONCE or set_digest(items) != digest:
        raise BrokenPreview("The list of items is not the one that was shown.", "Look at the preview again.")
    wanted = {item.item_id: item.work_id for item in items}
    good, left = _still_as_previewed(actor, at, wanted)
    if not good:
        raise BrokenPreview("None of these items waits as it was shown.", "Look at the preview again.")
    ids = [item.pk for item in good]
    weight = weigh_items(ReviewItem.objects.filter(pk__in=ids))
    bulk = BulkAccept.objects.create(
        minimum_ppm=chosen.minimum_ppm,
        report_id=chosen.report_id,
        method=chosen.method,
        text=chosen.text,
        set_digest=set_digest(PreviewedItem(item_id, wanted[item_id]) for item_id in ids),
        item_count=len(good),
        line_count=weight.line_count,
        use_count=weight.use_count,
        accepted_by=actor.name,
        accepted_at=at,
    )
    _write_decisions(actor, at, bulk, good, current_work_ids(wanted.values()))
    record_event(
        actor=actor,
        at=at,
        tag="match.bulk_accepted",
        subject_kind="bulk_accept",
        subject_id=bulk.pk,
        after={"items": len(good), "lines": weight.line_count, "left": len(left), "set": bulk.set_digest},
    )
    return BulkReceipt(bulk_row(bulk), left)


def _still_as_previewed(
    actor: Actor, at: datetime, wanted: Mapping[int, int]
) -> tuple[list[ReviewItem], tuple[LeftItem, ...]]:
    """Lock the items in the order of their numbers; return those to accept, and the others with the reason."""
    leads = current_work_ids(wanted.values())
    titles = titles_of(leads.values())
    living = {work_id for work_id, lead in leads.items() if lead in titles}
    good, left = [], []
    for chunk in batched(sorted(wanted), _CHUNK):
        items = ReviewItem.objects.select_for_update().defer("candidates", "search_text")
        for item in items.filter(pk__in=chunk).order_by("pk"):
            why = _why_not(item, wanted[item.pk], living, actor, at)
            if why is None:
                good.append(item)
            else:
                left.append(LeftItem(item.pk, item.title, why))
    return good, tuple(left)


def _why_not(item: ReviewItem, work_id: int, living: Set[int], actor: Actor, at: datetime) -> LeftOut | None:
    if item.state != ItemState.OPEN or item.band != Band.REVIEW:
        return LeftOut.SETTLED
    if item.best_work_id != work_id:
        return LeftOut.CHANGED
    if is_held(item, actor, at):
        return LeftOut.HELD
    return None if work_id in living else LeftOut.GONE


def _write_decisions(
    actor: Actor, at: datetime, bulk: BulkAccept, items: Sequence[ReviewItem], leads: Mapping[int, int]
) -> None:
    """Replace what was decided before about the same lines, as a single decision does, and settle the items."""
    for chunk in batched(items, _CHUNK):
        keys = [item.memory_key for item in chunk]
        earlier = MatchDecision.objects.filter(memory_key__in=keys, source_code="", ended_at__isnull=True)
        before = {key: (pk, works) for pk, key, works in earlier.values_list("pk", "memory_key", "refused")}
        earlier.update(ended_at=at, ended_by=actor.name)
        copy_rows(
            MatchDecision,
            (
                *("memory_key", "source_code", "verdict", "work_id", "refused"),
                *("item_id", "decided_by", "decided_at", "bulk_id", "replaces_id"),
            ),
            (
                (
                    item.memory_key,
                    "",
                    Verdict.ACCEPT.value,
                    leads[item.best_work_id or 0],
                    sorted({*before.get(item.memory_key, _NONE)[1]} - {item.best_work_id}),
                    item.pk,
                    actor.name,
                    at,
                    bulk.pk,
                    before.get(item.memory_key, _NONE)[0],
                )
                for item in chunk
            ),
        )
        settled = ReviewItem.objects.filter(pk__in=[item.pk for item in chunk])
        settled.update(state=ItemState.ACCEPTED.value, lease_by="", lease_until=None)


@transaction.atomic
def undo_bulk(*, actor: Actor, at: datetime, bulk_id: int) -> int:
    """Take a whole bulk back: each of its decisions that still holds ends, and its lines wait again; return how many.

    What was decided about the same lines before the bulk holds again.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem: no such bulk, or it was taken back before.
    """
    require(actor, Action.MATCH_REVIEW)
    bulk = BulkAccept.objects.select_for_update().filter(pk=bulk_id, ended_at__isnull=True).first()
    if bulk is None:
        raise UnknownItem(f"No bulk {bulk_id} holds.", "It may have been taken back before.")
    decisions = MatchDecision.objects.filter(bulk=bulk, ended_at__isnull=True)
    rows = list(decisions.order_by("item_id").values_list("pk", "item_id", "replaces_id"))
    for chunk in batched(rows, _CHUNK):
        ids = [item_id for _, item_id, _ in chunk]
        list(ReviewItem.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        MatchDecision.objects.filter(pk__in=[pk for pk, _, _ in chunk]).update(ended_at=at, ended_by=actor.name)
        replaced = MatchDecision.objects.filter(pk__in=[before for _, _, before in chunk if before is not None])
        replaced.update(ended_at=None, ended_by="")
        ReviewItem.objects.filter(pk__in=ids).update(state=ItemState.OPEN.value)
    BulkAccept.objects.filter(pk=bulk.pk).update(ended_at=at, ended_by=actor.name)
    record_event(
        actor=actor,
        at=at,
        tag="match.bulk_undone",
        subject_kind="bulk_accept",
        subject_id=bulk.pk,
        before={"items": bulk.item_count, "set": bulk.set_digest},
        after={"reopened": len(rows)},
    )
    return len(rows)
