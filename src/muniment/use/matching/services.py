"""Writes of matching: matching a report, and what people decide."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched

import pyarrow as pa
from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.rights.works.queries import get_work, repertoire
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows, next_ids
from muniment.trust.batches.services import seal_batch
from muniment.use.matching.bulk.match import Matched, match_lines
from muniment.use.matching.bulk.repertoire import RepertoireIndex, build_index
from muniment.use.matching.bulk.review import band_counts, waiting
from muniment.use.matching.models import MatchDecision, MatchRun, ReviewCount, ReviewItem
from muniment.use.matching.queries import (
    DecisionRow,
    MatchRunRow,
    UnknownItem,
    decision_row,
    decisions_for,
    latest_match,
)
from muniment.use.matching.rules.review import STATE_AFTER, ItemState, Verdict, uncertainty_ppm
from muniment.use.matching.rules.scoring import Band, Thresholds
from muniment.use.usages.queries import get_report, open_lines
from muniment.use.usages.services import undo_usage

_CHUNK = 2_000
_WHOLE_UNIT_MICRO = 1_000_000
"""About one unit of money; only the order of the queue depends on it."""


class AlreadyDecided(UserError):
    """Somebody decided about these lines before."""


def load_index() -> RepertoireIndex:
    """Read the repertoire from the database and index it; takes seconds, so one index serves many reports."""
    whole = repertoire()
    tables = (whole.titles, whole.names, whole.codes)
    return build_index(*tables, digest=digest_value([digest_table(table) for table in tables]))


def match_report(
    *,
    actor: Actor,
    at: datetime,
    report_id: int,
    thresholds: Thresholds | None = None,
    index: RepertoireIndex | None = None,
    progress: Progress = silent,
) -> MatchRunRow:
    """Match every line of a report, seal the matches and renew what waits for people; earlier runs stay as they are.

    `index` is the repertoire as `load_index` gave it (None: it is read now). `progress` counts distinct lines.

    Raises:
        NotAllowed: the actor may not write usage.
        UnknownReport: no such report, or it was undone.
        BrokenBatch: its lines are not what was sealed.
    """
    require(actor, Action.USAGE_WRITE)
    lines = open_lines([report_id])
    decisions = decisions_for(get_report(report_id).source_code)
    chosen = thresholds or Thresholds()
    known = index or load_index()
    matched = match_lines(lines, known, decisions, chosen, progress)
    return _keep(actor, at, report_id, lines, matched, known.digest, chosen)


@transaction.atomic
def _keep(
    actor: Actor, at: datetime, report_id: int, lines: pa.Table, matched: Matched, digest: str, thresholds: Thresholds
) -> MatchRunRow:
    report = get_report(report_id)
    parents = [report.batch_id] if report.batch_id is not None else []
    batch = seal_batch(at=at, stage="matches", table=matched.matches, sum_column=None, parents=parents)
    counts = band_counts(lines, matched.matches)
    by_band = [counts.get(band.value, (0, 0)) for band in (Band.MATCHED, Band.REVIEW, Band.UNIDENTIFIED)]
    run = MatchRun.objects.create(
        report_id=report_id,
        batch_id=batch.id,
        repertoire_digest=digest,
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
    _renew_queue(report_id, waiting(lines, matched.matches), matched.candidates)
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


def _renew_queue(report_id: int, table: pa.Table, candidates: pa.Table) -> None:
    """Give the report's waiting lines their items, and bring the counts of every item it touches up to date."""
    rows = table.to_pylist()
    touched = set(ReviewCount.objects.filter(report_id=report_id).values_list("item_id", flat=True))
    ReviewCount.objects.filter(report_id=report_id).delete()
    ids = _write_items(rows, _candidates_by_key(candidates))
    copy_rows(
        ReviewCount,
        ("item_id", "report_id", "line_count", "use_count", "amount_micro"),
        ((ids[row["memory_key"]], report_id, row["line_count"], row["use_count"], row["amount_micro"]) for row in rows),
    )
    recount(touched | set(ids.values()))


def _candidates_by_key(candidates: pa.Table) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    columns = (candidates.column(name).to_pylist() for name in ("memory_key", "work_id", "score_ppm", "reasons"))
    for key, work_id, score_ppm, reasons in zip(*columns, strict=True):
        found.setdefault(key, []).append({"work_id": work_id, "score_ppm": score_ppm, "reasons": json.loads(reasons)})
    return found


