"""Approve an adjustment, book it, issue its statements; each step by the person whose it is, and once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

import pyarrow as pa
from django.db import transaction

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.pay.distributions.models import (
    AdjustedPayee,
    AdjustedPool,
    Adjustment,
    DistributionRun,
    Pool,
    Recovery,
    Statement,
)
from muniment.pay.distributions.queries.adjustments import AdjustmentRow, adjustment_row, get_adjustment
from muniment.pay.distributions.rules.adjusting import AdjustmentState, StaleAdjustment, add_months
from muniment.pay.distributions.rules.plans import Place, Plan, Taken, gainers, plan_adjustment
from muniment.pay.distributions.services.adjusting import (
    booked_now,
    locked_adjustment,
    require_another_person,
)
from muniment.pay.distributions.services.computing import payee_standings
from muniment.pay.distributions.services.dimensions import pool_dimensions
from muniment.pay.distributions.services.frozen import decide_outcomes, least_of
from muniment.pay.distributions.services.of_payees import (
    Difference,
    differences,
    keep_adjusted,
    payable_sums,
    payee_entry,
)
from muniment.pay.distributions.services.posting import pool_scope
from muniment.pay.distributions.services.runs import policy_of, rule_of
from muniment.pay.distributions.services.stops import refuse_stopped
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.queries import open_batch
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction, payable
from muniment.trust.ledger.services import post_entries, post_entry


class WriteOffGrew(UserError):
    """Booking an adjustment would write off more than its approver saw."""


_PLACES = """
    SELECT fund_code, CASE WHEN status = 'PAYABLE' THEN payee_id END AS payee_id,
           CASE WHEN status = 'PAYABLE' THEN 'PAYABLE' ELSE status END AS status,
           sum(delta_micro)::BIGINT AS delta_micro, count(*)::BIGINT AS line_count
    FROM delta GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS LAST, 3
"""


def plan_of(row: Adjustment) -> Plan:
    """Return how an adjustment would be booked at this moment: its transfers, and who pays for what.

    Raises:
        NotFunded: the means of the policy have not enough.
        BrokenBatch: the sealed deltas are missing or changed.
    """
    run = row.run
    pools = list(Pool.objects.filter(run=run).order_by("ordinal"))
    deltas = open_batch(row.deltas_batch_id)
    places = _places(deltas, pools)
    taken = _differences(row, deltas)
    rule = rule_of(run)
    available = balances("payable/", run.currency) | balances("held/", run.currency)
    reserve = deduction(rule.reserve_account)
    available[reserve] = balance(reserve, run.currency)
    return plan_adjustment(
        places,
        scopes={pool.fund_code: pool_scope(run.number, pool.ordinal) for pool in pools},
        outcomes=_outcomes(run, gainers(places), taken),
        rule=rule,
        available=available,
        taken=[Taken(one.party_id, one.rule.account, one.amount_micro) for one in taken],
    )


def _differences(row: Adjustment, deltas: pa.Table) -> list[Difference]:
    """Return what deductions of payees take more, or give back, because of an adjustment's deltas."""
    policy = policy_of(row.run)
    if not policy.payee_deductions:
        return []
    before = payable_sums(open_batch(row.before_batch_id))
    amounts = {party: before.get(party, 0) + more_micro for party, more_micro in payable_sums(deltas).items()}
    return differences(row.run, policy, amounts)


def plan_adjustment_now(*, adjustment_id: int) -> Plan:
    """Return how an adjustment would be booked at this moment, to look at; nothing is written.

    Raises:
        UnknownAdjustment, NotFunded, BrokenBatch: see `plan_of`.
    """
    return plan_of(Adjustment.objects.select_related("run").get(pk=get_adjustment(adjustment_id).id))


