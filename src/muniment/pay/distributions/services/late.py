"""Why money of a fund is late, in writing: a fund that waits on no hold has no other place for its reason."""

from datetime import datetime

from django.db import transaction

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import LateReason
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import fund

LONGEST_NOTE = 500


class BadReason(UserError):
    """A reason cannot be written, or none is there to be withdrawn."""


@transaction.atomic
def explain_late_fund(*, actor: Actor, at: datetime, fund_code: str, currency: str, note: str) -> int:
    """Write why a fund's money is not distributed in time, in place of an earlier reason; return its id.

    Raises:
        NotAllowed: see there.
        BadReason: nothing is said, it is too long, or the fund has no money in the currency.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    said = " ".join(note.split())
    if not said or len(said) > LONGEST_NOTE:
        raise BadReason(
            f"The reason has {len(said)} letters.", f"Write one of 1 to {LONGEST_NOTE} that members can understand."
        )
    balance_micro = balance(fund(fund_code), currency)
    if balance_micro <= 0:
        raise BadReason(
            f"Fund {fund_code} holds {currency} {format_amount(balance_micro, currency)}, so nothing of it is late.",
            "Look up the funds with money: muniment report clocks.",
        )
    LateReason.objects.filter(fund_code=fund_code, currency=currency, withdrawn_at__isnull=True).update(
        withdrawn_by=actor.name, withdrawn_at=at
    )
    row = LateReason.objects.create(
        fund_code=fund_code, currency=currency, note=said, written_by=actor.name, written_at=at
    )
    _record(actor, at, row, "explained")
    return row.pk


@transaction.atomic
def withdraw_late_reason(*, actor: Actor, at: datetime, fund_code: str, currency: str) -> None:
    """Withdraw the reason that stands for a fund.

    Raises:
        NotAllowed: see there.
        BadReason: none stands.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    standing = LateReason.objects.select_for_update().filter(fund_code=fund_code, currency=currency)
    row = standing.filter(withdrawn_at__isnull=True).first()
    if row is None:
        raise BadReason(f"No reason stands for fund {fund_code} in {currency}.", "Look at the list of reasons.")
    row.withdrawn_by, row.withdrawn_at = actor.name, at
    row.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _record(actor, at, row, "withdrawn")


def _record(actor: Actor, at: datetime, row: LateReason, verb: str) -> None:
    after = {"currency": row.currency, "note": row.note}
    record_event(
        actor=actor, at=at, tag=f"late_fund.{verb}", subject_kind="fund", subject_id=row.fund_code, after=after
    )
