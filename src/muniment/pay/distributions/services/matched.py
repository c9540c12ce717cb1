"""Divide what a posted run held as unmatched, for the lines whose work is known by now.

A pool's unmatched money is held by report and memory key. For the keys whose every line has a work in the latest
matching, the held amounts are one small pool: it is divided by the points of these lines and by the shares as known
now, and booked out of the held account. A key is released once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from muniment.kernel.columns.engine import query
from muniment.pay.distributions.bulk import PoolLines, allocate_pool
from muniment.pay.distributions.models import DistributionRun, Pool
from muniment.pay.distributions.queries.holds import ReleaseRow
from muniment.pay.distributions.rules import Hold, Policy, parse_policy
from muniment.pay.distributions.services.adjusting import booked_now, expired_rows
from muniment.pay.distributions.services.computing import payee_standings, share_tables, uses_of
from muniment.pay.distributions.services.frozen import (
    FrozenPool,
    decide_outcomes,
    frozen_pools,
    least_of,
    open_pool,
    payee_sums,
)
from muniment.pay.distributions.services.holds import book_release
from muniment.pay.distributions.services.of_payees import (
    Difference,
    book_release_deductions,
    differences,
    payable_sums,
)
from muniment.pay.distributions.services.posting import payee_account, pool_scope
from muniment.pay.distributions.services.runs import locked_run
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.queries import open_batch
from muniment.trust.batches.services import seal_batch
from muniment.trust.ledger.rules import TransferDraft, held
from muniment.use.matching.queries import latest_match

KEYS = pa.schema(
    [
        pa.field("report_id", pa.int64(), nullable=False),
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""What is released: the held amount of each memory key of a report."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The keys of a pool whose work is known by now, and the lines of each portion with the new matches."""

    keys: pa.Table
    lines: tuple[PoolLines, ...]
    sources: tuple[int, ...]


@transaction.atomic
def release_matched(*, actor: Actor, at: datetime, run_id: int) -> tuple[ReleaseRow, ...]:
    """Release the unmatched money of a posted run whose lines are matched by now; one entry for each pool.

    What the shares of the found works leave unclaimed or in dispute stays held, for that reason. Payees without a bank
    account or below the run's minimum wait as they do in a run.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
        BrokenBatch: a sealed input is missing or changed.
    """
    require(actor, Action.DISTRIBUTION_POST)
    run = locked_run(run_id, "release unmatched money of")
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    booked, expired = booked_now(run), expired_rows(run)
    pools = zip(frozen_pools(run), Pool.objects.filter(run=run).order_by("ordinal"), strict=True)
    releases = []
    given = payable_sums(booked)
    for frozen, pool in pools:
        found = _find(frozen, policy, _of_fund(booked, pool), _of_fund(expired, pool))
        if found is not None:
            releases.append(_release(actor, at, run, pool, policy, found, given))
    return tuple(releases)


_OPEN = """
    SELECT report_id, memory_key, sum(amount_micro)::BIGINT AS amount_micro FROM booked
    WHERE status = 'UNMATCHED'
      AND NOT EXISTS (SELECT 1 FROM expired WHERE expired.report_id = booked.report_id
                      AND expired.memory_key = booked.memory_key)
    GROUP BY 1, 2 HAVING sum(amount_micro) > 0
"""

_KNOWN = """
    SELECT waiting.report_id, waiting.memory_key, any_value(waiting.amount_micro) AS amount_micro
    FROM waiting JOIN line ON line.report_id = waiting.report_id
    JOIN old ON old.line_id = line.line_id AND old.work_id IS NULL AND old.memory_key = waiting.memory_key
    JOIN fresh ON fresh.line_id = line.line_id
    GROUP BY 1, 2 HAVING count(*) = count(fresh.work_id) ORDER BY 1, 2
"""

_LINES = """
    SELECT line.* FROM line JOIN old ON old.line_id = line.line_id AND old.work_id IS NULL
    JOIN known ON known.report_id = line.report_id AND known.memory_key = old.memory_key ORDER BY line.line_id
"""


def _of_fund(rows: pa.Table, pool: Pool) -> pa.Table:
    return rows.filter(pc.equal(rows.column("fund_code"), pool.fund_code))


