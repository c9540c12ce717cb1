"""Reads of the map: what stands under a key, and the nodes from which its proofs are made."""

from collections.abc import Collection
from datetime import datetime
from itertools import batched

from muniment.kernel.words.digests import digest_value
from muniment.trust.access.rules import instant_text
from muniment.trust.evidence.models import MapEntry, MapNode
from muniment.trust.evidence.rules.register_map import EMPTY, Branch, Entry, Node, bit_of, key_hash
from muniment.trust.evidence.rules.tree import BadProof

_ROWS = 500
"""How many rows a statement names at once; SQLite has a limit."""


def entry_of(key: str) -> str:
    """Return what stands under a key now, as canonical JSON, whether it is logged yet or waits; empty if nothing."""
    found = MapEntry.objects.filter(key_hash=key_hash(key).hex()).values_list("value", flat=True).first()
    return found or ""


def entry_digest(key: str, value: str, at: datetime) -> str:
    """Return the digest of an entry's row: its key's hash (hexadecimal), its value and its time."""
    return digest_value([key, value, instant_text(at)])


def read_nodes(named: Collection[bytes]) -> dict[bytes, Node]:
    """Return the stored nodes of some hashes; those that are not stored are left out."""
    found: dict[bytes, Node] = {}
    for part in batched(sorted(named), _ROWS):
        rows = MapNode.objects.filter(hash__in=[one.hex() for one in part])
        for one, left, right, value in rows.values_list("hash", "left", "right", "value"):
            kind = Entry if value else Branch
            found[bytes.fromhex(one)] = kind(bytes.fromhex(left), bytes.fromhex(right))
    return found


class NodesRead:
    """The nodes on the ways along some keys, read level by level; another is read when it is asked for."""

    def __init__(self, root: bytes, keys: Collection[bytes]) -> None:
        """Read the ways from a root along the keys."""
        self.nodes: dict[bytes, Node] = {}
        level: dict[bytes, list[bytes]] = {} if root == EMPTY else {root: list(keys)}
        depth = 0
        while level:
            found = read_nodes(level)
            self.nodes |= found
            below: dict[bytes, list[bytes]] = {}
            for named, node in found.items():
                for key in level[named] if isinstance(node, Branch) else ():
                    taken = (node.left, node.right)[bit_of(key, depth)]  # type: ignore[union-attr]
                    if taken != EMPTY:
                        below.setdefault(taken, []).append(key)
            level, depth = below, depth + 1

    def __call__(self, named: bytes) -> Node:
        """Return the node of a hash.

        Raises:
            BadProof: it is not stored.
        """
        if named not in self.nodes:
            self.nodes |= read_nodes([named])
        if named not in self.nodes:
            raise BadProof("A node of the map is missing.", "Run: muniment fsck")
        return self.nodes[named]
