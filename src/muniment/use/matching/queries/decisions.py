"""Reads about what people decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from django.db.models import QuerySet

from muniment.kernel.words.paging import Page
from muniment.rights.works.queries import current_work_ids
from muniment.use.matching.bulk.match import DECISIONS
from muniment.use.matching.bulk.told import KEPT_DECISIONS, REPORT_SOURCES, KnownDecisions
from muniment.use.matching.models import MatchDecision
from muniment.use.matching.rules.review import Verdict
from muniment.use.usages.queries import list_reports


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a person said; it holds while `ended_at` is None. A work that was merged since is the one it led to."""

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


def list_decisions(*, in_force: bool = True, limit: int = 50, offset: int = 0) -> Page[DecisionRow]:
    """Return decisions, newest first."""
    decisions = MatchDecision.objects.select_related("item").order_by("-id")
    if in_force:
        decisions = decisions.filter(ended_at__isnull=True)
    rows = list(decisions[offset : offset + limit])
    leads = current_work_ids(work_id for decision in rows for work_id in _works_of(decision))
    return Page(tuple(decision_row(decision, leads) for decision in rows), decisions.count())


def decision_of(item_id: int) -> DecisionRow | None:
    """Return the decision in force about an item, or None."""
    found = MatchDecision.objects.select_related("item").filter(item_id=item_id, ended_at__isnull=True)
    decision = found.order_by("-id").first()
    return None if decision is None else decision_row(decision)


def decisions_for(source_code: str, known_at: datetime | None = None) -> pa.Table:
    """Return the decisions that hold for a source, its own before those for every source, as DECISIONS.

    With `known_at` those that held then; a work that was merged since is the one that it was then.

    What was said of a record that has been merged is said of the work it leads to; where one decision named one of two
    records that are one work now and refused the other, the name holds.
    """
    rows = [
        (key, work_id, is_work, 0 if source else 1)
        for (key, source, work_id), is_work in _said(["", source_code], known_at).items()
    ]
    return pa.Table.from_pylist([dict(zip(DECISIONS.names, row, strict=True)) for row in rows], schema=DECISIONS)


def known_decisions() -> KnownDecisions:
    """Return the decisions that hold of every source, and the source of every report: what a cluster needs of them."""
    rows = [(*about, is_work) for about, is_work in _said(None).items()]
    names = KEPT_DECISIONS.names
    decisions = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=KEPT_DECISIONS)
    sources = [{"report_id": row.id, "source_code": row.source_code} for row in list_reports(limit=None).rows]
    return KnownDecisions(decisions, pa.Table.from_pylist(sources, schema=REPORT_SOURCES))


def _said(source_codes: Sequence[str] | None, known_at: datetime | None = None) -> dict[tuple[str, str, int], bool]:
    """Return of each (memory key, source, work) whether it is the work, as decisions of sources say; None: of all."""
    decisions = _holding(known_at).order_by("id")
    if source_codes is not None:
        decisions = decisions.filter(source_code__in=source_codes)
    found = list(decisions.values_list("memory_key", "source_code", "work_id", "refused"))
    leads = current_work_ids(
        {other for _, _, work, refused in found for other in (work, *refused) if other is not None}, known_at
    )
    said: dict[tuple[str, str, int], bool] = {}
    for key, source, work, refused in found:
        for work_id, is_work in [*([(work, True)] if work is not None else []), *((other, False) for other in refused)]:
            said.setdefault((key, source, leads[work_id]), is_work)
    return said


def _holding(known_at: datetime | None) -> QuerySet[MatchDecision]:
    """Return the decisions that hold, or held at an instant; one that holds again was replaced for a while."""
    if known_at is None:
        return MatchDecision.objects.filter(ended_at__isnull=True)
    then = MatchDecision.objects.filter(decided_at__lte=known_at).exclude(ended_at__lte=known_at)
    return then.exclude(pk__in=then.filter(replaces__isnull=False).values("replaces_id"))


def _works_of(decision: MatchDecision) -> list[int]:
    return [work_id for work_id in (decision.work_id, *decision.refused) if work_id is not None]


def decision_row(decision: MatchDecision, leads: Mapping[int, int] | None = None) -> DecisionRow:
    """Return the frozen row of a decision; `leads` says which work stands for each that it names, None: look it up."""
    if leads is None:
        leads = current_work_ids(_works_of(decision))
    return DecisionRow(
        decision.pk,
        decision.memory_key,
        decision.source_code,
        Verdict(decision.verdict),
        None if decision.work_id is None else leads[decision.work_id],
        tuple(dict.fromkeys(leads[work_id] for work_id in decision.refused)),
        decision.item_id,
        decision.item.title,
        decision.item.performer,
        decision.decided_by,
        decision.decided_at,
        decision.ended_at,
    )
