"""Writes of licensing: tariffs and licences, invoices and receipts, and the tables that bring many of them."""

from muniment.trade.licensing.services.billing import (
    AlreadyInvoiced,
    DuplicateReceipt,
    FundSpent,
    InvoicePaid,
    IssueReport,
    NotLicensed,
    UnknownReceipt,
    cancel_invoice,
    issue_invoice,
    issue_invoices,
    receive_money,
    reverse_receipt,
)
from muniment.trade.licensing.services.granting import (
    DuplicateLicence,
    InvalidLicence,
    grant_licence,
    publish_tariff,
    publish_tariffs,
    register_licensee,
)
from muniment.trade.licensing.services.tables import (
    TableReport,
    import_licences_table,
    import_licensees_table,
    import_receipts_table,
)

__all__ = [
    "AlreadyInvoiced",
    "DuplicateLicence",
    "DuplicateReceipt",
    "FundSpent",
    "InvalidLicence",
    "InvoicePaid",
    "IssueReport",
    "NotLicensed",
    "TableReport",
    "UnknownReceipt",
    "cancel_invoice",
    "grant_licence",
    "import_licences_table",
    "import_licensees_table",
    "import_receipts_table",
    "issue_invoice",
    "issue_invoices",
    "publish_tariff",
    "publish_tariffs",
    "receive_money",
    "register_licensee",
    "reverse_receipt",
]
