"""Issue the statements of a posted run: one for each payee, numbered."""

from datetime import datetime

from django.db import transaction

from muniment.kernel.words.problems import Progress, silent
from muniment.pay.distributions.models import RunPayee, Statement
from muniment.pay.distributions.queries.runs import RunRow, run_row
from muniment.pay.distributions.queries.statement_names import STAGE, names_table, sealed_names
from muniment.pay.distributions.rules import PAYABLE, RunState
from muniment.pay.distributions.services.runs import locked_run
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.services import seal_batch

_COLUMNS = (
    "run_id", "party_id", "number", "issued_at", "currency", "opening_micro", "gross_micro", "deducted_micro",
    "held_reason", "held_micro", "payable_micro", "closing_micro", "line_count",
)  # fmt: skip


def statement_number(run_number: int, place: int) -> str:
    """Return the number of the statement at `place` in its run: "0003-000017"."""
    return f"{run_number:04d}-{place:06d}"


@transaction.atomic
def issue_statements(*, actor: Actor, at: datetime, run_id: int, progress: Progress = silent) -> RunRow:
    """Issue one statement for each payee of a posted run, numbered in the order of the parties.

    A statement opens with what the payee's account held just before the run and closes with what the run left there.
    What works, parties and sources are called now is sealed, so that each prints the same whenever it is made.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    run = locked_run(run_id, "issue statements for")
    rows: list[tuple[object, ...]] = []
    for place, payee in enumerate(RunPayee.objects.filter(run=run).order_by("party_id"), start=1):
        is_paid = payee.outcome == PAYABLE
        opening_micro = payee.opening_micro or 0
        left_micro = payee.amount_micro - payee.deducted_micro
        payable_micro = left_micro - payee.recovered_micro if is_paid else 0
        waits = payee.outcome if not is_paid else "RECOVERY" if payee.recovered_micro else ""
        rows.append(
            (
                run.pk, payee.party_id, statement_number(run.number, place), at, run.currency, opening_micro,
                payee.amount_micro, payee.deducted_micro, waits, left_micro - payable_micro,
                payable_micro, opening_micro + payable_micro, payee.line_count,
            )
        )  # fmt: skip
    copy_rows(Statement, _COLUMNS, rows)
    _seal_names(run_row(run), at)
    progress(len(rows), len(rows))
    run.state = RunState.STATEMENTS.value
    run.save(update_fields=["state"])
    record_event(
        actor=actor,
        at=at,
        tag="distribution.statements_issued",
        subject_kind="distribution",
        subject_id=run.number,
        before={"state": RunState.POSTED.value},
        after={"state": run.state, "statement_count": len(rows)},
    )
    return run_row(run)


def _seal_names(run: RunRow, at: datetime) -> None:
    """Seal the names that the statements print; statements that are issued again keep those of the first time."""
    if run.allocations_batch_id is not None and sealed_names(run) is None:
        seal_batch(at=at, stage=STAGE, table=names_table(run), sum_column=None, parents=[run.allocations_batch_id])
