"""The columnar path into the books, which every posting takes: checks, digests and the chain over whole columns.

In: heads of entries, and one table of their transfers. Out: rows that are linked to the chain. A distribution to a
million payees and a receipt of one transfer run through the same code, so they make the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from django.db import connection, models

from muniment.kernel.words.money import currency_exponent
from muniment.trust.access.rules import instant_text
from muniment.trust.access.services import ENTRIES, Head, move_head
from muniment.trust.ledger.bulk.bodies import Bodies, Ints, digesting, portions
from muniment.trust.ledger.bulk.loading import load_columns, reserve, rows_with
from muniment.trust.ledger.models import Account, Entry, Transfer
from muniment.trust.ledger.rules import (
    MAX_AMOUNT_MICRO,
    EntryDraft,
    EntryHead,
    InvalidEntry,
    account_kind,
    check_head,
    link_of,
)

TRANSFERS = pa.schema(
    [
        pa.field("entry", pa.int64(), nullable=False),
        pa.field("debit", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("credit", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""Transfers of several entries: `entry` is the place of the head, from 0, rising; accounts by their codes."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of one entry besides its head."""

    id: int
    first_transfer: int
    transfer_count: int
    total_micro: int
    digest: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Act:
    """One act of posting: by whom, when, and the first of the numbers that were reserved for it."""

    by: str
    at: datetime
    first_entry: int
    first_transfer: int


def as_table(drafts: Sequence[EntryDraft]) -> pa.Table:
    """Return the transfers of drafts as a table of the schema TRANSFERS.

    Raises:
        InvalidEntry: an amount that is no whole number of micro-units, or too large for the books.
    """
    places = np.repeat(np.arange(len(drafts)), [len(draft.transfers) for draft in drafts])
    moved = [transfer for draft in drafts for transfer in draft.transfers]
    return pa.table(
        [
            pa.array(places, pa.int64()),
            pa.array([transfer.debit for transfer in moved], pa.string()).dictionary_encode(),
            pa.array([transfer.credit for transfer in moved], pa.string()).dictionary_encode(),
            pa.array([transfer.amount_micro for transfer in moved], pa.int64()),
        ],
        schema=TRANSFERS,
    )


def check_columns(heads: Sequence[EntryHead], transfers: pa.Table) -> Bodies:
    """Check every head and every transfer, and return them in arrays.

    Raises:
        InvalidEntry: a head or a transfer cannot be booked, or the table is not as TRANSFERS says.
        UnknownCurrency: see `currency_exponent`.
    """
    for currency in {head.currency for head in heads}:
        currency_exponent(currency)
    for head in heads:
        check_head(head)
    if not transfers.schema.equals(TRANSFERS) or any(column.null_count for column in transfers.columns):
        raise InvalidEntry("The table of transfers has other columns, or gaps.", "Give the columns of TRANSFERS.")
    places = transfers.column("entry").to_numpy()
    starts, ends = _ranges(heads, places)
    codes, debit, credit = _coded(transfers)
    amount = transfers.column("amount_micro").to_numpy()
    _refuse_wrong(heads, places, codes, debit, credit, amount)
    totals = _totals(amount, starts)
    for head, total in zip(heads, totals, strict=True):
        if total > MAX_AMOUNT_MICRO:
            raise InvalidEntry(f"Entry {head.idempotency_key} moves more than the books can count.", "Split it.")
    return Bodies(codes, debit, credit, amount, starts, ends, totals)


def _ranges(heads: Sequence[EntryHead], places: Ints) -> tuple[Ints, Ints]:
    """Return where the transfers of each head begin and end."""
    if len(places) and (places[0] < 0 or places[-1] >= len(heads) or (np.diff(places) < 0).any()):
        raise InvalidEntry("The transfers are not in the order of their entries.", "Order them by their entry.")
    counts = np.bincount(places, minlength=len(heads)) if len(places) else np.zeros(len(heads), np.int64)
    if (counts == 0).any():
        empty = heads[int(np.argmin(counts))]
        raise InvalidEntry(f"Entry {empty.idempotency_key} moves nothing.", "Give it at least one transfer.")
    ends = np.cumsum(counts)
    return ends - counts, ends


