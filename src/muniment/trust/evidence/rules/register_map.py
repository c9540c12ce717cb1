"""The map: a sparse Merkle tree over SHA-256 keys that shows what stands under a key, and where nothing does.

    key   = SHA-256("muniment/map/v1/key\\0"   ‖ the key's text)
    value = SHA-256("muniment/map/v1/value\\0" ‖ canonical JSON of the value)
    leaf  = SHA-256("muniment/map/v1/leaf\\0"  ‖ key ‖ value)
    node  = SHA-256("muniment/map/v1/node\\0"  ‖ left ‖ right)

From the root, the next bit of a key says whether to go left (0) or right (1). A subtree without entries is 32 zero
bytes, one with a single entry is that entry's leaf, every other is a node. So the root follows from the entries alone,
whatever their order was, and the way along the bits of a key ends in one place: nothing, its leaf, or another's leaf.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from muniment.trust.evidence.rules.tree import HASH_BYTES, BadProof

EMPTY = bytes(HASH_BYTES)
"""The subtree without entries."""
KEY_BITS = 8 * HASH_BYTES
_NAMESPACE = b"muniment/map/v1/"
_KEY, _VALUE, _LEAF, _NODE = (_NAMESPACE + word + b"\0" for word in (b"key", b"value", b"leaf", b"node"))


@dataclass(frozen=True, slots=True)
class Branch:
    """A node over two subtrees."""

    left: bytes
    right: bytes

    @property
    def hash(self) -> bytes:
        """The hash of the node."""
        return hashlib.sha256(_NODE + self.left + self.right).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """The leaf of an entry: the hashes of its key and of its value."""

    key: bytes
    value: bytes

    @property
    def hash(self) -> bytes:
        """The hash of the leaf."""
        return hashlib.sha256(_LEAF + self.key + self.value).digest()


Node = Branch | Entry
ReadMap = Callable[[bytes], Node]
"""Gives the node of a hash; never asked for the empty subtree."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A map after changes: its root, and every node that was made on the way, by its hash."""

    root: bytes
    made: dict[bytes, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """The way along a key: the other subtree at each step, the uppermost first, and where it ends."""

    siblings: tuple[bytes, ...]
    end: Entry | None


def key_hash(text: str) -> bytes:
    """Return the place of a key."""
    return hashlib.sha256(_KEY + text.encode()).digest()


def value_hash(value: bytes) -> bytes:
    """Return what the map holds of a value, given as canonical JSON."""
    return hashlib.sha256(_VALUE + value).digest()


def bit_of(key: bytes, depth: int) -> int:
    """Return where a key goes at a depth: 0 left, 1 right."""
    return key[depth // 8] >> (7 - depth % 8) & 1


def change(root: bytes, changes: Mapping[bytes, bytes | None], read: ReadMap) -> Grown:
    """Return the map after entries were set (key to value, both as hashes) and removed (key to None).

    Only nodes on the ways to changed keys are read and made, and the sibling of a subtree that became empty.
    """
    grower = _Grower(read)
    return Grown(grower.grow(root, 0, sorted(changes.items())), grower.made)


def find(root: bytes, key: bytes, read: ReadMap) -> Path:
    """Return the way along a key through the map with this root."""
    siblings: list[bytes] = []
    here = root
    while here != EMPTY:
        node = read(here)
        if isinstance(node, Entry):
            return Path(tuple(siblings), node)
        left_or_right = (node.left, node.right)
        side = bit_of(key, len(siblings))
        siblings.append(left_or_right[1 - side])
        here = left_or_right[side]
    return Path(tuple(siblings), None)


def verify_path(root: bytes, key: bytes, value: bytes | None, path: Path) -> None:
    """Let a path pass that shows that the map with this root holds the value under the key, or nothing (None).

    Raises:
        BadProof: it does not show that.
    """
    end = path.end
    if value is not None and end != Entry(key, value):
        raise BadProof("The path does not end at this entry.", "The key, the value or the proof differs.")
    if value is None and end is not None and end.key == key:
        raise BadProof("The path ends at an entry of this key.", "Something does stand under it.")
    depth = len(path.siblings)
    if depth > KEY_BITS or (end is not None and _prefix(end.key, depth) != _prefix(key, depth)):
        raise BadProof("The path ends at an entry of another way.", "It is the proof of another key.")
    if path.siblings and path.siblings[-1] == EMPTY:
        raise BadProof("The path is longer than it has to be.", "A map has no such nodes.")
    here = EMPTY if end is None else end.hash
    for place in range(depth - 1, -1, -1):
        sibling = path.siblings[place]
        here = (Branch(sibling, here) if bit_of(key, place) else Branch(here, sibling)).hash
    if here != root:
        raise BadProof("The path does not lead to the root of the map.", "The key, the value or the proof differs.")


def _prefix(key: bytes, bits: int) -> int:
    return int.from_bytes(key) >> (KEY_BITS - bits)


class _Grower:
    """Makes the nodes of a changed map, each once, and remembers them."""

    def __init__(self, read: ReadMap) -> None:
        self.read = read
        self.made: dict[bytes, Node] = {}

    def grow(self, here: bytes, depth: int, changes: Sequence[tuple[bytes, bytes | None]]) -> bytes:
        """Return a subtree after the changes of its keys, which are sorted."""
        if not changes:
            return here
        node = None if here == EMPTY else self._node(here)
        if not isinstance(node, Branch):
            kept = {} if node is None else {node.key: node.value}
            after = kept | dict(changes)
            return self._build(depth, sorted((key, value) for key, value in after.items() if value is not None))
        middle = _middle(depth, changes)
        left = self.grow(node.left, depth + 1, changes[:middle])
        return self._join(left, self.grow(node.right, depth + 1, changes[middle:]))

    def _build(self, depth: int, entries: Sequence[tuple[bytes, bytes]]) -> bytes:
        if not entries:
            return EMPTY
        if len(entries) == 1:
            return self._keep(Entry(*entries[0]))
        middle = _middle(depth, entries)
        left = self._build(depth + 1, entries[:middle])
        return self._join(left, self._build(depth + 1, entries[middle:]))

    def _join(self, left: bytes, right: bytes) -> bytes:
        """Return a subtree over two; a single entry below it takes its place."""
        if left == EMPTY and (right == EMPTY or isinstance(self._node(right), Entry)):
            return right
        if right == EMPTY and isinstance(self._node(left), Entry):
            return left
        return self._keep(Branch(left, right))

    def _node(self, named: bytes) -> Node:
        return self.made.get(named) or self.read(named)

    def _keep(self, node: Node) -> bytes:
        named = node.hash
        self.made[named] = node
        return named


def _middle(depth: int, sorted_by_key: Sequence[tuple[bytes, object]]) -> int:
    """Return where the keys begin that go right at a depth; all of them are the same above it."""
    return sum(1 for key, _ in sorted_by_key if not bit_of(key, depth))
