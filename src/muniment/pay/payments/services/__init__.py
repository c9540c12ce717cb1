"""Writes about payments: draft, approve, cancel, export, confirm."""

from muniment.pay.payments.services.approving import BalanceChanged, BankChanged, approve_payments
from muniment.pay.payments.services.confirming import ConfirmationReport, confirm_payments
from muniment.pay.payments.services.drafting import DraftReport, WrongState, cancel_payments, draft_payments
from muniment.pay.payments.services.exporting import OtherDebtor, export_csv, export_pain001

__all__ = [
    "BalanceChanged",
    "BankChanged",
    "ConfirmationReport",
    "DraftReport",
    "OtherDebtor",
    "WrongState",
    "approve_payments",
    "cancel_payments",
    "confirm_payments",
    "draft_payments",
    "export_csv",
    "export_pain001",
]
