"""What a certificate proves, step by step, from its PDF alone and without a network.

The PDF is signed by the registry; attached to it are the records of the certificate and of the deposit with their salts
and proofs of the log, the particulars (who deposited, under which title), the lists of the content, and the policy.
Each step either holds, fails, or cannot be said because nobody told us whom to trust. The other papers of the registry
bring a file that names their kind; `papers` has their steps.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from muniment.kernel.words.phrases import Phrase
from muniment.trust.evidence.rules.checking import (
    CHECKPOINT,
    CONTENTS,
    DEPOSIT,
    PARTICULARS,
    POLICY,
    PROOF,
    RECORD,
    TOKEN,
    Check,
    Found,
    Steps,
)
from muniment.trust.evidence.rules.papers import check_of
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from muniment.trust.evidence.rules.tree import BadProof, leaf_hash
from muniment.trust.evidence.rules.verdicts import Evidence, Given, State, Step, Trust, Verdict

__all__ = [
    "CERTIFICATE",
    "CHECKPOINT",
    "CONTENTS",
    "DEPOSIT",
    "MANIFEST",
    "NEEDED",
    "PARTICULARS",
    "POLICY",
    "PROOF",
    "RECORD",
    "TOKEN",
    "Evidence",
    "Given",
    "State",
    "Step",
    "Trust",
    "Verdict",
    "particulars_file",
    "record_file",
    "verify_certificate",
]

CERTIFICATE, MANIFEST = "certificate", "manifest-sha256.txt"
NEEDED = (
    CERTIFICATE + RECORD,
    CERTIFICATE + PROOF,
    DEPOSIT + RECORD,
    DEPOSIT + PROOF,
    PARTICULARS,
    CONTENTS,
    MANIFEST,
    POLICY,
)
"""What is attached to every certificate of a deposit; the checkpoint with its token only where an authority stamps."""


def record_file(subject: str, body: str, salt: str, public_key: str) -> bytes:
    """Return a record as it is attached, in the form of `muniment log prove --record`."""
    facts = {"subject": subject, "record": body, "salt": salt, "public_key": public_key}
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()


def particulars_file(body: str, salt: str) -> bytes:
    """Return the particulars as they are attached."""
    return (json.dumps({"particulars": body, "salt": salt}, ensure_ascii=False, indent=1) + "\n").encode()


def verify_certificate(
    content: bytes, trust: Trust, at: datetime, given: Sequence[Given] = (), evidence: Evidence | None = None
) -> Verdict:
    """Return what a certificate, or another paper of the registry, proves by whom we trust.

    `at` is now: for signatures without a timestamp, and for timestamps that have ended meanwhile, which are believed
    with an evidence record alone.

    Raises:
        BadPdf: the file is no signed PDF as a certificate is one.
        UnknownPaper: it says that it is of a kind that we do not know.
    """
    sealed = open_sealed(content)
    kind = check_of(sealed.attachments) or DepositCheck
    return kind(sealed, trust, at, given, evidence).verdict()


class DepositCheck(Check):
    """The steps of a certificate of a deposit."""

    needed = NEEDED

    def steps(self) -> Steps:
        """Return the steps: two leaves, that they belong together, the person, and the content."""
        return (
            ("certificate in the log", lambda: self.logged(CERTIFICATE)),
            ("deposit in the log", lambda: self.logged(DEPOSIT)),
            ("certificate is of the deposit", self._of_deposit),
            ("holder and title", self._holder),
            ("content", self._content),
        )

    def facts(self) -> dict[str, str]:
        """Return numbers, time and digest, and what the particulars say."""
        found: dict[str, object] = {"kind": DEPOSIT}
        for name, keys in ((DEPOSIT, ("number", "recorded_at", "content_sha256")), (CERTIFICATE, ("number", "issuer"))):
            if name in self.records:
                found |= {f"{name}_{key}": self.records[name].facts.get(key, "") for key in keys}
        return {key: str(value) for key, value in (found | self.particulars).items()}

    def _of_deposit(self) -> Found:
        certificate, deposit = self.records[CERTIFICATE].facts, self.records[DEPOSIT].facts
        leaf = leaf_hash(self.proved[DEPOSIT].leaf.body).hex()
        same = ("content_sha256", "particulars")
        if (certificate["kind"], deposit["kind"]) != (CERTIFICATE, DEPOSIT):
            raise BadProof("A record is of another kind.", "The file was altered.")
        if (certificate["deposit"], certificate["deposit_leaf"]) != (deposit["number"], leaf) or any(
            certificate[key] != deposit[key] for key in same
        ):
            raise BadProof("The certificate is of another deposit.", "The file was altered.")
        if self.records[CERTIFICATE].public != self.records[DEPOSIT].public:
            raise BadProof("The two leaves were signed with different keys.", "Ask the registrar.")
        said = "{certificate} is of {deposit}, deposited at {instant}"
        numbers = {"certificate": certificate["number"], "deposit": deposit["number"]}
        yield State.HOLDS, Phrase(said, **numbers, instant=deposit["recorded_at"])

    def _holder(self) -> Found:
        said = self.particulars_of(DEPOSIT)
        yield State.HOLDS, Phrase("{names}: {title}", names=said["depositor"], title=said["title"])

    def _content(self) -> Found:
        deposit = self.records[DEPOSIT].facts
        contents, manifest = self.files[CONTENTS], self.files[MANIFEST]
        if hashlib.sha256(contents).hexdigest() != deposit["content_sha256"]:
            raise BadProof("The list of the content is not the one that was logged.", "The file was altered.")
        if hashlib.sha256(manifest).hexdigest() != self.particulars.get("manifest_sha256"):
            raise BadProof("The list of names is not the one that was logged.", "The file was altered.")
        if contents.count(b"\n") != deposit["file_count"]:
            raise BadProof("The number of files is another.", "The file was altered.")
        yield (
            State.HOLDS,
            Phrase("{count} files, {bytes} bytes", count=deposit["file_count"], bytes=deposit["byte_count"]),
        )
