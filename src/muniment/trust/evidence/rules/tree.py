"""The Merkle tree of RFC 6962: hashes, the right edge that grows, proofs and their verification.

A tree over n leaves splits at the greatest power of two below n; leaves are hashed behind a 0, nodes behind a 1. Sizes
and indexes are counts of leaves; a hash is 32 bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from muniment.kernel.words.problems import UserError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
"""The root of the tree without leaves."""

ReadNode = Callable[[int, int], bytes]
"""Gives the root of a complete subtree: of 2**level leaves, the index-th of its level."""


class BadProof(UserError):
    """A proof does not show what it should show."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size, and the roots of its complete subtrees, the largest first.

    There is one root for each bit that is set in the size.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two halves."""
    return hashlib.sha256(b"\1" + left + right).digest()


def extend(frontier: Frontier, hashes: Iterable[bytes]) -> Frontier:
    """Return the right edge after more leaf hashes."""
    size, roots = frontier.size, list(frontier.roots)
    for added in hashes:
        roots.append(added)
        size += 1
        joined = size
        while joined % 2 == 0:
            right = roots.pop()
            roots[-1] = node_hash(roots[-1], right)
            joined //= 2
    return Frontier(size, tuple(roots))


def root_of(frontier: Frontier) -> bytes:
    """Return the root of a tree by its right edge."""
    if not frontier.roots:
        return EMPTY_ROOT
    *rest, root = frontier.roots
    for left in reversed(rest):
        root = node_hash(left, root)
    return root


def range_root(start: int, end: int, read: ReadNode) -> bytes:
    """Return the root of a subtree that a split leaves: over the leaves from `start` up to `end`.

    Raises:
        ValueError: no split leaves such a subtree.
    """
    if not 0 <= start < end or start & ((1 << (end - start - 1).bit_length()) - 1):
        raise ValueError(f"no subtree spans the leaves from {start} to {end}")
    roots: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        roots.append(read(level, start >> level))
        start += 1 << level
    return root_of(Frontier(end, tuple(roots)))


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """Return the proof that a tree of `size` leaves holds the one at `index`, its sibling first.

    Raises:
        BadProof: there is no such leaf.
    """
    if not 0 <= index < size:
        raise BadProof(f"A tree of {size} leaves has none at {index}.", "Ask with a leaf that the tree holds.")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, read))
            end = middle
        else:
            path.append(range_root(start, middle, read))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, read: ReadNode) -> list[bytes]:
    """Return the proof that the first `old` of `new` leaves are the tree of that size; nothing if 0 or equal.

    Raises:
        BadProof: the old size is the greater.
    """
    if not 0 <= old <= new:
        raise BadProof(f"A tree of {new} leaves holds none of {old}.", "Ask from the smaller size to the greater.")
    if old in (0, new):
        return []
    start, end, whole = 0, new, True
    path: list[bytes] = []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(middle, end, read))
            end = middle
        else:
            path.append(range_root(start, middle, read))
            start, whole = middle, False
    if not whole:
        path.append(range_root(start, end, read))
    return path[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that a proof leads to from the hash of a leaf (RFC 9162, section 2.1.3.2).

    Raises:
        BadProof: the proof is too long or too short for such a tree, or there is no such leaf.
    """
    if not 0 <= index < size:
        raise BadProof(f"A tree of {size} leaves has none at {index}.", "The proof is of another tree.")
    place, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("The proof is too long.", "It is of another tree.")
        if place % 2 or place == last:
            root = node_hash(sibling, root)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            root = node_hash(root, sibling)
        place, last = place // 2, last // 2
    if last:
        raise BadProof("The proof is too short.", "It is of another tree.")
    return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Let a proof pass that leads from the hash of a leaf to the root.

    Raises:
        BadProof: it does not.
    """
    if root_by_inclusion(leaf, index, size, proof) != root:
        raise BadProof("The proof does not lead to the root of the tree.", "The leaf, its index or the proof differs.")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Let a proof pass that a tree grew out of a smaller one (RFC 9162, section 2.1.4.2).

    Raises:
        BadProof: it does not show that.
    """
    if not 0 <= old <= new:
        raise BadProof(f"A tree of {new} leaves cannot have grown from {old}.", "A tree never shrinks.")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY_ROOT):
            raise BadProof(f"Two different trees have {new} leaves.", "One of them is a fork.")
        return
    hashes = [*([old_root] if old & (old - 1) == 0 else []), *proof]
    if not hashes:
        raise BadProof("The proof is empty.", "Ask for it again.")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place // 2, last // 2
    was = now = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise BadProof("The proof is too long.", "It is of another tree.")
        if place % 2 or place == last:
            was, now = node_hash(sibling, was), node_hash(sibling, now)
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            now = node_hash(now, sibling)
        place, last = place // 2, last // 2
    if last or (was, now) != (old_root, new_root):
        raise BadProof(f"The tree of {new} leaves did not grow out of the one of {old}.", "One of them is a fork.")


def _split(count: int) -> int:
    """Return the greatest power of two below a count of at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
