"""The frozen inputs of a run: what is sealed, how it is opened again, and the division of its pools from it alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, MATCHES, PAYEES, USAGE_LINES
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import Plain, digest_value
from muniment.kernel.words.problems import Progress
from muniment.pay.distributions.bulk import PoolLines, Weighing, allocate, index_shares, split_index
from muniment.pay.distributions.models import DistributionRun, Pool, PoolPortion, PoolReport
from muniment.pay.distributions.rules import PayeeStanding, Policy, UnknownUseKind, parse_policy, payee_outcome
from muniment.pay.distributions.rules.policies.counting import raising_of, stratum_weights
from muniment.pay.distributions.rules.policies.grouping import SplitPlan
from muniment.pay.distributions.services.of_payees import countries_of, named_labels, sums_of, taken_of
from muniment.trust.access.rules import instant_text
from muniment.trust.batches.queries import open_batch

LINE_COLUMNS = ["line_id", "report_id", "duration_ms", "use_count", "used_on", "territory", "use_kind"]
"""What a distribution reads of a usage line."""

MATCH_COLUMNS = ["line_id", "work_id", "memory_key"]
"""What it reads of a match."""

STANDINGS = PAYEES.append(pa.field("country", pa.string()))
"""The standing of each payee of a run and its country, null or left out where none is known."""

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
    """A usage report as sealed: its lines and its matches; who sent it, and the policy's pool that it is of."""

    report_id: int
    right: str
    lines_batch_id: int
    matches_batch_id: int
    source_code: str = ""
    label: str = ""

    @property
    def batch_ids(self) -> tuple[int, int]:
        """Return the batches of the lines and of the matches."""
        return self.lines_batch_id, self.matches_batch_id


