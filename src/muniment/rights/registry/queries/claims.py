"""Reads of claims: who asks to stand behind a registration, and whether somebody does."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.paging import Page
from muniment.rights.registry.models import Claim
from muniment.rights.registry.rules.claims import ClaimState
from muniment.rights.registry.rules.estate import plain_number


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim to a registration, without its code; `party_id` is who asked with it, None while nobody has."""

    registration: str
    title: str
    holders: tuple[str, ...]
    place: int
    state: ClaimState
    issued_at: datetime
    issued_by: str
    until_on: date
    party_id: int | None
    asked_at: datetime | None
    decided_at: datetime | None
    decided_by: str
    reason: str


def claims_of(certificate_number: str) -> tuple[ClaimRow, ...]:
    """Return the claims to a registration, the newest first."""
    rows = Claim.objects.filter(registration__certificate_number=plain_number(certificate_number)).order_by("-place")
    return tuple(claim_row(row) for row in rows.select_related("registration"))


def list_claims(*, state: ClaimState = ClaimState.ASKED, limit: int = 50, offset: int = 0) -> Page[ClaimRow]:
    """Return the claims that stand so, the oldest first: those that wait for a registrar, if nothing else is asked."""
    rows = Claim.objects.filter(state=state).order_by("id")
    page = rows.select_related("registration")[offset : offset + limit]
    return Page(tuple(claim_row(row) for row in page), rows.count())


def claims_by(party_id: int, limit: int = 50) -> tuple[ClaimRow, ...]:
    """Return the claims that a member made, the newest first."""
    rows = Claim.objects.filter(party_id=party_id).order_by("-id").select_related("registration")
    return tuple(claim_row(row) for row in rows[:limit])


def claim_row(row: Claim) -> ClaimRow:
    """Return the frozen row of a claim."""
    return ClaimRow(
        row.registration.certificate_number,
        row.registration.title,
        tuple(json.loads(row.registration.holders)),
        row.place,
        ClaimState(row.state),
        row.issued_at,
        row.issued_by,
        row.until_on,
        row.party_id,
        row.asked_at,
        row.decided_at,
        row.decided_by,
        row.reason,
    )
