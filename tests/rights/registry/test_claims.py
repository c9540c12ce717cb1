"""Taking up a registration after a transfer: a code, a member who asks with it, a registrar who looks."""

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from muniment.rights.parties.models import Party
from muniment.rights.registry.models import Claim, Registration
from muniment.rights.registry.queries.claims import claims_by, claims_of, list_claims
from muniment.rights.registry.queries.registrations import RegistrationRow, get_registration, search_register
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.claims import ClaimState, code_digest, make_code
from muniment.rights.registry.services.claims import (
    Issued,
    NoClaim,
    NotClaimable,
    ask_with_code,
    grant_claim,
    issue_claim,
    refuse_claim,
)
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.papers import may_have_certificate
from muniment.rights.registry.services.registrations import revoke_registration
from muniment.rights.registry.services.versions import NoRegistration
from muniment.trust.access.models import AuditEvent
from muniment.trust.access.rules import Actor, NotAllowed, Role
from muniment.trust.evidence.queries import get_record
from tests.cast import AIGUL, DEWI, GULNAR, IRINA
from tests.rights.registry.estate import AT, DYERS, SILK, give, leaves
from tests.rights.registry.parties import member
from tests.trust.evidence.logs import keys

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=3)


@pytest.fixture
def dyers() -> Actor:
    """Return the login of a member called as the new holder."""
    return Actor(21, "dyers", frozenset({Role.MEMBER}), party_id=member("Dyers of the Invented Canal"))


@pytest.fixture
def taken() -> RegistrationRow:
    """Return a registration that was transferred to the dyers."""
    row = give()
    Registration.objects.update(party_id=member("Weavers"))
    return give(replace(SILK, transferee=DYERS, reason="sold"), Kind.TRANSFER, registration=row.registration_number)


def _issue(row: RegistrationRow) -> Issued:
    random = Leaves(keys(), secrets.token_bytes)
    return issue_claim(actor=GULNAR, at=AT, number=row.certificate_number, leaves=random)


def test_a_new_holder_takes_up_what_was_transferred(taken: RegistrationRow, dyers: Actor) -> None:
    assert taken.party_id is None
    issued = _issue(taken)
    asked = ask_with_code(actor=dyers, at=LATER, code=issued.code.lower().replace("-", " "), leaves=leaves())
    assert asked.state is ClaimState.ASKED
    assert list_claims().rows == (asked,)
    assert search_register(party_id=dyers.party_id).total == 0

    granted = grant_claim(actor=GULNAR, at=LATER, number=taken.registration_number, leaves=leaves())

    row = get_registration(taken.certificate_number)
    assert row is not None
    assert row.party_id == dyers.party_id
    assert may_have_certificate(dyers, row)
    assert search_register(party_id=dyers.party_id).rows == (row,)
    assert claims_by(dyers.party_id or 0) == (granted,)
    for act in ("issue", "ask", "grant"):
        leaf = get_record(f"claim/{taken.certificate_number}/0/{act}")
        assert leaf is not None
        assert "dyers" not in leaf.body.lower()
    tags = AuditEvent.objects.filter(tag__startswith="claim.").order_by("seq").values_list("tag", "actor_name")
    assert list(tags) == [("claim.issue", "gulnar"), ("claim.ask", "dyers"), ("claim.grant", "gulnar")]


def test_of_a_code_only_the_digest_is_kept(taken: RegistrationRow) -> None:
    code = _issue(taken).code
    assert len(code) == 29
    assert Claim.objects.get().code_sha256 == code_digest(code)
    assert not any(code in str(value) for row in AuditEvent.objects.values_list() for value in row)


def test_a_code_is_good_once_and_for_its_days(taken: RegistrationRow, dyers: Actor) -> None:
    issued = _issue(taken)
    with pytest.raises(NoClaim, match="good up to"):
        ask_with_code(actor=dyers, at=AT + timedelta(days=61), code=issued.code, leaves=leaves())
    ask_with_code(actor=dyers, at=AT + timedelta(days=60), code=issued.code, leaves=leaves())
    with pytest.raises(NoClaim, match="was used"):
        ask_with_code(actor=dyers, at=AT + timedelta(days=60), code=issued.code, leaves=leaves())
    with pytest.raises(NoClaim, match="no such code"):
        ask_with_code(actor=dyers, at=AT + timedelta(days=60), code=make_code(b"\0" * 15), leaves=leaves())


def test_another_code_ends_the_first(taken: RegistrationRow, dyers: Actor) -> None:
    first, second = _issue(taken), _issue(taken)
    with pytest.raises(NoClaim, match="took its place"):
        ask_with_code(actor=dyers, at=AT, code=first.code, leaves=leaves())
    assert ask_with_code(actor=dyers, at=AT, code=second.code, leaves=leaves()).place == 1


def test_a_refused_claim_leaves_nobody_behind_it(taken: RegistrationRow, dyers: Actor) -> None:
    number = taken.certificate_number
    ask_with_code(actor=dyers, at=AT, code=_issue(taken).code, leaves=leaves())
    with pytest.raises(NotClaimable, match="reason"):
        refuse_claim(actor=GULNAR, at=AT, number=number, reason=" ", leaves=leaves())
    refuse_claim(actor=GULNAR, at=AT, number=number, reason="Another person", leaves=leaves())
    assert Registration.objects.get().party_id is None
    with pytest.raises(NoClaim, match="Nobody asks"):
        grant_claim(actor=GULNAR, at=AT, number=number, leaves=leaves())


def test_a_transfer_and_an_end_take_a_claim_back(taken: RegistrationRow, dyers: Actor) -> None:
    number = taken.certificate_number
    issued = _issue(taken)
    others = replace(SILK, transferee=replace(DYERS, name="Others", identifier="X"), reason="sold")
    give(others, Kind.TRANSFER, registration=taken.registration_number)
    assert [one.state for one in claims_of(number)] == [ClaimState.WITHDRAWN]
    with pytest.raises(NoClaim):
        ask_with_code(actor=dyers, at=AT, code=issued.code, leaves=leaves())
    ask_with_code(actor=dyers, at=AT, code=_issue(taken).code, leaves=leaves())
    revoke_registration(actor=IRINA, at=AT, number=number, reason="Not theirs", leaves=leaves())
    assert claims_of(number)[0].state is ClaimState.WITHDRAWN
    with pytest.raises(NoRegistration):
        _issue(taken)


def test_who_may(taken: RegistrationRow, dyers: Actor) -> None:
    for actor in (AIGUL, DEWI):
        with pytest.raises(NotAllowed):
            issue_claim(actor=actor, at=AT, number=taken.certificate_number, leaves=leaves())
        with pytest.raises(NotAllowed):
            grant_claim(actor=actor, at=AT, number=taken.certificate_number, leaves=leaves())
    with pytest.raises(NotAllowed):
        ask_with_code(actor=GULNAR, at=AT, code=_issue(taken).code, leaves=leaves())
    assert Party.objects.filter(pk=dyers.party_id).exists()


def test_what_a_member_stands_behind_is_not_claimed() -> None:
    row = give()
    Registration.objects.update(party_id=member("Weavers"))
    with pytest.raises(NotClaimable, match="stands behind"):
        _issue(row)
    with pytest.raises(NotClaimable, match="400 days"):
        issue_claim(actor=GULNAR, at=AT, number=give().certificate_number, leaves=leaves(), days=400)
