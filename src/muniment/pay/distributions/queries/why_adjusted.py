"""Why a payee's statement of an adjustment has a line: the old line, what was learnt since, who funds it, the entry.

Everything is read from what was sealed: the run's allocations, the adjustment's deltas, the entries of both. The facts
between the two knowledge dates are those of the register that began or ended to be known in between.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from muniment.kernel.columns.engine import query
from muniment.kernel.words.period import Known
from muniment.pay.distributions.models import AdjustedPool, Recovery, Statement
from muniment.pay.distributions.queries.adjustments import (
    AdjustedPayeeRow,
    AdjustmentRow,
    DeltaRow,
    adjusted_payees,
    deltas_of_payees,
    get_adjustment,
)
from muniment.pay.distributions.queries.documents import StatementRow, UnknownStatement, get_statement
from muniment.pay.distributions.queries.runs import DeductionRow, RunRow, get_run, payee_deductions_of
from muniment.pay.distributions.queries.statement_lines import ordered_lines, rows_of
from muniment.rights.parties.queries import party_facts
from muniment.rights.parties.rules.payees import PartyFacts
from muniment.rights.works.queries import UnknownWork, current_work_ids, get_work
from muniment.rights.works.rules.rows import ShareLineRow
from muniment.trust.batches.queries import IntakeRow, get_batch, get_intake, open_batch
from muniment.trust.ledger.queries import EntryRow, get_entry, transfers_of
from muniment.trust.ledger.rules import payable, recoverable
from muniment.use.matching.queries import list_match_runs

_ORIGIN = (
    "fund_code", "report_id", "work_id", "memory_key", "split_id", "part", "party_id", "payee_id", "status",
    "share_ppm", "points", "work_amount_micro", "amount_micro",
)  # fmt: skip


class Fact(StrEnum):
    """What began or ended to be known between the two knowledge dates."""

    SHARE_STATED = "share_stated"
    SHARE_ENDED = "share_ended"
    SUCCESSION = "succession"
    SUCCESSION_ENDED = "succession_ended"
    MANDATE = "mandate"
    MANDATE_ENDED = "mandate_ended"
    MATCHED = "matched"


class Step(StrEnum):
    """Where the money of a difference came from: what waited, what was still on an account, a means of the policy."""

    WAITED = "waited"
    ON_ACCOUNT = "on_account"
    OTHER_PAYEES = "other_payees"
    RECOVERY = "recovery"
    RESERVE = "reserve"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True)
class OldLine:
    """The line of the run that the difference is counted from; with a statement where it is the payee's own.

    `row` counts the run's sealed allocations from 1; `is_own` says that it was this payee's, paid.
    """

    row: int
    status: str
    is_own: bool
    share_ppm: int
    points: int
    work_amount_micro: int
    amount_micro: int
    statement_id: int | None = None
    statement_number: str = ""
    line_number: int | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """One fact that was learnt at an instant; `line` is the share line of one about a share, `intake` its document.

    `is_own` is False where it is about somebody else's share: then nobody is to be named to the payee.
    """

    fact: Fact
    at: datetime
    share_ppm: int = 0
    is_own: bool = True
    line: ShareLineRow | None = None
    intake: IntakeRow | None = None


@dataclass(frozen=True, slots=True)
class FundingStep:
    """A part of what moved to or from the payee in the fund, and where it came from or went."""

    step: Step
    amount_micro: int


@dataclass(frozen=True, slots=True)
class WhyAdjusted:
    """Everything that a line of an adjustment's statement came from; amounts of `payee` are of the whole adjustment.

    `funding` is of all the payee's lines of the fund together, as the entry books them. `recovery_micro` is what the
    payee owes because of the adjustment.
    """

    statement: StatementRow
    run: RunRow
    adjustment: AdjustmentRow
    number: int
    delta: DeltaRow
    old: OldLine | None
    learnt: tuple[Learnt, ...]
    payee: AdjustedPayeeRow | None
    funding: tuple[FundingStep, ...]
    recovery_micro: int
    deductions: tuple[DeductionRow, ...]
    entry: EntryRow | None
    run_entry_id: int | None


def why_adjusted(statement_id: int, number: int) -> WhyAdjusted:
    """Return what the line of this number, from 1, of an adjustment's statement came from.

    Raises:
        UnknownStatement: there is no such statement, it is of a run, or it has no such line.
    """
    statement = get_statement(statement_id)
    deltas: tuple[DeltaRow, ...] = ()
    if statement.adjustment_id is not None:
        adjustment = get_adjustment(statement.adjustment_id)
        deltas = deltas_of_payees(adjustment, [statement.party_id])
    if not 1 <= number <= len(deltas):
        raise UnknownStatement(
            f"Statement {statement.number} has no line {number} of an adjustment.", "Choose a line of it."
        )
    delta, run = deltas[number - 1], get_run(statement.run_id)
    booked = AdjustedPool.objects.filter(adjustment_id=adjustment.id, pool__fund_code=delta.fund_code)
    entry_id, run_entry_id = booked.values_list("entry_id", "pool__entry_id").first() or (None, None)
    owed = Recovery.objects.filter(adjustment_id=adjustment.id, party_id=statement.party_id)
    payees = {row.party_id: row for row in adjusted_payees(adjustment.id)}
    return WhyAdjusted(
        statement=statement,
        run=run,
        adjustment=adjustment,
        number=number,
        delta=delta,
        old=_old_line(run, adjustment, delta, statement.party_id),
        learnt=tuple(_learnt(adjustment, delta, statement.party_id)),
        payee=payees.get(statement.party_id),
        funding=_funding(entry_id, statement.party_id),
        recovery_micro=owed.values_list("amount_micro", flat=True).first() or 0,
        deductions=payee_deductions_of(run.id, [statement.party_id], adjustment.id).get(statement.party_id, ()),
        entry=None if entry_id is None else get_entry(entry_id),
        run_entry_id=run_entry_id,
    )


# ---- the old line ----


def _old_line(run: RunRow, adjustment: AdjustmentRow, delta: DeltaRow, party_id: int) -> OldLine | None:
    """Return the line of the run that a difference points at; of a work that was found, the unidentified line.

    None where no line of the run was of the work, or the sealed file is not there.
    """
    number: int | None = delta.origin_row
    row = _allocation(run, delta.origin_row)
    if row is not None and (row["work_id"], row["memory_key"]) != (delta.work_id, delta.memory_key):
        number = _unidentified(adjustment, delta)
        row = None if number is None else _allocation(run, number)
    if row is None or number is None or row["fund_code"] != delta.fund_code:
        return None
    is_own = row["status"] == "PAYABLE" and row["payee_id"] == party_id and row["work_id"] == delta.work_id
    place = _statement_line(run, party_id, row) if is_own else (None, "", None)
    amounts = (row["share_ppm"], row["points"], row["work_amount_micro"], row["amount_micro"])
    return OldLine(number + 1, row["status"], is_own, *amounts, *place)


_GONE = """
    SELECT origin_row FROM delta
    WHERE fund_code = '{fund}' AND report_id = {report} AND status = 'UNMATCHED' AND delta_micro < 0
    ORDER BY delta_micro, origin_row LIMIT 2
