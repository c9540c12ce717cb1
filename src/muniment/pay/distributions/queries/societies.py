"""Reads about sister societies: agreements, what they were paid with its lines, what they sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, MATCHES, SHARE_SPLITS, USAGE_LINES
from muniment.kernel.columns.tables import read_table
from muniment.kernel.words.paging import Page
from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import Territories
from muniment.pay.distributions.models import (
    IncomingStatement,
    OutgoingSettlement,
    Pool,
    PoolReport,
    RepresentationAgreement,
    RunPayee,
)
from muniment.pay.distributions.queries.allocations import AllocationRow, payable_rows
from muniment.pay.distributions.queries.runs import RunRow, get_run
from muniment.pay.distributions.rules.societies import (
    Agreement,
    Direction,
    IncomingKind,
    IncomingState,
    TaxTreatment,
)
from muniment.rights.parties.queries import find_parties, names_of
from muniment.trust.batches.queries import get_batch
from muniment.trust.ledger.queries import transfers_of

_SOCIETIES_AT_MOST = 5_000
_OF_LINES = ["line_id", "report_id", "territory", "use_kind", "used_on"]

INCOMING = pa.schema(
    [
        pa.field("line", pa.int64(), nullable=False),  # of the file, from 1
        pa.field("member", pa.string(), nullable=False),  # as the society names our member
        pa.field("party_id", pa.int64()),  # null: nobody of ours
        pa.field("payee_id", pa.int64()),  # null: nobody gets it yet
        pa.field("title", pa.string(), nullable=False),
        pa.field("iswc", pa.string(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
        pa.field("territory", pa.int32(), nullable=False),
        pa.field("used_on", pa.date32(), nullable=False),
        pa.field("use_kind", pa.string(), nullable=False),
        pa.field("tax_micro", pa.int64(), nullable=False),  # withheld before the money came
        pa.field("amount_micro", pa.int64(), nullable=False),  # that came
    ]
)
"""A line of a sister society's statement; the amounts sum to the money that came."""


class UnknownIncoming(UserError):
    """There is no statement of a sister society with this number."""


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement as recorded; `known_to` is set where it was replaced by a later row."""

    id: int
    society_id: int
    society_name: str
    direction: Direction
    right: str
    territories: str
    use_kind: str
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    fee_ppm: int
    cultural_ppm: int
    tax_ppm: int
    tax: TaxTreatment
    document: str
    recorded_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class OutgoingUse:
    """How, where and when works of a society's members were used."""

    society_id: int
    right: Right
    territory: int
    use_kind: str
    on: date


@dataclass(frozen=True, slots=True)
class OutgoingPart:
    """What one work earned for a society in one report of a fund, and every use it was earned by."""

    fund_code: str
    amount_micro: int
    uses: tuple[OutgoingUse, ...]


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """What a run came to for a society: its part, what it got back of deductions, and the tax withheld.

    `refund_micro` is None where the run is not settled yet.
    """

    society_id: int
    society_name: str
    outcome: str
    amount_micro: int
    refund_micro: int | None
    tax_micro: int = 0

    @property
    def total_micro(self) -> int:
        """Return everything the society gets of the run, after tax."""
        return self.amount_micro + (self.refund_micro or 0) - self.tax_micro


@dataclass(frozen=True, slots=True)
class OutgoingStatement:
    """A society's statement of a run: its lines sum to its amount, and with the refund to the total."""

    run: RunRow
    row: OutgoingRow
    lines: tuple[AllocationRow, ...]


@dataclass(frozen=True, slots=True)
class IncomingRow:
    """Money from a sister society: amount = distributed + deducted, once it is posted."""

    id: int
    number: int
    society_id: int
    society_name: str
    kind: IncomingKind
    reference: str
    currency: str
    amount_micro: int
    tax_micro: int
    deducted_micro: int
    fee_ppm: int
    cultural_ppm: int
    line_count: int
    received_on: date
    state: IncomingState
    received_by: str
    approved_by: str
    posted_by: str
    entry_id: int | None
    lines_batch_id: int
    paid_batch_id: int | None


@dataclass(frozen=True, slots=True)
class IncomingLine:
    """A line of a sister society's statement, with who gets it."""

    line: int
    member: str
    party_id: int | None
    payee_id: int | None
    payee_name: str
    title: str
    iswc: str
    right: str
    territory: int
    used_on: date
    use_kind: str
    tax_micro: int
    amount_micro: int


