"""Taking up a registration that nobody's login stands behind: after a transfer, or an application on paper.

A registrar issues a one-time code for the new holder, which goes out with the paper; a member asks with it; a registrar
looks whether that member is the holder, and grants it. Neither the code nor the login alone is enough.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Claim, Registration
from muniment.rights.registry.queries.claims import ClaimRow, claim_row
from muniment.rights.registry.rules.claims import CODE_BYTES, ClaimAct, ClaimState, code_digest, make_code
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.versions import advance, locked_registration, require_in_force
from muniment.trust.access.rules import Action, Actor, NotAllowed, require
from muniment.trust.access.services import record_event

CODE_DAYS = 60
"""How long a code is good, unless the registrar says otherwise."""
_MOST_DAYS = 365
_MOST_LETTERS = 500
_STANDING = (ClaimState.OPEN, ClaimState.ASKED)
_ANOTHER = "Ask the registrar for a new code."


class NoClaim(UserError):
    """A code is none of ours, was used, or is too old; or nobody asks for a registration."""


class NotClaimable(UserError):
    """A registration has its member already, or a claim to it cannot be decided as it is said."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A claim and its code, which is told this once and kept nowhere."""

    claim: ClaimRow
    code: str


@transaction.atomic
def issue_claim(*, actor: Actor, at: datetime, number: str, leaves: Leaves, days: int = CODE_DAYS) -> Issued:
    """Make a code with which the holder of a registration in force takes it up; it ends an earlier one.

    Raises:
        NotAllowed: the actor may not record.
        NoRegistration: there is none of that number in force.
        NotClaimable: somebody's login stands behind it, or the days are none that a code can have.
    """
    require(actor, Action.REGISTRY_RECORD)
    row = locked_registration(number, at)
    require_in_force(row, day_of(at))
    if row.party_id is not None:
        raise NotClaimable(
            "A member stands behind registration {number}.",
            "Only a transfer changes that.",
            number=row.certificate_number,
        )
    if not 0 < days <= _MOST_DAYS:
        raise NotClaimable("A code is not good for {days} days.", "Say 1 to {most}.", days=days, most=_MOST_DAYS)
    withdraw_claims(actor=actor, at=at, row=row, reason="Another code was issued.", leaves=leaves)
    code = make_code(leaves.entropy(CODE_BYTES))
    claim = Claim.objects.create(
        registration=row,
        place=Claim.objects.filter(registration=row).count(),
        state=ClaimState.OPEN,
        code_sha256=code_digest(code),
        issued_at=at,
        issued_by=actor.name,
        until_on=day_of(at) + timedelta(days=days),
    )
    _tell(claim, ClaimAct.ISSUE, actor, at, leaves)
    return Issued(claim_row(claim), code)


@transaction.atomic
def ask_with_code(*, actor: Actor, at: datetime, code: str, leaves: Leaves) -> ClaimRow:
    """Ask for a registration with its code, as a member; the code is used up, and a registrar decides.

    Raises:
        NotAllowed: the actor is no member.
        NoClaim: the code is none of ours, was used, or is too old.
        NoRegistration: what it was for is not in force any more.
    """
    require(actor, Action.OWN_APPLY)
    if actor.party_id is None:
        raise NotAllowed("{name} stands for no member.", "Log in as the holder.", name=actor.name)
    found = Claim.objects.filter(code_sha256=code_digest(code)).values_list("registration", flat=True).first()
    if found is None:
        raise NoClaim("There is no such code.", "Compare it with the paper, letter by letter.")
    row = advance(Registration.objects.select_for_update().get(pk=found), at)
    claim = Claim.objects.select_for_update().get(code_sha256=code_digest(code))
    if claim.state != ClaimState.OPEN:
        raise NoClaim("This code was used, or another took its place.", _ANOTHER)
    if day_of(at) > claim.until_on:
        raise NoClaim("This code was good up to {day}.", _ANOTHER, day=claim.until_on)
    require_in_force(row, day_of(at))
    claim.registration, claim.party_id = row, actor.party_id
    claim.state, claim.asked_at = ClaimState.ASKED, at
    claim.save()
    _tell(claim, ClaimAct.ASK, actor, at, leaves)
    return claim_row(claim)


