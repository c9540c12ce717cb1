"""Compute a run: freeze its inputs, divide its pools, keep the result under seal."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import SHARE_PARTS, SHARE_SPLITS
from muniment.kernel.words.problems import Progress, silent
from muniment.kernel.words.shares import Right
from muniment.pay.distributions.bulk import PoolLines
from muniment.pay.distributions.models import (
    DistributionRun,
    HeldTotal,
    PayeeTotal,
    Pool,
    PoolPortion,
    PoolReport,
    RunPayee,
)
from muniment.pay.distributions.queries.runs import RunRow, run_row
from muniment.pay.distributions.rules import Hold, Policy, RunState, UnknownRun, parse_policy
from muniment.pay.distributions.rules.splits import PayeeAnswers, Split, Use, answer_uses
from muniment.pay.distributions.services.borrowing import FundMoney, portions_of
from muniment.pay.distributions.services.frozen import (
    STANDINGS,
    RunResult,
    divide_pools,
    frozen_pools,
    open_pools,
    payee_sums,
    recompute,
    result_of,
)
from muniment.pay.distributions.services.of_payees import keep_taken, sums_of
from muniment.pay.distributions.services.posting import payee_scope
from muniment.pay.distributions.services.reports import matched_reports, reported_funds
from muniment.pay.distributions.services.runs import locked_run
from muniment.rights.parties.queries import bank_accounts_approved, party_facts, party_hits
from muniment.rights.works.queries import classes_of, current_work_ids, share_claims
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.services import seal_batch
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import held, payable

_WORKS_AT_ONCE = 20_000


@transaction.atomic
def compute_run(*, actor: Actor, at: datetime, run_id: int, progress: Progress = silent) -> RunRow:
    """Freeze the inputs of a drafted run and divide its pools; a computed run may be computed again.

    Frozen are the usage and match batches of every report of the funds, the answers of the share question as known at
    the run's instant, and the standing of each payee. Nothing is booked. The lines of one pool are in memory at a
    time: they are opened once to ask for shares, and once to be divided.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
        NotMatched: a report of a fund was not matched since its lines were read.
        UnknownUseKind, NegativeUse, TooManyPoints, NoFee, TooFineSplit: the lines do not go with the policy.
        BrokenBatch: a sealed batch of lines or matches is not what was sealed.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    run = locked_run(run_id, "compute")
    run.computed_at = at
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    _pin_reports(run, policy)
    pools = frozen_pools(run)
    sources = {
        batch for pool in pools for report in pool.reports for batch in (report.lines_batch_id, report.matches_batch_id)
    }
    splits, parts = share_tables(uses_of(open_pools(pools, policy)), run.known_at)
    splits_batch = seal_batch(at=at, stage="splits", table=splits, sum_column=None, parents=sorted(sources))
    parts_batch = seal_batch(at=at, stage="share_parts", table=parts, sum_column="share_ppm", parents=[splits_batch.id])
    allocations = divide_pools(open_pools(pools, policy), policy, splits, parts, progress)
    payees = payee_standings(payee_sums(allocations).column("party_id").to_pylist(), run.currency)
    payees_batch = seal_batch(at=at, stage="payees", table=payees, sum_column="payable_before_micro")
    result = result_of(run, pools, policy, allocations, payees)
    inputs = [*sorted(sources), splits_batch.id, parts_batch.id, payees_batch.id]
    allocations_batch = seal_batch(
        at=at, stage="allocations", table=result.allocations, sum_column="amount_micro", parents=inputs
    )
    run.splits_batch_id, run.parts_batch_id = splits_batch.id, parts_batch.id
    run.payees_batch_id, run.allocations_batch_id = payees_batch.id, allocations_batch.id
    _keep_totals(run, result)
    keep_taken(run, policy, result.taken)
    run.digest, run.state, run.computed_by, run.computed_at = result.digest, RunState.COMPUTED.value, actor.name, at
    run.save()
    record_event(
        actor=actor,
        at=at,
        tag="distribution.computed",
        subject_kind="distribution",
        subject_id=run.number,
        after={"digest": run.digest, "inputs": inputs, "allocations": allocations_batch.id},
    )
    return run_row(run)


def replay_run(*, run_id: int, progress: Progress = silent) -> str:
    """Compute a run again from its frozen inputs only, write nothing, and return the digest that comes out.

    Raises:
        UnknownRun: there is no such run, or it was never computed.
        BrokenBatch: a frozen input is missing or changed.
    """
    run = DistributionRun.objects.filter(pk=run_id).first()
    if run is None or run.allocations_batch_id is None:
        raise UnknownRun(f"There is no computed run with the id {run_id}.", "Compute it first.")
    return recompute(run, progress).digest