def _write_items(rows: Sequence[dict[str, object]], candidates: dict[str, list[dict[str, object]]]) -> dict[str, int]:
    """Write new items and renew those that are there; return the id of each memory key."""
    keys = [str(row["memory_key"]) for row in rows]
    there: dict[str, ReviewItem] = {}
    for chunk in batched(keys, _CHUNK):
        there |= {item.memory_key: item for item in ReviewItem.objects.filter(memory_key__in=chunk)}
    fresh = [row for row in rows if row["memory_key"] not in there]
    ids = {key: item.pk for key, item in there.items()}
    ids |= dict(zip((str(row["memory_key"]) for row in fresh), next_ids(ReviewItem, len(fresh)), strict=True))
    copy_rows(ReviewItem, _ITEM_COLUMNS, (_new_item(ids, row, candidates) for row in fresh))
    known = ((there[str(row["memory_key"])], row) for row in rows if row["memory_key"] in there)
    renewed = [item for item, row in known if _renew(item, row, candidates)]
    ReviewItem.objects.bulk_update(
        renewed, ["band", "state", "score_ppm", "uncertainty_ppm", "best_work_id", "candidates"], batch_size=200
    )
    return ids


_ITEM_COLUMNS = (
    "id",
    "memory_key",
    "band",
    "state",
    "title",
    "performer",
    "writers",
    "codes",
    "search_text",
    "score_ppm",
    "uncertainty_ppm",
    "best_work_id",
    "candidates",
    "line_count",
    "use_count",
    "amount_micro",
    "priority",
    "sample_line_id",
)


def _new_item(
    ids: dict[str, int], row: dict[str, object], candidates: dict[str, list[dict[str, object]]]
) -> tuple[object, ...]:
    key = str(row["memory_key"])
    found = candidates.get(key, [])
    texts = [str(row[name] or "") for name in ("title", "performer", "writers")]
    codes = [str(row[name]) for name in ("iswc", "isrc", "source_id") if row[name]]
    return (
        ids[key],
        key,
        row["band"] if not row["decided"] else Band.REVIEW.value,
        ItemState.SETTLED.value if row["decided"] else ItemState.OPEN.value,
        *texts,
        codes,
        fold(" ".join([*texts, *codes])),
        row["score_ppm"],
        uncertainty_ppm(int(str(row["score_ppm"]))),
        found[0]["work_id"] if found else None,
        found,
        0,
        0,
        None,
        0,
        row["sample_line_id"],
    )


def _renew(item: ReviewItem, row: dict[str, object], candidates: dict[str, list[dict[str, object]]]) -> bool:
    """Bring an item up to date and say whether that changed it; one that a decision settled stays as it is."""
    if row["decided"]:
        return False
    before = (item.band, item.score_ppm, item.candidates, item.state)
    found = candidates.get(item.memory_key, [])
    item.band = str(row["band"])
    item.score_ppm = int(str(row["score_ppm"]))
    item.uncertainty_ppm = uncertainty_ppm(item.score_ppm)
    item.best_work_id = int(str(found[0]["work_id"])) if found else None
    item.candidates = found
    if item.state == ItemState.SETTLED or (item.state == ItemState.REJECTED and item.band == Band.REVIEW):
        item.state = ItemState.OPEN.value
    return before != (item.band, item.score_ppm, item.candidates, item.state)


def recount(item_ids: Iterable[int]) -> None:
    """Sum the counts of items anew; an open item without lines is settled."""
    counts = ReviewCount.objects.filter(item_id=OuterRef("pk")).order_by().values("item_id")

    def total(column: str) -> Subquery:
        return Subquery(counts.annotate(total=Sum(column)).values("total"), output_field=BigIntegerField())

    for chunk in batched(sorted(item_ids), _CHUNK):
        items = ReviewItem.objects.filter(pk__in=chunk)
        items.update(
            line_count=Coalesce(total("line_count"), Value(0)),
            use_count=Coalesce(total("use_count"), Value(0)),
            amount_micro=total("amount_micro"),
        )
        money = Coalesce(F("amount_micro"), Value(0)) / Value(_WHOLE_UNIT_MICRO)
        weight = Greatest(F("use_count"), money, output_field=BigIntegerField())
        items.update(priority=weight * F("uncertainty_ppm") + F("use_count"))
        items.filter(state=ItemState.OPEN.value, line_count=0).update(state=ItemState.SETTLED.value)


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


