"""Words of payments for the pages, in the language of the reader. Load with `{% load payment_words %}`."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from muniment.interfaces.payment_reasons import line_reason
from muniment.kernel.formats.pain001.writing import format_minor
from muniment.pay.distributions.rules.societies import TaxTreatment
from muniment.pay.payments.rules.drafts import format_rate
from muniment.pay.payments.rules.facts import DocumentKind, RedirectionKind
from muniment.pay.payments.rules.policy import Method, Step
from muniment.pay.payments.rules.reasons import SkipReason

register = template.Library()

STEPS: dict[str, Promise] = {
    Step.MINIMUM: gettext_lazy("Minimum"),
    Step.AT_SOURCE: gettext_lazy("Deducted at the source"),
    Step.ADVANCES: gettext_lazy("Advance"),
    Step.ASSIGNMENTS: gettext_lazy("Assignment"),
    Step.LETTERS: gettext_lazy("Letter of direction"),
    Step.GARNISHMENTS: gettext_lazy("Garnishment"),
    Step.WITHHOLDING: gettext_lazy("Withholding tax"),
    Step.FEES: gettext_lazy("Fee"),
    Step.VAT: gettext_lazy("Value added tax on the fee"),
}
KINDS: dict[str, Promise] = {
    "advance": gettext_lazy("Advance"),
    RedirectionKind.ASSIGNMENT: gettext_lazy("Assignment"),
    RedirectionKind.LETTER: gettext_lazy("Letter of direction"),
    RedirectionKind.GARNISHMENT: gettext_lazy("Garnishment"),
    DocumentKind.RESIDENCE: gettext_lazy("Residence document"),
    DocumentKind.VAT: gettext_lazy("VAT number"),
    DocumentKind.AT_SOURCE: gettext_lazy("Deduction at the source"),
    DocumentKind.DEATH: gettext_lazy("Death of the payee"),
    DocumentKind.SANCTION: gettext_lazy("Sanction"),
    "terms": gettext_lazy("Currency and way of paying"),
}
METHODS: dict[str, Promise] = {
    Method.TRANSFER: gettext_lazy("bank transfer"),
    Method.CHEQUE: gettext_lazy("cheque"),
}
TREATMENTS: dict[str, Promise] = {
    TaxTreatment.GROSS: gettext_lazy("paid gross"),
    TaxTreatment.AT_SOURCE: gettext_lazy("withheld at the source"),
    TaxTreatment.TREATY: gettext_lazy("by treaty"),
}
REASONS: dict[str, Promise] = {
    SkipReason.SANCTION: gettext_lazy("a sanction forbids to pay this payee"),
    SkipReason.ESTATE: gettext_lazy("the payee died, and it is not known who the estate is"),
    SkipReason.NO_TAX_FORM: gettext_lazy("no residence document is on file, and the policy asks for one"),
    SkipReason.NEGATIVE: gettext_lazy("the balance is below zero and is carried forward"),
    SkipReason.BELOW_MINIMUM: gettext_lazy("below the minimum"),
    SkipReason.INSTALMENT: gettext_lazy("kept until an instalment of an advance has come in"),
    SkipReason.FEES: gettext_lazy("the fees are more than what is left"),
    SkipReason.NO_BANK: gettext_lazy("no approved bank account"),
    SkipReason.COOLING: gettext_lazy("the bank account was changed, and payments to it wait"),
    SkipReason.IN_DRAFT: gettext_lazy("in a batch that waits for approval"),
    SkipReason.RETURNED: gettext_lazy("the bank returned the last payment to this account"),
    SkipReason.OTHER_TERMS: gettext_lazy("paid in another currency or in another way"),
}


register.filter("line_reason", line_reason)


@register.filter
def step_name(step: str) -> str:
    """Return the name of a step from the balance to the bank."""
    return str(STEPS[step])


@register.filter
def fact_kind(kind: str) -> str:
    """Return the name of a kind of fact about a payee."""
    return str(KINDS[kind])


@register.filter
def tax_treatment(treatment: str) -> str:
    """Return how tax on a society's money is handled."""
    return str(TREATMENTS[treatment])


@register.filter
def way_of_paying(method: str) -> str:
    """Return the name of a way of paying."""
    return str(METHODS[method])


@register.filter
def skip_reason(reason: str) -> str:
    """Return why a payee gets no payment now."""
    return str(REASONS[reason])


@register.filter
def exchange_rate(rate_nano: int) -> str:
    """Return a rate as text."""
    return format_rate(rate_nano)


@register.filter
def cents(amount_cents: int, currency: str) -> str:
    """Return whole minor units as text: 1234 of EUR is "12.34"."""
    return format_minor(amount_cents, currency)
