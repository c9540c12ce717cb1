"""Reads about what waits for a person: the review queue and the unidentified list."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db.models import Q, QuerySet

from muniment.kernel.words.names import fold
from muniment.kernel.words.paging import Page
from muniment.rights.works.queries import current_work_ids
from muniment.use.matching.models import ReviewCount, ReviewItem
from muniment.use.matching.queries.runs import UnknownItem
from muniment.use.matching.rules.review import ItemState
from muniment.use.matching.rules.scoring import Band

_NO_LEADS: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A work that equal lines may be of, with the reasons and what each is worth in ppm.

    A record that was merged since is the work it leads to; of two candidates that are one work now the better stays.
    """

    work_id: int
    score_ppm: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """Who has an item open, and until when nobody else may decide about it."""

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ReviewItemRow:
    """Equal lines that wait for a person; `codes` are reported ISWC, ISRC and work code.

    `lease` is the last one given, which may be over.
    """

    id: int
    memory_key: str
    band: Band
    state: ItemState
    title: str
    performer: str
    writers: str
    codes: tuple[str, ...]
    score_ppm: int
    candidates: tuple[CandidateRow, ...]
    line_count: int
    use_count: int
    amount_micro: int | None
    sample_line_id: int
    method: str
    lease: LeaseRow | None

    @property
    def is_check(self) -> bool:
        """Say whether the matcher had settled it by itself and a sample shows it to a person."""
        return self.band is Band.MATCHED

    def lease_of_another(self, name: str, at: datetime) -> LeaseRow | None:
        """Return the lease that keeps this person from deciding, if any."""
        held = self.lease is not None and self.lease.holder != name and self.lease.until > at
        return self.lease if held else None


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which open items are meant: those to decide, or the checks; empty fields ask for nothing.

    Every word of `text` is in title, names or codes; `minimum_ppm` is of the best candidate's probability.
    """

    text: str = ""
    report_id: int | None = None
    checks: bool = False
    minimum_ppm: int = 0
    method: str = ""


def queue(
    *,
    band: Band | None = Band.REVIEW,
    states: Sequence[ItemState] = (ItemState.OPEN,),
    text: str = "",
    report_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[ReviewItemRow]:
    """Return what waits, the most uses times uncertainty first; every word of `text` is in title, names or codes."""
    items = _items(band, states, text, report_id)
    rows = items.order_by("state", "band", "-priority", "id") if len(states) == 1 else items.order_by("-priority", "id")
    return Page(item_rows(rows[offset : offset + limit]), items.count())


def unidentified(
    *, text: str = "", report_id: int | None = None, limit: int = 50, offset: int = 0
) -> Page[ReviewItemRow]:
    """Return the unidentified list: lines without a likely work or whose works were refused, most uses first."""
    items = _unidentified(text, report_id)
    rows = items.order_by("-use_count", "id")[offset : offset + limit]
    return Page(item_rows(rows), items.count())


def iter_unidentified() -> Iterable[ReviewItemRow]:
    """Yield the whole unidentified list, most uses first, for an export."""
    for piece in batched(_unidentified("", None).order_by("-use_count", "id").iterator(2_000), 2_000):
        yield from item_rows(piece)


def _unidentified(text: str, report_id: int | None) -> QuerySet[ReviewItem]:
    items = _items(None, (ItemState.OPEN, ItemState.REJECTED), text, report_id)
    return items.filter(Q(band=Band.UNIDENTIFIED.value) | Q(state=ItemState.REJECTED.value))


def _items(band: Band | None, states: Sequence[ItemState], text: str, report_id: int | None) -> QuerySet[ReviewItem]:
    items = ReviewItem.objects.filter(state__in=[state.value for state in states])
    if band is not None:
        items = items.filter(band=band.value)
    for word in fold(text).split():
        items = items.filter(search_text__contains=word)
    if report_id is not None:
        items = items.filter(pk__in=ReviewCount.objects.filter(report_id=report_id).values("item_id"))
    return items


def list_chosen(chosen: QueueFilter, *, limit: int = 50, offset: int = 0) -> Page[ReviewItemRow]:
    """Return the open items that a filter means, the most uses or money times uncertainty first."""
    items = chosen_items(chosen)
    return Page(item_rows(items.order_by("-priority", "id")[offset : offset + limit]), items.count())


def chosen_items(chosen: QueueFilter) -> QuerySet[ReviewItem]:
    """Return the table's open items that a filter means, for the writes of this package."""
    band = Band.MATCHED if chosen.checks else Band.REVIEW
    items = _items(band, (ItemState.OPEN,), chosen.text, chosen.report_id)
    if chosen.minimum_ppm:
        items = items.filter(score_ppm__gte=chosen.minimum_ppm)
    return items.filter(method=chosen.method) if chosen.method else items


def get_item(item_id: int) -> ReviewItemRow:
    """Return one review item.

    Raises:
        UnknownItem: no such item.
    """
    item = ReviewItem.objects.filter(pk=item_id).first()
    if item is None:
        raise UnknownItem(f"There is no review item {item_id}.", "Look it up in the queue.")
    return item_rows([item])[0]


def item_rows(items: Iterable[ReviewItem]) -> tuple[ReviewItemRow, ...]:
    """Return the frozen rows of items; which works stand for their candidates is asked once for all."""
    found = list(items)
    leads = current_work_ids(_candidate_works(found))
    return tuple(item_row(item, leads) for item in found)


def _candidate_works(items: Iterable[ReviewItem]) -> set[int]:
    return {candidate["work_id"] for item in items for candidate in item.candidates}


def _candidates(item: ReviewItem, leads: Mapping[int, int]) -> Iterator[CandidateRow]:
    met: set[int] = set()
    for found in item.candidates:
        work_id = leads.get(found["work_id"], found["work_id"])
        if work_id not in met:
            met.add(work_id)
            yield CandidateRow(work_id, found["score_ppm"], tuple((why, weight) for why, weight in found["reasons"]))


def item_row(item: ReviewItem, leads: Mapping[int, int] = _NO_LEADS) -> ReviewItemRow:
    """Return the frozen row of an item; `leads` says which work stands for a candidate that was merged."""
    candidates = _candidates(item, leads)
    return ReviewItemRow(
        item.pk,
        item.memory_key,
        Band(item.band),
        ItemState(item.state),
        item.title,
        item.performer,
        item.writers,
        tuple(item.codes),
        item.score_ppm,
        tuple(candidates),
        item.line_count,
        item.use_count,
        item.amount_micro,
        item.sample_line_id,
        item.method,
        None if item.lease_until is None else LeaseRow(item.lease_by, item.lease_until),
    )
