"""Why a payee with a balance gets no order."""

from enum import StrEnum


class SkipReason(StrEnum):
    """Why a payee gets no order now."""

    SANCTION = "a sanction forbids to pay this payee"
    ESTATE = "the payee died, and it is not known who the estate is"
    NO_TAX_FORM = "no residence document is on file, and the policy asks for one"
    NEGATIVE = "the balance is below zero and is carried forward"
    BELOW_MINIMUM = "below the minimum"
    INSTALMENT = "kept until an instalment of an advance has come in"
    FEES = "the fees are more than what is left"
    NO_BANK = "no approved bank account"
    COOLING = "the bank account was changed, and payments to it wait"
    IN_DRAFT = "in a batch that waits for approval"
    RETURNED = "the bank returned the last payment to this account"
    OTHER_TERMS = "paid in another currency or in another way"