def _places(deltas: pa.Table, pools: Iterable[Pool]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for row in query(_PLACES, delta=deltas).to_pylist():
        place = Place(row["payee_id"], row["status"], row["delta_micro"], row["line_count"])
        found.setdefault(row["fund_code"], []).append(place)
    return {pool.fund_code: found[pool.fund_code] for pool in pools if pool.fund_code in found}


def _outcomes(run: DistributionRun, gains: Mapping[int, int], taken: Iterable[Difference]) -> dict[int, str]:
    """Return whether each payee's gain is paid or waits, by the payee's standing now and the run's minimum."""
    less: dict[int, int] = {}
    for one in taken:
        less[one.party_id] = less.get(one.party_id, 0) + one.amount_micro
    parties = list(gains)
    sums = pa.table(
        {
            "party_id": pa.array(parties, pa.int64()),
            "amount_micro": pa.array(list(gains.values()), pa.int64()),
            "line_count": pa.array([0] * len(parties), pa.int64()),
        }
    )
    least = least_of(policy_of(run), run.currency, run.computed_at)
    decided = decide_outcomes(sums, payee_standings(parties, run.currency), least, less)
    return dict(zip(decided.column("party_id").to_pylist(), decided.column("outcome").to_pylist(), strict=True))


@transaction.atomic
def approve_adjustment(*, actor: Actor, at: datetime, adjustment_id: int) -> AdjustmentRow:
    """Approve an adjustment, with what it would write off at this moment; not by who drafted it.

    Raises:
        NotAllowed, SamePerson, UnknownAdjustment, WrongState: see there.
        NotFunded: see `plan_of`.
        StaleAdjustment: the run's money moved since the draft.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    row = locked_adjustment(adjustment_id, "approve", AdjustmentState.COMPUTED)
    require_another_person(row, actor)
    _require_fresh(row)
    row.write_off_micro = plan_of(row).write_off_micro
    row.state, row.approved_by, row.approved_at = AdjustmentState.APPROVED.value, actor.name, at
    row.save(update_fields=["state", "approved_by", "approved_at", "write_off_micro"])
    _record(actor, at, row, "approved", AdjustmentState.COMPUTED)
    return adjustment_row(row)


def _require_fresh(row: Adjustment) -> None:
    if digest_table(booked_now(row.run)) != digest_table(open_batch(row.before_batch_id)):
        raise StaleAdjustment(
            f"Money of run {row.run.number} moved since adjustment {row.number} was drafted.",
            "Discard the adjustment and draft it again.",
        )


@transaction.atomic
def post_adjustment(*, actor: Actor, at: datetime, adjustment_id: int, progress: Progress = silent) -> AdjustmentRow:
    """Book an approved adjustment: one new entry for each pool it changes; no entry of the past is touched.

    Raises:
        NotAllowed, UnknownAdjustment, WrongState: see there.
        StaleAdjustment: the run's money moved since the draft.
        LegalHoldStands: it would take from an account under a legal hold.
        NotFunded, WriteOffGrew: what was paid out cannot be funded, or only by more loss than was approved.
        BrokenBatch: a sealed input is missing or changed.
    """
    require(actor, Action.DISTRIBUTION_POST)
    row = locked_adjustment(adjustment_id, "post", AdjustmentState.APPROVED)
    lock_heads()  # from here no other writer can move money
    _require_fresh(row)
    plan = plan_of(row)
    run = row.run
    if plan.write_off_micro > row.write_off_micro:
        more = format_amount(plan.write_off_micro - row.write_off_micro, run.currency)
        raise WriteOffGrew(
            f"Adjustment {row.number} would write off {run.currency} {more} more than was approved.",
            "Discard it, draft it again and have it approved as it is now.",
        )
    moves = [*chain.from_iterable(pool.transfers for pool in plan.pools), *plan.taken]
    refuse_stopped((debit for debit, _, _ in moves), run.currency)
    opening = balances("payable/", run.currency)
    taken = _differences(row, open_batch(row.deltas_batch_id))
    given_back = _book_deductions(actor, at, row, plan.given_back, "given back")
    entries = post_entries(actor=actor, at=at, drafts=list(_drafts(row, plan, at)), action=Action.DISTRIBUTION_POST)
    _keep(row, plan, [entry.id for entry in entries], opening, at)
    taken_by = _book_deductions(actor, at, row, plan.taken, "taken")
    keep_adjusted(run, row.pk, taken, {True: given_back, False: taken_by})
    progress(len(entries), len(entries))
    row.state, row.posted_by, row.posted_at = AdjustmentState.POSTED.value, actor.name, at
    row.save(update_fields=["state", "posted_by", "posted_at"])
    _record(actor, at, row, "posted", AdjustmentState.APPROVED)
    return adjustment_row(row)


def _book_deductions(
    actor: Actor, at: datetime, row: Adjustment, moves: Iterable[tuple[str, str, int]], what: str
) -> int | None:
    """Book what deductions of payees take, or give back, because of an adjustment; return the entry, if any."""
    key = f"adjustment/{row.number}/payees/{what.replace(' ', '-')}"
    transfers = [TransferDraft(*move) for move in moves]
    draft = payee_entry(row.run, at, key, transfers, f"{what} by adjustment {row.number}")
    return None if draft is None else post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id


def _drafts(row: Adjustment, plan: Plan, at: datetime) -> Iterable[EntryDraft]:
    run = row.run
    pools = {pool.fund_code: pool for pool in Pool.objects.filter(run=run).select_related("run")}
    for pool in plan.pools:
        if not pool.transfers:
            continue
        yield EntryDraft(
            idempotency_key=f"adjustment/{row.number}/{pool.fund_code}",
            kind="adjustment",
            booked_on=at.date(),
            currency=run.currency,
            transfers=tuple(TransferDraft(*transfer) for transfer in pool.transfers),
            memo=(
                f"Adjustment {row.number} of entry {pools[pool.fund_code].entry_id}, distribution {run.number},"
                f" {pool.fund_code}; lines: batch {row.deltas_batch_id} to batch {run.allocations_batch_id}"
            ),
            dimensions=pool_dimensions(pools[pool.fund_code]),
        )


def _keep(row: Adjustment, plan: Plan, entry_ids: list[int], opening: Mapping[str, int], at: datetime) -> None:
    """Write what the adjustment did to pools and payees, and what over-paid payees owe from now on."""
    pools = dict(Pool.objects.filter(run=row.run).values_list("fund_code", "pk"))
    booked = [pool for pool in plan.pools if pool.transfers]
    AdjustedPool.objects.bulk_create(
        AdjustedPool(adjustment=row, pool_id=pools[pool.fund_code], moved_micro=pool.moved_micro, entry_id=entry_id)
        for pool, entry_id in zip(booked, entry_ids, strict=True)
    )
    AdjustedPayee.objects.bulk_create(
        AdjustedPayee(
            adjustment=row,
            party_id=move.party_id,
            amount_micro=move.amount_micro,
            account_micro=move.account_micro,
            held_micro=move.held_micro,
            held_reason=move.held_reason,
            owed_micro=move.owed_micro,
            deducted_micro=move.deducted_micro,
            opening_micro=opening.get(payable(move.party_id), 0),
            line_count=move.line_count,
        )
        for _, move in sorted(plan.payees.items())
    )
    rule = rule_of(row.run)
    Recovery.objects.bulk_create(
        Recovery(
            party_id=party_id,
            adjustment=row,
            currency=row.run.currency,
            amount_micro=amount_micro,
            cap_ppm=rule.recovery_cap_ppm,
            started_at=at,
            ends_on=add_months(at.date(), rule.recovery_months),
        )
        for party_id, amount_micro in sorted(plan.recoveries.items())
    )


_COLUMNS = (
    "run_id", "adjustment_id", "party_id", "number", "issued_at", "currency", "opening_micro", "gross_micro",
    "deducted_micro", "held_reason", "held_micro", "payable_micro", "closing_micro", "line_count",
)  # fmt: skip


@transaction.atomic
def issue_adjustment_statements(
    *, actor: Actor, at: datetime, adjustment_id: int, progress: Progress = silent
) -> AdjustmentRow:
    """Issue one statement for each payee that an adjustment changes, numbered after run and adjustment.

    Raises:
        NotAllowed, UnknownAdjustment, WrongState: see there.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    row = locked_adjustment(adjustment_id, "issue statements for", AdjustmentState.POSTED)
    payees = AdjustedPayee.objects.filter(adjustment=row).order_by("party_id")
    rows: list[tuple[object, ...]] = [
        (
            row.run_id, row.pk, payee.party_id, f"{row.run.number:04d}-A{row.number:04d}-{place:06d}", at,
            row.run.currency, payee.opening_micro, payee.amount_micro, payee.deducted_micro,
            payee.held_reason or ("RECOVERY" if payee.owed_micro else ""), payee.held_micro + payee.owed_micro,
            payee.account_micro, payee.opening_micro + payee.account_micro, payee.line_count,
        )
        for place, payee in enumerate(payees, start=1)
    ]  # fmt: skip
    copy_rows(Statement, _COLUMNS, rows)
    progress(len(rows), len(rows))
    row.state = AdjustmentState.STATEMENTS.value
    row.save(update_fields=["state"])
    _record(actor, at, row, "statements_issued", AdjustmentState.POSTED)
    return adjustment_row(row)


def _record(actor: Actor, at: datetime, row: Adjustment, verb: str, before: AdjustmentState) -> None:
    record_event(
        actor=actor,
        at=at,
        tag=f"adjustment.{verb}",
        subject_kind="adjustment",
        subject_id=row.number,
        before={"state": before.value},
        after={"state": row.state, "digest": row.digest, "write_off_micro": row.write_off_micro},
    )
