"""Payments explained: each step with its amount, reason, rate and document; frozen rows out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentLine, PaymentOrder, PaymentSlip
from muniment.pay.payments.rules import BatchState
from muniment.pay.payments.rules.facts import parties_paid_in
from muniment.pay.payments.rules.policy import Method, Step
from muniment.pay.payments.rules.reasons import SkipReason
from muniment.rights.parties.queries import names_of


class UnknownSlip(UserError):
    """There is no such payment to explain."""


@dataclass(frozen=True, slots=True)
class LineRow:
    """The effect of one step: `running_micro` is what it left, `to_name` who got it where it was another party."""

    step: Step
    amount_micro: int
    running_micro: int
    account: str
    to_name: str
    reason: str
    base_micro: int
    rate_ppm: int | None
    document: str
    sources: str


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One payment explained, in the currency of the balance.

    balance + lines = net; net = paid (which buys `order_cents` of the order's currency) + residue. `held` says why
    nothing was paid, `end_to_end_id` names the order, if there is one.
    """

    id: int
    batch_id: int
    batch_state: BatchState
    party_id: int
    party_name: str
    currency: str
    pay_currency: str
    method: Method
    pay_on: date
    policy_name: str
    rate_nano: int | None
    rate_source: str
    rate_on: date | None
    balance_micro: int
    cleared_micro: int
    net_micro: int
    paid_micro: int
    order_cents: int
    held: SkipReason | None
    held_detail: str
    held_until: date | None
    end_to_end_id: str
    lines: tuple[LineRow, ...]

    @property
    def residue_micro(self) -> int:
        """What stays on the payee's account, below one cent."""
        return self.net_micro - self.paid_micro

    @property
    def less_micro(self) -> int:
        """By how much the net is less than the balance."""
        return self.balance_micro - self.net_micro

    @property
    def is_converted(self) -> bool:
        """Say whether the order is in another currency than the balance."""
        return self.currency != self.pay_currency


def list_slips(
    batch_id: int, *, limit: int | None = None, offset: int = 0, held: bool | None = None, ordered: bool | None = None
) -> Page[SlipRow]:
    """Return the slips of a batch by party: those that are held or not, those with an order or without, or all."""
    slips = PaymentSlip.objects.filter(batch_id=batch_id).order_by("id")
    if held is not None:
        slips = slips.exclude(held="") if held else slips.filter(held="")
    if ordered is not None:
        slips = slips.filter(order_cents__gt=0) if ordered else slips.filter(order_cents=0)
    until = None if limit is None else offset + limit
    return Page(_slip_rows(slips.select_related("batch")[offset:until]), slips.count())


def get_slip(batch_id: int, party_id: int) -> SlipRow:
    """Return the slip of a payee in a batch.

    Raises:
        UnknownSlip: the batch has none for the party.
    """
    slips = PaymentSlip.objects.filter(batch_id=batch_id, party_id=party_id).select_related("batch")
    rows = _slip_rows(slips)
    if not rows:
        raise UnknownSlip(f"Payment batch {batch_id} has nothing for this payee.", "Open the list of payments.")
    return rows[0]


def slips_of_party(party_id: int, *, limit: int = 200) -> tuple[SlipRow, ...]:
    """Return the slips of a payee, newest first; drafts and cancelled batches are not shown to payees."""
    slips = PaymentSlip.objects.filter(party_id=party_id).select_related("batch").order_by("-id")
    slips = slips.exclude(batch__state__in=[BatchState.DRAFT.value, BatchState.CANCELLED.value])
    return _slip_rows(slips[:limit])


def _slip_rows(slips: Iterable[PaymentSlip]) -> tuple[SlipRow, ...]:
    found = list(slips)
    lines: dict[int, list[PaymentLine]] = {}
    for line in PaymentLine.objects.filter(slip__in=[slip.pk for slip in found]).order_by("slip_id", "place"):
        lines.setdefault(line.slip_id, []).append(line)
    names = names_of(
        {slip.party_id for slip in found} | parties_paid_in(line.account for rows in lines.values() for line in rows)
    )
    orders = {
        (batch_id, party_id): name
        for batch_id, party_id, name in PaymentOrder.objects.filter(
            batch__in={slip.batch_id for slip in found}, party__in={slip.party_id for slip in found}
        ).values_list("batch_id", "party_id", "end_to_end_id")
    }
    return tuple(
        _slip_row(slip, lines.get(slip.pk, []), names, orders.get((slip.batch_id, slip.party_id), "")) for slip in found
    )


def _slip_row(slip: PaymentSlip, lines: list[PaymentLine], names: dict[int, str], order: str) -> SlipRow:
    batch = slip.batch
    rows, running_micro = [], slip.balance_micro
    for line in lines:
        running_micro += line.amount_micro
        to = parties_paid_in([line.account])
        rows.append(
            LineRow(
                Step(line.step),
                line.amount_micro,
                running_micro,
                line.account,
                names.get(next(iter(to)), "") if to else "",
                line.reason,
                line.base_micro,
                line.rate_ppm,
                line.document,
                line.sources,
            )
        )
    return SlipRow(
        id=slip.pk,
        batch_id=slip.batch_id,
        batch_state=BatchState(batch.state),
        party_id=slip.party_id,
        party_name=names.get(slip.party_id, ""),
        currency=batch.source_currency or batch.currency,
        pay_currency=batch.currency,
        method=Method(batch.method),
        pay_on=batch.pay_on,
        policy_name=batch.policy_name,
        rate_nano=batch.rate_nano,
        rate_source=batch.rate_source,
        rate_on=batch.rate_on,
        balance_micro=slip.balance_micro,
        cleared_micro=slip.cleared_micro,
        net_micro=slip.net_micro,
        paid_micro=slip.paid_micro,
        order_cents=slip.order_cents,
        held=SkipReason(slip.held) if slip.held else None,
        held_detail=slip.held_detail,
        held_until=slip.held_until,
        end_to_end_id=order,
        lines=tuple(rows),
    )
