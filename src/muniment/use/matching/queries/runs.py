"""Reads about match runs and how single lines were matched."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from muniment.kernel.columns.schemas import MATCHES
from muniment.kernel.columns.tables import read_table
from muniment.kernel.words.problems import UserError
from muniment.trust.batches.queries import get_batch, open_batch
from muniment.use.matching.models import MatchRun
from muniment.use.matching.rules.scoring import Band, Thresholds


class UnknownItem(UserError):
    """No review item, decision or match run has this number."""


@dataclass(frozen=True, slots=True)
class MatchRunRow:
    """One matching of one report: its batch, with which thresholds, and how its lines and uses fell.

    A `_count` counts lines, `_uses` what the lines report; `distinct_count` counts the lines that differ. The versions
    of model and index are empty where none were noted.
    """

    id: int
    report_id: int
    batch_id: int
    repertoire_digest: str
    thresholds: Thresholds
    distinct_count: int
    line_count: int
    matched_count: int
    review_count: int
    unidentified_count: int
    matched_uses: int
    review_uses: int
    unidentified_uses: int
    run_at: datetime
    run_by: str
    model_version: str = ""
    index_version: str = ""


@dataclass(frozen=True, slots=True)
class MatchRow:
    """How one line was matched; the candidate is the work only if the band is matched."""

    band: Band
    method: str
    score_ppm: int
    reasons: tuple[tuple[str, int], ...]
    candidate_work_id: int | None


def get_match_run(run_id: int) -> MatchRunRow:
    """Return a match run.

    Raises:
        UnknownItem: there is none of this number.
    """
    run = MatchRun.objects.filter(pk=run_id).first() if 0 < run_id < 1 << 63 else None
    if run is None:
        raise UnknownItem(f"There is no match run {run_id}.", "muniment match runs REPORT lists the runs of a report.")
    return _run_row(run)


def latest_match(report_id: int) -> MatchRunRow | None:
    """Return the match run of a report that counts, the last one; None while it was never matched."""
    run = MatchRun.objects.filter(report_id=report_id).order_by("-id").first()
    return None if run is None else _run_row(run)


def latest_matches(report_ids: Iterable[int]) -> dict[int, MatchRunRow]:
    """Return the match run that counts of each report that was matched."""
    runs = MatchRun.objects.filter(report_id__in=list(report_ids)).order_by("id")
    return {run.report_id: _run_row(run) for run in runs}


def list_match_runs(report_id: int) -> tuple[MatchRunRow, ...]:
    """Return every match run of a report, newest first."""
    return tuple(_run_row(run) for run in MatchRun.objects.filter(report_id=report_id).order_by("-id"))


def matches_of(report_id: int) -> pa.Table:
    """Return the matches of a report's lines, as MATCHES, checked against their seal.

    Raises:
        UnknownItem: the report was never matched.
        BrokenBatch: the batch is not what was sealed.
    """
    run = latest_match(report_id)
    if run is None:
        raise UnknownItem(f"Usage report {report_id} was never matched.", f"Run: muniment match {report_id}")
    return open_batch(run.batch_id).cast(MATCHES)


def match_of_line(line_id: int) -> MatchRow | None:
    """Return how one line was matched, to look at; None while its report was not matched.

    The batch is not checked against its seal.
    """
    run = latest_match(line_id >> 32)
    batch = None if run is None else get_batch(run.batch_id)
    if batch is None:
        return None
    table = read_table(Path(settings.MUNIMENT_STORE) / batch.path)
    for row in table.filter(pc.equal(table.column("line_id"), line_id)).to_pylist():
        reasons = tuple((why, weight) for why, weight in json.loads(row["reasons"]))
        return MatchRow(Band(row["band"]), row["method"], row["score_ppm"], reasons, row["candidate_work_id"])
    return None


def _run_row(run: MatchRun) -> MatchRunRow:
    return MatchRunRow(
        run.pk,
        run.report_id,
        run.batch_id,
        run.repertoire_digest,
        Thresholds(run.matched_ppm, run.review_ppm, run.margin_ppm, run.common_title_works),
        run.distinct_count,
        run.line_count,
        run.matched_lines,
        run.review_lines,
        run.unidentified_lines,
        run.matched_uses,
        run.review_uses,
        run.unidentified_uses,
        run.run_at,
        run.run_by,
        run.model_version,
        run.index_version,
    )
