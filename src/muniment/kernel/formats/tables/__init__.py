"""Tables that people send and receive: CSV, TSV and Excel workbooks.

Comes in: a file whose name is not believed. Goes out: headers and rows of text that know their line, mapped to the
fields an importer wants; and files written so that no spreadsheet runs a cell.

Always holds: a text file streams in constant memory; nothing is guessed that changes what was meant (encodings,
dates, decimals); a file that cannot be used as a whole is a `BadFile` before its first row is given, but for a
quotation mark that is never closed, which shows where it is reached.
"""

from muniment.kernel.formats.tables.cells import (
    UnreadableCell,
    parse_date,
    parse_decimal,
    parse_duration_ms,
    parse_integer,
)
from muniment.kernel.formats.tables.mapping import (
    ChosenMapping,
    ColumnMapping,
    FieldKind,
    MappedRow,
    TargetField,
    check_mapping,
    fit_columns,
    guess_mapping,
    header_fingerprint,
    map_rows,
    synonyms_of,
)
from muniment.kernel.formats.tables.previews import PreviewLine, ReadLine, TablePreview, check_rows, preview_table
from muniment.kernel.formats.tables.reading import read_rows
from muniment.kernel.formats.tables.rows import TableKind, TableRow, TableRows, at_most
from muniment.kernel.formats.tables.sniffing import sniff
from muniment.kernel.formats.tables.writing import Sheet, TableTooLarge, csv_lines, safe_cell, write_csv, write_xlsx

__all__ = [
    "ChosenMapping",
    "ColumnMapping",
    "FieldKind",
    "MappedRow",
    "PreviewLine",
    "ReadLine",
    "Sheet",
    "TableKind",
    "TablePreview",
    "TableRow",
    "TableRows",
    "TableTooLarge",
    "TargetField",
    "UnreadableCell",
    "at_most",
    "check_mapping",
    "check_rows",
    "csv_lines",
    "fit_columns",
    "guess_mapping",
    "header_fingerprint",
    "map_rows",
    "parse_date",
    "parse_decimal",
    "parse_duration_ms",
    "parse_integer",
    "preview_table",
    "read_rows",
    "safe_cell",
    "sniff",
    "synonyms_of",
    "write_csv",
    "write_xlsx",
]
