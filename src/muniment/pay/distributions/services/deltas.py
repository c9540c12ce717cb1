"""The difference between what a run would come to at a later instant and what was booked for it; columns only."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS

BOOKED = pa.schema(
    [
        pa.field("fund_code", pa.string(), nullable=False),
        pa.field("report_id", pa.int64(), nullable=False),
        pa.field("work_id", pa.int64()),
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("party_id", pa.int64()),
        pa.field("payee_id", pa.int64()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""What is booked for a run: one row for each pool, report, work, owner, payee and status; nothing that is zero."""

DELTAS = pa.schema(
    [
        pa.field("fund_code", pa.string(), nullable=False),
        pa.field("report_id", pa.int64(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
        pa.field("work_id", pa.int64()),
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("party_id", pa.int64()),
        pa.field("payee_id", pa.int64()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("before_micro", pa.int64(), nullable=False),
        pa.field("after_micro", pa.int64(), nullable=False),
        pa.field("delta_micro", pa.int64(), nullable=False),
        pa.field("share_ppm", pa.int32(), nullable=False),  # as known now; 0 where nothing is left
        pa.field("line_count", pa.int64(), nullable=False),
        pa.field("use_count", pa.int64(), nullable=False),
        pa.field("duration_ms", pa.int64(), nullable=False),
        pa.field("points", pa.int64(), nullable=False),
        pa.field("work_amount_micro", pa.int64(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("origin_row", pa.int64(), nullable=False),  # of the run's sealed allocations; the first of the work
    ]
)
"""One difference, pointing at the line of the run that it adjusts. The deltas of a fund sum to zero."""

_KEY = "fund_code, report_id, work_id, memory_key, party_id, payee_id, status"

_BOOKED = f"""
    SELECT {_KEY}, sum(amount_micro)::BIGINT AS amount_micro FROM booked
    GROUP BY ALL HAVING sum(amount_micro) <> 0
    ORDER BY fund_code, report_id, work_id NULLS LAST, memory_key, party_id NULLS LAST, payee_id NULLS LAST, status
"""  # noqa: S608 the columns are ours


@dataclass(frozen=True, slots=True)
class Released:
    """Unmatched money of a pool that was divided after the run: the keys that left, and where they went."""

    fund_code: str
    keys: pa.Table
    allocations: pa.Table


def booked_rows(allocations: pa.Table, deltas: list[pa.Table], released: list[Released]) -> pa.Table:
    """Return BOOKED: the allocations of a run with everything that earlier adjustments and releases changed."""
    columns = BOOKED.names
    tables = [allocations.select(columns).cast(BOOKED)]
    for table in deltas:
        renamed = table.drop_columns(["before_micro", "after_micro"]).rename_columns(
            ["amount_micro" if name == "delta_micro" else name for name in _names(table)]
        )
        tables.append(renamed.select(columns).cast(BOOKED))
    for release in released:
        tables.append(release.allocations.select(columns).cast(BOOKED))
        tables.append(_left(release))
    return query(_BOOKED, booked=pa.concat_tables(tables)).cast(BOOKED)


def _names(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name not in ("before_micro", "after_micro")]


def _left(release: Released) -> pa.Table:
    """Return the released keys as what left the unmatched money."""
    size = release.keys.num_rows
    nobody = pa.nulls(size, pa.int64())
    return pa.table(
        {
            "fund_code": pa.repeat(release.fund_code, size),
            "report_id": release.keys.column("report_id"),
            "work_id": nobody,
            "memory_key": release.keys.column("memory_key"),
            "party_id": nobody,
            "payee_id": nobody,
            "status": pa.repeat("UNMATCHED", size),
            "amount_micro": pc.negate(release.keys.column("amount_micro")),
        }
    ).cast(BOOKED)


_DELTAS = f"""
    WITH both_sides AS (
        SELECT {_KEY}, amount_micro AS before_micro, 0 AS after_micro, 0 AS share_ppm, 0 AS line_count,
               0 AS use_count, 0 AS duration_ms, 0 AS points, 0 AS work_amount_micro FROM booked
        UNION ALL
        SELECT {_KEY}, 0, sum(amount_micro), max(share_ppm), sum(line_count), sum(use_count), sum(duration_ms),
               sum(points), sum(work_amount_micro) FROM target GROUP BY ALL
    ), delta AS (
        SELECT {_KEY}, sum(before_micro)::BIGINT AS before_micro, sum(after_micro)::BIGINT AS after_micro,
               sum(after_micro - before_micro)::BIGINT AS delta_micro, max(share_ppm)::INTEGER AS share_ppm,
               sum(line_count)::BIGINT AS line_count, sum(use_count)::BIGINT AS use_count,
               sum(duration_ms)::BIGINT AS duration_ms, sum(points)::BIGINT AS points,
               sum(work_amount_micro)::BIGINT AS work_amount_micro
        FROM both_sides GROUP BY ALL
    ), owner AS (
        SELECT fund_code, report_id, work_id, memory_key, party_id, sum(delta_micro) AS delta_micro
        FROM delta WHERE status = 'PAYABLE' OR party_id IS NOT NULL GROUP BY ALL
    ), moved_owner AS (
        SELECT fund_code, report_id, work_id, memory_key, bool_or(delta_micro <> 0) AS moved FROM owner GROUP BY ALL
    ), work AS (
        SELECT fund_code, report_id, work_id, memory_key, sum(delta_micro) AS work_delta,
               max(abs(delta_micro)) AS largest, sum(before_micro) AS work_before, sum(after_micro) AS work_after,
               coalesce(sum(delta_micro) FILTER (status = 'DISPUTE'), 0) AS dispute,
               coalesce(sum(delta_micro) FILTER (status = 'UNCLAIMED'), 0) AS unclaimed
        FROM delta GROUP BY ALL HAVING max(abs(delta_micro)) > 0
    )
    SELECT delta.*, work.work_delta, work.largest,
           CASE WHEN work.largest <= 2 THEN 'rounding'
                WHEN delta.work_id IS NULL OR work.work_before = 0 THEN 'work_found'
                WHEN work.work_after = 0 OR abs(work.work_delta) > 2 THEN 'work_corrected'
                WHEN work.dispute > 0 THEN 'counter_claim'
                WHEN work.dispute < 0 THEN 'conflict_resolved'
                WHEN work.unclaimed < 0 THEN 'late_claim'
                WHEN NOT coalesce(moved_owner.moved, true) THEN 'successor'
                ELSE 'corrected_share' END AS reason
    FROM delta
    JOIN work ON work.fund_code = delta.fund_code AND work.report_id = delta.report_id
         AND work.work_id IS NOT DISTINCT FROM delta.work_id AND work.memory_key = delta.memory_key
    LEFT JOIN moved_owner ON moved_owner.fund_code = delta.fund_code AND moved_owner.report_id = delta.report_id
         AND moved_owner.work_id IS NOT DISTINCT FROM delta.work_id AND moved_owner.memory_key = delta.memory_key
    WHERE delta.delta_micro <> 0
"""  # noqa: S608 the columns are ours

_SMALL = """
    SELECT found.fund_code, found.report_id, found.work_id, found.memory_key,
           any_value(found.work_delta) AS work_delta
    FROM found LEFT JOIN expired ON expired.fund_code = found.fund_code AND expired.report_id = found.report_id
         AND expired.work_id IS NOT DISTINCT FROM found.work_id AND expired.memory_key = found.memory_key
         AND expired.party_id IS NOT DISTINCT FROM found.party_id AND expired.status = found.status
    GROUP BY ALL HAVING max(found.largest) < {least} OR bool_or(found.after_micro < expired.amount_micro)
"""

_KEPT = """
    WITH tiny AS (
        SELECT fund_code, sum(work_delta) AS residue FROM small WHERE work_delta <> 0 GROUP BY 1
    ), dropped AS (
        SELECT small.fund_code, report_id, work_id, memory_key FROM small LEFT JOIN tiny USING (fund_code)
        WHERE work_delta = 0 OR residue = 0
    )
    SELECT found.* FROM found
    ANTI JOIN dropped ON dropped.fund_code = found.fund_code AND dropped.report_id = found.report_id
         AND dropped.work_id IS NOT DISTINCT FROM found.work_id AND dropped.memory_key = found.memory_key
"""

_POINTED = """
    WITH of_line AS (
        SELECT fund_code, report_id, work_id, memory_key, party_id, payee_id, min(origin) AS origin
        FROM allocation GROUP BY ALL
    ), of_work AS (
        SELECT fund_code, report_id, work_id, memory_key, min(origin) AS origin FROM allocation GROUP BY ALL
    ), of_report AS (
        SELECT fund_code, report_id, min(origin) AS origin FROM allocation GROUP BY ALL
    )
    SELECT kept.fund_code, kept.report_id, coalesce(report."right", '') AS "right", kept.work_id, kept.memory_key,
           kept.party_id, kept.payee_id, kept.status, before_micro, after_micro, delta_micro, share_ppm, line_count,
           use_count, duration_ms, points, work_amount_micro, reason,
           coalesce(of_line.origin, of_work.origin, of_report.origin, 0)::BIGINT AS origin_row
    FROM kept
    LEFT JOIN report ON report.report_id = kept.report_id
    LEFT JOIN of_line ON of_line.fund_code = kept.fund_code AND of_line.report_id = kept.report_id
         AND of_line.work_id IS NOT DISTINCT FROM kept.work_id AND of_line.memory_key = kept.memory_key
         AND of_line.party_id IS NOT DISTINCT FROM kept.party_id
         AND of_line.payee_id IS NOT DISTINCT FROM kept.payee_id
    LEFT JOIN of_work ON of_work.fund_code = kept.fund_code AND of_work.report_id = kept.report_id
         AND of_work.work_id IS NOT DISTINCT FROM kept.work_id AND of_work.memory_key = kept.memory_key
    LEFT JOIN of_report ON of_report.fund_code = kept.fund_code AND of_report.report_id = kept.report_id
    ORDER BY kept.fund_code, kept.report_id, kept.work_id NULLS LAST, kept.memory_key, kept.status,
             kept.party_id NULLS LAST, kept.payee_id NULLS LAST
"""


def deltas_of(
    *,
    booked: pa.Table,
    target: pa.Table,
    allocations: pa.Table,
    rights: pa.Table,
    expired: pa.Table,
    de_minimis_micro: int,
) -> tuple[pa.Table, int]:
    """Return DELTAS and how many works were left out: what `target` (ALLOCATIONS) comes to less what is `booked`.

    A work is left out where every delta is below `de_minimis_micro`, or where it would take money whose claim window
    has closed, as long as that leaves the sum of its fund at zero. What is left out may come in a later adjustment.

    Args:
        booked: BOOKED, all of the run.
        target: the run's allocations as known now.
        allocations: the run's sealed allocations; `origin_row` counts their rows from 0.
        rights: report_id and right of each report.
        expired: BOOKED rows of holds that were released for good.
        de_minimis_micro: 0 keeps everything.

    Raises:
        ArithmeticError: the deltas of a fund do not sum to zero, which the exact division excludes.
    """
    found = query(_DELTAS, booked=booked, target=target.select(ALLOCATIONS.names))
    small = query(_SMALL.format(least=int(de_minimis_micro)), found=found, expired=expired)
    kept = query(_KEPT, found=found, small=small)
    numbered = allocations.append_column("origin", pa.array(range(allocations.num_rows), pa.int64()))
    pointed = query(_POINTED, kept=kept, allocation=numbered, report=rights).cast(DELTAS)
    for row in query("SELECT fund_code, sum(delta_micro) AS rest FROM d GROUP BY 1", d=pointed).to_pylist():
        if row["rest"]:
            raise ArithmeticError(f"the deltas of {row['fund_code']} sum to {row['rest']}, not to zero")
    return pointed, _work_count(found) - _work_count(kept)


def _work_count(rows: pa.Table) -> int:
    keys = query("SELECT count(*) AS n FROM (SELECT DISTINCT report_id, work_id, memory_key FROM d)", d=rows)
    return int(keys.column("n")[0].as_py())
