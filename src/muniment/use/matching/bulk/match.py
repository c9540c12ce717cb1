"""Matching a report: usage lines, an index, decisions and thresholds in; matches and candidates out.

Equal lines are asked once. What people decided comes first, the matcher answers the rest; what a person said no to is
no candidate. Pure, and the same every time.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import MATCHES
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.bulk.lines import DistinctLines, collapse
from muniment.use.matching.bulk.matcher import ANSWERS, BANDS, METHODS, QUERIES, Found, Matcher, methods
from muniment.use.matching.bulk.room import PLACES
from muniment.use.matching.rules.scoring import SURE_PPM, TABLES, Band, Model, Thresholds

DECISIONS = pa.schema(
    [
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("is_work", pa.bool_(), nullable=False),  # false: not this work
        pa.field("rank", pa.int32(), nullable=False),  # 0 for this source, 1 for every source
    ]
)
"""What people decided, as the matcher reads it: of two rules for one line the lower rank holds."""

CANDIDATES = pa.schema(
    [
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("place", pa.int32(), nullable=False),  # from 1, the best first
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("score_ppm", pa.int32(), nullable=False),
        pa.field("reasons", pa.string(), nullable=False),
    ]
)
"""The best few works for each distinct line that no decision settled."""

TOLD_QUERIES = pa.schema(
    [
        *QUERIES,
        pa.field("said_work_ids", pa.list_(pa.int64())),  # null: nobody said anything
        pa.field("said_is_work", pa.list_(pa.bool_())),
    ]
)
"""QUERIES with what people said of each line: works, and whether they are the work meant; the first to speak holds."""

DECIDED = "decision"
"""The method of a line whose work a person named."""

_BEHIND = "a likelier candidate stands before it"
_DECIDED = '[["a person decided",1000000]]'
_LINES_AT_ONCE = 20_000
_MOST_TOLD = 100_000


@dataclass(frozen=True, slots=True)
class Matched:
    """What the matcher answers: MATCHES, one row a line; CANDIDATES; how many lines differ."""

    matches: pa.Table
    candidates: pa.Table
    distinct_count: int


@dataclass(frozen=True, slots=True)
class _Decided:
    """What people said of the distinct lines: the work of each (-1: none), and the refused works as (starts, works)."""

    works: Any
    refused: tuple[Any, Any]


def match_lines(
    lines: pa.Table,
    index: AnyIndex,
    decisions: pa.Table,
    thresholds: Thresholds,
    progress: Progress = silent,
    model: Model | None = None,
) -> Matched:
    """Match a table of USAGE_LINES: `decisions` as DECISIONS, `progress` in distinct lines."""
    distinct = collapse(lines)
    decided = _decisions_of(distinct, decisions, index)
    matcher = Matcher(index, model, thresholds)
    found = _find(distinct, matcher, decided, progress)
    return Matched(
        _matches(lines, distinct, matcher, found, decided), _candidates(distinct, matcher, found), len(distinct)
    )


def _find(distinct: DistinctLines, matcher: Matcher, decided: _Decided, progress: Progress) -> Found:
    queries = _queries(distinct)
    parts = []
    starts, works = decided.refused
    for first in range(0, max(len(distinct), 1), _LINES_AT_ONCE):
        progress(first, len(distinct))
        piece = queries.slice(first, _LINES_AT_ONCE)
        own = starts[first : first + piece.num_rows + 1]
        parts.append(matcher.find(piece, (own, works)))
    progress(len(distinct), len(distinct))
    columns = zip(*((part.count, part.work, part.score_ppm, part.evidence) for part in parts), strict=True)
    found = Found(*(np.concatenate(column) for column in columns))
    found.count[decided.works >= 0] = 0
    return found


def _queries(distinct: DistinctLines) -> pa.RecordBatch:
    columns = (
        np.arange(len(distinct)),
        distinct.titles,
        distinct.performers,
        distinct.writers,
        distinct.isrcs,
        distinct.iswcs,
        distinct.source_ids,
    )
    arrays = [pa.array(column, field.type) for column, field in zip(columns, QUERIES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=QUERIES)


def _decisions_of(distinct: DistinctLines, decisions: pa.Table, index: AnyIndex) -> _Decided:
    """Return what people said of each line.

    A decision for this source outranks one for every source; one about a work that is gone says nothing.
    """
    wanted = decisions.filter(pc.is_in(decisions.column("memory_key"), value_set=pa.array(distinct.keys, pa.string())))
    wanted = wanted.sort_by([("rank", "ascending"), ("memory_key", "ascending"), ("work_id", "ascending")])
    number_of = {key: number for number, key in enumerate(distinct.keys)}
    keys, works, is_work = (wanted.column(name).to_pylist() for name in ("memory_key", "work_id", "is_work"))
    said = zip((number_of[key] for key in keys), works, is_work, strict=True)
    return _decided_by(len(distinct), said, index)


def _decided_by(count: int, decisions: Iterable[tuple[int, int, bool]], index: AnyIndex) -> _Decided:
    """Return what people said of `count` lines, from (line, work id, is it the work); the first to speak holds."""
    works = np.full(count, -1, dtype=np.int64)
    said: dict[tuple[int, int], bool] = {}
    for line, work_id, is_work in decisions:
        work = int(np.searchsorted(index.work_ids, work_id))
        if work == len(index.work_ids) or index.work_ids[work] != work_id:
            continue
        if said.setdefault((line, work), is_work) and works[line] < 0:
            works[line] = work
    refused = sorted(pair for pair, is_work in said.items() if not is_work)
    starts = np.searchsorted(np.array([line for line, _ in refused], dtype=np.int64), np.arange(count + 1))
    return _Decided(works, (starts, np.array([work for _, work in refused] or [0], dtype=np.int64)))


def answer_told(matcher: Matcher, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return ANSWERS for a batch of TOLD_QUERIES: what people said holds as `match_lines` lets it hold."""
    told = zip(*(batch.column(name).to_pylist() for name in TOLD_QUERIES.names[-2:]), strict=True)
    said = (
        (line, work_id, bool(is_work))
        for line, (work_ids, are_works) in enumerate(told)
        for work_id, is_work in zip(work_ids or (), are_works or (), strict=True)
    )
    decided = _decided_by(batch.num_rows, said, matcher.index)
    found = matcher.find(batch.select(QUERIES.names), decided.refused)
    found.count[decided.works >= 0] = 0
    answers = matcher.answers(batch.column("line_id"), found)
    by_person = pa.array(decided.works >= 0)
    settled = {
        "band": Band.MATCHED.value,
        "method": DECIDED,
        "candidate_work_id": pa.array(matcher.ids_of(decided.works), pa.int64()),
        "score_ppm": pa.scalar(SURE_PPM, pa.int32()),
    }
    columns = [
        pc.if_else(by_person, settled[name], answers.column(name)) if name in settled else answers.column(name)
        for name in ANSWERS.names
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ANSWERS)


