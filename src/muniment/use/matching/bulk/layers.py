"""A large index and a small one beside it, answered as one: what changed since the large one was built.

The base keeps works that hold no more (changed, merged, removed); they are gone, and never an answer. The delta has
the works that are new or changed. Each layer is asked, and the best of both are put in one order by the same scores.
How often a title was recorded is counted over both; how many works have it, each layer says of its own works alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import REPERTOIRE_RECORDINGS
from muniment.kernel.words.digests import digest_bytes, digest_value
from muniment.use.matching.bulk.bundle import Bundle
from muniment.use.matching.bulk.evidence import ALONE, margin_row
from muniment.use.matching.bulk.index import RepertoireIndex
from muniment.use.matching.bulk.lookup import (
    DATA,
    FACTS,
    ITEMS,
    STARTS,
    TITLE_BITS,
    TITLE_WEIGHTS,
    TITLES_TEXTS,
    WORDS_READ,
    WORK_PERFORMERS,
    WORK_TITLES,
    find,
)
from muniment.use.matching.bulk.parse import hash_bytes
from muniment.use.matching.bulk.room import MARGIN, PLACES
from muniment.use.matching.bulk.texts import Longs

_margin_row: Callable[[int, int], int] = margin_row.py_func
_NO_SCORE = -(1 << 60)
_FEW_ATTEMPTS = 3
_ROWS_AT_ONCE = 200

type Refused = tuple[Any, Any]
"""(starts, work numbers): the works that are no answer, for each line."""


class Answers(NamedTuple):
    """What the compiled loop returns: the best few works of each line, their scores and their evidence."""

    count: Any
    work: Any
    score: Any
    evidence: Any


@dataclass(frozen=True, slots=True)
class LayeredIndex:
    """A base and a delta; `work_ids` ascend over the works of both that hold, and a work's number is its place there.

    `of_base` and `of_delta` give for each number of a layer the number here (-1: gone); `in_base` and `in_delta` the
    other way round (-1: not in that layer).
    """

    base: RepertoireIndex
    delta: RepertoireIndex
    work_ids: Longs
    of_base: Longs
    of_delta: Longs
    in_base: Longs
    in_delta: Longs
    version: str
    digest: str  # of the repertoire

    @property
    def gone(self) -> Longs:
        """Return the base's numbers of the works that hold no more."""
        return np.flatnonzero(self.of_base < 0)


type AnyIndex = RepertoireIndex | LayeredIndex


def layer(base: RepertoireIndex, delta: RepertoireIndex, gone_ids: Any) -> LayeredIndex:
    """Put a delta beside a base, of which the works `gone_ids` hold no more; at least one work must hold."""
    gone = np.isin(base.work_ids, gone_ids)
    version = _version(base, delta, gone_ids)
    base, delta = _counted_together(base, delta, np.flatnonzero(gone))
    work_ids = np.union1d(base.work_ids[~gone], delta.work_ids).astype(np.int64)
    of_base = np.where(gone, -1, np.searchsorted(work_ids, base.work_ids)).astype(np.int64)
    of_delta = np.searchsorted(work_ids, delta.work_ids).astype(np.int64)
    in_base, in_delta = _turned(of_base, len(work_ids)), _turned(of_delta, len(work_ids))
    return LayeredIndex(base, delta, work_ids, of_base, of_delta, in_base, in_delta, version, delta.digest)


def _version(base: RepertoireIndex, delta: RepertoireIndex, gone_ids: Any) -> str:
    said = np.sort(np.asarray(gone_ids, dtype="<i8")).tobytes()
    return digest_value([base.version, delta.version, digest_bytes(said)])


