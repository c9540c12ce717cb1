"""Post a run to the books, and take a posted run back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.pay.distributions.models import (
    Adjustment,
    Deduction,
    DistributionRun,
    HeldTotal,
    PayeeTotal,
    Pool,
    PoolReport,
    RunPayee,
)
from muniment.pay.distributions.queries.runs import RunRow, run_row
from muniment.pay.distributions.rules import PAYABLE, Hold, RunState
from muniment.pay.distributions.services.dimensions import pool_dimensions
from muniment.pay.distributions.services.frozen import require_frozen_inputs
from muniment.pay.distributions.services.of_payees import entry_of_run, note_entry
from muniment.pay.distributions.services.recoveries import parties_that_owe, take_recoveries
from muniment.pay.distributions.services.runs import FundTooLow, locked_run
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction, fund, held, payable
from muniment.trust.ledger.services import post_entries, post_entry, reverse_entry
from muniment.use.usages.services import mark_distributed


class MoneyMovedOn(UserError):
    """A run cannot be reversed because its money is no longer where the run put it."""


def pool_scope(run_number: int, ordinal: int) -> str:
    """Return the scope of the accounts that hold a pool's money without a payee: held/UNMATCHED/run-3-pool-1."""
    return f"run-{run_number}-pool-{ordinal}"


def payee_scope(party_id: int) -> str:
    """Return the scope of the accounts that hold a payee's money: held/NO_PAYEE/party-7."""
    return f"party-{party_id}"


def payee_account(party_id: int, outcome: str) -> str:
    """Return the account that a payee's amount goes to."""
    return payable(party_id) if outcome == PAYABLE else held(Hold(outcome).value, payee_scope(party_id))


@transaction.atomic
def post_run(*, actor: Actor, at: datetime, run_id: int, progress: Progress = silent) -> RunRow:
    """Book an approved run: one entry for each pool, from its fund to deductions, payees and holds.

    One more entry takes the deductions of payees, where the policy has any.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
        BrokenBatch: a sealed input or the result is missing or changed since the run was computed.
        ReportInUse: a usage report of the run was undone since.
        FundTooLow: a fund no longer holds the pool's money.
    """
    require(actor, Action.DISTRIBUTION_POST)
    run = locked_run(run_id, "post")
    require_frozen_inputs(run)
    reports = PoolReport.objects.filter(pool__run=run).values_list("report_id", flat=True)
    mark_distributed(actor=actor, at=at, report_ids=reports)
    lock_heads()  # from here no other writer can move money, so what the fund holds now it holds when we book
    pools = list(Pool.objects.filter(run=run).order_by("ordinal"))
    for pool in pools:
        _require_money(run, pool)
    _note_openings(run)
    outcomes = dict(RunPayee.objects.filter(run=run).values_list("party_id", "outcome"))
    drafts = []
    for done, pool in enumerate(pools, start=1):
        drafts.append(_entry_of(run, pool, outcomes, at))
        progress(done, len(pools))
    rows = post_entries(actor=actor, at=at, drafts=drafts, action=Action.DISTRIBUTION_POST)
    for pool, row in zip(pools, rows, strict=True):
        Pool.objects.filter(pk=pool.pk).update(entry_id=row.id)
    _take_from_payees(actor, at, run, outcomes)
    _recover(actor, at, run)
    run.state, run.posted_by, run.posted_at = RunState.POSTED.value, actor.name, at
    run.save(update_fields=["state", "posted_by", "posted_at", "payee_entry"])
    booked = [row.id for row in rows] + ([run.payee_entry_id] if run.payee_entry_id else [])
    record_event(
        actor=actor,
        at=at,
        tag="distribution.posted",
        subject_kind="distribution",
        subject_id=run.number,
        before={"state": RunState.APPROVED.value},
        after={"state": run.state, "digest": run.digest, "entries": booked},
    )
    return run_row(run)


def _take_from_payees(actor: Actor, at: datetime, run: DistributionRun, outcomes: Mapping[int, str]) -> None:
    """Book the deductions of payees from where the pools put their money, as one entry of their own."""
    accounts = {party_id: payee_account(party_id, outcome) for party_id, outcome in outcomes.items()}
    draft = entry_of_run(run, at, accounts)
    if draft is not None:
        run.payee_entry_id = post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id
        note_entry(run, run.payee_entry_id)


def _recover(actor: Actor, at: datetime, run: DistributionRun) -> None:
    """Settle, from what the run made payable, the capped part of what payees were once paid too much."""
    owing = parties_that_owe(run.currency)
    payees = {row.party_id: row for row in RunPayee.objects.filter(run=run, outcome=PAYABLE, party_id__in=owing)}
    gained = {party_id: row.amount_micro - row.deducted_micro for party_id, row in payees.items()}
    for party_id, amount_micro in take_recoveries(actor=actor, at=at, run=run, gained=gained).items():
        RunPayee.objects.filter(pk=payees[party_id].pk).update(recovered_micro=amount_micro)


def _require_money(run: DistributionRun, pool: Pool) -> None:
    balance_micro = balance(fund(pool.fund_code), run.currency)
    if balance_micro < pool.gross_micro:
        raise FundTooLow(
            f"Fund {pool.fund_code} now holds {run.currency} {format_amount(balance_micro, run.currency)},"
            f" less than the {format_amount(pool.gross_micro, run.currency)} of the pool.",
            "Money was taken back or distributed by another run. Discard this run and draft a new one.",
        )


