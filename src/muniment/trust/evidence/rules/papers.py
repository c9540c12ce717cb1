"""What the papers of the register prove: certificate of registration, extract, search certificate.

Each brings `paper.json`, which says of what kind it is and what is printed on it. What can be proved of that is proved:
a registration by the leaf of its version, names by the salted hash in that leaf, the entry of today and the absence of
one by the map, whose root is a leaf of the log. What is left is the registry's word, and the step says so.
"""

import hashlib
import json
from collections.abc import Mapping

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
from muniment.trust.evidence.rules.tree import BadProof
from muniment.trust.evidence.rules.verdicts import State

PAPER = "paper.json"
REGISTRATION = "registration"
CERTIFICATE_OF_REGISTRATION, EXTRACT, SEARCH = "certificate-of-registration", "extract", "search"
_ALTERED = "The file was altered."
_SAME = ("registration_number", "profile", "matter", "state", "registered_on", "until_on", "application")
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
            raise BadProof(f"The paper says another {', '.join(wrong)} than was logged.", _ALTERED)
        yield (
            State.HOLDS,
            f"{record['number']} ({record['registration_number']}), version {record['place']}:"
            f" {record['state']} since {record['valid_from_on']}, until {record['until_on'] or 'no end'}",
        )

    def _holders(self) -> Found:
        """Raises: BadProof: title or holders are not those that the leaf commits to."""
        if PARTICULARS not in self.files:
            if self.paper["holders"] or self.paper["title"]:
                raise BadProof("The paper names holders that it does not prove.", _ALTERED)
            yield State.HOLDS, "the names were erased, and the paper names nobody"
            return
        said = self.particulars_of(REGISTRATION)
        if (self.paper["title"], self.paper["holders"]) != (said["title"], said["holders"]):
            raise BadProof("The paper names another title or holder than was logged.", _ALTERED)
        names = [str(one["name"]) for one in said["holders"]]  # type: ignore[attr-defined]
        yield State.HOLDS, f"{', '.join(names)}: {said['title']}"


class _RegistrationCheck(_PaperCheck):
    """The steps of a certificate of registration; those of its deposit where it names one."""

    needed = (PAPER, REGISTRATION + RECORD, REGISTRATION + PROOF, PARTICULARS, POLICY)

    def steps(self) -> Steps:
        """Return the steps: the leaf, what is printed, the names, and the deposit."""
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
            yield State.HOLDS, "it names none"
            return
        if DEPOSIT + RECORD not in self.files:
            yield State.UNKNOWN, f"{record['deposit']} is named, and its record is not attached"
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
        yield State.HOLDS, f"{deposit['number']}: {deposit['file_count']} files, deposited at {deposit['recorded_at']}"


_CHECKS: dict[str, type[Check]] = {CERTIFICATE_OF_REGISTRATION: _RegistrationCheck}
