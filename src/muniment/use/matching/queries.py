"""Reads about matches, the review queue, the unidentified list and decisions."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db.models import Q, QuerySet

from muniment.kernel.columns.schemas import MATCHES
from muniment.kernel.columns.tables import read_table
from muniment.kernel.words.names import fold
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.trust.batches.queries import get_batch, open_batch
from muniment.use.matching.bulk.match import DECISIONS
from muniment.use.matching.models import MatchDecision, MatchRun, ReviewCount, ReviewItem
from muniment.use.matching.rules.review import ItemState, Verdict
from muniment.use.matching.rules.scoring import Band, Thresholds


class UnknownItem(UserError):
    """No review item, decision or match run has this number."""


@dataclass(frozen=True, slots=True)
class MatchRunRow:
    """One matching of one report: its batch, with which thresholds, and how its lines and uses fell.

    A `_count` counts lines, `_uses` what the lines report; `distinct_count` counts the lines that differ.
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


@dataclass(frozen=True, slots=True)
class MatchRow:
    """How one line was matched; the candidate is the work only if the band is matched."""

    band: Band
    method: str
    score_ppm: int
    reasons: tuple[tuple[str, int], ...]
    candidate_work_id: int | None


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A work that equal lines may be of, with the reasons and what each is worth in ppm."""

    work_id: int
    score_ppm: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ReviewItemRow:
    """Equal lines that wait for a person; `codes` are reported ISWC, ISRC and work code."""

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


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a person said; it holds while `ended_at` is None."""

    id: int
    memory_key: str
    source_code: str
    verdict: Verdict
    work_id: int | None
    refused: tuple[int, ...]
    item_id: int
    title: str
    performer: str
    decided_by: str
    decided_at: datetime
    ended_at: datetime | None


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
    return Page(tuple(_item_row(item) for item in rows[offset : offset + limit]), items.count())


def unidentified(
    *, text: str = "", report_id: int | None = None, limit: int = 50, offset: int = 0
) -> Page[ReviewItemRow]:
    """Return the unidentified list: lines without a likely work or whose works were refused, most uses first."""
    items = _unidentified(text, report_id)
    rows = items.order_by("-use_count", "id")[offset : offset + limit]
    return Page(tuple(_item_row(item) for item in rows), items.count())


def iter_unidentified() -> Iterable[ReviewItemRow]:
    """Yield the whole unidentified list, most uses first, for an export."""
    for item in _unidentified("", None).order_by("-use_count", "id").iterator(2_000):
        yield _item_row(item)


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


def get_item(item_id: int) -> ReviewItemRow:
    """Return one review item.

    Raises:
        UnknownItem: no such item.
    """
    item = ReviewItem.objects.filter(pk=item_id).first()
    if item is None:
        raise UnknownItem(f"There is no review item {item_id}.", "Look it up in the queue.")
    return _item_row(item)


def list_decisions(*, in_force: bool = True, limit: int = 50, offset: int = 0) -> Page[DecisionRow]:
    """Return decisions, newest first."""
    decisions = MatchDecision.objects.select_related("item").order_by("-id")
    if in_force:
        decisions = decisions.filter(ended_at__isnull=True)
    rows = decisions[offset : offset + limit]
    return Page(tuple(decision_row(decision) for decision in rows), decisions.count())


def decision_of(item_id: int) -> DecisionRow | None:
    """Return the decision in force about an item, or None."""
    found = MatchDecision.objects.select_related("item").filter(item_id=item_id, ended_at__isnull=True)
    decision = found.order_by("-id").first()
    return None if decision is None else decision_row(decision)


def decisions_for(source_code: str) -> pa.Table:
    """Return the decisions that hold for a source, its own before those for every source, as DECISIONS."""
    decisions = MatchDecision.objects.filter(ended_at__isnull=True, source_code__in=["", source_code]).order_by("id")
    rows = [
        (key, work_id, is_work, 0 if source else 1)
        for key, source, work, refused in decisions.values_list("memory_key", "source_code", "work_id", "refused")
        for work_id, is_work in [*([(work, True)] if work is not None else []), *((other, False) for other in refused)]
    ]
    return pa.Table.from_pylist([dict(zip(DECISIONS.names, row, strict=True)) for row in rows], schema=DECISIONS)


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
    )


def _item_row(item: ReviewItem) -> ReviewItemRow:
    candidates = (
        CandidateRow(found["work_id"], found["score_ppm"], tuple((why, weight) for why, weight in found["reasons"]))
        for found in item.candidates
    )
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
    )


def decision_row(decision: MatchDecision) -> DecisionRow:
    """Return the frozen row of a decision."""
    return DecisionRow(
        decision.pk,
        decision.memory_key,
        decision.source_code,
        Verdict(decision.verdict),
        decision.work_id,
        tuple(decision.refused),
        decision.item_id,
        decision.item.title,
        decision.item.performer,
        decision.decided_by,
        decision.decided_at,
        decision.ended_at,
    )
