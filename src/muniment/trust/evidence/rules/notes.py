"""Signed notes and checkpoints: a text, an empty line, and one line for each signature (C2SP signed-note).

A verifier key reads `name+key id+base64 of the algorithm and the public key`. The key id is the first four bytes of a
SHA-256 over name, algorithm and key, so a signature under an unknown name or id is left out of account.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.leaves import is_signed
from muniment.trust.evidence.rules.tree import HASH_BYTES

ED25519 = 1
COSIGNATURE_ED25519 = 4
COSIGNATURE_ML_DSA_44 = 6
_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_ML_DSA_44: 1312}
_MOST_SIGNATURES = 100
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


class BadNote(UserError):
    """A text is no signed note, no checkpoint or no key, or it lacks the signature it needs."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name; `kind` is the algorithm as a number of the signed-note specification."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as others write it into their configuration (a vkey)."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A line below a note: whose, by which key, and the bytes."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def line(self) -> str:
        """The line as it stands in the note."""
        return f"— {self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending with a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of its tree: whose log it is, how many leaves it has and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_key(text: str) -> VerifierKey:
    """Return the key that a vkey says.

    Raises:
        BadNote: it says none, or its id is not that of the key.
    """
    name, key_id, coded = [*text.strip().split("+", 2), "", ""][:3]
    raw = unbase64(coded)
    if not is_name(name) or len(raw) < 2 or _PUBLIC_BYTES.get(raw[0]) != len(raw) - 1:
        raise BadNote(f"{text.strip()[:80]!r} is no verifier key.", "Write it as name+id+key, as its owner gave it.")
    key = VerifierKey(name, raw[0], raw[1:])
    if key.id.hex() != key_id:
        raise BadNote(f"The key of {name} does not fit its id {key_id}.", "Copy the whole key again.")
    return key


def is_name(name: str) -> bool:
    """Say whether a text can name a key or a log: no spaces, no plus, at most 255 bytes."""
    return bool(re.fullmatch(r"[^\s+]+", name)) and len(name.encode()) <= 255 and name.isprintable()


def read_note(content: str) -> Note:
    """Return the note that a text is.

    Raises:
        BadNote: it is none.
    """
    text, found, rest = content.rpartition("\n\n")
    lines = rest.split("\n")
    if not found or not text or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES or "\r" in content:
        raise BadNote("This is no signed note.", "It ends with an empty line and lines of signatures.")
    signatures = []
    for line in lines:
        parts = _SIGNATURE.fullmatch(line)
        raw = unbase64(parts[2]) if parts else b""
        if not parts or len(raw) < 5:
            raise BadNote(f"{line[:60]!r} is no line of a signature.", "The note was altered or cut.")
        signatures.append(Signature(parts[1], raw[:4], raw[4:]))
    return Note(text + "\n", tuple(signatures))


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that the text of a note is; lines behind the third are allowed and not read.

    Raises:
        BadNote: it is none.
    """
    lines = text.split("\n")
    root = unbase64(lines[2]) if len(lines) > 3 else b""
    if len(root) != HASH_BYTES or not lines[0] or not _DECIMAL.fullmatch(lines[1]) or int(lines[1]) >= 2**63:
        raise BadNote("This is no checkpoint of a log.", "It has an origin, a size and a root, one a line.")
    return Checkpoint(lines[0], int(lines[1]), root)


def sign_note(text: str, name: str, secret: bytes) -> Signature:
    """Return the Ed25519 signature of a text by the key `secret` (32 bytes) under a name."""
    key = Ed25519PrivateKey.from_private_bytes(secret)
    verifier = VerifierKey(name, ED25519, key.public_key().public_bytes_raw())
    return Signature(name, verifier.id, key.sign(text.encode()))


def is_signed_by(note: Note, key: VerifierKey) -> bool:
    """Say whether the note has a good Ed25519 signature by the key; others' lines are left out of account."""
    return key.kind == ED25519 and any(
        is_signed(key.public, note.text.encode(), signature.blob)
        for signature in note.signatures
        if (signature.name, signature.key_id) == (key.name, key.id)
    )


def unbase64(text: str) -> bytes:
    """Return the bytes that base64 text stands for; nothing where it is none, or not the one spelling of them."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""
