"""The stored map: its roots, its nodes as they are asked for, and the digest of an entry's row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db import connection

from muniment.kernel.words.digests import digest_value
from muniment.trust.access.rules import instant_text
from muniment.trust.evidence.models import MapRoot
from muniment.trust.evidence.rules.register_map import EMPTY, Branch, Entry, Node, bit_of
from muniment.trust.evidence.rules.tree import BadProof

_ROWS = 500
"""How many rows a statement names at once; SQLite has a limit."""
_READ = 'SELECT hash, "left", "right", value <> \'\' FROM evidence_mapnode WHERE hash IN'
"""Asked for each level of a way; the query set behind it would cost more than the database."""


@dataclass(frozen=True, slots=True)
class MapRootRow:
    """The root of the map as of a signed tree, hexadecimal."""

    size: int
    root: str
    entry_count: int


def last_root() -> MapRootRow | None:
    """Return the root that was logged last."""
    return next(iter(list_roots(limit=1)), None)


def list_roots(*, limit: int = 50) -> tuple[MapRootRow, ...]:
    """Return roots, the newest first."""
    return tuple(root_row(row) for row in MapRoot.objects.order_by("-size")[:limit])


def entry_digest(key: str, value: str, at: datetime) -> str:
    """Return the digest of an entry's row: its key's hash (hexadecimal), its value and its time."""
    return digest_value([key, value, instant_text(at)])


def read_nodes(named: Collection[bytes]) -> dict[bytes, Node]:
    """Return the stored nodes of some hashes; those that are not stored are left out."""
    found: dict[bytes, Node] = {}
    with connection.cursor() as cursor:
        for part in batched(sorted(named), _ROWS):
            marks = ", ".join(["%s"] * len(part))
            cursor.execute(f"{_READ} ({marks})", [one.hex() for one in part])
            for one, left, right, is_entry in cursor.fetchall():
                kind = Entry if is_entry else Branch
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


def root_row(row: MapRoot) -> MapRootRow:
    """Return the frozen row of a root."""
    return MapRootRow(row.size, row.root, row.entry_count)
