"""Reads of payments; frozen rows out.

batches.py    batches and their orders
selection.py  who would be paid now, and who not and why
slips.py      payments explained step by step; slip_files.py as CSV
records.py    what is on file for payees
policies.py   the payment policies there are
stops.py      to whom nothing may be paid now, and why
"""

from muniment.pay.payments.queries.batches import (
    BatchRow,
    NoSocietyAccount,
    OrderRow,
    UnknownPayment,
    get_batch,
    list_batches,
    list_orders,
    next_act,
    payments_of_party,
    society_account,
)
from muniment.pay.payments.queries.policies import DEFAULT_POLICY, get_payment_policy, list_payment_policies
from muniment.pay.payments.queries.records import (
    AdvanceRow,
    DocumentRow,
    NoticeRow,
    PayeeFile,
    RedirectionRow,
    TermsRow,
    list_rates,
    open_proposals,
    payee_file,
    rate_on,
)
from muniment.pay.payments.queries.selection import NoRate, occasion_of, preview_selection
from muniment.pay.payments.queries.slip_files import SLIP_HEADERS, slip_csv
from muniment.pay.payments.queries.slips import (
    LineRow,
    SlipRow,
    UnknownSlip,
    get_slip,
    list_slips,
    slips_of_party,
)

__all__ = [
    "DEFAULT_POLICY",
    "SLIP_HEADERS",
    "AdvanceRow",
    "BatchRow",
    "DocumentRow",
    "LineRow",
    "NoRate",
    "NoSocietyAccount",
    "NoticeRow",
    "OrderRow",
    "PayeeFile",
    "RedirectionRow",
    "SlipRow",
    "TermsRow",
    "UnknownPayment",
    "UnknownSlip",
    "get_batch",
    "get_payment_policy",
    "get_slip",
    "list_batches",
    "list_orders",
    "list_payment_policies",
    "list_rates",
    "list_slips",
    "next_act",
    "occasion_of",
    "open_proposals",
    "payee_file",
    "payments_of_party",
    "preview_selection",
    "rate_on",
    "slip_csv",
    "slips_of_party",
    "society_account",
]
