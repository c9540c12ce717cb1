"""Who is paid how much, and what a bank's word does to an order; no database.

    draft ──approve──> approved ──export──> exported ──last order confirmed──> settled
      └────cancel────> cancelled

    ordered ──paid──> paid ──returned later──> returned
       └────returned──────────────────────────────┘

A returned order puts the money back on the payee's account, from where the next batch takes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from muniment.kernel.words.digests import Plain, digest_value
from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import Problem

CLOCK_TOLERANCE = timedelta(days=1)
"""A bank's day may be our yesterday or tomorrow."""


class BatchState(StrEnum):
    """Where a payment batch stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    EXPORTED = "exported"
    SETTLED = "settled"
    CANCELLED = "cancelled"


EXPORTABLE = frozenset({BatchState.APPROVED, BatchState.EXPORTED, BatchState.SETTLED})
"""States in which the orders are booked, so that a file of them may leave the house."""


class OrderState(StrEnum):
    """What became of one order."""

    ORDERED = "ordered"
    PAID = "paid"
    RETURNED = "returned"


class SkipReason(StrEnum):
    """Why a payee with a balance gets no order."""

    BELOW_MINIMUM = "below the minimum"
    NO_BANK = "no approved bank account"
    IN_DRAFT = "in a batch that waits for approval"
    RETURNED = "the bank returned the last payment to this account"


@dataclass(frozen=True, slots=True)
class BankFacts:
    """The approved bank account of a payee; `id` tells it from every earlier and later one."""

    id: int
    holder: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class PayeeFacts:
    """What is known of a payee when a batch is drafted.

    `in_draft`: an order of a draft batch names the payee. `returned_account_ids`: accounts whose last order came back.
    """

    party_id: int
    balance_micro: int
    bank: BankFacts | None
    in_draft: bool = False
    returned_account_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order to be: whole minor units of the balance, and what stays behind."""

    party_id: int
    bank: BankFacts
    balance_micro: int
    amount_cents: int

    @property
    def residue_micro(self) -> int:
        """What stays on the payee's account, below one cent."""
        return self.balance_micro - self.amount_cents * MICRO_PER_CENT


@dataclass(frozen=True, slots=True)
class SkippedPayee:
    """A payee with a balance above zero who gets no order, and why."""

    party_id: int
    balance_micro: int
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders of a batch to be, by party, and everyone left out."""

    orders: tuple[OrderDraft, ...]
    skipped: tuple[SkippedPayee, ...]

    @property
    def total_micro(self) -> int:
        """The sum of the orders."""
        return sum(order.amount_cents for order in self.orders) * MICRO_PER_CENT


def select_orders(payees: Iterable[PayeeFacts], minimum_micro: int) -> Selection:
    """Say who is paid: every balance of at least the minimum and of a cent, with a good bank account, once.

    Balances of zero and below are passed over in silence.
    """
    orders, skipped = [], []
    for payee in sorted(payees, key=lambda payee: payee.party_id):
        if payee.balance_micro <= 0:
            continue
        reason = _skip_reason(payee, minimum_micro)
        if payee.bank is None or reason is not None:
            skipped.append(SkippedPayee(payee.party_id, payee.balance_micro, reason or SkipReason.NO_BANK))
            continue
        orders.append(
            OrderDraft(payee.party_id, payee.bank, payee.balance_micro, payee.balance_micro // MICRO_PER_CENT)
        )
    return Selection(tuple(orders), tuple(skipped))


def _skip_reason(payee: PayeeFacts, minimum_micro: int) -> SkipReason | None:
    if payee.in_draft:
        return SkipReason.IN_DRAFT
    if payee.balance_micro < max(minimum_micro, MICRO_PER_CENT):
        return SkipReason.BELOW_MINIMUM
    if payee.bank is None:
        return SkipReason.NO_BANK
    return SkipReason.RETURNED if payee.bank.id in payee.returned_account_ids else None


def end_to_end_id(batch_id: int, party_id: int) -> str:
    """Return the name under which an order goes through the banks and comes back."""
    return f"MUN-{batch_id}-{party_id}"


def orders_digest(currency: str, orders: Sequence[OrderDraft]) -> str:
    """Return the SHA-256 of everything that will be paid: what the second person approves."""
    rows: list[Plain] = [
        [order.party_id, order.bank.id, order.bank.holder, order.bank.iban, order.bank.bic, order.amount_cents]
        for order in orders
    ]
    return digest_value([currency, *rows])


class Said(StrEnum):
    """What a confirmation says of an order."""

    PAID = "paid"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The bank's word on one order; `amount_micro` and `currency` are empty where the bank does not repeat them."""

    line: int | None
    end_to_end_id: str
    said: Said
    booked_on: date
    reason: str = ""
    amount_micro: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What we know of the order that a confirmation names; `booked_on` is the day of the last confirmation."""

    id: int
    batch_id: int
    party_id: int
    end_to_end_id: str
    state: OrderState
    amount_micro: int
    currency: str
    approved_on: date | None


class Effect(StrEnum):
    """What a confirmation does."""

    PAY = "pay"
    RETURN = "return"
    RETURN_AFTER_PAYMENT = "return after payment"
    NOTHING = "nothing"


EFFECTS: dict[tuple[OrderState, Said], Effect] = {
    (OrderState.ORDERED, Said.PAID): Effect.PAY,
    (OrderState.ORDERED, Said.RETURNED): Effect.RETURN,
    (OrderState.PAID, Said.PAID): Effect.NOTHING,
    (OrderState.PAID, Said.RETURNED): Effect.RETURN_AFTER_PAYMENT,
    (OrderState.RETURNED, Said.RETURNED): Effect.NOTHING,
}
"""Every word that a bank can say of an order in each state; paid after returned is missing, for the order is over."""


def weigh(said: Confirmation, order: OrderFacts | None, today: date) -> Effect | Problem:
    """Say what a confirmation does to the order it names, or what is wrong with it."""
    if order is None or order.approved_on is None:
        return _problem(
            said,
            "end_to_end_id",
            "unknown-order",
            f"No order was sent under {said.end_to_end_id!r}.",
            "Check that the confirmation belongs to this society.",
        )
    if said.currency and said.currency != order.currency:
        return _problem(
            said,
            "currency",
            "currency-differs",
            f"The bank speaks of {said.currency}, the order {order.end_to_end_id} is in {order.currency}.",
            "Ask the bank; nothing was booked for this order.",
        )
    if said.amount_micro is not None and said.amount_micro != order.amount_micro:
        return _problem(
            said,
            "amount",
            "amount-differs",
            f"The bank speaks of another amount than order {order.end_to_end_id} has.",
            "Ask the bank; nothing was booked for this order.",
        )
    if not order.approved_on - CLOCK_TOLERANCE <= said.booked_on <= today + CLOCK_TOLERANCE:
        return _problem(
            said,
            "booked_on",
            "date-out-of-order",
            f"{said.booked_on} lies before the order ({order.approved_on}) or in the future.",
            "Correct the date and confirm again.",
        )
    effect = EFFECTS.get((order.state, said.said))
    if effect is None:
        return _problem(
            said,
            "state",
            "contradiction",
            f"Order {order.end_to_end_id} was returned before, and the payee's account has the money again.",
            "Ask the bank; if it did pay, correct the books by hand.",
        )
    return effect


def _problem(said: Confirmation, field: str, rule: str, message: str, remedy: str) -> Problem:
    return Problem(said.line, field, rule, message, remedy)


@dataclass(frozen=True, slots=True)
class DebtorAccount:
    """The society's own account that the bank pays from; the BIC may be empty."""

    name: str
    iban: str
    bic: str = ""