@transaction.atomic
def grant_claim(*, actor: Actor, at: datetime, number: str, leaves: Leaves) -> ClaimRow:
    """Have the member who asks for a registration stand behind it: the portal shows it, and its next acts are theirs.

    Raises:
        NotAllowed: the actor may not record.
        NoRegistration: there is none of that number in force.
        NoClaim: nobody asks for it.
    """
    row, claim = _asked(actor, at, number)
    require_in_force(row, day_of(at))
    _decide(claim, ClaimState.GRANTED, actor, at, "")
    row.party_id = claim.party_id
    row.save(update_fields=["party"])
    _tell(claim, ClaimAct.GRANT, actor, at, leaves)
    return claim_row(claim)


@transaction.atomic
def refuse_claim(*, actor: Actor, at: datetime, number: str, reason: str, leaves: Leaves) -> ClaimRow:
    """Refuse the member who asks for a registration, with the reason; another code may be issued.

    Raises:
        NotAllowed: the actor may not record.
        NoRegistration: there is none of that number.
        NoClaim: nobody asks for it.
        NotClaimable: no reason is given, or too long a one.
    """
    _, claim = _asked(actor, at, number)
    reason = reason.strip()
    if not reason or len(reason) > _MOST_LETTERS:
        raise NotClaimable("A refusal has its reason.", "Write at most {count} letters.", count=_MOST_LETTERS)
    _decide(claim, ClaimState.REFUSED, actor, at, reason)
    _tell(claim, ClaimAct.REFUSE, actor, at, leaves)
    return claim_row(claim)


def withdraw_claims(*, actor: Actor, at: datetime, row: Registration, reason: str, leaves: Leaves) -> None:
    """End the claim to a locked registration that is not decided yet, if there is one."""
    for claim in Claim.objects.select_for_update().filter(registration=row, state__in=_STANDING):
        claim.registration = row
        _decide(claim, ClaimState.WITHDRAWN, actor, at, reason)
        _tell(claim, ClaimAct.WITHDRAW, actor, at, leaves)


def _asked(actor: Actor, at: datetime, number: str) -> tuple[Registration, Claim]:
    """Lock a registration and the claim to it that waits for a decision."""
    require(actor, Action.REGISTRY_RECORD)
    row = locked_registration(number, at)
    claim = Claim.objects.select_for_update().filter(registration=row, state=ClaimState.ASKED).first()
    if claim is None:
        raise NoClaim(
            "Nobody asks for registration {number}.", "Look at the list of claims.", number=row.certificate_number
        )
    claim.registration = row
    return row, claim


def _decide(claim: Claim, state: ClaimState, actor: Actor, at: datetime, reason: str) -> None:
    claim.state, claim.decided_at, claim.decided_by, claim.reason = state, at, actor.name, reason
    claim.save()


def _tell(claim: Claim, act: ClaimAct, actor: Actor, at: datetime, leaves: Leaves) -> None:
    """Log an act on a claim, which names no person, and record it in the audit trail, which knows the member."""
    number = claim.registration.certificate_number
    claim.registration.save(update_fields=["changed_at"])
    said = {"registration": number, "place": claim.place, "act": act, "state": claim.state, "until_on": claim.until_on}
    leaves.log(at, f"claim/{number}/{claim.place}/{act}", {"kind": "claim", **said})
    record_event(
        actor=actor,
        at=at,
        tag=f"claim.{act}",
        subject_kind="registration",
        subject_id=number,
        after={**said, "party": claim.party_id, "reason": claim.reason},
    )
