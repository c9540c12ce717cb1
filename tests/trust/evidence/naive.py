"""The Merkle tree of RFC 6962 as its definitions read, slow and plain: what the tests hold our tree against."""

import hashlib


def mth(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash of leaves (section 2.1)."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """Return the audit path of the leaf m (section 2.1.1)."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes]) -> list[bytes]:
    """Return the consistency proof from the first m leaves (section 2.1.2)."""
    return subproof(m, leaves, whole=True) if 0 < m < len(leaves) else []


def subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """Return the part of a consistency proof that one subtree gives."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def split(count: int) -> int:
    """Return the greatest power of two below a count."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k
