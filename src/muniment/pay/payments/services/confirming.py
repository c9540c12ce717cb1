"""Take in what the bank says of our orders: a CSV or XLSX table, or an ISO 20022 pain.002 file.

Each good line is booked, the others are problems of the report; the same word twice acts once.

    paid                  Dr transit/BATCH   Cr bank
    returned              Dr transit/BATCH   Cr payable/PARTY
    returned after paid   Dr bank            Cr payable/PARTY
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.pain001 import PaymentStatus, TransferState, read_status
from muniment.kernel.formats.pain001.reading import pending_warning
from muniment.kernel.formats.tables import FieldKind, MappedRow, TargetField, guess_mapping, map_rows, read_rows
from muniment.kernel.words.money import MICRO_PER_CENT, parse_amount
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.rules import BatchState, Confirmation, Effect, OrderFacts, OrderState, Said, weigh
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.services import finish_intake, receive_file
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, payable, transit
from muniment.trust.ledger.services import post_entries

INTAKE_KIND = "payment.confirmation"
TARGETS = (
    TargetField("end_to_end_id", ("end to end id", "end-to-end id", "reference"), required=True),
    TargetField("state", ("status", "result"), required=True),
    TargetField("booked_on", ("booking date", "value date", "date"), required=True, kind=FieldKind.DATE),
    TargetField("reason", ("return reason", "note")),
    TargetField("amount", ("paid amount",), kind=FieldKind.DECIMAL),
    TargetField("currency", ("ccy",)),
)
MAX_XML_BYTES = 64 * 1024 * 1024
_LOOK_UP = 500
_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class ConfirmationReport:
    """What a file of confirmations came to: orders by what happened to them, and the lines that did nothing.

    `repeated_count` lines said what was known already. `problems` holds warnings (still pending) as well.
    """

    intake_id: int
    line_count: int
    paid_count: int
    returned_count: int
    repeated_count: int
    problems: tuple[Problem, ...]

    @property
    def error_count(self) -> int:
        """How many problems are errors."""
        return sum(problem.level is Level.ERROR for problem in self.problems)


@dataclass(frozen=True, slots=True)
class _Step:
    """A confirmation that does something, with the order it does it to."""

    said: Confirmation
    order: OrderFacts
    effect: Effect


@transaction.atomic
def confirm_payments(*, actor: Actor, at: datetime, path: Path, file_name: str | None = None) -> ConfirmationReport:
    """Read the bank's confirmations and book them.

    Raises:
        NotAllowed: the actor may not confirm payments.
        BadFile: the file as a whole cannot be used; nothing was booked.
        DuplicateFile: this very file was taken in before.
    """
    require(actor, Action.PAYMENT_CONFIRM)
    intake = receive_file(actor=actor, at=at, kind=INTAKE_KIND, path=path, file_name=file_name)
    found = list(_read(path, file_name or path.name))
    problems = [item for item in found if isinstance(item, Problem)]
    unread = {problem.line for problem in problems}
    pending_count = sum(problem.level is Level.WARNING for problem in problems)
    said = [item for item in found if isinstance(item, Confirmation)]
    steps, repeated_count, objections = _weigh_all(said, at.date())
    problems += objections
    _book(actor, at, steps)
    paid_count = sum(step.effect is Effect.PAY for step in steps)
    report = ConfirmationReport(
        intake_id=intake.id,
        line_count=len(said) + len(unread),
        paid_count=paid_count,
        returned_count=len(steps) - paid_count,
        repeated_count=repeated_count,
        problems=tuple(sorted(problems, key=lambda problem: problem.line or 0)),
    )
    finish_intake(
        actor=actor,
        at=at,
        intake_id=intake.id,
        line_count=report.line_count,
        good_count=len(steps) + repeated_count + pending_count,
        problems=report.problems,
    )
    return report


def _read(path: Path, name: str) -> Iterator[Confirmation | Problem]:
    with path.open("rb") as file:
        opening = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    if opening.startswith(b"<"):
        if path.stat().st_size > MAX_XML_BYTES:
            raise BadFile(f"{name} is larger than 64 MiB.", "Ask the bank for smaller status reports.")
        yield from _read_xml(path.read_bytes())
    else:
        yield from _read_table(path)


def _read_table(path: Path) -> Iterator[Confirmation | Problem]:
    table = read_rows(path)
    for row in map_rows(table, guess_mapping(table.headers, TARGETS), TARGETS):
        yield from row.problems
        if not any(problem.level is Level.ERROR for problem in row.problems):
            yield _from_row(row)
    yield from table.problems


def _from_row(row: MappedRow) -> Confirmation | Problem:
    state = row.values["state"].lower()
    if state not in tuple(Said):
        return Problem(
            row.line, "state", "unknown-state", f"{row.values['state']!r} is not a state.", "Write paid or returned."
        )
    amount_micro = None
    currency = row.values["currency"].upper()
    if row.values["amount"]:
        try:
            amount_micro = parse_amount(row.values["amount"], currency or _currency_of(row.values["end_to_end_id"]))
        except UserError as error:
            return Problem(row.line, "amount", "not-an-amount", error.message, error.remedy)
    return Confirmation(
        line=row.line,
        end_to_end_id=row.values["end_to_end_id"],
        said=Said(state),
        booked_on=date.fromisoformat(row.values["booked_on"]),
        reason=row.values["reason"],
        amount_micro=amount_micro,
        currency=currency,
    )


def _currency_of(end_to_end_id: str) -> str:
    """Return the currency of the order that a line without a currency names; an unknown order is told later."""
    found = PaymentOrder.objects.filter(end_to_end_id=end_to_end_id).values_list("currency", flat=True).first()
    return found or "EUR"


def _read_xml(content: bytes) -> Iterator[Confirmation | Problem]:
    report = read_status(content)
    yield from report.problems
    for status in report.statuses:
        yield pending_warning(status) if status.state is TransferState.PENDING else _from_status(status)
    if not report.statuses and report.group_state is TransferState.RETURNED:
        for end_to_end_id in _orders_of_message(report.original_message_id):
            yield Confirmation(None, end_to_end_id, Said.RETURNED, report.created_on, report.group_reason)


def _from_status(status: PaymentStatus) -> Confirmation | Problem:
    try:
        amount_micro = parse_amount(status.amount, status.currency) if status.amount else None
    except UserError as error:
        return Problem(status.line, "InstdAmt", "not-an-amount", error.message, error.remedy)
    return Confirmation(
        line=status.line,
        end_to_end_id=status.end_to_end_id,
        said=Said.PAID if status.state is TransferState.PAID else Said.RETURNED,
        booked_on=status.booked_on,
        reason=status.reason,
        amount_micro=amount_micro,
        currency=status.currency,
    )


def _orders_of_message(message_id: str) -> list[str]:
    """Return the orders of the message that the bank refused as a whole.

    Raises:
        BadFile: the message is none of ours.
    """
    number = message_id.removeprefix("MUN-")
    orders = (
        list(PaymentOrder.objects.filter(batch_id=int(number)).order_by("id").values_list("end_to_end_id", flat=True))
        if number.isascii() and number.isdigit() and len(number) < 19
        else []
    )
    if not orders:
        raise BadFile(f"The bank refused {message_id!r}, which is no message of ours.", "Ask the bank.")
    return orders


def _weigh_all(said: Sequence[Confirmation], today: date) -> tuple[list[_Step], int, list[Problem]]:
    """Weigh each confirmation in the order of the file; an earlier line counts for the later ones."""
    orders = _locked_orders({confirmation.end_to_end_id for confirmation in said})
    steps: list[_Step] = []
    problems: list[Problem] = []
    repeated_count = 0
    for confirmation in said:
        order = orders.get(confirmation.end_to_end_id)
        effect = weigh(confirmation, order, today)
        if isinstance(effect, Problem):
            problems.append(effect)
        elif effect is Effect.NOTHING or order is None:
            repeated_count += 1
        else:
            steps.append(_Step(confirmation, order, effect))
            orders[order.end_to_end_id] = _after(order, effect)
    return steps, repeated_count, problems


def _after(order: OrderFacts, effect: Effect) -> OrderFacts:
    state = OrderState.PAID if effect is Effect.PAY else OrderState.RETURNED
    return OrderFacts(
        order.id,
        order.batch_id,
        order.party_id,
        order.end_to_end_id,
        state,
        order.amount_micro,
        order.currency,
        order.approved_on,
    )


def _locked_orders(ids: Iterable[str]) -> dict[str, OrderFacts]:
    found: dict[str, OrderFacts] = {}
    for piece in batched(sorted(ids), _LOOK_UP):
        orders = PaymentOrder.objects.select_for_update(of=("self",)).select_related("batch").order_by("id")
        for order in orders.filter(end_to_end_id__in=piece):
            approved_at = order.batch.approved_at
            found[order.end_to_end_id] = OrderFacts(
                order.pk,
                order.batch_id,
                order.party_id,
                order.end_to_end_id,
                OrderState(order.state),
                order.amount_cents * MICRO_PER_CENT,
                order.currency,
                None if approved_at is None else approved_at.date(),
            )
    return found


def _book(actor: Actor, at: datetime, steps: Sequence[_Step]) -> None:
    if not steps:
        return
    for step in steps:
        changes: dict[str, object] = {"confirmed_by": actor.name, "confirmed_at": at}
        if step.effect is Effect.PAY:
            changes |= {"state": OrderState.PAID.value, "paid_on": step.said.booked_on}
        else:
            changes |= {
                "state": OrderState.RETURNED.value,
                "returned_on": step.said.booked_on,
                "reason": step.said.reason[:_REASON_LENGTH],
            }
        PaymentOrder.objects.filter(pk=step.order.id).update(**changes)
    _settle({step.order.batch_id for step in steps})  # rows first, then the ledger: the lock order of the house
    post_entries(actor=actor, at=at, drafts=[_entry_of(step) for step in steps], action=Action.PAYMENT_CONFIRM)
    record_event(
        actor=actor,
        at=at,
        tag="payment.confirmed",
        subject_kind="payment_batch",
        subject_id=",".join(str(batch_id) for batch_id in sorted({step.order.batch_id for step in steps}))[:60],
        after={
            "paid_count": sum(step.effect is Effect.PAY for step in steps),
            "returned": [step.order.end_to_end_id for step in steps if step.effect is not Effect.PAY],
        },
    )


def _entry_of(step: _Step) -> EntryDraft:
    order = step.order
    debit, credit = {
        Effect.PAY: (transit(order.batch_id), bank()),
        Effect.RETURN: (transit(order.batch_id), payable(order.party_id)),
        Effect.RETURN_AFTER_PAYMENT: (bank(), payable(order.party_id)),
    }[step.effect]
    word = "paid" if step.effect is Effect.PAY else "returned"
    return EntryDraft(
        idempotency_key=f"payment/{order.end_to_end_id}/{word}",
        kind=f"payment {word}",
        booked_on=step.said.booked_on,
        currency=order.currency,
        transfers=(TransferDraft(debit, credit, order.amount_micro),),
        memo=step.said.reason[:_REASON_LENGTH],
    )


def _settle(batch_ids: Iterable[int]) -> None:
    """Mark the batches that have no open order any more."""
    for batch_id in sorted(batch_ids):
        if not PaymentOrder.objects.filter(batch_id=batch_id, state=OrderState.ORDERED.value).exists():
            PaymentBatch.objects.filter(pk=batch_id).update(state=BatchState.SETTLED.value)
