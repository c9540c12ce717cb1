"""Reads about the published list of unclaimed works and the claims on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.tables import read_table
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import ListClaim, PublishedList
from muniment.rights.parties.queries import names_of
from muniment.trust.batches.queries import get_batch

LISTED = pa.schema(
    [
        pa.field("pool_id", pa.int64(), nullable=False),
        pa.field("run_number", pa.int64(), nullable=False),
        pa.field("report_id", pa.int64(), nullable=False),
        pa.field("work_id", pa.int64()),
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("performer", pa.string(), nullable=False),
        pa.field("iswc", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
        pa.field("territory", pa.int32(), nullable=False),
        pa.field("used_from", pa.date32(), nullable=False),
        pa.field("used_to", pa.date32(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
        pa.field("listed_on", pa.date32(), nullable=False),
        pa.field("public_on", pa.date32(), nullable=False),
        pa.field("ends_on", pa.date32()),
    ]
)
"""One work, or one unidentified title, of one report whose money waits for somebody unknown."""


class UnknownItem(UserError):
    """The published list has no such item."""


class Audience(StrEnum):
    """Who reads the list: everybody, members and sister societies, or the office, which sees all of it."""

    PUBLIC = "public"
    MEMBERS = "members"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item of the list; `key` names it in every list that it stands on. Only the office reads amounts."""

    key: str
    pool_id: int
    run_number: int
    report_id: int
    work_id: int | None
    memory_key: str
    reason: str
    title: str
    performer: str
    iswc: str
    source: str
    right: str
    territory: int
    used_from: date
    used_to: date
    currency: str
    amount_micro: int
    listed_on: date
    public_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class ListClaimRow:
    """A claim on an item, with its answer."""

    id: int
    title: str
    run_number: int
    report_id: int
    work_id: int | None
    party_id: int
    party_name: str
    note: str
    claimed_by: str
    claimed_at: datetime
    state: str
    answer: str
    decided_by: str


def published_at() -> datetime | None:
    """Return when the newest list was sealed, None before the first."""
    newest = PublishedList.objects.order_by("-id").first()
    return None if newest is None else newest.published_at


def _newest() -> pa.Table:
    newest = PublishedList.objects.order_by("-id").first()
    batch = get_batch(newest.batch_id) if newest else None
    return LISTED.empty_table() if batch is None else read_table(Path(settings.MUNIMENT_STORE) / batch.path)


_KEYED = """
    SELECT upper(left(sha256(concat_ws('/', pool_id, report_id, coalesce(work_id, 0), memory_key, reason)), 16)) AS key,
           *
    FROM listed
"""
"""The key follows from what an item is, not from its place: it outlives every new sealing, and tells nothing."""

_KEY = re.compile(r"[0-9A-F]{16}")


_DUE = {
    Audience.PUBLIC: "public_on <= DATE '{on}'",
    Audience.MEMBERS: "listed_on <= DATE '{on}'",
    Audience.OFFICE: "true",
}


def list_unclaimed(
    audience: Audience, *, on: date, text: str = "", limit: int = 50, offset: int = 0
) -> Page[ListedItem]:
    """Return the items of the newest list that an audience may see on a day, by title; those a text finds, or all."""
    found = _due(audience, on, text)
    rows = found.slice(offset, limit).to_pylist()
    return Page(tuple(ListedItem(**row) for row in rows), found.num_rows)


def iter_unclaimed(audience: Audience, *, on: date, text: str = "") -> Iterator[ListedItem]:
    """Yield every item that an audience may see on a day, by title; those a text finds, or all."""
    yield from (ListedItem(**row) for row in _due(audience, on, text).to_pylist())


def _due(audience: Audience, on: date, text: str) -> pa.Table:
    words = [word.replace("'", "''") for word in text.lower().split()]
    found = "".join(f" AND contains(lower(title || ' ' || performer || ' ' || iswc), '{word}')" for word in words[:8])
    open_still = f"(ends_on IS NULL OR ends_on > DATE '{on}')"
    where = f"{_DUE[audience].format(on=on)} AND {open_still}{found}"
    return query(f"{_KEYED} WHERE {where} ORDER BY lower(title), key", listed=_newest())


def find_item(key: str, audience: Audience = Audience.OFFICE, on: date = date.max) -> ListedItem:
    """Return an item of the newest list by its key, where an audience may see it on a day.

    Raises:
        UnknownItem: there is none: it never was, its money was released, or its window has closed.
    """
    rows = []
    if _KEY.fullmatch(key):
        where = f"key = '{key}' AND {_DUE[audience].format(on=on)}"
        rows = query(f"SELECT * FROM ({_KEYED}) WHERE {where}", listed=_newest()).to_pylist()  # noqa: S608 a hex key
    if not rows:
        raise UnknownItem(f"The list has no item {key}.", "Search the list; its money may have found its owner.")
    return ListedItem(**rows[0])


def list_claims(
    *, party_id: int | None = None, open_only: bool = False, limit: int = 50, offset: int = 0
) -> Page[ListClaimRow]:
    """Return claims on the list, newest first; of one party, those not answered yet, or all."""
    claims = ListClaim.objects.select_related("pool__run").order_by("-id")
    if party_id is not None:
        claims = claims.filter(party_id=party_id)
    if open_only:
        claims = claims.filter(state="open")
    found = list(claims[offset : offset + limit])
    names = names_of(claim.party_id for claim in found)
    rows = tuple(
        ListClaimRow(
            claim.pk,
            claim.title,
            claim.pool.run.number,
            claim.report_id,
            claim.work_id,
            claim.party_id,
            names.get(claim.party_id, ""),
            claim.note,
            claim.claimed_by,
            claim.claimed_at,
            claim.state,
            claim.answer,
            claim.decided_by,
        )
        for claim in found
    )
    return Page(rows, claims.count())
