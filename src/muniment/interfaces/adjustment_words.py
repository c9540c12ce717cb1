"""Adjustments in words: why a line differs, what was learnt, and where the money came from."""

from django.utils.translation import gettext as _

from muniment.pay.distributions.queries.why_adjusted import Fact, Step


def reason_words() -> dict[str, str]:
    """Return what each reason of a difference means, in words."""
    return {
        "late_claim": _("A claim came later."),
        "conflict_resolved": _("A dispute was settled."),
        "counter_claim": _("Another claim is against it."),
        "successor": _("Another payee for the same owner."),
        "work_found": _("The work was found."),
        "work_corrected": _("Another work was found."),
        "corrected_share": _("A share was corrected."),
        "rounding": _("Rounding."),
    }


def fact_words() -> dict[Fact, str]:
    """Return what was learnt, in words."""
    return {
        Fact.SHARE_STATED: _("A share was stated"),
        Fact.SHARE_ENDED: _("A share was taken back or replaced"),
        Fact.SUCCESSION: _("A succession was entered"),
        Fact.SUCCESSION_ENDED: _("A succession was taken back or replaced"),
        Fact.MANDATE: _("A mandate was given"),
        Fact.MANDATE_ENDED: _("A mandate was ended or replaced"),
        Fact.MATCHED: _("The usage report was matched again"),
    }


def step_words() -> dict[Step, str]:
    """Return where money of an adjustment came from, in words."""
    return {
        Step.WAITED: _("Money that waited on hold"),
        Step.ON_ACCOUNT: _("Money that was still on the account"),
        Step.OTHER_PAYEES: _("What others had got too much, and still had on their accounts"),
        Step.RECOVERY: _("To be given back by whoever was paid too much, out of later amounts"),
        Step.RESERVE: _("The reserve for claims"),
        Step.WRITE_OFF: _("Borne by the society"),
    }
