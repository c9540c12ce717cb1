"""The columnar path of reports: files into lines, lines into the columns of a batch."""

from muniment.use.usages.bulk.lines import KEPT_PROBLEMS, PIECE_LINES, LineColumns, ReadReport, Reported
from muniment.use.usages.bulk.reading import (
    LARGEST_LINES,
    check_dsr_report,
    check_table_report,
    facts_of,
    head_of_dsr,
    mapping_of,
    read_dsr_report,
    read_table_report,
    require_usable,
    stamped,
    unpacked,
)

__all__ = [
    "KEPT_PROBLEMS",
    "LARGEST_LINES",
    "PIECE_LINES",
    "LineColumns",
    "ReadReport",
    "Reported",
    "check_dsr_report",
    "check_table_report",
    "facts_of",
    "head_of_dsr",
    "mapping_of",
    "read_dsr_report",
    "read_table_report",
    "require_usable",
    "stamped",
    "unpacked",
]
