"""The API of usage: reports and their lines, to be read."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of
from muniment.trust.access.rules import Action, require
from muniment.use.usages import queries

PREFIX = "/usage"
router = Router(tags=["usage"])
_MOST = 500


class ReportOut(Schema):
    """A usage report; its period ends before `period_to`."""

    id: int
    source_code: str
    form: str
    licensee_party_id: int | None
    fund_code: str
    period_from: date
    period_to: date
    territory: int
    right: str
    currency: str
    file_name: str
    file_digest: str
    state: str
    line_count: int
    bad_count: int
    use_count: int
    amount_micro: int | None
    imported_at: datetime
    imported_by: str


class ReportsOut(Schema):
    """Some reports, newest first."""

    total: int
    rows: list[ReportOut]


class LineOut(Schema):
    """A line: what was reported, untouched, and what was understood."""

    line_id: int
    source_line: int
    reported: dict[str, str]
    extra: dict[str, str]
    isrc: str | None
    iswc: str | None
    duration_ms: int | None
    use_count: int
    used_on: date
    territory: int
    use_kind: str
    amount_micro: int | None
    currency: str | None


@router.get("/reports", response=ReportsOut)
def list_reports(request: HttpRequest, source: str = "", limit: int = 50, offset: int = 0) -> object:
    """Return reports, newest first, of one source or of all."""
    require(actor_of(request), Action.USAGE_READ)
    return queries.list_reports(source_code=source, limit=min(max(limit, 1), _MOST), offset=max(offset, 0))


@router.get("/reports/{report_id}", response=ReportOut)
def get_report(request: HttpRequest, report_id: int) -> object:
    """Return one report."""
    require(actor_of(request), Action.USAGE_READ)
    return queries.get_report(report_id)


@router.get("/reports/{report_id}/lines", response=list[LineOut])
def list_lines(request: HttpRequest, report_id: int, limit: int = 50, offset: int = 0) -> object:
    """Return some lines of a report in the order of its file."""
    require(actor_of(request), Action.USAGE_READ)
    return list(queries.lines(report_id, max(offset, 0), min(max(limit, 1), _MOST)))
