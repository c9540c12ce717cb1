"""Reads about adjustments of posted runs, and about what over-paid payees owe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from django.db.models import Q, Sum

from muniment.kernel.columns.engine import query
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import AdjustedPayee, AdjustedPool, Adjustment, Recovery, RecoveryStep
from muniment.pay.distributions.rules.adjusting import AdjustmentState, Reason
from muniment.rights.parties.queries import names_of
from muniment.rights.works.queries import WorkHit, work_hits
from muniment.trust.batches.queries import open_batch


class UnknownAdjustment(UserError):
    """There is no adjustment with this number."""


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """An adjustment; `moved_micro` is what changes hands, `left_out_count` counts works below the de minimis."""

    id: int
    number: int
    run_id: int
    run_number: int
    currency: str
    title: str
    known_at: datetime
    known_before: datetime
    state: AdjustmentState
    created_by: str
    created_at: datetime
    approved_by: str
    approved_at: datetime | None
    posted_by: str
    posted_at: datetime | None
    digest: str
    moved_micro: int
    delta_count: int
    left_out_count: int
    write_off_micro: int
    deltas_batch_id: int
    allocations_batch_id: int


@dataclass(frozen=True, slots=True)
class DeltaRow:
    """One difference, with the line of the run's allocations that it adjusts."""

    fund_code: str
    report_id: int
    right: str
    work_id: int | None
    work: WorkHit | None
    memory_key: str
    party_id: int | None
    party_name: str
    payee_id: int | None
    payee_name: str
    status: str
    before_micro: int
    after_micro: int
    delta_micro: int
    share_ppm: int
    line_count: int
    use_count: int
    duration_ms: int
    points: int
    work_amount_micro: int
    reason: Reason
    origin_row: int


@dataclass(frozen=True, slots=True)
class AdjustedPayeeRow:
    """What a posted adjustment came to for a payee: amount = deducted + account + held + owed."""

    party_id: int
    party_name: str
    amount_micro: int
    account_micro: int
    held_micro: int
    held_reason: str
    owed_micro: int
    deducted_micro: int = 0


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """What a payee owes: open = amount - settled; `proposed` are write-offs that wait for a second person."""

    id: int
    party_id: int
    party_name: str
    adjustment_number: int
    currency: str
    amount_micro: int
    settled_micro: int
    proposed_micro: int
    cap_ppm: int
    started_at: datetime
    ends_on: date

    @property
    def open_micro(self) -> int:
        """Return what is still owed."""
        return self.amount_micro - self.settled_micro


@dataclass(frozen=True, slots=True)
class WriteOffRow:
    """A write-off that somebody proposed and nobody has approved yet."""

    id: int
    recovery_id: int
    party_name: str
    currency: str
    amount_micro: int
    proposed_by: str
    proposed_at: datetime
    note: str


def adjustment_row(row: Adjustment) -> AdjustmentRow:
    """Return the frozen row of an adjustment."""
    run = row.run
    return AdjustmentRow(
        row.pk,
        row.number,
        run.pk,
        run.number,
        run.currency,
        row.title,
        row.known_at,
        run.known_at,
        AdjustmentState(row.state),
        row.created_by,
        row.created_at,
        row.approved_by,
        row.approved_at,
        row.posted_by,
        row.posted_at,
        row.digest,
        row.moved_micro,
        row.delta_count,
        row.left_out_count,
        row.write_off_micro,
        row.deltas_batch_id,
        run.allocations_batch_id or 0,
    )


def list_adjustments(*, run_id: int | None = None, limit: int = 50, offset: int = 0) -> Page[AdjustmentRow]:
    """Return adjustments, newest first; of one run, or all."""
    rows = Adjustment.objects.select_related("run").order_by("-number")
    if run_id is not None:
        rows = rows.filter(run_id=run_id)
    return Page(tuple(adjustment_row(row) for row in rows[offset : offset + limit]), rows.count())


def get_adjustment(adjustment_id: int) -> AdjustmentRow:
    """Return an adjustment by its id.

    Raises:
        UnknownAdjustment: there is none.
    """
    return _one(Q(pk=adjustment_id), f"id {adjustment_id}")


def get_adjustment_by_number(number: int) -> AdjustmentRow:
    """Return an adjustment by the number that people use.

    Raises:
        UnknownAdjustment: there is none.
    """
    return _one(Q(number=number), f"number {number}")


def _one(condition: Q, what: str) -> AdjustmentRow:
    row = Adjustment.objects.select_related("run").filter(condition).first()
    if row is None:
        raise UnknownAdjustment(f"There is no adjustment with the {what}.", "Look it up in the list of adjustments.")
    return adjustment_row(row)


