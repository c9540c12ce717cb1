"""The API of payments: batches, orders, who would be paid, a member's own payments; draft, approve, cancel."""

from datetime import date, datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of, now
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.paging import Page
from muniment.pay.payments import queries, services
from muniment.trust.access.rules import Action, NotAllowed, require

PREFIX = "/payments"
router = Router(tags=["payments"])

MOST = 500
"""Rows in one answer at most."""


class BatchOut(Schema):
    """A payment batch; total = paid + returned + open."""

    id: int
    currency: str
    state: str
    pay_on: date
    minimum_micro: int
    order_count: int
    total_micro: int
    paid_micro: int
    returned_micro: int
    open_micro: int
    open_count: int
    digest: str
    created_by: str
    created_at: datetime
    approved_by: str
    approved_at: datetime | None
    exported_at: datetime | None
    entry_id: int | None


class BatchesOut(Schema):
    """A page of batches and how many there are."""

    total: int
    rows: list[BatchOut]


class OrderOut(Schema):
    """A payment order, in whole cents."""

    id: int
    batch_id: int
    party_id: int
    party_name: str
    holder: str
    iban: str
    bic: str
    currency: str
    amount_micro: int
    residue_micro: int
    end_to_end_id: str
    state: str
    reason: str
    paid_on: date | None
    returned_on: date | None


class OrdersOut(Schema):
    """A page of orders and how many there are."""

    total: int
    rows: list[OrderOut]


class WaitingOut(Schema):
    """A payee with a balance who would get no order now, and why."""

    party_id: int
    balance_micro: int
    reason: str


class SelectionOut(Schema):
    """Who would be paid now: the sum of the orders, and everybody left out."""

    order_count: int
    total_micro: int
    waiting: list[WaitingOut]


@router.get("/batches", response=BatchesOut)
def batches(request: HttpRequest, limit: int = 50, offset: int = 0) -> Page[queries.BatchRow]:
    """Return payment batches, newest first."""
    require(actor_of(request), Action.PAYMENT_READ)
    return queries.list_batches(limit=_within(limit), offset=max(offset, 0))


@router.get("/batches/{batch_id}", response=BatchOut)
def batch(request: HttpRequest, batch_id: int) -> queries.BatchRow:
    """Return one payment batch."""
    require(actor_of(request), Action.PAYMENT_READ)
    return queries.get_batch(batch_id)


@router.get("/batches/{batch_id}/orders", response=OrdersOut)
def orders(
    request: HttpRequest, batch_id: int, limit: int = 50, offset: int = 0, text: str = ""
) -> Page[queries.OrderRow]:
    """Return the orders of a batch, those that `text` names or all."""
    require(actor_of(request), Action.PAYMENT_READ)
    queries.get_batch(batch_id)
    return queries.list_orders(batch_id, limit=_within(limit), offset=max(offset, 0), text=text)


@router.get("/waiting", response=SelectionOut)
def waiting(request: HttpRequest, currency: str, minimum: str = "0") -> SelectionOut:
    """Return what a draft would hold now and who is left out, for a minimum such as "10.00"."""
    require(actor_of(request), Action.PAYMENT_READ)
    selection = queries.preview_selection(
        queries.occasion_of(currency, at=now(), on=now().date(), minimum_micro=parse_amount(minimum, currency))
    )
    return SelectionOut(
        order_count=len(selection.orders),
        total_micro=selection.total_micro,
        waiting=[
            WaitingOut(party_id=payee.party_id, balance_micro=payee.balance_micro, reason=payee.reason.value)
            for payee in selection.skipped
        ],
    )


@router.get("/mine", response=list[OrderOut])
def mine(request: HttpRequest) -> list[queries.OrderRow]:
    """Return a member's own payments, newest first."""
    actor = actor_of(request)
    require(actor, Action.OWN_READ)
    if actor.party_id is None:
        raise NotAllowed("This login stands for no member.", "Log in as a member.")
    return list(queries.payments_of_party(actor.party_id))


def _within(limit: int) -> int:
    return min(max(limit, 1), MOST)


class DraftIn(Schema):
    """A batch to be drafted: balances of at least `minimum`, an amount as text, to be paid on a day."""

    currency: str
    pay_on: date
    minimum: str = "0"


class DraftOut(Schema):
    """The draft; `batch_id` is None where nobody can be paid, and then nothing was written."""

    batch_id: int | None
    order_count: int
    total_micro: int


@router.post("/batches", response=DraftOut)
def draft_batch(request: HttpRequest, body: DraftIn) -> object:
    """Draft an order for every payee who can be paid; nothing is booked."""
    return services.draft_payments(
        actor=actor_of(request),
        at=now(),
        currency=body.currency,
        on=body.pay_on,
        minimum_micro=parse_amount(body.minimum, body.currency),
    )


@router.post("/batches/{int:batch_id}/{step}", response=BatchOut)
def advance_batch(request: HttpRequest, batch_id: int, step: Literal["approve", "cancel"]) -> object:
    """Approve a draft as a second person, which books its orders, or take it back."""
    steps = {"approve": services.approve_payments, "cancel": services.cancel_payments}
    steps[step](actor=actor_of(request), at=now(), batch_id=batch_id)
    return queries.get_batch(batch_id)
