"""The API of matching: how reports were matched, what waits, the unidentified list, and decisions."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of, now
from muniment.trust.access.rules import Action, require
from muniment.use.matching import queries, services
from muniment.use.matching.rules.review import Verdict

PREFIX = "/matching"
router = Router(tags=["matching"])
_MOST = 500


class RunOut(Schema):
    """A match run: counts of lines, and of the uses they report."""

    id: int
    report_id: int
    batch_id: int
    repertoire_digest: str
    line_count: int
    distinct_count: int
    matched_count: int
    review_count: int
    unidentified_count: int
    matched_uses: int
    review_uses: int
    unidentified_uses: int
    run_at: datetime
    run_by: str


class CandidateOut(Schema):
    """A work that lines may be of; the weights of its reasons sum to the score, in parts per million."""

    work_id: int
    score_ppm: int
    reasons: list[tuple[str, int]]


class ItemOut(Schema):
    """Equal lines that wait for a decision."""

    id: int
    memory_key: str
    band: str
    state: str
    title: str
    performer: str
    writers: str
    codes: list[str]
    score_ppm: int
    candidates: list[CandidateOut]
    line_count: int
    use_count: int
    amount_micro: int | None


class ItemsOut(Schema):
    """Some items, and how many there are in all."""

    total: int
    rows: list[ItemOut]


class DecisionIn(Schema):
    """A verdict: accept the best candidate, reject all, or pick `work_id`; an empty source speaks for every source."""

    verdict: Verdict
    work_id: int | None = None
    source_code: str = ""


class DecisionOut(Schema):
    """What was decided."""

    id: int
    memory_key: str
    source_code: str
    verdict: str
    work_id: int | None
    refused: list[int]
    decided_by: str
    decided_at: datetime


@router.get("/reports/{report_id}", response=RunOut)
def get_match(request: HttpRequest, report_id: int) -> object:
    """Return the match run of a report that counts."""
    require(actor_of(request), Action.USAGE_READ)
    run = queries.latest_match(report_id)
    if run is None:
        raise queries.UnknownItem(f"Usage report {report_id} was never matched.", "Match it first.")
    return run


@router.get("/queue", response=ItemsOut)
def list_queue(request: HttpRequest, q: str = "", limit: int = 50, offset: int = 0) -> object:
    """Return what waits for a decision, the weightiest first."""
    require(actor_of(request), Action.USAGE_READ)
    return queries.queue(text=q, limit=min(max(limit, 1), _MOST), offset=max(offset, 0))


@router.get("/unidentified", response=ItemsOut)
def list_unidentified(request: HttpRequest, q: str = "", limit: int = 50, offset: int = 0) -> object:
    """Return the unidentified list, most uses first."""
    require(actor_of(request), Action.USAGE_READ)
    return queries.unidentified(text=q, limit=min(max(limit, 1), _MOST), offset=max(offset, 0))


@router.post("/queue/{item_id}/decision", response=DecisionOut)
def decide(request: HttpRequest, item_id: int, body: DecisionIn) -> object:
    """Settle all equal lines; it holds from the next matching on."""
    return services.decide(
        actor=actor_of(request),
        at=now(),
        item_id=item_id,
        verdict=body.verdict,
        work_id=body.work_id,
        source_code=body.source_code,
    )


@router.delete("/decisions/{decision_id}", response=DecisionOut)
def undo(request: HttpRequest, decision_id: int) -> object:
    """Take a decision back."""
    return services.undo_decision(actor=actor_of(request), at=now(), decision_id=decision_id)
