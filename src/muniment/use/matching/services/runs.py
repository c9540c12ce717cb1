"""Matching a report: match every line, seal the matches, renew what waits for people."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from django.db import transaction

from muniment.kernel.words.problems import Progress, silent
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.services import seal_batch
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.bulk.match import Matched, match_lines
from muniment.use.matching.bulk.review import band_counts, runners_up, waiting
from muniment.use.matching.models import MatchRun, ReviewCount
from muniment.use.matching.queries import MatchRunRow, decisions_for, latest_match
from muniment.use.matching.queries.models import model_in_force
from muniment.use.matching.rules.scoring import Band, Model, Thresholds
from muniment.use.matching.services.indexes import load_index
from muniment.use.matching.services.models import keep_model
from muniment.use.matching.services.queue import open_checks, recount, renew_queue
from muniment.use.usages.queries import get_report, open_lines
from muniment.use.usages.services import undo_usage


@dataclass(frozen=True, slots=True)
class _Judge:
    """What a run is answered with."""

    index: AnyIndex
    model: Model
    thresholds: Thresholds


def match_report(
    *,
    actor: Actor,
    at: datetime,
    report_id: int,
    thresholds: Thresholds | None = None,
    index: AnyIndex | None = None,
    progress: Progress = silent,
) -> MatchRunRow:
    """Match every line of a report, seal the matches and renew what waits for people; earlier runs stay as they are.

    The model is the one in force, `thresholds` (None) are those of the precision it is asked for, and `index` is the
    repertoire as `load_index` gave it (None: it is read now). `progress` counts distinct lines.

    Raises:
        NotAllowed: the actor may not write usage.
        UnknownReport: no such report, or it was undone.
        BrokenBatch: its lines are not what was sealed.
        ModelGone: the model that was chosen is not there.
    """
    require(actor, Action.USAGE_WRITE)
    lines = open_lines([report_id])
    decisions = decisions_for(get_report(report_id).source_code)
    chosen = model_in_force()
    judge = _Judge(index or load_index(actor=actor, at=at), chosen.model, thresholds or chosen.thresholds)
    matched = match_lines(lines, judge.index, decisions, judge.thresholds, progress, judge.model)
    return _keep(actor, at, report_id, lines, matched, judge)


@transaction.atomic
def _keep(actor: Actor, at: datetime, report_id: int, lines: pa.Table, matched: Matched, judge: _Judge) -> MatchRunRow:
    report, thresholds = get_report(report_id), judge.thresholds
    parents = [report.batch_id] if report.batch_id is not None else []
    keep_model(judge.model)
    batch = seal_batch(at=at, stage="matches", table=matched.matches, sum_column=None, parents=parents)
    second = seal_batch(
        at=at, stage="runners_up", table=runners_up(matched.candidates), sum_column=None, parents=[batch.id]
    )
    counts = band_counts(lines, matched.matches)
    by_band = [counts.get(band.value, (0, 0)) for band in (Band.MATCHED, Band.REVIEW, Band.UNIDENTIFIED)]
    run = MatchRun.objects.create(
        report_id=report_id,
        batch_id=batch.id,
        runners_up_id=second.id,
        repertoire_digest=judge.index.digest,
        index_version=judge.index.version,
        model_version=judge.model.version,
        matched_ppm=thresholds.matched_ppm,
        review_ppm=thresholds.review_ppm,
        margin_ppm=thresholds.margin_ppm,
        common_title_works=thresholds.common_title_works,
        distinct_count=matched.distinct_count,
        line_count=lines.num_rows,
        matched_lines=by_band[0][0],
        review_lines=by_band[1][0],
        unidentified_lines=by_band[2][0],
        matched_uses=by_band[0][1],
        review_uses=by_band[1][1],
        unidentified_uses=by_band[2][1],
        run_at=at,
        run_by=actor.name,
    )
    renew_queue(report_id, waiting(lines, matched.matches, open_checks()), matched.candidates)
    record_event(
        actor=actor,
        at=at,
        tag="usage.matched",
        subject_kind="usage_report",
        subject_id=report_id,
        after={"run": run.pk, "batch": batch.id, "lines": lines.num_rows, "matched": by_band[0][0]},
    )
    row = latest_match(report_id)
    assert row is not None, "just written"
    return row


@transaction.atomic
def undo_report(*, actor: Actor, at: datetime, report_id: int) -> None:
    """Undo a usage report and take its lines out of the queue; what people decided about them is remembered.

    Raises:
        NotAllowed, UnknownReport, ReportInUse: see `usages.services.undo_usage`; nothing is changed.
    """
    undo_usage(actor=actor, at=at, report_id=report_id)
    counts = ReviewCount.objects.filter(report_id=report_id)
    touched = set(counts.values_list("item_id", flat=True))
    counts.delete()
    recount(touched)
