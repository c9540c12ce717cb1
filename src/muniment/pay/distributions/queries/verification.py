"""The division a second time, in SQL, from the frozen inputs of a run alone; nothing of the first one is used here.

Two implementations that were written apart, one in loops over columns and one in joins and windows over 128-bit
integers, hardly make the same mistake. A test holds that this module imports nothing of the compiled one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, MATCHES, USAGE_LINES
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import Plain, digest_value
from muniment.pay.distributions.models import (
    DistributionRun,
    HeldTotal,
    PayeeDeduction,
    PayeeLabel,
    PayeeTotal,
    Pool,
    PoolPortion,
    PoolReport,
    RunPayee,
)
from muniment.pay.distributions.queries.division_sql import SqlPool, report_table, sql_allocations
from muniment.pay.distributions.queries.payees_sql import TAKEN, sql_taken
from muniment.pay.distributions.rules import Policy, UnknownRun, parse_policy
from muniment.pay.distributions.rules.policies.counting import Raising, raising_of
from muniment.pay.distributions.rules.policies.grouping import SplitPlan
from muniment.trust.access.rules import instant_text
from muniment.trust.batches.queries import open_batch

_LINES = ("line_id", "report_id", "duration_ms", "use_count", "used_on", "territory", "use_kind")
_MATCHES = ("line_id", "work_id", "memory_key")


@dataclass(frozen=True, slots=True)
class PoolCheck:
    """What SQL made of one pool, beside what the run has sealed and booked.

    `missing` rows are sealed and not found, `unexpected` ones found and not sealed; both count a row that differs.
    `difference_micro` is deducted + of payees + held, less the gross amount. `wrong_totals` counts the sums by payee
    and by hold that the run keeps in the database and that are not those of the rows.
    """

    fund_code: str
    line_count: int
    row_count: int
    missing: int
    unexpected: int
    difference_micro: int
    wrong_totals: int

    @property
    def agrees(self) -> bool:
        """Return whether every row and sum is the same."""
        return not (self.missing or self.unexpected or self.difference_micro or self.wrong_totals)


@dataclass(frozen=True, slots=True)
class Verification:
    """A run computed in SQL: each pool, and the digest that comes out beside the one that the run has.

    `wrong_payees` counts those whose amount or deductions the database keeps otherwise.
    """

    run_number: int
    pools: tuple[PoolCheck, ...]
    digest: str
    kept_digest: str
    wrong_payees: int = 0

    @property
    def agrees(self) -> bool:
        """Return whether both implementations came to the same."""
        return self.digest == self.kept_digest and not self.wrong_payees and all(pool.agrees for pool in self.pools)


def verify_run(run_id: int) -> Verification:
    """Compute a run in SQL from its frozen inputs and compare every row, every sum and the digest.

    Raises:
        UnknownRun: there is no such run, or it was never computed.
        BrokenBatch: a frozen input or the sealed result is missing or changed.
    """
    run = DistributionRun.objects.filter(pk=run_id).first()
    if run is None or run.allocations_batch_id is None:
        raise UnknownRun(f"There is no computed run with the id {run_id}.", "Compute it first.")
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    sealed = open_batch(run.allocations_batch_id)
    shares = open_batch(run.splits_batch_id or 0), open_batch(run.parts_batch_id or 0)
    pools = list(Pool.objects.filter(run=run).order_by("ordinal"))
    tables, checks = [ALLOCATIONS.empty_table()], []
    for pool in pools:
        rows, line_count = _pool_rows(policy, pool, shares)
        tables.append(rows)
        checks.append(_check(pool, line_count, rows, sealed))
    found = pa.concat_tables(tables).combine_chunks()
    payees = open_batch(run.payees_batch_id or 0)
    named = _named_labels(run)
    taken = sql_taken(found, policy, run.currency, payees, named)
    outcomes = sql_outcomes(found, payees, _minimums(run, policy, payees), taken)
    told = _told_of_payees(policy, taken, named)
    digest = _digest(run, policy, pools, found, outcomes, told)
    return Verification(run.number, tuple(checks), digest, run.digest, _wrong_payees(run, found, taken))


def _named_labels(run: DistributionRun) -> pa.Table:
    """Return the labels that were named for payees: party_id and label."""
    rows = list(PayeeLabel.objects.filter(run=run).order_by("party_id", "label").values_list("party_id", "label"))
    return pa.table(
        {
            "party_id": pa.array([party_id for party_id, _ in rows], pa.int64()),
            "label": pa.array([label for _, label in rows], pa.string()),
        }
    )


def _told_of_payees(policy: Policy, taken: pa.Table, named: pa.Table) -> dict[str, Plain]:
    """Return what the digest says of the deductions of payees; nothing where the policy has none."""
    if not policy.payee_deductions:
        return {}
    labels: dict[int, list[Plain]] = {}
    for row in named.to_pylist():
        labels.setdefault(row["party_id"], []).append(row["label"])
    told: list[Plain] = [[party_id, of_party] for party_id, of_party in labels.items()]
    return {"taken": digest_table(taken), "labels": told}


def _wrong_payees(run: DistributionRun, found: pa.Table, taken: pa.Table) -> int:
    """Return how many payees' amounts and deductions the database keeps otherwise than SQL makes them."""
    gross = query(_PAYEE_SUMS, allocation=found).to_pylist()
    less: dict[int, int] = {}
    for row in taken.to_pylist():
        less[row["party_id"]] = less.get(row["party_id"], 0) + row["amount_micro"]
    wanted = {row["party_id"]: (row["amount_micro"], less.get(row["party_id"], 0)) for row in gross}
    kept = {
        party_id: (amount_micro, deducted_micro)
        for party_id, amount_micro, deducted_micro in RunPayee.objects.filter(run=run).values_list(
            "party_id", "amount_micro", "deducted_micro"
        )
    }
    wrong = {party_id for party_id in {*wanted, *kept} if wanted.get(party_id) != kept.get(party_id)}
    rows = PayeeDeduction.objects.filter(run=run, adjustment__isnull=True, release__isnull=True)
    booked = set(rows.values_list("party_id", "ordinal", "account", "base_micro", "amount_micro"))
    differing = booked.symmetric_difference(tuple(row.values()) for row in taken.to_pylist())
    return len(wrong | {row[0] for row in differing})


