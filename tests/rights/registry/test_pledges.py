"""Changing a pledge: amended, assigned, stepping behind another; what it was stays, and nobody is harmed unasked."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.rights.registry.models import Recordal, RecordalParticulars, RecordalVersion
from muniment.rights.registry.queries.figures import annual_figures
from muniment.rights.registry.queries.registrations import (
    RecordalRow,
    get_recordal,
    recordal_versions,
    recordals_of,
    registration_as_of,
)
from muniment.rights.registry.rules.estate import Counterpart, RecordalAct, registration_key
from muniment.rights.registry.services.pledges import Amended, amend_pledge, assign_pledge, subordinate_pledge
from muniment.rights.registry.services.recordals import BadRecordal, Locked, NoRecordal, end_recordal
from muniment.rights.registry.services.registrations import erase_holders
from muniment.trust.access.models import AuditEvent
from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.mapped import entry_of
from tests.cast import AIGUL, GULNAR, IRINA
from tests.rights.registry.estate import AT, BANK, TODAY, WEAVERS, give, leaves, license_to, pledge

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=30)
MILLION = 1_000_000_000_000
TERMS = Amended(MILLION, "CNY", TODAY + timedelta(days=700), "loan 2026-7")
FUND = Counterpart("Invented Fund", "91330000INVENTED98", "legal", "CN")


def three() -> list[RecordalRow]:
    """Pledge a registration to three creditors; return the pledges by rank."""
    number = give().certificate_number
    return [pledge(number, replace(BANK, name=f"Bank {place}", identifier=f"B{place}")) for place in (1, 2, 3)]


def amend(number: str, to: Amended, consent: str = "") -> RecordalRow:
    """Amend a pledge a month later."""
    given = {"document": "Agreement of 7 November", "consent": consent}
    return amend_pledge(actor=GULNAR, at=LATER, number=number, to=to, leaves=leaves(), **given)


def step_behind(number: str, behind: str) -> RecordalRow:
    """Have a pledge step behind another a month later."""
    return subordinate_pledge(
        actor=GULNAR, at=LATER, number=number, behind=behind, document="Letter of 8 November", leaves=leaves()
    )


def ranks(registration: str) -> dict[str, int]:
    """Return the creditors with their ranks now."""
    return {one.counterpart: one.rank for one in recordals_of(registration)}


def test_an_amended_pledge_is_shown_as_of_any_day() -> None:
    row = pledge(give().certificate_number)
    to = Amended(2 * MILLION, "CNY", TODAY + timedelta(days=900), "loans 2026-7 and 2026-9")

    amended = amend(row.number, to)

    assert (amended.amount_micro, amended.until_on, amended.description) == (
        to.amount_micro,
        to.until_on,
        to.description,
    )
    assert (amended.rank, amended.leaf_hash, amended.version_count) == (row.rank, row.leaf_hash, 2)
    before = registration_as_of(row.registration, LATER.date() - timedelta(days=1))
    after = registration_as_of(row.registration, LATER.date())
    unknown = registration_as_of(row.registration, LATER.date(), LATER - timedelta(seconds=1))
    assert before is not None
    assert after is not None
    assert unknown is not None
    assert [one.amount_micro for one in before.pledges] == [MILLION]
    assert [one.amount_micro for one in unknown.pledges] == [MILLION]
    assert [one.amount_micro for one in after.pledges] == [2 * MILLION]
    acts = [(one.act, one.document) for one in recordal_versions(row.number)]
    assert acts == [(RecordalAct.RECORDED, ""), (RecordalAct.AMENDED, "Agreement of 7 November")]


def test_a_change_has_its_leaf_its_event_and_its_place_in_the_map() -> None:
    row = pledge(give().certificate_number)
    assert "pledge_change_count" not in json.loads(entry_of(registration_key(row.registration)))
    amend(row.number, replace(TERMS, amount_micro=MILLION // 2))
    leaf = get_record(f"recordal/{row.number}/1")
    assert leaf is not None
    said = json.loads(leaf.body)
    assert (said["act"], said["amount_micro"], said["state"]) == ("amended", MILLION // 2, "active")
    assert "Agreement" not in leaf.body
    assert AuditEvent.objects.filter(tag="recordal.amended", subject_id=row.number).count() == 1
    assert json.loads(entry_of(registration_key(row.registration)))["pledge_change_count"] == 1


def test_more_is_secured_with_the_consent_of_those_behind() -> None:
    first, second, _ = three()
    for to in (replace(TERMS, amount_micro=MILLION + 1), replace(TERMS, currency="EUR")):
        with pytest.raises(Locked, match=second.number):
            amend(first.number, to)
    less = amend(first.number, replace(TERMS, amount_micro=MILLION - 1))
    assert less.amount_micro == MILLION - 1
    assert amend(first.number, TERMS, consent="Letters of both").consent == "Letters of both"
    assert amend_pledge(
        actor=GULNAR,
        at=LATER,
        number=recordals_of(first.registration)[2].number,
        to=replace(TERMS, amount_micro=9 * MILLION),
        document="Agreement",
        leaves=leaves(),
    )


@pytest.mark.parametrize(
    "to",
    [
        TERMS,
        replace(TERMS, amount_micro=0),
        replace(TERMS, until_on=TODAY),
        replace(TERMS, description="two\nlines"),
        replace(TERMS, currency=""),
    ],
)
def test_what_cannot_be_amended(to: Amended) -> None:
    row = pledge(give().certificate_number)
    with pytest.raises(BadRecordal):
        amend(row.number, to)
    assert RecordalVersion.objects.count() == 1


def test_an_assigned_pledge_keeps_its_rank() -> None:
    first, *_ = three()
    row = assign_pledge(
        actor=GULNAR, at=LATER, number=first.number, creditor=FUND, document="Assignment 12", leaves=leaves()
    )
    assert (row.counterpart, row.rank, row.amount_micro) == (FUND.name, 1, MILLION)
    extract = registration_as_of(row.registration, TODAY)
    assert extract is not None
    assert extract.pledges[0].counterpart == "Bank 1"
    bodies = RecordalParticulars.objects.filter(recordal__number=row.number).order_by("place")
    assert [json.loads(one.body)["name"] for one in bodies] == ["Bank 1", FUND.name]
    erase_holders(actor=IRINA, at=LATER, number=row.registration)
    assert [json.loads(one.body)["name"] for one in bodies.all()] == [FUND.name]


def test_a_pledge_is_not_assigned_to_the_holder() -> None:
    row = pledge(give().certificate_number)
    with pytest.raises(BadRecordal, match="holds the registration"):
        assign_pledge(
            actor=GULNAR,
            at=LATER,
            number=row.number,
            creditor=Counterpart(WEAVERS.name),
            document="Assignment",
            leaves=leaves(),
        )


def test_a_pledge_steps_behind_another_and_those_between_advance() -> None:
    first, second, third = three()
    assert step_behind(first.number, third.number).rank == 3
    assert ranks(first.registration) == {"Bank 2": 1, "Bank 3": 2, "Bank 1": 3}
    before = registration_as_of(first.registration, TODAY)
    after = registration_as_of(first.registration, LATER.date())
    assert before is not None
    assert after is not None
    assert [one.counterpart for one in before.pledges] == ["Bank 1", "Bank 2", "Bank 3"]
    assert [one.counterpart for one in after.pledges] == ["Bank 2", "Bank 3", "Bank 1"]
    acts = [recordal_versions(one.number)[-1].act for one in (first, second, third)]
    assert acts == [RecordalAct.SUBORDINATED, RecordalAct.ADVANCED, RecordalAct.ADVANCED]


def test_ranks_of_what_is_discharged_stay() -> None:
    first, second, third = three()
    end_recordal(actor=GULNAR, at=LATER, number=second.number, reason="Paid", leaves=leaves())
    step_behind(first.number, third.number)
    assert ranks(first.registration) == {"Bank 1": 3, "Bank 2": 2, "Bank 3": 1}


@settings(max_examples=5)
@given(st.data())
def test_ranks_are_a_permutation_whatever_steps_behind(data: st.DataObject) -> None:
    with transaction.atomic():
        numbers = [one.number for one in three()]
        for _ in range(3):
            one, other = data.draw(st.permutations(numbers))[:2]
            try:
                step_behind(one, other)
            except BadRecordal:
                continue
        rows = [get_recordal(number) for number in numbers]
        assert sorted(row.rank for row in rows if row is not None) == [1, 2, 3]
        transaction.set_rollback(True)


def test_only_forward_and_on_one_registration() -> None:
    first, second, _ = three()
    other = pledge(give().certificate_number)
    for number, behind in ((second.number, first.number), (first.number, first.number), (first.number, other.number)):
        with pytest.raises(BadRecordal, match="does not stand before"):
            step_behind(number, behind)


def test_who_may_and_what_stands() -> None:
    row = pledge(give().certificate_number)
    with pytest.raises(NotAllowed):
        amend_pledge(actor=AIGUL, at=LATER, number=row.number, to=TERMS, document="D", leaves=leaves())
    with pytest.raises(BadRecordal, match="document"):
        amend_pledge(actor=GULNAR, at=LATER, number=row.number, to=TERMS, document=" ", leaves=leaves())
    licence = license_to(give().certificate_number)
    with pytest.raises(BadRecordal, match="is a licence"):
        amend(licence.number, TERMS)
    end_recordal(actor=GULNAR, at=LATER, number=row.number, reason="Paid", leaves=leaves())
    with pytest.raises(NoRecordal):
        amend(row.number, replace(TERMS, amount_micro=1_000_000))


def test_a_version_is_never_changed() -> None:
    pledge(give().certificate_number)
    with pytest.raises(DatabaseError), transaction.atomic():
        RecordalVersion.objects.update(rank=2)
    assert Recordal.objects.get().rank == 1


def test_the_figures_of_a_year_keep_the_amounts_as_recorded() -> None:
    first, _, third = three()
    before = annual_figures(2026)
    amend(first.number, replace(TERMS, amount_micro=1_000_000))
    step_behind(first.number, third.number)
    after = annual_figures(2026)
    assert after.pledge_amounts == before.pledge_amounts
    assert (after.pledges, after.pledges_amended, after.pledges_assigned, after.pledges_subordinated) == (3, 1, 0, 1)
