"""Proofs out of the published tiles; each is verified against the signed root before it is given away."""

from pathlib import Path

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.models import Cosignature, LoggedLeaf, TreeHead
from muniment.trust.evidence.queries import TreeHeadRow, get_head, head_row, index_of
from muniment.trust.evidence.rules.notes import Note, read_note
from muniment.trust.evidence.rules.policies import Policy, witnesses_of
from muniment.trust.evidence.rules.proofs import Proof
from muniment.trust.evidence.rules.tiles import Tile, node_reader
from muniment.trust.evidence.rules.tree import (
    BadProof,
    ReadNode,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from muniment.trust.evidence.services.files import log_folder, read_hashes


class NotLogged(UserError):
    """The tree does not hold the leaf, or no signed tree does yet."""


def note_of(head: TreeHeadRow) -> Note:
    """Return the checkpoint of a tree head with every cosignature that there is."""
    lines = Cosignature.objects.filter(head_id=head.size).order_by("witness", "key_id").values_list("line", flat=True)
    return read_note(head.note + "".join(lines))


def trusted_head(policy: Policy, *, holding: int = -1) -> tuple[TreeHeadRow, Note]:
    """Return the newest tree whose cosignatures satisfy the policy and that holds the leaf at an index.

    Raises:
        NotLogged: there is none yet.
    """
    for head in TreeHead.objects.filter(size__gt=holding).order_by("-size")[:1_000]:
        row = head_row(head)
        note = note_of(row)
        if policy.is_satisfied(witnesses_of(note, policy)):
            return row, note
    raise NotLogged(
        "No signed tree that holds the leaf has the cosignatures that the policy asks for.",
        "Run: muniment log sequence, and muniment log witness; or ask again later.",
    )


def prove_leaf(home: Path, leaf_hash: str, policy: Policy, size: int | None = None) -> Proof:
    """Return the proof of a leaf, by its hash (hexadecimal), in the newest tree that satisfies the policy.

    With a size it is proved in the tree of that size, such as one that was stamped.

    Raises:
        NotLogged: the tree does not hold it, or no signed tree is cosigned enough, or none is of that size.
        BadTile, BadProof: a file of the log is missing or altered.
    """
    index = index_of(leaf_hash)
    if index is None:
        raise NotLogged("The tree does not hold this leaf.", "It may wait for the sequencer: muniment log sequence")
    head, note = trusted_head(policy, holding=index) if size is None else _head_of(size, index)
    body = bytes.fromhex(LoggedLeaf.objects.get(index=index).body)
    return Proof(index, tuple(inclusion_path(home, leaf_hash, index, head)), note, body)


def _head_of(size: int, index: int) -> tuple[TreeHeadRow, Note]:
    row = get_head(size)
    if row is None or index >= size:
        raise NotLogged(f"No tree of {size} leaves that holds this one was signed.", "See: muniment log stamps")
    return row, note_of(row)


def inclusion_path(home: Path, leaf_hash: str, index: int, head: TreeHeadRow) -> list[bytes]:
    """Return the path from a leaf to the root of a signed tree.

    Raises:
        BadTile, BadProof: a file of the log is missing or altered, or the tree has no such leaf.
    """
    path = inclusion_proof(index, head.size, _reader(home, head.size))
    try:
        verify_inclusion(bytes.fromhex(leaf_hash), index, head.size, path, bytes.fromhex(head.root))
    except BadProof as error:
        raise _altered() from error
    return path


def consistency_path(home: Path, old: TreeHeadRow, new: TreeHeadRow) -> list[bytes]:
    """Return the proof that one signed tree grew out of another.

    Raises:
        BadTile, BadProof: a file of the log is missing or altered, or the old tree is the greater.
    """
    path = consistency_proof(old.size, new.size, _reader(home, new.size))
    try:
        verify_consistency(old.size, new.size, bytes.fromhex(old.root), bytes.fromhex(new.root), path)
    except BadProof as error:
        raise _altered() from error
    return path


def paths_between(home: Path, old: int, new: int) -> list[bytes]:
    """Return the proof that a signed tree of `new` leaves grew out of its first `old`, which need not be signed.

    Raises:
        NotLogged: no tree of `new` leaves was signed.
        BadTile, BadProof: a file of the log is missing or altered, or the old tree is the greater.
    """
    if get_head(new) is None:
        raise NotLogged(f"No tree of {new} leaves was signed.", "Ask for the size of a checkpoint.")
    return consistency_proof(old, new, _reader(home, new))


def _reader(home: Path, size: int) -> ReadNode:
    folder = log_folder(home)

    def read(tile: Tile) -> list[bytes]:
        return read_hashes(folder, tile)

    return node_reader(size, read)


def _altered() -> BadProof:
    return BadProof("A file of the log was altered.", "Have the files made again: muniment log rebuild")
