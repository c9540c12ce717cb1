"""The rules of our statements as rows; they are checked in CSV statements that come back."""

from muniment.kernel.formats.door import Rule

RULES = (
    Rule("statement.cells", "error", "Each row of a CSV statement has a cell for each column."),
    Rule("statement.amount", "error", "Each amount is a number."),
    Rule("statement.sum", "error", "The lines of a CSV statement come to its gross amount, with every digit."),
)
