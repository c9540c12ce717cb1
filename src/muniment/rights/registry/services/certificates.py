"""Certificates: issued with a leaf, made as a signed PDF once the tree holds it, withdrawn with a leaf."""

import os
from datetime import datetime
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.certificates.document import CertificateDocument
from muniment.kernel.formats.certificates.labels import LABELS
from muniment.kernel.formats.certificates.pdf import render_certificate
from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Certificate, Deposit
from muniment.rights.registry.queries import (
    CertificateRow,
    DepositRow,
    ParticularsRow,
    certificate_row,
    deposit_row,
    files_of,
    get_particulars,
)
from muniment.rights.registry.rules.contents import contents_text, manifest_text
from muniment.rights.registry.rules.numbers import CERTIFICATE, make_number, parse_number
from muniment.rights.registry.services.enclosures import (
    NoCertificate,
    Registry,
    policy_file,
    proved_record,
    record_files,
    stamped_files,
    text_file,
)
from muniment.trust.access.rules import Action, Actor, NotAllowed, allows, instant_text, require, require_any
from muniment.trust.access.services import record_event
from muniment.trust.evidence.queries import RecordRow
from muniment.trust.evidence.rules import certificates as parts
from muniment.trust.evidence.rules.notes import read_checkpoint
from muniment.trust.evidence.rules.proofs import Proof
from muniment.trust.evidence.rules.signing import sign_pdf
from muniment.trust.evidence.services import log_record
from muniment.trust.evidence.services.keys import Entropy, LogKeys

__all__ = [
    "NoCertificate",
    "NotWritten",
    "Registry",
    "issue_certificate",
    "make_certificate",
    "pdf_path",
    "remove_pdf",
    "withdraw_certificate",
]

_MOST_REASON = 500


class NotWritten(UserError):
    """The PDF could not be written."""


def pdf_path(home: Path, number: str) -> Path:
    """Return where the PDF of a certificate lies."""
    return home / "certificates" / f"{number}.pdf"


@transaction.atomic
def issue_certificate(
    *, actor: Actor, at: datetime, deposit: str, language: str, issuer: str, keys: LogKeys, entropy: Entropy
) -> CertificateRow:
    """Issue the certificate of a deposit in a language, with a leaf that waits; asked again, it is the same one.

    A member has those of the own deposits.

    Raises:
        NotAllowed: the actor may not.
        NoCertificate: there is no such deposit, it is erased, or the language is not one of ours.
    """
    require_any(actor, {Action.DEPOSIT_WRITE, Action.OWN_DEPOSIT})
    row = Deposit.objects.select_for_update().filter(number=parse_number(deposit), erased_at=None).first()
    if row is None or language not in LABELS:
        raise NoCertificate(
            "There is no deposit {number} to certify in {language!r}.",
            "Look at its number; languages are {languages}.",
            number=deposit,
            language=language,
            languages=tuple(LABELS),
        )
    person = get_particulars(row.number)
    own = person is not None and person.party_id is not None and person.party_id == actor.party_id
    if not allows(actor, Action.DEPOSIT_WRITE) and not own:
        raise NotAllowed(
            "{name} may have certificates of the own deposits alone.", "Ask the registrar.", name=actor.name
        )
    issued = Certificate.objects.filter(deposit=row, language=language, withdrawn_at=None).first()
    if issued is not None:
        return certificate_row(issued)
    made = Certificate.objects.create(
        number=f"{row.number}/{language}"[:20], deposit=row, language=language, issued_at=at
    )
    made.number = make_number(CERTIFICATE, made.pk)
    made.save(update_fields=["number"])
    record = _logged(made, deposit_row(row), issuer)
    log_record(at=at, subject=f"certificate/{made.number}", record=record, keys=keys, entropy=entropy)
    record_event(
        actor=actor,
        at=at,
        tag="certificate.issued",
        subject_kind="certificate",
        subject_id=made.number,
        after={"deposit": row.number, "language": language},
    )
    return certificate_row(made)


def make_certificate(*, actor: Actor, at: datetime, number: str, registry: Registry) -> CertificateRow:
    """Typeset, sign and keep the PDF of a certificate whose leaf is in the tree; made once, it stays as it is.

    The file is on the disk before the row says so; a crash in between makes it anew.

    Raises:
        NotAllowed: the actor may not.
        NoCertificate: there is none of that number, its deposit is erased, or it is withdrawn.
        NotLogged: the leaf waits, or its tree lacks cosignatures.
        NotSigned: the signer's certificate is not valid, or no timestamp is given.
        NotWritten: the disk is full.
    """
    require_any(actor, {Action.DEPOSIT_WRITE, Action.OWN_DEPOSIT})
    row = Certificate.objects.select_related("deposit").filter(number=parse_number(number)).first()
    person = None if row is None else get_particulars(row.deposit.number)
    if row is None or person is None or row.withdrawn_at is not None:
        raise NoCertificate(
            "There is no certificate {number} to make.", "It may be withdrawn, or its deposit erased.", number=number
        )
    if row.pdf_sha256:
        return certificate_row(row)
    subjects = ((parts.CERTIFICATE, row.number), (parts.DEPOSIT, row.deposit.number))
    proofs = {name: proved_record(registry, f"{name}/{given}") for name, given in subjects}
    size = read_checkpoint(proofs[parts.CERTIFICATE][1].note.text).size
    document = _document(row, person, registry, proofs)
    pdf = render_certificate(document)
    signed = sign_pdf(pdf, registry.signer, at, reason=document.number, stamp=registry.stamp)
    return _keep_pdf(actor, at, row.pk, signed, size, registry.home)


