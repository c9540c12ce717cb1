"""The values that come out: a party as a reader sees it. Societies, successors and names are already joined."""

from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.shares import Right
from muniment.rights.parties.rules.values import NameKind, PartyKind


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name with its ISO 15924 script; `language` is a BCP 47 tag or empty."""

    id: int
    name: str
    script: str
    kind: NameKind
    language: str
    ipi_name: str | None

    @property
    def direction(self) -> str:
        """Return the writing direction for a page, "rtl" or "ltr"."""
        return "rtl" if self.script in ("Arab", "Hebr") else "ltr"


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A time as our member; `left_on` None: still one."""

    id: int
    member_number: str
    joined_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class MandateRow:
    """A mandate as recorded; `known_to` set: no longer held for true since that instant."""

    id: int
    right: Right
    territories: str
    work_class: str
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class AffiliationRow:
    """Belonging to a sister society; `right` None: for every right."""

    id: int
    society_id: int
    society_name: str
    right: Right | None
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """A fraction that passed between two parties; `party_id` and `party_name` are the other one of the two."""

    id: int
    party_id: int
    party_name: str
    share_ppm: int
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class BankRow:
    """A bank account and what became of its proposal: proposed, approved, replaced or refused."""

    id: int
    party_id: int
    party_name: str
    holder: str
    iban: str
    bic: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PartyHit:
    """A party in a list."""

    id: int
    code: str
    kind: PartyKind
    name: str
    ipi_name: str | None
    country: str

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party with everything recorded about it, the superseded facts included, newest last."""

    id: int
    code: str
    kind: PartyKind
    name: str
    ipi_name: str | None
    ipi_base: str | None
    isni: str | None
    society_code: str | None
    country: str
    intake_id: int | None
    created_at: datetime
    names: tuple[NameRow, ...]
    memberships: tuple[MembershipRow, ...]
    mandates: tuple[MandateRow, ...]
    affiliations: tuple[AffiliationRow, ...]
    successors: tuple[SuccessionRow, ...]
    predecessors: tuple[SuccessionRow, ...]
    bank_accounts: tuple[BankRow, ...]