def _pin_reports(run: DistributionRun, policy: Policy) -> None:
    """Note, for every fund, the usage reports that divide it, with the sealed lines and matches of this moment.

    Raises:
        NotMatched: see `compute_run`.
    """
    PoolReport.objects.filter(pool__run=run).delete()
    PoolPortion.objects.filter(pool__run=run).delete()
    pools = list(Pool.objects.filter(run=run).order_by("ordinal"))
    nets = {pool.fund_code: pool.net_micro for pool in pools}
    for pool in pools:
        portions = portions_of(
            policy,
            FundMoney(pool.fund_code, pool.gross_micro, pool.net_micro, run.currency, pool.missing_count),
            nets,
            reports_of=matched_reports,
            reported_funds=reported_funds,
        )
        if len(portions) > 1 or portions[0].reason:
            PoolPortion.objects.bulk_create(
                PoolPortion(pool=pool, ordinal=ordinal, label=one.label, net_micro=one.net_micro, reason=one.reason)
                for ordinal, one in enumerate(portions, start=1)
            )
        PoolReport.objects.bulk_create(
            PoolReport(
                pool=pool,
                report_id=report.report_id,
                right=report.right,
                line_count=report.line_count,
                source_code=report.source_code,
                label=one.label,
                portion=ordinal,
                lines_batch_id=report.lines_batch_id,
                matches_batch_id=report.matches_batch_id,
            )
            for ordinal, one in enumerate(portions, start=1)
            for report in one.reports
        )


# ---- the share question for every use ----

_DAYS = """
    SELECT match.work_id, report."right", line.territory,
           list(DISTINCT line.used_on - DATE '1970-01-01' ORDER BY line.used_on - DATE '1970-01-01') AS days
    FROM line JOIN match USING (line_id) JOIN report ON report.report_id = line.report_id
    WHERE match.work_id IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

_FIRST_DAY = date(1970, 1, 1)


def uses_of(pools: Iterable[PoolLines]) -> list[Use]:
    """Return each matched work with the right, the territory and the days it was used, by these."""
    days: dict[tuple[int, str, int], set[int]] = {}
    for pool in pools:
        lines = pool.lines.select(["line_id", "report_id", "territory", "used_on"])
        found = query(_DAYS, line=lines, match=pool.matches.select(["line_id", "work_id"]), report=pool.rights)
        for work_id, right, territory, numbers in _rows(found):
            days.setdefault((work_id, right, territory), set()).update(numbers)
    known = {number: _FIRST_DAY + timedelta(days=number) for number in set().union(*days.values())}
    return [
        Use(work_id, Right(right), territory, tuple(known[number] for number in sorted(numbers)))
        for (work_id, right, territory), numbers in sorted(days.items())
    ]


def share_tables(uses: Sequence[Use], known_at: datetime) -> tuple[pa.Table, pa.Table]:
    """Answer the share question for all uses and return SHARE_SPLITS and SHARE_PARTS, numbered in the uses' order.

    A use of a record that was merged by `known_at` is answered by the work it leads to, under the matched number.
    """
    splits: list[Split] = []
    for start in range(0, len(uses), _WORKS_AT_ONCE):
        some = uses[start : start + _WORKS_AT_ONCE]
        work_ids = sorted({use.work_id for use in some})
        standing = current_work_ids(work_ids, known_at)
        stated, classes = share_claims(sorted(set(standing.values()))), classes_of(standing.values())
        claims = {work_id: stated[current] for work_id, current in standing.items()}
        classes = {work_id: classes[current] for work_id, current in standing.items() if current in classes}
        owners = {claim.party_id for of_work in claims.values() for claim in of_work}
        payees = PayeeAnswers(party_facts(sorted(owners)), known_at)
        splits.extend(answer_uses(some, claims, payees, classes))
    return _splits_table(splits), _parts_table(splits)


def _splits_table(splits: Sequence[Split]) -> pa.Table:
    return pa.table(
        {
            "split_id": pa.array(range(len(splits)), pa.int64()),
            "work_id": pa.array([split.work_id for split in splits], pa.int64()),
            "right": pa.array([split.right.value for split in splits], pa.string()),
            "territory": pa.array([split.territory for split in splits], pa.int32()),
            "used_from": pa.array([split.used_from for split in splits], pa.date32()),
            "used_to": pa.array([split.used_to for split in splits], pa.date32()),
        }
    ).cast(SHARE_SPLITS)


def _parts_table(splits: Sequence[Split]) -> pa.Table:
    placed = [
        (split_id, place, part) for split_id, split in enumerate(splits) for place, part in enumerate(split.parts)
    ]
    return pa.table(
        {
            "split_id": pa.array([split_id for split_id, _, _ in placed], pa.int64()),
            "part": pa.array([place for _, place, _ in placed], pa.int32()),
            "party_id": pa.array([part.party_id for _, _, part in placed], pa.int64()),
            "payee_id": pa.array([part.payee_id for _, _, part in placed], pa.int64()),
            "share_ppm": pa.array([part.share_ppm for _, _, part in placed], pa.int32()),
            "status": pa.array([part.status for _, _, part in placed], pa.string()),
            "role": pa.array([part.role for _, _, part in placed], pa.string()),
            "note": pa.array([part.note for _, _, part in placed], pa.string()),
        }
    ).cast(SHARE_PARTS)


# ---- payees and totals ----


def payee_standings(party_ids: Sequence[int], currency: str) -> pa.Table:
    """Return STANDINGS: the standing of each payee at this moment, by party."""
    known = party_hits(party_ids)
    with_bank = bank_accounts_approved(party_ids)
    payable_before = balances("payable/", currency)
    held_before = balances(f"held/{Hold.BELOW_MIN.value}/", currency)
    return pa.table(
        {
            "party_id": pa.array(party_ids, pa.int64()),
            "has_bank": pa.array([party_id in with_bank for party_id in party_ids], pa.bool_()),
            "payable_before_micro": pa.array(
                [payable_before.get(payable(party_id), 0) for party_id in party_ids], pa.int64()
            ),
            "held_before_micro": pa.array(
                [held_before.get(held(Hold.BELOW_MIN.value, payee_scope(party_id)), 0) for party_id in party_ids],
                pa.int64(),
            ),
            "country": pa.array(
                [known[party_id].country or None if party_id in known else None for party_id in party_ids], pa.string()
            ),
        }
    ).cast(STANDINGS)


_POOL_SUMS = """
    SELECT fund_code, coalesce(sum(points) FILTER (part = 0), 0)::BIGINT AS points,
           coalesce(sum(line_count) FILTER (part = 0), 0)::BIGINT AS line_count
    FROM allocation GROUP BY 1
