"""Reads about duplicates: pairs that wait or were decided, one pair side by side, the last searches."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import party_hits
from muniment.rights.works.queries import work_hits
from muniment.use.duplicates.models import DuplicatePair, DuplicateSearch
from muniment.use.duplicates.rules import PairKind, PairState


class UnknownPair(UserError):
    """No pair has this number, or it is not in the state that is asked for."""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One of the two records of a pair: its id, code, title or name, and who made it or what it is."""

    id: int
    code: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two records that may be one; `reasons` are in thousandths of log-odds, `kept_id` is set once they are merged."""

    id: int
    kind: PairKind
    first: RecordRow
    second: RecordRow
    state: PairState
    is_hidden: bool
    score_ppm: int
    reasons: tuple[tuple[str, int], ...]
    found_at: datetime
    intake_id: int | None
    merge_id: int | None
    kept_id: int | None
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class SearchRow:
    """One search: `new_count` pairs had not been known before, `pair_count` wait in all of what it found."""

    id: int
    kind: PairKind
    intake_id: int | None
    asked_count: int
    pair_count: int
    new_count: int
    searched_at: datetime
    searched_by: str


def list_pairs(
    kind: PairKind,
    *,
    state: PairState = PairState.OPEN,
    intake_id: int | None = None,
    record_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[PairRow]:
    """Return pairs of a state, the likeliest first: of all, of one intake's records, or of one record."""
    found = DuplicatePair.objects.filter(kind=kind.value, state=state.value, is_hidden=False)
    if intake_id is not None:
        found = found.filter(intake_id=intake_id)
    if record_id is not None:
        found = found.filter(first_id=record_id) | found.filter(second_id=record_id)
    rows = found.order_by("-score_ppm", "id")[offset : offset + limit]
    return Page(_rows(rows), found.count())


def get_pair(pair_id: int) -> PairRow:
    """Return one pair.

    Raises:
        UnknownPair: there is none of this number.
    """
    for row in _rows(DuplicatePair.objects.filter(pk=pair_id)):
        return row
    raise UnknownPair(f"There is no pair {pair_id}.", "Open the list of likely duplicates.")


def pair_of_merge(kind: PairKind, merge_id: int) -> int | None:
    """Return the pair that a merge settled, where it came from one."""
    found = DuplicatePair.objects.filter(kind=kind.value, merge_id=merge_id)
    return found.values_list("pk", flat=True).first()


def last_search(kind: PairKind, intake_id: int | None = None) -> SearchRow | None:
    """Return the last search over everything, or over what one intake brought; None where there was none."""
    rows = DuplicateSearch.objects.filter(kind=kind.value).order_by("-pk")
    row = (rows.filter(intake__isnull=True) if intake_id is None else rows.filter(intake_id=intake_id)).first()
    return None if row is None else search_row(row)


def search_row(row: DuplicateSearch) -> SearchRow:
    """Return the frozen row of a search."""
    return SearchRow(
        row.pk,
        PairKind(row.kind),
        row.intake_id,
        row.asked_count,
        row.pair_count,
        row.new_count,
        row.searched_at,
        row.searched_by,
    )


def _rows(pairs: Iterable[DuplicatePair]) -> tuple[PairRow, ...]:
    found = list(pairs)
    records: dict[tuple[PairKind, int], RecordRow] = {}
    for kind in PairKind:
        ids = {pk for pair in found if pair.kind == kind for pk in (pair.first_id, pair.second_id)}
        records |= {(kind, pk): row for pk, row in _records(kind, ids).items()}
    return tuple(_row(pair, records) for pair in found)


def _records(kind: PairKind, ids: set[int]) -> dict[int, RecordRow]:
    if kind is PairKind.WORK:
        return {
            hit.id: RecordRow(hit.id, hit.code, hit.title, ", ".join(hit.writers or hit.performers))
            for hit in work_hits(ids).values()
        }
    return {hit.id: RecordRow(hit.id, hit.code, hit.name, hit.kind.value) for hit in party_hits(ids).values()}


def _row(pair: DuplicatePair, records: dict[tuple[PairKind, int], RecordRow]) -> PairRow:
    kind = PairKind(pair.kind)

    def record(record_id: int) -> RecordRow:
        return records.get((kind, record_id), RecordRow(record_id, "", "", ""))

    return PairRow(
        pair.pk,
        kind,
        record(pair.first_id),
        record(pair.second_id),
        PairState(pair.state),
        pair.is_hidden,
        pair.score_ppm,
        tuple((str(why), int(weight)) for why, weight in pair.reasons),
        pair.found_at,
        pair.intake_id,
        pair.merge_id,
        pair.kept_id,
        pair.decided_by,
        pair.decided_at,
    )
