"""The API of the audit trail, to be read."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of
from muniment.kernel.words.paging import Page
from muniment.trust.access import queries
from muniment.trust.access.rules import Action, require

PREFIX = "/audit"
router = Router(tags=["audit"])


class EventOut(Schema):
    """An event; `before` and `after` are JSON text or empty, `hash` its link in the chain."""

    seq: int
    at: datetime
    actor_id: int | None
    actor_name: str
    tag: str
    subject_kind: str
    subject_id: str
    before: str
    after: str
    hash: str


class EventsOut(Schema):
    """Some events, newest first, and how many fit in all."""

    rows: list[EventOut]
    total: int


@router.get("/events", response=EventsOut)
def list_events(
    request: HttpRequest,
    actor_name: str = "",
    tag: str = "",
    subject_kind: str = "",
    subject_id: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Page[queries.EventRow]:
    """Return events, newest first, at most 500 at once; a tag that ends with a point stands for its family."""
    require(actor_of(request), Action.AUDIT_READ)
    subject = (subject_kind, subject_id) if subject_kind and subject_id else None
    return queries.list_events(
        subject=subject, actor_name=actor_name, tag=tag, limit=max(1, min(limit, 500)), offset=max(0, offset)
    )
