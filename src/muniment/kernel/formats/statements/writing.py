"""The forms in which a statement can be taken away."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from muniment.kernel.formats.statements.document import StatementDocument
from muniment.kernel.formats.statements.pdf import write_statement_pdf
from muniment.kernel.formats.statements.sheets import write_statement_csv, write_statement_xlsx


@dataclass(frozen=True, slots=True)
class StatementForm:
    """One form of a statement: the ending of its file's name, its media type, and what writes the bytes.

    `write` takes the document and a binary stream, and little memory however long the statement is.
    """

    ending: str
    media_type: str
    write: Callable[[StatementDocument, BinaryIO], None]

    def render(self, document: StatementDocument) -> bytes:
        """Return the bytes of the statement; the same document gives the same bytes."""
        stream = io.BytesIO()
        self.write(document, stream)
        return stream.getvalue()

    def file_name(self, document: StatementDocument) -> str:
        """Return the name of the statement's file: letters, digits, - and _ whatever its number is made of."""
        number = "".join(char if char.isalnum() or char in "-_" else "-" for char in document.number)
        return f"statement-{number}-{document.language}.{self.ending}"


_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMS: Mapping[str, StatementForm] = {
    form.ending: form
    for form in (
        StatementForm("pdf", "application/pdf", write_statement_pdf),
        StatementForm(
            "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_statement_xlsx
        ),
        StatementForm("csv", "text/csv; charset=utf-8", write_statement_csv),
    )
}
"""Every form by the ending of its file's name."""
