"""Adjust a posted run: compute it again as known at a later instant, and keep the differences under seal.

The lines of the reports are those of the run. A line whose work was known keeps it, unless the matches are asked for
anew; a line without a work takes the one that its report's matching had found by the later instant.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from django.db import transaction
from django.db.models import Max

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.pay.distributions.bulk import PoolLines
from muniment.pay.distributions.models import Adjustment, DistributionRun, HoldExpiry, HoldRelease
from muniment.pay.distributions.queries.adjustments import AdjustmentRow, UnknownAdjustment, adjustment_row
from muniment.pay.distributions.rules import Policy, WrongState, parse_policy
from muniment.pay.distributions.rules.adjusting import AdjustmentState
from muniment.pay.distributions.services.computing import payee_standings, share_tables, uses_of
from muniment.pay.distributions.services.deltas import BOOKED, Released, booked_rows, deltas_of
from muniment.pay.distributions.services.frozen import divide_pools, frozen_pools, open_pools
from muniment.pay.distributions.services.runs import locked_run, rule_of
from muniment.trust.access.rules import Action, Actor, instant_text, require, require_second_person
from muniment.trust.access.services import record_event
from muniment.trust.batches.queries import open_batch
from muniment.trust.batches.services import seal_batch
from muniment.use.matching.queries import list_match_runs

OPEN_STATES = (AdjustmentState.COMPUTED.value, AdjustmentState.APPROVED.value)


class NothingToAdjust(UserError):
    """Nothing was learnt that changes a run, or nothing above the de minimis."""


class BadAdjustment(UserError):
    """An adjustment cannot be drafted with these instants."""


@dataclass(frozen=True, slots=True)
class _Computed:
    """The deltas of an adjustment, and how many works were left out of them."""

    deltas: pa.Table
    left_out_count: int


@transaction.atomic
def draft_adjustment(
    *,
    actor: Actor,
    at: datetime,
    run_id: int,
    known_at: datetime,
    title: str = "",
    rematch: bool = False,
    progress: Progress = silent,
) -> AdjustmentRow:
    """Compute a posted run again as known at a later instant, and seal what differs from what was booked.

    Args:
        known_at: after the run's instant and those of its earlier adjustments, not after `at`.
        title: what members read beside their lines; made from the run where left out.
        rematch: take the later matches also for lines whose work was known, which corrects a wrong work.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
        BadAdjustment: the instant is too early or in the future, or another adjustment of the run is not finished.
        NothingToAdjust: no difference.
        BrokenBatch: a sealed input of the run is missing or changed.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    run = locked_run(run_id, "adjust")
    _check_instants(run, known_at, at)
    opened = list(open_pools(frozen_pools(run), _policy_of(run)))
    matches = _distinct(pa.concat_tables(_matches_then(pool, known_at, rematch=rematch) for pool in opened))
    splits, parts = share_tables(uses_of(_with(opened, matches)), known_at)
    booked = booked_now(run)
    computed = _compute(run, matches, splits, parts, booked, progress)
    if not computed.deltas.num_rows:
        raise NothingToAdjust(
            f"Run {run.number} comes to the same as known at {known_at:%Y-%m-%d %H:%M}"
            + (f", but for {computed.left_out_count} works that are left out." if computed.left_out_count else "."),
            "Wait until something is learnt, or choose a later instant.",
        )
    row = _seal(actor, at, run, known_at, title, (matches, splits, parts, booked), computed)
    _record(actor, at, row, "drafted", "")
    return adjustment_row(row)


def _policy_of(run: DistributionRun) -> Policy:
    return parse_policy(run.policy_text, f"policy of run {run.number}")


def _check_instants(run: DistributionRun, known_at: datetime, at: datetime) -> None:
    before = Adjustment.objects.filter(run=run).exclude(state=AdjustmentState.DISCARDED.value)
    unfinished = before.filter(state__in=OPEN_STATES).first()
    if unfinished is not None:
        raise BadAdjustment(
            f"Adjustment {unfinished.number} of run {run.number} is not booked yet.", "Post it or discard it first."
        )
    latest = max([run.known_at, *before.values_list("known_at", flat=True)])
    if known_at <= latest:
        raise BadAdjustment(
            f"Run {run.number} is booked as known at {latest:%Y-%m-%d %H:%M}, which is not before that instant.",
            "Choose a later one.",
        )
    if known_at > at:
        raise BadAdjustment("The knowledge date lies in the future.", "Choose now or an earlier instant.")


