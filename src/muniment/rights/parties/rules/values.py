"""The values that go in: kinds of parties and names, and drafts of what shall be registered."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right

UNCLAIMED = "UNCLAIMED"
"""The reason of a part that nobody we know may be paid for."""


class PartyKind(StrEnum):
    """What a party mainly is to the society; a person who writes and performs is kept as what they joined as."""

    WRITER = "writer"
    COMPOSER = "composer"
    PUBLISHER = "publisher"
    PERFORMER = "performer"
    PRODUCER = "producer"
    SOCIETY = "society"
    LICENSEE = "licensee"
    PERSON = "person"


class NameKind(StrEnum):
    """How a name relates to the party; each party has one main name."""

    MAIN = "main"
    ALIAS = "alias"
    PSEUDONYM = "pseudonym"
    TRANSLITERATION = "transliteration"


class UnknownKind(UserError):
    """The word names no kind of party."""


_KIND_WORDS = {
    "author": PartyKind.WRITER,
    "songwriter": PartyKind.WRITER,
    "lyricist": PartyKind.WRITER,
    "arranger": PartyKind.WRITER,
    "editor": PartyKind.PUBLISHER,
    "music publisher": PartyKind.PUBLISHER,
    "artist": PartyKind.PERFORMER,
    "musician": PartyKind.PERFORMER,
    "singer": PartyKind.PERFORMER,
    "label": PartyKind.PRODUCER,
    "record label": PartyKind.PRODUCER,
    "cmo": PartyKind.SOCIETY,
    "user": PartyKind.LICENSEE,
    "heir": PartyKind.PERSON,
    "successor": PartyKind.PERSON,
}


def parse_kind(text: str) -> PartyKind:
    """Return the kind that a word such as "Composer", "author" or "record label" names.

    Raises:
        UnknownKind: no kind goes by this word.
    """
    word = fold(text)
    if word in PartyKind:
        return PartyKind(word)
    if word not in _KIND_WORDS:
        kinds = tuple(kind.value for kind in PartyKind)
        raise UnknownKind("{text!r} is not a kind of party.", "Write one of: {kinds}.", text=text, kinds=kinds)
    return _KIND_WORDS[word]


@dataclass(frozen=True, slots=True)
class NameDraft:
    """One further name; an IPI name number belongs to a name, so a pseudonym may have its own."""

    name: str
    kind: NameKind = NameKind.ALIAS
    language: str = ""
    ipi_name: str | None = None


@dataclass(frozen=True, slots=True)
class MandateDraft:
    """A right that the party gives us to manage: where, for which class of works (empty: every class), and when."""

    right: Right
    territories: str = "2136"
    work_class: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class MembershipDraft:
    """Joining the society under a number; the number defaults to the party's code."""

    member_number: str = ""
    joined_on: date | None = None
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class BankDraft:
    """An account that money may go to once a second person approved it."""

    iban: str
    holder: str
    bic: str = ""


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A party to register. Identifiers are None where unknown, else in their compact form.

    `code` is the member or party number; where empty, one is made from the record's id. `society_id` is the party id
    of the sister society that the party belongs to, None for our own members and for those of no society.
    """

    kind: PartyKind
    name: str
    code: str = ""
    ipi_name: str | None = None
    ipi_base: str | None = None
    isni: str | None = None
    society_code: str | None = None
    country: str = ""
    language: str = ""
    society_id: int | None = None
    names: tuple[NameDraft, ...] = ()
    membership: MembershipDraft | None = None
    mandates: tuple[MandateDraft, ...] = ()
    bank: BankDraft | None = None
