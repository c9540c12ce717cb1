"""Make a batch of orders from what payees are owed, and take a draft back."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.queries.batches import UnknownPayment
from muniment.pay.payments.queries.policies import DEFAULT_POLICY
from muniment.pay.payments.queries.selection import occasion_of, preview_selection
from muniment.pay.payments.rules import BatchState, OrderState, Selection, SkippedPayee, end_to_end_id, orders_digest
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.slips import Occasion
from muniment.pay.payments.services.notices import write_notices
from muniment.pay.payments.services.slips import write_slips
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.ledger.queries import list_entries

_ORDER_COLUMNS = (
    "batch_id",
    "party_id",
    "bank_account_id",
    "holder",
    "iban",
    "bic",
    "currency",
    "balance_micro",
    "amount_cents",
    "end_to_end_id",
    "state",
    "reason",
    "confirmed_by",
)


class WrongState(UserError):
    """The batch is not in a state in which this can be done."""


class InvalidMinimum(UserError):
    """The minimum is below zero."""


@dataclass(frozen=True, slots=True)
class DraftReport:
    """What drafting came to; `batch_id` is None where nothing can be paid or booked, and then nothing was written."""

    batch_id: int | None
    order_count: int
    total_micro: int
    skipped: tuple[SkippedPayee, ...]


@transaction.atomic
def draft_payments(
    *,
    actor: Actor,
    at: datetime,
    currency: str,
    on: date,
    minimum_micro: int = 0,
    policy: str = DEFAULT_POLICY,
    pay_currency: str = "",
    method: Method = Method.TRANSFER,
) -> DraftReport:
    """Draft an order for every payee who is owed at least the minimum and can be paid.

    Each balance in `currency` goes through the steps of the policy, and what is left of it is ordered in whole cents
    of `pay_currency`. Payees without an approved bank account, with one that was changed lately, in another draft, or
    whose last payment to the same account came back are held and reported; the batch keeps the reason. `on` is the
    day the bank is asked to pay, and the day that facts have to hold on. Nothing is booked and nothing is locked: of
    two drafts made at the same moment for the same money, the second to be approved is refused.

    Raises:
        NotAllowed: the actor may not write payments.
        UnknownCurrency, NoRate, BadPaymentPolicy: see `occasion_of`.
        InvalidMinimum: the minimum is negative.
    """
    require(actor, Action.PAYMENT_WRITE)
    if minimum_micro < 0:
        raise InvalidMinimum("The minimum is below zero.", "Give 0 or more.")
    occasion = occasion_of(
        currency, at=at, on=on, minimum_micro=minimum_micro, policy=policy, pay_currency=pay_currency, method=method
    )
    newest = list_entries(limit=1).rows  # before the balances: what comes in meanwhile is seen by the next draft
    selection = preview_selection(occasion)
    if not selection.slips:
        return DraftReport(None, 0, 0, selection.skipped)
    batch = _write_batch(actor, at, occasion, selection, newest[0].id if newest else 0)
    write_slips(batch.pk, selection)
    _write_orders(batch, selection)
    write_notices(actor=actor, at=at, cooling_days=occasion.policy.cooling_days, skipped=selection.skipped)
    record_event(
        actor=actor,
        at=at,
        tag="payment.drafted",
        subject_kind="payment_batch",
        subject_id=batch.pk,
        after={
            "currency": currency,
            "pay_currency": batch.currency,
            "policy": batch.policy_name,
            "policy_digest": batch.policy_digest,
            "pay_on": on,
            "minimum_micro": minimum_micro,
            "order_count": batch.order_count,
            "total_micro": batch.total_micro,
            "skipped_count": len(selection.skipped),
            "digest": batch.digest,
        },
    )
    return DraftReport(batch.pk, batch.order_count, batch.total_micro, selection.skipped)


def _write_batch(
    actor: Actor, at: datetime, occasion: Occasion, selection: Selection, seen_entry_id: int
) -> PaymentBatch:
    same = occasion.currency == occasion.pay_currency
    rate = occasion.rate
    return PaymentBatch.objects.create(
        currency=occasion.pay_currency,
        source_currency="" if same else occasion.currency,
        method=occasion.method.value,
        state=BatchState.DRAFT.value,
        pay_on=occasion.on,
        minimum_micro=occasion.minimum_micro,
        policy_name=occasion.policy.name,
        policy_digest=occasion.policy.digest,
        policy_text=occasion.policy.text,
        rate_nano=rate.rate_nano if rate else None,
        rate_source=rate.source if rate else "",
        rate_on=rate.on if rate else None,
        order_count=len(selection.orders),
        slip_count=len(selection.slips),
        total_micro=selection.total_micro,
        digest=orders_digest(occasion.pay_currency, selection.orders, selection.slips),
        seen_entry_id=seen_entry_id,
        created_by=actor.name,
        created_at=at,
    )


def _write_orders(batch: PaymentBatch, selection: Selection) -> None:
    copy_rows(
        PaymentOrder,
        _ORDER_COLUMNS,
        (
            (
                batch.pk,
                order.party_id,
                order.bank.id,
                order.bank.holder,
                order.bank.iban,
                order.bank.bic,
                batch.currency,
                order.balance_micro,
                order.amount_cents,
                end_to_end_id(batch.pk, order.party_id),
                OrderState.ORDERED.value,
                "",
                "",
            )
            for order in selection.orders
        ),
    )


@transaction.atomic
def cancel_payments(*, actor: Actor, at: datetime, batch_id: int) -> None:
    """Take a draft back; its payees are free for the next draft. Nothing was booked, so nothing is reversed.

    Raises:
        NotAllowed: the actor may not write payments.
        UnknownPayment: no such batch.
        WrongState: the batch is approved already, or cancelled.
    """
    require(actor, Action.PAYMENT_WRITE)
    batch = locked_batch(batch_id, BatchState.DRAFT)
    batch.state = BatchState.CANCELLED.value
    batch.save(update_fields=["state"])
    record_event(
        actor=actor,
        at=at,
        tag="payment.cancelled",
        subject_kind="payment_batch",
        subject_id=batch_id,
        before={"state": BatchState.DRAFT.value},
        after={"state": BatchState.CANCELLED.value},
    )


def locked_batch(batch_id: int, *states: BatchState) -> PaymentBatch:
    """Return the batch, locked until the transaction ends.

    Raises:
        UnknownPayment: no such batch.
        WrongState: it is in none of `states`.
    """
    batch = PaymentBatch.objects.select_for_update().filter(pk=batch_id).first()
    if batch is None:
        raise UnknownPayment(f"There is no payment batch {batch_id}.", "Look it up in the list of batches.")
    if batch.state not in states:
        wanted = " or ".join(state.value for state in states)
        raise WrongState(
            f"Payment batch {batch_id} is {batch.state}, not {wanted}.", "Open the batch to see what can be done."
        )
    return batch
