"""Taking deposits in, each with one leaf, and forgetting whoever made them."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from django.db import IntegrityError, transaction

from muniment.kernel.words.digests import Plain, canonical_json, digest_bytes, digest_value
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Certificate, Deposit, DepositFile, Particulars
from muniment.rights.registry.queries import DepositRow, deposit_row
from muniment.rights.registry.rules.contents import FileHash, check_files, content_digest, manifest_text
from muniment.rights.registry.rules.likeness import bands_of
from muniment.rights.registry.rules.numbers import DEPOSIT, make_number, parse_number
from muniment.rights.registry.services.bags import Content, remove_bag, take_bag
from muniment.rights.registry.services.certificates import remove_pdf
from muniment.trust.access.rules import Action, Actor, NotAllowed, allows, require, require_any
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.evidence.rules.leaves import SALT_BYTES, commitment
from muniment.trust.evidence.services import log_record
from muniment.trust.evidence.services.keys import Entropy, LogKeys

_MOST_LETTERS = 500
_COLUMNS = ("deposit_id", "place", "path", "sha256", "byte_count", "code", "band_0", "band_1", "band_2", "band_3")


class NoDeposit(UserError):
    """There is no such deposit, or it is erased."""


class BadParticulars(UserError):
    """The depositor has no name, or a text is too long or cannot be printed."""


@dataclass(frozen=True, slots=True)
class Depositor:
    """Who deposits, under which title: the half of a deposit that erasure forgets. `party_id` is a member's."""

    name: str
    title: str
    contact: str = ""
    note: str = ""
    party_id: int | None = None


def deposit(
    *,
    actor: Actor,
    at: datetime,
    depositor: Depositor,
    content: Content,
    keys: LogKeys,
    entropy: Entropy,
    home: Path,
) -> DepositRow:
    """Take a content in with a leaf that waits for the sequencer; the same request again gives the same deposit.

    A member deposits for oneself alone. The bag is on the disk before the rows are written.

    Raises:
        NotAllowed: the actor may not, or not for this depositor.
        BadParticulars, BadContent: what is given cannot be kept.
        NotKept: the disk is full.
    """
    require_any(actor, {Action.DEPOSIT_WRITE, Action.OWN_DEPOSIT})
    if not allows(actor, Action.DEPOSIT_WRITE) and (actor.party_id is None or depositor.party_id != actor.party_id):
        raise NotAllowed("{name} may deposit for oneself alone.", "Ask the registrar.", name=actor.name)
    _check(depositor)
    files = check_files(content.files)
    manifest = digest_bytes(manifest_text(files).encode())
    key = _request_key(depositor, content, manifest)
    known = Deposit.objects.filter(request_key=key).first()
    if known is not None:
        return deposit_row(known)
    take_bag(home, content, key)
    try:
        return _keep(actor, at, depositor, content, files, key, manifest, keys, entropy)
    except IntegrityError:
        first = Deposit.objects.filter(request_key=key).first()
        if first is None:
            raise
        return deposit_row(first)


@transaction.atomic
def erase_deposit(*, actor: Actor, at: datetime, number: str, home: Path) -> DepositRow:
    """Forget whoever deposited, the title, the names of the files, the bytes and the PDFs; hashes and leaf stay.

    A certificate that somebody holds goes on to verify, since it brings what we forget. The bytes go before the rows
    say so: a crash in between leaves a deposit that can be erased again, and never one that is erased and still there.

    Raises:
        NotAllowed: the actor may not.
        NoDeposit, BadNumber: there is none of that number, or it is erased.
        NotKept: a file cannot be removed.
    """
    require(actor, Action.DEPOSIT_WRITE)
    row = Deposit.objects.select_for_update().filter(number=parse_number(number), erased_at=None).first()
    if row is None:
        raise NoDeposit(
            "There is no deposit {number} to erase.", "Look at its number; it may be erased already.", number=number
        )
    key = row.request_key
    Particulars.objects.filter(deposit=row).delete()
    DepositFile.objects.filter(deposit=row).update(path="")
    row.request_key, row.is_kept, row.erased_at = digest_value(f"erased {row.number}"), False, at
    row.save(update_fields=["request_key", "is_kept", "erased_at"])
    record_event(
        actor=actor,
        at=at,
        tag="deposit.erased",
        subject_kind="deposit",
        subject_id=row.number,
        after={"content_sha256": row.content_sha256},
    )
    numbers = list(Certificate.objects.filter(deposit=row).values_list("number", flat=True))
    remove_bag(home, key)
    for one in numbers:
        remove_pdf(home, one)
    return deposit_row(row)