def list_deltas(adjustment_id: int, *, payee_id: int | None = None, limit: int = 50, offset: int = 0) -> Page[DeltaRow]:
    """Return the deltas of an adjustment, the largest first; of one payee, or all.

    Raises:
        UnknownAdjustment: there is none.
        BrokenBatch: the sealed deltas are missing or changed.
    """
    table = open_batch(get_adjustment(adjustment_id).deltas_batch_id)
    where = "" if payee_id is None else f" WHERE payee_id = {int(payee_id)}"
    order = " ORDER BY abs(delta_micro) DESC, origin_row, status, party_id NULLS LAST, payee_id NULLS LAST"
    found = query(f"SELECT * FROM delta{where}{order}", delta=table)  # noqa: S608 a number of ours
    return Page(delta_rows(found.slice(offset, limit)), found.num_rows)


def deltas_of_payees(adjustment: AdjustmentRow, party_ids: Sequence[int]) -> tuple[DeltaRow, ...]:
    """Return the deltas of some payees, by payee, fund and size, for their statements."""
    payee = pa.table({"payee_id": pa.array(party_ids, pa.int64())})
    sql = (
        "SELECT delta.* FROM delta SEMI JOIN payee ON payee.payee_id = delta.payee_id"
        " ORDER BY payee_id, fund_code, abs(delta_micro) DESC, origin_row, party_id NULLS LAST, work_id"
    )
    return delta_rows(query(sql, delta=open_batch(adjustment.deltas_batch_id), payee=payee))


def delta_rows(found: pa.Table) -> tuple[DeltaRow, ...]:
    """Return the rows of a table of deltas, with the names of works and parties."""
    rows = found.to_pylist()
    works = work_hits(row["work_id"] for row in rows if row["work_id"] is not None)
    names = names_of({row[who] for row in rows for who in ("party_id", "payee_id") if row[who] is not None})
    return tuple(_delta_row(row, works, names) for row in rows)


def _delta_row(row: dict[str, object], works: Mapping[int, WorkHit], names: Mapping[int, str]) -> DeltaRow:
    facts: dict[str, object] = dict(row)
    work_id, party_id, payee_id = row["work_id"], row["party_id"], row["payee_id"]
    facts["work"] = works.get(work_id) if isinstance(work_id, int) else None
    facts["party_name"] = names.get(party_id, "") if isinstance(party_id, int) else ""
    facts["payee_name"] = names.get(payee_id, "") if isinstance(payee_id, int) else ""
    facts["reason"] = Reason(str(row["reason"]))
    return DeltaRow(**facts)  # type: ignore[arg-type]  # the columns of DELTAS are the fields


def adjusted_payees(adjustment_id: int) -> tuple[AdjustedPayeeRow, ...]:
    """Return what a posted adjustment came to for each payee, the largest changes first."""
    rows = list(AdjustedPayee.objects.filter(adjustment_id=adjustment_id))
    names = names_of(row.party_id for row in rows)
    found = [
        AdjustedPayeeRow(
            row.party_id,
            names.get(row.party_id, ""),
            row.amount_micro,
            row.account_micro,
            row.held_micro,
            row.held_reason,
            row.owed_micro,
            row.deducted_micro,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda row: (-abs(row.amount_micro), row.party_id)))


def entries_of_adjustment(adjustment_id: int) -> tuple[tuple[str, int, int], ...]:
    """Return fund, moved micro-units and ledger entry of each pool that a posted adjustment changed."""
    rows = AdjustedPool.objects.filter(adjustment_id=adjustment_id).order_by("pool__ordinal")
    return tuple(rows.values_list("pool__fund_code", "moved_micro", "entry_id"))


def list_recoveries(*, party_id: int | None = None, open_only: bool = True) -> tuple[RecoveryRow, ...]:
    """Return what over-paid payees owe, the oldest first; of one payee, or all."""
    rows = Recovery.objects.select_related("adjustment").order_by("id")
    if party_id is not None:
        rows = rows.filter(party_id=party_id)
    found = list(rows)
    settled, proposed = _step_sums(taken=True), _step_sums(taken=False)
    names = names_of(row.party_id for row in found)
    all_rows = (
        RecoveryRow(
            row.pk,
            row.party_id,
            names.get(row.party_id, ""),
            row.adjustment.number,
            row.currency,
            row.amount_micro,
            settled.get(row.pk, 0),
            proposed.get(row.pk, 0),
            row.cap_ppm,
            row.started_at,
            row.ends_on,
        )
        for row in found
    )
    return tuple(row for row in all_rows if row.open_micro or not open_only)


def _step_sums(*, taken: bool) -> dict[int, int]:
    steps = RecoveryStep.objects.filter(taken_at__isnull=not taken).order_by()
    return {
        row["recovery_id"]: int(row["total"]) for row in steps.values("recovery_id").annotate(total=Sum("amount_micro"))
    }


def list_write_offs() -> tuple[WriteOffRow, ...]:
    """Return the write-offs that wait for a second person, the oldest first."""
    steps = RecoveryStep.objects.filter(taken_at__isnull=True).select_related("recovery").order_by("id")
    names = names_of(step.recovery.party_id for step in steps)
    return tuple(
        WriteOffRow(
            step.pk,
            step.recovery_id,
            names.get(step.recovery.party_id, ""),
            step.recovery.currency,
            step.amount_micro,
            step.proposed_by,
            step.proposed_at,
            step.note,
        )
        for step in steps
    )
