"""Reads about what people decided."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from muniment.kernel.words.paging import Page
from muniment.use.matching.bulk.match import DECISIONS
from muniment.use.matching.models import MatchDecision
from muniment.use.matching.rules.review import Verdict


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
