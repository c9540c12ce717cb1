"""Reads of the registry as frozen rows."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from muniment.kernel.words.paging import Page
from muniment.rights.registry.models import Certificate, Deposit, DepositFile, Particulars
from muniment.rights.registry.rules.contents import FileHash
from muniment.rights.registry.rules.likeness import FARTHEST, bands_of, distance, near_bands
from muniment.rights.registry.rules.numbers import BadNumber, parse_number
from muniment.trust.evidence.queries import get_record

_MOST_CANDIDATES = 5_000
_MOST_FILES = 50
"""Of a folder, near duplicates are looked up for the first so many files, the greatest first."""


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A deposit without the person; `leaf_index` is None while the leaf waits for the sequencer."""

    id: int
    number: str
    kind: str
    content_sha256: str
    file_count: int
    byte_count: int
    commitment: str
    is_kept: bool
    deposited_at: datetime
    erased_at: datetime | None
    request_key: str
    leaf_hash: str
    leaf_index: int | None


@dataclass(frozen=True, slots=True)
class ParticularsRow:
    """Who deposited and under which title, with the text and the salt that the deposit commits to."""

    depositor: str
    contact: str
    title: str
    note: str
    party_id: int | None
    body: str
    salt: str


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate; `pdf_sha256` is empty and `tree_size` None until the PDF is made."""

    number: str
    deposit: str
    language: str
    issued_at: datetime
    pdf_sha256: str
    tree_size: int | None
    made_at: datetime | None
    withdrawn_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """A file that was deposited before and is like one of now: `bits` of its code differ; None: the same bytes."""

    path: str
    number: str
    deposited_at: datetime
    bits: int | None


def get_deposit(number: str) -> DepositRow | None:
    """Return the deposit of a number; a number that is none has none."""
    try:
        row = Deposit.objects.filter(number=parse_number(number)).first()
    except BadNumber:
        return None
    return None if row is None else deposit_row(row)


def list_deposits(*, party_id: int | None = None, limit: int = 50, offset: int = 0) -> Page[DepositRow]:
    """Return deposits, newest first; of one member or of all."""
    rows = Deposit.objects.order_by("-id")
    if party_id is not None:
        rows = rows.filter(id__in=Particulars.objects.filter(party_id=party_id).values("deposit"))
    return Page(tuple(deposit_row(row) for row in rows[offset : offset + limit]), rows.count())


def get_particulars(number: str) -> ParticularsRow | None:
    """Return who made a deposit, None once it is erased."""
    row = Particulars.objects.filter(deposit__number=number).first()
    if row is None:
        return None
    said = json.loads(row.body)
    depositor, contact, title, note = (str(said[name]) for name in ("depositor", "contact", "title", "note"))
    return ParticularsRow(depositor, contact, title, note, row.party_id, row.body, row.salt)


def files_of(number: str) -> tuple[FileHash, ...]:
    """Return the files of a deposit in their order; without paths once it is erased."""
    rows = DepositFile.objects.filter(deposit__number=number).order_by("place")
    return tuple(FileHash(*row) for row in rows.values_list("path", "sha256", "byte_count", "code"))


def find_likenesses(files: tuple[FileHash, ...]) -> tuple[Likeness, ...]:
    """Return deposits before now with the same bytes as one of these files, or nearly the same; nearest first."""
    greatest = sorted(files, key=lambda one: -one.byte_count)[:_MOST_FILES]
    found = [like for one in greatest for like in (_same(one) or _near(one))]
    return tuple(sorted(found, key=lambda like: (-1 if like.bits is None else like.bits, like.deposited_at)))


def get_certificate(number: str) -> CertificateRow | None:
    """Return the certificate of a number; a number that is none has none."""
    try:
        row = Certificate.objects.select_related("deposit").filter(number=parse_number(number)).first()
    except BadNumber:
        return None
    return None if row is None else certificate_row(row)


def certificates_of(deposit: str) -> tuple[CertificateRow, ...]:
    """Return the certificates of a deposit, oldest first."""
    rows = Certificate.objects.select_related("deposit").filter(deposit__number=deposit).order_by("id")
    return tuple(certificate_row(row) for row in rows)


def list_certificates(*, limit: int = 50, offset: int = 0) -> Page[CertificateRow]:
    """Return certificates, newest first."""
    rows = Certificate.objects.select_related("deposit").order_by("-id")
    return Page(tuple(certificate_row(row) for row in rows[offset : offset + limit]), rows.count())


def deposit_row(row: Deposit) -> DepositRow:
    """Return the frozen row of a deposit."""
    record = get_record(f"deposit/{row.number}")
    return DepositRow(
        row.pk,
        row.number,
        row.kind,
        row.content_sha256,
        row.file_count,
        row.byte_count,
        row.commitment,
        row.is_kept,
        row.deposited_at,
        row.erased_at,
        row.request_key,
        "" if record is None else record.leaf_hash,
        None if record is None else record.index,
    )


def certificate_row(row: Certificate) -> CertificateRow:
    """Return the frozen row of a certificate."""
    return CertificateRow(
        row.number,
        row.deposit.number,
        row.language,
        row.issued_at,
        row.pdf_sha256,
        row.tree_size,
        row.made_at,
        row.withdrawn_at,
        row.reason,
    )


def _same(one: FileHash) -> list[Likeness]:
    rows = DepositFile.objects.filter(sha256=one.sha256).order_by("id").select_related("deposit")[:3]
    return [Likeness(one.path, row.deposit.number, row.deposit.deposited_at, None) for row in rows]


def _near(one: FileHash) -> list[Likeness]:
    if not one.code:
        return []
    wanted = Q()
    for place, band in enumerate(bands_of(one.code)):
        wanted |= Q(**{f"band_{place}__in": near_bands(band)})
    rows = DepositFile.objects.filter(wanted).values_list("id", "code")[:_MOST_CANDIDATES]
    near = sorted((bits, key) for key, code in rows if (bits := distance(one.code, code)) <= FARTHEST)[:3]
    known = DepositFile.objects.select_related("deposit").in_bulk([key for _, key in near])
    return [Likeness(one.path, known[key].deposit.number, known[key].deposit.deposited_at, bits) for bits, key in near]
