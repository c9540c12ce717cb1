"""Statements, and the document of one: every line explained down to report, work, share, points and rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import batched, groupby

from django.conf import settings
from django.db.models import F, QuerySet

from muniment.kernel.formats.statements import (
    HeldAmount,
    PoolDeduction,
    StatementDocument,
    StatementLine,
    StatementSection,
    StatementSummary,
    UsageReference,
)
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import Statement
from muniment.pay.distributions.queries.adjustments import (
    AdjustmentRow,
    DeltaRow,
    adjusted_payees,
    deltas_of_payees,
    get_adjustment,
)
from muniment.pay.distributions.queries.allocations import AllocationRow, payable_rows
from muniment.pay.distributions.queries.runs import PoolRow, RunRow, get_run, pools_of
from muniment.rights.parties.queries import PartyHit, names_of, party_hits
from muniment.use.usages.queries import ReportRow, get_report

_DAY = timedelta(days=1)
_AT_ONCE = 500


class UnknownStatement(UserError):
    """There is no statement with this id."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement: gross = held + payable, closing = opening + payable."""

    id: int
    number: str
    run_id: int
    run_number: int
    run_title: str
    run_state: str
    party_id: int
    party_name: str
    issued_at: datetime
    currency: str
    opening_micro: int
    gross_micro: int
    held_reason: str
    held_micro: int
    payable_micro: int
    closing_micro: int
    line_count: int
    adjustment_id: int | None = None


def list_statements(
    *, run_id: int | None = None, party_id: int | None = None, limit: int | None = 50, offset: int = 0
) -> Page[StatementRow]:
    """Return statements, those of the newest run first; of one run, one payee, or all."""
    statements = Statement.objects.order_by("-run__number", F("adjustment_id").asc(nulls_first=True), "number")
    if run_id is not None:
        statements = statements.filter(run_id=run_id)
    if party_id is not None:
        statements = statements.filter(party_id=party_id)
    until = None if limit is None else offset + limit
    total = statements.count()
    return Page(_statement_rows(statements[offset:until]), total)


def get_statement(statement_id: int) -> StatementRow:
    """Return one statement.

    Raises:
        UnknownStatement: there is none.
    """
    rows = _statement_rows(Statement.objects.filter(pk=statement_id))
    if not rows:
        raise UnknownStatement(f"There is no statement with the id {statement_id}.", "Look it up in the list.")
    return rows[0]


def _statement_rows(statements: QuerySet[Statement]) -> tuple[StatementRow, ...]:
    found = list(statements.select_related("run"))
    names = names_of(row.party_id for row in found)
    return tuple(
        StatementRow(
            id=row.pk,
            number=row.number,
            run_id=row.run_id,
            run_number=row.run.number,
            run_title=row.run.title,
            run_state=row.run.state,
            party_id=row.party_id,
            party_name=names.get(row.party_id, ""),
            issued_at=row.issued_at,
            currency=row.currency,
            opening_micro=row.opening_micro,
            gross_micro=row.gross_micro,
            held_reason=row.held_reason,
            held_micro=row.held_micro,
            payable_micro=row.payable_micro,
            closing_micro=row.closing_micro,
            line_count=row.line_count,
            adjustment_id=row.adjustment_id,
        )
        for row in found
    )


def statement_document(statement_id: int, language: str = "en") -> StatementDocument:
    """Return the document of a statement, ready to be rendered.

    Raises:
        UnknownStatement: there is none.
        ValueError: statements are not printed in this language.
    """
    statement = get_statement(statement_id)
    return next(_documents(get_run(statement.run_id), [statement], language))


def statement_documents(run_id: int, language: str = "en") -> Iterator[StatementDocument]:
    """Yield the documents of all statements of a run, in the order of their numbers, some hundreds at a time."""
    run = get_run(run_id)
    for _, of_one in groupby(list_statements(run_id=run_id, limit=None).rows, key=lambda row: row.adjustment_id):
        for some in batched(of_one, _AT_ONCE):
            yield from _documents(run, some, language)


@dataclass(frozen=True, slots=True)
class _RunFacts:
    """What every document of a run shares."""

    run: RunRow
    pools: Mapping[str, PoolRow]
    reports: Mapping[int, ReportRow]
    language: str
    adjustment: AdjustmentRow | None = None

    @property
    def period(self) -> tuple[date, date]:
        """Return the first and the last day that the run's usage reports speak of."""
        if not self.reports:
            return self.run.known_at.date(), self.run.known_at.date()
        reports = self.reports.values()
        return min(row.period_from for row in reports), max(row.period_to for row in reports) - _DAY


