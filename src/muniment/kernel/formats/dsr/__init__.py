"""DSR, the digital sales report of DDEX as a flat file, Basic Audio profile: what a service streamed and sold.

Comes in: a binary stream, plain or gzipped, in blocks (HEAD, SY, AS/MW/RE/SU, FOOT) or one row a sale (SRHE, SR, SRFO).
Goes out: the head, the summaries and one sale for each resource used, joined with recording, work and summary; every
problem with its line and cell. `write_dsr` writes the same.

Always holds: memory does not grow with the file; usages of the sales are compared with their summary and rows with
the foot; a sale without a summary or a resource is a problem and not a sale.
"""

from muniment.kernel.formats.dsr.reading import DsrItem, iter_dsr
from muniment.kernel.formats.dsr.values import DsrHead, DsrSale, DsrSummary
from muniment.kernel.formats.dsr.writing import UnwritableReport, write_dsr

__all__ = ["DsrHead", "DsrItem", "DsrSale", "DsrSummary", "UnwritableReport", "iter_dsr", "write_dsr"]
