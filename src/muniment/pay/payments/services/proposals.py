"""Facts that send money elsewhere: advances, assignments, letters, garnishments. One proposes, a second decides."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import AdvanceRecord, RedirectionRecord
from muniment.pay.payments.queries.records import redirection_of, redirections_from
from muniment.pay.payments.rules.drafts import AdvanceDraft, InvalidFact, RedirectionDraft
from muniment.pay.payments.rules.facts import RedirectionKind, letters_above_whole
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import record_event
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, advance, payable
from muniment.trust.ledger.services import post_entry


class NoSuchProposal(UserError):
    """Nothing with this number waits for a decision, or holds."""


class OverlappingLetters(InvalidFact):
    """Letters of direction of one payee together direct more than the whole."""


@transaction.atomic
def propose_advance(*, actor: Actor, at: datetime, draft: AdvanceDraft) -> int:
    """Propose an advance; once a second person approves it, it is on the payee's account. Returns its number.

    Raises:
        NotAllowed: the actor may not write payments.
    """
    require(actor, Action.PAYMENT_WRITE)
    record = AdvanceRecord.objects.create(
        party_id=draft.party_id,
        crossed_ids=list(draft.crossed_ids),
        currency=draft.currency,
        amount_micro=draft.amount_micro,
        instalment_micro=draft.instalment_micro,
        sources=" ".join(sorted(draft.sources)),
        document=draft.document,
        valid_from=draft.period.valid_from,
        valid_to=draft.period.valid_to,
        state="proposed",
        proposed_by=actor.name,
        proposed_at=at,
    )
    after = {"number": record.pk, "currency": draft.currency, "amount_micro": draft.amount_micro}
    _record(actor, at, "advance.proposed", draft.party_id, {**after, "document": draft.document})
    return record.pk


@transaction.atomic
def propose_redirection(*, actor: Actor, at: datetime, draft: RedirectionDraft) -> int:
    """Propose that a share of a payee's money goes to somebody else; returns the number.

    Raises:
        NotAllowed: the actor may not write payments.
        OverlappingLetters: with the letters that hold, more than 100 % would be directed on some day.
    """
    require(actor, Action.PAYMENT_WRITE)
    record = RedirectionRecord(
        kind=draft.kind.value,
        party_id=draft.party_id,
        to_party_id=draft.to_party_id,
        currency=draft.currency,
        share_ppm=draft.share_ppm,
        ceiling_micro=draft.ceiling_micro,
        protected_micro=draft.protected_micro,
        priority=draft.priority,
        sources=" ".join(sorted(draft.sources)),
        document=draft.document,
        valid_from=draft.period.valid_from,
        valid_to=draft.period.valid_to,
        state="proposed",
        proposed_by=actor.name,
        proposed_at=at,
    )
    _refuse_overlap(record)
    record.save()
    after = {"number": record.pk, "kind": record.kind, "to": draft.to_party_id, "share_ppm": draft.share_ppm}
    _record(actor, at, "redirection.proposed", draft.party_id, {**after, "document": draft.document})
    return record.pk


@transaction.atomic
def approve_advance(*, actor: Actor, at: datetime, number: int) -> None:
    """Approve an advance and book it: Dr advance, Cr the payee's account, from where the next batch pays it.

    Raises:
        NotAllowed: the actor may not approve payments.
        NoSuchProposal: it is decided already.
        SamePerson: the actor proposed it.
    """
    record = _decided(AdvanceRecord, actor, at, number, "approved")
    entry = post_entry(
        actor=actor,
        at=at,
        action=Action.PAYMENT_APPROVE,
        draft=EntryDraft(
            idempotency_key=f"advance/{number}",
            kind="advance",
            booked_on=at.date(),
            currency=record.currency,
            transfers=(TransferDraft(advance(number), payable(record.party_id), record.amount_micro),),
            memo=record.document,
        ),
    )
    record.entry_id = entry.id
    record.save(update_fields=["entry_id"])
    after = {"number": number, "amount_micro": record.amount_micro, "entry_id": entry.id}
    _record(actor, at, "advance.approved", record.party_id, after)


@transaction.atomic
def approve_redirection(*, actor: Actor, at: datetime, number: int) -> None:
    """Approve a redirection; payments drafted from now on serve it.

    Raises:
        NotAllowed, NoSuchProposal, SamePerson: see `approve_advance`.
        OverlappingLetters: a letter approved meanwhile leaves no room for this one.
    """
    record = _decided(RedirectionRecord, actor, at, number, "approved")
    _refuse_overlap(record)
    _record(actor, at, "redirection.approved", record.party_id, {"number": number, "kind": record.kind})


@transaction.atomic
def refuse_advance(*, actor: Actor, at: datetime, number: int) -> None:
    """Refuse a proposed advance; its proposer may take it back in the same way.

    Raises:
        NotAllowed, NoSuchProposal: see `approve_advance`.
    """
    record = _decided(AdvanceRecord, actor, at, number, "refused")
    _record(actor, at, "advance.refused", record.party_id, {"number": number})


@transaction.atomic
def refuse_redirection(*, actor: Actor, at: datetime, number: int) -> None:
    """Refuse a proposed redirection; its proposer may take it back in the same way.

    Raises:
        NotAllowed, NoSuchProposal: see `approve_advance`.
    """
    record = _decided(RedirectionRecord, actor, at, number, "refused")
    _record(actor, at, "redirection.refused", record.party_id, {"number": number})


@transaction.atomic
def end_redirection(*, actor: Actor, at: datetime, number: int, on: date) -> None:
    """Let a redirection hold up to, not including, the day `on`. What is known before is kept: the row is closed.

    Raises:
        NotAllowed: the actor may not write payments.
        NoSuchProposal: no redirection of this number holds.
        InvalidFact: it would end before it begins.
    """
    require(actor, Action.PAYMENT_WRITE)
    record = _holding(RedirectionRecord, number)
    _close(record, at, on)
    _record(actor, at, "redirection.ended", record.party_id, {"number": number, "on": on})


@transaction.atomic
def end_advance(*, actor: Actor, at: datetime, number: int, on: date) -> None:
    """Stop recouping an advance from the day `on` and write off what is left of it; not by who proposed it.

    Raises:
        NotAllowed: the actor may not approve payments.
        NoSuchProposal: no advance of this number holds.
        SamePerson: the actor proposed it.
        InvalidFact: it would end before it begins.
    """
    require(actor, Action.PAYMENT_APPROVE)
    record = _holding(AdvanceRecord, number)
    require_second_person(record.proposed_by, actor)
    left_micro = balance(advance(number), record.currency)
    _close(record, at, on)
    if left_micro > 0:
        post_entry(
            actor=actor,
            at=at,
            action=Action.PAYMENT_APPROVE,
            draft=EntryDraft(
                idempotency_key=f"advance/{number}/written-off",
                kind="advance written off",
                booked_on=at.date(),
                currency=record.currency,
                transfers=(TransferDraft("writeoff", advance(number), left_micro),),
                memo=record.document,
            ),
        )
    _record(actor, at, "advance.ended", record.party_id, {"number": number, "on": on, "written_off_micro": left_micro})


@transaction.atomic
def pass_advances(*, actor: Actor, at: datetime, currency: str, heirs: Mapping[int, Mapping[int, int]]) -> int:
    """Let advances of payees who died be recouped from their heirs together; return what is left of these advances.

    The approved advance itself stays what it was; its row is closed and followed by one that names the heirs as well.
    Asked twice, the second time changes nothing. What no heir can pay back is ended and written off by `end_advance`.

    Args:
        heirs: to whom everything of a payee passes, by party.

    Raises:
        NotAllowed: the actor may not post.
    """
    require(actor, Action.DISTRIBUTION_POST)
    passed_micro = 0
    rows = AdvanceRecord.objects.select_for_update().filter(
        state="approved", known_to=None, currency=currency, party_id__in=list(heirs)
    )
    for record in rows.order_by("id"):
        number, to = record.root_id or record.pk, set(heirs[record.party_id])
        left_micro = balance(advance(number), currency)
        if left_micro <= 0 or to <= set(record.crossed_ids):
            continue
        AdvanceRecord.objects.filter(pk=record.pk).update(known_to=at)
        record.pk, record.root_id, record.known_from = None, number, at
        record.crossed_ids = sorted({*record.crossed_ids, *to})
        record._state.adding = True
        record.save()
        passed_micro += left_micro
        after = {"number": number, "heirs": sorted(to), "left_micro": left_micro}
        _record(actor, at, "advance.passed_to_heirs", record.party_id, after)
    return passed_micro


def _decided(table: Any, actor: Actor, at: datetime, number: int, state: str) -> Any:
    """Return the proposal with the decision written on it."""
    record = table.objects.select_for_update().filter(pk=number, state="proposed").first()
    if record is None:
        raise NoSuchProposal(f"Nothing numbered {number} waits for a decision.", "Open the list of proposals again.")
    if state == "approved" or record.proposed_by != actor.name:
        require(actor, Action.PAYMENT_APPROVE)
    if state == "approved":
        require_second_person(record.proposed_by, actor)
        record.known_from = at
    record.state, record.decided_by, record.decided_at = state, actor.name, at
    record.save(update_fields=["state", "decided_by", "decided_at", "known_from"])
    return record


def _holding(table: Any, number: int) -> Any:
    rows = table.objects.select_for_update().filter(state="approved", known_to=None)
    record = rows.filter(pk=number, root=None).first() or rows.filter(root_id=number).first()
    if record is None:
        raise NoSuchProposal(f"Nothing numbered {number} holds.", "Open the payee's page to see what does.")
    return record


def _close(record: Any, at: datetime, on: date) -> None:
    """Close the row at the instant, and open the one that ends on the day; where no day remains, none is opened."""
    if record.valid_from is not None and on < record.valid_from:
        raise InvalidFact("on", f"It begins on {record.valid_from}, so it cannot end on {on}.", "Give a later day.")
    type(record).objects.filter(pk=record.pk).update(known_to=at)
    root_id = record.root_id or record.pk
    if record.valid_from is not None and on == record.valid_from:
        return
    record.pk, record.root_id, record.known_from, record.valid_to = None, root_id, at, on
    record._state.adding = True
    record.save()


def _refuse_overlap(record: RedirectionRecord) -> None:
    if record.kind != RedirectionKind.LETTER:
        return
    others = redirections_from(record.party_id, RedirectionKind.LETTER)
    mine = redirection_of(record)
    wrong = letters_above_whole([*(other for other in others if other.number != record.pk), mine])
    if wrong:
        raise OverlappingLetters("share", f"{wrong}.", "Lower a share, end a letter, or name other sources.")


def _record(actor: Actor, at: datetime, tag: str, party_id: int, after: dict[str, object]) -> None:
    record_event(actor=actor, at=at, tag=tag, subject_kind="party", subject_id=party_id, after=after)
