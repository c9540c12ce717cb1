"""Statements and logs that ordinary societies get: of stores, services, societies, stations, programmes and concerts.

Comes in: a CSV, TSV or XLSX whose name is not believed. Goes out: its layout, told by its headers, and which of its
columns gives which field of a usage; every problem with its line and column.

Always holds: the layouts are rows of tables that one can replace; a file that could be of two layouts is of none; what
no layout knows is read by a mapping that a person makes once (`kernel.formats.tables`).
"""

from muniment.kernel.formats.reports.checking import check_report, missing_columns
from muniment.kernel.formats.reports.layouts import KnownTable, Layout, known_table, layout_of, layouts
from muniment.kernel.formats.reports.reading import OpenReport, open_report, require_usages

__all__ = [
    "KnownTable",
    "Layout",
    "OpenReport",
    "check_report",
    "known_table",
    "layout_of",
    "layouts",
    "missing_columns",
    "open_report",
    "require_usages",
]
