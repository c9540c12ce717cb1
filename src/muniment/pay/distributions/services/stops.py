"""Legal holds: stop an account of held money for a court or an office, and lift the stop."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.money import currency_exponent
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import LegalHold
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import record_event
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import held


class LegalHoldStands(UserError):
    """Money cannot leave an account of held money because a legal hold is on it."""


class BadLegalHold(UserError):
    """A legal hold cannot be set or lifted as asked."""


@transaction.atomic
def set_legal_hold(*, actor: Actor, at: datetime, reason: str, scope: str, currency: str, note: str) -> int:
    """Stop an account of held money, such as DISPUTE in run-3-pool-1; `note` names the order. Return its id.

    Raises:
        NotAllowed, UnknownCurrency: see there.
        BadLegalHold: nothing waits there, it is stopped already, or the note is missing.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    currency_exponent(currency)
    if not note.strip():
        raise BadLegalHold("A legal hold needs its reason.", "Name the order or the office that asks for it.")
    if balance(held(reason, scope), currency) <= 0:
        raise BadLegalHold(f"Nothing waits on held/{reason}/{scope} in {currency}.", "Look at the list of holds.")
    if LegalHold.objects.filter(reason=reason, scope=scope, currency=currency, lifted_at__isnull=True).exists():
        raise BadLegalHold(f"held/{reason}/{scope} is stopped already.", "Nothing needs to be done.")
    row = LegalHold.objects.create(
        reason=reason, scope=scope, currency=currency, note=note.strip()[:300], set_by=actor.name, set_at=at
    )
    _record(actor, at, row, "set")
    return row.pk


@transaction.atomic
def lift_legal_hold(*, actor: Actor, at: datetime, legal_hold_id: int) -> None:
    """Lift a stop; not by who set it.

    Raises:
        NotAllowed, SamePerson: see there.
        BadLegalHold: it is not in force.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    row = LegalHold.objects.select_for_update().filter(pk=legal_hold_id, lifted_at__isnull=True).first()
    if row is None:
        raise BadLegalHold("There is no such legal hold in force.", "Look at the list of legal holds.")
    require_second_person(row.set_by, actor)
    row.lifted_by, row.lifted_at = actor.name, at
    row.save(update_fields=["lifted_by", "lifted_at"])
    _record(actor, at, row, "lifted")


def stopped_accounts(currency: str) -> set[str]:
    """Return the accounts of held money that a legal hold is on."""
    rows = LegalHold.objects.filter(currency=currency, lifted_at__isnull=True)
    return {held(row.reason, row.scope) for row in rows}


def refuse_stopped(debits: Iterable[str], currency: str) -> None:
    """Let money leave these accounts.

    Raises:
        LegalHoldStands: a legal hold is on one of them.
    """
    stopped = sorted(stopped_accounts(currency) & set(debits))
    if stopped:
        raise LegalHoldStands(
            f"A legal hold is on {stopped[0]}.", "Lift it first: muniment hold lift, by who did not set it."
        )


def _record(actor: Actor, at: datetime, row: LegalHold, verb: str) -> None:
    after = {"reason": row.reason, "scope": row.scope, "currency": row.currency, "note": row.note}
    record_event(
        actor=actor, at=at, tag=f"legal_hold.{verb}", subject_kind="legal_hold", subject_id=row.pk, after=after
    )