@dataclass(frozen=True, slots=True)
class FrozenPortion:
    """A part of a pool and the reports that divide it; with a `reason` it waits as a whole."""

    net_micro: int
    reports: tuple[FrozenReport, ...]
    label: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FrozenPool:
    """A pool and the portions of its net amount; `is_cut` says that it has several, or one that waits."""

    fund_code: str
    gross_micro: int
    net_micro: int
    portions: tuple[FrozenPortion, ...]
    is_cut: bool = False

    @property
    def reports(self) -> tuple[FrozenReport, ...]:
        """Return the reports of all portions."""
        return tuple(report for portion in self.portions for report in portion.reports)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run comes to: the allocations of all pools, what is taken from payees, their outcomes; the digest of all.

    `taken` is TAKEN; the amounts of `outcomes` (OUTCOMES) are those before it.
    """

    allocations: pa.Table
    taken: pa.Table
    outcomes: pa.Table
    digest: str


def frozen_pools(run: DistributionRun) -> list[FrozenPool]:
    """Return the pools of a run with the portions and the batches they were computed from."""
    reports: dict[tuple[int, int], list[FrozenReport]] = {}
    for row in PoolReport.objects.filter(pool__run=run).order_by("pool_id", "report_id"):
        frozen = FrozenReport(
            row.report_id, row.right, row.lines_batch_id, row.matches_batch_id, row.source_code, row.label
        )
        reports.setdefault((row.pool_id, row.portion), []).append(frozen)
    cuts: dict[int, list[FrozenPortion]] = {}
    for part in PoolPortion.objects.filter(pool__run=run).order_by("pool_id", "ordinal"):
        of_part = tuple(reports.get((part.pool_id, part.ordinal), ()))
        cuts.setdefault(part.pool_id, []).append(FrozenPortion(part.net_micro, of_part, part.label, part.reason))
    return [
        FrozenPool(
            pool.fund_code,
            pool.gross_micro,
            pool.net_micro,
            tuple(cuts.get(pool.pk) or [FrozenPortion(pool.net_micro, tuple(reports.get((pool.pk, 1), ())))]),
            pool.pk in cuts,
        )
        for pool in Pool.objects.filter(run=run).order_by("ordinal")
    ]


def open_pool(pool: FrozenPool, policy: Policy) -> Iterator[PoolLines]:
    """Open the sealed lines and matches of a pool, one portion after the other.

    Raises:
        BrokenBatch: one of them is missing or is not what was sealed.
        UnknownUseKind: a report comes from a station that the policy gives no weight, or from no layer of its sample.
    """
    columns = [*LINE_COLUMNS, *(["reported_time"] if policy.points.time_weights else [])]
    split = split_of(policy, pool.fund_code)
    for portion in pool.portions:
        lines = [open_batch(report.lines_batch_id).select(columns) for report in portion.reports]
        matches = [open_batch(report.matches_batch_id).select(MATCH_COLUMNS) for report in portion.reports]
        yield PoolLines(
            pool.fund_code,
            portion.net_micro,
            pa.concat_tables(lines) if lines else _columns_of(USAGE_LINES, columns),
            pa.concat_tables(matches) if matches else _columns_of(MATCHES, MATCH_COLUMNS),
            {report.report_id: report.right for report in portion.reports},
            _weighing(policy, portion.reports),
            portion.reason,
            split,
        )


def split_of(policy: Policy, fund_code: str) -> SplitPlan | None:
    """Return the split by which the works of a fund are divided between groups; None where there is none."""
    pool = policy.pool_of(fund_code)
    return SplitPlan(policy.split_rules, pool.split) if pool is not None and pool.split else None


def _weighing(policy: Policy, reports: Sequence[FrozenReport]) -> Weighing:
    """Return what counts for whole reports and works: stations, layers of samples, a factor by how often."""
    stations = {report.report_id: policy.points.station_weight_of(report.source_code) for report in reports}
    layers: dict[int, int] = {}
    for report in reports:
        rule = policy.pool_named(report.label)
        if rule is not None and rule.strata:
            weights = stratum_weights(rule, [report.source_code])
            if report.source_code not in weights:
                raise UnknownUseKind(
                    f"Usage report {report.report_id} of {report.source_code} is of no stratum of {rule.name}.",
                    "Name its source under `sources` of a stratum in a new version of the policy.",
                )
            layers[report.report_id] = weights[report.source_code]
    names = {report.label for report in reports}
    formulas = [rule.factor_formula for name in sorted(names) if (rule := policy.pool_named(name)) is not None]
    raising = raising_of(policy, next((name for name in formulas if name), ""))
    return Weighing({key: one for key, one in stations.items() if one != 1}, layers, raising)


def _columns_of(schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    return pa.schema([schema.field(name) for name in names]).empty_table()


def divide_pools(
    pools: Iterator[PoolLines], policy: Policy, splits: pa.Table, parts: pa.Table, progress: Progress
) -> pa.Table:
    """Divide the pools one after the other and return all allocations, in the order of the pools."""
    indexed = {"": (index_shares(splits, parts), parts)}
    tables = [ALLOCATIONS.empty_table()]
    done = 0
    for pool in pools:
        name = pool.split.name if pool.split else ""
        if pool.split and name not in indexed:
            indexed[name] = split_index(indexed[""][0], splits, parts, pool.split)
        tables.append(allocate(pool, policy.points, *indexed[name]))
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


def decide_outcomes(
    sums: pa.Table, payees: pa.Table, least: Callable[[str], int], taken: Mapping[int, int] | None = None
) -> pa.Table:
    """Return OUTCOMES: for each payee whether the amount is paid or waits, by the standing of each (STANDINGS).

    `least` is the least amount that is paid to a payee of a country, empty where none is known; what counts is the
    amount less what is `taken` from the payee.
    """
    taken = taken or {}
    standings = {row["party_id"]: PayeeStanding(**row) for row in payees.to_pylist()}
    amounts = sums.column("amount_micro").to_pylist()
    parties = sums.column("party_id").to_pylist()
    outcomes = [
        payee_outcome(
            standings[party_id], amount_micro - taken.get(party_id, 0), least(standings[party_id].country or "")
        )
        for party_id, amount_micro in zip(parties, amounts, strict=True)
    ]
    return sums.append_column("outcome", pa.array(outcomes, pa.string())).cast(OUTCOMES)


def least_of(policy: Policy, currency: str, at: datetime | None) -> Callable[[str], int]:
    """Return how a policy answers for the least amount of a country in the month of an instant."""
    month = at.month if at else None

    @cache
    def least(country: str) -> int:
        return policy.minimum_micro(currency, country or None, month)

    return least


def result_of(
    run: DistributionRun, pools: Sequence[FrozenPool], policy: Policy, allocations: pa.Table, payees: pa.Table
) -> RunResult:
    """Return allocations, outcomes and the digest over them and everything that decided them.

    Portions, sources, the month and what is taken from payees are told only where the policy reads them.
    """
    sums = payee_sums(allocations)
    amounts = dict(zip(*(sums.column(name).to_pylist() for name in ("party_id", "amount_micro")), strict=True))
    named = named_labels(run)
    taken = taken_of(policy, run.currency, amounts, countries_of(payees), named)
    outcomes = decide_outcomes(sums, payees, least_of(policy, run.currency, run.computed_at), sums_of(taken))
    told: dict[str, Plain] = {
        "run": run.number,
        "currency": run.currency,
        "known_at": instant_text(run.known_at),
        "policy": policy.digest,
        "pools": [[pool.fund_code, pool.gross_micro, pool.net_micro] for pool in pools],
        "allocations": digest_table(allocations),
        "outcomes": digest_table(outcomes),
    }
    if any(pool.is_cut for pool in pools):
        told["portions"] = [
            [pool.fund_code, [_told(portion) for portion in pool.portions]] for pool in pools if pool.is_cut
        ]
    if policy.reads_sources:
        told["sources"] = [
            [pool.fund_code, report.report_id, report.source_code, report.label]
            for pool in pools
            for report in pool.reports
        ]
    if policy.reads_month and run.computed_at is not None:
        told["month"] = run.computed_at.month
    if policy.payee_deductions:
        told["taken"] = digest_table(taken)
        labels: list[Plain] = [[party_id, list[Plain](sorted(named[party_id]))] for party_id in sorted(named)]
        told["labels"] = labels
    return RunResult(allocations, taken, outcomes, digest_value(told))


def _told(portion: FrozenPortion) -> Plain:
    ids: list[Plain] = [report.report_id for report in portion.reports]
    return [portion.label, portion.net_micro, portion.reason, ids]


def recompute(run: DistributionRun, progress: Progress) -> RunResult:
    """Compute a run again from its frozen inputs and nothing else.

    Raises:
        BrokenBatch: an input is missing or is not what was sealed.
    """
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    pools = frozen_pools(run)
    splits, parts = open_batch(run.splits_batch_id or 0), open_batch(run.parts_batch_id or 0)
    allocations = divide_pools(open_pools(pools, policy), policy, splits, parts, progress)
    return result_of(run, pools, policy, allocations, open_batch(run.payees_batch_id or 0))


def open_pools(pools: Iterable[FrozenPool], policy: Policy) -> Iterator[PoolLines]:
    """Open the portions of all pools, one after the other; raises as `open_pool`."""
    for pool in pools:
        yield from open_pool(pool, policy)


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
