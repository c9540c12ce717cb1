"""How fast the readers of formats are, and whether they keep what they read: on files invented here.

In: a size. Out: records for each second of parsing and checking, the highest memory, and for a round trip the fields
that were compared. Always: each measurement is a process of its own, so that its memory is its own.
"""

from muniment.interfaces.bench.formats.invented import works_of_size, write_invented_cwr
from muniment.interfaces.bench.formats.invented_dsr import write_invented_dsr
from muniment.interfaces.bench.formats.measuring import FormatMeasure, measure_reader
from muniment.interfaces.bench.formats.round_trip import RoundTrip, run_round_trip

__all__ = [
    "FormatMeasure",
    "RoundTrip",
    "measure_reader",
    "run_round_trip",
    "works_of_size",
    "write_invented_cwr",
    "write_invented_dsr",
]
