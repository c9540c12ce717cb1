"""Where money goes is decided by two persons."""

from datetime import UTC, datetime

import pytest

from muniment.kernel.words.identifiers import InvalidIdentifier, make_iban
from muniment.rights.parties.queries import bank_accounts_approved, bank_proposals, get_party
from muniment.rights.parties.services import (
    NotProposed,
    OpenProposal,
    approve_bank_account,
    approve_bank_accounts,
    propose_bank_account,
    refuse_bank_account,
    register_party,
)
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import Actor, NotAllowed, Role, SamePerson
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
FIRST, SECOND = (make_iban("KZ", f"125KZT5004100{number:03d}") for number in (100, 200))
BOTH_HATS = Actor(9, "gulnar", frozenset({Role.DISTRIBUTION, Role.FINANCE}))


@pytest.fixture
def aigul() -> int:
    return register_party(actor=CHEN, at=AT, kind="writer", name="Aigul Serik")


def propose(party_id: int, iban: str = FIRST, actor: Actor = CHEN) -> int:
    return propose_bank_account(actor=actor, at=AT, party_id=party_id, iban=iban, holder="Aigul Serik")


def states(party_id: int) -> list[str]:
    return [account.state for account in get_party(party_id).bank_accounts]


def test_an_account_counts_only_once_a_second_person_approved_it(aigul: int) -> None:
    account = propose(aigul, f" {FIRST[:4]} {FIRST[4:].lower()} ")

    assert bank_accounts_approved([aigul]) == {}
    approve_bank_account(actor=FARIDA, at=AT, account_id=account)

    row = bank_accounts_approved([aigul])[aigul]
    assert (row.iban, row.holder, row.proposed_by, row.decided_by) == (FIRST, "Aigul Serik", "chen", "farida")
    assert [event.tag for event in list_events(subject=("party", aigul)).rows][:2] == ["bank.approved", "bank.proposed"]


def test_the_account_of_before_becomes_replaced(aigul: int) -> None:
    first = propose(aigul)
    approve_bank_account(actor=FARIDA, at=AT, account_id=first)
    second = propose(aigul, SECOND)
    assert bank_accounts_approved([aigul])[aigul].iban == FIRST

    approve_bank_account(actor=FARIDA, at=AT, account_id=second)

    assert bank_accounts_approved([aigul])[aigul].iban == SECOND
    assert states(aigul) == ["replaced", "approved"]


def test_nobody_approves_what_they_proposed(aigul: int) -> None:
    account = propose(aigul, actor=BOTH_HATS)

    with pytest.raises(SamePerson):
        approve_bank_account(actor=BOTH_HATS, at=AT, account_id=account)
    with pytest.raises(SamePerson):
        approve_bank_accounts(actor=BOTH_HATS, at=AT, account_ids=[account])
    assert states(aigul) == ["proposed"]


def test_one_proposal_waits_at_a_time_and_is_decided_once(aigul: int) -> None:
    account = propose(aigul)
    with pytest.raises(OpenProposal):
        propose(aigul, SECOND)

    refuse_bank_account(actor=FARIDA, at=AT, account_id=account)

    with pytest.raises(NotProposed):
        approve_bank_account(actor=FARIDA, at=AT, account_id=account)
    assert bank_proposals() == ()
    assert propose(aigul, SECOND)


def test_the_approved_account_is_not_proposed_again(aigul: int) -> None:
    approve_bank_account(actor=FARIDA, at=AT, account_id=propose(aigul))

    with pytest.raises(OpenProposal, match="paid to this account already"):
        propose(aigul)


def test_a_proposal_can_be_taken_back_by_who_made_it_only(aigul: int) -> None:
    account = propose(aigul)
    with pytest.raises(NotAllowed):
        refuse_bank_account(actor=Actor(8, "hana", CHEN.roles), at=AT, account_id=account)

    refuse_bank_account(actor=CHEN, at=AT, account_id=account)

    assert states(aigul) == ["refused"]


def test_many_are_approved_at_once_or_none() -> None:
    parties = [register_party(actor=CHEN, at=AT, kind="writer", name=f"Writer {n}") for n in range(3)]
    accounts = [propose(party_id) for party_id in parties]

    with pytest.raises(NotProposed):
        approve_bank_accounts(actor=FARIDA, at=AT, account_ids=[*accounts, 10**9])
    assert len(bank_proposals()) == 3
    assert approve_bank_accounts(actor=FARIDA, at=AT, account_ids=accounts) == 3
    assert set(bank_accounts_approved(parties)) == set(parties)


def test_a_wrong_iban_is_refused(aigul: int) -> None:
    with pytest.raises(InvalidIdentifier):
        propose(aigul, FIRST[:-1] + ("1" if FIRST[-1] != "1" else "2"))
    assert get_party(aigul).bank_accounts == ()


@pytest.mark.parametrize("actor", [AIGUL, DEWI, ERLAN, FARIDA])
def test_who_may_not_propose_does_not(aigul: int, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        propose(aigul, actor=actor)


@pytest.mark.parametrize("actor", [AIGUL, DEWI, ERLAN, CHEN])
def test_who_may_not_approve_does_not(aigul: int, actor: Actor) -> None:
    account = propose(aigul)

    with pytest.raises(NotAllowed):
        approve_bank_account(actor=actor, at=AT, account_id=account)
    assert states(aigul) == ["proposed"]
