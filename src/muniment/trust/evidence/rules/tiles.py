"""How the tree lies in files, as C2SP tlog-tiles has it: tiles of up to 256 hashes, bundles of up to 256 leaves.

A hash in a tile of level n is the root of a full tile of level n - 1; those of level 0 are leaf hashes. A tile or
bundle that is not full has its width behind `.p/`, and is never changed: growing makes another file.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.tree import HASH_BYTES, Frontier, extend, node_hash, root_of

WIDTH = 256
HEIGHT = 8
ENTRIES = -1
"""Stands for the level of the bundles of leaves."""


class BadTile(UserError):
    """A tile or a bundle is missing, cut short or altered."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The name of a file: its level (or ENTRIES), its number in the level, and how many hashes or leaves it holds."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it lies below the prefix of the log, as `tile/0/x001/234.p/5`."""
        *groups, last = batched(f"{self.number:0{-(-len(str(self.number)) // 3) * 3}d}", 3)
        folders = "".join(f"x{''.join(group)}/" for group in groups)
        level = "entries" if self.level == ENTRIES else str(self.level)
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{folders}{''.join(last)}{part}"


def tiles_grown(level: int, old: int, new: int) -> Iterator[Tile]:
    """Yield the tiles of a level that a tree gets when it grows from `old` to `new` leaves."""
    shift = HEIGHT * max(level, 0)
    before, after = old >> shift, new >> shift
    if after > before:
        for number in range(before // WIDTH, -(-after // WIDTH)):
            yield Tile(level, number, min(WIDTH, after - number * WIDTH))


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every tile and bundle of a tree."""
    for level in (ENTRIES, *levels_of(size)):
        yield from tiles_grown(level, 0, size)


def levels_of(size: int) -> range:
    """Return the levels of tiles that a tree has."""
    return range(-(-size.bit_length() // HEIGHT))


def bundle(leaves: Iterable[bytes]) -> bytes:
    """Return the bytes of a bundle: each leaf behind its length in two bytes."""
    return b"".join(len(leaf).to_bytes(2) + leaf for leaf in leaves)


def open_bundle(content: bytes) -> list[bytes]:
    """Return the leaves of a bundle.

    Raises:
        BadTile: it is cut short.
    """
    leaves, place = [], 0
    while place < len(content):
        end = place + 2 + int.from_bytes(content[place : place + 2])
        if end > len(content) or place + 2 > len(content):
            raise BadTile("A bundle of leaves is cut short.", "Have the files of the log made again.")
        leaves.append(content[place + 2 : end])
        place = end
    return leaves


def open_tile(content: bytes, tile: Tile) -> list[bytes]:
    """Return the hashes of a tile.

    Raises:
        BadTile: it does not hold as many as its name says.
    """
    if len(content) != tile.width * HASH_BYTES:
        raise BadTile(f"{tile.path} has {len(content)} bytes.", "Have the files of the log made again.")
    return [content[place : place + HASH_BYTES] for place in range(0, len(content), HASH_BYTES)]


def node_reader(size: int, read: Callable[[Tile], Sequence[bytes]]) -> Callable[[int, int], bytes]:
    """Return how any complete subtree of a tree is read from its tiles (`tree.ReadNode`); tiles are read once."""
    seen: dict[tuple[int, int], Sequence[bytes]] = {}

    def node(level: int, index: int) -> bytes:
        row, height = divmod(level, HEIGHT)
        number, place = divmod(index << height, WIDTH)
        if (row, number) not in seen:
            width = min(WIDTH, (size >> HEIGHT * row) - number * WIDTH)
            seen[row, number] = read(Tile(row, number, width))
        return full_root(seen[row, number][place : place + (1 << height)])

    return node


def full_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of hashes."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[place], level[place + 1]) for place in range(0, len(level), 2)]
    return level[0]


def edge_root(size: int, read: Callable[[Tile], Sequence[bytes]]) -> bytes:
    """Return the root of a tree from the unfinished tile of each level, the highest first."""
    roots: list[bytes] = []
    for level in reversed(levels_of(size)):
        number, width = divmod(size >> HEIGHT * level, WIDTH)
        if width:
            roots += extend(Frontier(), read(Tile(level, number, width))).roots
    return root_of(Frontier(size, tuple(roots)))