"""


def _unidentified(adjustment: AdjustmentRow, delta: DeltaRow) -> int | None:
    """Return the row of the run's only unidentified line of the report that the adjustment resolves, if it is one."""
    sql = _GONE.format(fund=delta.fund_code.replace("'", "''"), report=int(delta.report_id))
    rows = query(sql, delta=open_batch(adjustment.deltas_batch_id)).column("origin_row").to_pylist()
    return int(rows[0]) if len(rows) == 1 else None


def _allocation(run: RunRow, number: int) -> dict[str, Any] | None:
    """Return a row of the run's sealed allocations by its place from 0; only its row group is read."""
    batch = get_batch(run.allocations_batch_id or 0)
    path = None if batch is None else Path(settings.MUNIMENT_STORE) / batch.path
    if path is None or not path.exists():
        return None
    file, first = pq.ParquetFile(path), 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if first <= number < first + size:
            table = file.read_row_group(group, columns=list(_ORIGIN)).slice(number - first, 1)
            return next(rows_of(table))
        first += size
    return None


def _statement_line(run: RunRow, party_id: int, row: dict[str, Any]) -> tuple[int | None, str, int | None]:
    """Return the payee's statement of the run, its number, and which line of it the row is."""
    statement = Statement.objects.filter(run_id=run.id, party_id=party_id, adjustment__isnull=True).first()
    file = ordered_lines(run) if statement is not None else None
    if statement is None or file is None:
        return None, "", None
    keys = ("fund_code", "report_id", "work_id", "split_id", "part")
    pieces = list(file.pieces(file.rows_of(party_id), keys))
    for number, found in enumerate(rows_of(pa.concat_tables(pieces)) if pieces else (), start=1):
        if all(found[key] == row[key] for key in keys):
            return statement.pk, statement.number, number
    return statement.pk, statement.number, None


