"""ISO 20022 credit transfers: orders to a bank, and the bank's answers.

In: a `CreditTransferBatch`; out: a pain.001.001.09 file, the same bytes for the same batch. In: a pain.002.001 file;
out: a `StatusReport` with what happened to each order. Always: the control sums are the sums of the orders; a file
with a DOCTYPE, with foreign entities or of another message is refused.
"""

from muniment.kernel.formats.pain001.reading import PaymentStatus, StatusReport, TransferState, read_status
from muniment.kernel.formats.pain001.writing import CreditTransfer, CreditTransferBatch, InvalidBatch, write_pain001

__all__ = [
    "CreditTransfer",
    "CreditTransferBatch",
    "InvalidBatch",
    "PaymentStatus",
    "StatusReport",
    "TransferState",
    "read_status",
    "write_pain001",
]
