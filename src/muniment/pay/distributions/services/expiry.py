"""Release money whose claim window has closed to where the policy sends it: proposed by one, approved by another."""

from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
from django.db import transaction

from muniment.kernel.columns.engine import query
from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import HoldExpiry, ListClaim, PayeeTotal, Pool, RunPayee
from muniment.pay.distributions.queries.hold_ages import clock_of_pool
from muniment.pay.distributions.rules import parse_policy
from muniment.pay.distributions.rules.policies.waiting import HoldRule, Release
from muniment.pay.distributions.services.adjusting import booked_now, expired_rows
from muniment.pay.distributions.services.computing import payee_standings
from muniment.pay.distributions.services.deltas import BOOKED
from muniment.pay.distributions.services.frozen import decide_outcomes, least_of
from muniment.pay.distributions.services.holds import book_release
from muniment.pay.distributions.services.posting import payee_account, pool_scope
from muniment.pay.distributions.services.stops import refuse_stopped
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.batches.queries import open_batch
from muniment.trust.batches.services import seal_batch
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import TransferDraft, deduction, fund, held

FEE_RELIEF = "fee_relief"
SOCIAL = "social"


class NotExpired(UserError):
    """The money still waits: its window is open, it is claimed, or it has no end."""


class BadExpiry(UserError):
    """A release cannot be proposed or approved as it is."""


_ROWS = """
    WITH rest AS (
        SELECT * FROM booked WHERE fund_code = $fund AND status = $reason
        UNION ALL SELECT * REPLACE (-amount_micro AS amount_micro) FROM expired
                  WHERE fund_code = $fund AND status = $reason
    )
    SELECT fund_code, report_id, work_id, memory_key, party_id, payee_id, status,
           sum(amount_micro)::BIGINT AS amount_micro
    FROM rest GROUP BY ALL HAVING sum(amount_micro) > 0
    ORDER BY report_id, work_id NULLS LAST, memory_key, party_id NULLS LAST
"""


@transaction.atomic
def propose_expiry(*, actor: Actor, at: datetime, pool_id: int, reason: str, goal: str = "") -> int:
    """Propose to release what a pool holds for a reason, by the policy of its run; return the proposal's id.

    Args:
        goal: for a pool supplement, the fund that gets the money; the pool's own where left out.

    Raises:
        NotAllowed: see there.
        NotExpired: the claim window is open or has no end, or somebody's claim waits for a decision.
        LegalHoldStands: a legal hold is on the account.
        BadExpiry: nothing waits, it is proposed already, or the books hold another amount than the run's rows.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    pool = Pool.objects.select_related("run").filter(pk=pool_id, entry__isnull=False).first()
    if pool is None:
        raise BadExpiry(f"There is no posted pool {pool_id}.", "Look at the list of holds.")
    rule = _require_over(pool, reason, at)
    if HoldExpiry.objects.filter(pool=pool, reason=reason, entry__isnull=True, withdrawn_by="").exists():
        raise BadExpiry("The release of this money is proposed already.", "Let a second person approve it.")
    rows, amount_micro = _expiring(pool, reason)
    sealed = seal_batch(
        at=at,
        stage="expired",
        table=rows,
        sum_column="amount_micro",
        parents=[pool.run.allocations_batch_id or 0],
    )
    row = HoldExpiry.objects.create(
        pool=pool,
        reason=reason,
        release=rule.release.value,
        goal=_goal(pool, rule, goal),
        amount_micro=amount_micro,
        rows_batch_id=sealed.id,
        proposed_by=actor.name,
        proposed_at=at,
    )
    _record(actor, at, row, "proposed")
    return row.pk


def _require_over(pool: Pool, reason: str, at: datetime) -> HoldRule:
    clock, rule = clock_of_pool(pool, reason)
    account = held(reason, pool_scope(pool.run.number, pool.ordinal))
    if clock.ends_on is None:
        raise NotExpired(f"{account} waits without an end.", "Only a claim, a match or a settled dispute releases it.")
    if at.date() < clock.ends_on:
        raise NotExpired(f"Claims on {account} are in time until {clock.ends_on}.", "Wait for the day.")
    claim = ListClaim.objects.filter(pool=pool, state="open").order_by("id").first()
    if claim is not None:
        raise NotExpired(
            f"Claim {claim.pk} on “{claim.title}” of this pool is not decided.", "Decide it first; it came in time."
        )
    refuse_stopped([account], pool.run.currency)
    return rule


def _expiring(pool: Pool, reason: str) -> tuple[pa.Table, int]:
    run = pool.run
    booked, expired = booked_now(run), expired_rows(run)
    rows = query(
        _ROWS.replace("$fund", _quoted(pool.fund_code)).replace("$reason", _quoted(reason)),
        booked=booked,
        expired=expired,
    ).cast(BOOKED)
    amount_micro = sum(rows.column("amount_micro").to_pylist())
    there_micro = balance(held(reason, pool_scope(run.number, pool.ordinal)), run.currency)
    if not amount_micro or amount_micro != there_micro:
        raise BadExpiry(
            f"The books hold {format_amount(there_micro, run.currency)} for it, the run's rows"
            f" {format_amount(amount_micro, run.currency)}.",
            "Run `muniment fsck`." if amount_micro else "Nothing waits here any more.",
        )
    return rows, amount_micro


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _goal(pool: Pool, rule: HoldRule, goal: str) -> str:
    match rule.release:
        case Release.POOL_SUPPLEMENT:
            return fund(goal or rule.target or pool.fund_code)
        case Release.REDUCE_ADMIN_FEE:
            return deduction(rule.target or FEE_RELIEF)
        case Release.SOCIAL_FUND:
            return deduction(rule.target or SOCIAL)
    return ""


@transaction.atomic
def approve_expiry(*, actor: Actor, at: datetime, expiry_id: int) -> int:
    """Approve a proposed release and book it exactly; not by who proposed it. Return the ledger entry.

    Raises:
        NotAllowed, SamePerson: see there.
        NotExpired, LegalHoldStands: something came up since the proposal.
        BadExpiry: it does not wait any more, the money moved since, or the pool has no payees to share it.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    row = HoldExpiry.objects.select_for_update().filter(pk=expiry_id, entry__isnull=True, withdrawn_by="").first()
    if row is None:
        raise BadExpiry("There is no such proposal.", "Look at the list of holds.")
    require_second_person(row.proposed_by, actor)
    lock_heads()
    pool = Pool.objects.select_related("run").get(pk=row.pool_id)
    _require_over(pool, row.reason, at)
    rows, _ = _expiring(pool, row.reason)
    if rows.to_pylist() != open_batch(row.rows_batch_id).to_pylist():
        raise BadExpiry("The money moved since it was proposed.", "Withdraw the proposal and propose it again.")
    released = book_release(
        actor=actor,
        at=at,
        currency=pool.run.currency,
        transfers=list(_transfers(row, pool, at)),
        memo=f"{row.reason} of run {pool.run.number}, {pool.fund_code}, by {row.release} after its claim window",
        pool_id=pool.pk,
        action=Action.DISTRIBUTION_APPROVE,
    )
    row.approved_by, row.approved_at, row.entry_id = actor.name, at, released.entry_id
    row.save(update_fields=["approved_by", "approved_at", "entry"])
    _record(actor, at, row, "approved")
    return released.entry_id or 0


