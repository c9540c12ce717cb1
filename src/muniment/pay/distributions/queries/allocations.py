"""Reads about allocations: which work earned what, who got it, and why; from the sealed batch of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, SHARE_PARTS
from muniment.kernel.columns.tables import read_table
from muniment.kernel.words.paging import Page
from muniment.pay.distributions.queries.runs import RunRow, get_run
from muniment.rights.parties.queries import names_of
from muniment.rights.works.queries import WorkHit, work_hits
from muniment.trust.batches.queries import get_batch


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """One part of one work in one usage report: how much, and every number it came from."""

    fund_code: str
    report_id: int
    work_id: int | None
    work: WorkHit | None
    memory_key: str
    party_id: int | None
    party_name: str
    payee_id: int | None
    payee_name: str
    status: str
    role: str
    note: str
    share_ppm: int
    line_count: int
    use_count: int
    duration_ms: int
    points: int
    work_amount_micro: int
    amount_micro: int


@dataclass(frozen=True, slots=True)
class WorkSumRow:
    """What a work earned in a run, over all reports."""

    work_id: int
    work: WorkHit | None
    amount_micro: int
    payable_micro: int
    points: int
    line_count: int
    use_count: int


def _unchecked(batch_id: int | None, empty: pa.Schema) -> pa.Table:
    """Read a batch to look at, without checking it against its seal; posting and fsck do that."""
    batch = get_batch(batch_id) if batch_id is not None else None
    return empty.empty_table() if batch is None else read_table(Path(settings.MUNIMENT_STORE) / batch.path)


_ROWS = """
    SELECT allocation.*, coalesce(part.role, '') AS role, coalesce(part.note, '') AS note
    FROM allocation LEFT JOIN part ON part.split_id = allocation.split_id AND part.part = allocation.part
"""

_BY_AMOUNT = " ORDER BY amount_micro DESC, report_id, work_id, memory_key, allocation.split_id, allocation.part"


def list_allocations(
    run_id: int,
    *,
    payee_id: int | None = None,
    work_id: int | None = None,
    status: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Page[AllocationRow]:
    """Return the allocations of a run, the largest first; of one payee, one work, one status, or all.

    Raises:
        UnknownRun: there is no such run.
    """
    run = get_run(run_id)
    conditions = []
    if payee_id is not None:
        conditions.append(f"allocation.payee_id = {int(payee_id)}")
    if work_id is not None:
        conditions.append(f"allocation.work_id = {int(work_id)}")
    if status:
        conditions.append(f"allocation.status = '{status}'" if status.replace("_", "").isalpha() else "false")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    tables = _tables(run)
    found = query(f"{_ROWS}{where}{_BY_AMOUNT} LIMIT {int(limit)} OFFSET {int(offset)}", **tables)
    total = query(f"SELECT count(*) AS n FROM allocation{where}", allocation=tables["allocation"])  # noqa: S608
    return Page(allocation_rows(found), total.column("n")[0].as_py())


def _tables(run: RunRow) -> dict[str, pa.Table]:
    parts = _unchecked(run.parts_batch_id, SHARE_PARTS).select(["split_id", "part", "role", "note"])
    return {"allocation": _unchecked(run.allocations_batch_id, ALLOCATIONS), "part": parts}


def payable_rows(run: RunRow, party_ids: Sequence[int]) -> tuple[AllocationRow, ...]:
    """Return what a run pays to some payees, by payee, fund and amount, for their statements."""
    payee = pa.table({"payee_id": pa.array(party_ids, pa.int64())})
    order = " ORDER BY payee_id, fund_code, amount_micro DESC, report_id, work_id, allocation.split_id, allocation.part"
    sql = f"{_ROWS} SEMI JOIN payee ON payee.payee_id = allocation.payee_id WHERE status = 'PAYABLE'{order}"
    return allocation_rows(query(sql, payee=payee, **_tables(run)))


def allocation_rows(found: pa.Table) -> tuple[AllocationRow, ...]:
    """Return the rows of a table of allocations, with the names of works and parties."""
    rows = found.to_pylist()
    works = work_hits(row["work_id"] for row in rows if row["work_id"] is not None)
    names = names_of({row[who] for row in rows for who in ("party_id", "payee_id") if row[who] is not None})
    return tuple(
        AllocationRow(
            fund_code=row["fund_code"],
            report_id=row["report_id"],
            work_id=row["work_id"],
            work=works.get(row["work_id"]),
            memory_key=row["memory_key"],
            party_id=row["party_id"],
            party_name=names.get(row["party_id"], ""),
            payee_id=row["payee_id"],
            payee_name=names.get(row["payee_id"], ""),
            status=row["status"],
            role=row["role"],
            note=row["note"],
            share_ppm=row["share_ppm"],
            line_count=row["line_count"],
            use_count=row["use_count"],
            duration_ms=row["duration_ms"],
            points=row["points"],
            work_amount_micro=row["work_amount_micro"],
            amount_micro=row["amount_micro"],
        )
        for row in rows
    )


_WORKS = """
    SELECT work_id, sum(amount_micro)::BIGINT AS amount_micro,
           coalesce(sum(amount_micro) FILTER (status = 'PAYABLE'), 0)::BIGINT AS payable_micro,
           sum(points) FILTER (part = 0)::BIGINT AS points,
           sum(line_count) FILTER (part = 0)::BIGINT AS line_count,
           sum(use_count) FILTER (part = 0)::BIGINT AS use_count
    FROM allocation WHERE work_id IS NOT NULL GROUP BY 1 ORDER BY amount_micro DESC, work_id
"""


def list_works(run_id: int, *, limit: int = 50, offset: int = 0) -> Page[WorkSumRow]:
    """Return what each identified work of a run earned, the most first.

    Raises:
        UnknownRun: there is no such run.
    """
    found = query(_WORKS, allocation=_unchecked(get_run(run_id).allocations_batch_id, ALLOCATIONS))
    rows = found.slice(offset, limit).to_pylist()
    works = work_hits(row["work_id"] for row in rows)
    return Page(
        tuple(
            WorkSumRow(
                row["work_id"],
                works.get(row["work_id"]),
                row["amount_micro"],
                row["payable_micro"],
                row["points"],
                row["line_count"],
                row["use_count"],
            )
            for row in rows
        ),
        found.num_rows,
    )
