"""Registrations: granted with both numbers, renewed, changed, transferred, ended, each with a leaf and an event."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import HolderParticulars, NumberSeries, Registration, RegistrationVersion
from muniment.rights.registry.queries.registrations import (
    get_registration,
    search_register,
    versions_of,
)
from muniment.rights.registry.rules.application import Applicant, Kind
from muniment.rights.registry.rules.estate import Cause, Holder, are_same_persons, grantor_key, registration_key
from muniment.rights.registry.rules.numbers import parse_scheme_number
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services.acts import ClockBack
from muniment.rights.registry.services.registrations import (
    NotGranted,
    erase_holders,
    lapse_registrations,
    revoke_registration,
)
from muniment.rights.registry.services.versions import NoRegistration
from muniment.trust.access.models import AuditEvent
from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.mapped import entry_of
from muniment.trust.evidence.rules.leaves import commitment
from tests.cast import AIGUL, GULNAR, IRINA
from tests.rights.registry.estate import (
    AT,
    DYERS,
    LENT,
    SILK,
    TODAY,
    WEAVERS,
    apply,
    give,
    leaves,
    work,
)

pytestmark = pytest.mark.django_db

LAST = date(2029, 10, 8)
LATER = datetime(2029, 6, 1, 3, 0, tzinfo=UTC)


def test_a_first_registration_has_both_numbers_a_leaf_an_event_and_its_place_in_the_map() -> None:
    row = give()
    profile = get_profile("zhejiang")
    assert parse_scheme_number(profile.certificate_scheme, row.certificate_number) == row.certificate_number
    assert parse_scheme_number(profile.registration_scheme, row.registration_number) == row.registration_number
    assert (row.certificate_number, row.until_on) == ("20261033000000001", LAST)
    assert (row.holders, row.state) == (("西湖织造有限公司",), RegistrationState.IN_FORCE)
    assert get_registration(row.registration_number.lower()) == get_registration(row.certificate_number) == row
    record = get_record(f"registration/{row.certificate_number}/0")
    assert record is not None
    said = json.loads(record.body)
    assert "西湖" not in record.body
    assert (said["cause"], said["until_on"]) == ("first", "2029-10-08")
    version = versions_of(row.certificate_number)[0]
    assert said["particulars"] == commitment(bytes.fromhex(version.salt), version.body.encode()).hex()
    event = AuditEvent.objects.latest("seq")
    assert (event.tag, event.subject_id) == ("registration.first", row.certificate_number)
    assert json.loads(entry_of(registration_key(row.certificate_number)))["state"] == "in_force"
    assert json.loads(entry_of(grantor_key(WEAVERS.identifier))) == {"pledges": [], "registrations": 1}
    assert entry_of(grantor_key("Clerk Chu")) == ""


def test_serials_have_no_gap_and_no_double() -> None:
    first = give()
    asked = apply()
    ended = replace(SILK, sources=(replace(LENT, contract_until_on=TODAY - timedelta(days=1)),))
    with pytest.raises(NotGranted, match="nothing to register"):
        give(ended, application=asked)
    second = give(application=asked)
    other = give(profile="beijing")
    assert [row.certificate_number[-7:] for row in (first, second, other)] == ["0000001", "0000002", "0000001"]
    serials = [row.registration_number[-8:-1] for row in (first, second, other)]
    assert serials == ["0000001", "0000002", "0000003"]
    with pytest.raises(NotGranted, match="already"):
        give(application=asked)
    assert NumberSeries.objects.get(name__contains="3300").last == 2


def test_the_source_contract_caps_the_term() -> None:
    row = give(replace(SILK, sources=(replace(LENT, contract_until_on=date(2027, 3, 31)),)))
    assert row.until_on == date(2027, 3, 31)


def test_only_a_chief_registers_and_revokes() -> None:
    row = give()
    for who in (GULNAR, AIGUL):
        with pytest.raises(NotAllowed):
            give(actor=who)
        with pytest.raises(NotAllowed):
            revoke_registration(actor=who, at=AT, number=row.certificate_number, reason="no", leaves=leaves())
        with pytest.raises(NotAllowed):
            lapse_registrations(actor=who, at=AT, leaves=leaves())
        with pytest.raises(NotAllowed):
            erase_holders(actor=who, at=AT, number=row.certificate_number)
    assert Registration.objects.count() == 1


def test_a_renewal_goes_on_from_the_day_after_the_term() -> None:
    number = give().registration_number
    row = give(kind=Kind.RENEWAL, at=LATER, registration=number)
    assert (row.until_on, row.version_count) == (date(2032, 10, 8), 2)
    assert versions_of(number)[1].valid_from_on == LATER.date()
    with pytest.raises(NotGranted, match="renewed on application from 2032"):
        give(kind=Kind.RENEWAL, at=LATER, registration=number)


def test_a_renewal_that_was_applied_for_in_time_keeps_the_registration_from_lapsing() -> None:
    number = give().registration_number
    late = datetime(2029, 10, 20, tzinfo=UTC)
    asked = apply(kind=Kind.RENEWAL, at=late, registration=number)
    assert lapse_registrations(actor=IRINA, at=late, leaves=leaves()) == 0
    row = give(application=asked, at=late)
    assert (row.until_on, versions_of(number)[1].valid_from_on) == (date(2032, 10, 8), date(2029, 10, 9))
    too_late = datetime(2032, 11, 1, tzinfo=UTC)
    with pytest.raises(NotGranted, match="renewed on application"):
        give(kind=Kind.RENEWAL, at=too_late, registration=number)


def test_a_renewal_needs_a_source_that_goes_on() -> None:
    lent = replace(LENT, contract_until_on=date(2027, 3, 31))
    number = give(replace(SILK, sources=(lent,))).registration_number
    at = datetime(2027, 3, 1, tzinfo=UTC)
    for statement in (replace(SILK, sources=()), replace(SILK, sources=(lent,))):
        with pytest.raises(NotGranted, match="2027-03-31"):
            give(statement, Kind.RENEWAL, at=at, registration=number)
    longer = replace(SILK, sources=(replace(LENT, contract_until_on=date(2028, 1, 31)),))
    assert give(longer, Kind.RENEWAL, at=at, registration=number).until_on == date(2028, 1, 31)


def test_a_change_keeps_the_persons_and_the_term() -> None:
    number = give().registration_number
    renamed = replace(WEAVERS, name="West Lake Weavers")
    row = give(replace(SILK, title="Silk 2", applicants=(renamed,)), Kind.CHANGE, at=LATER, registration=number)
    assert (row.title, row.holders, row.until_on) == ("Silk 2", ("West Lake Weavers",), LAST)
    assert [one.certificate_number for one in search_register("silk").rows] == [row.certificate_number]
    assert search_register("丝绸").total == 0
    assert entry_of(grantor_key(WEAVERS.name)) == "" != entry_of(grantor_key(WEAVERS.identifier))
    with pytest.raises(NotGranted, match="transfer"):
        give(replace(SILK, applicants=(DYERS,)), Kind.CHANGE, at=LATER, registration=number)
    with pytest.raises(NotGranted, match="transfer"):
        give(replace(SILK, applicants=(renamed, DYERS)), Kind.CHANGE, at=LATER, registration=number)


def test_a_transfer_puts_the_transferee_in_the_place_of_the_holder() -> None:
    number = give().registration_number
    row = give(replace(SILK, transferee=DYERS), Kind.TRANSFER, at=LATER, registration=number)
    assert (row.holders, row.party_id) == ((DYERS.name,), None)
    assert entry_of(grantor_key(WEAVERS.name)) == ""
    assert json.loads(entry_of(grantor_key(DYERS.name)))["registrations"] == 1
    for transferee in (None, Applicant(), DYERS):
        with pytest.raises(NotGranted):
            give(replace(SILK, transferee=transferee), Kind.TRANSFER, at=LATER, registration=number)


@pytest.mark.parametrize("kind", [Kind.CHANGE, Kind.TRANSFER, Kind.CANCELLATION, Kind.RENEWAL])
def test_what_has_ended_is_not_acted_on(kind: Kind) -> None:
    number = give().registration_number
    give(kind=Kind.CANCELLATION, registration=number)
    statement = replace(SILK, transferee=DYERS)
    with pytest.raises(NoRegistration):
        give(statement, kind, at=LATER, registration=number)
    with pytest.raises(NoRegistration):
        revoke_registration(actor=IRINA, at=LATER, number=number, reason="again", leaves=leaves())
    with pytest.raises(NoRegistration):
        give(statement, kind, at=LATER, registration="2026A2000000099X")
    assert RegistrationVersion.objects.count() == 2
    assert json.loads(entry_of(registration_key(search_register().rows[0].certificate_number)))["state"] == "cancelled"


def test_a_registration_is_acted_on_under_its_own_profile() -> None:
    number = give().registration_number
    with pytest.raises(NotGranted, match="zhejiang"):
        give(kind=Kind.CHANGE, profile="beijing", registration=number)


def test_a_revocation_has_its_reason() -> None:
    number = give().certificate_number
    for reason in (" ", "x" * 2_001):
        with pytest.raises(NotGranted, match="reason"):
            revoke_registration(actor=IRINA, at=AT, number=number, reason=reason, leaves=leaves())
    row = revoke_registration(actor=IRINA, at=AT, number=number, reason="The data was not theirs.", leaves=leaves())
    assert row.state is RegistrationState.REVOKED
    assert versions_of(number)[1].reason == "The data was not theirs."
    assert entry_of(grantor_key(WEAVERS.name)) == ""


def test_a_term_that_is_over_lapses_once() -> None:
    number = give().registration_number
    next_day = datetime(2029, 10, 9, tzinfo=UTC)
    assert lapse_registrations(actor=IRINA, at=next_day - timedelta(days=1), leaves=leaves()) == 0
    assert lapse_registrations(actor=IRINA, at=next_day + timedelta(days=4), leaves=leaves()) == 1
    assert lapse_registrations(actor=IRINA, at=next_day + timedelta(days=4), leaves=leaves()) == 0
    last = versions_of(number)[-1]
    assert (last.cause, last.valid_from_on, last.state) == (Cause.LAPSE, next_day.date(), RegistrationState.LAPSED)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    number = give().registration_number
    with pytest.raises(ClockBack):
        give(kind=Kind.CHANGE, at=AT - timedelta(seconds=1), registration=number)
    assert RegistrationVersion.objects.count() == 1


def test_a_registration_has_a_holder_and_a_title() -> None:
    for statement in (replace(SILK, applicants=()), replace(SILK, title=" ")):
        with pytest.raises(UserError):
            give(statement)
    assert not NumberSeries.objects.exists()


def test_a_version_is_never_changed() -> None:
    give()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RegistrationVersion.objects.update(title="another")
    HolderParticulars.objects.all().delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RegistrationVersion.objects.all().delete()


def test_erasure_forgets_identifiers_and_keeps_the_names_and_the_proof() -> None:
    number = give().certificate_number
    before = versions_of(number)[0]
    row = erase_holders(actor=IRINA, at=AT, number=number)
    after = versions_of(number)[0]
    assert row.holders == (WEAVERS.name,)
    assert (after.body, after.salt, after.commitment) == ("", "", before.commitment)
    assert after.holders == before.holders == (Holder(WEAVERS.name, "legal", "holder", "CN"),)
    assert entry_of(grantor_key(WEAVERS.identifier)) == ""
    assert json.loads(entry_of(grantor_key(WEAVERS.name)))["registrations"] == 1
    assert give(kind=Kind.CANCELLATION, at=LATER, registration=row.registration_number).state == "cancelled"


def test_a_work_is_registered_by_the_same_machine() -> None:
    row = give(work("Song of the invented valley"), profile="copyright")
    assert (row.subject, row.profile) == ("work", "copyright")


def test_names_or_identifiers_tell_whether_persons_are_the_same() -> None:
    one, other = Holder("A", identifier="1"), Holder("B", identifier="2")
    assert are_same_persons([one, other], [Holder("B", identifier="3"), Holder("Ａ", identifier="9")])
    assert are_same_persons([one], [Holder("New name", identifier="1")])
    assert not are_same_persons([one], [Holder("New name", identifier="7")])
    assert not are_same_persons([one], [one, other])
    assert not are_same_persons([one, other], [one])
