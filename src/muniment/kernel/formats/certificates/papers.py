"""Papers of the register as PDF/A-3b: certificate of registration, extract, search certificate; equal bytes for equals.

The three have one layout (`paper.typ`): the numbers as a code of their own, facts, tables, what it means, what is
attached; at the foot the code that leads to the public record on the left, and the seal on the right.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from muniment.kernel.formats.certificates.document import Attachment
from muniment.kernel.formats.certificates.labels import RIGHT_TO_LEFT
from muniment.kernel.formats.certificates.paper_labels import PAPER_LABELS, paper_word
from muniment.kernel.formats.certificates.pdf import attached_view, qr_svg, typeset

_LAYOUT = "paper.typ"


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a paper: the key of its label, its value, and whether that is a code that runs left to right."""

    key: str
    value: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a paper: the key of its heading, the keys of its columns, and its rows; without rows it says so."""

    key: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PaperDocument:
    """A paper: `kind` is registration, extract or search, `code` the numbers that its own QR code says (or nothing).

    `url` is what the QR code at the foot leads to; facts without a value are left out.
    """

    kind: str
    language: str
    society: str
    number: str
    issued_at: datetime
    url: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...] = ()
    code: str = ""
    is_sealed: bool = False
    attachments: tuple[Attachment, ...] = ()


def render_paper(document: PaperDocument) -> bytes:
    """Return the PDF of a paper, not signed yet."""
    return typeset(_LAYOUT, _view(document), document.issued_at)


def _view(document: PaperDocument) -> dict[str, Any]:
    language = document.language
    heading = paper_word(language, f"heading.{document.kind}")
    return {
        "labels": PAPER_LABELS[language],
        "language": language,
        "right_to_left": language in RIGHT_TO_LEFT,
        "title": f"{heading} {document.number}",
        "heading": heading,
        "certifies": paper_word(language, f"certifies.{document.kind}"),
        "means": paper_word(language, f"means.{document.kind}"),
        "society": document.society,
        "number": document.number,
        "url": document.url,
        "qr": qr_svg(document.url),
        "code": document.code,
        "code_qr": qr_svg(document.code) if document.code else "",
        "is_sealed": document.is_sealed,
        "facts": [[paper_word(language, one.key), one.value, one.is_code] for one in document.facts if one.value],
        "sections": [
            {
                "heading": paper_word(language, one.key),
                "columns": [paper_word(language, key) for key in one.columns],
                "rows": [list(row) for row in one.rows],
            }
            for one in document.sections
        ],
        "files": [attached_view(one) for one in document.attachments],
    }
