"""What a certificate says, as plain values; every figure is decided before."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF: its name, its bytes, its media type, and what it is for."""

    name: str
    content: bytes
    media_type: str
    description: str


@dataclass(frozen=True, slots=True)
class CertificateDocument:
    """A certificate of a deposit; `language` is one of `labels.LABELS`, `url` is what the QR code leads to.

    `files` are paths with their SHA-256, of which the first are printed.
    """

    language: str
    society: str
    number: str
    deposit_number: str
    holder: str
    title: str
    note: str
    deposited_at: datetime
    issued_at: datetime
    content_sha256: str
    file_count: int
    byte_count: int
    files: tuple[tuple[str, str], ...]
    log_origin: str
    leaf_index: int
    tree_size: int
    url: str
    attachments: tuple[Attachment, ...] = ()
