"""The static files of the log: tiles, bundles and the checkpoint, whole on the disk before anybody hears of them.

A file is written beside its place, synced, and moved there; then the folders are synced; the checkpoint comes last.
Whoever reads a checkpoint therefore finds every tile that it speaks of.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.tiles import (
    ENTRIES,
    HEIGHT,
    WIDTH,
    BadTile,
    Tile,
    bundle,
    edge_root,
    full_root,
    levels_of,
    open_bundle,
    open_tile,
    tiles_grown,
)
from muniment.trust.evidence.rules.tree import leaf_hash

CHECKPOINT = "checkpoint"
_SYNCS = 8
STEP = WIDTH * WIDTH
"""How many leaves are held in memory at once."""

ReadLeaves = Callable[[int, int], Sequence[bytes]]
"""Gives the leaves from an index up to another."""


class LogNotWritten(UserError):
    """The files of the log could not be written; the checkpoint is the old one."""


def log_folder(home: Path) -> Path:
    """Return the folder of the static files, which any web server can serve as it is."""
    return home / "log"


def read_hashes(folder: Path, tile: Tile) -> list[bytes]:
    """Return the hashes of a tile; of an unfinished one that was tidied away, those of the full one.

    Raises:
        BadTile: it is missing or cut short.
    """
    for name, width in ((tile, tile.width), (Tile(tile.level, tile.number), WIDTH)):
        path = folder / name.path
        if path.exists():
            return open_tile(path.read_bytes(), Tile(tile.level, tile.number, width))[: tile.width]
    raise BadTile(f"{tile.path} is missing.", "Have the files of the log made again: muniment log rebuild")


def read_leaves(folder: Path, start: int, size: int) -> Iterator[bytes]:
    """Yield the leaves from an index on, up to `size`, from the bundles.

    Raises:
        BadTile: a bundle is missing or cut short.
    """
    for tile in tiles_grown(ENTRIES, start, size):
        path = folder / tile.path
        if not path.exists():
            path = folder / Tile(ENTRIES, tile.number).path
        if not path.exists():
            raise BadTile(f"{tile.path} is missing.", "Restore it from a copy of the log.")
        leaves = open_bundle(path.read_bytes())[: tile.width]
        if len(leaves) < tile.width:
            raise BadTile(f"{tile.path} holds {len(leaves)} leaves.", "Restore it from a copy of the log.")
        yield from leaves[max(0, start - tile.number * WIDTH) :]


def grow(folder: Path, old: int, new: int, leaves: ReadLeaves) -> None:
    """Write the tiles and bundles with which the tree grows from `old` to `new` leaves.

    Raises:
        BadTile: an unfinished tile of the old tree is missing or cut short.
        LogNotWritten: the disk is full, or may not be written.
    """
    try:
        for start in range(old, new, STEP):
            _grow_step(folder, start, min(new, start + STEP), leaves)
    except OSError as error:
        raise LogNotWritten(
            f"The files of the log cannot be written ({error.strerror}).",
            "Make room or give the rights, and run it again; nothing is lost.",
        ) from error


def is_edge_of(folder: Path, size: int, root: bytes) -> bool:
    """Say whether the unfinished tiles lead to the root; False too where one is missing."""
    try:
        return edge_root(size, lambda tile: read_hashes(folder, tile)) == root
    except BadTile:
        return False


def replace_checkpoint(folder: Path, note: str) -> None:
    """Put a checkpoint in the place of the one before, whole or not at all.

    Raises:
        LogNotWritten: the disk is full, or may not be written.
    """
    try:
        write_whole(folder, {folder / CHECKPOINT: note.encode()})
    except OSError as error:
        raise LogNotWritten(
            f"The checkpoint cannot be written ({error.strerror}).", "Make room, and run it again; nothing is lost."
        ) from error


def tidy(folder: Path, old: int, new: int) -> None:
    """Remove the unfinished tiles of those that have become full."""
    for level in (ENTRIES, *levels_of(new)):
        for tile in tiles_grown(level, old, new):
            if tile.width == WIDTH:
                shutil.rmtree(folder / f"{tile.path}.p", ignore_errors=True)


def write_whole(folder: Path, contents: Mapping[Path, bytes]) -> None:
    """Write files beside their places, sync them, move them there, and sync their folders up to the log's own.

    The syncs wait for the disk beside each other, so that its journal takes them together.
    """
    beside = {path: path.with_name(f"{path.name}.unfinished") for path in contents}
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside[path].write_bytes(content)
    with ThreadPoolExecutor(_SYNCS) as pool:
        list(pool.map(_sync, beside.values()))
        for path, unfinished in beside.items():
            unfinished.replace(path)
        list(pool.map(_sync, {parent for path in contents for parent in path.parents if parent.is_relative_to(folder)}))


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _grow_step(folder: Path, old: int, new: int, leaves: ReadLeaves) -> None:
    first = old // WIDTH * WIDTH
    bodies = leaves(first, new)
    grown = {folder / tile.path: bundle(_part(bodies, first, tile)) for tile in tiles_grown(ENTRIES, old, new)}
    hashes = [leaf_hash(body) for body in bodies]
    for level in levels_of(new):
        for tile in tiles_grown(level, old, new):
            grown[folder / tile.path] = b"".join(_part(hashes, first, tile))
        hashes, first = _above(folder, level, old, new, hashes, first)
    write_whole(folder, grown)


def _part(items: Sequence[bytes], first: int, tile: Tile) -> Sequence[bytes]:
    start = tile.number * WIDTH - first
    return items[start : start + tile.width]


def _above(
    folder: Path, level: int, old: int, new: int, hashes: Sequence[bytes], first: int
) -> tuple[list[bytes], int]:
    """Return the hashes of the level above that the growth touches, and the place of the first."""
    before, after = old >> HEIGHT * (level + 1), new >> HEIGHT * (level + 1)
    number, width = divmod(before, WIDTH)
    known = read_hashes(folder, Tile(level + 1, number, width)) if width and after > before else []
    added = [full_root(_part(hashes, first, Tile(level, place))) for place in range(before, after)]
    return [*known, *added], number * WIDTH
