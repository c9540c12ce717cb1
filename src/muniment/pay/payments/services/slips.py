"""Slips in the database: written with the draft, read again for the approval."""

from collections.abc import Iterable, Iterator

from muniment.pay.payments.models import PaymentLine, PaymentSlip
from muniment.pay.payments.rules import Selection, SkippedPayee
from muniment.pay.payments.rules.policy import Step
from muniment.pay.payments.rules.slips import Slip, SlipLine
from muniment.trust.batches.bulk import copy_rows, next_ids

_SLIP_COLUMNS = (
    "id",
    "batch_id",
    "party_id",
    "balance_micro",
    "cleared_micro",
    "taxed_micro",
    "net_micro",
    "paid_micro",
    "order_cents",
    "left_by_source",
    "held",
    "held_detail",
    "held_until",
)
_LINE_COLUMNS = (
    "slip_id",
    "place",
    "step",
    "amount_micro",
    "account",
    "reason",
    "base_micro",
    "rate_ppm",
    "document",
    "fact",
    "sources",
    "taxed",
)
_REASON_LENGTH = 300


def write_slips(batch_id: int, selection: Selection) -> None:
    """Write the slips of a batch with their lines, and one slip for each payee who is held."""
    numbers = next_ids(PaymentSlip, len(selection.slips) + len(selection.skipped))
    paid, held = numbers[: len(selection.slips)], numbers[len(selection.slips) :]
    copy_rows(PaymentSlip, _SLIP_COLUMNS, _paid_rows(batch_id, paid, selection.slips))
    copy_rows(PaymentSlip, _SLIP_COLUMNS, _held_rows(batch_id, held, selection.skipped))
    copy_rows(PaymentLine, _LINE_COLUMNS, _line_rows(paid, selection.slips))


def read_slips(batch_id: int) -> list[Slip]:
    """Return the slips of a batch that pay or book something, by party, as they were drafted."""
    lines: dict[int, list[SlipLine]] = {}
    for line in PaymentLine.objects.filter(slip__batch_id=batch_id).order_by("slip_id", "place"):
        lines.setdefault(line.slip_id, []).append(
            SlipLine(
                Step(line.step),
                line.amount_micro,
                line.account,
                line.reason,
                line.base_micro,
                line.rate_ppm,
                line.document,
                line.fact,
                frozenset(line.sources.split()),
                line.taxed,
            )
        )
    return [
        Slip(
            slip.party_id,
            slip.balance_micro,
            slip.cleared_micro,
            slip.taxed_micro,
            tuple(lines.get(slip.pk, ())),
            slip.paid_micro,
            slip.order_cents,
        )
        for slip in PaymentSlip.objects.filter(batch_id=batch_id, held="").order_by("party_id")
    ]


def _paid_rows(batch_id: int, numbers: range, slips: Iterable[Slip]) -> Iterator[tuple[object, ...]]:
    for number, slip in zip(numbers, slips, strict=True):
        yield (
            number,
            batch_id,
            slip.party_id,
            slip.balance_micro,
            slip.cleared_micro,
            slip.taxed_micro,
            slip.net_micro,
            slip.paid_micro,
            slip.order_cents,
            dict(slip.left_by_source),
            "",
            "",
            None,
        )


def _held_rows(batch_id: int, numbers: range, skipped: Iterable[SkippedPayee]) -> Iterator[tuple[object, ...]]:
    for number, payee in zip(numbers, skipped, strict=True):
        held, detail = payee.reason.value, payee.detail[:_REASON_LENGTH]
        balance_micro = payee.balance_micro
        yield (
            number,
            batch_id,
            payee.party_id,
            balance_micro,
            0,
            0,
            balance_micro,
            0,
            0,
            {},
            held,
            detail,
            payee.until,
        )


def _line_rows(numbers: range, slips: Iterable[Slip]) -> Iterator[tuple[object, ...]]:
    for number, slip in zip(numbers, slips, strict=True):
        for place, line in enumerate(slip.lines, start=1):
            yield (
                number,
                place,
                line.step.value,
                line.amount_micro,
                line.account,
                line.reason[:_REASON_LENGTH],
                line.base_micro,
                line.rate_ppm,
                line.document,
                line.fact,
                " ".join(sorted(line.sources)),
                line.taxed,
            )