def _counted_together(
    base: RepertoireIndex, delta: RepertoireIndex, gone: Longs
) -> tuple[RepertoireIndex, RepertoireIndex]:
    """Return both layers with what holds of their titles in both: how often each was recorded, by works that hold.

    A title of the delta that the base has is as rare as the base says. The columns on disk stay as they are.
    """
    weights, own = base.columns[TITLE_WEIGHTS].astype(np.int64), delta.columns[TITLE_WEIGHTS].astype(np.int64)
    recorded = np.diff(base.columns[WORK_PERFORMERS].astype(np.int64)) + 1
    starts, titles = base.columns[WORK_TITLES], base.columns[WORK_TITLES + ITEMS]
    for work in gone.tolist():
        np.subtract.at(weights, titles[starts[work] : starts[work + 1]], recorded[work])
    texts = delta.columns[TITLES_TEXTS + DATA], delta.columns[TITLES_TEXTS + STARTS]
    places = _places_of(base.columns.address, *texts)
    known = np.flatnonzero(places >= 0)
    total = weights[places[known]] + own[known]
    weights[places[known]] = own[known] = total
    bits = delta.columns[TITLE_BITS].copy()
    bits[known] = base.columns[TITLE_BITS][places[known]]
    facts = base.columns[FACTS].copy()
    facts[WORDS_READ] = delta.columns[FACTS][WORDS_READ]
    return _with(base, {TITLE_WEIGHTS: weights}), _with(delta, {TITLE_WEIGHTS: own, TITLE_BITS: bits, FACTS: facts})


def _with(index: RepertoireIndex, changed: dict[int, Any]) -> RepertoireIndex:
    """Return the index with other columns in some slots, of the types that these have."""
    columns = {slot: index.columns[slot] for slot in range(len(index.columns))}
    for slot, array in changed.items():
        kind = columns[slot].dtype
        columns[slot] = np.clip(array, 0, np.iinfo(kind).max).astype(kind)
    return replace(index, columns=Bundle(columns))


@njit(cache=True, nogil=True)
def _places_of(columns, data, starts):  # type: ignore[no-untyped-def]
    """Return the number that each text has among the titles of an index, or -1."""
    places = np.empty(len(starts) - 1, np.int64)
    for number in range(len(places)):
        first, last = starts[number], starts[number + 1]
        places[number] = find(columns, TITLES_TEXTS, hash_bytes(data, first, last), data, first, last)
    return places


def _turned(numbers: Longs, count: int) -> Longs:
    turned = np.full(count, -1, dtype=np.int64)
    held = np.flatnonzero(numbers >= 0)
    turned[numbers[held]] = held
    return turned


def ask_layers(
    index: LayeredIndex, ask: Callable[[RepertoireIndex, Any, Refused], Answers], refused: Refused
) -> Answers:
    """Ask both layers and return the best few works of each line, numbered as `index` numbers them.

    `ask(layer, rows, refused)` asks one layer; `rows` are numbers of lines, or None for all.
    """
    starts, works = refused
    base = _without_gone(index, ask, (starts, index.in_base[works]))
    delta = ask(index.delta, None, (starts, index.in_delta[works]))
    return _merged(index, base, delta)


def _without_gone(index: LayeredIndex, ask: Callable[..., Answers], refused: Refused) -> Answers:
    """Ask the base; lines that a gone work answers are asked again without it, at last without any that is gone."""
    found = ask(index.base, None, refused)
    starts, works = refused
    no_more: dict[int, Any] = {}
    for attempt in range(_FEW_ATTEMPTS + 1):
        there = np.arange(PLACES)[None, :] < found.count[:, None]
        stale = there & (index.of_base[found.work] < 0)
        rows = np.flatnonzero(stale.any(axis=1))
        for row in rows.tolist():
            before = no_more.get(row, works[starts[row] : starts[row + 1]])
            more = found.work[row][stale[row]] if attempt < _FEW_ATTEMPTS else index.gone
            no_more[row] = np.concatenate((before, more))
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            piece = rows[first : first + _ROWS_AT_ONCE]
            lists = [no_more.pop(row) if attempt == _FEW_ATTEMPTS else no_more[row] for row in piece.tolist()]
            own = np.concatenate(([0], np.cumsum([len(one) for one in lists]))).astype(np.int64)
            for column, fresh in zip(found, ask(index.base, piece, (own, np.concatenate(lists))), strict=True):
                column[piece] = fresh
    return found