def _matches(lines: pa.Table, distinct: DistinctLines, matcher: Matcher, found: Found, decided: _Decided) -> pa.Table:
    """Return MATCHES: the answers of the distinct lines, given to every line."""
    by_person = decided.works >= 0
    band, none, alone = matcher.bands(found), found.count == 0, found.count < 2
    matched = BANDS.index(Band.MATCHED)
    band[by_person] = matched
    best = np.where(by_person, decided.works, found.work[:, 0])
    ids, second = matcher.ids_of(best), matcher.ids_of(found.work[:, 1])
    reasons = _reasons_of(matcher, found.evidence[:, 0, :])
    method = np.array(METHODS, dtype=object)[methods(found, band)]
    nobody = none & ~by_person
    of_distinct = {
        "work_id": pa.array(ids, pa.int64(), mask=band != matched),
        "band": np.array(BANDS, dtype=object)[band],
        "method": np.where(by_person, DECIDED, method),
        "score_ppm": np.where(by_person, SURE_PPM, np.where(none, 0, found.score_ppm[:, 0])),
        "reasons": np.where(by_person, _DECIDED, np.where(nobody, "[]", reasons)),
        "memory_key": distinct.keys,
        "candidate_work_id": pa.array(ids, pa.int64(), mask=nobody),
        "runner_up_work_id": pa.array(second, pa.int64(), mask=alone | by_person),
        "runner_up_score_ppm": pa.array(found.score_ppm[:, 1], pa.int32(), mask=alone | by_person),
    }
    at = pa.array(distinct.of_line)
    arrays = [lines.column("line_id")]
    arrays += [pa.array(of_distinct[field.name], field.type).take(at) for field in list(MATCHES)[1:]]
    return pa.Table.from_arrays(arrays, schema=MATCHES)


def _candidates(distinct: DistinctLines, matcher: Matcher, found: Found) -> pa.Table:
    """Return CANDIDATES; the reasons of each sum to the log-odds of its score."""
    every = np.arange(PLACES)[None, :] < found.count[:, None]
    line, place = np.nonzero(every)
    keys = pa.array(distinct.keys, pa.string()).take(pa.array(line))
    arrays = [
        keys,
        pa.array(place + 1, pa.int32()),
        pa.array(matcher.ids_of(found.work[every]), pa.int64()),
        pa.array(found.score_ppm[every], pa.int32()),
        pa.array(_reasons_of(matcher, found.evidence[every], _behind(matcher, found)[every]), pa.string()),
    ]
    return pa.Table.from_arrays(arrays, schema=CANDIDATES)


def _behind(matcher: Matcher, found: Found) -> Any:
    """Return by how much, in thousandths of log-odds, each candidate is shown less likely than its reasons sum to."""
    own = matcher.log_odds_milli(found.evidence)
    return own - np.minimum.accumulate(own, axis=1)


def _reasons_of(matcher: Matcher, evidence: Any, behind: Any = None) -> Any:
    """Return the reasons of each row of evidence as JSON; each distinct row is written once."""
    if not len(evidence):
        return np.array([], dtype=object)
    less = np.zeros(len(evidence), dtype=np.int64) if behind is None else behind.astype(np.int64)
    _, alike = np.unique(_in_one_number(evidence), return_inverse=True)
    _, first, inverse = np.unique(alike * (less.max() + 1) + less, return_index=True, return_inverse=True)
    known = _told_by(matcher.model)
    if len(known) > _MOST_TOLD:
        known.clear()
    told = []
    for *row, by in np.column_stack((evidence[first], less[first])).tolist():
        key = (tuple(row), by)
        if key not in known:
            known[key] = _reasons(matcher.model, *key)
        told.append(known[key])
    return np.array(told, dtype=object)[inverse.reshape(-1)]


def _in_one_number(evidence: Any) -> Any:
    """Return a number for each row of evidence that no other row has: there are some 10^12 of them."""
    numbers = np.zeros(len(evidence), dtype=np.int64)
    for at, rows in enumerate(TABLES):
        numbers = numbers * len(rows) + evidence[:, at]
    return numbers


@lru_cache(maxsize=4)
def _told_by(model: Model) -> dict[tuple[tuple[int, ...], int], str]:  # noqa: ARG001 - what it is cached by
    """Return what was written for a model so far; it is filled by `_reasons_of`."""
    return {}


def _reasons(model: Model, evidence: tuple[int, ...], behind: int) -> str:
    rows = [list(row) for row in model.reasons(evidence)]
    rows += [[_BEHIND, -behind]] if behind else []
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
