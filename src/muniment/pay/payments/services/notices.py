"""Telling payees that their bank account was changed, and keeping what they were told."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from muniment.pay.payments.models import PaymentNotice
from muniment.pay.payments.rules import SkippedPayee, SkipReason
from muniment.rights.parties.queries import bank_accounts_approved, bank_changes
from muniment.trust.access.rules import Action, Actor, require_any
from muniment.trust.access.services import record_event


@transaction.atomic
def notice_bank_changes(*, actor: Actor, at: datetime, party_ids: Iterable[int], cooling_days: int) -> int:
    """Write a notice for each payee whose account was changed and who has none for that change; return how many.

    The payee reads it in the portal, beside the day from which the new account is paid to.

    Raises:
        NotAllowed: the actor may neither write payments nor approve bank accounts.
    """
    require_any(actor, frozenset({Action.PAYMENT_WRITE, Action.BANK_APPROVE}))
    return _write(actor, at, list(party_ids), cooling_days)


def write_notices(*, actor: Actor, at: datetime, cooling_days: int, skipped: Sequence[SkippedPayee]) -> None:
    """Write the notices of payees who are held because their account was changed; inside the draft's transaction."""
    _write(actor, at, [payee.party_id for payee in skipped if payee.reason is SkipReason.COOLING], cooling_days)


def _write(actor: Actor, at: datetime, party_ids: list[int], cooling_days: int) -> int:
    changed = bank_changes(party_ids)
    accounts = bank_accounts_approved(changed)
    known = set(
        PaymentNotice.objects.filter(bank_account_id__in=[bank.id for bank in accounts.values()]).values_list(
            "bank_account_id", flat=True
        )
    )
    fresh = [
        PaymentNotice(
            party_id=party_id,
            bank_account_id=accounts[party_id].id,
            iban_end=accounts[party_id].iban[-4:],
            changed_at=changed_at,
            pays_from=(changed_at + timedelta(days=cooling_days)).date(),
            noticed_at=at,
            noticed_by=actor.name,
        )
        for party_id, changed_at in sorted(changed.items())
        if party_id in accounts and accounts[party_id].id not in known
    ]
    PaymentNotice.objects.bulk_create(fresh)
    for notice in fresh:
        record_event(
            actor=actor,
            at=at,
            tag="payment.noticed",
            subject_kind="party",
            subject_id=notice.party_id,
            after={"iban_end": notice.iban_end, "pays_from": notice.pays_from},
        )
    return len(fresh)
