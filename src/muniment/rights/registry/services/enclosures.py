"""What the registry's papers have in common: who makes them, and the evidence that is attached to them."""

from dataclasses import dataclass
from pathlib import Path

from muniment.kernel.formats.certificates.document import Attachment
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.queries import RecordRow, get_record, timestamps_of
from muniment.trust.evidence.queries.proving import prove_leaf
from muniment.trust.evidence.rules import certificates as parts
from muniment.trust.evidence.rules.policies import Policy, policy_text
from muniment.trust.evidence.rules.proofs import Proof
from muniment.trust.evidence.rules.signing import Signer, Stamp
from muniment.trust.evidence.services.stamping import stamped_bytes


class NoCertificate(UserError):
    """There is no such certificate, or it cannot be issued, made or withdrawn."""


@dataclass(frozen=True, slots=True)
class Registry:
    """How certificates of this installation are made: its name, its home, its signer, its policy, its addresses.

    `url` is below which the records of certificates of deposits are, `site` below which all public pages are.
    """

    name: str
    home: Path
    signer: Signer
    policy: Policy
    url: str
    stamp: Stamp | None = None
    site: str = ""


def proved_record(registry: Registry, subject: str) -> tuple[RecordRow, Proof]:
    """Return a record with the newest proof of its leaf.

    Raises:
        NoCertificate: it is not kept, or erased.
        NotLogged: its leaf waits, or its tree lacks cosignatures.
    """
    record = get_record(subject)
    if record is None or record.erased_at is not None:
        raise NoCertificate("The record of {subject} is not kept.", "It was erased from the log.", subject=subject)
    return record, prove_leaf(registry.home, record.leaf_hash, registry.policy)


def record_files(name: str, record: RecordRow, proof: Proof) -> tuple[Attachment, Attachment]:
    """Return a record and its proof as they are attached."""
    content = parts.record_file(record.subject, record.body, record.salt, record.public_key)
    return (
        text_file(name + parts.RECORD, content, f"record of the {name}, with its salt"),
        text_file(name + parts.PROOF, proof.text.encode(), f"proof that the log holds the {name} (C2SP tlog-proof)"),
    )


def policy_file(registry: Registry) -> Attachment:
    """Return the policy as it is attached."""
    content = policy_text(registry.policy).encode()
    return text_file(parts.POLICY, content, "keys of the log and its witnesses (C2SP tlog-policy)")


def stamped_files(size: int) -> list[Attachment]:
    """Return the checkpoint of a size and the authority's token over it, where there is one."""
    stamps = timestamps_of(size)
    if not stamps:
        return []
    return [
        text_file(parts.CHECKPOINT, stamped_bytes(size), "signed tree of the log, as it was stamped"),
        Attachment(
            parts.TOKEN, stamps[0].token, "application/octet-stream", "timestamp over the checkpoint (RFC 3161)"
        ),
    ]


def text_file(name: str, content: bytes, description: str) -> Attachment:
    """Return a text as it is attached."""
    kind = "application/json" if name.endswith(parts.RECORD) else "text/plain"
    return Attachment(name, content, kind, description)
