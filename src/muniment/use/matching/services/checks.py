"""Watching the matcher: a sample of what it settled by itself goes to people, who confirm or deny it.

A check changes no money: its lines stay matched until somebody denies the work and the report is matched again.
"""

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.queries import open_batch
from muniment.use.matching.bulk.review import CHECKS, waiting
from muniment.use.matching.bulk.sampling import draw_sample, only_keys, settled_lines
from muniment.use.matching.models import CheckDraw, MatchCheck, MatchRun, ReviewCount, ReviewItem
from muniment.use.matching.queries.quality import DrawRow, draw_row
from muniment.use.matching.queries.runs import UnknownItem, latest_matches, matches_of
from muniment.use.matching.rules.review import ItemState
from muniment.use.matching.services.queue import candidates_by_key, recount, write_waiting
from muniment.use.usages.queries import list_reports, open_lines
from muniment.use.usages.rules import ReportState

MOST_DRAWN = 5_000


class NothingToCheck(UserError):
    """There is nothing to draw a sample from, or the size of the sample is none."""


@transaction.atomic
def draw_checks(*, actor: Actor, at: datetime, count: int, seed: int, report_id: int | None = None) -> DrawRow:
    """Put a random sample of automatically matched distinct lines before people; return what was drawn.

    Every distinct line of the latest runs (of one report, or of all) that no person has had before has the same
    chance. The same seed over the same matches draws the same lines.

    Raises:
        NotAllowed: the actor may not review matches.
        UnknownItem: the report was never matched.
        NothingToCheck: every such line was before a person already, or `count` is not 1 to 5,000.
        BrokenBatch: matches or lines are not what was sealed.
    """
    require(actor, Action.MATCH_REVIEW)
    if not 1 <= count <= MOST_DRAWN:
        raise NothingToCheck(f"A sample has 1 to {MOST_DRAWN} lines, not {count}.", "Ask for fewer, or for some.")
    runs = _latest_runs(report_id)
    settled = [settled_lines(matches_of(run_report), run_id) for run_report, run_id in runs.items()]
    known = list(ReviewItem.objects.exclude(state=ItemState.SETTLED.value).values_list("memory_key", flat=True))
    drawn, population = draw_sample(settled, known, count, seed)
    if drawn.num_rows == 0:
        raise NothingToCheck("No automatically matched line is left to check.", "Match a report first.")
    for run_report, run_id in runs.items():
        _show(run_report, run_id, drawn)
    ids = dict(
        ReviewItem.objects.filter(memory_key__in=drawn.column("memory_key").to_pylist()).values_list("memory_key", "pk")
    )
    recount(ids.values())
    draw = CheckDraw.objects.create(
        seed=seed, population_count=population, drawn_count=drawn.num_rows, drawn_by=actor.name, drawn_at=at
    )
    copy_rows(
        MatchCheck,
        ("draw_id", "item_id", "run_id", "work_id", "score_ppm"),
        (
            (draw.pk, ids[row["memory_key"]], row["run_id"], row["work_id"], row["score_ppm"])
            for row in drawn.to_pylist()
        ),
    )
    record_event(
        actor=actor,
        at=at,
        tag="match.checks_drawn",
        subject_kind="check_draw",
        subject_id=draw.pk,
        after={"seed": seed, "population": population, "drawn": drawn.num_rows, "report": report_id},
    )
    return draw_row(draw)


def _latest_runs(report_id: int | None) -> dict[int, int]:
    """Return the run that counts of one report, or of every report that was not undone: report to run."""
    if report_id is None:
        reports = [row.id for row in list_reports(limit=None).rows if row.state is not ReportState.UNDONE]
    else:
        reports = [report_id]
    runs = latest_matches(reports)
    if not runs:
        raise UnknownItem("Nothing was matched yet.", "Match a report first.")
    return {run.report_id: run.id for run in sorted(runs.values(), key=lambda run: run.report_id)}


def _show(report_id: int, run_id: int, drawn: pa.Table) -> None:
    """Write the items of the drawn lines that a report holds, each with how much of it the report holds."""
    lines = open_lines([report_id])
    keys = drawn.column("memory_key")
    matches = only_keys(matches_of(report_id), keys)
    rows = waiting(lines, matches, drawn.select(CHECKS.names)).to_pylist()
    there = {str(row["memory_key"]) for row in rows}
    ReviewCount.objects.filter(report_id=report_id, item__memory_key__in=there).delete()
    write_waiting(report_id, rows, _candidates(run_id, drawn, there))


def _candidates(run_id: int, drawn: pa.Table, there: set[str]) -> Mapping[str, list[dict[str, object]]]:
    """Return the work that was found for each drawn line, and what came second, as items keep them."""
    second = MatchRun.objects.get(pk=run_id).runners_up_id
    tables = [drawn.select(["memory_key", "work_id", "score_ppm", "reasons"])]
    if second is not None:
        tables.append(only_keys(open_batch(second), drawn.column("memory_key")))
    found = candidates_by_key(pa.concat_tables([table.cast(tables[0].schema) for table in tables]))
    return {key: rows for key, rows in found.items() if key in there}
