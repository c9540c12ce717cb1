"""What each stage of matching contributed to a run: lines and plays, by band."""

from dataclasses import dataclass

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import MATCHES
from muniment.trust.batches.queries import open_batch
from muniment.use.matching.queries.runs import get_match_run
from muniment.use.matching.rules.scoring import Band
from muniment.use.matching.rules.stages import STAGES
from muniment.use.usages.queries import open_lines

_COUNTS = """
    SELECT m.method, m.band, count(*) AS line_count, sum(l.use_count)::BIGINT AS use_count
    FROM matches m JOIN lines l USING (line_id) GROUP BY m.method, m.band
"""


@dataclass(frozen=True, slots=True)
class StageCount:
    """The lines of one method in one band, and the plays that they report."""

    stage: str
    method: str
    band: Band
    line_count: int
    use_count: int


def stage_counts(run_id: int) -> tuple[StageCount, ...]:
    """Return how the lines and plays of a match run fell, by stage in their order, then by band.

    Raises:
        UnknownItem: there is no such run.
        UnknownReport, BrokenBatch: its lines were undone, or are not what was sealed.
    """
    run = get_match_run(run_id)
    matches = open_batch(run.batch_id).cast(MATCHES)
    rows = query(_COUNTS, matches=matches, lines=open_lines([run.report_id])).to_pylist()
    found = (StageCount(STAGES[row["method"]], **{**row, "band": Band(row["band"])}) for row in rows)
    methods, bands = list(STAGES), list(Band)
    return tuple(sorted(found, key=lambda row: (methods.index(row.method), bands.index(row.band))))
