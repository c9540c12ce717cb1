"""fsck of registrations: what is right passes, and each thing that somebody changes is named."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from muniment.interfaces.fsck.registrations import check_recordals, check_registrations
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.services.claims import ask_with_code, grant_claim, issue_claim
from muniment.rights.registry.services.pledges import Amended, amend_pledge, assign_pledge, subordinate_pledge
from muniment.rights.registry.services.recordals import end_recordal, record_consent
from muniment.rights.registry.services.registrations import erase_holders, lapse_registrations
from muniment.trust.access.rules import Actor, Role
from muniment.trust.access.triggers import drop_sql
from tests.cast import GULNAR, IRINA
from tests.rights.registry.estate import AT, BANK, DYERS, SILK, apply, give, leaves, license_to, pledge
from tests.rights.registry.parties import member

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=1)


def findings() -> list[str]:
    """Return what the checks report."""
    found: list[str] = []
    check_registrations(found.append)
    check_recordals(found.append)
    return found


@pytest.fixture(autouse=True)
def _register() -> None:
    """Have registrations of all sorts: pledged twice and transferred, licensed, cancelled, erased, lapsed."""
    pledged, licensed, gone = give(), give(), give()
    first, second = pledge(pledged.certificate_number), pledge(pledged.certificate_number, replace(BANK, name="Fund"))
    asked = apply(kind=Kind.TRANSFER, registration=pledged.registration_number)
    for one in (first, second):
        record_consent(
            actor=GULNAR, at=AT, number=one.number, application=asked.number, document="Letter", leaves=leaves()
        )
    give(replace(SILK, transferee=DYERS), application=asked)
    end_recordal(actor=GULNAR, at=LATER, number=first.number, reason="paid back", leaves=leaves())
    third = pledge(pledged.certificate_number, replace(BANK, name="Third"), at=LATER)
    step = {"document": "Letter", "leaves": leaves()}
    subordinate_pledge(actor=GULNAR, at=LATER, number=second.number, behind=third.number, **step)
    assign_pledge(actor=GULNAR, at=LATER, number=second.number, creditor=replace(BANK, name="Assignee"), **step)
    less = Amended(1_000_000, "CNY", None, "less")
    amend_pledge(actor=GULNAR, at=LATER, number=third.number, to=less, **step)
    asker = Actor(30, "dyers", frozenset({Role.MEMBER}), party_id=member("Dyers"))
    code = issue_claim(actor=GULNAR, at=LATER, number=pledged.certificate_number, leaves=leaves()).code
    ask_with_code(actor=asker, at=LATER, code=code, leaves=leaves())
    grant_claim(actor=GULNAR, at=LATER, number=pledged.certificate_number, leaves=leaves())
    license_to(licensed.certificate_number)
    give(kind=Kind.CANCELLATION, registration=gone.registration_number)
    erase_holders(actor=IRINA, at=LATER, number=gone.certificate_number)
    give(at=AT - timedelta(days=2_000))
    lapse_registrations(actor=IRINA, at=LATER, leaves=leaves())


def _unguarded(statement: str) -> None:
    """Change tables behind the back of their triggers."""
    with connection.cursor() as cursor:
        guarded = ("registry_registrationversion", "registry_recordalversion")
        for one in (*(sql for table in guarded for sql in drop_sql(connection.vendor, table)), statement):
            cursor.execute(one)


def test_a_sound_register_passes() -> None:
    assert findings() == []


REGISTRATION, VERSION, RECORDAL, OF_RECORDAL = (
    f"UPDATE registry_{one} SET " for one in ("registration", "registrationversion", "recordal", "recordalversion")
)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"{REGISTRATION} title = 'other'", "newest version"),
        (f"{REGISTRATION} holders = '[\"Other\"]'", "newest version"),
        (f"{REGISTRATION} state = 'in_force' WHERE state = 'cancelled'", "newest version"),
        (f"{REGISTRATION} until_on = '2039-01-01' WHERE until_on IS NOT NULL", "newest version"),
        (f"{REGISTRATION} contract_until_on = '2039-01-01'", "source contract"),
        (f"{REGISTRATION} day_count = day_count + 1", "days after it was submitted"),
        (f"{REGISTRATION} version_count = version_count + 1", "versions that it says"),
        (f"{REGISTRATION} pledge_count = 0", "pledges, and"),
        (f"{REGISTRATION} changed_at = '2020-01-01 00:00:00+00'", "was changed after"),
        (f"{REGISTRATION} registered_on = '2020-01-01'", "begin with its first"),
        (f"{REGISTRATION} profile = 'beijing'", "not what its leaf says"),
        (f"{REGISTRATION} registration_number = 'X' WHERE state = 'lapsed'", "not what its leaf says"),
        (f"{VERSION} title = 'other'", "not what is known of it"),
        (f"{VERSION} industry = 'Z'", "not what its leaf says"),
        (f"{VERSION} reason = 'other' WHERE cause = 'lapse'", "not what its leaf says"),
        (f"{VERSION} actor_name = 'nobody'", "not what its leaf says"),
        (f"{VERSION} state = 'revoked' WHERE place = 1", "not what its leaf says"),
        (f"{VERSION} valid_from_on = '2001-01-01' WHERE place = 1", "lies before"),
        (f"{VERSION} recorded_at = '2001-01-01 00:00:00+00' WHERE place = 1", "lies before"),
        ("UPDATE registry_holderparticulars SET body = replace(body, '1 Invented', '9 Invented')", "commits to"),
        (f"{RECORDAL} amount_micro = amount_micro + 1", "newest version"),
        (f"{RECORDAL} counterpart = 'Another'", "newest version"),
        (f"{RECORDAL} version_count = 9", "versions that it says"),
        (f"{OF_RECORDAL} amount_micro = amount_micro + 1 WHERE act = 'amended'", "not what its leaf says"),
        (f"{OF_RECORDAL} rank = 7 WHERE act = 'subordinated'", "not what its leaf says"),
        (f"{OF_RECORDAL} counterpart = 'Another' WHERE act = 'assigned'", "shows another party"),
        (f"{OF_RECORDAL} document = 'Another' WHERE act = 'amended'", "not what its leaf says"),
        ("DELETE FROM registry_recordalversion WHERE place = 1", "versions that it says"),
        (f"{REGISTRATION} party_id = NULL", "another party"),
        ("DELETE FROM evidence_record WHERE subject LIKE 'claim/%/grant'", "has no record"),
        ("DELETE FROM registry_claim", "no such row"),
        (f"{RECORDAL} consent = 'a letter'", "newest version"),
        (f"{RECORDAL} description = 'other'", "newest version"),
        (f"{RECORDAL} reason = 'other' WHERE state = 'ended'", "not what its leaf says"),
        (f"{RECORDAL} ended_on = '2026-11-11' WHERE state = 'ended'", "not what its leaf says"),
        (f"{RECORDAL} state = 'active', ended_on = NULL, ended_at = NULL, reason = ''", "was ended, and"),
        (f"{RECORDAL} rank = rank + 5 WHERE kind = 'pledge'", "have a gap"),
        (f"{RECORDAL} leaf_hash = ''", "another leaf"),
        ("UPDATE registry_recordalparticulars SET body = replace(body, '99', '88')", "commits to"),
        ("UPDATE registry_consent SET recorded_at = '2020-01-01 00:00:00+00'", "nobody logged"),
        ("DELETE FROM registry_consent", "no such consent"),
        ("UPDATE registry_numberseries SET last = last + 1", "numbers that were given"),
        ("UPDATE evidence_mapentry SET value = replace(value, 'in_force', 'revoked')", "the map does not say"),
        ("DELETE FROM evidence_record WHERE subject LIKE 'registration/%/1'", "has no record"),
        ("DELETE FROM evidence_record WHERE subject LIKE 'recordal/%/0'", "has no record"),
        ("UPDATE evidence_record SET subject = replace(subject, '/1', '/9') WHERE subject LIKE '%/1'", "no such row"),
    ],
)
def test_each_change_is_named(statement: str, words: str) -> None:
    _unguarded(statement)
    assert any(words in one for one in findings()), findings()
