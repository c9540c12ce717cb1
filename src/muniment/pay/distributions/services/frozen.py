"""The frozen inputs of a run: what is sealed, how it is opened again, and the division of its pools from it alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, MATCHES, USAGE_LINES
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.problems import Progress
from muniment.pay.distributions.bulk import PoolLines, allocate, index_shares
from muniment.pay.distributions.models import DistributionRun, Pool, PoolReport
from muniment.pay.distributions.rules import PayeeStanding, Policy, parse_policy, payee_outcome
from muniment.trust.access.rules import instant_text
from muniment.trust.batches.queries import open_batch

LINE_COLUMNS = ["line_id", "report_id", "duration_ms", "use_count", "used_on", "territory", "use_kind"]
"""What a distribution reads of a usage line."""

MATCH_COLUMNS = ["line_id", "work_id", "memory_key"]
"""What it reads of a match."""

OUTCOMES = pa.schema(
    [
        pa.field("party_id", pa.int64(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
        pa.field("line_count", pa.int64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
    ]
)
"""What became of each payee's amount."""


@dataclass(frozen=True, slots=True)
class FrozenReport:
    """A usage report as sealed: its lines and its matches."""

    report_id: int
    right: str
    lines_batch_id: int
    matches_batch_id: int

    @property
    def batch_ids(self) -> tuple[int, int]:
        """Return the batches of the lines and of the matches."""
        return self.lines_batch_id, self.matches_batch_id


@dataclass(frozen=True, slots=True)
class FrozenPool:
    """A pool and the reports it is divided by."""

    fund_code: str
    gross_micro: int
    net_micro: int
    reports: tuple[FrozenReport, ...]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run comes to: the allocations of all pools, the outcome for each payee, and the digest over both."""

    allocations: pa.Table
    outcomes: pa.Table
    digest: str


def frozen_pools(run: DistributionRun) -> list[FrozenPool]:
    """Return the pools of a run with the batches they were computed from."""
    reports: dict[int, list[FrozenReport]] = {}
    for row in PoolReport.objects.filter(pool__run=run).order_by("pool_id", "report_id"):
        frozen = FrozenReport(row.report_id, row.right, row.lines_batch_id, row.matches_batch_id)
        reports.setdefault(row.pool_id, []).append(frozen)
    return [
        FrozenPool(pool.fund_code, pool.gross_micro, pool.net_micro, tuple(reports.get(pool.pk, ())))
        for pool in Pool.objects.filter(run=run).order_by("ordinal")
    ]


def open_pool(pool: FrozenPool) -> PoolLines:
    """Open the sealed lines and matches of a pool.

    Raises:
        BrokenBatch: one of them is missing or is not what was sealed.
    """
    lines = [open_batch(report.lines_batch_id).select(LINE_COLUMNS) for report in pool.reports]
    matches = [open_batch(report.matches_batch_id).select(MATCH_COLUMNS) for report in pool.reports]
    return PoolLines(
        pool.fund_code,
        pool.net_micro,
        pa.concat_tables(lines) if lines else _columns_of(USAGE_LINES, LINE_COLUMNS),
        pa.concat_tables(matches) if matches else _columns_of(MATCHES, MATCH_COLUMNS),
        {report.report_id: report.right for report in pool.reports},
    )


def _columns_of(schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    return pa.schema([schema.field(name) for name in names]).empty_table()


def divide_pools(
    pools: Iterator[PoolLines], policy: Policy, splits: pa.Table, parts: pa.Table, progress: Progress
) -> pa.Table:
    """Divide the pools one after the other and return all allocations, in the order of the pools."""
    shares = index_shares(splits, parts)
    tables = [ALLOCATIONS.empty_table()]
    done = 0
    for pool in pools:
        tables.append(allocate(pool, policy.points, shares, parts))
        done += pool.lines.num_rows
        progress(done, None)
    return pa.concat_tables(tables).combine_chunks()


_PAYEE_SUMS = """
    SELECT payee_id AS party_id, sum(amount_micro)::BIGINT AS amount_micro, sum(line_count)::BIGINT AS line_count
    FROM allocation WHERE status = 'PAYABLE' GROUP BY 1 HAVING sum(amount_micro) > 0 ORDER BY 1
"""


def payee_sums(allocations: pa.Table) -> pa.Table:
    """Return what each payee gets of a run: party_id, amount_micro, line_count, by party."""
    return query(_PAYEE_SUMS, allocation=allocations)


def decide_outcomes(sums: pa.Table, payees: pa.Table, minimum_micro: int) -> pa.Table:
    """Return OUTCOMES: for each payee whether the amount is paid or waits, by the standing of each (PAYEES)."""
    standings = {row["party_id"]: PayeeStanding(**row) for row in payees.to_pylist()}
    amounts = sums.column("amount_micro").to_pylist()
    parties = sums.column("party_id").to_pylist()
    outcomes = [
        payee_outcome(standings[party_id], amount_micro, minimum_micro)
        for party_id, amount_micro in zip(parties, amounts, strict=True)
    ]
    return sums.append_column("outcome", pa.array(outcomes, pa.string())).cast(OUTCOMES)


def result_of(
    run: DistributionRun, pools: Sequence[FrozenPool], policy: Policy, allocations: pa.Table, payees: pa.Table
) -> RunResult:
    """Return allocations, outcomes and the digest over them and everything that decided them."""
    outcomes = decide_outcomes(payee_sums(allocations), payees, policy.minimum_micro(run.currency))
    digest = digest_value(
        {
            "run": run.number,
            "currency": run.currency,
            "known_at": instant_text(run.known_at),
            "policy": policy.digest,
            "pools": [[pool.fund_code, pool.gross_micro, pool.net_micro] for pool in pools],
            "allocations": digest_table(allocations),
            "outcomes": digest_table(outcomes),
        }
    )
    return RunResult(allocations, outcomes, digest)


def recompute(run: DistributionRun, progress: Progress) -> RunResult:
    """Compute a run again from its frozen inputs and nothing else.

    Raises:
        BrokenBatch: an input is missing or is not what was sealed.
    """
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    pools = frozen_pools(run)
    splits, parts = open_batch(run.splits_batch_id or 0), open_batch(run.parts_batch_id or 0)
    allocations = divide_pools((open_pool(pool) for pool in pools), policy, splits, parts, progress)
    return result_of(run, pools, policy, allocations, open_batch(run.payees_batch_id or 0))


def require_frozen_inputs(run: DistributionRun) -> pa.Table:
    """Check that every batch a run stands on is still what was sealed, and return its allocations.

    Raises:
        BrokenBatch: one is missing or changed.
    """
    for pool in frozen_pools(run):
        for report in pool.reports:
            for batch_id in report.batch_ids:
                open_batch(batch_id)
    for frozen_id in (run.splits_batch_id, run.parts_batch_id, run.payees_batch_id):
        open_batch(frozen_id or 0)
    return open_batch(run.allocations_batch_id or 0)
