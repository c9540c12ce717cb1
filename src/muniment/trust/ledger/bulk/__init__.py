"""The columnar path into the books, which every posting takes: checks, digests and the chain over whole columns.

In: heads of entries, and one table of their transfers. Out: rows that are linked to the chain. A distribution to a
million payees and a receipt of one transfer run through the same code, so they make the same rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models

from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.money import currency_exponent
from muniment.trust.access.rules import instant_text
from muniment.trust.access.services import ENTRIES, Head, move_head
from muniment.trust.ledger.bulk.loading import load_columns, reserve, rows_with
from muniment.trust.ledger.models import Account, Entry, Transfer
from muniment.trust.ledger.rules import (
    MAX_AMOUNT_MICRO,
    EntryDraft,
    EntryHead,
    InvalidEntry,
    account_kind,
    check_head,
    head_json,
    link_of,
    quoted,
    tail_json,
)

Ints = npt.NDArray[np.int64]

_PORTION = 100_000
"""How many transfers are spelt at once; the next are spelt while these are digested."""

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
class Bodies:
    """Checked transfers of entries in arrays: codes by place, amounts, and where each entry begins and ends."""

    codes: tuple[str, ...]
    debit: Ints
    credit: Ints
    amount: Ints
    starts: Ints
    ends: Ints
    totals: tuple[int, ...]
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What was written of one entry besides its head."""

    id: int
    transfer_count: int
    total_micro: int
    digest: str
    hash: str


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
    """Check every head and every transfer, and return them in arrays with the digest of each body.

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
    return Bodies(
        codes, debit, credit, amount, starts, ends, totals, _digests(heads, codes, debit, credit, amount, starts, ends)
    )


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


def _digests(
    heads: Sequence[EntryHead],
    codes: Sequence[str],
    debit: Ints,
    credit: Ints,
    amount: Ints,
    starts: Ints,
    ends: Ints,
) -> tuple[str, ...]:
    """Return the body digest of each entry: the canonical JSON of its transfers is a stretch of a column of text."""
    wide = pa.large_string()
    spelled = pa.array([quoted(code) for code in codes], wide)
    opening, comma, closing, nothing = (pa.scalar(text, wide) for text in (",[", ",", "]", ""))

    def spell(places: slice) -> pa.Array:
        rows = slice(starts[places.start], ends[places.stop - 1])
        sides = spelled.take(pa.array(debit[rows])), spelled.take(pa.array(credit[rows]))
        amounts = pa.array(amount[rows]).cast(wide)
        return pc.binary_join_element_wise(opening, sides[0], comma, sides[1], comma, amounts, closing, nothing)

    digests: list[str] = []
    portions = _portions(ends)
    for places, texts in zip(portions, _ahead(spell, portions), strict=True):
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, texts.offset * 8)
        first, content = starts[places.start], memoryview(data)
        begins, stops = (bounds[side[places] - first].tolist() for side in (starts, ends))
        digests += [
            digest_bytes(b"".join((head_json(head), b"[", content[begin + 1 : stop], b"]", tail_json(head))))
            for head, begin, stop in zip(heads[places], begins, stops, strict=True)
        ]
    return tuple(digests)


def _portions(ends: Ints) -> list[slice]:
    """Return the places of entries in runs of about `_PORTION` transfers; no entry is divided."""
    if not len(ends):
        return []
    cuts = np.searchsorted(ends, np.arange(_PORTION, int(ends[-1]), _PORTION)) + 1
    return [slice(*pair) for pair in pairwise(np.unique([0, *cuts, len(ends)]).tolist())]


def _ahead(spell: Callable[[slice], pa.Array], portions: Sequence[slice]) -> Iterator[pa.Array]:
    """Yield what `spell` makes of each portion, made in a thread ahead of whoever takes it; of a single one, here."""
    if len(portions) < 2:
        yield from map(spell, portions)
        return
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield from pool.map(spell, portions)


def write(
    heads: Sequence[EntryHead], bodies: Bodies, chosen: Sequence[int], *, by: str, at: datetime, head: Head
) -> list[Written]:
    """Write the entries at the places `chosen` behind the last link of the chain, and return what was written.

    The caller holds the lock of the chains and has made sure that none of them was booked before.

    Raises:
        InvalidEntry: an account is not named as accounts are.
        django.db.IntegrityError: the database refused them.
    """
    picked = np.array(chosen, np.int64)
    counts = (bodies.ends - bodies.starts)[picked]
    rows = _rows_of(bodies, picked)
    first_entry, transfer_count = reserve(Entry, len(chosen)), int(counts.sum())
    first_transfer = reserve(Transfer, transfer_count)
    begins = (first_transfer + np.cumsum(counts) - counts).tolist()
    instant, links, written = instant_text(at), [head.hash], []
    for number, (place, begin, count) in enumerate(zip(chosen, begins, counts.tolist(), strict=True), first_entry):
        digest = bodies.digests[place]
        links.append(link_of(links[-1], digest, instant, by, number, begin))
        written.append(Written(number, count, bodies.totals[place], digest, links[-1]))
    debit_id, credit_id = _account_ids(heads, bodies, picked, rows)
    _load_entries([heads[place] for place in chosen], written, begins, links, by, at)
    load_columns(
        Transfer,
        {
            "id": pa.array(np.arange(first_transfer, first_transfer + transfer_count)),
            "entry_id": pa.array(np.repeat(np.arange(first_entry, first_entry + len(chosen)), counts)),
            "debit_id": pa.array(debit_id),
            "credit_id": pa.array(credit_id),
            "amount_micro": pa.array(bodies.amount if rows is None else bodies.amount[rows]),
        },
    )
    move_head(ENTRIES, Head(head.seq + len(written), links[-1]))
    return written


def _rows_of(bodies: Bodies, picked: Ints) -> Ints | None:
    """Return the places of the transfers of the chosen entries; None for all of them."""
    if len(picked) == len(bodies.starts):
        return None
    ranges = [np.arange(bodies.starts[place], bodies.ends[place]) for place in picked]
    return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)


def _account_ids(heads: Sequence[EntryHead], bodies: Bodies, picked: Ints, rows: Ints | None) -> tuple[Ints, Ints]:
    """Return the account ids of both sides of each chosen transfer, making the accounts that are new."""
    currencies = list(dict.fromkeys(head.currency for head in heads))
    of_head = np.array([currencies.index(head.currency) for head in heads], np.int64)
    currency = np.repeat(of_head[picked], (bodies.ends - bodies.starts)[picked])
    sides = [side if rows is None else side[rows] for side in (bodies.debit, bodies.credit)]
    keys = [side * len(currencies) + currency for side in sides]
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


def _load_entries(
    heads: Sequence[EntryHead],
    written: Sequence[Written],
    begins: Sequence[int],
    links: Sequence[str],
    by: str,
    at: datetime,
) -> None:
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
            "recorded_at": _spelled(Entry._meta.get_field("recorded_at"), at),
            "recorded_by": by,
            "transfer_count": numbers(row.transfer_count for row in written),
            "total_micro": numbers(row.total_micro for row in written),
            "body_digest": texts(row.digest for row in written),
            "prev_hash": texts(links[:-1]),
            "hash": texts(links[1:]),
            "dimensions": texts(head.dimensions for head in heads),
            "first_transfer": numbers(begins),
        },
    )


def _spelled(field: models.Field, value: datetime) -> str:  # type: ignore[type-arg]
    """Return a value as the database spells it."""
    return str(field.get_db_prep_save(value, connection))