_MATCHES = """
    SELECT old.line_id, CASE WHEN old.work_id IS NULL OR {rematch} THEN coalesce(fresh.work_id, old.work_id)
                             ELSE old.work_id END AS work_id, old.memory_key
    FROM old LEFT JOIN fresh ON fresh.line_id = old.line_id ORDER BY old.line_id
"""


def _matches_then(pool: PoolLines, known_at: datetime, *, rematch: bool) -> pa.Table:
    """Return the work of each line of a pool by the matching of then; the memory keys stay those of the run."""
    tables = [pool.matches.slice(0, 0).select(["line_id", "work_id"])]
    for report_id in pool.right_of:
        known = [run.batch_id for run in list_match_runs(report_id) if run.run_at <= known_at]
        tables.extend(open_batch(batch_id).select(["line_id", "work_id"]) for batch_id in known[:1])
    fresh = pa.concat_tables(tables)
    found = query(_MATCHES.format(rematch=str(rematch).lower()), old=pool.matches, fresh=fresh)
    return found.cast(pool.matches.schema)


def _distinct(rows: pa.Table) -> pa.Table:
    """Return each row once, in order: two pools may be divided by one report."""
    return query("SELECT DISTINCT * FROM found ORDER BY ALL", found=rows).cast(rows.schema)


def _with(pools: list[PoolLines], matches: pa.Table) -> list[PoolLines]:
    return [replace(pool, matches=_of_pool(pool, matches)) for pool in pools]


def _of_pool(pool: PoolLines, matches: pa.Table) -> pa.Table:
    sql = "SELECT m.* FROM m SEMI JOIN line ON line.line_id = m.line_id ORDER BY m.line_id"
    return query(sql, m=matches, line=pool.lines.select(["line_id"])).cast(matches.schema)


def booked_now(run: DistributionRun) -> pa.Table:
    """Return BOOKED: what is booked for a run by this moment, adjustments and releases included.

    Raises:
        BrokenBatch: a sealed result is missing or changed.
    """
    posted = Adjustment.objects.filter(run=run, posted_at__isnull=False).order_by("number")
    deltas = [open_batch(batch_id) for batch_id in posted.values_list("deltas_batch_id", flat=True)]
    releases = HoldRelease.objects.filter(pool__run=run, keys_batch__isnull=False).order_by("id")
    released = [
        Released(code, open_batch(keys), open_batch(batch))
        for code, keys, batch in releases.values_list("pool__fund_code", "keys_batch_id", "batch_id")
    ]
    return booked_rows(open_batch(run.allocations_batch_id or 0), deltas, released)


def expired_rows(run: DistributionRun) -> pa.Table:
    """Return BOOKED rows of the run's holds whose window has closed and whose money was released for good.

    Raises:
        BrokenBatch: a sealed list is missing or changed.
    """
    gone = HoldExpiry.objects.filter(pool__run=run, entry__isnull=False).order_by("id")
    tables = [open_batch(batch_id) for batch_id in gone.values_list("rows_batch_id", flat=True)]
    return pa.concat_tables([BOOKED.empty_table(), *tables])


def _compute(
    run: DistributionRun,
    matches: pa.Table,
    splits: pa.Table,
    parts: pa.Table,
    booked: pa.Table,
    progress: Progress,
) -> _Computed:
    policy = _policy_of(run)
    pools = _with(list(open_pools(frozen_pools(run), policy)), matches)
    target = divide_pools(iter(pools), policy, splits, parts, progress)
    allocations = open_batch(run.allocations_batch_id or 0)
    deltas, left_out_count = deltas_of(
        booked=booked,
        target=target,
        allocations=allocations,
        rights=_distinct(pa.concat_tables(pool.rights for pool in pools)),
        expired=expired_rows(run),
        de_minimis_micro=rule_of(run).de_minimis_micro,
    )
    return _Computed(deltas, left_out_count)


def _digest(run: DistributionRun, known_at: datetime, deltas: pa.Table, booked: pa.Table) -> str:
    return digest_value(
        {
            "run": run.digest,
            "known_at": instant_text(known_at),
            "booked": digest_table(booked),
            "deltas": digest_table(deltas),
        }
    )