def agreements_of(society_id: int) -> tuple[Agreement, ...]:
    """Return every agreement ever recorded with a society, as the rules ask for it."""
    return tuple(
        Agreement(
            row.pk,
            row.society_id,
            Direction(row.direction),
            Right(row.right) if row.right else None,
            Territories.parse(row.territories),
            row.use_kind,
            Period(row.valid_from, row.valid_to),
            Known(row.known_from, row.known_to),
            row.fee_ppm,
            row.cultural_ppm,
            row.tax_ppm,
            TaxTreatment(row.tax),
        )
        for row in RepresentationAgreement.objects.filter(society_id=society_id).order_by("id")
    )


def list_agreements(*, with_past: bool = False) -> tuple[AgreementRow, ...]:
    """Return the agreements as known now, or with the rows that later ones replaced, by society."""
    rows = RepresentationAgreement.objects.order_by("society__name", "id")
    if not with_past:
        rows = rows.filter(known_to__isnull=True)
    found = list(rows)
    names = names_of(row.society_id for row in found)
    return tuple(
        AgreementRow(
            row.pk,
            row.society_id,
            names.get(row.society_id, ""),
            Direction(row.direction),
            row.right,
            row.territories,
            row.use_kind,
            row.valid_from,
            row.valid_to,
            row.known_from,
            row.known_to,
            row.fee_ppm,
            row.cultural_ppm,
            row.tax_ppm,
            TaxTreatment(row.tax),
            row.document,
            row.recorded_by,
            row.approved_by,
        )
        for row in found
    )


def society_ids() -> set[int]:
    """Return the societies of the register."""
    return {hit.id for hit in find_parties("", kind="society", limit=_SOCIETIES_AT_MOST).rows}


_EARNED = """
    SELECT row_number() OVER () AS place, payee_id, report_id, work_id, split_id, amount_micro
    FROM allocation SEMI JOIN society ON society.id = allocation.payee_id
    WHERE status = 'PAYABLE' AND amount_micro <> 0 AND fund_code = $fund
"""

_USED = """
    SELECT DISTINCT earned.place, split."right", line.territory, line.use_kind, line.used_on
    FROM earned JOIN split USING (split_id)
    JOIN match ON match.work_id = earned.work_id
    JOIN line ON line.line_id = match.line_id AND line.report_id = earned.report_id
     AND line.territory = split.territory AND line.used_on BETWEEN split.used_from AND split.used_to
    ORDER BY ALL
"""


def outgoing_parts(run_id: int) -> dict[int, list[OutgoingPart]]:
    """Return what each sister society earned in a run, work by work, with the uses, by society.

    The lines of one report are in memory at a time.

    Raises:
        UnknownRun: there is no such run.
    """
    run = get_run(run_id)
    society = pa.table({"id": pa.array(sorted(society_ids()), pa.int64())})
    allocation, split = _looked_at(run.allocations_batch_id, ALLOCATIONS), _looked_at(run.splits_batch_id, SHARE_SPLITS)
    found: dict[int, list[OutgoingPart]] = {}
    for pool in Pool.objects.filter(run_id=run_id).order_by("ordinal"):
        fund = "'" + pool.fund_code.replace("'", "''") + "'"
        earned = query(_EARNED.replace("$fund", fund), allocation=allocation, society=society)
        uses: dict[int, set[OutgoingUse]] = {}
        societies = dict(zip(earned.column("place").to_pylist(), earned.column("payee_id").to_pylist(), strict=True))
        for report in PoolReport.objects.filter(pool=pool).order_by("report_id") if societies else ():
            tables = {
                "line": _looked_at(report.lines_batch_id, USAGE_LINES).select(_OF_LINES),
                "match": _looked_at(report.matches_batch_id, MATCHES).select(["line_id", "work_id"]),
            }
            for row in query(_USED, earned=earned, split=split, **tables).to_pylist():
                use = OutgoingUse(
                    societies[row["place"]], Right(row["right"]), row["territory"], row["use_kind"], row["used_on"]
                )
                uses.setdefault(row["place"], set()).add(use)
        for row in earned.to_pylist():
            part = OutgoingPart(pool.fund_code, row["amount_micro"], tuple(uses.get(row["place"], ())))
            found.setdefault(row["payee_id"], []).append(part)
    return found


