"""CRD 3.0, what societies send each other with money: unofficial, by the part of its layout that is public.

Comes in: a binary stream. Goes out: the statement, its sources, lines and adjustments, with every problem; and the
other way round. The layout is a table that whoever has the specification replaces (MUNIMENT_CRD_TABLES); places that
nobody outside has told are marked as ours in it, and files that use them are read by another Muniment only.

Always holds: amounts are whole micro-units, and those of a file that is written come to the total of its header.
"""

from muniment.kernel.formats.crd.layout import layout
from muniment.kernel.formats.crd.reading import read_crd
from muniment.kernel.formats.crd.records import CrdAdjustment, CrdHeader, CrdItem, CrdLine, CrdSource
from muniment.kernel.formats.crd.writing import header_for, write_crd

__all__ = [
    "CrdAdjustment",
    "CrdHeader",
    "CrdItem",
    "CrdLine",
    "CrdSource",
    "header_for",
    "layout",
    "read_crd",
    "write_crd",
]
