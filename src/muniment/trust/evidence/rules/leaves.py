"""What a leaf is: 128 bytes as Sigsum v1 has them, over a salted commitment, so that no person stands in the tree.

A record is spelt as canonical JSON; `message` is the SHA-256 of a random salt and that text; the leaf holds the
SHA-256 of the message (`checksum`), the submitter's Ed25519 signature and the SHA-256 of the submitter's key. Whoever
has the record and the salt can show what the leaf is about; once both are erased, nobody can.
"""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from muniment.kernel.words.problems import UserError

LEAF_BYTES = 128
MESSAGE_BYTES = 32
SALT_BYTES = 32
_LEAF_NAMESPACE = b"sigsum.org/v1/tree-leaf\0"
_TOKEN_NAMESPACE = b"sigsum.org/v1/submit-token\0"


class BadLeaf(UserError):
    """Bytes are no leaf, or its signature is not that of its key."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: 32 bytes of checksum, 64 of signature, 32 of the key's hash."""

    checksum: bytes
    signature: bytes
    key_hash: bytes

    @property
    def body(self) -> bytes:
        """The 128 bytes that the tree holds."""
        return self.checksum + self.signature + self.key_hash


def commitment(salt: bytes, record: bytes) -> bytes:
    """Return the message that commits to a record without showing it.

    Raises:
        ValueError: the salt has not 32 bytes; a shorter one could be guessed.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(salt + record).digest()


def sign_leaf(secret: bytes, message: bytes) -> Leaf:
    """Return the leaf of a message, signed with the submitter's key (32 bytes).

    Raises:
        BadLeaf: the message has not 32 bytes.
    """
    key = Ed25519PrivateKey.from_private_bytes(secret)
    checksum = _checksum(message)
    return Leaf(checksum, key.sign(_LEAF_NAMESPACE + checksum), key_hash(key.public_key().public_bytes_raw()))


def check_leaf(message: bytes, signature: bytes, public: bytes) -> Leaf:
    """Return the leaf of a message that somebody else signed.

    Raises:
        BadLeaf: the message has not 32 bytes, or the signature is not that of the key.
    """
    checksum = _checksum(message)
    if not is_signed(public, _LEAF_NAMESPACE + checksum, signature):
        raise BadLeaf("The signature is not that of the key.", "Sign the namespace, a NUL and the checksum.")
    return Leaf(checksum, signature, key_hash(public))


def is_leaf_signed(leaf: Leaf, public: bytes) -> bool:
    """Say whether the leaf was signed with the key, and names it."""
    return leaf.key_hash == key_hash(public) and is_signed(public, _LEAF_NAMESPACE + leaf.checksum, leaf.signature)


def open_leaf(body: bytes) -> Leaf:
    """Return the leaf that 128 bytes are.

    Raises:
        BadLeaf: they are not 128.
    """
    if len(body) != LEAF_BYTES:
        raise BadLeaf(f"A leaf has {LEAF_BYTES} bytes, not {len(body)}.", "This is no leaf of the log.")
    return Leaf(body[:32], body[32:96], body[96:])


def key_hash(public: bytes) -> bytes:
    """Return the hash by which a key is named."""
    return hashlib.sha256(public).digest()


def is_token(public: bytes, log_public: bytes, token: bytes) -> bool:
    """Say whether a submit token for the log was signed with the key."""
    return is_signed(public, _TOKEN_NAMESPACE + log_public, token)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether an Ed25519 signature is that of the key; bytes that are no key sign nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _checksum(message: bytes) -> bytes:
    if len(message) != MESSAGE_BYTES:
        raise BadLeaf(f"A message has {MESSAGE_BYTES} bytes, not {len(message)}.", "Send the SHA-256 of your data.")
    return hashlib.sha256(message).digest()
