"""What changing the money of a batch really cost: the exchange account is cleared, the difference has its own."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum

from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentSlip
from muniment.pay.payments.rules import EXPORTABLE
from muniment.pay.payments.services.drafting import locked_batch
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, exchange, exchange_difference
from muniment.trust.ledger.services import post_entries


class NothingExchanged(UserError):
    """The batch is in one currency, or its exchange is settled."""


@transaction.atomic
def settle_exchange(*, actor: Actor, at: datetime, batch_id: int, cost_micro: int, on: date) -> int:
    """Book what the bank took for the money of a batch in another currency; return the difference to the rate.

    The payees' amounts stay as they were: what the bank took beyond the batch's rate (or less) goes to the
    difference account.

        in the balances' currency   Dr exchange, Cr bank; the difference Dr or Cr exchange_difference
        in the orders' currency     Dr bank, Cr exchange

    Raises:
        NotAllowed: the actor may not confirm payments.
        UnknownPayment, WrongState: no such batch, or it is not approved.
        NothingExchanged: there is nothing to settle.
        UserError: the cost is not above zero.
    """
    require(actor, Action.PAYMENT_CONFIRM)
    batch = locked_batch(batch_id, *EXPORTABLE)
    if not batch.source_currency or batch.exchange_cost_micro is not None or not batch.order_count:
        raise NothingExchanged(
            f"Payment batch {batch_id} has no exchange to settle.", "Open the batch to see its currencies."
        )
    if cost_micro <= 0:
        raise UserError("The bank took nothing.", f"Write the amount in {batch.source_currency} from its statement.")
    base = batch.source_currency
    promised_micro = int(PaymentSlip.objects.filter(batch=batch).aggregate(total=Sum("paid_micro"))["total"] or 0)
    pair, more_micro = exchange(base, batch.currency), cost_micro - promised_micro
    source = [TransferDraft(pair, bank(), min(cost_micro, promised_micro))]
    if more_micro > 0:
        source.append(TransferDraft(exchange_difference(), bank(), more_micro))
    elif more_micro < 0:
        source.append(TransferDraft(pair, exchange_difference(), -more_micro))
    drafts = [
        EntryDraft(f"payment-batch/{batch_id}/exchange", "exchange", on, base, tuple(source)),
        EntryDraft(
            f"payment-batch/{batch_id}/exchange/{batch.currency}",
            "exchange",
            on,
            batch.currency,
            (TransferDraft(bank(), pair, batch.total_micro),),
        ),
    ]
    batch.exchange_cost_micro = cost_micro
    batch.save(update_fields=["exchange_cost_micro"])
    post_entries(actor=actor, at=at, drafts=drafts, action=Action.PAYMENT_CONFIRM)
    record_event(
        actor=actor,
        at=at,
        tag="payment.exchange_settled",
        subject_kind="payment_batch",
        subject_id=batch_id,
        after={"cost_micro": cost_micro, "difference_micro": more_micro},
    )
    return more_micro
