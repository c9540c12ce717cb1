"""Statements, and the document of one: every line explained down to report, work, share, points and rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, groupby

from django.conf import settings
from django.db.models import F, QuerySet

from muniment.kernel.formats.statements import (
    HeldAmount,
    PayeeDeduction,
    PoolDeduction,
    StatementDocument,
    StatementLine,
    StatementSection,
    StatementSummary,
    facts_of,
)
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import Statement
from muniment.pay.distributions.queries.adjustments import (
    DeltaRow,
    adjusted_payees,
    deltas_of_payees,
    get_adjustment,
)
from muniment.pay.distributions.queries.allocations import AllocationRow
from muniment.pay.distributions.queries.runs import (
    DeductionRow,
    PoolRow,
    RunRow,
    get_run,
    payee_deductions_of,
    pools_of,
)
from muniment.pay.distributions.queries.statement_lines import RunFacts, StoredLines, funds_of_payee, ordered_lines
from muniment.pay.distributions.queries.statement_names import Name, name_of_party, names_of_kinds
from muniment.pay.distributions.queries.statement_words import PHRASES
from muniment.rights.parties.queries import PartyHit, names_of, party_hits
from muniment.use.usages.queries import get_report

_AT_ONCE = 500


class UnknownStatement(UserError):
    """There is no statement with this id."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement: gross = deducted + held + payable, closing = opening + payable."""

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
    deducted_micro: int = 0


def list_statements(
    *,
    run_id: int | None = None,
    party_id: int | None = None,
    number: str = "",
    limit: int | None = 50,
    offset: int = 0,
) -> Page[StatementRow]:
    """Return statements, those of the newest run first; of one run, one payee, with a number that begins so, or all."""
    statements = Statement.objects.order_by("-run__number", F("adjustment_id").asc(nulls_first=True), "number")
    if run_id is not None:
        statements = statements.filter(run_id=run_id)
    if party_id is not None:
        statements = statements.filter(party_id=party_id)
    if number:
        statements = statements.filter(number__startswith=number)
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
            deducted_micro=row.deducted_micro,
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


def _documents(run: RunRow, statements: Sequence[StatementRow], language: str) -> Iterator[StatementDocument]:
    facts = run_facts(run, language, statements[0].adjustment_id)
    parties = party_hits(statement.party_id for statement in statements)
    party_ids = [statement.party_id for statement in statements]
    taken = payee_deductions_of(run.id, party_ids, statements[0].adjustment_id)
    sections = _adjusted_sections(facts, party_ids) if facts.adjustment else _stored_sections(facts, party_ids)
    for statement, of_payee in zip(statements, sections, strict=True):
        payee = _payee(facts, parties[statement.party_id])
        yield _document(facts, statement, payee, of_payee, taken.get(statement.party_id, ()))


def run_facts(run: RunRow, language: str, adjustment_id: int | None = None) -> RunFacts:
    """Return what the documents of a run, or of an adjustment of it, share.

    Raises:
        ValueError: statements are not printed in this language.
    """
    if language not in PHRASES:
        raise ValueError(f"statements are not printed in {language!r}")
    pools = pools_of(run.id)
    report_ids = sorted({report.report_id for pool in pools for report in pool.reports})
    return RunFacts(
        run,
        {pool.fund_code: pool for pool in pools},
        {number: get_report(number) for number in report_ids},
        names_of_kinds(run, "report", "society"),
        language,
        None if adjustment_id is None else get_adjustment(adjustment_id),
    )


def _stored_sections(facts: RunFacts, party_ids: Sequence[int]) -> Iterator[tuple[StatementSection, ...]]:
    """Yield what a run pays each payee: sections whose lines are read when they are printed."""
    file = ordered_lines(facts.run)
    for party_id in party_ids:
        if file is None:
            yield ()
            continue
        yield tuple(
            _section(facts, facts.pools[stored.fund_code], StoredLines(facts, file, stored))
            for stored in funds_of_payee(facts, file, party_id)
        )


