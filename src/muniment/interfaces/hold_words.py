"""Why money waits, in the reader's language: a name for each reason, and a sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from muniment.pay.distributions.rules.policies.waiting import HoldReason

NAMES: dict[str, Promise] = {
    HoldReason.UNMATCHED: gettext_lazy("No work found"),
    HoldReason.UNCLAIMED: gettext_lazy("Nobody claims it"),
    HoldReason.DISPUTE: gettext_lazy("Claims in dispute"),
    HoldReason.NO_USAGE: gettext_lazy("Nothing was used"),
    HoldReason.MISSING_REPORT: gettext_lazy("Report missing"),
    HoldReason.NO_PAYEE: gettext_lazy("No bank account"),
    HoldReason.BELOW_MIN: gettext_lazy("Below the minimum"),
    HoldReason.SANCTION: gettext_lazy("Sanction"),
    HoldReason.ESTATE: gettext_lazy("Estate not known"),
    HoldReason.NO_TAX_FORM: gettext_lazy("No tax form"),
    "PAYABLE": gettext_lazy("Payable"),
}
"""What a reason is called; also the state of money that does not wait."""

SENTENCES: dict[str, Promise] = {
    HoldReason.UNMATCHED: gettext_lazy("No work was identified, or a person still has to decide."),
    HoldReason.UNCLAIMED: gettext_lazy("Nobody claims the share, or its owner gave no mandate."),
    HoldReason.DISPUTE: gettext_lazy("Claims exceed the whole; the contested part waits."),
    HoldReason.NO_USAGE: gettext_lazy("The fund has no usage that earns points."),
    HoldReason.MISSING_REPORT: gettext_lazy("A report that the licensee owes has not come."),
    HoldReason.NO_PAYEE: gettext_lazy("The payee has no approved bank account."),
    HoldReason.BELOW_MIN: gettext_lazy("The payee's money is below the least amount that is paid."),
    HoldReason.SANCTION: gettext_lazy("A sanction forbids to pay the payee."),
    HoldReason.ESTATE: gettext_lazy("The payee died, and the heirs are not known to the whole."),
    HoldReason.NO_TAX_FORM: gettext_lazy("The payee has no residence document that holds."),
}
"""What a reason means."""


def hold_name(reason: str) -> str:
    """Return what a reason for holding money is called; a code that nobody knows, as of an older run, as it is."""
    return str(NAMES.get(reason, reason))


def hold_sentences() -> dict[str, str]:
    """Return what each reason for holding money means, in the language of the page."""
    return {str(reason): str(words) for reason, words in SENTENCES.items()}