def _note_openings(run: DistributionRun) -> None:
    """Keep what each payee's account held just before the run: a statement opens with it."""
    before = balances("payable/", run.currency)
    payees = list(RunPayee.objects.filter(run=run))
    for payee in payees:
        payee.opening_micro = before.get(payable(payee.party_id), 0)
    RunPayee.objects.bulk_update(payees, ["opening_micro"], batch_size=1_000)


def _entry_of(run: DistributionRun, pool: Pool, outcomes: dict[int, str], at: datetime) -> EntryDraft:
    """Draft the entry of a pool.

    Raises:
        ArithmeticError: the parts do not sum to the pool, which the computation excludes.
    """
    source = fund(pool.fund_code)
    transfers = tuple(
        TransferDraft(source, account, amount_micro)
        for account, amount_micro in _destinations(run, pool, outcomes)
        if amount_micro
    )
    if sum(transfer.amount_micro for transfer in transfers) != pool.gross_micro:
        raise ArithmeticError(f"the parts of pool {pool.ordinal} of run {run.number} do not sum to it")
    return EntryDraft(
        idempotency_key=f"distribution/{run.number}/pool/{pool.ordinal}",
        kind="distribution",
        booked_on=at.date(),
        currency=run.currency,
        transfers=transfers,
        memo=f"Distribution {run.number}, {run.title}: {pool.fund_code}, result {run.digest}",
        dimensions=pool_dimensions(pool),
    )


def _destinations(run: DistributionRun, pool: Pool, outcomes: dict[int, str]) -> Iterator[tuple[str, int]]:
    for taken in Deduction.objects.filter(pool=pool).order_by("ordinal"):
        yield deduction(taken.account), taken.amount_micro
    for waiting in HeldTotal.objects.filter(pool=pool).order_by("reason"):
        yield held(waiting.reason, pool_scope(run.number, pool.ordinal)), waiting.amount_micro
    totals = PayeeTotal.objects.filter(pool=pool).order_by("party_id").values_list("party_id", "amount_micro")
    for party_id, amount_micro in totals.iterator():
        yield payee_account(party_id, outcomes[party_id]), amount_micro


@transaction.atomic
def reverse_run(*, actor: Actor, at: datetime, run_id: int, reason: str) -> RunRow:
    """Take a posted run back by entries that are its opposites; the money is in the funds again.

    The person who reverses is not the one who posted.

    Raises:
        NotAllowed, SamePerson, UnknownRun, WrongState: see there.
        MoneyMovedOn: part of it was paid out or released since.
    """
    require(actor, Action.DISTRIBUTION_POST)
    run = locked_run(run_id, "reverse")
    require_second_person(run.posted_by, actor)
    lock_heads()
    pools = list(Pool.objects.filter(run=run).order_by("ordinal"))
    _require_still_there(run, pools)
    if run.payee_entry_id:
        run.payee_reversal_id = reverse_entry(
            actor=actor,
            at=at,
            entry_id=run.payee_entry_id,
            key=f"distribution/{run.number}/payees/reversal",
            booked_on=at.date(),
            memo=f"Reverses the deductions of payees of distribution {run.number}: {reason}",
            action=Action.DISTRIBUTION_POST,
        ).id
    for pool in pools:
        row = reverse_entry(
            actor=actor,
            at=at,
            entry_id=pool.entry_id or 0,
            key=f"distribution/{run.number}/pool/{pool.ordinal}/reversal",
            booked_on=at.date(),
            memo=f"Reverses distribution {run.number}: {reason}",
            action=Action.DISTRIBUTION_POST,
        )
        Pool.objects.filter(pk=pool.pk).update(reversal_id=row.id)
    before = run.state
    run.state, run.reversed_by, run.reversed_at = RunState.REVERSED.value, actor.name, at
    run.save(update_fields=["state", "reversed_by", "reversed_at", "payee_reversal"])
    record_event(
        actor=actor,
        at=at,
        tag="distribution.reversed",
        subject_kind="distribution",
        subject_id=run.number,
        before={"state": before},
        after={"state": run.state, "reason": reason},
    )
    return run_row(run)


def _require_still_there(run: DistributionRun, pools: Iterable[Pool]) -> None:
    adjusted = Adjustment.objects.filter(run=run, posted_at__isnull=False).order_by("number").first()
    if adjusted is not None:
        raise MoneyMovedOn(
            f"Run {run.number} cannot be reversed: adjustment {adjusted.number} was booked on it.",
            "Correct it by a further adjustment.",
        )
    payees = RunPayee.objects.filter(run=run)
    outcomes = dict(payees.values_list("party_id", "outcome"))
    there = balances("payable/", run.currency) | balances("held/", run.currency)
    wanted: dict[str, int] = {}
    for pool in pools:
        for account, amount_micro in _destinations(run, pool, outcomes):
            if not account.startswith("deduction/"):
                wanted[account] = wanted.get(account, 0) + amount_micro
    for party_id, deducted_micro in payees.filter(deducted_micro__gt=0).values_list("party_id", "deducted_micro"):
        wanted[payee_account(party_id, outcomes[party_id])] -= deducted_micro
    gone = sorted(account for account, amount_micro in wanted.items() if there.get(account, 0) < amount_micro)
    if gone:
        raise MoneyMovedOn(
            f"Run {run.number} cannot be reversed: the money of {len(gone)} accounts has moved on, first {gone[0]}.",
            "It was ordered for payment or released from hold. Take that back first, or correct by a new run.",
        )