def _documents(run: RunRow, statements: Sequence[StatementRow], language: str) -> Iterator[StatementDocument]:
    if language not in PHRASES:
        raise ValueError(f"statements are not printed in {language!r}")
    pools = pools_of(run.id)
    report_ids = sorted({report.report_id for pool in pools for report in pool.reports})
    adjusted = statements[0].adjustment_id
    facts = _RunFacts(
        run,
        {pool.fund_code: pool for pool in pools},
        {number: get_report(number) for number in report_ids},
        language,
        None if adjusted is None else get_adjustment(adjusted),
    )
    parties = party_hits(statement.party_id for statement in statements)
    rows = _rows(facts, [statement.party_id for statement in statements])
    lines = {party_id: tuple(of_payee) for party_id, of_payee in groupby(rows, key=lambda row: row.payee_id)}
    for statement in statements:
        yield _document(facts, statement, parties[statement.party_id], lines.get(statement.party_id, ()))


def _rows(facts: _RunFacts, party_ids: Sequence[int]) -> tuple[AllocationRow, ...]:
    """Return the lines of some payees: what a run pays them, or by what an adjustment differs from it."""
    if facts.adjustment is None:
        return payable_rows(facts.run, party_ids)
    words = PHRASES[facts.language]
    return tuple(
        adjusted_line(
            row,
            words["adjusts"].format(
                line=row.origin_row + 1, run=facts.run.number, reason=words.get(row.reason.value, row.reason.value)
            ),
        )
        for row in deltas_of_payees(facts.adjustment, party_ids)
    )


def adjusted_line(row: DeltaRow, note: str) -> AllocationRow:
    """Return a difference as a line of a statement; its amount may be below zero."""
    return AllocationRow(
        fund_code=row.fund_code,
        report_id=row.report_id,
        work_id=row.work_id,
        work=row.work,
        memory_key=row.memory_key,
        party_id=row.party_id,
        party_name=row.party_name,
        payee_id=row.payee_id,
        payee_name=row.payee_name,
        status=row.status,
        role="",
        note=note,
        share_ppm=row.share_ppm,
        line_count=row.line_count,
        use_count=row.use_count,
        duration_ms=row.duration_ms,
        points=row.points,
        work_amount_micro=row.work_amount_micro,
        amount_micro=row.delta_micro,
    )


def _held(statement: StatementRow) -> tuple[HeldAmount, ...]:
    """Return what of a statement did not reach the payee's account, by reason."""
    if statement.adjustment_id is None:
        return (HeldAmount(statement.held_reason, statement.held_micro),) if statement.held_micro else ()
    found = next(row for row in adjusted_payees(statement.adjustment_id) if row.party_id == statement.party_id)
    amounts = (HeldAmount(found.held_reason, found.held_micro), HeldAmount("RECOVERY", found.owed_micro))
    return tuple(held for held in amounts if held.amount_micro)


def _document(
    facts: _RunFacts, statement: StatementRow, party: PartyHit, rows: Sequence[AllocationRow]
) -> StatementDocument:
    run, adjustment = facts.run, facts.adjustment
    words = PHRASES[facts.language]
    return StatementDocument(
        society=settings.MUNIMENT_SOCIETY,
        payee_name=party.name,
        payee_code=party.code or "",
        payee_ipi_name=party.ipi_name or "",
        number=statement.number,
        run_title=run.title if adjustment is None else adjustment.title,
        run_number=run.number,
        period_from=facts.period[0],
        period_to=facts.period[1],
        currency=run.currency,
        known_at=run.known_at if adjustment is None else adjustment.known_at,
        issued_at=statement.issued_at,
        policy_code=run.policy_code,
        policy_version=str(run.policy_version),
        sections=tuple(
            _section(facts, facts.pools[fund_code], tuple(of_fund))
            for fund_code, of_fund in groupby(rows, key=lambda row: row.fund_code)
        ),
        summary=StatementSummary(
            opening_micro=statement.opening_micro,
            gross_micro=statement.gross_micro,
            held=_held(statement),
            payable_micro=statement.payable_micro,
            paid_micro=0,
            closing_micro=statement.closing_micro,
        ),
        notes=(words[statement.held_reason],) if statement.held_reason in words else (),
        run_digest=run.digest if adjustment is None else adjustment.digest,
        language=facts.language,
    )


