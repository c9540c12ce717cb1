"""What somebody verifies without a network: that a value, or nothing, stands under a key of the map as of a tree.

The file is JSON: the key and what stands under it, the path to the root of the map, the record that states that root
with its salt, and the proof (C2SP tlog-proof) that this record's leaf is the last of a signed tree. A tree has one last
leaf, so its size fixes the root, and an old root cannot be shown as that of a newer tree.
"""

import json
from dataclasses import dataclass
from typing import Any

from muniment.trust.evidence.rules.policies import Policy
from muniment.trust.evidence.rules.proofs import Verified, check_record, verify_proof
from muniment.trust.evidence.rules.register_map import Entry, Path, key_hash, value_hash, verify_path
from muniment.trust.evidence.rules.tree import HASH_BYTES, BadProof

FORMAT = "muniment/map-proof/v1"
SUFFIX = ".map-proof"
KIND = "map"
"""What the record of a root says it is."""
_FIELDS = {"format", "key", "value", "siblings", "neighbour", "record", "salt", "public_key", "proof"}
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class MapProof:
    """A proof as it lies in a file: `value` is canonical JSON, None where nothing stands under the key.

    `record` states the root of the map, and `proof` is the place of its leaf in the log.
    """

    key: str
    value: str | None
    path: Path
    record: str
    salt: bytes
    public: bytes
    proof: str

    @property
    def text(self) -> str:
        """The file; an empty sibling is an empty text, and a neighbour is only there where the key has no entry."""
        end = self.path.end if self.value is None else None
        facts = {
            "format": FORMAT,
            "key": self.key,
            "value": self.value,
            "siblings": [one.hex() if any(one) else "" for one in self.path.siblings],
            "neighbour": None if end is None else {"key": end.key.hex(), "value": end.value.hex()},
            "record": self.record,
            "salt": self.salt.hex(),
            "public_key": self.public.hex(),
            "proof": self.proof,
        }
        return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a proof that holds says: what stands under the key (canonical JSON, None for nothing) as of a tree.

    `recorded_at` is when the log wrote the root down, `public` the key that signed the leaf; `log` has the tree, and
    the witnesses with their times.
    """

    key: str
    value: str | None
    size: int
    root: str
    entry_count: int
    recorded_at: str
    public: bytes
    log: Verified


def root_record(size: int, root: str, entry_count: int, previous: tuple[int, str]) -> dict[str, object]:
    """Return what the last leaf of a tree of `size` leaves states; `previous` is the last such size and root, or 0."""
    return {
        "kind": KIND,
        "size": size,
        "root": root,
        "entry_count": entry_count,
        "previous_size": previous[0],
        "previous_root": previous[1],
    }


def read_map_proof(text: str) -> MapProof:
    """Return the proof that a file says.

    Raises:
        BadProof: it is none.
    """
    try:
        return _read(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadProof(f"This is no proof of a map ({error}).", f"Its format is {FORMAT}.") from error


def verify_map_proof(text: str, policy: Policy, public: bytes | None = None, key: str | None = None) -> Shown:
    """Return what a file proves by the policy.

    `public` is the key with which the registry signs its leaves (32 bytes) and `key` the key that was asked for; left
    out, the file's own are taken, and the caller looks at them in the answer.

    Raises:
        BadProof, BadNote, BadLeaf, NotTrusted: it proves nothing, or of another key or registry.
    """
    said = read_map_proof(text)
    if key is not None and said.key != key:
        raise BadProof(f"The proof is of the key {said.key!r}.", f"Ask for one of {key!r}.")
    logged = verify_proof(said.proof, policy)
    check_record(logged, said.salt, said.record.encode(), said.public if public is None else public)
    facts = _root_of(said.record)
    if not facts["size"] == logged.index + 1 == logged.checkpoint.size:
        raise BadProof(
            f"The root is that of {facts['size']} leaves, and the signed tree has {logged.checkpoint.size}.",
            "It is an older root; ask for a proof against this tree.",
        )
    value = None if said.value is None else value_hash(said.value.encode())
    verify_path(bytes.fromhex(facts["root"]), key_hash(said.key), value, said.path)
    return Shown(
        key=said.key,
        value=said.value,
        size=facts["size"],
        root=facts["root"],
        entry_count=facts["entry_count"],
        recorded_at=facts["recorded_at"],
        public=said.public if public is None else public,
        log=logged,
    )


def _read(text: str) -> MapProof:
    if len(text) > _MOST_BYTES:
        raise ValueError("it is too long")
    facts = _object(text)
    if facts.keys() != _FIELDS or facts["format"] != FORMAT:
        raise ValueError("its fields are others")
    key, value = facts["key"], facts["value"]
    record, proof = facts["record"], facts["proof"]
    texts = [key, record, proof, *([] if value is None else [value])]
    siblings = facts["siblings"]
    if not all(isinstance(one, str) and one for one in texts) or not isinstance(siblings, list):
        raise ValueError("a field is of another kind")
    for one in texts:
        one.encode()  # half a letter, which JSON can hold, is no text
    end = _end(key, value, facts["neighbour"])
    path = Path(tuple(bytes(HASH_BYTES) if one == "" else _hash(one) for one in siblings), end)
    return MapProof(key, value, path, record, _hash(facts["salt"]), _hash(facts["public_key"]), proof)


def _end(key: str, value: str | None, neighbour: Any) -> Entry | None:
    """Return where the path ends: at the key's entry, at another's, or at nothing."""
    if value is not None:
        _object(value)
        if neighbour is not None:
            raise ValueError("a key with an entry has no neighbour")
        return Entry(key_hash(key), value_hash(value.encode()))
    if neighbour is None:
        return None
    if not isinstance(neighbour, dict) or neighbour.keys() != {"key", "value"}:
        raise ValueError("its neighbour has other fields")
    return Entry(_hash(neighbour["key"]), _hash(neighbour["value"]))


def _root_of(record: str) -> dict[str, Any]:
    """Return what the record of a root says.

    Raises:
        BadProof: it is the record of something else.
    """
    try:
        return _state(record)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadProof(f"The record does not state the root of a map ({error}).", "The file was altered.") from error


def _state(record: str) -> dict[str, Any]:
    facts = _object(record)
    if facts["kind"] != KIND or facts["subject"] != f"{KIND}/{facts['size']}":
        raise ValueError("it is of another kind")
    if any(type(one) is not int or one < 0 for one in (facts["size"], facts["entry_count"])):
        raise ValueError("a number is none")
    if not isinstance(facts["recorded_at"], str):
        raise TypeError("its time is none")
    _hash(facts["root"])
    return facts


def _object(text: str) -> dict[str, Any]:
    """Return a JSON object in which no name stands twice, at whatever depth."""
    found = json.loads(text, object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise TypeError("it is no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _hash(text: str) -> bytes:
    """Return 32 bytes from their one spelling: 64 small hexadecimal digits."""
    found = bytes.fromhex(text)
    if len(found) != HASH_BYTES or found.hex() != text:
        raise ValueError("a hash is none")
    return found
