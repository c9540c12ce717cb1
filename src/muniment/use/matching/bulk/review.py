"""What a match leaves for people, as columns: one row for each distinct line that was not settled by itself."""

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.engine import query

_WAITING = """
    SELECT m.memory_key,
           any_value(m.band ORDER BY m.line_id) AS band,
           any_value(m.method ORDER BY m.line_id) AS method,
           max(m.score_ppm) AS score_ppm,
           max(m.method = 'decision') AS decided,
           count(*) AS line_count,
           sum(l.use_count)::BIGINT AS use_count,
           sum(l.amount_micro)::BIGINT AS amount_micro,
           min(m.line_id) AS sample_line_id
    FROM matches m JOIN lines l USING (line_id)
    WHERE m.band <> 'matched' OR m.method = 'decision'
       OR EXISTS (SELECT 1 FROM checks c WHERE c.memory_key = m.memory_key AND c.work_id = m.work_id)
    GROUP BY m.memory_key
"""
_SAMPLES = f"""
    SELECT w.*, l.reported_title AS title, l.reported_performer AS performer, l.reported_writers AS writers,
           l.iswc, l.isrc, l.reported_source_id AS source_id
    FROM ({_WAITING}) w JOIN lines l ON l.line_id = w.sample_line_id
    ORDER BY w.memory_key
"""  # noqa: S608 - our own words only
_COUNTS = """
    SELECT m.band, count(*) AS line_count, sum(l.use_count)::BIGINT AS use_count
    FROM matches m JOIN lines l USING (line_id) GROUP BY m.band
"""

CHECKS = pa.schema(
    [
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("work_id", pa.int64(), nullable=False),
    ]
)
"""Distinct lines that the matcher settled by itself and a person is to check, with the work that was found."""


def waiting(lines: pa.Table, matches: pa.Table, checks: pa.Table) -> pa.Table:
    """Return the distinct lines that people have to do with, with their counts and first texts.

    They are in review, unidentified or settled by a decision; or they are among `checks` and still matched so.
    """
    return query(_SAMPLES, lines=lines, matches=matches, checks=checks)


def band_counts(lines: pa.Table, matches: pa.Table) -> dict[str, tuple[int, int]]:
    """Return for each band its lines and its uses; a band without lines is left out."""
    table = query(_COUNTS, lines=lines, matches=matches)
    columns = (table.column(name).to_pylist() for name in ("band", "line_count", "use_count"))
    return {band: (line_count, use_count) for band, line_count, use_count in zip(*columns, strict=True)}


def runners_up(candidates: pa.Table) -> pa.Table:
    """Return what came second for each distinct line, with its reasons: what an explanation needs beside MATCHES."""
    return candidates.filter(pc.equal(candidates.column("place"), 2)).drop_columns(["place"])
