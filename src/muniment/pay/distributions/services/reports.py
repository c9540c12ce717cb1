"""The usage reports of a fund, with the sealed lines and the matches that a run may stand on."""

from dataclasses import dataclass
from datetime import date

from muniment.kernel.words.problems import UserError
from muniment.use.matching.queries import latest_match
from muniment.use.usages.queries import list_reports
from muniment.use.usages.rules import ReportState


class NotMatched(UserError):
    """A usage report of a fund has no match run of its present lines."""


class NotSealed(UserError):
    """A usage report of a fund has no sealed lines, so no run may stand on it."""


@dataclass(frozen=True, slots=True)
class MatchedReport:
    """A usage report that can be distributed; who sent it, the day after its period, and the day it came."""

    report_id: int
    right: str
    line_count: int
    lines_batch_id: int
    matches_batch_id: int
    source_code: str = ""
    period_to: date | None = None
    imported_on: date | None = None


def reported_funds() -> set[str]:
    """Return the codes of every fund that has a usage report."""
    return {report.fund_code for report in list_reports(limit=None).rows if report.fund_code}


def matched_reports(fund_code: str) -> list[MatchedReport]:
    """Return the reports of a fund that were not undone, by id.

    Raises:
        NotSealed: the lines of one of them were never sealed.
        NotMatched: one of them was not matched since its lines were sealed.
    """
    found = []
    for report in list_reports(fund_codes=[fund_code], limit=None).rows:
        if report.state is ReportState.UNDONE:
            continue
        if report.batch_id is None:
            raise NotSealed(
                f"The lines of usage report {report.id} of fund {fund_code} are not sealed.",
                "Undo the report and import its file again, then compute again.",
            )
        match = latest_match(report.id)
        if match is None:
            raise NotMatched(
                f"Usage report {report.id} of fund {fund_code} has not been matched.",
                f"Run `muniment match run {report.id}`, then compute again.",
            )
        found.append(
            MatchedReport(
                report.id,
                report.right,
                report.line_count,
                report.batch_id,
                match.batch_id,
                report.source_code,
                report.period_to,
                report.imported_at.date(),
            )
        )
    return sorted(found, key=lambda report: report.report_id)