def _merged(index: LayeredIndex, base: Answers, delta: Answers) -> Answers:
    """Put the answers of both layers in one order, by (score, work number)."""
    layers = ((base, index.of_base), (delta, index.of_delta))
    there = [np.arange(PLACES)[None, :] < found.count[:, None] for found, _ in layers]
    work = np.concatenate([_numbered(found, numbers) for found, numbers in layers], axis=1)
    score = np.where(np.concatenate(there, axis=1), np.concatenate([base.score, delta.score], axis=1), _NO_SCORE)
    order = np.lexsort((work, -score), axis=1)[:, :PLACES]
    count = np.minimum(base.count + delta.count, PLACES)
    score = np.take_along_axis(score, order, axis=1)
    evidence = np.concatenate([base.evidence, delta.evidence], axis=1)
    evidence = np.take_along_axis(evidence, order[:, :, None], axis=1)
    several = count > 1
    leads = [_margin_row(*pair) for pair in score[several, :2].tolist()]
    evidence[count == 1, 0, MARGIN] = ALONE
    evidence[several, 0, MARGIN] = leads
    evidence[several, 1:, MARGIN] = np.where(np.arange(1, PLACES)[None, :] < count[several, None], _margin_row(0, 0), 0)
    return Answers(count, np.take_along_axis(work, order, axis=1), score, evidence)


def _numbered(found: Answers, numbers: Longs) -> Any:
    """Return the works as the layered index numbers them; places that nobody fills are 0."""
    there = np.arange(PLACES)[None, :] < found.count[:, None]
    return np.where(there, numbers[found.work] if len(numbers) else 0, 0)


WORK_DIGESTS = pa.schema(
    [pa.field("work_id", pa.int64(), nullable=False), pa.field("digest", pa.string(), nullable=False)]
)
"""What the repertoire said of each work when an index was built: the SHA-256 of its rows."""

_DIGESTS = """
    WITH told AS (
        SELECT work_id, 't' || length(title) || ':' || title AS said FROM titles
        UNION ALL
        SELECT work_id, 'n' || length(name) || ':' || name || length(role) || ':' || role FROM names
        UNION ALL
        SELECT work_id, 'c' || length(kind) || ':' || kind || length(code) || ':' || code
                            || length(title) || ':' || title FROM codes
        UNION ALL
        SELECT work_id, 'r' || length(title) || ':' || title || length(performer) || ':' || performer FROM recordings
    )
    SELECT work_id, sha256(string_agg(said, '' ORDER BY said)) AS digest FROM told GROUP BY work_id ORDER BY work_id
"""


def work_digests(titles: pa.Table, names: pa.Table, codes: pa.Table, recordings: pa.Table | None = None) -> pa.Table:
    """Return WORK_DIGESTS of tables of REPERTOIRE_TITLES, _NAMES, _CODES and _RECORDINGS (None: none are known)."""
    recordings = REPERTOIRE_RECORDINGS.empty_table() if recordings is None else recordings
    return query(_DIGESTS, titles=titles, names=names, codes=codes, recordings=recordings).cast(WORK_DIGESTS)


@dataclass(frozen=True, slots=True)
class Changes:
    """Works that a base has and that hold no more as they are there, and works that it has not, or not so."""

    gone: Longs
    fresh: Longs


def compare(before: pa.Table, after: pa.Table) -> Changes:
    """Return what changed between two tables of WORK_DIGESTS; a changed work is in both lists."""
    text = "SELECT work_id FROM {} ANTI JOIN {} USING (work_id, digest) ORDER BY work_id"
    gone, fresh = (
        query(text.format(*names), before=before, after=after).column("work_id").to_numpy()
        for names in (("before", "after"), ("after", "before"))
    )
    return Changes(gone, fresh)
