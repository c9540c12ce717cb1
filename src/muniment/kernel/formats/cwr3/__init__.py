"""CWR 3.0 and 3.1: unofficial, by the part of its layout that is public.

Comes in: a binary stream. Goes out: transactions (WRK, ISR and the others) with every problem, the works that they
describe, and the file again. The layout is a table that whoever has the specification replaces (MUNIMENT_CWR_TABLES).

Always holds: a record keeps the whole of its text, so that what the layout has no names for is written again as it
stood; what is not known is never guessed.
"""

from muniment.kernel.formats.cwr3.layout import layout
from muniment.kernel.formats.cwr3.reading import Cwr3Record, Cwr3Transaction, iter_transactions, read_header
from muniment.kernel.formats.cwr3.works import NotAWork, work_of
from muniment.kernel.formats.cwr3.writing import record_of, write_cwr3

__all__ = [
    "Cwr3Record",
    "Cwr3Transaction",
    "NotAWork",
    "iter_transactions",
    "layout",
    "read_header",
    "record_of",
    "work_of",
    "write_cwr3",
]