def _coded(transfers: pa.Table) -> tuple[tuple[str, ...], Ints, Ints]:
    """Return the codes of all accounts, and for each transfer the places of its two among them."""
    place_of: dict[str, int] = {}
    sides: list[Ints] = []
    last, known = None, np.zeros(0, np.int64)
    for name in ("debit", "credit"):
        column = transfers.column(name).combine_chunks()
        pieces = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        found = [np.zeros(0, np.int64)]
        for piece in pieces:
            if last is None or not piece.dictionary.equals(last):
                last = piece.dictionary
                known = np.array([place_of.setdefault(code, len(place_of)) for code in last.to_pylist()], np.int64)
            found.append(known[piece.indices.to_numpy()] if len(piece) else found[0])
        sides.append(np.concatenate(found))
    return tuple(place_of), sides[0], sides[1]


def _refuse_wrong(
    heads: Sequence[EntryHead], places: Ints, codes: Sequence[str], debit: Ints, credit: Ints, amount: Ints
) -> None:
    if (wrong := amount <= 0).any():
        at = int(np.argmax(wrong))
        raise InvalidEntry(
            f"Entry {heads[places[at]].idempotency_key} has an amount of {amount[at]}.",
            "An amount is positive; to take money back, exchange debit and credit.",
        )
    if (wrong := debit == credit).any():
        at = int(np.argmax(wrong))
        raise InvalidEntry(
            f"Entry {heads[places[at]].idempotency_key} takes from {codes[debit[at]]} what it gives to it.",
            "Name two different accounts.",
        )


def _totals(amount: Ints, starts: Ints) -> tuple[int, ...]:
    """Return the exact sum of each entry: summed in two halves, so that 64 bits are enough for each."""
    if not len(starts):
        return ()
    high, low = np.add.reduceat(amount >> 32, starts), np.add.reduceat(amount & 0xFFFFFFFF, starts)
    return tuple((upper << 32) + lower for upper, lower in zip(high.tolist(), low.tolist(), strict=True))


def write(heads: Sequence[EntryHead], bodies: Bodies, *, by: str, at: datetime, head: Head) -> list[Written]:
    """Write these entries behind the last link of the chain, and return what was written.

    They go in portion by portion; while the database takes one, the bodies of the next are digested. The caller holds
    the lock of the chains, has made sure that none of the entries was booked before, and rolls all of them back if
    one is refused.

    Raises:
        InvalidEntry: an account is not named as accounts are.
        django.db.IntegrityError: the database refused them.
    """
    act = _Act(by, at, reserve(Entry, len(heads)), reserve(Transfer, len(bodies.amount)))
    written: list[Written] = []
    parts = portions(bodies.ends)
    with digesting(heads, bodies, parts) as digests:
        debit_id, credit_id = _account_ids(heads, bodies)
        for places, made in zip(parts, digests, strict=True):
            part = _linked(bodies, places, made, act, written[-1].hash if written else head.hash)
            _load_entries(heads[places], part, act)
            _load_transfers(bodies, places, act, debit_id, credit_id)
            written += part
    move_head(ENTRIES, Head(head.seq + len(written), written[-1].hash))
    return written


def _linked(bodies: Bodies, places: slice, digests: Sequence[str], act: _Act, prev_hash: str) -> list[Written]:
    """Return what is to be written of the entries at `places`, each linked to the one before."""
    instant, linked = instant_text(act.at), []
    starts, ends = bodies.starts[places].tolist(), bodies.ends[places].tolist()
    facts = zip(digests, starts, ends, bodies.totals[places], strict=True)
    for number, (digest, start, end, total) in enumerate(facts, act.first_entry + places.start):
        begin = act.first_transfer + start
        link = link_of(prev_hash, digest, instant, act.by, number, begin)
        linked.append(Written(number, begin, end - start, total, digest, prev_hash, link))
        prev_hash = link
    return linked


