"""Reads that explain how one line was matched: why this work, why not the next, by which model and repertoire."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from muniment.kernel.columns.tables import read_table
from muniment.trust.batches.queries import get_batch
from muniment.use.matching.models import MatchDecision, MatchRun, ReviewItem
from muniment.use.matching.queries.decisions import DecisionRow, decision_row
from muniment.use.matching.queries.queue import CandidateRow
from muniment.use.matching.queries.runs import MatchRunRow, UnknownItem, latest_match
from muniment.use.matching.rules.explanation import Separation, Step, separations, waterfall
from muniment.use.matching.rules.scoring import Band
from muniment.use.usages.queries import UnknownReport, get_report


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the latest run matched a line. The works are as the matcher saw them; `best` is the work if the band matched.

    `decision` is the one that holds now for lines like this, whether or not the run knew it; `item_id` is where people
    decide about them.
    """

    line_id: int
    run: MatchRunRow
    band: Band
    method: str
    best: CandidateRow | None
    second: CandidateRow | None
    steps: tuple[Step, ...]
    apart: tuple[Separation, ...]
    decision: DecisionRow | None
    item_id: int | None


def explain_line(line_id: int) -> Explanation:
    """Return why a line was matched as it was; the batches are not checked against their seals.

    Raises:
        UnknownItem: there is no such line, or its report was never matched.
    """
    run = latest_match(line_id >> 32) if 0 < line_id < 1 << 63 else None
    row = None if run is None else _row(_batch(run.batch_id), "line_id", line_id)
    if run is None or row is None:
        raise UnknownItem(f"There is no line {line_id} in a report that was matched.", "Open it from its report.")
    key = str(row["memory_key"])
    best = _candidate(row, "candidate_work_id", "score_ppm", "reasons")
    second = _second(run, key) or _candidate(row, "runner_up_work_id", "runner_up_score_ppm", None)
    is_judged = best is not None and row["method"] != "decision"
    item_id = ReviewItem.objects.filter(memory_key=key).values_list("pk", flat=True).first()
    return Explanation(
        line_id,
        run,
        Band(str(row["band"])),
        str(row["method"]),
        best,
        second,
        waterfall(best.reasons) if best and is_judged else (),
        separations(best.reasons, second.reasons) if best and is_judged and second and second.reasons else (),
        _decision(run.report_id, key),
        item_id,
    )


def _batch(batch_id: int) -> pa.Table | None:
    batch = get_batch(batch_id)
    return None if batch is None else read_table(Path(settings.MUNIMENT_STORE) / batch.path)


def _row(table: pa.Table | None, column: str, value: int | str) -> dict[str, object] | None:
    if table is None:
        return None
    rows: list[dict[str, object]] = table.filter(pc.equal(table.column(column), value)).to_pylist()
    return rows[0] if rows else None


def _second(run: MatchRunRow, key: str) -> CandidateRow | None:
    batch_id = MatchRun.objects.get(pk=run.id).runners_up_id
    row = None if batch_id is None else _row(_batch(batch_id), "memory_key", key)
    return None if row is None else _candidate(row, "work_id", "score_ppm", "reasons")


def _candidate(row: dict[str, object], work: str, score: str, reasons: str | None) -> CandidateRow | None:
    if row[work] is None:
        return None
    said = json.loads(str(row[reasons])) if reasons else []
    return CandidateRow(int(str(row[work])), int(str(row[score])), tuple((why, weight) for why, weight in said))


def _decision(report_id: int, key: str) -> DecisionRow | None:
    """Return the decision that holds for such lines of the report's source: its own before one for every source."""
    try:
        source = get_report(report_id).source_code
    except UnknownReport:
        return None
    holds = MatchDecision.objects.select_related("item").filter(
        memory_key=key, source_code__in=["", source], ended_at__isnull=True
    )
    decision = holds.order_by("-source_code").first()
    return None if decision is None else decision_row(decision)