def _adjusted_sections(facts: RunFacts, party_ids: Sequence[int]) -> Iterator[tuple[StatementSection, ...]]:
    """Yield by what an adjustment differs from its run for each payee."""
    rows = _deltas(facts, party_ids)
    by_payee = {party_id: tuple(of_payee) for party_id, of_payee in groupby(rows, key=lambda row: row.payee_id)}
    for party_id in party_ids:
        yield tuple(
            _section(facts, facts.pools[fund_code], tuple(_line(facts, row) for row in of_fund))
            for fund_code, of_fund in groupby(by_payee.get(party_id, ()), key=lambda row: row.fund_code)
        )


def _deltas(facts: RunFacts, party_ids: Sequence[int]) -> tuple[AllocationRow, ...]:
    words = PHRASES[facts.language]
    return tuple(
        adjusted_line(
            row,
            words["adjusts"].format(
                line=row.origin_row + 1, run=facts.run.number, reason=words.get(row.reason.value, row.reason.value)
            ),
        )
        for row in (deltas_of_payees(facts.adjustment, party_ids) if facts.adjustment else ())
    )


def _payee(facts: RunFacts, party: PartyHit) -> Name:
    """Return what the payee is called on the statement: as when it was issued, where that was sealed."""
    return name_of_party(facts.run, party.id) or Name(party.name, party.code or "", party.ipi_name or "")


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
    facts: RunFacts,
    statement: StatementRow,
    payee: Name,
    sections: tuple[StatementSection, ...],
    taken: Sequence[DeductionRow],
) -> StatementDocument:
    run, adjustment = facts.run, facts.adjustment
    words = PHRASES[facts.language]
    society = facts.names.get(("society", 0))
    return StatementDocument(
        society=settings.MUNIMENT_SOCIETY if society is None else society.name,
        payee_name=payee.name,
        payee_code=payee.code,
        payee_ipi_name=payee.number,
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
        sections=sections,
        summary=StatementSummary(
            opening_micro=statement.opening_micro,
            gross_micro=statement.gross_micro,
            held=_held(statement),
            payable_micro=statement.payable_micro,
            paid_micro=0,
            closing_micro=statement.closing_micro,
            deductions=tuple(
                PayeeDeduction(one.name, one.rate_ppm, one.base_micro, one.amount_micro, one.rule_line) for one in taken
            ),
        ),
        notes=(words[statement.held_reason],) if statement.held_reason in words else (),
        run_digest=run.digest if adjustment is None else adjustment.digest,
        language=facts.language,
    )


def _section(facts: RunFacts, pool: PoolRow, lines: Sequence[StatementLine]) -> StatementSection:
    sources = {found.usage.source_name for found in facts_of(lines).usages}
    return StatementSection(
        title=", ".join(sorted(sources)),
        fund_code=pool.fund_code,
        lines=lines,
        pool_gross_micro=pool.gross_micro,
        pool_net_micro=pool.net_micro,
        deductions=tuple(
            PoolDeduction(taken.name, taken.rate_ppm, taken.base_micro, taken.amount_micro, taken.rule_line)
            for taken in pool.deductions
        ),
        point_value_note=PHRASES[facts.language]["point"].format(
            points=pool.points,
            value=point_value(pool.net_micro, pool.points, facts.run.currency),
            money=facts.run.currency,
        ),
    )


def _line(facts: RunFacts, row: AllocationRow) -> StatementLine:
    return StatementLine(
        work_title=row.work.title if row.work else "",
        work_code=row.work.code if row.work else "",
        iswc=(row.work.iswc or "") if row.work else "",
        role=row.role,
        right=facts.reports[row.report_id].right.value,
        share_ppm=row.share_ppm,
        usage=facts.usage(row.report_id),
        use_count=row.use_count,
        duration_ms=row.duration_ms,
        points=row.points,
        work_amount_micro=row.work_amount_micro,
        amount_micro=row.amount_micro,
        rule_note=facts.rule_note(row.note, owner_name=row.party_name, for_another=row.party_id != row.payee_id),
    )


def point_value(net_micro: int, points: int, currency: str) -> str:
    """Return what a point of a pool was worth, in units of the currency, to a millionth of a micro-unit, cut off."""
    digits = currency_exponent(currency) + MICRO_DIGITS + 6
    value = net_micro * 10**6 // points if points else 0
    text = f"{value:0{digits + 1}d}"
    return f"{text[:-digits]}.{text[-digits:]}"
