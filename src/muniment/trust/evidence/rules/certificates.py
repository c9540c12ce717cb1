"""What a certificate proves, step by step, from its PDF alone and without a network.

The PDF is signed by the registry; attached to it are the records of the certificate and of the deposit with their salts
and proofs of the log, the particulars (who deposited, under which title), the lists of the content, and the policy.
Each step either holds, fails, or cannot be said because nobody told us whom to trust.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.leaves import commitment
from muniment.trust.evidence.rules.policies import Policy, read_policy
from muniment.trust.evidence.rules.proofs import Verified, check_record, verify_proof
from muniment.trust.evidence.rules.sealed_pdf import SealedPdf, check_seal, open_sealed
from muniment.trust.evidence.rules.stamps import verify_stamp
from muniment.trust.evidence.rules.tree import BadProof, leaf_hash

CERTIFICATE, DEPOSIT = "certificate", "deposit"
RECORD, PROOF = ".json", ".tlog-proof"
PARTICULARS, CONTENTS, MANIFEST, POLICY = "particulars.json", "contents.txt", "manifest-sha256.txt", "policy"
CHECKPOINT, TOKEN = "checkpoint", "checkpoint.tst"
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
"""What is attached to every certificate; the checkpoint with its token only where an authority stamps."""


class State(StrEnum):
    """What a step comes to."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked: its name, what it came to, and what exactly."""

    name: str
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: the log and its witnesses (None: as the certificate says), the registry's roots, the
    authorities' roots."""

    policy: Policy | None = None
    roots: tuple[x509.Certificate, ...] = ()
    stamp_roots: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every step, and what the certificate says of itself (`number`, `deposit`, `depositor`, `title`, …)."""

    steps: tuple[Step, ...]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """Fails if a step fails, holds if every step holds."""
        states = {step.state for step in self.steps}
        return next(state for state in (State.FAILS, State.UNKNOWN, State.HOLDS) if state in states)


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is said to be of the deposit: its name and the SHA-256 of its bytes, hexadecimal."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class _Record:
    """A record as it is attached: its text, its salt, the key of its leaf, and what it says."""

    text: bytes
    salt: bytes
    public: bytes
    facts: dict[str, object]


def record_file(subject: str, body: str, salt: str, public_key: str) -> bytes:
    """Return a record as it is attached, in the form of `muniment log prove --record`."""
    facts = {"subject": subject, "record": body, "salt": salt, "public_key": public_key}
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()


def particulars_file(body: str, salt: str) -> bytes:
    """Return the particulars as they are attached."""
    return (json.dumps({"particulars": body, "salt": salt}, ensure_ascii=False, indent=1) + "\n").encode()


def verify_certificate(content: bytes, trust: Trust, at: datetime, given: Sequence[Given] = ()) -> Verdict:
    """Return what a certificate proves by whom we trust; `at` is now, for signatures without a timestamp.

    Raises:
        BadPdf: the file is no signed PDF as a certificate is one.
    """
    sealed = open_sealed(content)
    return _Check(sealed, trust, at, given).verdict()


class _Check:
    """Goes through a certificate; each step may use what the ones before it found."""

    def __init__(self, sealed: SealedPdf, trust: Trust, at: datetime, given: Sequence[Given]) -> None:
        self.sealed, self.trust, self.at, self.given = sealed, trust, at, given
        self.files = sealed.attachments
        self.records: dict[str, _Record] = {}
        self.proved: dict[str, Verified] = {}
        self.particulars: dict[str, object] = {}

    def verdict(self) -> Verdict:
        """Make every step."""
        made: list[Step] = []
        steps: list[tuple[str, Callable[[], Iterator[tuple[State, str]]]]] = [
            ("attachments", self._attached),
            ("signature", self._signature),
            ("certificate in the log", lambda: self._logged(CERTIFICATE)),
            ("deposit in the log", lambda: self._logged(DEPOSIT)),
            ("certificate is of the deposit", self._of_deposit),
            ("holder and title", self._holder),
            ("content", self._content),
            ("time of the log", self._log_time),
            *((f"file {one.name}", lambda one=one: self._file(one)) for one in self.given),
        ]
        for name, check in steps:
            try:
                made.extend(Step(name, state, detail) for state, detail in check())
            except UserError as error:
                made.append(Step(name, State.FAILS, str(error)))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                made.append(Step(name, State.FAILS, f"an attached file is not written as it should be ({error})"))
        return Verdict(tuple(made), self._facts())

    def _attached(self) -> Iterator[tuple[State, str]]:
        missing = [name for name in NEEDED if name not in self.files]
        if missing:
            yield State.FAILS, f"missing: {', '.join(missing)}"
        else:
            yield State.HOLDS, f"{len(self.files)} files"

    def _signature(self) -> Iterator[tuple[State, str]]:
        """The seal, the timestamp over it, and the way from its signer to a root at that time."""
        stamped = None
        if self.sealed.token and self.trust.stamp_roots:
            stamped = verify_stamp(self.sealed.token, self.sealed.signature, self.trust.stamp_roots)
        moment = self.at if stamped is None else stamped.stamped_at
        seal = check_seal(self.sealed, self.trust.roots, moment)
        if not seal.is_intact:
            yield State.FAILS, "the PDF is not as it was signed"
            return
        yield State.HOLDS, f"the whole PDF is as {seal.signer} signed it"
        if stamped is not None:
            yield State.HOLDS, f"it was signed before {stamped.stamped_at.isoformat()}, as the authority's stamp says"
        elif self.sealed.token:
            yield State.UNKNOWN, "it bears a timestamp, and no root of a time-stamping authority was given"
        else:
            yield State.HOLDS, "it bears no timestamp of its own; its time is that of the log"
        if not self.trust.roots:
            yield State.UNKNOWN, "no root of the registry was given, so nobody vouches for the signer"
        elif seal.is_trusted:
            yield State.HOLDS, f"a trusted root leads to the signer at {moment.isoformat()}"
        elif moment > seal.expires_at:
            yield (
                State.FAILS,
                f"the signer's certificate expired on {seal.expires_at:%Y-%m-%d}, before {moment:%Y-%m-%d}",
            )
        else:
            yield State.FAILS, "no trusted root leads to the signer"

    def _logged(self, name: str) -> Iterator[tuple[State, str]]:
        """The record of a leaf, its place in the tree, and who signed that tree."""
        record = self._record(name)
        policy = self.trust.policy or read_policy(self.files[POLICY].decode())
        proved = verify_proof(self.files[name + PROOF].decode(), policy)
        check_record(proved, record.salt, record.text, record.public)
        self.records[name], self.proved[name] = record, proved
        where = f"leaf {proved.index} of {proved.checkpoint.size} in {proved.checkpoint.origin}"
        signed = ", ".join(sorted(proved.witnesses)) or "no witness"
        if self.trust.policy is None:
            yield (
                State.UNKNOWN,
                f"{where}, by the keys that the certificate itself names; compare them, or give a policy",
            )
        else:
            yield State.HOLDS, f"{where}, cosigned by {signed}"

    def _of_deposit(self) -> Iterator[tuple[State, str]]:
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
        yield State.HOLDS, f"{certificate['number']} is of {deposit['number']}, deposited at {deposit['recorded_at']}"

    def _holder(self) -> Iterator[tuple[State, str]]:
        said = json.loads(self.files[PARTICULARS])
        text, salt = str(said["particulars"]), bytes.fromhex(said["salt"])
        if commitment(salt, text.encode()).hex() != self.records[DEPOSIT].facts["particulars"]:
            raise BadProof("The holder or the title is not the one that was logged.", "The file was altered.")
        self.particulars = json.loads(text)
        yield State.HOLDS, f"{self.particulars['depositor']}: {self.particulars['title']}"

    def _content(self) -> Iterator[tuple[State, str]]:
        deposit = self.records[DEPOSIT].facts
        contents, manifest = self.files[CONTENTS], self.files[MANIFEST]
        if hashlib.sha256(contents).hexdigest() != deposit["content_sha256"]:
            raise BadProof("The list of the content is not the one that was logged.", "The file was altered.")
        if hashlib.sha256(manifest).hexdigest() != self.particulars.get("manifest_sha256"):
            raise BadProof("The list of names is not the one that was logged.", "The file was altered.")
        if contents.count(b"\n") != deposit["file_count"]:
            raise BadProof("The number of files is another.", "The file was altered.")
        yield State.HOLDS, f"{deposit['file_count']} files, {deposit['byte_count']} bytes"

    def _log_time(self) -> Iterator[tuple[State, str]]:
        """The authority's stamp over the tree, or else the time that witnesses and the log say."""
        token, checkpoint = self.files.get(TOKEN), self.files.get(CHECKPOINT)
        if token is None or checkpoint is None:
            seconds = [one for proved in self.proved.values() for one in proved.witnesses.values()]
            when = f"witnesses signed it by {_instant(max(seconds))}" if seconds else "only the log says its time"
            yield State.HOLDS, f"no authority stamped the tree; {when}"
        elif not self.trust.stamp_roots:
            yield State.UNKNOWN, "the tree is stamped, and no root of a time-stamping authority was given"
        else:
            stamp = verify_stamp(token, checkpoint, self.trust.stamp_roots)
            if not any(checkpoint.startswith(one.checkpoint.text.encode()) for one in self.proved.values()):
                raise BadProof("The stamped tree is another than the one of the proof.", "The file was altered.")
            yield State.HOLDS, f"the tree was there at {stamp.stamped_at.isoformat()}"

    def _file(self, given: Given) -> Iterator[tuple[State, str]]:
        lines = self.files[CONTENTS].decode().splitlines()
        if any(line.split(" ")[0] == given.sha256 for line in lines):
            yield State.HOLDS, f"{given.sha256} is among the content"
        else:
            yield State.FAILS, f"{given.sha256} is not among the content: this is not what was deposited"

    def _record(self, name: str) -> _Record:
        said = json.loads(self.files[name + RECORD])
        text = str(said["record"])
        facts = json.loads(text)
        if said["subject"] != facts["subject"] or facts["subject"] != f"{name}/{facts['number']}":
            raise BadProof("A record is of another subject.", "The file was altered.")
        return _Record(text.encode(), bytes.fromhex(said["salt"]), bytes.fromhex(said["public_key"]), facts)

    def _facts(self) -> dict[str, str]:
        found: dict[str, object] = {}
        for name, keys in ((DEPOSIT, ("number", "recorded_at", "content_sha256")), (CERTIFICATE, ("number", "issuer"))):
            if name in self.records:
                found |= {f"{name}_{key}": self.records[name].facts.get(key, "") for key in keys}
        return {key: str(value) for key, value in (found | self.particulars).items()}


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
