"""What the papers of the registry have in common, and how that is checked: signature, records of the log, its time."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.archive import verify_record
from muniment.trust.evidence.rules.leaves import commitment
from muniment.trust.evidence.rules.lifetimes import end_of
from muniment.trust.evidence.rules.policies import Policy, read_policy
from muniment.trust.evidence.rules.proofs import Verified, check_record, verify_proof
from muniment.trust.evidence.rules.revocation import standing_of
from muniment.trust.evidence.rules.sealed_pdf import Sealed, SealedPdf, check_seal
from muniment.trust.evidence.rules.stamps import BadStamp, Stamp, verify_stamp
from muniment.trust.evidence.rules.tree import BadProof
from muniment.trust.evidence.rules.verdicts import Evidence, Given, State, Step, Trust, Verdict

RECORD, PROOF = ".json", ".tlog-proof"
DEPOSIT = "deposit"
PARTICULARS, CONTENTS, POLICY = "particulars.json", "contents.txt", "policy"
CHECKPOINT, TOKEN = "checkpoint", "checkpoint.tst"

Found = Iterator[tuple[State, str]]
"""What a step yields: states with what exactly. The page without a server says the same, from the same templates."""
Steps = Sequence[tuple[str, Callable[[], Found]]]


@dataclass(frozen=True, slots=True)
class LoggedRecord:
    """A record as it is attached: its text, its salt, the key of its leaf, and what it says."""

    text: bytes
    salt: bytes
    public: bytes
    facts: dict[str, object]


class Check(ABC):
    """Goes through a paper; each step may use what the ones before it found. A kind of paper says its own steps."""

    needed: tuple[str, ...] = (POLICY,)
    """The files that must be attached."""

    def __init__(
        self, sealed: SealedPdf, trust: Trust, at: datetime, given: Sequence[Given], evidence: Evidence | None = None
    ) -> None:
        self.sealed, self.trust, self.at, self.given, self.evidence = sealed, trust, at, given, evidence
        self.files = sealed.attachments
        self.records: dict[str, LoggedRecord] = {}
        self.proved: dict[str, Verified] = {}
        self.particulars: dict[str, object] = {}

    @abstractmethod
    def steps(self) -> Steps:
        """Return the steps of this kind of paper, between its signature and the time of the log."""

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """Return what the paper says of itself, as far as it was proved."""

    def verdict(self) -> Verdict:
        """Make every step."""
        made: list[Step] = []
        steps: Steps = [
            ("attachments", self._attached),
            ("signature", self._signature),
            *self.steps(),
            ("time of the log", self._log_time),
            *((Phrase("file {name}", name=one.name), lambda one=one: self._file(one)) for one in self.given),
        ]
        for name, check in steps:
            try:
                made.extend(Step(name, state, detail) for state, detail in check())
            except UserError as error:
                made.append(Step(name, State.FAILS, str(error)))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                made.append(Step(name, State.FAILS, Phrase("an attached file is missing, or written in another way")))
        return Verdict(tuple(made), self.facts())

    def logged(self, name: str) -> Found:
        """Check the record of a leaf, its place in the tree, and who signed that tree.

        Raises:
            BadProof, BadNote, BadLeaf, NotTrusted: one of them does not hold.
        """
        record = self._record(name)
        proved = verify_proof(self.files[name + PROOF].decode(), self.policy)
        check_record(proved, record.salt, record.text, record.public)
        self.records[name], self.proved[name] = record, proved
        seen = proved.checkpoint
        where = Phrase("leaf {index} of {size} in {origin}", index=proved.index, size=seen.size, origin=seen.origin)
        yield self.vouched(where, proved)

    @property
    def policy(self) -> Policy:
        """Whose word is enough: as we were told, else as the paper itself says."""
        return self.trust.policy or read_policy(self.files[POLICY].decode())

    def vouched(self, where: Phrase, proved: Verified) -> tuple[State, str]:
        """Return a place in the log with who vouches for its tree: witnesses, or nobody where no policy is given."""
        if self.trust.policy is None:
            said = "{where}, by the keys that the paper itself names; compare them, or give a policy"
            return State.UNKNOWN, Phrase(said, where=where)
        signed = tuple(sorted(proved.witnesses)) or Phrase("no witness")
        return State.HOLDS, Phrase("{where}, cosigned by {witnesses}", where=where, witnesses=signed)

    def particulars_of(self, name: str) -> dict[str, object]:
        """Return the attached particulars, once the record of a name is seen to commit to them.

        Raises:
            BadProof: it commits to others.
        """
        said = json.loads(self.files[PARTICULARS])
        text, salt = str(said["particulars"]), bytes.fromhex(said["salt"])
        if commitment(salt, text.encode()).hex() != self.records[name].facts["particulars"]:
            raise BadProof("The holder or the title is not the one that was logged.", "The file was altered.")
        self.particulars = json.loads(text)
        return self.particulars

    def _attached(self) -> Found:
        missing = [name for name in self.needed if name not in self.files]
        if missing:
            yield State.FAILS, Phrase("missing: {names}", names=tuple(missing))
        else:
            yield State.HOLDS, Phrase("{count} files", count=len(self.files))

    def _signature(self) -> Found:
        """The seal, the timestamp over it, and the way from its signer to a root at that time."""
        stamped = None
        if self.sealed.token and self.trust.stamp_roots:
            stamped = verify_stamp(self.sealed.token, self.sealed.signature, self.trust.stamp_roots)
        moment = self.at if stamped is None else stamped.stamped_at
        seal = check_seal(self.sealed, self.trust.roots, moment)
        if not seal.is_intact:
            yield State.FAILS, Phrase("the PDF is not as it was signed")
            return
        yield State.HOLDS, Phrase("the whole PDF is as {signer} signed it", signer=seal.signer)
        if stamped is not None:
            said, when = "it was signed before {instant}, as the authority's stamp says", stamped.stamped_at.isoformat()
            yield self._as_stamped(Phrase(said, instant=when), stamped)
        elif self.sealed.token:
            yield State.UNKNOWN, Phrase("it bears a timestamp, and no root of a time-stamping authority was given")
        else:
            yield State.HOLDS, Phrase("it bears no timestamp of its own; its time is that of the log")
        yield self._signer(seal, moment)
        if seal.is_trusted:
            yield self._revocation(seal, stamped, moment)

    def _signer(self, seal: Sealed, moment: datetime) -> tuple[State, str]:
        """Say whether a root that we trust vouches for the signer at a moment."""
        if not self.trust.roots:
            return State.UNKNOWN, Phrase("no root of the registry was given, so nobody vouches for the signer")
        if seal.is_trusted:
            return State.HOLDS, Phrase("a trusted root leads to the signer at {instant}", instant=moment.isoformat())
        if moment > seal.expires_at:
            said = "the signer's certificate expired on {day}, before {today}"
            return State.FAILS, Phrase(said, day=seal.expires_at.date(), today=moment.date())
        return State.FAILS, Phrase("no trusted root leads to the signer")

    def _revocation(self, seal: Sealed, stamped: Stamp | None, moment: datetime) -> tuple[State, str]:
        """Say whether the signer's certificate was revoked before it signed, by the lists of the paper and our own."""
        found = standing_of(seal.way, (*self.sealed.lists, *self.trust.lists))
        if found.revoked_from is not None:
            return self._revoked(found.revoked_from, stamped)
        if found.as_of is None or found.until is None:
            missing = "no list says whether the signer's certificate was revoked; give the newest of its issuer"
            none = "nobody says that the signer's certificate was revoked; its issuer publishes no lists"
            return (State.UNKNOWN, Phrase(missing)) if found.is_missing else (State.HOLDS, Phrase(none))
        if moment > found.until:
            said = "the list of revoked certificates of {instant} is too old; give a newer one"
            return State.UNKNOWN, Phrase(said, instant=found.as_of.isoformat())
        said = "the signer's certificate was not revoked, as the list of {instant} says"
        return State.HOLDS, Phrase(said, instant=found.as_of.isoformat())

    def _revoked(self, since: datetime, stamped: Stamp | None) -> tuple[State, str]:
        """Say what a signature is worth whose certificate is not to be trusted since then."""
        when = since.isoformat()
        if stamped is not None and stamped.stamped_at < since:
            said = "the signer's certificate was revoked at {instant}, after it signed"
            return State.HOLDS, Phrase(said, instant=when)
        if stamped is None and self.sealed.token:
            said = "the signer's certificate was revoked at {instant}; whether it signed before, its timestamp says"
            return State.UNKNOWN, Phrase(said, instant=when)
        said = "the signer's certificate was revoked at {instant}, and no timestamp shows that it signed before"
        return State.FAILS, Phrase(said, instant=when)

    def _as_stamped(self, said: Phrase, stamp: Stamp) -> tuple[State, str]:
        """Return what a stamp says; once it has ended it says so, and needs an evidence record beside it."""
        last = end_of(self.trust.lifetimes, (*stamp.signed_with, stamp.imprint.algorithm))
        if self.at >= stamp.expires_at:
            ended = Phrase("a certificate of the authority expired on {day}", day=stamp.expires_at.date())
        elif self.at >= last:
            ended = Phrase("an algorithm of the stamp was trusted until {day}", day=(last - timedelta(days=1)).date())
        else:
            return State.HOLDS, said
        if self.evidence is None:
            return State.UNKNOWN, Phrase("{said}; {ended}, so give an evidence record", said=said, ended=ended)
        return State.HOLDS, Phrase("{said}; {ended}", said=said, ended=ended)

    def _log_time(self) -> Found:
        """The authority's stamp over the tree and its evidence record, or else what witnesses and the log say."""
        token, checkpoint = self.files.get(TOKEN), self.files.get(CHECKPOINT)
        is_stamped = token is not None and checkpoint is not None
        if not is_stamped and self.evidence is None:
            seconds = [one for proved in self.proved.values() for one in proved.witnesses.values()]
            said = "no authority stamped the tree; witnesses signed it by {instant}"
            alone = Phrase("no authority stamped the tree; only the log says its time")
            yield State.HOLDS, Phrase(said, instant=_instant(max(seconds))) if seconds else alone
            return
        if not self.trust.stamp_roots:
            yield State.UNKNOWN, Phrase("the tree is stamped, and no root of a time-stamping authority was given")
            return
        if token is not None and checkpoint is not None:
            stamp = verify_stamp(token, checkpoint, self.trust.stamp_roots)
            self._check_tree(checkpoint)
            said = Phrase("the tree was there at {instant}", instant=stamp.stamped_at.isoformat())
            yield self._as_stamped(said, stamp)
        if self.evidence is not None:
            yield self._proven(self.evidence, checkpoint)

    def _proven(self, evidence: Evidence, attached: bytes | None) -> tuple[State, str]:
        """Return since when an evidence record proves the tree to be there, and until when it does so.

        Raises:
            BadStamp: it proves nothing of the checkpoint, or not any more, or there is no checkpoint.
            BadProof, BadNote, BadLeaf, NotTrusted: the checkpoint is of another tree, or no proof leads there.
        """
        checkpoint = attached if evidence.checkpoint is None else evidence.checkpoint
        if checkpoint is None:
            raise BadStamp("The paper brings no checkpoint.", "Give the one that the evidence record is of as well.")
        if evidence.proof is not None:
            later = verify_proof(evidence.proof, self.policy)
            if not any(later.leaf == one.leaf for one in self.proved.values()):
                raise BadProof("The proof is of no leaf of this paper.", "Prove its leaf in the tree that was stamped.")
            self.proved[CHECKPOINT] = later
        self._check_tree(checkpoint)
        lifetimes, roots = self.trust.lifetimes, self.trust.stamp_roots
        found = verify_record(evidence.record, checkpoint, roots, lifetimes=lifetimes, at=self.at)
        said = "the tree was there at {instant}, as the {count} tokens of the evidence record say until {day}"
        values = {"instant": found.since.isoformat(), "count": len(found.links), "day": found.until.date()}
        return State.HOLDS, Phrase(said, **values)

    def _check_tree(self, checkpoint: bytes) -> None:
        """Raises: BadProof: a checkpoint is of another tree than the one that leaves were proved in."""
        if not any(checkpoint.startswith(one.checkpoint.text.encode()) for one in self.proved.values()):
            raise BadProof("The stamped tree is another than the one of the proof.", "The file was altered.")

    def _file(self, given: Given) -> Found:
        if CONTENTS not in self.files:
            yield State.FAILS, Phrase("this paper brings no list of a content")
            return
        lines = self.files[CONTENTS].decode().splitlines()
        if any(line.split(" ")[0] == given.sha256 for line in lines):
            yield State.HOLDS, Phrase("{digest} is among the content", digest=given.sha256)
        else:
            said = "{digest} is not among the content: this is not what was deposited"
            yield State.FAILS, Phrase(said, digest=given.sha256)

    def _record(self, name: str) -> LoggedRecord:
        said = json.loads(self.files[name + RECORD])
        text = str(said["record"])
        facts = json.loads(text)
        if said["subject"] != facts["subject"] or facts["subject"] != self.subject_of(name, facts):
            raise BadProof("A record is of another subject.", "The file was altered.")
        return LoggedRecord(text.encode(), bytes.fromhex(said["salt"]), bytes.fromhex(said["public_key"]), facts)

    def subject_of(self, name: str, facts: dict[str, object]) -> str:
        """Return under which subject a record of a name is logged."""
        return f"{name}/{facts['number']}"


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
