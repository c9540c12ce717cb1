"""Why a payee got what a line of a statement says: from the line down to the documents and up to the books.

Everything is read from what the run froze: the sealed lines and matches of its reports, its answers of the share
question, its pools, its entries. Only the rows of the one work are read. The documents behind a share are those in
force at the instant up to which the run knew facts.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from muniment.kernel.formats.statements import StatementLine
from muniment.kernel.words.shares import PPM, Right
from muniment.pay.distributions.queries.documents import (
    StatementRow,
    UnknownStatement,
    get_statement,
    run_facts,
)
from muniment.pay.distributions.queries.runs import (
    DeductionRow,
    PoolReportRow,
    PoolRow,
    PortionRow,
    RunRow,
    get_run,
    payee_deductions_of,
    policy_text,
)
from muniment.pay.distributions.queries.statement_lines import (
    FundLines,
    RunFacts,
    StoredLines,
    funds_of_payee,
    ordered_lines,
    rows_of,
)
from muniment.rights.works.queries import UnknownWork, current_work_ids, get_work, share_claims
from muniment.rights.works.rules.rows import ShareLineRow
from muniment.trust.batches.queries import IntakeRow, get_batch, get_intake
from muniment.trust.ledger.queries import EntryRow, account_statement, get_entry
from muniment.trust.ledger.rules import held, payable
from muniment.use.usages.queries import ReportRow

USES_SHOWN = 50
"""How many usage lines of the work are told one by one; sums are always of all."""

_REASONS_SHOWN = 6
_NO_REASON = "starting point"  # what the model adds for every pair says nothing of this one
_MOVEMENTS_READ = 10_000

_LINE_COLUMNS = (
    "line_id", "source_line", "reported_title", "reported_performer", "reported_time", "duration_ms", "use_count",
    "used_on", "territory", "use_kind",
)  # fmt: skip
_MATCH_COLUMNS = ("line_id", "work_id", "method", "score_ppm", "reasons", "memory_key")


@dataclass(frozen=True, slots=True)
class UseRow:
    """One reported use of the work, as the sender wrote it, with its place in the sender's file."""

    source_line: int
    title: str
    performer: str
    time: str
    used_on: date
    territory: int
    use_kind: str
    use_count: int
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """Why lines that read the same were taken for the work: the method, how sure, and the reasons that weigh most."""

    title: str
    performer: str
    method: str
    score_ppm: int
    reasons: tuple[str, ...]
    line_count: int


@dataclass(frozen=True, slots=True)
class Uses:
    """The usage lines behind a statement line; the sums are of all of them, `shown` and `groups` of the first."""

    report: ReportRow
    line_count: int
    use_count: int
    shown: tuple[UseRow, ...]
    groups: tuple[MatchGroup, ...]


@dataclass(frozen=True, slots=True)
class ShareDocument:
    """A share line of the payee's side with the document it came from: a registration, a CWR file, an agreement.

    `intake` is None for what was registered by hand.
    """

    line: ShareLineRow
    intake: IntakeRow | None


