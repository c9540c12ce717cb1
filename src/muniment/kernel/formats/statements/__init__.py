"""A member's statement: one value, and its PDF, XLSX and CSV forms.

In: a `StatementDocument`. Out: bytes, the same bytes for the same value. Always: the printed lines add up to the
printed total with every digit shown; no cell can be taken for a formula.
"""

from muniment.kernel.formats.statements.charts import Bar, Chart, by_period, by_source, charts_of
from muniment.kernel.formats.statements.document import (
    LANGUAGES,
    HeldAmount,
    LineFacts,
    LinesChanged,
    LongLines,
    PayeeDeduction,
    PoolDeduction,
    StatementDocument,
    StatementLine,
    StatementSection,
    StatementSummary,
    UsageReference,
    UsageSum,
    facts_of,
)
from muniment.kernel.formats.statements.pdf import render_pdf
from muniment.kernel.formats.statements.sheets import render_csv, render_xlsx
from muniment.kernel.formats.statements.writing import FORMS, StatementForm

__all__ = [
    "FORMS",
    "LANGUAGES",
    "Bar",
    "Chart",
    "HeldAmount",
    "LineFacts",
    "LinesChanged",
    "LongLines",
    "PayeeDeduction",
    "PoolDeduction",
    "StatementDocument",
    "StatementForm",
    "StatementLine",
    "StatementSection",
    "StatementSummary",
    "UsageReference",
    "UsageSum",
    "by_period",
    "by_source",
    "charts_of",
    "facts_of",
    "render_csv",
    "render_pdf",
    "render_xlsx",
]
