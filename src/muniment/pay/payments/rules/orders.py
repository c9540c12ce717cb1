"""Who is paid how much, and what a bank's word does to an order; no database.

    draft ──approve──> approved ──export──> exported ──last order confirmed──> settled
      └────cancel────> cancelled

    ordered ──paid──> paid ──returned later──> returned
       └────returned──────────────────────────────┘

A returned order puts the money back on the payee's account, from where the next batch takes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from muniment.kernel.words.digests import Plain, digest_value
from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import Problem
from muniment.pay.payments.rules.facts import DocumentKind, PayeeRecord, in_force, stop_on
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.reasons import SkipReason
from muniment.pay.payments.rules.slips import Account, Held, Occasion, Slip, make_slip

CLOCK_TOLERANCE = timedelta(days=1)
"""A bank's day may be our yesterday or tomorrow."""

_NOTHING = PayeeRecord()


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
    `cooling_until`: the account was changed, and from this day on it is paid to. `cleared_micro` and `taxed_micro`: see
    `Slip`.
    """

    party_id: int
    balance_micro: int
    bank: BankFacts | None
    in_draft: bool = False
    returned_account_ids: frozenset[int] = frozenset()
    cooling_until: date | None = None
    record: PayeeRecord = _NOTHING
    cleared_micro: int = 0
    taxed_micro: int = 0


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order to be: whole minor units of `balance_micro`, which is what the slip leaves, in the order's currency."""

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
    """A payee with a balance who gets no order, why, and until when if a day ends it."""

    party_id: int
    balance_micro: int
    reason: SkipReason
    detail: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders of a batch to be, by party, the slips that explain them, and everyone left out.

    A slip without an order books something, such as the recoupment of an advance, and leaves nothing to pay.
    """

    orders: tuple[OrderDraft, ...]
    slips: tuple[Slip, ...]
    skipped: tuple[SkippedPayee, ...]

    @property
    def total_micro(self) -> int:
        """The sum of the orders, in their currency."""
        return sum(order.amount_cents for order in self.orders) * MICRO_PER_CENT


def select_orders(payees: Iterable[PayeeFacts], occasion: Occasion, left: Mapping[str, int]) -> Selection:
    """Say who is paid what: every balance is taken through the policy's steps, payees in the order of their numbers.

    `left` has what is left of advances and of the ceilings of redirections; what one payee's slip uses of them, the
    next finds taken. Balances of zero are passed over in silence.

    Raises:
        BadPaymentPolicy: see `make_slip`.
    """
    orders, slips, skipped = [], [], []
    left = dict(left)
    for payee in sorted(payees, key=lambda payee: payee.party_id):
        if payee.balance_micro == 0:
            continue
        slip = _slip_of(payee, occasion, left)
        if isinstance(slip, Held):
            skipped.append(SkippedPayee(payee.party_id, payee.balance_micro, slip.reason, slip.detail, slip.until))
            continue
        slips.append(slip)
        for line in slip.lines:
            if line.fact in left and line.account:
                left[line.fact] += line.amount_micro
        if slip.order_cents and payee.bank is not None:
            same = occasion.currency == occasion.pay_currency
            balance_micro = slip.net_micro if same else slip.order_cents * MICRO_PER_CENT
            orders.append(OrderDraft(payee.party_id, payee.bank, balance_micro, slip.order_cents))
    return Selection(tuple(orders), tuple(slips), tuple(skipped))


STOP_REASONS = {DocumentKind.SANCTION: SkipReason.SANCTION, DocumentKind.DEATH: SkipReason.ESTATE}
"""Why a payee is not paid while such a document holds."""


def _slip_of(payee: PayeeFacts, occasion: Occasion, left: Mapping[str, int]) -> Slip | Held:
    """Return the payment, or why there is none now."""
    if payee.balance_micro < 0:
        return Held(SkipReason.NEGATIVE)
    stop = stop_on(payee.record.documents, occasion.on, occasion.known_at)
    if stop is not None:
        return Held(STOP_REASONS[stop.kind], stop.number)
    terms = in_force(payee.record.terms, occasion.on, occasion.known_at)
    wanted = (terms[-1].currency, terms[-1].method) if terms else (occasion.currency, Method.TRANSFER)
    if wanted != (occasion.pay_currency, occasion.method):
        return Held(SkipReason.OTHER_TERMS, f"in {wanted[0]} by {wanted[1]}")
    if payee.in_draft:
        return Held(SkipReason.IN_DRAFT)
    account = Account(payee.party_id, payee.balance_micro, payee.record, payee.cleared_micro, payee.taxed_micro)
    slip = make_slip(account, occasion, left)
    if isinstance(slip, Held):
        return slip
    if not slip.order_cents:
        if slip.booked_micro:
            return slip
        return Held(SkipReason.INSTALMENT if slip.kept_micro else SkipReason.BELOW_MINIMUM)
    return _bank_objection(payee, occasion) or slip


def _bank_objection(payee: PayeeFacts, occasion: Occasion) -> Held | None:
    if payee.bank is None:
        return Held(SkipReason.NO_BANK)
    if occasion.method is Method.CHEQUE:
        return None
    if payee.bank.id in payee.returned_account_ids:
        return Held(SkipReason.RETURNED)
    if payee.cooling_until is not None and occasion.on < payee.cooling_until:
        return Held(SkipReason.COOLING, until=payee.cooling_until)
    return None


def end_to_end_id(batch_id: int, party_id: int) -> str:
    """Return the name under which an order goes through the banks and comes back."""
    return f"MUN-{batch_id}-{party_id}"


def orders_digest(currency: str, orders: Sequence[OrderDraft], slips: Sequence[Slip] = ()) -> str:
    """Return the SHA-256 of everything that will be paid and booked: what the second person approves."""
    rows: list[Plain] = [
        [order.party_id, order.bank.id, order.bank.holder, order.bank.iban, order.bank.bic, order.amount_cents]
        for order in orders
    ]
    taken: list[Plain] = [
        [slip.party_id, slip.balance_micro, slip.paid_micro, slip.cleared_micro, slip.taxed_micro, *_line_values(slip)]
        for slip in slips
    ]
    return digest_value([currency, rows, taken])


def _line_values(slip: Slip) -> list[Plain]:
    return [
        [line.step.value, line.amount_micro, line.account, line.base_micro, line.rate_ppm, line.document, line.fact]
        for line in slip.lines
    ]


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