# ---- what was learnt ----


def _learnt(adjustment: AdjustmentRow, delta: DeltaRow, party_id: int) -> Iterator[Learnt]:
    """Yield the facts about the work and the owner that began or ended to be known in between, the oldest first."""
    found = [*_shares(adjustment, delta, party_id), *_of_owner(adjustment, delta, party_id)]
    found += [
        Learnt(Fact.MATCHED, run.run_at)
        for run in list_match_runs(delta.report_id)
        if adjustment.known_before < run.run_at <= adjustment.known_at
    ]
    yield from sorted(found, key=lambda row: (row.at, row.fact, row.line.id if row.line else 0))


def _between(adjustment: AdjustmentRow, at: datetime | None) -> bool:
    return at is not None and adjustment.known_before < at <= adjustment.known_at


def _shares(adjustment: AdjustmentRow, delta: DeltaRow, party_id: int) -> Iterator[Learnt]:
    if delta.work_id is None:
        return
    current = current_work_ids([delta.work_id], adjustment.known_at)[delta.work_id]
    try:
        work = get_work(current)
    except UnknownWork:
        return
    own = {party_id, delta.party_id}
    for line in (*work.share_lines, *work.closed_lines):
        if line.right.value != delta.right:
            continue
        intake = None if line.intake_id is None else get_intake(line.intake_id)
        for fact, at in ((Fact.SHARE_STATED, line.known_from), (Fact.SHARE_ENDED, line.known_to)):
            if at is not None and _between(adjustment, at):
                yield Learnt(fact, at, line.share_ppm, line.party_id in own, line, intake)


def _of_owner(adjustment: AdjustmentRow, delta: DeltaRow, party_id: int) -> Iterator[Learnt]:
    """Yield successions and mandates of the line's owner that were learnt in between."""
    owners = sorted({owner for owner in (delta.party_id, party_id) if owner is not None})
    for facts in party_facts(owners).values():
        yield from _of_facts(adjustment, facts, party_id)


def _of_facts(adjustment: AdjustmentRow, facts: PartyFacts, party_id: int) -> Iterator[Learnt]:
    for succession in facts.successions:
        own = party_id in (facts.party_id, succession.successor.party_id)
        for fact, at in _edges(succession.known, Fact.SUCCESSION, Fact.SUCCESSION_ENDED):
            if _between(adjustment, at):
                yield Learnt(fact, at, succession.share_ppm, own)
    for mandate in facts.mandates:
        for fact, at in _edges(mandate.known, Fact.MANDATE, Fact.MANDATE_ENDED):
            if _between(adjustment, at):
                yield Learnt(fact, at, is_own=facts.party_id == party_id)


def _edges(known: Known, begins: Fact, ends: Fact) -> Iterable[tuple[Fact, datetime]]:
    yield begins, known.known_from
    if known.known_to is not None:
        yield ends, known.known_to


# ---- the money ----


def _funding(entry_id: int | None, party_id: int) -> tuple[FundingStep, ...]:
    """Return by step what an entry moved to (above zero) and from (below zero) a payee."""
    own = {payable(party_id), recoverable(party_id)}
    sums: dict[Step, int] = {}
    for move in transfers_of(entry_id) if entry_id is not None else ():
        gives, gets = _is_own(move.debit, party_id, own), _is_own(move.credit, party_id, own)
        if gives == gets:
            continue
        step = _step_of(move.debit, gives=gives)
        sums[step] = sums.get(step, 0) + (move.amount_micro if gets else -move.amount_micro)
    return tuple(FundingStep(step, sums[step]) for step in Step if sums.get(step))


def _is_own(account: str, party_id: int, own: set[str]) -> bool:
    return account in own or (account.startswith("held/") and account.endswith(f"/party-{party_id}"))


def _step_of(account: str, *, gives: bool) -> Step:
    """Return what kind of money an account that is debited gives; `gives`: it is the payee's own."""
    match account.partition("/")[0]:
        case "held" if gives or "/party-" not in account:
            return Step.WAITED
        case "payable" if gives:
            return Step.ON_ACCOUNT
        case "recoverable":
            return Step.RECOVERY
        case "deduction":
            return Step.RESERVE
        case "writeoff":
            return Step.WRITE_OFF
    return Step.OTHER_PAYEES