def _seal(
    actor: Actor,
    at: datetime,
    run: DistributionRun,
    known_at: datetime,
    title: str,
    inputs: tuple[pa.Table, pa.Table, pa.Table, pa.Table],
    computed: _Computed,
) -> Adjustment:
    matches, splits, parts, booked = inputs
    parent = run.allocations_batch_id or 0
    gains = sorted({row["payee_id"] for row in computed.deltas.to_pylist() if row["payee_id"] is not None})
    sealed = [
        seal_batch(at=at, stage=stage, table=table, sum_column=sum_column, parents=[parent]).id
        for stage, table, sum_column in (
            ("adjusted_matches", matches, None),
            ("splits", splits, None),
            ("share_parts", parts, "share_ppm"),
            ("booked", booked, "amount_micro"),
            ("payees", payee_standings(gains, run.currency), "payable_before_micro"),
        )
    ]
    deltas = seal_batch(
        at=at, stage="deltas", table=computed.deltas, sum_column="delta_micro", parents=[parent, *sealed]
    )
    amounts = computed.deltas.column("delta_micro").to_pylist()
    last = Adjustment.objects.aggregate(last=Max("number"))["last"] or 0
    return Adjustment.objects.create(
        number=last + 1,
        run=run,
        title=title.strip() or f"Adjustment of {run.title}"[:200],
        known_at=known_at,
        created_by=actor.name,
        created_at=at,
        digest=_digest(run, known_at, computed.deltas, booked),
        moved_micro=sum(amount for amount in amounts if amount > 0),
        delta_count=len(amounts),
        left_out_count=computed.left_out_count,
        matches_batch_id=sealed[0],
        splits_batch_id=sealed[1],
        parts_batch_id=sealed[2],
        before_batch_id=sealed[3],
        payees_batch_id=sealed[4],
        deltas_batch_id=deltas.id,
    )


def replay_adjustment(*, adjustment_id: int, progress: Progress = silent) -> str:
    """Compute an adjustment again from its sealed inputs only, write nothing, and return the digest that comes out.

    Raises:
        UnknownAdjustment: there is none.
        BrokenBatch: a sealed input is missing or changed.
    """
    row = Adjustment.objects.select_related("run").filter(pk=adjustment_id).first()
    if row is None:
        raise UnknownAdjustment(f"There is no adjustment with the id {adjustment_id}.", "Look it up in the list.")
    booked = open_batch(row.before_batch_id)
    sealed = (open_batch(row.matches_batch_id), open_batch(row.splits_batch_id), open_batch(row.parts_batch_id))
    computed = _compute(row.run, *sealed, booked, progress)
    return _digest(row.run, row.known_at, computed.deltas, booked)


def locked_adjustment(adjustment_id: int, step: str, *states: AdjustmentState) -> Adjustment:
    """Lock an adjustment that is in one of `states`, for a step of its life.

    Raises:
        UnknownAdjustment, WrongState: there is none, or it is in another state.
    """
    row = Adjustment.objects.select_for_update().filter(pk=adjustment_id).first()
    if row is None:
        raise UnknownAdjustment(f"There is no adjustment with the id {adjustment_id}.", "Look it up in the list.")
    if row.state not in states:
        raise WrongState(
            f"You cannot {step} adjustment {row.number}: it is {row.state}, and must be {' or '.join(states)}.",
            "Open the adjustment to see what it waits for.",
        )
    return row


@transaction.atomic
def discard_adjustment(*, actor: Actor, at: datetime, adjustment_id: int) -> AdjustmentRow:
    """Give up an adjustment that was not posted.

    Raises:
        NotAllowed, UnknownAdjustment, WrongState: see there.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    row = locked_adjustment(adjustment_id, "discard", AdjustmentState.COMPUTED, AdjustmentState.APPROVED)
    before = row.state
    row.state = AdjustmentState.DISCARDED.value
    row.save(update_fields=["state"])
    _record(actor, at, row, "discarded", before)
    return adjustment_row(row)


def require_another_person(row: Adjustment, actor: Actor) -> None:
    """Let only somebody pass who did not draft the adjustment.

    Raises:
        SamePerson: the actor drafted it.
    """
    require_second_person(row.created_by, actor)


def _record(actor: Actor, at: datetime, row: Adjustment, verb: str, before: str) -> None:
    record_event(
        actor=actor,
        at=at,
        tag=f"adjustment.{verb}",
        subject_kind="adjustment",
        subject_id=row.number,
        before={"state": before} if before else None,
        after={"state": row.state, "run": row.run.number, "digest": row.digest, "moved_micro": row.moved_micro},
    )
