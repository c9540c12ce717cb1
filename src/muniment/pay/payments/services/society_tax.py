"""Settle the sister societies of a run with the tax that a payment policy withholds and their documents lower."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from muniment.pay.distributions.queries.societies import list_outgoing
from muniment.pay.distributions.rules.societies import SocietyTax
from muniment.pay.distributions.services.settling import Settlement, settle_societies
from muniment.pay.payments.queries.policies import DEFAULT_POLICY, get_payment_policy
from muniment.pay.payments.queries.records import records_of
from muniment.pay.payments.rules.facts import residence_document
from muniment.pay.payments.rules.policy import Withholding, rounded
from muniment.trust.access.rules import Action, Actor, require


@transaction.atomic
def settle_societies_of(
    *, actor: Actor, at: datetime, run_id: int, policy: str = DEFAULT_POLICY
) -> dict[int, Settlement]:
    """Settle the societies of a posted run: deductions not agreed go back, and tax is withheld by agreement.

    A treaty's rate needs a residence document that holds on the day of the settlement.

    Raises:
        NotAllowed: the actor may not post.
        BadPaymentPolicy: there is no such policy.
        UnknownRun, WrongState, NotAgreed, PaidBefore: see `settle_societies`.
    """
    require(actor, Action.DISTRIBUTION_POST)
    rule = get_payment_policy(policy).withholding
    societies = [row.society_id for row in list_outgoing(run_id)]
    tax = None if rule is None else _tax_by(rule, societies, at.date(), at)
    return settle_societies(actor=actor, at=at, run_id=run_id, tax=tax)


def _tax_by(rule: Withholding, society_ids: Iterable[int], on: date, at: datetime) -> SocietyTax:
    rates: dict[int, int] = {}
    for society_id, record in records_of(society_ids).items():
        document = residence_document(record.documents, on, at)
        if document is None:
            continue
        treaty = rule.treaty_with(document.country, on)
        if document.country == rule.country:
            rates[society_id] = rule.resident_rate_ppm
        elif treaty is not None:
            rates[society_id] = treaty.rate_ppm
    return SocietyTax(rule.country, rule.default_rate_ppm, rates, lambda amount: rounded(amount, rule.rounding))
