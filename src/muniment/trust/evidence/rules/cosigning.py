"""The word of a witness: a cosignature below a checkpoint (C2SP tlog-cosignature), and how it is asked for.

A witness signs a checkpoint only if it is consistent with the last one it signed of the same log, so a quorum of
witnesses keeps a log from showing different trees to different people. Two algorithms: Ed25519 (cosignature/v1) and
ML-DSA-44, which a quantum computer does not break. Times are whole seconds since 1970.
"""

import base64
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from muniment.trust.evidence.rules.leaves import is_signed
from muniment.trust.evidence.rules.notes import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    BadNote,
    Checkpoint,
    Note,
    Signature,
    VerifierKey,
    read_checkpoint,
    read_note,
    unbase64,
)
from muniment.trust.evidence.rules.tree import HASH_BYTES

_SIGNATURE_BYTES = {COSIGNATURE_ED25519: 64, COSIGNATURE_ML_DSA_44: 2420}
_TIME_BYTES = 8
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class CosigningKey:
    """A witness's own key: its name, its algorithm and the 32 secret bytes."""

    name: str
    kind: int
    secret: bytes

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        if self.kind == COSIGNATURE_ML_DSA_44:
            public = MLDSA44PrivateKey.from_seed_bytes(self.secret).public_key().public_bytes_raw()
        else:
            public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """What a log asks a witness: to sign the checkpoint of a note, which grew out of the tree of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def text(self) -> str:
        """The body of the request, as C2SP tlog-witness spells it."""
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.proof)
        return f"old {self.old}\n{hashes}\n{self.note}"


def cosign(key: CosigningKey, text: str, seconds: int) -> Signature:
    """Return the witness's signature of the text of a checkpoint at a time."""
    verifier = key.verifier
    message = _message(verifier, text, seconds)
    if key.kind == COSIGNATURE_ML_DSA_44:
        signed = MLDSA44PrivateKey.from_seed_bytes(key.secret).sign(message)
    else:
        signed = Ed25519PrivateKey.from_private_bytes(key.secret).sign(message)
    return Signature(key.name, verifier.id, seconds.to_bytes(_TIME_BYTES) + signed)


def cosigned_at(note: Note, key: VerifierKey) -> int | None:
    """Return when the witness says to have signed the note; None without a good signature by the key."""
    for signature in note.signatures:
        if (signature.name, signature.key_id) == (key.name, key.id):
            seconds = int.from_bytes(signature.blob[:_TIME_BYTES])
            if seconds < 2**63 and _verify(key, note.text, seconds, signature.blob):
                return seconds
    return None


def read_request(text: str) -> WitnessRequest:
    """Return what a log asks of a witness.

    Raises:
        BadNote: the text is no such request.
    """
    head, _, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    word, _, digits = first.partition(" ")
    if word != "old" or not digits.isascii() or not digits.isdigit() or str(int(digits[:20])) != digits:
        raise BadNote("The first line does not say the old size.", "Write: old, a space and a number.")
    hashes = tuple(unbase64(line) for line in lines)
    if len(hashes) > _MOST_HASHES or any(len(one) != HASH_BYTES for one in hashes):
        raise BadNote("A line of the consistency proof is no hash.", "Write at most 63 hashes, one a line, as base64.")
    return WitnessRequest(int(digits), hashes, read_note(note))


def _verify(key: VerifierKey, text: str, seconds: int, blob: bytes) -> bool:
    signed = blob[_TIME_BYTES:]
    if len(signed) != _SIGNATURE_BYTES.get(key.kind):
        return False
    message = _message(key, text, seconds)
    if key.kind == COSIGNATURE_ED25519:
        return is_signed(key.public, message, signed)
    try:
        MLDSA44PublicKey.from_public_bytes(key.public).verify(signed, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(key: VerifierKey, text: str, seconds: int) -> bytes:
    """Return what a witness signs; the one of ML-DSA-44 names the witness and leaves further lines out."""
    if key.kind == COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {seconds}\n{text}".encode()
    seen: Checkpoint = read_checkpoint(text)
    name, origin = key.name.encode(), seen.origin.encode()
    return b"".join(
        (
            b"subtree/v1\n\0",
            len(name).to_bytes(1),
            name,
            seconds.to_bytes(_TIME_BYTES),
            len(origin).to_bytes(1),
            origin,
            (0).to_bytes(8),
            seen.size.to_bytes(8),
            seen.root,
        )
    )
