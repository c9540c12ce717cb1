"""Reads of payment batches and orders; frozen rows out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.rules import BatchState, DebtorAccount, OrderState
from muniment.pay.payments.rules.policy import Method
from muniment.rights.parties.queries import names_of


class UnknownPayment(UserError):
    """No payment batch or order has this number."""


class NoSocietyAccount(UserError):
    """The installation does not say which account the society pays from."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A payment batch with the sums of its orders by state, in the currency of the orders.

    `source_currency` is that of the balances; `rate_nano` units of the orders' currency for a billion of it.
    """

    id: int
    currency: str
    source_currency: str
    method: Method
    policy_name: str
    rate_nano: int | None
    rate_source: str
    rate_on: date | None
    exchange_cost_micro: int | None
    slip_count: int
    state: BatchState
    pay_on: date
    minimum_micro: int
    order_count: int
    total_micro: int
    digest: str
    created_by: str
    created_at: datetime
    approved_by: str
    approved_at: datetime | None
    entry_id: int | None
    exported_at: datetime | None
    open_count: int
    paid_micro: int
    returned_micro: int

    @property
    def open_micro(self) -> int:
        """What is ordered and not yet confirmed."""
        return self.total_micro - self.paid_micro - self.returned_micro


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One payment order; `amount_micro` is whole cents, `residue_micro` what stayed on the payee's account."""

    id: int
    batch_id: int
    party_id: int
    party_name: str
    holder: str
    iban: str
    bic: str
    currency: str
    amount_cents: int
    amount_micro: int
    residue_micro: int
    end_to_end_id: str
    state: OrderState
    reason: str
    paid_on: date | None
    returned_on: date | None
    batch_state: BatchState
    pay_on: date


def list_batches(*, limit: int = 50, offset: int = 0) -> Page[BatchRow]:
    """Return payment batches, newest first."""
    batches = PaymentBatch.objects.order_by("-id")
    page = list(batches[offset : offset + limit])
    return Page(_batch_rows(page), batches.count())


def get_batch(batch_id: int) -> BatchRow:
    """Return one payment batch.

    Raises:
        UnknownPayment: no batch has this number.
    """
    batch = PaymentBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise UnknownPayment(f"There is no payment batch {batch_id}.", "Look it up in the list of batches.")
    return _batch_rows([batch])[0]


def next_act(batch_id: int) -> str:
    """Say how far a batch has come and what comes next: each act is one transaction, so it happened or did not.

    Raises:
        UnknownPayment: no batch has this number.
    """
    batch = get_batch(batch_id)
    match batch.state:
        case BatchState.DRAFT:
            return f"Batch {batch_id} is drafted, nothing is booked. Next, by a second person: approve it."
        case BatchState.APPROVED:
            return f"Batch {batch_id} is booked (entry {batch.entry_id}). Next: export it for the bank."
        case BatchState.EXPORTED:
            return (
                f"Batch {batch_id} is booked and was exported; the same file can be made again. Next: confirm "
                f"{batch.open_count} open orders with the bank's answer."
            )
        case BatchState.SETTLED:
            return f"Batch {batch_id} is settled: nothing is open."
        case BatchState.CANCELLED:
            return f"Batch {batch_id} was cancelled, nothing was booked. Draft the payments again."


def list_orders(batch_id: int, *, limit: int | None = None, offset: int = 0, text: str = "") -> Page[OrderRow]:
    """Return the orders of a batch, those that `text` names (end-to-end id, holder or IBAN) or all."""
    orders = PaymentOrder.objects.filter(batch_id=batch_id).order_by("id")
    if text:
        named = Q(end_to_end_id__icontains=text) | Q(holder__icontains=text)
        orders = orders.filter(named | Q(iban__icontains=text.replace(" ", "")))
    until = None if limit is None else offset + limit
    return Page(_order_rows(orders[offset:until]), orders.count())