@transaction.atomic
def withdraw_certificate(
    *, actor: Actor, at: datetime, number: str, reason: str, keys: LogKeys, entropy: Entropy
) -> CertificateRow:
    """Withdraw a certificate, with a leaf that says so; the reason is public, so it names no person.

    Raises:
        NotAllowed: the actor may not.
        NoCertificate: there is none of that number, it is withdrawn, or no reason is given.
    """
    require(actor, Action.DEPOSIT_WRITE)
    rows = Certificate.objects.select_for_update().select_related("deposit")
    row = rows.filter(number=parse_number(number), withdrawn_at=None).first()
    if row is None or not 0 < len(reason.strip()) <= _MOST_REASON:
        raise NoCertificate("There is no certificate {number} to withdraw, or no reason.", "Give both.", number=number)
    row.withdrawn_at, row.reason = at, reason.strip()
    row.save(update_fields=["withdrawn_at", "reason"])
    record = {"kind": "withdrawal", "number": row.number, "reason": row.reason}
    log_record(at=at, subject=f"withdrawal/{row.number}", record=record, keys=keys, entropy=entropy)
    record_event(
        actor=actor,
        at=at,
        tag="certificate.withdrawn",
        subject_kind="certificate",
        subject_id=row.number,
        after={"reason": row.reason},
    )
    return certificate_row(row)


def remove_pdf(home: Path, number: str) -> None:
    """Delete our copy of a certificate, and one that was never finished; none is no error."""
    path = pdf_path(home, number)
    path.unlink(missing_ok=True)
    _unfinished(path).unlink(missing_ok=True)


def _logged(row: Certificate, deposit: DepositRow, issuer: str) -> dict[str, object]:
    """Return what the leaf of a certificate commits to: no name and no title."""
    return {
        "kind": "certificate",
        "number": row.number,
        "deposit": deposit.number,
        "deposit_leaf": deposit.leaf_hash,
        "deposited_at": instant_text(deposit.deposited_at),
        "content_sha256": deposit.content_sha256,
        "particulars": deposit.commitment,
        "language": row.language,
        "issuer": issuer,
    }


def _document(
    row: Certificate, person: ParticularsRow, registry: Registry, proofs: dict[str, tuple[RecordRow, Proof]]
) -> CertificateDocument:
    deposit, files = row.deposit, files_of(row.deposit.number)
    proof = proofs[parts.CERTIFICATE][1]
    checkpoint = read_checkpoint(proof.note.text)
    attachments = [
        *(one for name, (record, found) in proofs.items() for one in record_files(name, record, found)),
        text_file(
            parts.PARTICULARS, parts.particulars_file(person.body, person.salt), "holder and title, with their salt"
        ),
        text_file(parts.CONTENTS, contents_text(files).encode(), "SHA-256 and size of each file"),
        text_file(parts.MANIFEST, manifest_text(files).encode(), "SHA-256 and name of each file (BagIt)"),
        policy_file(registry),
        *stamped_files(checkpoint.size),
    ]
    return CertificateDocument(
        language=row.language,
        society=registry.name,
        number=row.number,
        deposit_number=deposit.number,
        holder=person.depositor,
        title=person.title,
        note=person.note,
        deposited_at=deposit.deposited_at,
        issued_at=row.issued_at,
        content_sha256=deposit.content_sha256,
        file_count=deposit.file_count,
        byte_count=deposit.byte_count,
        files=tuple((one.path, one.sha256) for one in files),
        log_origin=checkpoint.origin,
        leaf_index=proof.index,
        tree_size=checkpoint.size,
        url=f"{registry.url}{row.number}/",
        attachments=tuple(attachments),
    )


def _keep_pdf(actor: Actor, at: datetime, key: int, signed: bytes, size: int, home: Path) -> CertificateRow:
    """Write the PDF whole, then say so in its row; of two that were made at once the first stays."""
    try:
        with transaction.atomic():
            row = Certificate.objects.select_for_update().select_related("deposit").get(pk=key)
            if row.pdf_sha256:
                return certificate_row(row)
            _write(pdf_path(home, row.number), signed)
            row.pdf_sha256, row.tree_size, row.made_at = digest_bytes(signed), size, at
            row.save(update_fields=["pdf_sha256", "tree_size", "made_at"])
            record_event(
                actor=actor,
                at=at,
                tag="certificate.made",
                subject_kind="certificate",
                subject_id=row.number,
                after={"pdf_sha256": row.pdf_sha256, "tree_size": size},
            )
            return certificate_row(row)
    except OSError as error:
        raise NotWritten(
            "The certificate cannot be written ({cause}).", "Make room, and ask again.", cause=error.strerror
        ) from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _unfinished(path)
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".unfinished")