def _section(facts: _RunFacts, pool: PoolRow, rows: Sequence[AllocationRow]) -> StatementSection:
    sources = {facts.reports[row.report_id].source_name for row in rows}
    return StatementSection(
        title=", ".join(sorted(sources)),
        fund_code=pool.fund_code,
        lines=tuple(_line(facts, row) for row in rows),
        pool_gross_micro=pool.gross_micro,
        pool_net_micro=pool.net_micro,
        deductions=tuple(
            PoolDeduction(taken.name, taken.rate_ppm, taken.base_micro, taken.amount_micro) for taken in pool.deductions
        ),
        point_value_note=PHRASES[facts.language]["point"].format(
            points=pool.points,
            value=point_value(pool.net_micro, pool.points, facts.run.currency),
            money=facts.run.currency,
        ),
    )


def _line(facts: _RunFacts, row: AllocationRow) -> StatementLine:
    report = facts.reports[row.report_id]
    note = row.note
    if row.party_id != row.payee_id:
        owner = PHRASES[facts.language]["owner"].format(name=row.party_name)
        note = owner if facts.adjustment is None else f"{owner}; {note}"
    return StatementLine(
        work_title=row.work.title if row.work else "",
        work_code=row.work.code if row.work else "",
        iswc=(row.work.iswc or "") if row.work else "",
        role=row.role,
        right=report.right.value,
        share_ppm=row.share_ppm,
        usage=UsageReference(
            report.id,
            report.source_name,
            report.period_from,
            report.period_to - _DAY,
            report.file_name,
            report.file_digest,
        ),
        use_count=row.use_count,
        duration_ms=row.duration_ms,
        points=row.points,
        work_amount_micro=row.work_amount_micro,
        amount_micro=row.amount_micro,
        rule_note=note,
    )


def point_value(net_micro: int, points: int, currency: str) -> str:
    """Return what a point of a pool was worth, in units of the currency, to a millionth of a micro-unit, cut off."""
    digits = currency_exponent(currency) + MICRO_DIGITS + 6
    value = net_micro * 10**6 // points if points else 0
    text = f"{value:0{digits + 1}d}"
    return f"{text[:-digits]}.{text[-digits:]}"


PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "point": "The net pool was divided by {points} points; one point was worth {money} {value}.",
        "owner": "collected for {name}",
        "NO_PAYEE": "The amount waits until a bank account of yours is approved.",
        "BELOW_MIN": "The amount waits until what you have coming reaches the least amount that is paid out.",
        "RECOVERY": "Part of the amount settles what was paid to you too much before.",
        "adjusts": "adjusts line {line} of distribution {run}: {reason}",
        "late_claim": "a claim that came later",
        "conflict_resolved": "a dispute was settled",
        "counter_claim": "another claim is against it",
        "successor": "another payee for the same owner",
        "work_found": "the work was found",
        "work_corrected": "another work was found",
        "corrected_share": "a share was corrected",
        "rounding": "rounding",
    },
    "ur": {
        "point": "خالص رقم {points} پوائنٹس پر تقسیم ہوئی؛ ایک پوائنٹ کی قیمت {money} {value} تھی۔",
        "owner": "{name} کی جانب سے وصول شدہ",
        "NO_PAYEE": "یہ رقم آپ کے بینک اکاؤنٹ کی منظوری تک رکی رہے گی۔",
        "BELOW_MIN": "یہ رقم اس وقت تک رکی رہے گی جب تک آپ کی واجب الادا رقم کم از کم ادائیگی کی حد تک نہ پہنچ جائے۔",
        "RECOVERY": "رقم کا کچھ حصہ اُس زائد ادائیگی میں کٹا جو آپ کو پہلے ہو چکی تھی۔",
        "adjusts": "تقسیم {run} کی سطر {line} کی درستی: {reason}",
        "late_claim": "دعویٰ بعد میں آیا",
        "conflict_resolved": "تنازع طے ہوا",
        "counter_claim": "اس کے خلاف دوسرا دعویٰ ہے",
        "successor": "اسی مالک کے لیے دوسرا وصول کنندہ",
        "work_found": "تخلیق مل گئی",
        "work_corrected": "دوسری تخلیق نکلی",
        "corrected_share": "حصہ درست کیا گیا",
        "rounding": "تقریب",
    },
}
"""Sentences of a statement that are made here, in each language it is printed in."""
