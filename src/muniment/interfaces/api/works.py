"""The API of works: search, one work, its shares. The public search needs no login and shows no shares."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of, now
from muniment.kernel.words.paging import Page
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import names_of
from muniment.rights.works import queries
from muniment.trust.access.rules import Action, require

PREFIX = "/works"
router = Router(tags=["works"])

_AT_MOST = 200


class PublicWork(Schema):
    """A work as anybody may see it."""

    code: str
    title: str
    iswc: str | None
    language: str
    writers: list[str]
    performers: list[str]


class PublicWorks(Schema):
    """Some works, and how many were found (1,000 at most)."""

    total: int
    rows: list[PublicWork]


class WorkHit(PublicWork):
    """A work in a list."""

    id: int
    has_dispute: bool
    generated_shares: bool


class WorkHits(Schema):
    """Some works, and how many were found (1,000 at most for a search)."""

    total: int
    rows: list[WorkHit]


class TitleOut(Schema):
    """A further title."""

    title: str
    kind: str
    language: str
    script: str


class ContributionOut(Schema):
    """A party's part in a work as one submitter states it; ownership in parts per million."""

    party_id: int | None
    name: str
    role: str
    chain: int
    controlled: bool
    pr_own_ppm: int
    mr_own_ppm: int
    sr_own_ppm: int
    claim: str


class ShareLineOut(Schema):
    """A collection claim in force."""

    id: int
    party_id: int
    party_name: str
    role: str
    right: Right
    territories: str
    share_ppm: int
    claim: str
    valid_from: date | None
    valid_to: date | None
    known_from: datetime


class RecordingOut(Schema):
    """A recording of the work."""

    id: int
    isrc: str | None
    title: str
    performer: str
    duration_ms: int | None


class WorkOut(Schema):
    """A work with everything in force about it."""

    id: int
    code: str
    title: str
    iswc: str | None
    language: str
    duration_ms: int | None
    work_class: str
    version_type: str
    generated_shares: bool
    titles: list[TitleOut]
    contributions: list[ContributionOut]
    share_lines: list[ShareLineOut]
    recordings: list[RecordingOut]


class PartOut(Schema):
    """A part of the answer to the share question; `party_id` null where it is held."""

    party_id: int | None
    party_name: str
    share_ppm: int
    status: str
    line_ids: list[int]
    note: str


@router.get("/public", response=PublicWorks, auth=None)
def find_public(  # ninja tells the request by its name, so an unused one keeps it
    request: HttpRequest,  # noqa: ARG001
    q: str,
    limit: int = 50,
    offset: int = 0,
) -> Page[queries.WorkHit]:
    """Search the repertoire: no login, no shares."""
    return _found(q[:200] or " - ", limit, offset)


@router.get("", response=WorkHits)
def find_works(request: HttpRequest, q: str = "", limit: int = 50, offset: int = 0) -> Page[queries.WorkHit]:
    """Search works, or list them by title."""
    require(actor_of(request), Action.WORK_READ)
    return _found(q, limit, offset)


def _found(text: str, limit: int, offset: int) -> Page[queries.WorkHit]:
    return queries.find_works(text, max(1, min(limit, _AT_MOST)), max(0, offset))


@router.get("/{work_id}", response=WorkOut)
def get_work(request: HttpRequest, work_id: int) -> queries.WorkRow:
    """Return one work."""
    require(actor_of(request), Action.WORK_READ)
    return queries.get_work(work_id)


@router.get("/{work_id}/shares", response=list[PartOut])
def shares(
    request: HttpRequest, work_id: int, right: Right, territory: int, on: date, known_at: datetime | None = None
) -> list[PartOut]:
    """Answer the share question; the parts sum to 1,000,000 ppm."""
    require(actor_of(request), Action.WORK_READ)
    queries.get_work(work_id)
    answer = queries.shares_of(
        work_id, right=right, territory=territory, usage_on=on, known_at=_aware(known_at) if known_at else now()
    )
    names = names_of(part.party_id for part in answer.parts if part.party_id is not None)
    return [
        PartOut(
            party_id=part.party_id,
            party_name=names.get(part.party_id or 0, ""),
            share_ppm=part.share_ppm,
            status=part.status.value,
            line_ids=list(part.line_ids),
            note=part.note,
        )
        for part in answer.parts
    ]


def _aware(instant: datetime) -> datetime:
    """Read an instant without a time zone as UTC."""
    return instant if instant.tzinfo else instant.replace(tzinfo=now().tzinfo)
