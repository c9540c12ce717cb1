"""How fast the map is: entries set by acts, folded into trees that are signed, and their proofs."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from django.db import transaction

from muniment.trust.access.rules import Actor
from muniment.trust.evidence.queries.map_nodes import last_root
from muniment.trust.evidence.queries.mapped import prove_key
from muniment.trust.evidence.rules.map_proofs import read_map_proof, verify_map_proof
from muniment.trust.evidence.rules.policies import Policy
from muniment.trust.evidence.services import register_map, sequence
from muniment.trust.evidence.services.keys import LogKeys


@dataclass(frozen=True, slots=True)
class MapRate:
    """A load of changes: how many before a tree was signed, and the seconds for setting and for sequencing them.

    `entry_count` is how many entries the map has afterwards, `root` its root.
    """

    group: int
    changes: int
    set_s: float
    sequenced_s: float
    entry_count: int
    root: str

    @property
    def per_second(self) -> int:
        """Changes a second, with SQL, signed tree and files."""
        return int(self.changes / (self.set_s + self.sequenced_s))


@dataclass(frozen=True, slots=True)
class MapProofRate:
    """What proofs weigh and cost, medians but for the longest: bytes, hashes, milliseconds to make, microseconds to
    verify: the path of the map alone, and the whole file with signatures and log."""

    entry_count: int
    proof_bytes: int
    longest_bytes: int
    hashes: int
    make_ms: float
    verify_us: float


def measure_changes(
    *, actor: Actor, at: datetime, keys: LogKeys, home: Path, loads: list[tuple[int, int]]
) -> Iterator[MapRate]:
    """Set new entries in loads of (changes, how many a signed tree takes), and yield what each load took.

    Each entry is set by a call of its own, as acts do, within one transaction a group; the last load changes entries
    that are there, one a tree.
    """
    number = 0
    for place, (changes, group) in enumerate(loads):
        is_last = place == len(loads) - 1
        setting = sequencing = 0.0
        for start in range(0, changes, group):
            started = time.perf_counter()
            with transaction.atomic():
                for one in range(start, min(changes, start + group)):
                    name = one * 7 % number if is_last else number + one
                    register_map.set_entry(at=at, key=f"registration/{name}", value=_value(name, place))
            between = time.perf_counter()
            sequence(actor=actor, at=at, keys=keys, home=home, entropy=secrets.token_bytes)
            setting += between - started
            sequencing += time.perf_counter() - between
        number += 0 if is_last else changes
        root = last_root()
        assert root is not None, "the load has set entries"
        yield MapRate(group, changes, setting, sequencing, root.entry_count, root.root)


def measure_map_proofs(*, home: Path, policy: Policy, public: bytes, count: int = 200) -> MapProofRate:
    """Make and verify proofs, every other one of a key under which nothing stands."""
    made, verified, sizes, hashes = [], [], [], []
    for place in range(count):
        key = f"registration/{place}" if place % 2 else f"grantor/{place}"
        started = time.perf_counter()
        text = prove_key(home, key, policy)
        between = time.perf_counter()
        shown = verify_map_proof(text, policy, public, key)
        verified.append(time.perf_counter() - between)
        made.append(between - started)
        assert (shown.value is None) == (place % 2 == 0), "what stands under a key is shown"
        sizes.append(len(text.encode()))
        hashes.append(len(read_map_proof(text).path.siblings))
    root = last_root()
    assert root is not None, "there are proofs"
    return MapProofRate(
        entry_count=root.entry_count,
        proof_bytes=int(median(sizes)),
        longest_bytes=max(sizes),
        hashes=int(median(hashes)),
        make_ms=median(made) * 1_000,
        verify_us=median(verified) * 1_000_000,
    )


def _value(number: int, version: int) -> dict[str, object]:
    return {"status": "in_force", "until_on": "2029-10-05", "liens": number % 3, "version": version}
