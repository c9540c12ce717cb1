"""What a registration consists of once it is granted: its holders, why a version was written, licences and pledges."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from muniment.kernel.words.digests import Plain, canonical_json
from muniment.kernel.words.names import fold
from muniment.rights.registry.rules.application import Applicant, Statement

_HOLDERS = frozenset({"holder", "co_holder"})


class Cause(StrEnum):
    """Why a version of a registration was written: an application's kind, or an act of the registry."""

    FIRST = "first"
    RENEWAL = "renewal"
    CHANGE = "change"
    TRANSFER = "transfer"
    CANCELLATION = "cancellation"
    LAPSE = "lapse"
    REVOCATION = "revocation"


class RecordalKind(StrEnum):
    """What is recorded on a registration."""

    LICENCE = "licence"
    PLEDGE = "pledge"


class RecordalState(StrEnum):
    """Whether a licence or a pledge still stands."""

    ACTIVE = "active"
    ENDED = "ended"


class RecordalAct(StrEnum):
    """What is done about a licence or a pledge, as its leaf says it.

    The four in the middle write its next version; of a pledge that steps behind another, those between them advance.
    """

    RECORDED = "recorded"
    AMENDED = "amended"
    ASSIGNED = "assigned"
    SUBORDINATED = "subordinated"
    ADVANCED = "advanced"
    CONSENTED = "consented"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a registration. The law shows the first four; identifier and address are shown to nobody."""

    name: str
    kind: str = "legal"
    role: str = "holder"
    country: str = ""
    identifier: str = ""
    address: str = ""

    @property
    def shown(self) -> dict[str, Plain]:
        """Return what the register shows."""
        return {"name": self.name, "kind": self.kind, "role": self.role, "country": self.country}

    @property
    def keys(self) -> set[str]:
        """Return what a search for the liens of this holder may ask for: the name and the identifier, folded."""
        return {key for key in (name_key(self.name), name_key(self.identifier)) if key}


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The other party of a recordal, a licensee or a creditor; the register shows the name alone."""

    name: str
    identifier: str = ""
    kind: str = "legal"
    country: str = ""
    address: str = ""


def name_key(text: str) -> str:
    """Return a name or an identifier as it is compared: without regard to width, case, accents and separators."""
    return fold(text).replace(" ", "")


def plain_number(text: str) -> str:
    """Return a certificate or registration number as it is kept; width, case, blanks and hyphens are forgiven."""
    return name_key(text).upper()


def registration_key(certificate_number: str) -> str:
    """Return the key under which the verifiable map has the standing of a registration."""
    return f"registration/{certificate_number}"


def grantor_key(name_or_identifier: str) -> str:
    """Return the key under which the verifiable map has what a holder pledged."""
    return f"grantor/{name_key(name_or_identifier)}"


def holder_of(applicant: Applicant) -> Holder:
    """Return an applicant as a holder."""
    return Holder(
        applicant.name, applicant.kind, applicant.role, applicant.country, applicant.identifier, applicant.address
    )


def holders_of(statement: Statement) -> tuple[Holder, ...]:
    """Return the holders that a statement names; an agent is none."""
    return tuple(holder_of(one) for one in statement.applicants if one.role in _HOLDERS)


def shown_text(holders: Sequence[Holder]) -> str:
    """Return what the register shows of holders, as a JSON list."""
    return canonical_json([one.shown for one in holders]).decode()


def particulars_text(title: str, holders: Sequence[Holder]) -> str:
    """Return title and holders with all that is known of them, as canonical JSON; what is empty is left out."""
    return canonical_json({"title": title, "holders": [_whole(one) for one in holders]}).decode()


def counterpart_text(counterpart: Counterpart) -> str:
    """Return all that is known of the other party, as canonical JSON; what is empty is left out."""
    return canonical_json({name: value for name, value in asdict(counterpart).items() if value}).decode()


def read_shown(text: str) -> tuple[Holder, ...]:
    """Return the holders of a JSON list that `shown_text` wrote."""
    return tuple(Holder(**one) for one in json.loads(text))


def read_particulars(text: str) -> tuple[Holder, ...]:
    """Return the holders of a JSON text that `particulars_text` wrote."""
    return tuple(Holder(**one) for one in json.loads(text)["holders"])


def are_same_persons(before: Sequence[Holder], after: Sequence[Holder]) -> bool:
    """Say whether these are the same holders, one to one, of whom each kept the name or the identifier.

    This is what tells a change from a transfer: a person may change the name or correct the identifier, not both at
    once, and nobody may come or go.
    """
    left = list(after)
    for one in before:
        found = next((other for other in left if _is_same(one, other)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _whole(one: Holder) -> dict[str, Plain]:
    more = {"identifier": one.identifier, "address": one.address}
    return {name: value for name, value in (one.shown | more).items() if value}


def _is_same(one: Holder, other: Holder) -> bool:
    if one.identifier and name_key(one.identifier) == name_key(other.identifier):
        return True
    return name_key(one.name) == name_key(other.name)
