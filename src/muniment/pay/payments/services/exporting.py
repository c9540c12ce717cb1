"""Files for the bank. The same batch gives the same bytes, so a file that got lost can be made again."""

import io
from datetime import datetime

from django.db import transaction

from muniment.kernel.formats.pain001 import CreditTransfer, CreditTransferBatch, write_pain001
from muniment.kernel.formats.pain001.writing import format_minor
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.identifiers import parse_iban
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.rules import EXPORTABLE, BatchState, DebtorAccount
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.services.drafting import locked_batch
from muniment.trust.access.rules import Action, Actor, require_any
from muniment.trust.access.services import record_event

CSV_HEADERS = (
    "end_to_end_id",
    "holder",
    "iban",
    "bic",
    "amount",
    "currency",
    "pay_on",
    "remittance",
)
_MAY_EXPORT = frozenset({Action.PAYMENT_WRITE, Action.PAYMENT_APPROVE})


class PaidByCheque(UserError):
    """A file for the bank cannot order cheques."""


class OtherDebtor(UserError):
    """The batch was exported before, to be paid from another account of the society."""


@transaction.atomic
def export_csv(*, actor: Actor, at: datetime, batch_id: int) -> bytes:
    """Return the orders of an approved batch as CSV; the first export of any form marks the batch exported.

    Raises:
        NotAllowed: the actor may neither write nor approve payments.
        UnknownPayment, WrongState: no such batch, or it is a draft or cancelled.
    """
    require_any(actor, _MAY_EXPORT)
    batch = locked_batch(batch_id, *EXPORTABLE)
    stream = io.BytesIO()
    write_csv(
        CSV_HEADERS,
        (
            (
                order.end_to_end_id,
                order.holder,
                order.iban,
                order.bic,
                format_minor(order.amount_cents, batch.currency),
                batch.currency,
                batch.pay_on,
                _remittance(order),
            )
            for order in PaymentOrder.objects.filter(batch=batch).order_by("id")
        ),
        stream,
    )
    return _exported(actor, at, batch, "csv", stream.getvalue())


@transaction.atomic
def export_pain001(*, actor: Actor, at: datetime, batch_id: int, debtor: DebtorAccount) -> bytes:
    """Return the orders of an approved batch as ISO 20022 pain.001.001.09, to be paid from `debtor`.

    The message is dated by the approval and named after the batch, so a bank that receives it twice knows it.

    Raises:
        NotAllowed: the actor may neither write nor approve payments.
        UnknownPayment, WrongState: no such batch, or it is a draft or cancelled.
        InvalidIdentifier: the society's IBAN is missing or wrong.
        PaidByCheque: there is nothing for the bank to transfer.
        OtherDebtor: an earlier export named another account of the society.
        InvalidBatch: the bank's format cannot hold an order.
    """
    require_any(actor, _MAY_EXPORT)
    batch = locked_batch(batch_id, *EXPORTABLE)
    if batch.method == Method.CHEQUE:
        raise PaidByCheque(f"Batch {batch_id} is paid by cheque.", "Export it as CSV and write the cheques.")
    debtor = DebtorAccount(debtor.name, parse_iban(debtor.iban), debtor.bic)
    if batch.debtor_iban and (batch.debtor_name, batch.debtor_iban, batch.debtor_bic) != (
        debtor.name,
        debtor.iban,
        debtor.bic,
    ):
        raise OtherDebtor(
            f"Batch {batch_id} was exported to be paid from {batch.debtor_iban}.",
            "Set the society's account back to that one, or pay the first file.",
        )
    batch.debtor_name, batch.debtor_iban, batch.debtor_bic = debtor.name, debtor.iban, debtor.bic
    batch.save(update_fields=["debtor_name", "debtor_iban", "debtor_bic"])
    return _exported(actor, at, batch, "pain.001", write_pain001(_message(batch, debtor)))


def _message(batch: PaymentBatch, debtor: DebtorAccount) -> CreditTransferBatch:
    if batch.approved_at is None:
        raise ValueError(f"batch {batch.pk} is not approved")
    return CreditTransferBatch(
        message_id=f"MUN-{batch.pk}",
        created_at=batch.approved_at,
        debtor_name=debtor.name,
        debtor_iban=debtor.iban,
        debtor_bic=debtor.bic,
        requested_on=max(batch.pay_on, batch.approved_at.date()),
        currency=batch.currency,
        transfers=tuple(
            CreditTransfer(
                end_to_end_id=order.end_to_end_id,
                amount_minor=order.amount_cents,
                creditor_name=order.holder,
                creditor_iban=order.iban,
                creditor_bic=order.bic,
                remittance=_remittance(order),
            )
            for order in PaymentOrder.objects.filter(batch=batch).order_by("id")
        ),
    )


def _remittance(order: PaymentOrder) -> str:
    return f"Royalties {order.end_to_end_id}"


def _exported(actor: Actor, at: datetime, batch: PaymentBatch, form: str, content: bytes) -> bytes:
    if batch.state == BatchState.APPROVED:
        batch.state, batch.exported_at = BatchState.EXPORTED.value, at
        batch.save(update_fields=["state", "exported_at"])
    record_event(
        actor=actor,
        at=at,
        tag="payment.exported",
        subject_kind="payment_batch",
        subject_id=batch.pk,
        after={"form": form, "file_digest": digest_bytes(content), "order_count": batch.order_count},
    )
    return content
