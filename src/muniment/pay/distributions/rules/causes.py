"""Holds of a payee: because the payee cannot be paid yet, or because of what is on file about the person."""

from muniment.pay.distributions.rules.policies.waiting import HoldReason
from muniment.pay.distributions.rules.states import PAYEE_HOLDS

PAYEE_CAUSES = (HoldReason.SANCTION, HoldReason.ESTATE, HoldReason.NO_TAX_FORM)
"""What is on file about a payee and lets the money wait; where several stand, the first one counts."""

PAYEE_REASONS = frozenset((*(hold.value for hold in PAYEE_HOLDS), *(cause.value for cause in PAYEE_CAUSES)))
"""Every reason for which money of a known payee waits, on an account of the payee's own."""
