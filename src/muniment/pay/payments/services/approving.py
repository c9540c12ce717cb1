"""The second person's yes: check that nothing changed since the draft, then book the orders."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.rules import BankFacts, BatchState, OrderDraft, orders_digest
from muniment.pay.payments.services.drafting import locked_batch
from muniment.rights.parties.queries import bank_accounts_approved, names_of
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, payable, transit
from muniment.trust.ledger.services import post_entry

_NAMED = 3
_REMEDY = "Cancel this draft and draft the payments again."


class BankChanged(UserError):
    """A payee's bank account is not the one the batch was drafted with."""


class BalanceChanged(UserError):
    """A payee's balance no longer covers the order, or the orders are not those that were drafted."""


@transaction.atomic
def approve_payments(*, actor: Actor, at: datetime, batch_id: int) -> None:
    """Approve a draft and book it: each payee's balance goes down by the order, into transit at the bank.

    Raises:
        NotAllowed: the actor may not approve payments.
        UnknownPayment, WrongState: no such draft.
        SamePerson: the actor drafted it.
        BankChanged: a payee's approved account changed since the draft, or is gone.
        BalanceChanged: a payee is owed less than the order, or an order was altered behind our back.
    """
    require(actor, Action.PAYMENT_APPROVE)
    batch = locked_batch(batch_id, BatchState.DRAFT)
    require_second_person(batch.created_by, actor)
    lock_heads()  # from here on nobody else books, so the balances hold
    orders = list(PaymentOrder.objects.filter(batch=batch).order_by("party_id"))
    _refuse_altered(batch, orders)
    _refuse_bank_changes(orders)
    _refuse_lower_balances(batch, orders)
    entry = post_entry(
        actor=actor,
        at=at,
        action=Action.PAYMENT_APPROVE,
        draft=EntryDraft(
            idempotency_key=f"payment-batch/{batch_id}",
            kind="payment order",
            booked_on=at.date(),
            currency=batch.currency,
            transfers=tuple(
                TransferDraft(payable(order.party_id), transit(batch_id), order.amount_cents * MICRO_PER_CENT)
                for order in orders
            ),
            memo=f"Payment batch {batch_id}",
        ),
    )
    batch.state, batch.approved_by, batch.approved_at = BatchState.APPROVED.value, actor.name, at
    batch.entry_id = entry.id
    batch.save(update_fields=["state", "approved_by", "approved_at", "entry_id"])
    record_event(
        actor=actor,
        at=at,
        tag="payment.approved",
        subject_kind="payment_batch",
        subject_id=batch_id,
        before={"state": BatchState.DRAFT.value},
        after={
            "state": BatchState.APPROVED.value,
            "digest": batch.digest,
            "total_micro": batch.total_micro,
            "entry_id": entry.id,
        },
    )


def _refuse_altered(batch: PaymentBatch, orders: Sequence[PaymentOrder]) -> None:
    drafts = [
        OrderDraft(
            order.party_id,
            BankFacts(order.bank_account_id, order.holder, order.iban, order.bic),
            order.balance_micro,
            order.amount_cents,
        )
        for order in orders
    ]
    if orders_digest(batch.currency, drafts) != batch.digest:
        raise BalanceChanged(f"The orders of batch {batch.pk} are not those that were drafted.", _REMEDY)


def _refuse_bank_changes(orders: Sequence[PaymentOrder]) -> None:
    now = bank_accounts_approved([order.party_id for order in orders])
    changed = [
        order.party_id
        for order in orders
        if (bank := now.get(order.party_id)) is None
        or (bank.id, bank.holder, bank.iban, bank.bic) != (order.bank_account_id, order.holder, order.iban, order.bic)
    ]
    if changed:
        raise BankChanged(f"The bank account of {_named(changed)} changed after the draft.", _REMEDY)


def _refuse_lower_balances(batch: PaymentBatch, orders: Sequence[PaymentOrder]) -> None:
    owed = balances(payable(0).removesuffix("0"), batch.currency)
    short = [
        order.party_id for order in orders if owed.get(payable(order.party_id), 0) < order.amount_cents * MICRO_PER_CENT
    ]
    if short:
        raise BalanceChanged(f"{_named(short)} is owed less now than the draft pays.", _REMEDY)


def _named(party_ids: Sequence[int]) -> str:
    names = names_of(party_ids[:_NAMED])
    shown = ", ".join(names.get(party_id, f"party {party_id}") for party_id in party_ids[:_NAMED])
    return shown if len(party_ids) <= _NAMED else f"{shown} and {len(party_ids) - _NAMED} more"
