"""What the papers of the register prove: certificate of registration, extract, search certificate.

Each brings `paper.json`, which says of what kind it is and what is printed on it. What can be proved of that is proved:
a registration by the leaf of its version, names by the salted hash in that leaf, the entry of today and the absence of
one by the map, whose root is a leaf of the log. What is left is the registry's word, and the step says so.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.checking import (
    CONTENTS,
    DEPOSIT,
    PARTICULARS,
    POLICY,
    PROOF,
    RECORD,
    Check,
    Found,
    Steps,
)
from muniment.trust.evidence.rules.map_proofs import KIND as MAP
from muniment.trust.evidence.rules.map_proofs import SUFFIX, Shown, verify_map_proof
from muniment.trust.evidence.rules.tree import BadProof
from muniment.trust.evidence.rules.verdicts import State

PAPER, ENTRY = "paper.json", "entry" + SUFFIX
REGISTRATION = "registration"
CERTIFICATE_OF_REGISTRATION, EXTRACT, SEARCH = "certificate-of-registration", "extract", "search"
_ALTERED = "The file was altered."
_ENDLESS = Phrase("no end")
_SAME = ("registration_number", "profile", "matter", "state", "registered_on", "until_on")
"""What the paper and the leaf of a registration both say."""


class UnknownPaper(UserError):
    """A paper says that it is of a kind that we do not know."""


def check_of(files: Mapping[str, bytes]) -> type[Check] | None:
    """Return what checks a paper with these files attached; None where no file names a kind, as in a deposit's.

    Raises:
        UnknownPaper: it names another, or the file is not written as it should be.
    """
    if PAPER not in files:
        return None
    try:
        named = str(json.loads(files[PAPER])["kind"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnknownPaper("The paper does not say of what kind it is.", _ALTERED) from error
    if named not in _CHECKS:
        raise UnknownPaper(f"The paper is of the kind {named[:40]!r}.", "Get a newer version of this software.")
    return _CHECKS[named]


class _PaperCheck(Check):
    """What the papers have in common: what they say of themselves."""

    @property
    def paper(self) -> dict[str, object]:
        """What is printed, as values."""
        said: dict[str, object] = json.loads(self.files[PAPER])
        return said

    def facts(self) -> dict[str, str]:
        """Return kind, number and title, as far as they are texts."""
        found = self.paper | {key: value for key, value in self.particulars.items() if key == "title"}
        return {key: value for key, value in found.items() if isinstance(value, str)}

    def subject_of(self, name: str, facts: dict[str, object]) -> str:
        """Return the subject: a registration has a leaf for each of its versions, the map one for each root."""
        if name == REGISTRATION:
            return f"{name}/{facts['number']}/{facts['place']}"
        return super().subject_of(name, facts)

    def _of_registration(self) -> Found:
        """Paper and leaf are of one registration and say the same of it.

        Raises:
            BadProof: they are not.
        """
        record, paper = self.records[REGISTRATION].facts, self.paper
        if record["kind"] != REGISTRATION or (paper["certificate_number"], paper["version"]) != (
            record["number"],
            record["place"],
        ):
            raise BadProof("The paper is of another registration.", _ALTERED)
        wrong = [name for name in _SAME if paper[name] != record[name]]
        if wrong:
            raise BadProof("The paper says another {fields} than was logged.", _ALTERED, fields=tuple(wrong))
        yield (
            State.HOLDS,
            Phrase(
                "{number} ({registration_number}), version {version}: {state} since {since}, until {until}",
                number=record["number"],
                registration_number=record["registration_number"],
                version=record["place"],
                state=_standing(record),
                since=record["valid_from_on"],
                until=record["until_on"] or _ENDLESS,
            ),
        )

    def _holders(self) -> Found:
        """Raises: BadProof: title or holders are not those that the leaf commits to."""
        named = tuple(str(one["name"]) for one in self._shown)
        if PARTICULARS not in self.files:
            unproved = "{names}: {title}, as the registry says who signed this"
            yield State.HOLDS, Phrase(unproved, names=named, title=self.paper["title"])
            return
        said = self.particulars_of(REGISTRATION)
        if (self.paper["title"], self._shown) != (said["title"], _shown(said["holders"])):
            raise BadProof("The paper names another title or holder than was logged.", _ALTERED)
        yield State.HOLDS, Phrase("{names}: {title}", names=named, title=said["title"])

    @property
    def _shown(self) -> list[dict[str, object]]:
        return _shown(self.paper["holders"])


class _RegistrationCheck(_PaperCheck):
    """The steps of a certificate of registration; those of its deposit where it names one."""

    needed = (PAPER, REGISTRATION + RECORD, REGISTRATION + PROOF, POLICY)

    def steps(self) -> Steps:
        """Return the steps: the leaf, what is printed, the names, and the deposit.

        Names can be proved where their particulars are attached, which an erased registration has no more.
        """
        return (
            ("registration in the log", lambda: self.logged(REGISTRATION)),
            ("certificate is of the registration", self._of_registration),
            ("holder and title", self._holders),
            ("deposit of the registration", self._deposit),
        )

    def _deposit(self) -> Found:
        """Raises: BadProof: the deposit is another, or the list of its content is."""
        record = self.records[REGISTRATION].facts
        if (self.paper["deposit"], self.paper["content_sha256"]) != (record["deposit"], record["content_sha256"]):
            raise BadProof("The paper names another deposit than was logged.", _ALTERED)
        if not record["deposit"]:
            yield State.HOLDS, Phrase("it names none")
            return
        if DEPOSIT + RECORD not in self.files:
            said = "{deposit}, as the registration's leaf says; its own record is not attached"
            yield State.HOLDS, Phrase(said, deposit=record["deposit"])
            return
        yield from self.logged(DEPOSIT)
        deposit = self.records[DEPOSIT].facts
        if (deposit["kind"], deposit["number"], deposit["content_sha256"]) != (
            DEPOSIT,
            record["deposit"],
            record["content_sha256"],
        ):
            raise BadProof("The deposit is not the one of the registration.", _ALTERED)
        if CONTENTS in self.files and hashlib.sha256(self.files[CONTENTS]).hexdigest() != deposit["content_sha256"]:
            raise BadProof("The list of the content is not the one that was logged.", _ALTERED)
        said = "{deposit}: {count} files, deposited at {instant}"
        when = deposit["recorded_at"]
        yield State.HOLDS, Phrase(said, deposit=deposit["number"], count=deposit["file_count"], instant=when)


class _MappedCheck(_PaperCheck):
    """What extract and search certificate share: the proof of what stands under a key of the map, or of nothing."""

    shown: Shown

    def entry(self, key: str, public: bytes | None = None) -> Found:
        """Check the attached proof of the map against the key that the paper is about.

        Raises:
            BadProof, BadNote, BadLeaf, NotTrusted: it proves nothing, or of another key, size or registry.
        """
        shown = verify_map_proof(self.files[ENTRY].decode(), self.policy, public, key)
        if (self.paper["size"], self.paper["root"]) != (shown.size, shown.root):
            said = "The paper says log size {said}, and the proof is of {size}."
            raise BadProof(said, _ALTERED, said=self.paper["size"], size=shown.size)
        self.shown, self.proved[MAP] = shown, shown.log
        where = "{key} in the map of {count} entries that leaf {index} states, the last of {size}"
        numbers = {"count": shown.entry_count, "index": shown.size - 1, "size": shown.size}
        yield self.vouched(Phrase(where, key=key, **numbers), shown.log)

    @property
    def found(self) -> dict[str, object] | None:
        """What was proved to stand under the key."""
        return None if self.shown.value is None else json.loads(self.shown.value)


class _ExtractCheck(_MappedCheck):
    """The steps of an extract of the register."""

    needed = (PAPER, REGISTRATION + RECORD, REGISTRATION + PROOF, ENTRY, POLICY)

    def steps(self) -> Steps:
        """Return the steps: the leaf of the version of that day, what is printed, the names, the entry of now."""
        return (
            ("registration in the log", lambda: self.logged(REGISTRATION)),
            ("extract is of the registration", self._of_registration),
            ("holder and title", self._holders),
            ("entry in the map", self._entry),
            ("extract and entry", self._today),
        )

    def _entry(self) -> Found:
        record = self.records[REGISTRATION]
        yield from self.entry(f"{REGISTRATION}/{record.facts['number']}", record.public)

    def _today(self) -> Found:
        """Raises: BadProof: the map has another registration, or the extract of its newest state says another one."""
        found, paper = self.found, self.paper
        if found is None or found["registration_number"] != paper["registration_number"]:
            raise BadProof("The map has no such registration.", _ALTERED)
        now = Phrase(
            "{state} until {until}, {licences} licences and {pledges} pledges in force, as of log size {size}",
            state=_standing(found),
            until=found["until_on"] or _ENDLESS,
            licences=found["licence_count"],
            pledges=found["pledge_count"],
            size=paper["size"],
        )
        if not paper["is_newest"]:
            yield State.HOLDS, Phrase("the extract is not of the newest entry, which says {now}", now=now)
            return
        names = ("version", "state", "until_on")
        own, newest = [paper[name] for name in names], [found[name] for name in names]
        if paper["stands"] != paper["state"] or own != newest or _actives(paper) != _counts(found):
            raise BadProof("The extract says another state than the map.", _ALTERED)
        yield State.HOLDS, Phrase("the newest entry says the same: {now}", now=now)


class _SearchCheck(_MappedCheck):
    """The steps of a search certificate."""

    needed = (PAPER, ENTRY, POLICY)

    def steps(self) -> Steps:
        """Return the steps: what stands under the key, and that the paper says just that."""
        return (("entry in the map", lambda: self.entry(str(self.paper["key"]))), ("answer", self._answer))

    def _answer(self) -> Found:
        """Raises: BadProof: the paper says another thing than was proved."""
        found, paper = self.found, self.paper
        if found != paper["found"]:
            raise BadProof("The paper says another thing than the map.", _ALTERED)
        if found is None:
            said = "nothing is registered under {key} as of log size {size}"
            yield State.HOLDS, Phrase(said, key=paper["key"], size=paper["size"])
            return
        if "pledge_count" in found and _actives(paper) != _counts(found):
            raise BadProof("The paper lists others than the map counts.", _ALTERED)
        said = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        yield (
            State.HOLDS,
            Phrase("{key} as of log size {size}: {said}", key=paper["key"], size=paper["size"], said=said),
        )


def _standing(said: Mapping[str, object]) -> str:
    """Return the state of a registration in words: `in_force` is in force."""
    return str(said["state"]).replace("_", " ")


def _shown(holders: Any) -> list[dict[str, object]]:
    """Return what a register shows of holders; particulars leave out what is empty."""
    return [{name: one.get(name, "") for name in ("name", "kind", "role", "country")} for one in holders]


def _actives(paper: Mapping[str, Any]) -> tuple[object, object]:
    """Return how many licences and pledges a paper lists as being in force."""
    licences, pledges = (
        [one for one in paper[listed] if one["state"] == "active"] for listed in ("licences", "pledges")
    )
    return len(licences), len(pledges)


def _counts(found: Mapping[str, object]) -> tuple[object, object]:
    return found["licence_count"], found["pledge_count"]


_CHECKS: dict[str, type[Check]] = {
    CERTIFICATE_OF_REGISTRATION: _RegistrationCheck,
    EXTRACT: _ExtractCheck,
    SEARCH: _SearchCheck,
}
"""What checks a paper of a kind."""
