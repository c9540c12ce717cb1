"""Writes to the books; each is one transaction, idempotent by its key."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import batched

import pyarrow as pa
from django.db import transaction

from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import ENTRIES, lock_heads, record_event
from muniment.trust.ledger.bulk import Written, as_table, check_columns, write
from muniment.trust.ledger.bulk.bodies import Bodies, digests_of
from muniment.trust.ledger.bulk.loading import rows_with
from muniment.trust.ledger.models import Entry
from muniment.trust.ledger.queries import EntryRow, entry_row, transfers_of
from muniment.trust.ledger.rules import (
    AlreadyReversed,
    EntryDraft,
    EntryHead,
    IdempotencyConflict,
    InvalidEntry,
    UnknownEntry,
    check_draft,
    reversal_of,
)

_LOOK_UP = 500
"""How many values one look-up asks for; SQLite limits the parameters of a statement."""


def post_entry(*, actor: Actor, at: datetime, draft: EntryDraft, action: Action = Action.LEDGER_POST) -> EntryRow:
    """Book one entry; see `post_entries`."""
    return post_entries(actor=actor, at=at, drafts=[draft], action=action)[0]


@transaction.atomic
def post_entries(
    *, actor: Actor, at: datetime, drafts: Sequence[EntryDraft], action: Action = Action.LEDGER_POST
) -> list[EntryRow]:
    """Book entries in the order given, all or none, and return a row for each draft; see `post_columns`.

    Raises:
        NotAllowed, InvalidEntry, UnknownCurrency, IdempotencyConflict, AlreadyReversed, UnknownEntry: see there.
    """
    require(actor, action)
    for draft in drafts:
        check_draft(draft)
    return post_columns(
        actor=actor, at=at, heads=[draft.head for draft in drafts], transfers=as_table(drafts), action=action
    )


@transaction.atomic
def post_columns(
    *,
    actor: Actor,
    at: datetime,
    heads: Sequence[EntryHead],
    transfers: pa.Table,
    action: Action = Action.LEDGER_POST,
) -> list[EntryRow]:
    """Book entries whose transfers are one table (see `bulk.TRANSFERS`), all or none; return a row for each head.

    A key that was booked before with the same body gives the entry of then and books nothing. Accounts are made on
    first use. `action` is the permission that the act behind the booking needs: ledger.post for a booking by hand.
    One audit event tells of the whole call; a call that books nothing new leaves none.

    Raises:
        NotAllowed: the actor may not do `action`.
        InvalidEntry, UnknownCurrency: an entry cannot be booked.
        IdempotencyConflict: a key was used before for another body.
        AlreadyReversed, UnknownEntry: an entry reverses one that was reversed before, or is not there.
    """
    require(actor, action)
    bodies = check_columns(heads, transfers)
    locked = lock_heads()
    known = _entries_by_key([head.idempotency_key for head in heads])
    first_of = {head.idempotency_key: place for place, head in reversed([*enumerate(heads)])}
    fresh = sorted(place for key, place in first_of.items() if key not in known)
    if len(fresh) < len(heads):
        _refuse_other_bodies(heads, bodies, known)
    if fresh:
        new = [heads[place] for place in fresh]
        _refuse_second_reversal(new)
        written = write(new, bodies.only(fresh), by=actor.name, at=at, head=locked[ENTRIES])
        rows = [_row(head, done, actor, at) for head, done in zip(new, written, strict=True)]
        known |= {row.idempotency_key: row for row in rows}
        _record(actor, at, rows)
    return [known[head.idempotency_key] for head in heads]


def _refuse_other_bodies(heads: Sequence[EntryHead], bodies: Bodies, known: Mapping[str, EntryRow]) -> None:
    """Let pass heads whose keys were each used for one body only, in the books (`known`) and in this call.

    Raises:
        IdempotencyConflict: a key was used before for another body.
    """
    times = Counter(head.idempotency_key for head in heads)
    again = [
        place for place, head in enumerate(heads) if head.idempotency_key in known or times[head.idempotency_key] > 1
    ]
    asked = [heads[place] for place in again]
    earlier = {key: row.body_digest for key, row in known.items()}
    for head, digest in zip(asked, digests_of(asked, bodies.only(again)), strict=True):
        if earlier.setdefault(head.idempotency_key, digest) != digest:
            raise IdempotencyConflict(
                f"The key {head.idempotency_key!r} was used for another entry.",
                "Book a new entry under a new key, or reverse the first.",
            )


def _row(head: EntryHead, done: Written, actor: Actor, at: datetime) -> EntryRow:
    return EntryRow(
        done.id,
        head.idempotency_key,
        head.kind,
        head.booked_on,
        head.currency,
        head.memo,
        head.reverses,
        at,
        actor.name,
        done.transfer_count,
        done.total_micro,
        done.digest,
        done.hash,
        head.dimensions,
    )


@transaction.atomic
def reverse_entry(
    *,
    actor: Actor,
    at: datetime,
    entry_id: int,
    key: str,
    booked_on: date,
    memo: str = "",
    action: Action = Action.LEDGER_POST,
) -> EntryRow:
    """Book the opposite of an entry under `key`; asking again with the same key gives the same reversal.

    Raises:
        NotAllowed, IdempotencyConflict: see `post_entries`.
        UnknownEntry: there is no such entry.
        AlreadyReversed: it was reversed under another key.
    """
    require(actor, action)
    entry = Entry.objects.filter(pk=entry_id).first()
    if entry is None:
        raise UnknownEntry(f"No entry has the number {entry_id}.", "Look it up in the list of entries.")
    draft = EntryDraft(
        idempotency_key=key,
        kind=f"reversal of {entry.kind}"[:60],
        booked_on=booked_on,
        currency=entry.currency,
        transfers=reversal_of(transfers_of(entry_id)),
        memo=memo or f"Reverses entry {entry_id}",
        reverses=entry_id,
        dimensions=entry.dimensions,
    )
    return post_entry(actor=actor, at=at, draft=draft, action=action)


def _entries_by_key(keys: Sequence[str]) -> dict[str, EntryRow]:
    """Return the entries that were booked under some of these keys."""
    ids = [pk for (pk,) in rows_with(Entry, "idempotency_key", keys, ("id",))]
    found: dict[str, EntryRow] = {}
    for piece in batched(ids, _LOOK_UP):
        found |= {entry.idempotency_key: entry_row(entry) for entry in Entry.objects.filter(pk__in=piece)}
    return found


def _refuse_second_reversal(heads: Sequence[EntryHead]) -> None:
    wanted = [head.reverses for head in heads if head.reverses is not None]
    if len(set(wanted)) < len(wanted):
        raise InvalidEntry("Two of these entries reverse the same entry.", "Reverse it once.")
    for piece in batched(wanted, _LOOK_UP):
        if len(piece) > Entry.objects.filter(pk__in=piece).count():
            raise UnknownEntry("An entry to be reversed does not exist.", "Look it up in the list of entries.")
        taken = Entry.objects.filter(reverses_id__in=piece).first()
        if taken is not None:
            raise AlreadyReversed(
                f"Entry {taken.reverses_id} was reversed by entry {taken.pk}.", "Nothing more needs to be done."
            )


def _record(actor: Actor, at: datetime, rows: Sequence[EntryRow]) -> None:
    first, last = rows[0], rows[-1]
    record_event(
        actor=actor,
        at=at,
        tag="ledger.posted",
        subject_kind="entry",
        subject_id=first.id,
        after={
            "first_entry": first.id,
            "last_entry": last.id,
            "entry_count": len(rows),
            "transfer_count": sum(row.transfer_count for row in rows),
            "kind": first.kind,
            "key": first.idempotency_key,
            "hash": last.hash,
        },
    )
