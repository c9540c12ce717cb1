"""A match run computed again: the same lines, index, model, thresholds and decisions must give the same answers."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import MATCHES
from muniment.kernel.words.problems import Progress, silent
from muniment.trust.batches.queries import open_batch
from muniment.use.matching.bulk.match import match_lines
from muniment.use.matching.queries.decisions import decisions_for
from muniment.use.matching.queries.indexes import IndexGone, open_version
from muniment.use.matching.queries.models import open_model
from muniment.use.matching.queries.runs import MatchRunRow, UnknownItem, get_match_run, latest_match
from muniment.use.usages.queries import get_report, open_lines

_SHOWN = 20
_LINE = "line_id"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of one line that a replay answers otherwise: a column of MATCHES, as kept and as answered now."""

    line_id: int
    name: str
    kept: str
    now: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A run, or one line of it, answered again.

    `different_count` of `line_count` lines came out otherwise; `differences` tells of the first of them.
    """

    run: MatchRunRow
    line_count: int
    different_count: int
    differences: tuple[Difference, ...]


def replay_run(run_id: int, progress: Progress = silent) -> Replay:
    """Answer every line of a match run again, with the versions that it noted; `progress` counts distinct lines.

    Raises:
        UnknownItem: there is no such run.
        IndexGone, ModelGone: what it used is not there any more.
        UnknownReport, BrokenBatch: its lines were undone, or are not what was sealed.
    """
    run = get_match_run(run_id)
    kept = open_batch(run.batch_id).cast(MATCHES)
    return _replay(run, kept, open_lines([run.report_id]), progress)


def replay_line(line_id: int) -> Replay:
    """Answer one line of its report's latest run again; what it raises, see `replay_run`.

    Lines that are equal to it come along: they are asked in the words of the first of them.
    """
    run = latest_match(line_id >> 32) if 0 < line_id < 1 << 63 else None
    kept = None if run is None else open_batch(run.batch_id).cast(MATCHES)
    own = None if kept is None else kept.filter(pc.equal(kept.column(_LINE), line_id))
    if run is None or kept is None or own is None or not own.num_rows:
        raise UnknownItem(f"There is no line {line_id} in a report that was matched.", "Open it from its report.")
    equal = kept.filter(pc.equal(kept.column("memory_key"), own.column("memory_key")[0]))
    lines = open_lines([run.report_id])
    asked = lines.filter(pc.is_in(lines.column(_LINE), value_set=equal.column(_LINE)))
    return _replay(run, own, asked, silent)


def _replay(run: MatchRunRow, kept: pa.Table, lines: pa.Table, progress: Progress) -> Replay:
    """Answer `lines` again and compare those that are in `kept`."""
    model = open_model(run.model_version)
    index = open_version(run.index_version)
    if index.digest != run.repertoire_digest:
        raise IndexGone(f"The index of run {run.id} is of another repertoire now.", "See: muniment index check")
    decisions = decisions_for(get_report(run.report_id).source_code, known_at=run.run_at)
    matched = match_lines(lines, index, decisions, run.thresholds, progress, model)
    answered = matched.matches.filter(pc.is_in(matched.matches.column(_LINE), value_set=kept.column(_LINE)))
    before, after = (table.combine_chunks().sort_by(_LINE) for table in (kept, answered))
    if before.num_rows != after.num_rows:
        raise UnknownItem(f"Run {run.id} has other lines than its report.", "Check the books: muniment fsck")
    rows = _differing_rows(before, after)
    shown = pa.array(rows[:_SHOWN], pa.int64())
    pairs = zip(before.take(shown).to_pylist(), after.take(shown).to_pylist(), strict=True)
    told = tuple(
        Difference(one[_LINE], name, str(one[name]), str(other[name]))
        for one, other in pairs
        for name in MATCHES.names
        if one[name] != other[name]
    )
    return Replay(run, before.num_rows, len(rows), told)


def _differing_rows(before: pa.Table, after: pa.Table) -> list[int]:
    """Return the places where two tables of MATCHES differ."""
    alike = pa.array([True] * before.num_rows, pa.bool_())
    for name in MATCHES.names:
        one, other = before.column(name).combine_chunks(), after.column(name).combine_chunks()
        both_null = pc.and_(pc.is_null(one), pc.is_null(other))
        alike = pc.and_(alike, pc.or_(pc.fill_null(pc.equal(one, other), False), both_null))
    return [place for place, is_alike in enumerate(alike.to_pylist()) if not is_alike]