def _transfers(row: HoldExpiry, pool: Pool, at: datetime) -> Iterator[TransferDraft]:
    run = pool.run
    source = held(row.reason, pool_scope(run.number, pool.ordinal))
    if row.goal:
        yield TransferDraft(source, row.goal, row.amount_micro)
        return
    of_pool = PayeeTotal.objects.filter(pool=pool).order_by("party_id").values_list("party_id", "amount_micro")
    of_run = RunPayee.objects.filter(run=run).order_by("party_id").values_list("party_id", "amount_micro")
    weights = dict(of_pool if row.release == Release.MARKET_SHARE.value else of_run)
    if not weights:
        raise BadExpiry("The pool paid nobody, so no market share is known.", "Use a policy with another release.")
    parts = split_exactly(row.amount_micro, list(weights.values()), list(weights))
    sums = pa.table(
        {
            "party_id": pa.array(list(weights), pa.int64()),
            "amount_micro": pa.array(parts, pa.int64()),
            "line_count": pa.array([0] * len(parts), pa.int64()),
        }
    )
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    least = least_of(policy, run.currency, at)
    for part in decide_outcomes(sums, payee_standings(list(weights), run.currency), least).to_pylist():
        if part["amount_micro"]:
            yield TransferDraft(source, payee_account(part["party_id"], part["outcome"]), part["amount_micro"])


@transaction.atomic
def withdraw_expiry(*, actor: Actor, at: datetime, expiry_id: int) -> None:
    """Withdraw a proposal that was not approved.

    Raises:
        NotAllowed: see there.
        BadExpiry: there is none.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    row = HoldExpiry.objects.select_for_update().filter(pk=expiry_id, entry__isnull=True, withdrawn_by="").first()
    if row is None:
        raise BadExpiry("There is no such proposal.", "Look at the list of holds.")
    row.withdrawn_by = actor.name
    row.save(update_fields=["withdrawn_by"])
    _record(actor, at, row, "withdrawn")


def _record(actor: Actor, at: datetime, row: HoldExpiry, verb: str) -> None:
    after = {"reason": row.reason, "release": row.release, "amount_micro": row.amount_micro, "entry": row.entry_id}
    record_event(
        actor=actor, at=at, tag=f"hold_expiry.{verb}", subject_kind="hold_expiry", subject_id=row.pk, after=after
    )
