"""CWR, the Common Works Registration of CISAC, version 2.1 (and 2.2): how publishers and societies tell works.

Comes in: a binary stream. Goes out: transactions one by one, each with its records, and every problem with line,
field, rule, message and remedy; `work_of` a transaction is a readable `CwrWork`; `write_cwr` writes such works.

Always holds: memory does not grow with the file; a broken rule costs what the standard says it costs (a field gets
its default, a record is dropped, a transaction refused, a group or the file as well); a transaction that is given
keeps all rules that are checked; what cannot be written exactly is refused.

    for item in iter_transactions(stream):
        if isinstance(item, Problem):
            ...     # severity_of(item) says what it costs: ER the whole file, GR the group, TR that transaction
        else:
            for work in works_of(item): ...
"""

from muniment.kernel.formats.cwr.acknowledgements import (
    CwrAnswer,
    CwrDecision,
    CwrMessage,
    NotAnAnswer,
    Refusals,
    acknowledge,
    answer_of,
    checked_transaction,
    fits,
    work_transaction,
)
from muniment.kernel.formats.cwr.details import UnwritableWork
from muniment.kernel.formats.cwr.preparing import prepare_work
from muniment.kernel.formats.cwr.reading import CwrSender, CwrTransaction, iter_transactions, read_header, sender_of
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import SOCIETIES, CwrRules, Severity, severity_of
from muniment.kernel.formats.cwr.storing import (
    PlainRecord,
    PlainTransaction,
    header_of,
    plain_header,
    plain_of,
    transaction_of,
)
from muniment.kernel.formats.cwr.works import (
    CwrLink,
    CwrName,
    CwrOrigin,
    CwrOriginal,
    CwrPerformer,
    CwrPublisher,
    CwrRecording,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
    NotAWork,
    work_of,
    works_of,
)
from muniment.kernel.formats.cwr.writing import CwrHeader, write_cwr, write_transactions

__all__ = [
    "SOCIETIES",
    "CwrAnswer",
    "CwrDecision",
    "CwrHeader",
    "CwrLink",
    "CwrMessage",
    "CwrName",
    "CwrOrigin",
    "CwrOriginal",
    "CwrPerformer",
    "CwrPublisher",
    "CwrRecord",
    "CwrRecording",
    "CwrRules",
    "CwrSender",
    "CwrTerm",
    "CwrTitle",
    "CwrTransaction",
    "CwrWork",
    "CwrWriter",
    "NotAWork",
    "NotAnAnswer",
    "PlainRecord",
    "PlainTransaction",
    "Refusals",
    "Severity",
    "UnwritableWork",
    "acknowledge",
    "answer_of",
    "checked_transaction",
    "fits",
    "header_of",
    "iter_transactions",
    "plain_header",
    "plain_of",
    "prepare_work",
    "read_header",
    "sender_of",
    "severity_of",
    "transaction_of",
    "work_of",
    "work_transaction",
    "works_of",
    "write_cwr",
    "write_transactions",
]