def payments_of_party(party_id: int, *, limit: int = 200) -> tuple[OrderRow, ...]:
    """Return the orders to one payee that left the house, newest first; drafts are not shown to payees."""
    orders = PaymentOrder.objects.filter(party_id=party_id).order_by("-id")
    orders = orders.exclude(batch__state__in=[BatchState.DRAFT.value, BatchState.CANCELLED.value])
    return _order_rows(orders[:limit])


def society_account() -> DebtorAccount:
    """Return the account that the society pays from, as the installation's settings say.

    Raises:
        NoSocietyAccount: no IBAN is set.
    """
    if not settings.MUNIMENT_BANK_IBAN:
        raise NoSocietyAccount(
            "The society's own account is not set, and a pain.001 file needs it.",
            "Set MUNIMENT_BANK_IBAN (and MUNIMENT_BANK_BIC), or export the orders as CSV.",
        )
    return DebtorAccount(settings.MUNIMENT_SOCIETY, settings.MUNIMENT_BANK_IBAN, settings.MUNIMENT_BANK_BIC)


def _batch_rows(batches: Iterable[PaymentBatch]) -> tuple[BatchRow, ...]:
    batches = list(batches)
    sums = {
        (batch_id, state): (count, cents)
        for batch_id, state, count, cents in PaymentOrder.objects.filter(batch__in=[batch.pk for batch in batches])
        .values_list("batch_id", "state")
        .annotate(count=Count("id"), cents=Sum("amount_cents"))
        .order_by()
    }
    return tuple(_batch_row(batch, sums) for batch in batches)


def _batch_row(batch: PaymentBatch, sums: dict[tuple[int, str], tuple[int, int]]) -> BatchRow:
    def sum_of(state: OrderState) -> tuple[int, int]:
        count, cents = sums.get((batch.pk, state.value), (0, 0))
        return count, int(cents) * MICRO_PER_CENT

    return BatchRow(
        id=batch.pk,
        currency=batch.currency,
        source_currency=batch.source_currency or batch.currency,
        method=Method(batch.method),
        policy_name=batch.policy_name,
        rate_nano=batch.rate_nano,
        rate_source=batch.rate_source,
        rate_on=batch.rate_on,
        exchange_cost_micro=batch.exchange_cost_micro,
        slip_count=batch.slip_count,
        state=BatchState(batch.state),
        pay_on=batch.pay_on,
        minimum_micro=batch.minimum_micro,
        order_count=batch.order_count,
        total_micro=batch.total_micro,
        digest=batch.digest,
        created_by=batch.created_by,
        created_at=batch.created_at,
        approved_by=batch.approved_by,
        approved_at=batch.approved_at,
        entry_id=batch.entry_id,
        exported_at=batch.exported_at,
        open_count=sum_of(OrderState.ORDERED)[0],
        paid_micro=sum_of(OrderState.PAID)[1],
        returned_micro=sum_of(OrderState.RETURNED)[1],
    )


def _order_rows(orders: QuerySet[PaymentOrder]) -> tuple[OrderRow, ...]:
    found = list(orders.select_related("batch"))
    names = names_of([order.party_id for order in found])
    return tuple(
        OrderRow(
            id=order.pk,
            batch_id=order.batch_id,
            party_id=order.party_id,
            party_name=names.get(order.party_id, ""),
            holder=order.holder,
            iban=order.iban,
            bic=order.bic,
            currency=order.currency,
            amount_cents=order.amount_cents,
            amount_micro=order.amount_cents * MICRO_PER_CENT,
            residue_micro=order.balance_micro - order.amount_cents * MICRO_PER_CENT,
            end_to_end_id=order.end_to_end_id,
            state=OrderState(order.state),
            reason=order.reason,
            paid_on=order.paid_on,
            returned_on=order.returned_on,
            batch_state=BatchState(order.batch.state),
            pay_on=order.batch.pay_on,
        )
        for order in found
    )
