"""The numbered rules of statements and logs as rows of a table.

Levels: file (the whole file is not usages), error (the line is lost), warning (the line stands without the cell).
"""

from functools import cache

from muniment.kernel.formats.door import Rule
from muniment.kernel.formats.reports.layouts import table_rows


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule in the order of its number."""
    return tuple(Rule(row["id"], row["level"], row["condition"]) for row in table_rows("rules.csv"))
