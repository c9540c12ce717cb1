"""What to do when database and files are of different ages: compare them, and take leaves back from the files."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.evidence.models import LoggedLeaf, Submission, TreeHead
from muniment.trust.evidence.queries import TreeHeadRow, leaf_bodies
from muniment.trust.evidence.rules.notes import BadNote, Checkpoint, is_signed_by, read_checkpoint, read_note
from muniment.trust.evidence.rules.tiles import ENTRIES, BadTile, Tile, bundle, full_root, tiles_of
from muniment.trust.evidence.rules.tree import Frontier, extend, leaf_hash, root_of
from muniment.trust.evidence.services import LogDamaged, files, locked_state, publish, sign_head
from muniment.trust.evidence.services.keys import LogKeys


def compare(home: Path, keys: LogKeys) -> list[str]:
    """Return what differs between the published files and the leaves of the database, one sentence each.

    Every tile and bundle of the published tree is read, byte for byte, and the checkpoint's signature verified.
    """
    folder = files.log_folder(home)
    try:
        seen, note = _checkpoint(folder, keys)
    except LogDamaged as error:
        return [error.message]
    head = TreeHead.objects.filter(size=seen.size).first()
    found = [] if head and head.root == seen.root.hex() else [f"The database never signed a tree of {seen.size}."]
    if head and not note.startswith(head.note):
        found.append("The published checkpoint is not the one that the database holds.")
    levels: dict[int, list[bytes]] = {}
    edge = Frontier()
    for start in range(0, seen.size, files.STEP):
        hashes = [leaf_hash(body) for body in leaf_bodies(start, min(seen.size, start + files.STEP))]
        edge = extend(edge, hashes)
        levels.setdefault(0, []).extend(hashes)
    if root_of(edge) != seen.root:
        found.append(f"The leaves of the database do not make the root of {seen.size}.")
    return [*found, *_compare_tiles(folder, seen.size, levels[0] if levels else [])]


@transaction.atomic
def restore(*, actor: Actor, at: datetime, keys: LogKeys, home: Path) -> TreeHeadRow:
    """Take the leaves that are published and not in the database back from the files, and return the head.

    For a database that was restored from an older backup: without this, what it would append would be a fork. Leaves
    are believed only if together they make the root that our own key signed.

    Raises:
        NotAllowed: the actor may not extend the log.
        LogDamaged: the checkpoint is not ours, or bundles and database are not of one tree.
    """
    require(actor, Action.LOG_WRITE)
    state = locked_state(keys.origin)
    folder = files.log_folder(home)
    seen, _ = _checkpoint(folder, keys)
    if seen.size > state.size:
        try:
            added = list(files.read_leaves(folder, state.size, seen.size))
        except BadTile as error:
            raise LogDamaged(error.message, error.remedy) from error
        edge = extend(Frontier(), (leaf_hash(body) for body in leaf_bodies(0, state.size)))
        edge = extend(edge, (leaf_hash(body) for body in added))
        if root_of(edge) != seen.root:
            raise LogDamaged("Bundles and database do not make the published root.", "Restore an older database.")
        named = [leaf_hash(body).hex() for body in added]
        rows = ((state.size + place, body.hex(), named[place]) for place, body in enumerate(added))
        copy_rows(LoggedLeaf, ("index", "body", "hash"), rows)
        for place in range(0, len(named), 1_000):
            Submission.objects.filter(hash__in=named[place : place + 1_000]).delete()
        TreeHead.objects.create(
            size=seen.size, root=seen.root.hex(), signed_at=at, note=sign_head(keys, seen.size, seen.root)
        )
        before, state.size, state.frontier = state.size, seen.size, b"".join(edge.roots).hex()
        state.save()
        record_event(
            actor=actor,
            at=at,
            tag="log.restored",
            subject_kind="log",
            subject_id=seen.size,
            after={"from": before, "size": seen.size, "root": seen.root.hex()},
        )
    return publish(home=home)


def _checkpoint(folder: Path, keys: LogKeys) -> tuple[Checkpoint, str]:
    """Return the published checkpoint and its text, if our key signed it.

    Raises:
        LogDamaged: there is none, or it is not ours.
    """
    path = folder / files.CHECKPOINT
    if not path.exists():
        raise LogDamaged(f"{path} is missing.", "Run: muniment log sequence")
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        note = read_note(text)
        seen = read_checkpoint(note.text)
    except BadNote as error:
        raise LogDamaged(f"{path} is no checkpoint.", "Restore it from a copy of the log.") from error
    if seen.origin != keys.origin or not any(is_signed_by(note, key) for key in keys.verifiers):
        raise LogDamaged(f"{path} is not signed with our key.", "Restore it from a copy of the log.")
    return seen, text


def _compare_tiles(folder: Path, size: int, hashes: list[bytes]) -> list[str]:
    """Compare every tile and bundle with what the leaves make of it."""
    found = []
    rows = {0: hashes}
    for level in range(1, 9):
        below = rows[level - 1]
        rows[level] = [full_root(below[place : place + 256]) for place in range(0, len(below) - 255, 256)]
    for tile in tiles_of(size):
        start = tile.number * 256
        if tile.level == ENTRIES:
            right = bundle(leaf_bodies(start, start + tile.width))
        else:
            right = b"".join(rows[tile.level][start : start + tile.width])
        if _read(folder, tile) != right:
            found.append(f"{tile.path} is missing or differs.")
    return found


def _read(folder: Path, tile: Tile) -> bytes | None:
    path = folder / tile.path
    return path.read_bytes() if path.is_file() else None
