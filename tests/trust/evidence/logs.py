"""A log for tests: keys that are always the same, leaves that say nothing, and a sequencer on a fixed clock."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from muniment.trust.access.rules import operator
from muniment.trust.evidence import services
from muniment.trust.evidence.queries import TreeHeadRow
from muniment.trust.evidence.rules.leaves import Leaf, sign_leaf
from muniment.trust.evidence.rules.policies import Known, Policy
from muniment.trust.evidence.services.keys import LogKeys, log_keys

AT = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
ORIGIN = "log.example/registry"
OPERATOR = operator("sequencer")


def secret(word: str) -> bytes:
    """Return the same 32 bytes for the same word."""
    return hashlib.sha256(word.encode()).digest()


def made(word: str) -> Ed25519PrivateKey:
    """Return the same key for the same word."""
    return Ed25519PrivateKey.from_private_bytes(secret(word))


def home() -> Path:
    """Return the home of the test's installation."""
    return Path(settings.MUNIMENT_HOME)


def keys(origin: str = ORIGIN) -> LogKeys:
    """Return the keys of the test's log."""
    return log_keys(home(), origin, make=lambda: made("log"))


def entropy(count: int) -> bytes:
    """Give the same bytes each time: tests need no secret."""
    return hashlib.shake_128(b"salt").digest(count)


def leaf(number: int) -> Leaf:
    """Return the number-th leaf."""
    return sign_leaf(secret("submitter"), message(number))


def message(number: int) -> bytes:
    """Return what the number-th leaf commits to."""
    return hashlib.sha256(f"message {number}".encode()).digest()


def add(first: int, count: int) -> TreeHeadRow:
    """Add leaves to the log and publish them."""
    services.submit_many(at=AT, leaves=[leaf(number) for number in range(first, first + count)])
    return run()


def run(most: int = 1_000) -> TreeHeadRow:
    """Run the sequencer once."""
    return services.sequence(actor=OPERATOR, at=AT, keys=keys(), home=home(), entropy=entropy, most=most)


def policy() -> Policy:
    """Return the policy that trusts the test's log, without witnesses."""
    return Policy(logs=tuple(Known(key) for key in keys().verifiers))