def _find(frozen: FrozenPool, policy: Policy, booked: pa.Table, expired: pa.Table) -> _Found | None:
    """Return what of a pool can be released; None where nothing can. `booked` is what the pool is booked as now."""
    waiting = query(_OPEN, booked=booked, expired=expired)
    latest = {report.report_id: latest_match(report.report_id) for report in frozen.reports}
    batch_ids = [match.batch_id for match in latest.values() if match is not None]
    if waiting.num_rows == 0 or not batch_ids:
        return None
    opened = list(open_pool(frozen, policy))
    fresh = pa.concat_tables(
        open_batch(batch_id).select(["line_id", "work_id", "memory_key"]) for batch_id in batch_ids
    )
    small = [found for lines in opened if (found := _small_pool(lines, waiting, fresh)) is not None]
    if not small:
        return None
    sources = {batch_id for report in frozen.reports for batch_id in report.batch_ids} | set(batch_ids)
    keys = pa.concat_tables(known for known, _ in small)
    keys = keys.sort_by([("report_id", "ascending"), ("memory_key", "ascending")])
    return _Found(keys, tuple(lines for _, lines in small), tuple(sorted(sources)))


def _small_pool(opened: PoolLines, waiting: pa.Table, fresh: pa.Table) -> tuple[pa.Table, PoolLines] | None:
    """Return KEYS of a portion whose work is known by now, and their lines as a pool of what is held for them."""
    known = query(_KNOWN, waiting=waiting, line=opened.lines, old=opened.matches, fresh=fresh).cast(KEYS)
    if known.num_rows == 0:
        return None
    lines = query(_LINES, line=opened.lines, old=opened.matches, known=known).cast(opened.lines.schema)
    amount_micro = pc.sum(known.column("amount_micro")).as_py()
    return known, replace(opened, net_micro=amount_micro, lines=lines, matches=fresh)


def _release(
    actor: Actor,
    at: datetime,
    run: DistributionRun,
    pool: Pool,
    policy: Policy,
    found: _Found,
    given: dict[int, int],
) -> ReleaseRow:
    """Release what was found of a pool; `given` is what the run gives each payee by now, and grows by it."""
    splits, parts = share_tables(uses_of(found.lines), at)
    allocations = pa.concat_tables(allocate_pool(lines, policy.points, splits, parts) for lines in found.lines)
    keys = seal_batch(
        at=at, stage="released_keys", table=found.keys, sum_column="amount_micro", parents=list(found.sources)
    )
    sealed_splits = seal_batch(at=at, stage="splits", table=splits, sum_column=None, parents=[keys.id])
    sealed_parts = seal_batch(at=at, stage="share_parts", table=parts, sum_column="share_ppm", parents=[keys.id])
    batch = seal_batch(
        at=at,
        stage="released",
        table=allocations,
        sum_column="amount_micro",
        parents=[keys.id, sealed_splits.id, sealed_parts.id],
    )
    sums = payee_sums(allocations)
    gains = {row["party_id"]: row["amount_micro"] for row in sums.to_pylist()}
    for party_id, amount_micro in gains.items():
        given[party_id] = given.get(party_id, 0) + amount_micro
    taken = differences(run, policy, {party_id: given[party_id] for party_id in gains})
    accounts = _accounts(run, policy, sums, taken, at)
    release = book_release(
        actor=actor,
        at=at,
        currency=run.currency,
        transfers=list(_transfers(run, pool, allocations, gains, accounts)),
        memo=f"works found for run {run.number}, {pool.fund_code}",
        pool_id=pool.pk,
        keys_batch_id=keys.id,
        batch_id=batch.id,
    )
    book_release_deductions(actor=actor, at=at, run=run, release_id=release.id, taken=taken, accounts=accounts)
    return release


_STILL_HELD = """
    SELECT status, sum(amount_micro)::BIGINT AS amount_micro FROM allocation
    WHERE status <> 'PAYABLE' GROUP BY 1 HAVING sum(amount_micro) > 0 ORDER BY 1
"""


def _accounts(
    run: DistributionRun, policy: Policy, sums: pa.Table, taken: Sequence[Difference], at: datetime
) -> dict[int, str]:
    """Return the account that each payee's part goes to, by the standing of each and what is left after deductions."""
    less: dict[int, int] = {}
    for row in taken:
        less[row.party_id] = less.get(row.party_id, 0) + row.amount_micro
    payees = payee_standings(sums.column("party_id").to_pylist(), run.currency)
    decided = decide_outcomes(sums, payees, least_of(policy, run.currency, at), less)
    return {row["party_id"]: payee_account(row["party_id"], row["outcome"]) for row in decided.to_pylist()}


def _transfers(
    run: DistributionRun, pool: Pool, allocations: pa.Table, gains: Mapping[int, int], accounts: Mapping[int, str]
) -> Iterator[TransferDraft]:
    """Yield the moves out of the pool's unmatched money: to payees, and to holds of what is unclaimed or disputed."""
    scope = pool_scope(run.number, pool.ordinal)
    source = held(Hold.UNMATCHED.value, scope)
    for row in query(_STILL_HELD, allocation=allocations).to_pylist():
        yield TransferDraft(source, held(row["status"], scope), row["amount_micro"])
    for party_id, amount_micro in gains.items():
        yield TransferDraft(source, accounts[party_id], amount_micro)