@transaction.atomic
def _keep(
    actor: Actor,
    at: datetime,
    depositor: Depositor,
    content: Content,
    files: tuple[FileHash, ...],
    key: str,
    manifest: str,
    keys: LogKeys,
    entropy: Entropy,
) -> DepositRow:
    body, salt = canonical_json(_facts(depositor, manifest)), entropy(SALT_BYTES)
    row = Deposit.objects.create(
        number=key[:20],
        request_key=key,
        kind=content.kind.value,
        content_sha256=content_digest(files),
        file_count=len(files),
        byte_count=sum(one.byte_count for one in files),
        commitment=commitment(salt, body).hex(),
        is_kept=content.staged is not None,
        deposited_at=at,
    )
    row.number = make_number(DEPOSIT, row.pk)
    row.save(update_fields=["number"])
    Particulars.objects.create(deposit=row, party_id=depositor.party_id, body=body.decode(), salt=salt.hex())
    places = count()
    copy_rows(DepositFile, _COLUMNS, (_cells(row.pk, next(places), one) for one in files))
    log_record(at=at, subject=f"deposit/{row.number}", record=_logged(row), keys=keys, entropy=entropy)
    record_event(
        actor=actor,
        at=at,
        tag="deposit.made",
        subject_kind="deposit",
        subject_id=row.number,
        after={"content_sha256": row.content_sha256, "file_count": row.file_count, "byte_count": row.byte_count},
    )
    return deposit_row(row)


def _logged(row: Deposit) -> dict[str, object]:
    """Return what the leaf of a deposit commits to: no name, no title, no path."""
    return {
        "kind": "deposit",
        "number": row.number,
        "content_sha256": row.content_sha256,
        "file_count": row.file_count,
        "byte_count": row.byte_count,
        "particulars": row.commitment,
    }


def _facts(depositor: Depositor, manifest: str) -> dict[str, Plain]:
    return {
        "depositor": depositor.name,
        "contact": depositor.contact,
        "title": depositor.title,
        "note": depositor.note,
        "manifest_sha256": manifest,
    }


def _cells(deposit_id: int, place: int, one: FileHash) -> tuple[object, ...]:
    bands = bands_of(one.code) if one.code else (None, None, None, None)
    return deposit_id, place, one.path, one.sha256, one.byte_count, one.code, *bands


def _request_key(depositor: Depositor, content: Content, manifest: str) -> str:
    kept = "hashes" if content.staged is None else "kept"
    return digest_value([*_facts(depositor, manifest).values(), depositor.party_id, kept])


def _check(depositor: Depositor) -> None:
    """Let a depositor pass whose texts can be kept and printed.

    Raises:
        BadParticulars: one cannot.
    """
    if not depositor.name.strip() or not depositor.title.strip():
        raise BadParticulars("A deposit has a depositor and a title.", "Give both.")
    for text in (depositor.name, depositor.title, depositor.contact, depositor.note):
        if len(text) > _MOST_LETTERS or any(ord(one) < 32 for one in text):
            raise BadParticulars(
                "{text!r} is too long, or has a line end.",
                "Write at most {most} letters on one line.",
                text=text[:40],
                most=_MOST_LETTERS,
            )
