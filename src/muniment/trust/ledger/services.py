"""Writes to the books; each is one transaction, idempotent by its key."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import batched
from operator import attrgetter

from django.db import transaction

from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import ENTRIES, Head, lock_heads, move_head, record_event
from muniment.trust.batches.bulk import copy_rows, next_ids, refresh_statistics
from muniment.trust.ledger.models import Account, Entry, Transfer
from muniment.trust.ledger.queries import EntryRow, entry_row, transfers_of
from muniment.trust.ledger.rules import (
    AlreadyReversed,
    EntryDraft,
    IdempotencyConflict,
    InvalidEntry,
    UnknownEntry,
    account_kind,
    body_digest,
    check_draft,
    entry_hash,
    reversal_of,
)

_LOOK_UP = 500
"""How many values one look-up asks for; SQLite limits the parameters of a statement."""

_MANY = 1_000
"""From so many transfers on, the database is told of new accounts and entries before the transfers refer to them."""


def post_entry(*, actor: Actor, at: datetime, draft: EntryDraft, action: Action = Action.LEDGER_POST) -> EntryRow:
    """Book one entry; see `post_entries`."""
    return post_entries(actor=actor, at=at, drafts=[draft], action=action)[0]


@transaction.atomic
def post_entries(
    *, actor: Actor, at: datetime, drafts: Sequence[EntryDraft], action: Action = Action.LEDGER_POST
) -> list[EntryRow]:
    """Book entries in the order given, all or none, and return a row for each draft.

    A key that was booked before with the same body gives the entry of then and books nothing. Accounts are made on
    first use. `action` is the permission that the act behind the booking needs: ledger.post for a booking by hand.
    One audit event tells of the whole call; a call that books nothing new leaves none.

    Raises:
        NotAllowed: the actor may not do `action`.
        InvalidEntry, UnknownCurrency: a draft cannot be booked.
        IdempotencyConflict: a key was used before for another body.
        AlreadyReversed: a draft reverses an entry that was reversed before.
    """
    require(actor, action)
    for draft in drafts:
        check_draft(draft)
    digests = [body_digest(draft) for draft in drafts]
    heads = lock_heads()
    known = _entries_by_key(draft.idempotency_key for draft in drafts)
    fresh: dict[str, tuple[EntryDraft, str]] = {}
    for draft, digest in zip(drafts, digests, strict=True):
        earlier = known[draft.idempotency_key].body_digest if draft.idempotency_key in known else None
        if earlier is None and draft.idempotency_key in fresh:
            earlier = fresh[draft.idempotency_key][1]
        if earlier is None:
            fresh[draft.idempotency_key] = (draft, digest)
        elif earlier != digest:
            raise IdempotencyConflict(
                f"The key {draft.idempotency_key!r} was used for another entry.",
                "Book a new entry under a new key, or reverse the first.",
            )
    if fresh:
        _refuse_second_reversal([draft for draft, _ in fresh.values()])
        rows = _write(actor, at, list(fresh.values()), heads[ENTRIES])
        known |= {row.idempotency_key: row for row in rows}
        _record(actor, at, rows)
    return [known[draft.idempotency_key] for draft in drafts]


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
    )
    return post_entry(actor=actor, at=at, draft=draft, action=action)


def _entries_by_key(keys: Iterable[str]) -> dict[str, EntryRow]:
    found: dict[str, EntryRow] = {}
    for piece in batched(keys, _LOOK_UP):
        entries = Entry.objects.filter(idempotency_key__in=piece)
        found |= {entry.idempotency_key: entry_row(entry) for entry in entries}
    return found


def _refuse_second_reversal(drafts: Sequence[EntryDraft]) -> None:
    wanted = [draft.reverses for draft in drafts if draft.reverses is not None]
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


def _account_ids(drafts: Sequence[EntryDraft]) -> dict[tuple[str, str], int]:
    """Return the ids of all accounts in the drafts by code and currency, making those that are new."""
    wanted = {
        (code, draft.currency)
        for draft in drafts
        for transfer in draft.transfers
        for code in (transfer.debit, transfer.credit)
    }
    found: dict[tuple[str, str], int] = {}
    for piece in batched(sorted({code for code, _ in wanted}), _LOOK_UP):
        for pk, code, currency in Account.objects.filter(code__in=piece).values_list("id", "code", "currency"):
            found[code, currency] = pk
    missing = sorted(wanted - found.keys())
    kinds = [account_kind(code).value for code, _ in missing]
    ids = next_ids(Account, len(missing))
    copy_rows(
        Account,
        ("id", "code", "currency", "kind"),
        ((pk, code, currency, kind) for pk, (code, currency), kind in zip(ids, missing, kinds, strict=True)),
    )
    found.update(zip(missing, ids, strict=True))
    return found


_ENTRY_COLUMNS = (
    "id",
    "idempotency_key",
    "kind",
    "booked_on",
    "currency",
    "memo",
    "reverses",
    "recorded_at",
    "recorded_by",
    "transfer_count",
    "total_micro",
    "body_digest",
    "hash",
)
"""The fields of `Entry` that `EntryRow` has under the same names."""

_entry_values = attrgetter(*_ENTRY_COLUMNS)


def _write(actor: Actor, at: datetime, fresh: Sequence[tuple[EntryDraft, str]], head: Head) -> list[EntryRow]:
    accounts = _account_ids([draft for draft, _ in fresh])
    rows: list[EntryRow] = []
    links = [head.hash]
    for pk, (draft, digest) in zip(next_ids(Entry, len(fresh)), fresh, strict=True):
        links.append(entry_hash(links[-1], digest, at, actor.name))
        rows.append(
            EntryRow(
                pk,
                draft.idempotency_key,
                draft.kind,
                draft.booked_on,
                draft.currency,
                draft.memo,
                draft.reverses,
                at,
                actor.name,
                len(draft.transfers),
                sum(transfer.amount_micro for transfer in draft.transfers),
                digest,
                links[-1],
            )
        )
    copy_rows(
        Entry,
        (*_ENTRY_COLUMNS, "prev_hash"),
        ((*_entry_values(row), prev_hash) for row, prev_hash in zip(rows, links, strict=False)),
    )
    transfer_count = sum(row.transfer_count for row in rows)
    if transfer_count >= _MANY:
        refresh_statistics(Account, Entry)
    copy_rows(
        Transfer,
        ("id", "entry_id", "debit_id", "credit_id", "amount_micro"),
        _transfer_rows(
            ((row.id, draft) for row, (draft, _) in zip(rows, fresh, strict=True)),
            accounts,
            iter(next_ids(Transfer, transfer_count)),
        ),
    )
    move_head(ENTRIES, Head(head.seq + len(rows), links[-1]))
    return rows


def _transfer_rows(
    drafts: Iterable[tuple[int, EntryDraft]], accounts: dict[tuple[str, str], int], ids: Iterator[int]
) -> Iterator[tuple[int, ...]]:
    for entry_id, draft in drafts:
        currency = draft.currency
        for transfer in draft.transfers:
            yield (
                next(ids),
                entry_id,
                accounts[transfer.debit, currency],
                accounts[transfer.credit, currency],
                transfer.amount_micro,
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
