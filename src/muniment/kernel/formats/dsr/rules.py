"""The numbered rules of DSR as rows of a table, for the conformance page and for tests that show both sides of each.

Levels: file (the whole file is refused), error (the row is lost or the report does not tie), warning (what was left
out or assumed), conformance (told by `muniment check` only; nothing is lost).
"""

from functools import cache

from muniment.kernel.formats.door import Rule
from muniment.kernel.formats.dsr.tables import table_rows

_NOT_CHECKED = {"DSR.CODE": "The lists of allowed values belong to DDEX and are not shipped."}


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule in the order of its number."""
    return tuple(
        Rule(row["id"], row["level"], row["condition"], row["id"] not in _NOT_CHECKED, _NOT_CHECKED.get(row["id"], ""))
        for row in table_rows("rules.csv")
    )
