"""The rules of CWR 3 as rows: ours, since the standard's are not public."""

from muniment.kernel.formats.ruling import RuleTable, error, warning

_AGAIN = "Ask the sender for the file again."
_CORRECT = "It is left out; ask the sender to correct it."

TABLE = RuleTable(
    (
        error("CWR3-01", "Transactions stand in groups of their kind.", _AGAIN),
        error("CWR3-02", "A file has one HDR, and ends with one TRL.", _AGAIN),
        error("CWR3-03", "GRT counts the transactions and records of its group.", _AGAIN),
        error("CWR3-04", "TRL counts groups, transactions and records.", _AGAIN),
        error("CWR3-05", "The transactions of a group and their records are numbered from 0.", _AGAIN),
        error("CWR3-06", "A work has a title and a number of its submitter.", "Fill it in; the work is not taken."),
        error("CWR3-07", "A share is 00000 to 10000.", "Write hundredths of a percent; the work is not taken."),
        error("CWR3-08", "A work has a writer.", "Name one, or say that the writer is unknown."),
        warning("CWR3-09", "A kind of record is one of the layout.", "It is kept, but nothing of it is used."),
        warning("CWR3-10", "An ISWC, IPI number or ISRC has its form and check digit.", _CORRECT),
        warning("CWR3-11", "A territory is a code of TIS.", _CORRECT),
        error("CWR3-12", "A transaction begins before its records.", _AGAIN),
    )
)
RULES = TABLE.as_rules()
"""The rules for the conformance page."""
