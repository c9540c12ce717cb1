"""What somebody verifies without a network: a leaf's place, its path to the root, and the signed checkpoint.

The file is C2SP tlog-proof; `extra` holds the 128 bytes of the leaf, so that the file alone says what it proves. They
are believed only because the path from them leads to a root that the log signed, and enough witnesses.
"""

import base64
import hashlib
import re
from dataclasses import dataclass

from muniment.trust.evidence.rules.leaves import Leaf, commitment, is_leaf_signed, open_leaf
from muniment.trust.evidence.rules.notes import Checkpoint, Note, read_checkpoint, read_note, unbase64
from muniment.trust.evidence.rules.policies import Policy, check_note
from muniment.trust.evidence.rules.tree import HASH_BYTES, BadProof, leaf_hash, verify_inclusion

FIRST_LINE = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf's proof; `extra` are its 128 bytes, or whatever another log put there."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    @property
    def text(self) -> str:
        """The file."""
        extra = f"extra {base64.b64encode(self.extra).decode()}\n" if self.extra else ""
        path = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.path)
        return f"{FIRST_LINE}\n{extra}index {self.index}\n{path}\n{self.note}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof that holds says: which leaf stands where, in which tree, and who signed that and when."""

    leaf: Leaf
    index: int
    checkpoint: Checkpoint
    witnesses: dict[str, int]


def read_proof(text: str) -> Proof:
    """Return the proof that a file says.

    Raises:
        BadProof: it is none.
        BadNote: its checkpoint is none.
    """
    head, _, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = unbase64(lines.pop(0).removeprefix("extra "))
        if not extra:
            raise BadProof("The line `extra` is not base64.", "The file was altered or cut.")
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines[0]) if lines else None
    if first != FIRST_LINE or not index:
        raise BadProof("This is no proof of a log.", f"Its first line is {FIRST_LINE}, then follows the index.")
    path = tuple(unbase64(line) for line in lines[1:])
    if len(path) > 63 or any(len(one) != HASH_BYTES for one in path):
        raise BadProof("A line of the path is no hash.", "The file was altered or cut.")
    return Proof(int(index[1]), path, read_note(note), extra)


def verify_proof(text: str, policy: Policy, leaf: bytes | None = None) -> Verified:
    """Return what the file proves, by the policy; `leaf` is the leaf asked for, else the one that the file holds.

    Raises:
        BadProof, BadNote, BadLeaf, NotTrusted: it proves nothing, or not of this leaf.
    """
    proof = read_proof(text)
    body = proof.extra if leaf is None else leaf
    if leaf is not None and proof.extra not in (b"", leaf):
        raise BadProof("The proof is of another leaf.", "Take the proof that was made for this record.")
    checkpoint = read_checkpoint(proof.note.text)
    opened = open_leaf(body)
    verify_inclusion(leaf_hash(body), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return Verified(opened, proof.index, checkpoint, check_note(proof.note, policy))


def check_record(verified: Verified, salt: bytes, record: bytes, public: bytes) -> None:
    """Let a record pass that the leaf commits to, and that the key signed.

    Raises:
        BadProof: the leaf is of another record, or of another signer.
    """
    leaf = verified.leaf
    if open_checksum(salt, record) != leaf.checksum:
        raise BadProof("The leaf is not of this record.", "The record or its salt differs from what was logged.")
    if not is_leaf_signed(leaf, public):
        raise BadProof("The leaf was not signed with this key.", "Ask the registrar for the key it signs with.")


def open_checksum(salt: bytes, record: bytes) -> bytes:
    """Return the checksum of the leaf that commits to a record.

    Raises:
        BadProof: the salt has not 32 bytes.
    """
    try:
        return hashlib.sha256(commitment(salt, record)).digest()
    except ValueError as error:
        raise BadProof("The salt is not that of a record.", "It has 32 bytes.") from error