_PAYEE_SUMS = """
    SELECT payee_id AS party_id, sum(amount_micro)::BIGINT AS amount_micro
    FROM allocation WHERE status = 'PAYABLE' GROUP BY 1 HAVING sum(amount_micro) > 0
"""


def _digest(
    run: DistributionRun,
    policy: Policy,
    pools: list[Pool],
    found: pa.Table,
    outcomes: pa.Table,
    of_payees: dict[str, Plain],
) -> str:
    """Return the digest of a run over everything that decided it and everything it came to."""
    amounts: list[Plain] = [[pool.fund_code, pool.gross_micro, pool.net_micro] for pool in pools]
    told: dict[str, Plain] = {
        "run": run.number,
        "currency": run.currency,
        "known_at": instant_text(run.known_at),
        "policy": policy.digest,
        "pools": amounts,
        "allocations": digest_table(found),
        "outcomes": digest_table(outcomes),
        **of_payees,
    }
    cut: list[Plain] = [[pool.fund_code, parts] for pool in pools if (parts := _told_portions(pool))]
    if cut:
        told["portions"] = cut
    if policy.reads_sources:
        rows = PoolReport.objects.filter(pool__run=run).order_by("pool__ordinal", "portion", "report_id")
        told["sources"] = [
            list(row) for row in rows.values_list("pool__fund_code", "report_id", "source_code", "label")
        ]
    if policy.reads_month and run.computed_at is not None:
        told["month"] = run.computed_at.month
    return digest_value(told)


def _told_portions(pool: Pool) -> list[Plain]:
    found: list[Plain] = []
    for portion in PoolPortion.objects.filter(pool=pool).order_by("ordinal"):
        reports = PoolReport.objects.filter(pool=pool, portion=portion.ordinal).order_by("report_id")
        ids: list[Plain] = list(reports.values_list("report_id", flat=True))
        found.append([portion.label, portion.net_micro, portion.reason, ids])
    return found


def _pool_rows(policy: Policy, pool: Pool, shares: tuple[pa.Table, pa.Table]) -> tuple[pa.Table, int]:
    """Return the allocations of a pool, portion by portion, and how many lines were read for them."""
    rule = policy.pool_of(pool.fund_code)
    split = SplitPlan(policy.split_rules, rule.split) if rule is not None and rule.split else None
    cuts = PoolPortion.objects.filter(pool=pool).order_by("ordinal").values_list("ordinal", "net_micro", "reason")
    tables, line_count = [ALLOCATIONS.empty_table()], 0
    for ordinal, net_micro, reason in cuts or [(1, pool.net_micro, "")]:
        reports = list(PoolReport.objects.filter(pool=pool, portion=ordinal).order_by("report_id"))
        lines, matches = _lines_of(policy, reports)
        opened = SqlPool(
            pool.fund_code,
            net_micro,
            lines,
            matches,
            _reports_of(policy, reports),
            *shares,
            raising=_raising(policy, reports),
            split=split,
            reason=reason,
        )
        tables.append(sql_allocations(opened, policy.points))
        line_count += lines.num_rows
    return pa.concat_tables(tables), line_count


def _lines_of(policy: Policy, reports: list[PoolReport]) -> tuple[pa.Table, pa.Table]:
    """Open the sealed lines and matches of a portion."""
    names = [*_LINES, *(["reported_time"] if policy.points.time_weights else [])]
    lines = [pa.schema([USAGE_LINES.field(name) for name in names]).empty_table()]
    matches = [pa.schema([MATCHES.field(name) for name in _MATCHES]).empty_table()]
    lines += [open_batch(report.lines_batch_id).select(names) for report in reports]
    matches += [open_batch(report.matches_batch_id).select(_MATCHES) for report in reports]
    return pa.concat_tables(lines), pa.concat_tables(matches)


