"""Reads of the map: what stands under a key, and the proof of that."""

from pathlib import Path

from muniment.trust.evidence.models import LoggedLeaf, MapEntry, MapNode, MapRoot
from muniment.trust.evidence.queries import get_head, get_record
from muniment.trust.evidence.queries.map_nodes import MapRootRow, NodesRead, root_row
from muniment.trust.evidence.queries.proving import NotLogged, inclusion_path, note_of
from muniment.trust.evidence.rules.map_proofs import KIND, MapProof
from muniment.trust.evidence.rules.notes import Note
from muniment.trust.evidence.rules.policies import Policy, witnesses_of
from muniment.trust.evidence.rules.proofs import Proof
from muniment.trust.evidence.rules.register_map import (
    Entry,
    find,
    key_hash,
    value_hash,
    verify_path,
)
from muniment.trust.evidence.rules.tree import BadProof


def prove_key(home: Path, key: str, policy: Policy, *, size: int | None = None) -> str:
    """Return the file that proves what stands under a key, or that nothing does, as of a signed tree.

    The tree is the newest that satisfies the policy, or that of `size` leaves.

    Raises:
        NotLogged: no root of the map is in such a tree.
        BadTile, BadProof: a file of the log or a node of the map is missing or altered.
    """
    root, note = _trusted_root(policy, size)
    named, whole = key_hash(key), bytes.fromhex(root.root)
    path = find(whole, named, NodesRead(whole, [named]))
    is_present = path.end is not None and path.end.key == named
    value = _value(path.end) if is_present and path.end is not None else None
    verify_path(whole, named, None if value is None else value_hash(value.encode()), path)
    record, head = get_record(f"{KIND}/{root.size}"), get_head(root.size)
    if record is None or head is None or record.erased_at is not None:
        raise NotLogged(f"The record of the map at {root.size} leaves is gone.", "Ask for a newer tree.")
    body = bytes.fromhex(LoggedLeaf.objects.get(index=root.size - 1).body)
    place = Proof(root.size - 1, tuple(inclusion_path(home, record.leaf_hash, root.size - 1, head)), note, body)
    salt, public = bytes.fromhex(record.salt), bytes.fromhex(record.public_key)
    return MapProof(key, value, path, record.body, salt, public, place.text).text


def entry_of(key: str) -> str:
    """Return what stands under a key now, as canonical JSON, whether it is logged yet or waits; empty if nothing."""
    found = MapEntry.objects.filter(key_hash=key_hash(key).hex()).values_list("value", flat=True).first()
    return found or ""


def _trusted_root(policy: Policy, size: int | None) -> tuple[MapRootRow, Note]:
    rows = MapRoot.objects.order_by("-size")[:1_000] if size is None else MapRoot.objects.filter(size=size)
    for row in rows:
        head = get_head(row.size)
        note = None if head is None else note_of(head)
        if note is not None and policy.is_satisfied(witnesses_of(note, policy)):
            return root_row(row), note
    raise NotLogged(
        "No tree with a root of the map has the cosignatures that the policy asks for.",
        "Run: muniment log sequence, and muniment log witness; or ask again later.",
    )


def _value(entry: Entry) -> str:
    """Return the canonical JSON of an entry.

    Raises:
        BadProof: it is not stored.
    """
    found = MapNode.objects.filter(hash=entry.hash.hex()).values_list("value", flat=True).first()
    if not found:
        raise BadProof("A node of the map is missing.", "Run: muniment fsck")
    return found
