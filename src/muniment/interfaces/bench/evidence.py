"""How fast the log is: durable appends with SQL included, proofs, and their verification."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

from muniment.trust.access.rules import Actor
from muniment.trust.evidence.queries.proving import prove_leaf
from muniment.trust.evidence.rules.leaves import Leaf, sign_leaf
from muniment.trust.evidence.rules.policies import Policy
from muniment.trust.evidence.rules.proofs import verify_proof
from muniment.trust.evidence.rules.tree import leaf_hash
from muniment.trust.evidence.services import sequence, submit_many
from muniment.trust.evidence.services.keys import LogKeys


@dataclass(frozen=True, slots=True)
class AppendRate:
    """How many leaves were appended, in groups of which size, in how many seconds of the clock.

    `queued_s` is the part for putting them into the queue, `sequenced_s` that for the tree, the files and their syncs;
    `cpu_s` is what our own process computed in both, the rest is waiting for the disk and the database.
    """

    group: int
    leaves: int
    queued_s: float
    sequenced_s: float
    cpu_s: float

    @property
    def per_second(self) -> int:
        """Leaves a second, everything included."""
        return int(self.leaves / (self.queued_s + self.sequenced_s))


@dataclass(frozen=True, slots=True)
class ProofRate:
    """What a proof weighs and costs: bytes, and milliseconds to make and to verify one (medians)."""

    size: int
    proof_bytes: int
    make_ms: float
    verify_ms: float


def measure_appends(
    *, actor: Actor, at: datetime, keys: LogKeys, home: Path, groups: dict[int, int]
) -> Iterator[AppendRate]:
    """Append leaves in groups of each size, as many groups as its value says, and yield what that took.

    A leaf is acknowledged when `sequence` returns: committed, its tiles and the checkpoint synced. Signing by the
    submitter is done before, because it is not the log's work.
    """
    number = 0
    for group, count in groups.items():
        queued = sequenced = computed = 0.0
        for _ in range(count):
            leaves = [_leaf(number + place) for place in range(group)]
            number += group
            busy, started = time.process_time(), time.perf_counter()
            submit_many(at=at, leaves=leaves)
            between = time.perf_counter()
            sequence(actor=actor, at=at, keys=keys, home=home, entropy=secrets.token_bytes, most=group)
            queued += between - started
            sequenced += time.perf_counter() - between
            computed += time.process_time() - busy
        yield AppendRate(group, group * count, queued, sequenced, computed)


def measure_proofs(*, home: Path, policy: Policy, size: int, count: int = 200) -> ProofRate:
    """Make and verify proofs of leaves spread over the tree."""
    made, verified, longest = [], [], 0
    for place in range(count):
        name = leaf_hash(_leaf(place * size // count).body).hex()
        started = time.perf_counter()
        text = prove_leaf(home, name, policy).text
        between = time.perf_counter()
        verify_proof(text, policy)
        made.append(between - started)
        verified.append(time.perf_counter() - between)
        longest = max(longest, len(text))
    return ProofRate(size, longest, median(made) * 1000, median(verified) * 1000)


_SUBMITTER = hashlib.sha256(b"bench").digest()


def _leaf(number: int) -> Leaf:
    return sign_leaf(_SUBMITTER, hashlib.sha256(number.to_bytes(8)).digest())
