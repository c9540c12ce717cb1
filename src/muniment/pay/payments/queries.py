"""Reads of payment batches and orders; frozen rows out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.rules import (
    BankFacts,
    BatchState,
    DebtorAccount,
    OrderState,
    PayeeFacts,
    Selection,
    select_orders,
)
from muniment.rights.parties.queries import bank_accounts_approved, names_of
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import payable

_PREFIX = payable(0).removesuffix("0")
_LOOK_UP = 500


class UnknownPayment(UserError):
    """No payment batch or order has this number."""


class NoSocietyAccount(UserError):
    """The installation does not say which account the society pays from."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A payment batch with the sums of its orders by state."""

    id: int
    currency: str
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


def preview_selection(currency: str, minimum_micro: int) -> Selection:
    """Return who would get an order now, and who not and why; writes nothing."""
    return select_orders(_payees(currency), minimum_micro)


def _payees(currency: str) -> Iterator[PayeeFacts]:
    owed = {int(code.removeprefix(_PREFIX)): amount for code, amount in balances(_PREFIX, currency).items() if amount}
    accounts = bank_accounts_approved(owed)
    drafted = set(
        PaymentOrder.objects.filter(batch__state=BatchState.DRAFT.value, currency=currency).values_list(
            "party_id", flat=True
        )
    )
    returned = _returned_accounts(owed)
    for party_id, balance_micro in owed.items():
        bank = accounts.get(party_id)
        yield PayeeFacts(
            party_id=party_id,
            balance_micro=balance_micro,
            bank=None if bank is None else BankFacts(bank.id, bank.holder, bank.iban, bank.bic),
            in_draft=party_id in drafted,
            returned_account_ids=returned.get(party_id, frozenset()),
        )


def _returned_accounts(party_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return for each party the accounts whose last order came back."""
    last: dict[tuple[int, int], str] = {}
    for piece in batched(party_ids, _LOOK_UP):
        orders = PaymentOrder.objects.filter(party_id__in=piece).exclude(batch__state=BatchState.CANCELLED.value)
        for party_id, account_id, state in orders.order_by("id").values_list("party_id", "bank_account_id", "state"):
            last[party_id, account_id] = state
    found: dict[int, set[int]] = {}
    for (party_id, account_id), state in last.items():
        if state == OrderState.RETURNED:
            found.setdefault(party_id, set()).add(account_id)
    return {party_id: frozenset(ids) for party_id, ids in found.items()}


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
