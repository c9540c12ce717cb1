"""Our own witness, for other people's logs: it cosigns a checkpoint that grew out of the last one, and nothing else.

What a log signed and cannot have grown is kept as it came in: with the checkpoint that we cosigned before, it proves to
anybody that the log showed two trees. State and answer are one transaction, so no two requests are judged by one state.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.models import Misbehaviour, WitnessedLog
from muniment.trust.evidence.rules.cosigning import CosigningKey, WitnessRequest, cosign, read_request
from muniment.trust.evidence.rules.notes import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    BadNote,
    Checkpoint,
    is_name,
    is_signed_by,
    read_checkpoint,
    read_key,
)
from muniment.trust.evidence.rules.tree import EMPTY_ROOT, BadProof, verify_consistency
from muniment.trust.evidence.services.keys import Entropy

KEY_NAME = "witness_key"
PLAIN = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
MOST_EVIDENCE = 100
"""How many requests of one log are kept as proof of misbehaviour; more would prove nothing more."""


class BadWitness(UserError):
    """The witness has no name or no key, or a log cannot be added."""


@dataclass(frozen=True, slots=True)
class WitnessReply:
    """What the witness answers: an HTTP status, a body and its type."""

    status: int
    body: str
    content_type: str = PLAIN


def witness_keys(home: Path, name: str, entropy: Entropy) -> tuple[CosigningKey, ...]:
    """Return the witness's keys, Ed25519 and ML-DSA-44; made on first use, each 32 bytes in `witness_key`.

    Raises:
        BadWitness: the name cannot name a witness, or the file holds no keys.
    """
    if not is_name(name):
        raise BadWitness(f"{name!r} cannot name a witness.", "Set MUNIMENT_WITNESS_NAME to an address without https://")
    path = home / KEY_NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{entropy(32).hex()}\n{entropy(32).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
    try:
        secrets = [bytes.fromhex(line) for line in path.read_text().split()]
    except ValueError:
        secrets = []
    if [len(secret) for secret in secrets] != [32, 32]:
        raise BadWitness(f"{path} holds no two keys.", "Restore it from a backup of the home.")
    return CosigningKey(name, COSIGNATURE_ED25519, secrets[0]), CosigningKey(name, COSIGNATURE_ML_DSA_44, secrets[1])


@transaction.atomic
def know_log(*, actor: Actor, at: datetime, key: str) -> None:
    """Cosign for a log from now on, or under a further key of it; `key` is its verifier key.

    Raises:
        NotAllowed: the actor may not.
        BadNote: it is no verifier key. BadWitness: it is no log's, or known already.
    """
    require(actor, Action.LOG_WRITE)
    known = read_key(key)
    if known.kind != ED25519:
        raise BadWitness(f"The key of {known.name} is no log's.", "A log signs with a key of kind 1.")
    row, _ = WitnessedLog.objects.select_for_update().get_or_create(
        origin=known.name, defaults={"root": EMPTY_ROOT.hex()}
    )
    if known.text in row.keys.split():
        raise BadWitness(f"{known.name} is known with this key.", "There is nothing to do.")
    row.keys = f"{row.keys}{known.text}\n"
    row.save(update_fields=["keys"])
    record_event(
        actor=actor,
        at=at,
        tag="witness.log_known",
        subject_kind="log",
        subject_id=known.name,
        after={"key": known.text},
    )


@transaction.atomic
def add_checkpoint(*, at: datetime, text: str, keys: tuple[CosigningKey, ...]) -> WitnessReply:
    """Judge a checkpoint that a log sends with its proof, as C2SP tlog-witness says, and answer.

    200 with cosignatures; 400 no such request; 403 no known key signed; 404 unknown log; 409 with the size that we
    know, where the old size is not that one, or where two trees of one size were signed; 422 where the tree did not
    grow out of the one we know; 503 where our clock stands before our last cosignature.
    """
    try:
        request = read_request(text)
        seen = read_checkpoint(request.note.text)
    except BadNote as error:
        return WitnessReply(400, f"{error}\n")
    log = WitnessedLog.objects.select_for_update().filter(origin=seen.origin).first()
    if log is None:
        return WitnessReply(404, "This witness does not know the log.\n")
    if not any(is_signed_by(request.note, read_key(key)) for key in log.keys.split()):
        return WitnessReply(403, "No known key of the log signed this.\n")
    if request.old > seen.size or (request.old == 0 and request.proof):
        return WitnessReply(400, "The old size is greater than the checkpoint's, or a proof from nothing is given.\n")
    refused = _refuse(log, request, seen, at)
    if refused:
        return refused
    seconds = int(at.timestamp())
    if seconds < log.cosigned_at:
        return WitnessReply(503, "The clock of this witness stands before its last cosignature.\n")
    lines = "".join(cosign(key, request.note.text, seconds).line for key in keys)
    log.size, log.root, log.note, log.cosigned_at = seen.size, seen.root.hex(), str(request.note), seconds
    log.save()
    return WitnessReply(200, lines)


def _refuse(log: WitnessedLog, request: WitnessRequest, seen: Checkpoint, at: datetime) -> WitnessReply | None:
    """Say why a signed checkpoint does not follow the one we know, and keep it where that proves a fork."""
    same_size = log.note != "" and seen.size == log.size
    if same_size and seen.root.hex() != log.root:
        _remember(log, request, at, f"two trees of {seen.size} leaves")
        return WitnessReply(409, f"{log.size}\n", SIZE)
    if request.old != log.size:
        return WitnessReply(409, f"{log.size}\n", SIZE)
    try:
        verify_consistency(log.size, seen.size, bytes.fromhex(log.root), seen.root, request.proof)
    except BadProof as error:
        _remember(log, request, at, f"a tree of {seen.size} leaves that did not grow out of the one of {log.size}")
        return WitnessReply(422, f"{error.message}\n")
    return None


def _remember(log: WitnessedLog, request: WitnessRequest, at: datetime, reason: str) -> None:
    digest = digest_bytes(request.note.text.encode())
    if Misbehaviour.objects.filter(log=log).count() < MOST_EVIDENCE:
        row = Misbehaviour(log=log, seen_at=at, reason=reason, request=request.text, known=log.note, digest=digest)
        Misbehaviour.objects.bulk_create([row], ignore_conflicts=True)