@dataclass(frozen=True, slots=True)
class ShareAnswer:
    """The answer of the share question that the line stands on: its part lies from `from_ppm` to `to_ppm`."""

    right: Right
    territory: int
    used_from: date
    used_to: date
    from_ppm: int
    to_ppm: int
    documents: tuple[ShareDocument, ...]
    work_intake: IntakeRow | None
    work_known_from: datetime | None


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How the amount comes out of the pool, to the micro-unit.

    The whole work earned floor(net x points / all points), and one unit more where its remainder was among the largest
    (`odd_unit`). The part is the difference of two floors at the bounds of the share. `is_exact` is False where the
    policy divides by more than points and shares; then the steps do not lead to the amount and are not to be shown.
    """

    net_micro: int
    points: int
    pool_points: int
    floor_micro: int
    remainder: int
    odd_unit: bool
    from_micro: int
    to_micro: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """The lines of the policy that a deduction was taken by: the number of the first, and their text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Posting:
    """Where the money of the line is in the books: the pool's entry, and what of it went to the payee's account."""

    entry: EntryRow
    account: str
    amount_micro: int
    pool_line_count: int
    was_reversed: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that a line of a statement came from; `payee_deductions` are of all lines of the payee together.

    `portion` is the part of the pool's net amount that the line's report divides, where the pool was cut.
    """

    statement: StatementRow
    run: RunRow
    number: int
    line: StatementLine
    work_id: int | None
    pool: PoolRow
    uses: Uses
    share: ShareAnswer | None
    arithmetic: Arithmetic
    policy_lines: tuple[PolicyLine | None, ...]
    posting: Posting | None
    payee_deductions: tuple[tuple[DeductionRow, PolicyLine | None], ...] = ()
    portion: PortionRow | None = None


def why(statement_id: int, number: int, language: str = "en") -> Why:
    """Return what the line of this number, from 1, of a run's statement came from.

    Raises:
        UnknownStatement: there is no such statement, it has no such line, or it is of an adjustment; see
            `why_adjusted`.
    """
    statement = get_statement(statement_id)
    facts = run_facts(get_run(statement.run_id), language)
    file = ordered_lines(facts.run) if statement.adjustment_id is None else None
    place = None if file is None else file.rows_of(statement.party_id)
    if file is None or place is None or not 1 <= number <= len(place):
        raise UnknownStatement(
            f"Statement {statement.number} has no line {number} that can be explained.", "Choose a line of it."
        )
    row = place[number - 1]
    stored = next(found for found in funds_of_payee(facts, file, statement.party_id) if row in found.rows)
    (raw,) = rows_of(pa.concat_tables(file.pieces(range(row, row + 1), ("report_id", "work_id", "split_id", "part"))))
    line, pool = StoredLines(facts, file, stored)[row - stored.rows.start], facts.pools[stored.fund_code]
    share, uses = _share(facts, statement, raw["work_id"], raw["split_id"], raw["part"]), _no_uses(facts, raw)
    pinned = next((report for report in pool.reports if report.report_id == raw["report_id"]), None)
    if pinned is not None and raw["work_id"] is not None:
        uses = _uses(facts.reports[raw["report_id"]], pinned, raw["work_id"], share)
    return Why(
        statement=statement,
        run=facts.run,
        number=number,
        line=line,
        work_id=raw["work_id"],
        pool=pool,
        uses=uses,
        share=share,
        arithmetic=arithmetic(pool, line, share),
        policy_lines=_policy_lines(facts.run, pool),
        posting=_posting(statement, pool, stored),
        payee_deductions=_payee_deductions(statement, facts.run),
        portion=next(
            (one for one in pool.portions if raw["report_id"] in {row.report_id for row in one.reports}), None
        ),
    )


# ---- what was used, and how it was recognised ----


def _no_uses(facts: RunFacts, raw: dict[str, object]) -> Uses:
    return Uses(facts.reports[int(str(raw["report_id"]))], 0, 0, (), ())


def _uses(report: ReportRow, pinned: PoolReportRow, work_id: int, share: ShareAnswer | None) -> Uses:
    """Return the uses of the work in a report that the answer holds for, read from the sealed lines and matches."""
    matches = _read(pinned.matches_batch_id, _MATCH_COLUMNS, [("work_id", "=", work_id)])
    wanted: list[tuple[str, str, object]] = [("line_id", "in", pa.array(matches.column("line_id").to_pylist()))]
    if share is not None:
        wanted += [
            ("territory", "=", share.territory), ("used_on", ">=", share.used_from), ("used_on", "<", share.used_to),
        ]  # fmt: skip
    lines = _read(pinned.lines_batch_id, _LINE_COLUMNS, wanted) if matches.num_rows else None
    if lines is None:
        return Uses(report, 0, 0, (), ())
    found = lines.join(matches.select(["line_id"]), "line_id", join_type="inner").sort_by("line_id")
    shown = tuple(_use_row(row) for row in rows_of(found.slice(0, USES_SHOWN)))
    groups = tuple(_groups(found, matches))
    return Uses(report, found.num_rows, pc.sum(found.column("use_count")).as_py() or 0, shown, groups)


def _use_row(row: dict[str, object]) -> UseRow:
    return UseRow(
        source_line=int(str(row["source_line"])),
        title=str(row["reported_title"] or ""),
        performer=str(row["reported_performer"] or ""),
        time=str(row["reported_time"] or ""),
        used_on=row["used_on"] if isinstance(row["used_on"], date) else date.min,
        territory=int(str(row["territory"])),
        use_kind=str(row["use_kind"]),
        use_count=int(str(row["use_count"])),
        duration_ms=row["duration_ms"] if isinstance(row["duration_ms"], int) else None,
    )


def _groups(lines: pa.Table, matches: pa.Table) -> Iterator[MatchGroup]:
    """Yield why lines were recognised, once for lines that read the same, those with most lines first."""
    keys = dict(zip(matches.column("line_id").to_pylist(), matches.column("memory_key").to_pylist(), strict=True))
    said = {row["memory_key"]: row for row in rows_of(matches)}
    firsts: dict[str, dict[str, object]] = {}
    counts: dict[str, int] = {}
    for row in rows_of(lines.select(["line_id", "reported_title", "reported_performer"])):
        key = keys[row["line_id"]]
        firsts.setdefault(key, row)
        counts[key] = counts.get(key, 0) + 1
    for key in sorted(counts, key=lambda key: (-counts[key], key))[:_REASONS_SHOWN]:
        match, first = said[key], firsts[key]
        said_of_it = [reason for reason in json.loads(match["reasons"]) if reason[0] != _NO_REASON]
        reasons = sorted(said_of_it, key=lambda reason: -abs(reason[1]))
        yield MatchGroup(
            str(first["reported_title"] or ""),
            str(first["reported_performer"] or ""),
            match["method"],
            match["score_ppm"],
            tuple(text for text, _weight in reasons[:_REASONS_SHOWN]),
            counts[key],
        )


def _read(batch_id: int, columns: Sequence[str], filters: list[tuple[str, str, object]]) -> pa.Table:
    """Return some columns of the rows of a sealed batch that pass the filters, in their order, unchecked."""
    batch = get_batch(batch_id)
    if batch is None:
        return pa.table({name: [] for name in columns})
    path = Path(settings.MUNIMENT_STORE) / batch.path
    known = set(pq.read_schema(path).names)
    return pq.read_table(path, columns=[name for name in columns if name in known], filters=filters)


# ---- the share and its documents ----


def _share(
    facts: RunFacts, statement: StatementRow, work_id: int | None, split_id: int | None, part: int
) -> ShareAnswer | None:
    """Return the answer of the share question with its documents; None where no answer was asked for."""
    run = facts.run
    if split_id is None or work_id is None or run.splits_batch_id is None or run.parts_batch_id is None:
        return None
    chosen: list[tuple[str, str, object]] = [("split_id", "=", split_id)]
    columns = ("right", "territory", "used_from", "used_to")
    (answer,) = rows_of(_read(run.splits_batch_id, columns, chosen))
    parts = sorted(
        rows_of(_read(run.parts_batch_id, ("part", "party_id", "payee_id", "share_ppm"), chosen)),
        key=lambda row: int(row["part"]),
    )
    bounds = list(accumulate((int(row["share_ppm"]) for row in parts), initial=0))
    place = next(at for at, row in enumerate(parts) if row["part"] == part)
    owner_id = parts[place]["party_id"] or statement.party_id
    right = Right(answer["right"])
    current = current_work_ids([work_id], run.known_at)[work_id]
    line_ids = {
        claim.line_id
        for claim in share_claims([current])[current]
        if claim.party_id == owner_id
        and claim.holds(right=right, territory=answer["territory"], usage_on=answer["used_from"], known_at=run.known_at)
    }
    try:
        work = get_work(current)
    except UnknownWork:
        work = None
    lines = [] if work is None else [line for line in (*work.share_lines, *work.closed_lines) if line.id in line_ids]
    return ShareAnswer(
        right,
        answer["territory"],
        answer["used_from"],
        answer["used_to"],
        bounds[place],
        bounds[place + 1],
        tuple(ShareDocument(line, _intake(line.intake_id)) for line in sorted(lines, key=lambda line: line.id)),
        None if work is None else _intake(work.intake_id),
        None if work is None else work.known_from,
    )


def _intake(intake_id: int | None) -> IntakeRow | None:
    return None if intake_id is None else get_intake(intake_id)


# ---- the arithmetic, the rule, the books ----


def arithmetic(pool: PoolRow, line: StatementLine, share: ShareAnswer | None) -> Arithmetic:
    """Return how the line's amount comes out of its pool, and whether these steps lead to it exactly."""
    floor_micro, remainder = divmod(pool.net_micro * line.points, pool.points) if pool.points else (0, 0)
    odd_unit = line.work_amount_micro == floor_micro + 1
    low, high = (0, PPM) if share is None else (share.from_ppm, share.to_ppm)
    from_micro, to_micro = line.work_amount_micro * low // PPM, line.work_amount_micro * high // PPM
    is_exact = line.work_amount_micro - floor_micro in (0, 1) and to_micro - from_micro == line.amount_micro
    return Arithmetic(
        pool.net_micro, line.points, pool.points, floor_micro, remainder, odd_unit, from_micro, to_micro, is_exact
    )