def _looked_at(batch_id: int | None, empty: pa.Schema) -> pa.Table:
    batch = get_batch(batch_id) if batch_id is not None else None
    return empty.empty_table() if batch is None else read_table(Path(settings.MUNIMENT_STORE) / batch.path)


def list_outgoing(run_id: int) -> tuple[OutgoingRow, ...]:
    """Return what a run came to for each sister society, by name."""
    payees = list(RunPayee.objects.filter(run_id=run_id, party_id__in=society_ids()))
    names = names_of(row.party_id for row in payees)
    settled = {row.society_id: row for row in OutgoingSettlement.objects.filter(run_id=run_id)}
    rows = []
    for row in payees:
        done = settled.get(row.party_id)
        refund_micro = None if done is None else done.amount_micro
        tax_micro = 0 if done is None else _tax_of(done.entry_id)
        name = names.get(row.party_id, "")
        rows.append(OutgoingRow(row.party_id, name, row.outcome, row.amount_micro, refund_micro, tax_micro))
    return tuple(sorted(rows, key=lambda row: (row.society_name, row.society_id)))


def _tax_of(entry_id: int | None) -> int:
    """Return what a settlement's entry withheld for a tax office."""
    moves = () if entry_id is None else transfers_of(entry_id)
    return sum(move.amount_micro for move in moves if move.credit.startswith("tax/"))


def outgoing_statement(run_id: int, society_id: int) -> OutgoingStatement:
    """Return a society's statement of a run, every line of it.

    Raises:
        UnknownRun: there is no such run.
        UnknownIncoming: the run pays nothing to this society.
        ArithmeticError: the lines do not sum to the amount, which the division excludes.
    """
    run = get_run(run_id)
    row = next((row for row in list_outgoing(run_id) if row.society_id == society_id), None)
    if row is None:
        raise UnknownIncoming(f"Run {run.number} pays nothing to party {society_id}.", "Choose a society of the run.")
    lines = payable_rows(run, [society_id])
    if sum(line.amount_micro for line in lines) != row.amount_micro:
        raise ArithmeticError(f"the lines of society {society_id} in run {run.number} do not sum to its amount")
    return OutgoingStatement(run, row, lines)


def incoming_rows(found: Iterable[IncomingStatement]) -> tuple[IncomingRow, ...]:
    """Return the frozen rows of societies' statements."""
    rows = list(found)
    names = names_of(row.society_id for row in rows)
    return tuple(
        IncomingRow(
            row.pk,
            row.number,
            row.society_id,
            names.get(row.society_id, ""),
            IncomingKind(row.kind),
            row.reference,
            row.currency,
            row.amount_micro,
            row.tax_micro,
            row.deducted_micro,
            row.fee_ppm,
            row.cultural_ppm,
            row.line_count,
            row.received_on,
            IncomingState(row.state),
            row.received_by,
            row.approved_by,
            row.posted_by,
            row.entry_id,
            row.lines_batch_id,
            row.paid_batch_id,
        )
        for row in rows
    )


def list_incoming(*, limit: int = 50, offset: int = 0) -> Page[IncomingRow]:
    """Return money from sister societies, newest first."""
    rows = IncomingStatement.objects.order_by("-number")
    return Page(incoming_rows(rows[offset : offset + limit]), rows.count())


def get_incoming(number: int) -> IncomingRow:
    """Return a society's statement by the number that people use.

    Raises:
        UnknownIncoming: there is none.
    """
    rows = incoming_rows(IncomingStatement.objects.filter(number=number))
    if not rows:
        raise UnknownIncoming(f"There is no statement {number} of a sister society.", "Look it up in the list.")
    return rows[0]


def incoming_lines(number: int, *, party_id: int | None = None) -> tuple[IncomingLine, ...]:
    """Return the lines of a society's statement in the file's order: what each member got of it once it is posted.

    Raises:
        UnknownIncoming: there is none.
    """
    row = get_incoming(number)
    table = _looked_at(row.paid_batch_id or row.lines_batch_id, INCOMING)
    rows = [line for line in table.to_pylist() if party_id is None or line["payee_id"] == party_id]
    names = names_of({line["payee_id"] for line in rows if line["payee_id"] is not None})
    return tuple(IncomingLine(**line, payee_name=names.get(line["payee_id"], "")) for line in rows)
