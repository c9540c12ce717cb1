"""Reads about the samples that watch the matcher, and what they say of its precision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from muniment.rights.works.queries import current_work_ids
from muniment.use.matching.models import CheckDraw, MatchCheck, MatchDecision
from muniment.use.matching.rules.quality import CheckFacts, Finding, QualityRow, quality_row, quality_rows
from muniment.use.matching.rules.review import ItemState
from muniment.use.matching.rules.scoring import Band


@dataclass(frozen=True, slots=True)
class DrawRow:
    """A sample: its seed, how many distinct lines it was drawn from, how many it took."""

    id: int
    seed: int
    population_count: int
    drawn_count: int
    drawn_by: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Quality:
    """Realised beside predicted precision, by band of probability and in all; `model_versions` can be asked for."""

    rows: tuple[QualityRow, ...]
    whole: QualityRow
    open_count: int
    lapsed_count: int
    model_versions: tuple[str, ...]
    draws: tuple[DrawRow, ...]


def match_quality(*, model_version: str = "") -> Quality:
    """Return what the judged checks say, of every model or of the runs of one."""
    checks = MatchCheck.objects.order_by("id")
    versions = checks.order_by("run__model_version").values_list("run__model_version", flat=True).distinct()
    if model_version:
        checks = checks.filter(run__model_version=model_version)
    said = dict(
        MatchDecision.objects.filter(ended_at__isnull=True, item_id__in=checks.order_by().values("item_id"))
        .order_by("id")
        .values_list("item_id", "work_id")
    )
    rows = list(
        checks.values_list("item_id", "work_id", "score_ppm", "item__state", "item__band", "item__best_work_id")
    )
    leads = current_work_ids({work_id for _, work_id, *_ in rows} | {work_id for work_id in said.values() if work_id})
    facts = [
        CheckFacts(score_ppm, _finding(leads, said, item_id, work_id, (state, band, best) == _waits_for(work_id)))
        for item_id, work_id, score_ppm, state, band, best in rows
    ]
    return Quality(
        quality_rows(facts),
        quality_row(facts),
        sum(fact.finding is Finding.OPEN for fact in facts),
        sum(fact.finding is Finding.LAPSED for fact in facts),
        tuple(version for version in versions if version),
        tuple(draw_row(draw) for draw in CheckDraw.objects.order_by("-id")[:20]),
    )


def _waits_for(work_id: int) -> tuple[str, str, int]:
    return ItemState.OPEN.value, Band.MATCHED.value, work_id


def _finding(
    leads: Mapping[int, int], said: Mapping[int, int | None], item_id: int, work_id: int, waits: bool
) -> Finding:
    """Return what the decision in force makes of a check: the work that the matcher found, or not that one."""
    if item_id in said:
        return Finding.CONFIRMED if leads.get(said[item_id] or 0) == leads[work_id] else Finding.DENIED
    return Finding.OPEN if waits else Finding.LAPSED


def draw_row(draw: CheckDraw) -> DrawRow:
    """Return the frozen row of a sample."""
    return DrawRow(draw.pk, draw.seed, draw.population_count, draw.drawn_count, draw.drawn_by, draw.drawn_at)