"""

_HELD_SUMS = """
    SELECT fund_code, status, sum(amount_micro)::BIGINT AS amount_micro, sum(line_count)::BIGINT AS line_count
    FROM allocation WHERE status <> 'PAYABLE' GROUP BY 1, 2 ORDER BY 1, 2
"""

_PAYEE_POOL_SUMS = """
    SELECT fund_code, payee_id, sum(amount_micro)::BIGINT AS amount_micro, sum(line_count)::BIGINT AS line_count
    FROM allocation WHERE status = 'PAYABLE' GROUP BY 1, 2 HAVING sum(amount_micro) > 0 ORDER BY 1, 2
"""


def _keep_totals(run: DistributionRun, result: RunResult) -> None:
    """Write the sums that pages and postings read, in place of those of an earlier computation."""
    pools = {pool.fund_code: pool.pk for pool in Pool.objects.filter(run=run)}
    for row in query(_POOL_SUMS, allocation=result.allocations).to_pylist():
        Pool.objects.filter(pk=pools[row["fund_code"]]).update(points=row["points"], line_count=row["line_count"])
    HeldTotal.objects.filter(pool__run=run).delete()
    PayeeTotal.objects.filter(pool__run=run).delete()
    RunPayee.objects.filter(run=run).delete()
    copy_rows(
        HeldTotal,
        ("pool_id", "reason", "amount_micro", "line_count"),
        ((pools[code], *rest) for code, *rest in _rows(query(_HELD_SUMS, allocation=result.allocations))),
    )
    copy_rows(
        PayeeTotal,
        ("pool_id", "party_id", "amount_micro", "line_count"),
        ((pools[code], *rest) for code, *rest in _rows(query(_PAYEE_POOL_SUMS, allocation=result.allocations))),
    )
    taken = sums_of(result.taken)
    copy_rows(
        RunPayee,
        ("run_id", "party_id", "amount_micro", "line_count", "outcome", "deducted_micro"),
        ((run.pk, party_id, *row, taken.get(party_id, 0)) for party_id, *row in _rows(result.outcomes)),
    )


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    columns = [column.to_pylist() for column in table.columns]
    return zip(*columns, strict=True)
