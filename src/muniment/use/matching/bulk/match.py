"""The matcher: lines, an index, decisions and thresholds in; matches and candidates out. Pure, and the same every time.

A distinct line goes through: what people decided; codes, checked against the title; equal titles with a name; similar
titles and names; at last other readings of the line. It leaves at the first step that settles it.
"""

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import MATCHES
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.evidence import Pairs, Query, concat_pairs, find_pairs, no_pairs
from muniment.use.matching.bulk.lines import DistinctLines, collapse
from muniment.use.matching.bulk.postings import Ints
from muniment.use.matching.bulk.repertoire import RepertoireIndex
from muniment.use.matching.rules.forms import Reading, readings_of
from muniment.use.matching.rules.scoring import SURE_PPM, Band, Evidence, Thresholds, band, method_of, score

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

_DECIDED = '[["a person decided",1000000]]'
_PLACES = 5
_QUERIES_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Matched:
    """What the matcher answers: MATCHES, one row a line; CANDIDATES; the first line of each distinct line."""

    matches: pa.Table
    candidates: pa.Table
    distinct_count: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer for one distinct line; works are positions in the index."""

    work: int | None = None
    band: Band = Band.UNIDENTIFIED
    method: str = "none"
    score_ppm: int = 0
    reasons: str = "[]"
    runner_up: int | None = None
    runner_up_ppm: int | None = None


def match_lines(
    lines: pa.Table,
    index: RepertoireIndex,
    decisions: pa.Table,
    thresholds: Thresholds,
    progress: Progress = silent,
) -> Matched:
    """Match a table of USAGE_LINES: `decisions` as DECISIONS, `progress` in distinct lines."""
    distinct = collapse(lines)
    answers, refused = _decided(distinct, decisions, index)
    undecided = np.array([number for number in range(len(distinct)) if number not in answers], dtype=np.int64)
    settled: list[Pairs] = []
    for start in range(0, len(undecided), _QUERIES_AT_ONCE):
        progress(len(distinct) - len(undecided) + start, len(distinct))
        settled.append(_settle(distinct, undecided[start : start + _QUERIES_AT_ONCE], index, thresholds, refused))
    pairs = _ranked(concat_pairs(settled))
    answers |= _answers(pairs, thresholds)
    progress(len(distinct), len(distinct))
    return Matched(_matches(lines, distinct, index, answers), _candidates(distinct, index, pairs), len(distinct))


def _decided(distinct: DistinctLines, decisions: pa.Table, index: RepertoireIndex) -> tuple[dict[int, _Answer], Ints]:
    """Return the answers that people gave, and each refused (distinct line << 32 | work), ascending.

    A decision for this source outranks one for every source; one about a work that is gone says nothing.
    """
    wanted = decisions.filter(pc.is_in(decisions.column("memory_key"), value_set=pa.array(distinct.keys, pa.string())))
    wanted = wanted.sort_by([("rank", "ascending"), ("memory_key", "ascending"), ("work_id", "ascending")])
    number_of = {key: number for number, key in enumerate(distinct.keys)}
    answers: dict[int, _Answer] = {}
    said: dict[tuple[int, int], bool] = {}
    columns = [wanted.column(name).to_pylist() for name in ("memory_key", "work_id", "is_work")]
    for key, work_id, is_work in zip(*columns, strict=True):
        line = number_of[key]
        work = int(np.searchsorted(index.work_ids, work_id))
        if work == len(index.work_ids) or index.work_ids[work] != work_id:
            continue
        if said.setdefault((line, work), is_work) and line not in answers:
            answers[line] = _Answer(work, Band.MATCHED, "decision", SURE_PPM, _DECIDED)
    refused = sorted(line << 32 | work for (line, work), is_work in said.items() if not is_work)
    return answers, np.array(refused, dtype=np.int64)


def _settle(
    distinct: DistinctLines, lines: Ints, index: RepertoireIndex, thresholds: Thresholds, refused: Ints
) -> Pairs:
    """Return the best candidates of some distinct lines, by ever wider search; a line leaves once it is matched."""
    settled: list[Pairs] = []
    kept = no_pairs()
    for fuzzy, other_readings in ((False, False), (True, False), (True, True)):
        queries = [query for line in lines for query in _queries(distinct, int(line), other_readings)]
        found = _ranked(concat_pairs([kept, _allowed(find_pairs(queries, index, fuzzy=fuzzy), refused)]))
        answers = _answers(found, thresholds)
        done = np.array([line for line, answer in answers.items() if answer.band is Band.MATCHED], dtype=np.int64)
        finished = np.isin(found.line, done)
        settled.append(found.take(np.flatnonzero(finished)))
        kept = found.take(np.flatnonzero(~finished))
        lines = np.setdiff1d(lines, done)
    return concat_pairs([*settled, kept])


def _queries(distinct: DistinctLines, line: int, other_readings: bool) -> list[Query]:
    codes = (distinct.source_ids[line], distinct.iswcs[line], distinct.isrcs[line])
    readings = readings_of(distinct.titles[line], distinct.performers[line])
    return [
        Query(line, read, distinct.writers[line], codes)
        for read in readings
        if (read.reading is not Reading.AS_REPORTED) == other_readings
    ]


def _allowed(pairs: Pairs, refused: Ints) -> Pairs:
    """Return the pairs without those that a person said no to."""
    return pairs.take(np.flatnonzero(~np.isin(pairs.line << 32 | pairs.work, refused)))


def _ranked(pairs: Pairs) -> Pairs:
    """Return the best few works of each line: by line, then (score, work id), each work once with its best reading."""
    reading = pairs.evidence[:, 4]
    order = np.lexsort((reading, -pairs.score_ppm, pairs.work, pairs.line))
    pairs = pairs.take(order)
    again = (pairs.line[1:] == pairs.line[:-1]) & (pairs.work[1:] == pairs.work[:-1])
    pairs = pairs.take(np.flatnonzero(np.concatenate(([True], ~again)))) if len(order) else pairs
    pairs = pairs.take(np.lexsort((pairs.work, -pairs.score_ppm, pairs.line)))
    place = np.arange(len(pairs.line)) - np.searchsorted(pairs.line, pairs.line)
    return pairs.take(np.flatnonzero(place < _PLACES))


def _answers(pairs: Pairs, thresholds: Thresholds) -> dict[int, _Answer]:
    """Return the answer for each line that has a candidate; `pairs` are ranked."""
    starts: list[int] = np.flatnonzero(np.diff(pairs.line, prepend=-1)).tolist()
    ends = [*starts[1:], len(pairs.line)]
    return {
        int(pairs.line[first]): _answer(pairs, first, first + 1 if end - first > 1 else None, thresholds)
        for first, end in zip(starts, ends[: len(starts)], strict=True)
    }


def _answer(pairs: Pairs, first: int, second: int | None, thresholds: Thresholds) -> _Answer:
    seen = Evidence(*pairs.evidence[first].tolist())
    points = int(pairs.score_ppm[first])
    runner_up_ppm = None if second is None else int(pairs.score_ppm[second])
    return _Answer(
        int(pairs.work[first]),
        band(seen, points, runner_up_ppm, title_works=int(pairs.title_works[first]), at=thresholds),
        method_of(seen),
        points,
        _reasons(seen),
        None if second is None else int(pairs.work[second]),
        runner_up_ppm,
    )


def _reasons(evidence: Evidence) -> str:
    return json.dumps([list(row) for row in score(evidence).reasons], ensure_ascii=False, separators=(",", ":"))


def _matches(lines: pa.Table, distinct: DistinctLines, index: RepertoireIndex, answers: dict[int, _Answer]) -> pa.Table:
    """Return MATCHES: the answers of the distinct lines, given to every line."""
    rows = [answers.get(number, _Answer()) for number in range(len(distinct))]

    def id_of(work: int | None) -> int | None:
        return None if work is None else int(index.work_ids[work])

    of_distinct = {
        "work_id": [id_of(row.work) if row.band is Band.MATCHED else None for row in rows],
        "band": [row.band.value for row in rows],
        "method": ["none" if row.band is Band.UNIDENTIFIED else row.method for row in rows],
        "score_ppm": [row.score_ppm for row in rows],
        "reasons": [row.reasons for row in rows],
        "memory_key": distinct.keys,
        "candidate_work_id": [id_of(row.work) for row in rows],
        "runner_up_work_id": [id_of(row.runner_up) for row in rows],
        "runner_up_score_ppm": [row.runner_up_ppm for row in rows],
    }
    at = pa.array(distinct.of_line)
    arrays = [lines.column("line_id")]
    arrays += [pa.array(of_distinct[field.name], field.type).take(at) for field in list(MATCHES)[1:]]
    return pa.Table.from_arrays(arrays, schema=MATCHES)


def _candidates(distinct: DistinctLines, index: RepertoireIndex, pairs: Pairs) -> pa.Table:
    """Return CANDIDATES of ranked pairs."""
    place = np.arange(len(pairs.line)) - np.searchsorted(pairs.line, pairs.line) + 1
    keys = pa.array(distinct.keys, pa.string()).take(pa.array(pairs.line))
    reasons = [_reasons(Evidence(*row)) for row in pairs.evidence.tolist()]
    arrays = [
        keys,
        pa.array(place, pa.int32()),
        pa.array(index.work_ids[pairs.work], pa.int64()),
        pa.array(pairs.score_ppm, pa.int32()),
        pa.array(reasons, pa.string()),
    ]
    return pa.Table.from_arrays(arrays, schema=CANDIDATES)