def _account_ids(heads: Sequence[EntryHead], bodies: Bodies) -> tuple[Ints, Ints]:
    """Return the account ids of both sides of each transfer, making the accounts that are new."""
    currencies = list(dict.fromkeys(head.currency for head in heads))
    of_head = np.array([currencies.index(head.currency) for head in heads], np.int64)
    currency = np.repeat(of_head, bodies.ends - bodies.starts)
    keys = [side * len(currencies) + currency for side in (bodies.debit, bodies.credit)]
    used = np.zeros(len(bodies.codes) * len(currencies), np.bool_)
    for key in keys:
        used[key] = True
    wanted = [(bodies.codes[key // len(currencies)], currencies[key % len(currencies)]) for key in np.flatnonzero(used)]
    known = _known_accounts(wanted)
    ids = np.zeros(len(used), np.int64)
    ids[used] = [known[account] for account in wanted]
    return ids[keys[0]], ids[keys[1]]


def _known_accounts(wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the ids of accounts by code and currency, making those that are new."""
    codes = list({code: None for code, _ in wanted})
    found = {
        (code, currency): int(pk)
        for pk, code, currency in rows_with(Account, "code", codes, ("id", "code", "currency"))
    }
    missing = sorted(set(wanted) - found.keys())
    if missing:
        kinds = [account_kind(code).value for code, _ in missing]
        first = reserve(Account, len(missing))
        load_columns(
            Account,
            {
                "id": pa.array(range(first, first + len(missing)), pa.int64()),
                "code": pa.array([code for code, _ in missing], pa.string()),
                "currency": pa.array([currency for _, currency in missing], pa.string()),
                "kind": pa.array(kinds, pa.string()),
            },
        )
        found.update(zip(missing, range(first, first + len(missing)), strict=True))
    return found


def _load_entries(heads: Sequence[EntryHead], written: Sequence[Written], act: _Act) -> None:
    def texts(values: Iterable[str]) -> pa.Array:
        return pa.array(values, pa.string())

    def numbers(values: Iterable[int | None]) -> pa.Array:
        return pa.array(values, pa.int64())

    load_columns(
        Entry,
        {
            "id": numbers(row.id for row in written),
            "idempotency_key": texts(head.idempotency_key for head in heads),
            "kind": texts(head.kind for head in heads),
            "booked_on": texts(head.booked_on.isoformat() for head in heads),
            "currency": texts(head.currency for head in heads),
            "memo": texts(head.memo for head in heads),
            "reverses_id": numbers(head.reverses for head in heads),
            "recorded_at": _spelled(Entry._meta.get_field("recorded_at"), act.at),
            "recorded_by": act.by,
            "transfer_count": numbers(row.transfer_count for row in written),
            "total_micro": numbers(row.total_micro for row in written),
            "body_digest": texts(row.digest for row in written),
            "prev_hash": texts(row.prev_hash for row in written),
            "hash": texts(row.hash for row in written),
            "dimensions": texts(head.dimensions for head in heads),
            "first_transfer": numbers(row.first_transfer for row in written),
        },
    )


def _load_transfers(bodies: Bodies, places: slice, act: _Act, debit_id: Ints, credit_id: Ints) -> None:
    counts = (bodies.ends - bodies.starts)[places]
    rows = slice(int(bodies.starts[places.start]), int(bodies.ends[places.stop - 1]))
    load_columns(
        Transfer,
        {
            "id": pa.array(np.arange(rows.start, rows.stop) + act.first_transfer),
            "entry_id": pa.array(np.repeat(np.arange(places.start, places.stop) + act.first_entry, counts)),
            "debit_id": pa.array(debit_id[rows]),
            "credit_id": pa.array(credit_id[rows]),
            "amount_micro": pa.array(bodies.amount[rows]),
        },
    )


def _spelled(field: models.Field, value: datetime) -> str:  # type: ignore[type-arg]
    """Return a value as the database spells it."""
    return str(field.get_db_prep_save(value, connection))
