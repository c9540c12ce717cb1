"""Who is paid how much and why; no database.

toml_reading.py  a TOML text whose errors name file, line and key
policy.py        the order of the steps, rates, minimums: a payment policy
facts.py         what is on file for a payee: advances, letters, documents …
slips.py         the steps from a balance to an order, line by line
orders.py        the orders of a batch, and what a bank's word does to them
reasons.py       why a payee gets no order
"""

from muniment.pay.payments.rules.orders import (
    CLOCK_TOLERANCE,
    EFFECTS,
    EXPORTABLE,
    BankFacts,
    BatchState,
    Confirmation,
    DebtorAccount,
    Effect,
    OrderDraft,
    OrderFacts,
    OrderState,
    PayeeFacts,
    Said,
    Selection,
    SkippedPayee,
    end_to_end_id,
    orders_digest,
    select_orders,
    weigh,
)
from muniment.pay.payments.rules.reasons import SkipReason

__all__ = [
    "CLOCK_TOLERANCE",
    "EFFECTS",
    "EXPORTABLE",
    "BankFacts",
    "BatchState",
    "Confirmation",
    "DebtorAccount",
    "Effect",
    "OrderDraft",
    "OrderFacts",
    "OrderState",
    "PayeeFacts",
    "Said",
    "Selection",
    "SkipReason",
    "SkippedPayee",
    "end_to_end_id",
    "orders_digest",
    "select_orders",
    "weigh",
]
