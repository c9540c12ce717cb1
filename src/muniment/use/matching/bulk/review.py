"""What a match leaves for people, as columns: one row for each distinct line that was not settled by itself."""

import pyarrow as pa

from muniment.kernel.columns.engine import query

_WAITING = """
    SELECT m.memory_key,
           any_value(m.band ORDER BY m.line_id) AS band,
           max(m.score_ppm) AS score_ppm,
           max(m.method = 'decision') AS decided,
           count(*) AS line_count,
           sum(l.use_count)::BIGINT AS use_count,
           sum(l.amount_micro)::BIGINT AS amount_micro,
           min(m.line_id) AS sample_line_id
    FROM matches m JOIN lines l USING (line_id)
    WHERE m.band <> 'matched' OR m.method = 'decision'
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


def waiting(lines: pa.Table, matches: pa.Table) -> pa.Table:
    """Return the distinct lines in review, unidentified or settled by a decision, with their counts and first texts."""
    return query(_SAMPLES, lines=lines, matches=matches)


def band_counts(lines: pa.Table, matches: pa.Table) -> dict[str, tuple[int, int]]:
    """Return for each band its lines and its uses; a band without lines is left out."""
    table = query(_COUNTS, lines=lines, matches=matches)
    columns = (table.column(name).to_pylist() for name in ("band", "line_count", "use_count"))
    return {band: (line_count, use_count) for band, line_count, use_count in zip(*columns, strict=True)}