def _reports_of(policy: Policy, reports: list[PoolReport]) -> pa.Table:
    factors: dict[int, Fraction] = {}
    for report in reports:
        pool = policy.pool_named(report.label)
        stratum = pool.stratum_of(report.source_code) if pool is not None else None
        if stratum is not None:
            factors[report.report_id] = stratum.of / stratum.sampled
    rights = {report.report_id: report.right for report in reports}
    return report_table(rights, {report.report_id: report.source_code for report in reports}, factors)


def _raising(policy: Policy, reports: list[PoolReport]) -> Raising | None:
    pools = [policy.pool_named(name) for name in sorted({report.label for report in reports})]
    return raising_of(policy, next((pool.factor_formula for pool in pools if pool and pool.factor_formula), ""))


def _minimums(run: DistributionRun, policy: Policy, payees: pa.Table) -> pa.Table:
    """Return the least amount that is paid to each payee."""
    month = run.computed_at.month if run.computed_at else None
    rows = payees.to_pylist()
    least = [policy.minimum_micro(run.currency, row.get("country"), month) for row in rows]
    parties = pa.array([row["party_id"] for row in rows], pa.int64())
    return pa.table({"party_id": parties, "least_micro": pa.array(least, pa.int64())})


_OUTCOMES = """
    WITH coming AS (
        SELECT payee_id AS party_id, sum(amount_micro) AS amount_micro, sum(line_count) AS line_count
        FROM allocation WHERE status = 'PAYABLE' GROUP BY 1 HAVING sum(amount_micro) > 0
    )
    , less AS (SELECT party_id, sum(amount_micro) AS less_micro FROM taken GROUP BY 1)
    SELECT party_id, amount_micro::BIGINT AS amount_micro, line_count::BIGINT AS line_count,
           CASE WHEN NOT has_bank THEN 'NO_PAYEE'
                WHEN payable_before_micro + held_before_micro + amount_micro - coalesce(less_micro, 0) < least_micro
                THEN 'BELOW_MIN' ELSE 'PAYABLE' END AS outcome
    FROM coming JOIN payee USING (party_id) JOIN minimum USING (party_id) LEFT JOIN less USING (party_id)
    ORDER BY party_id
"""

_OUTCOME_COLUMNS = pa.schema(
    [
        pa.field("party_id", pa.int64(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
        pa.field("line_count", pa.int64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
    ]
)


def sql_outcomes(
    allocations: pa.Table, payees: pa.Table, minimums: pa.Table, taken: pa.Table | None = None
) -> pa.Table:
    """Return what each payee gets and whether it is paid or waits, by PAYEES and the least amount for each.

    `taken` is what deductions of payees take (TAKEN); nothing where left out.
    """
    less = TAKEN.empty_table() if taken is None else taken
    return query(_OUTCOMES, allocation=allocations, payee=payees, minimum=minimums, taken=less).cast(_OUTCOME_COLUMNS)


# ---- comparing ----

_DIFFERENT = """
    SELECT (SELECT count(*) FROM (SELECT * FROM of_pool EXCEPT ALL SELECT * FROM found)) AS missing,
           (SELECT count(*) FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM of_pool)) AS unexpected
    FROM (SELECT 1)
"""

_SUMS = """
    SELECT CASE WHEN status = 'PAYABLE' THEN payee_id::VARCHAR ELSE status END AS place,
           sum(amount_micro)::BIGINT AS amount_micro, sum(line_count)::BIGINT AS line_count
    FROM found GROUP BY 1
"""


def _check(pool: Pool, line_count: int, rows: pa.Table, sealed: pa.Table) -> PoolCheck:
    fund = pa.table({"fund_code": pa.array([pool.fund_code], pa.string())})
    of_pool = query("SELECT sealed.* FROM sealed SEMI JOIN fund USING (fund_code)", sealed=sealed, fund=fund)
    different = query(_DIFFERENT, of_pool=of_pool, found=rows).to_pylist()[0]
    sums = {row["place"]: (row["amount_micro"], row["line_count"]) for row in query(_SUMS, found=rows).to_pylist()}
    given_micro = sum(amount for amount, _ in sums.values())
    expected = {place: sum_of for place, sum_of in sums.items() if not place.isdigit() or sum_of[0] > 0}
    kept = dict(_kept_totals(pool))
    wrong = {place for place in {*expected, *kept} if expected.get(place) != kept.get(place)}
    return PoolCheck(
        pool.fund_code,
        line_count,
        rows.num_rows,
        different["missing"],
        different["unexpected"],
        pool.deducted_micro + given_micro - pool.gross_micro,
        len(wrong),
    )


def _kept_totals(pool: Pool) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the sums that the database keeps of a pool: by payee, and by reason of what is held."""
    for party_id, *sums in PayeeTotal.objects.filter(pool=pool).values_list("party_id", "amount_micro", "line_count"):
        yield str(party_id), (sums[0], sums[1])
    for reason, *sums in HeldTotal.objects.filter(pool=pool).values_list("reason", "amount_micro", "line_count"):
        yield reason, (sums[0], sums[1])
