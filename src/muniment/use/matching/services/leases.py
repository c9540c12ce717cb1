"""Who has which item open: no item is before two people at once.

A lease is taken by one conditional statement, so that of two people who ask at the same moment one gets the item and
the other the next; nothing is locked while a person thinks. A person holds one item at a time.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, Actor, require
from muniment.use.matching.models import ReviewItem, ReviewSkip
from muniment.use.matching.queries.queue import LeaseRow, QueueFilter, chosen_items, get_item
from muniment.use.matching.rules.review import LEASE, SKIP, ItemState

_TRIES = 50
"""More people than this do not ask for the next item in the same moment."""


class HeldByAnother(UserError):
    """Somebody else has the item open."""


@transaction.atomic
def claim_item(*, actor: Actor, at: datetime, item_id: int) -> LeaseRow | None:
    """Take or renew the lease on an open item; return the lease that holds, which may be another person's.

    None: the item does not wait, so there is nothing to hold. What the actor held before is free again.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem: no such item.
    """
    require(actor, Action.MATCH_REVIEW)
    if _take(actor, at, item_id):
        return LeaseRow(actor.name, at + LEASE)
    item = get_item(item_id)
    return item.lease if item.state is ItemState.OPEN else None


@transaction.atomic
def claim_next(*, actor: Actor, at: datetime, chosen: QueueFilter | None = None) -> int | None:
    """Lease the weightiest item that nobody else has open and the actor has not left for later; None: none is left.

    Raises:
        NotAllowed: the actor may not review matches.
    """
    require(actor, Action.MATCH_REVIEW)
    left = ReviewSkip.objects.filter(skipped_by=actor.name, skipped_until__gt=at).values("item_id")
    waiting = chosen_items(chosen or QueueFilter()).filter(_free_for(actor, at)).exclude(pk__in=left)
    for _ in range(_TRIES):
        item_id = waiting.order_by("-priority", "id").values_list("pk", flat=True).first()
        if item_id is None or _take(actor, at, item_id):
            return item_id
    return None


@transaction.atomic
def skip_item(*, actor: Actor, at: datetime, item_id: int) -> None:
    """Leave an item for later: it is free for others now, and comes back to the actor after half a day.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem: no such item.
    """
    require(actor, Action.MATCH_REVIEW)
    get_item(item_id)
    ReviewSkip.objects.update_or_create(item_id=item_id, skipped_by=actor.name, defaults={"skipped_until": at + SKIP})
    ReviewItem.objects.filter(pk=item_id, lease_by=actor.name).update(lease_by="", lease_until=None)


@transaction.atomic
def unskip_items(*, actor: Actor) -> int:
    """Bring back everything that the actor left for later, and return how many items that were."""
    require(actor, Action.MATCH_REVIEW)
    return ReviewSkip.objects.filter(skipped_by=actor.name).delete()[0]


def is_held(item: ReviewItem, actor: Actor, at: datetime) -> bool:
    """Say whether somebody else has the item open."""
    return item.lease_by not in ("", actor.name) and item.lease_until is not None and item.lease_until > at


def refuse_if_held(item: ReviewItem, actor: Actor, at: datetime) -> None:
    """Let the actor decide about an item that nobody else has open.

    Raises:
        HeldByAnother: somebody else has.
    """
    if is_held(item, actor, at):
        raise HeldByAnother(
            f"{item.lease_by} has “{item.title}” open until {item.lease_until:%H:%M} UTC.", "Take the next item."
        )


def _free_for(actor: Actor, at: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=at) | Q(lease_by=actor.name)


def _take(actor: Actor, at: datetime, item_id: int) -> bool:
    """Lease the item if it waits and is free, and give back what the actor held; say whether it worked.

    The second statement touches only leases that still hold, and the first only one that does not: two people never
    wait for each other in a circle.
    """
    free = ReviewItem.objects.filter(_free_for(actor, at), pk=item_id, state=ItemState.OPEN.value)
    if not free.update(lease_by=actor.name, lease_until=at + LEASE):
        return False
    held = ReviewItem.objects.filter(lease_by=actor.name, lease_until__gt=at).exclude(pk=item_id)
    held.update(lease_by="", lease_until=None)
    return True
