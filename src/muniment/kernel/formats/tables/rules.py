"""The rules of tables as rows: what makes a row or a file unusable, and what is said and costs nothing."""

from muniment.kernel.formats.door import Rule

RULES = (
    Rule("table.bad_value", "error", "A cell holds one reading of what its column holds: a date, a number ..."),
    Rule("table.missing_value", "error", "A row has a value in each column that must have one."),
    Rule("table.missing_column", "error", "Each column that must be there is there."),
    Rule("table.unknown_column", "error", "A mapping names columns that the file has."),
    Rule("table.too_many_cells", "error", "A row has no more cells than the header."),
    Rule("table.cut_off", "error", "The last row is whole."),
    Rule("table.error_value", "error", "No cell holds an error value such as #REF!."),
    Rule("table.formula_without_value", "error", "A formula has a stored value."),
    Rule("table.formula", "warning", "Cells are values; a formula counts with the value that is stored."),
    Rule("table.other_sheets", "warning", "A workbook has one sheet; others are named, not read."),
    Rule("table.unseen", "warning", "No cell has characters that cannot be seen; it is taken without them."),
    Rule("table.above_header", "warning", "The columns are named on the first row that is filled."),
    Rule("table.bad_identifier", "warning", "An ISRC, ISWC, IPI or ISNI is one, with its check digit."),
)
"""Every rule that a `Problem` of this package can name; encodings, archives and sizes refuse the file as a whole."""
