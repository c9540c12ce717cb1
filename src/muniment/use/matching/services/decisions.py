"""What people say of lines that wait, and taking it back."""

from datetime import datetime

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.rights.works.queries import current_work_ids, get_work
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.use.matching.models import MatchDecision, ReviewItem
from muniment.use.matching.queries import DecisionRow, UnknownItem, decision_row
from muniment.use.matching.rules.review import STATE_AFTER, ItemState, Verdict
from muniment.use.matching.rules.scoring import Band
from muniment.use.matching.services.leases import refuse_if_held


class AlreadyDecided(UserError):
    """Somebody decided about these lines before."""


@transaction.atomic
def decide(
    *,
    actor: Actor,
    at: datetime,
    item_id: int,
    verdict: Verdict | str,
    work_id: int | None = None,
    source_code: str = "",
) -> DecisionRow:
    """Settle all equal lines at once: accept the best candidate, reject every candidate, or pick a work.

    The decision is remembered for `source_code` (empty: for every source) and holds from the next matching on. A
    decision for the same lines and source before it is replaced; what was refused before stays refused. To reject a
    check refuses only the work that the matcher had found.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem, UnknownWork: no such item, no such work, or nothing to accept or reject.
        AlreadyDecided: somebody else was faster.
        HeldByAnother: somebody else has the item open.
    """
    require(actor, Action.MATCH_REVIEW)
    verdict = Verdict(verdict)
    item = _locked_item(item_id)
    if item.state not in (ItemState.OPEN, ItemState.REJECTED):
        raise AlreadyDecided(f"“{item.title}” is {item.state} already.", "Undo that decision first.")
    refuse_if_held(item, actor, at)
    chosen, refused = _meaning(item, verdict, work_id)
    earlier = MatchDecision.objects.filter(
        memory_key=item.memory_key, source_code=source_code, ended_at__isnull=True
    ).first()
    if earlier is not None:
        refused = sorted({*refused, *earlier.refused} - {chosen})
        MatchDecision.objects.filter(pk=earlier.pk).update(ended_at=at, ended_by=actor.name)
    decision = MatchDecision.objects.create(
        memory_key=item.memory_key,
        source_code=source_code,
        verdict=verdict.value,
        work_id=chosen,
        refused=refused,
        item=item,
        decided_by=actor.name,
        decided_at=at,
        replaces=earlier,
    )
    ReviewItem.objects.filter(pk=item.pk).update(state=STATE_AFTER[verdict].value, lease_by="", lease_until=None)
    record_event(
        actor=actor,
        at=at,
        tag="match.decided",
        subject_kind="review_item",
        subject_id=item.pk,
        before={"state": item.state},
        after={"verdict": verdict.value, "work": chosen, "refused": refused, "source": source_code},
    )
    return decision_row(decision)


def _meaning(item: ReviewItem, verdict: Verdict, work_id: int | None) -> tuple[int | None, list[int]]:
    """Return the work that the verdict names and the works that it refuses."""
    is_check = item.band == Band.MATCHED
    if verdict is Verdict.PICK:
        if work_id is None:
            raise UnknownItem("No work was picked.", "Give the number of the work.")
        found = _standing(work_id)
        return found, [item.best_work_id] if is_check and item.best_work_id not in (None, found) else []
    if item.best_work_id is None:
        raise UnknownItem(f"“{item.title}” has no candidate.", "Search for the work and pick it.")
    if verdict is Verdict.ACCEPT:
        return _standing(item.best_work_id), []
    return None, [item.best_work_id] if is_check else [int(found["work_id"]) for found in item.candidates]


def _standing(work_id: int) -> int:
    """Return the work that stands for this one today.

    Raises:
        UnknownWork: there is no such work.
    """
    return get_work(current_work_ids([work_id])[work_id]).id


@transaction.atomic
def undo_decision(*, actor: Actor, at: datetime, decision_id: int) -> DecisionRow:
    """Take a decision back; its lines wait again, and the decision that it had replaced holds again.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem: no such decision, or it holds no more.
    """
    require(actor, Action.MATCH_REVIEW)
    decision = MatchDecision.objects.select_related("item").filter(pk=decision_id, ended_at__isnull=True).first()
    if decision is None:
        raise UnknownItem(f"No decision {decision_id} holds.", "It may have been undone or replaced before.")
    item = _locked_item(decision.item_id)
    decision.ended_at, decision.ended_by = at, actor.name
    decision.save(update_fields=["ended_at", "ended_by"])
    if decision.replaces_id is not None:
        MatchDecision.objects.filter(pk=decision.replaces_id).update(ended_at=None, ended_by="")
    ReviewItem.objects.filter(pk=item.pk).update(state=ItemState.OPEN.value)
    record_event(
        actor=actor,
        at=at,
        tag="match.undone",
        subject_kind="review_item",
        subject_id=item.pk,
        before={"verdict": decision.verdict, "work": decision.work_id, "state": item.state},
        after={"state": ItemState.OPEN.value},
    )
    return decision_row(decision)


def _locked_item(item_id: int) -> ReviewItem:
    item = ReviewItem.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise UnknownItem(f"There is no review item {item_id}.", "Look it up in the queue.")
    return item
