"""What a person says of a pair: the two are one, or they are two; and taking that back.

Merging goes through here for works and for parties alike, so that the list of pairs, the claims that disagree and the
records themselves change together or not at all. What the rights packages refuse, they refuse with their own errors.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.parties.services import merge_parties, undo_party_merge
from muniment.rights.works.queries import current_work_ids
from muniment.rights.works.services import merge_works, recheck_conflicts, undo_merge
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.use.duplicates.models import DuplicatePair
from muniment.use.duplicates.queries import PairRow, UnknownPair, get_pair
from muniment.use.duplicates.rules import PairKind, PairState, ordered

BY_HAND = (("a person named the two", 0),)
"""The reason of a pair that no search had found."""

_ACTIONS = {PairKind.WORK: Action.WORK_WRITE, PairKind.PARTY: Action.PARTY_WRITE}


class AlreadySettled(UserError):
    """Somebody decided about the pair before, or one of its records leads elsewhere."""


@transaction.atomic
def merge_pair(*, actor: Actor, at: datetime, pair_id: int, keep_id: int) -> PairRow:
    """Make the two records of a pair one, `keep_id` being the one that stays.

    Raises:
        NotAllowed: the actor may not write works, or parties.
        UnknownPair: there is no such pair, or `keep_id` is neither of the two.
        AlreadySettled: somebody was faster.
        CannotMerge, CannotMergeParties, UnknownWork, UnknownParty: the two cannot become one; nothing is changed.
    """
    pair = _waiting(actor, pair_id)
    if keep_id not in (pair.first_id, pair.second_id):
        raise UnknownPair(f"{keep_id} is neither of the two.", "Choose which of the two records stays.")
    drop_id = pair.second_id if keep_id == pair.first_id else pair.first_id
    if pair.kind == PairKind.WORK:
        pair.merge_id = merge_works(actor=actor, at=at, keep_id=keep_id, drop_id=drop_id).id
    else:
        pair.merge_id = merge_parties(actor=actor, at=at, keep_id=keep_id, drop_id=drop_id).id
        recheck_conflicts(actor=actor, at=at, party_ids=[keep_id, drop_id])
    pair.kept_id = keep_id
    _decide(pair, PairState.MERGED, actor, at)
    _hide(pair, keep_id, drop_id, at)
    return get_pair(pair_id)


@transaction.atomic
def merge_two(*, actor: Actor, at: datetime, kind: PairKind, keep_id: int, drop_id: int) -> PairRow:
    """Make two records one that no search brought together, or that somebody had said to be two.

    Raises:
        NotAllowed, CannotMerge, CannotMergeParties, UnknownWork, UnknownParty: see `merge_pair`.
    """
    require(actor, _ACTIONS[kind])
    if keep_id == drop_id:
        raise AlreadySettled("A record cannot be merged with itself.", "Choose two different records.")
    first, second = ordered(keep_id, drop_id)
    pair, _created = DuplicatePair.objects.get_or_create(
        kind=kind.value,
        first_id=first,
        second_id=second,
        defaults={
            "state": PairState.OPEN.value,
            "score_ppm": 0,
            "reasons": [list(why) for why in BY_HAND],
            "found_at": at,
        },
    )
    if pair.state == PairState.DISTINCT:
        pair.state, pair.decided_by, pair.decided_at = PairState.OPEN.value, "", None
        pair.save(update_fields=["state", "decided_by", "decided_at"])
    return merge_pair(actor=actor, at=at, pair_id=pair.pk, keep_id=keep_id)


@transaction.atomic
def tell_apart(*, actor: Actor, at: datetime, pair_id: int) -> PairRow:
    """Say that the two records are two; the pair is never proposed again.

    Raises:
        NotAllowed, UnknownPair, AlreadySettled: see `merge_pair`.
    """
    pair = _waiting(actor, pair_id)
    _decide(pair, PairState.DISTINCT, actor, at)
    return get_pair(pair_id)


@transaction.atomic
def reopen_pair(*, actor: Actor, at: datetime, pair_id: int) -> PairRow:
    """Take a decision back: merged records are two again, and the pair waits.

    Raises:
        NotAllowed: the actor may not write works, or parties.
        UnknownPair, AlreadySettled: there is no such pair, or nothing was decided about it.
        MergeStands, PartyMergeStands: something since then forbids to undo the merge; the message says what.
    """
    pair = _locked(actor, pair_id)
    if pair.state == PairState.OPEN:
        raise AlreadySettled("Nothing was decided about this pair.", "Open the pair again.")
    before = pair.state
    if pair.merge_id is not None and pair.kind == PairKind.WORK:
        undo_merge(actor=actor, at=at, merge_id=pair.merge_id)
    elif pair.merge_id is not None:
        undo_party_merge(actor=actor, at=at, merge_id=pair.merge_id)
        recheck_conflicts(actor=actor, at=at, party_ids=[pair.first_id, pair.second_id])
    if pair.kept_id is not None:
        _show_again(pair)
    pair.state, pair.merge_id, pair.kept_id, pair.decided_by, pair.decided_at = (
        PairState.OPEN.value,
        None,
        None,
        "",
        None,
    )
    pair.save(update_fields=["state", "merge_id", "kept_id", "decided_by", "decided_at"])
    _tell(actor, at, "duplicates.reopened", pair, before)
    return get_pair(pair_id)


def _locked(actor: Actor, pair_id: int) -> DuplicatePair:
    pair = DuplicatePair.objects.select_for_update().filter(pk=pair_id).first()
    if pair is None:
        raise UnknownPair(f"There is no pair {pair_id}.", "Open the list of likely duplicates.")
    require(actor, _ACTIONS[PairKind(pair.kind)])
    return pair


def _waiting(actor: Actor, pair_id: int) -> DuplicatePair:
    pair = _locked(actor, pair_id)
    if pair.state != PairState.OPEN:
        raise AlreadySettled(f"{pair.decided_by} decided about this pair already.", "Take that decision back first.")
    if pair.is_hidden:
        raise AlreadySettled("One of the two was merged into another record.", "Open the list again.")
    return pair


def _decide(pair: DuplicatePair, state: PairState, actor: Actor, at: datetime) -> None:
    before = pair.state
    pair.state, pair.decided_by, pair.decided_at = state.value, actor.name, at
    pair.save(update_fields=["state", "merge_id", "kept_id", "decided_by", "decided_at"])
    _tell(actor, at, "duplicates.decided", pair, before)


def _tell(actor: Actor, at: datetime, tag: str, pair: DuplicatePair, before: str) -> None:
    record_event(
        actor=actor,
        at=at,
        tag=tag,
        subject_kind="duplicate_pair",
        subject_id=pair.pk,
        before={"state": before},
        after={"state": pair.state, "kind": pair.kind, "first": pair.first_id, "second": pair.second_id},
    )


def _of_record(kind: str, record_id: int) -> Q:
    return Q(kind=kind, state=PairState.OPEN.value) & (Q(first_id=record_id) | Q(second_id=record_id))


def _hide(pair: DuplicatePair, keep_id: int, drop_id: int, at: datetime) -> None:
    """Hide what waits about the dropped record, and let the kept one stand in for it where it has no pair yet."""
    hidden = list(DuplicatePair.objects.filter(_of_record(pair.kind, drop_id), is_hidden=False).order_by("-score_ppm"))
    for other in hidden:
        third = other.first_id if other.second_id == drop_id else other.second_id
        first, second = ordered(keep_id, third)
        DuplicatePair.objects.get_or_create(
            kind=pair.kind,
            first_id=first,
            second_id=second,
            defaults={
                "state": PairState.OPEN.value,
                "score_ppm": other.score_ppm,
                "reasons": other.reasons,
                "inherits": other,
                "intake_id": other.intake_id,
                "found_at": at,
            },
        )
    DuplicatePair.objects.filter(pk__in=[other.pk for other in hidden]).update(is_hidden=True)


def _show_again(pair: DuplicatePair) -> None:
    """Show what waits about the record that was dropped, and take away what stood in for it and still waits."""
    drop_id = pair.second_id if pair.kept_id == pair.first_id else pair.first_id
    hidden = list(DuplicatePair.objects.filter(_of_record(pair.kind, drop_id), is_hidden=True))
    ids = [other.pk for other in hidden if _both_stand(other)]
    stand_ins = DuplicatePair.objects.filter(inherits_id__in=ids, state=PairState.OPEN.value, is_hidden=False)
    stand_ins.delete()
    DuplicatePair.objects.filter(pk__in=ids).update(is_hidden=False)


def _both_stand(pair: DuplicatePair) -> bool:
    current = current_work_ids if pair.kind == PairKind.WORK else current_party_ids
    return all(record == now for record, now in current([pair.first_id, pair.second_id]).items())
