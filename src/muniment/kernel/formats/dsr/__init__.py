"""DSR, the digital sales report of DDEX as a flat file: what a service streamed, sold, showed or broadcast.

Comes in: a binary stream, plain or gzipped, in blocks (HEAD, SY, AS/MW/RE/CU/RU/SU/LI, FOOT) or one row a sale (SRHE,
SR, SRFO), of every profile that the tables have. Goes out: the head, the summaries and one sale for each resource,
work or cue used, joined with recording, work, summary and money; every problem with its line and cell; the totals.
`read_tables` gives the same sales as Arrow tables, many times as fast. `write_dsr` writes Basic Audio and
UGC, `write_lines` what `read_lines` read.

Always holds: memory does not grow with the file; usages of the sales are compared with their summary and rows with
the foot, over all files of a report (`compare_set`); a sale without a resource is a problem and not a sale.
"""

from muniment.kernel.formats.dsr.columnar import SALES, read_tables, write_parquet
from muniment.kernel.formats.dsr.reading import iter_dsr, read_lines
from muniment.kernel.formats.dsr.rows import DsrLine, write_lines
from muniment.kernel.formats.dsr.sets import compare_set, missing_files
from muniment.kernel.formats.dsr.values import AmountBasis, DsrHead, DsrSale, DsrSummary, DsrTotals
from muniment.kernel.formats.dsr.walking import DsrItem
from muniment.kernel.formats.dsr.writing import BASIC_AUDIO, UGC, UnwritableReport, unwritable, write_dsr

__all__ = [
    "BASIC_AUDIO",
    "SALES",
    "UGC",
    "AmountBasis",
    "DsrHead",
    "DsrItem",
    "DsrLine",
    "DsrSale",
    "DsrSummary",
    "DsrTotals",
    "UnwritableReport",
    "compare_set",
    "iter_dsr",
    "missing_files",
    "read_lines",
    "read_tables",
    "unwritable",
    "write_dsr",
    "write_lines",
    "write_parquet",
]