@transaction.atomic
def decide(
    *,
    actor: Actor,
    at: datetime,
    item_id: int,
    verdict: Verdict | str,
    work_id: int | None = None,
    source_code: str = "",
) -> DecisionRow:
    """Settle all equal lines at once: accept the best candidate, reject every candidate, or pick a work.

    The decision is remembered for `source_code` (empty: for every source) and holds from the next matching on. A
    decision for the same lines and source before it is replaced; what was refused before stays refused.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem, UnknownWork: no such item, no such work, or nothing to accept or reject.
        AlreadyDecided: somebody else was faster.
    """
    require(actor, Action.MATCH_REVIEW)
    verdict = Verdict(verdict)
    item = _locked_item(item_id)
    if item.state not in (ItemState.OPEN, ItemState.REJECTED):
        raise AlreadyDecided(f"“{item.title}” is {item.state} already.", "Undo that decision first.")
    chosen, refused = _meaning(item, verdict, work_id)
    earlier = MatchDecision.objects.filter(
        memory_key=item.memory_key, source_code=source_code, ended_at__isnull=True
    ).first()
    if earlier is not None:
        refused = sorted({*refused, *earlier.refused} - {chosen})
        MatchDecision.objects.filter(pk=earlier.pk).update(ended_at=at, ended_by=actor.name)
    decision = MatchDecision.objects.create(
        memory_key=item.memory_key,
        source_code=source_code,
        verdict=verdict.value,
        work_id=chosen,
        refused=refused,
        item=item,
        decided_by=actor.name,
        decided_at=at,
    )
    ReviewItem.objects.filter(pk=item.pk).update(state=STATE_AFTER[verdict].value)
    record_event(
        actor=actor,
        at=at,
        tag="match.decided",
        subject_kind="review_item",
        subject_id=item.pk,
        before={"state": item.state},
        after={"verdict": verdict.value, "work": chosen, "refused": refused, "source": source_code},
    )
    return decision_row(decision)


def _meaning(item: ReviewItem, verdict: Verdict, work_id: int | None) -> tuple[int | None, list[int]]:
    """Return the work that the verdict names and the works that it refuses."""
    if verdict is Verdict.PICK:
        if work_id is None:
            raise UnknownItem("No work was picked.", "Give the number of the work.")
        return get_work(work_id).id, []
    if item.best_work_id is None:
        raise UnknownItem(f"“{item.title}” has no candidate.", "Search for the work and pick it.")
    if verdict is Verdict.ACCEPT:
        return get_work(item.best_work_id).id, []
    return None, [int(found["work_id"]) for found in item.candidates]


@transaction.atomic
def undo_decision(*, actor: Actor, at: datetime, decision_id: int) -> DecisionRow:
    """Take a decision back; its lines wait again.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem: no such decision, or it holds no more.
    """
    require(actor, Action.MATCH_REVIEW)
    decision = MatchDecision.objects.select_related("item").filter(pk=decision_id, ended_at__isnull=True).first()
    if decision is None:
        raise UnknownItem(f"No decision {decision_id} holds.", "It may have been undone or replaced before.")
    item = _locked_item(decision.item_id)
    decision.ended_at, decision.ended_by = at, actor.name
    decision.save(update_fields=["ended_at", "ended_by"])
    ReviewItem.objects.filter(pk=item.pk).update(state=ItemState.OPEN.value)
    record_event(
        actor=actor,
        at=at,
        tag="match.undone",
        subject_kind="review_item",
        subject_id=item.pk,
        before={"verdict": decision.verdict, "work": decision.work_id, "state": item.state},
        after={"state": ItemState.OPEN.value},
    )
    return decision_row(decision)


def _locked_item(item_id: int) -> ReviewItem:
    item = ReviewItem.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise UnknownItem(f"There is no review item {item_id}.", "Look it up in the queue.")
    return item
