"""The forms in which a statement can be taken away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from muniment.kernel.formats.statements.document import StatementDocument
from muniment.kernel.formats.statements.pdf import render_pdf
from muniment.kernel.formats.statements.sheets import render_csv, render_xlsx


@dataclass(frozen=True, slots=True)
class StatementForm:
    """One form of a statement: the ending of its file's name, its media type, and what makes the bytes."""

    ending: str
    media_type: str
    render: Callable[[StatementDocument], bytes]

    def file_name(self, document: StatementDocument) -> str:
        """Return the name of the statement's file: letters, digits, - and _ whatever its number is made of."""
        number = "".join(char if char.isalnum() or char in "-_" else "-" for char in document.number)
        return f"statement-{number}-{document.language}.{self.ending}"


FORMS: Mapping[str, StatementForm] = {
    form.ending: form
    for form in (
        StatementForm("pdf", "application/pdf", render_pdf),
        StatementForm("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", render_xlsx),
        StatementForm("csv", "text/csv; charset=utf-8", render_csv),
    )
}
"""Every form by the ending of its file's name."""
