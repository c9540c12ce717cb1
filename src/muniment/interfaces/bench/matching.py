"""The matching alone: how long its index takes, and how many lines a second it answers with the index at hand."""

from muniment.interfaces.bench.measure import Measures
from muniment.interfaces.cli.console import now, operator_actor
from muniment.use.matching.bulk.match import match_lines
from muniment.use.matching.queries import decisions_for
from muniment.use.matching.rules.scoring import Thresholds
from muniment.use.matching.services import load_index
from muniment.use.usages.queries import list_reports, open_lines


def measure_matching(measures: Measures, works: int) -> None:
    """Add the index over `works` works, and the lines of every report matched again in memory."""
    with measures.stage("matching: index built", works, "works"):
        index = load_index(actor=operator_actor(), at=now())
    reports = list_reports(limit=1_000).rows
    lines = open_lines([report.id for report in reports])
    with measures.stage("matching: lines answered", lines.num_rows, "usage lines"):
        match_lines(lines, index, decisions_for(""), Thresholds())
