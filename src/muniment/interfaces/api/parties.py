"""The API of parties: the register, and one party with what decides who is paid; reading only, without accounts."""

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of
from muniment.kernel.words.paging import Page
from muniment.rights.parties import queries
from muniment.rights.parties.rules import PartyKind
from muniment.trust.access.rules import Action, require

PREFIX = "/parties"
router = Router(tags=["parties"])

MOST = 500
"""Rows in one answer at most."""


class HitOut(Schema):
    """A party in a list."""

    id: int
    code: str
    kind: str
    name: str
    ipi_name: str | None
    country: str


class PageOut(Schema):
    """Some parties in the order of their Latin spelling, and how many fit in all."""

    rows: list[HitOut]
    total: int


class NameOut(Schema):
    """A name; `script` is an ISO 15924 code."""

    name: str
    script: str
    kind: str
    language: str
    ipi_name: str | None


class MembershipOut(Schema):
    """A time as our member."""

    member_number: str
    joined_on: date | None
    left_on: date | None


class MandateOut(Schema):
    """A right given to us; `known_to` is set where it was superseded."""

    id: int
    right: str
    territories: str
    work_class: str
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


class AffiliationOut(Schema):
    """Belonging to a sister society; `right` null stands for every right."""

    society_id: int
    society_name: str
    right: str | None
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


class SuccessionOut(Schema):
    """A fraction that passed to or from the named party."""

    party_id: int
    party_name: str
    share_ppm: int
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None


class PartyOut(Schema):
    """A party with everything recorded about it but its bank accounts."""

    id: int
    code: str
    kind: str
    name: str
    ipi_name: str | None
    ipi_base: str | None
    isni: str | None
    society_code: str | None
    country: str
    names: list[NameOut]
    memberships: list[MembershipOut]
    mandates: list[MandateOut]
    affiliations: list[AffiliationOut]
    successors: list[SuccessionOut]
    predecessors: list[SuccessionOut]


@router.get("", response=PageOut)
def find_parties(
    request: HttpRequest,
    q: str = "",
    kind: PartyKind | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[queries.PartyHit]:
    """Find parties by words of their names in any script, or by number; at most 500 at once."""
    require(actor_of(request), Action.PARTY_READ)
    return queries.find_parties(q, kind, max(1, min(limit, MOST)), max(0, offset))


@router.get("/{int:party_id}", response=PartyOut)
def get_party(request: HttpRequest, party_id: int) -> queries.PartyRow:
    """Return one party."""
    require(actor_of(request), Action.PARTY_READ)
    return queries.get_party(party_id)
