"""KBART title lists, phases 1 and 2: journals and books that a platform has, as works of letters with editions.

Comes in: a tab-separated list in UTF-8. Goes out: for each title a work, with an edition for each of its forms that
has a number of its own, its coverage and address.

Always holds: the list streams; numbers are checked; a bad line costs only itself.
"""

from muniment.kernel.formats.kbart.reading import check, read_records
from muniment.kernel.formats.kbart.rules import RULES

__all__ = ["RULES", "check", "read_records"]
