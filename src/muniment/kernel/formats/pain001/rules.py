"""The rules of payment messages as rows: of the orders that we write and check, and of the bank's answers."""

from muniment.kernel.formats.door import Rule

RULES = (
    Rule("missing", "error", "An answer names the order that it speaks of (OrgnlEndToEndId)."),
    Rule("unknown-status", "error", "A status is one of the external codes of ISO 20022 that the books know."),
    Rule("not-a-date", "error", "The day of settlement is a date."),
    Rule("not-an-amount", "error", "An amount that is repeated is one in its currency."),
    Rule("pending", "warning", "An order that is still on its way books nothing."),
    Rule("count", "error", "NbOfTxs is the number of orders, in the header and in each payment."),
    Rule("control-sum", "error", "CtrlSum is the sum of the amounts, in the header and in each payment."),
    Rule("end-to-end-id", "error", "Each order has an EndToEndId of up to 35 plain letters, once in the file."),
    Rule("amount", "error", "Each order has an amount above zero with the digits of its currency."),
    Rule("creditor", "error", "Each order names its creditor."),
    Rule("iban", "error", "An IBAN has the right check digits."),
)
"""Every rule that a `Problem` of this package can name; a DOCTYPE or another message refuses the file as a whole."""
