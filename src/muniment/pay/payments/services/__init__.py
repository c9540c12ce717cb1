"""Writes about payments.

drafting.py    draft and cancel a batch          approving.py   the second person's yes
exporting.py   files for the bank                confirming.py  what the bank made of them
proposals.py   advances and redirections         papers.py      documents, terms, rates
importing.py   a table of facts                  notices.py     telling payees of changed accounts
exchanging.py  what changing money really cost
society_tax.py sister societies settled with their tax
stopping.py    holds for what is on file about payees
"""

from muniment.pay.payments.services.approving import BalanceChanged, BankChanged, approve_payments
from muniment.pay.payments.services.confirming import ConfirmationReport, confirm_payments
from muniment.pay.payments.services.drafting import DraftReport, WrongState, cancel_payments, draft_payments
from muniment.pay.payments.services.exchanging import NothingExchanged, settle_exchange
from muniment.pay.payments.services.exporting import OtherDebtor, PaidByCheque, export_csv, export_pain001
from muniment.pay.payments.services.importing import FactsReport, import_facts, write_fact
from muniment.pay.payments.services.notices import notice_bank_changes
from muniment.pay.payments.services.papers import (
    NoSuchDocument,
    SameRate,
    end_document,
    record_document,
    record_rate,
    set_terms,
)
from muniment.pay.payments.services.proposals import (
    NoSuchProposal,
    OverlappingLetters,
    approve_advance,
    approve_redirection,
    end_advance,
    end_redirection,
    propose_advance,
    propose_redirection,
    refuse_advance,
    refuse_redirection,
)
from muniment.pay.payments.services.society_tax import settle_societies_of
from muniment.pay.payments.services.stopping import PayeeStopped, review_daily, review_payees

__all__ = [
    "BalanceChanged",
    "BankChanged",
    "ConfirmationReport",
    "DraftReport",
    "FactsReport",
    "NoSuchDocument",
    "NoSuchProposal",
    "NothingExchanged",
    "OtherDebtor",
    "OverlappingLetters",
    "PaidByCheque",
    "PayeeStopped",
    "SameRate",
    "WrongState",
    "approve_advance",
    "approve_payments",
    "approve_redirection",
    "cancel_payments",
    "confirm_payments",
    "draft_payments",
    "end_advance",
    "end_document",
    "end_redirection",
    "export_csv",
    "export_pain001",
    "import_facts",
    "notice_bank_changes",
    "propose_advance",
    "propose_redirection",
    "record_document",
    "record_rate",
    "refuse_advance",
    "refuse_redirection",
    "review_daily",
    "review_payees",
    "set_terms",
    "settle_exchange",
    "settle_societies_of",
    "write_fact",
]