def _policy_lines(run: RunRow, pool: PoolRow) -> tuple[PolicyLine | None, ...]:
    text = policy_text(run.id)
    return tuple(rule_of_deduction(text, taken) for taken in pool.deductions)


def _payee_deductions(statement: StatementRow, run: RunRow) -> tuple[tuple[DeductionRow, PolicyLine | None], ...]:
    """Return what was taken from the payee, each with the lines of the policy that say so."""
    taken = payee_deductions_of(run.id, [statement.party_id], statement.adjustment_id).get(statement.party_id, ())
    text = policy_text(run.id) if taken else ""
    return tuple((row, rule_of_deduction(text, row)) for row in taken)


def rule_of_deduction(text: str, taken: DeductionRow) -> PolicyLine | None:
    """Return the table of a policy's text that a deduction was taken by: at its line, else by its name."""
    lines = text.splitlines()
    if not 0 < taken.rule_line <= len(lines):
        return policy_line(text, taken.name)
    first = taken.rule_line - 1
    ends = (on for on in range(first + 1, len(lines)) if not lines[on].strip() or lines[on].startswith("["))
    told = lines[first : next(ends, len(lines))]
    return PolicyLine(taken.rule_line, "\n".join(one.split("  #")[0].rstrip() for one in told))


def policy_line(text: str, name: str) -> PolicyLine | None:
    """Return the table of a policy's text that names a deduction, without its comments; None where none does."""
    lines = text.splitlines()
    quoted = json.dumps(name, ensure_ascii=False)
    for at, line in enumerate(lines):
        if not line.lstrip().startswith("name") or quoted not in line:
            continue
        first = next(back for back in range(at, -1, -1) if lines[back].startswith("[") or back == 0)
        last = next(
            (on for on in range(at, len(lines)) if not lines[on].strip() or lines[on].startswith("[")), len(lines)
        )
        return PolicyLine(first + 1, "\n".join(one.split("  #")[0].rstrip() for one in lines[first:last]))
    return None


def _posting(statement: StatementRow, pool: PoolRow, stored: FundLines) -> Posting | None:
    """Return the entry of the pool with what it moved to the payee; None while the run is not posted."""
    entry = None if pool.entry_id is None else get_entry(pool.entry_id)
    if entry is None:
        return None
    waits = statement.held_reason if statement.held_micro and statement.held_reason != "RECOVERY" else ""
    account = held(waits, f"party-{statement.party_id}") if waits else payable(statement.party_id)
    found = account_statement(account, statement.currency, limit=_MOVEMENTS_READ)
    moved = [line for line in (found.lines if found else ()) if line.entry_id == entry.id]
    amount_micro = sum(line.credit_micro - line.debit_micro for line in moved)
    return Posting(entry, account, amount_micro, len(stored.rows), pool.reversal_id is not None)
