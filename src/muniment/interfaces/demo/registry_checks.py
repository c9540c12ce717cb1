"""What a stranger could check of a registry year: some registrations, by the log's proofs and by those of the map."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.registrations import RegistrationRow, search_register
from muniment.rights.registry.rules.estate import registration_key
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.mapped import prove_key
from muniment.trust.evidence.queries.proving import prove_leaf
from muniment.trust.evidence.rules.map_proofs import verify_map_proof
from muniment.trust.evidence.rules.policies import Policy
from muniment.trust.evidence.rules.proofs import check_record, verify_proof


class NotProved(UserError):
    """A registration does not hold by its proofs."""


@dataclass(frozen=True, slots=True)
class Proved:
    """How many registrations hold, in a log of how many leaves, under a map of how many entries."""

    registrations: int
    leaves: int
    entries: int


def prove_some(*, home: Path, policy: Policy, count: int, seed: int) -> Proved:
    """Verify registrations drawn at random: the leaf of the newest version, its record, and the state in the map.

    Raises:
        NotProved, BadProof, NotLogged: one does not hold.
    """
    total = search_register(limit=1).total
    chance = random.Random(seed)  # noqa: S311 - which ones are drawn is no secret
    places = chance.sample(range(total), min(count, total))
    leaves = entries = 0
    for place in places:
        [row] = search_register(limit=1, offset=place).rows
        leaves = _prove_leaf(home, policy, row)
        entries = _prove_entry(home, policy, row)
    return Proved(len(places), leaves, entries)


def _prove_leaf(home: Path, policy: Policy, row: RegistrationRow) -> int:
    """Verify the leaf of the newest version and the record behind it; return the size of the tree."""
    subject = f"registration/{row.certificate_number}/{row.version_count - 1}"
    record = get_record(subject)
    if record is None:
        raise NotProved(f"{subject} has no record.", "Run: muniment fsck")
    found = verify_proof(prove_leaf(home, record.leaf_hash, policy).text, policy)
    check_record(found, bytes.fromhex(record.salt), record.body.encode(), bytes.fromhex(record.public_key))
    said = json.loads(record.body)
    if (said["number"], said["state"]) != (row.certificate_number, row.state):
        raise NotProved(f"The leaf of {row.certificate_number} says {said['state']}, the register {row.state}.", "")
    return found.checkpoint.size


def _prove_entry(home: Path, policy: Policy, row: RegistrationRow) -> int:
    """Verify what the map says of a registration now; return how many entries the map has."""
    key = registration_key(row.certificate_number)
    shown = verify_map_proof(prove_key(home, key, policy), policy, key=key)
    said = json.loads(shown.value or "{}")
    if said.get("state") != row.state or said.get("pledge_count") != row.pledge_count:
        raise NotProved(f"The map says {shown.value} of {row.certificate_number}, the register {row.state}.", "")
    return shown.entry_count
