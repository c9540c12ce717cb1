"""The certificate as PDF/A-3b, typeset by Typst with the fonts of our own packages; equal documents, equal bytes."""

import io
import json
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import segno
import typst

from muniment.kernel.formats.certificates.document import Attachment, CertificateDocument
from muniment.kernel.formats.certificates.labels import LABELS, RIGHT_TO_LEFT

_HERE = Path(__file__).parent
_LAYOUT = "certificate.typ"
_FONTS = (
    ("fontpkg_noto_sans", "files"),
    ("fontpkg_noto_sans_arabic", "files"),
    ("cvttf_NotoSansCJK_Regular", ""),
)
_SHOWN_FILES = 12


def render_certificate(document: CertificateDocument) -> bytes:
    """Return the PDF of a certificate, not signed yet."""
    return typeset(_LAYOUT, _view(document), document.issued_at)


def typeset(layout: str, view: dict[str, Any], at: datetime) -> bytes:
    """Return the PDF/A-3b that a layout of this folder makes of a view, dated `at`."""
    compiler = typst.Compiler(input=_layout(layout), root=str(_HERE), font_paths=_fonts())
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"document": json.dumps(view, ensure_ascii=False)},
        timestamp=at.astimezone(UTC).replace(microsecond=0),
        pdf_standards=["a-3b"],
    )
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returned several files for one PDF")
    return pdf


def qr_svg(url: str) -> str:
    """Return the QR code of an address as SVG, with a sixth of it to spare (level M)."""
    stream = io.BytesIO()
    segno.make(url, error="m", micro=False).save(stream, kind="svg", xmldecl=False, border=2)
    return stream.getvalue().decode()


@lru_cache
def _layout(name: str) -> bytes:
    return (_HERE / name).read_bytes()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    folders = [str(resources.files(package) / folder) for package, folder in _FONTS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _view(document: CertificateDocument) -> dict[str, Any]:
    """Return the document as the layout wants it: every value written out."""
    labels = LABELS[document.language]
    more = document.file_count - len(document.files[:_SHOWN_FILES])
    return {
        "labels": labels,
        "language": document.language,
        "right_to_left": document.language in RIGHT_TO_LEFT,
        "title": f"{labels['heading']} {document.number}",
        "society": document.society,
        "number": document.number,
        "url": document.url,
        "qr": qr_svg(document.url),
        "facts": _facts(document, labels),
        "listed": document.files[:_SHOWN_FILES],
        "more": labels["more"].format(count=more) if more else "",
        "files": [attached_view(one) for one in document.attachments],
    }


def _facts(document: CertificateDocument, labels: dict[str, str]) -> list[list[object]]:
    """Return label, value, and whether the value is a code that runs left to right."""
    rows: list[list[object]] = [
        [labels["number"], document.number, True],
        [labels["holder"], document.holder, False],
        [labels["title"], document.title, False],
        [labels["note"], document.note, False],
        [labels["deposit"], document.deposit_number, True],
        [labels["deposited"], _instant(document.deposited_at), True],
        [labels["issued"], _instant(document.issued_at), True],
        [labels["digest"], document.content_sha256, True],
        [labels["files"], f"{document.file_count}", True],
        [labels["bytes"], f"{document.byte_count}", True],
        [labels["log"], document.log_origin, True],
        [labels["leaf"], f"{document.leaf_index} / {document.tree_size}", True],
    ]
    return [row for row in rows if row[1]]


def attached_view(one: Attachment) -> dict[str, object]:
    """Return an attachment: texts as text, which Typst takes faster, other bytes one by one."""
    text: str | None = None
    if one.media_type.startswith("text/") or one.media_type == "application/json":
        text = one.content.decode()
    whole = None if text is not None else list(one.content)
    return {
        "name": one.name,
        "text": text,
        "bytes": whole,
        "mime": one.media_type,
        "description": one.description,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
