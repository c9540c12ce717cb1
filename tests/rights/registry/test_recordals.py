"""Licences and pledges: recorded with a rank that stays, locked by pledges, ended once."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.money import UnknownCurrency
from muniment.rights.registry.models import Consent, Recordal, RecordalParticulars, Registration
from muniment.rights.registry.queries.registrations import get_recordal, get_registration, lapse_warnings, recordals_of
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.estate import (
    Counterpart,
    Holder,
    RecordalKind,
    grantor_key,
    name_key,
    particulars_text,
    read_particulars,
    read_shown,
    registration_key,
    shown_text,
)
from muniment.rights.registry.services.acts import ClockBack
from muniment.rights.registry.services.recordals import (
    BadRecordal,
    Locked,
    NoRecordal,
    Terms,
    end_recordal,
    record_consent,
    record_licence,
    record_pledge,
)
from muniment.rights.registry.services.registrations import erase_holders, lapse_registrations, revoke_registration
from muniment.rights.registry.services.versions import NoRegistration
from muniment.trust.access.models import AuditEvent
from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.mapped import entry_of
from tests.cast import AIGUL, DEWI, GULNAR, IRINA
from tests.rights.registry.estate import (
    AT,
    BANK,
    DYERS,
    SHOP,
    SILK,
    TODAY,
    WEAVERS,
    apply,
    give,
    leaves,
    license_to,
    pledge,
)
from tests.trust.evidence.logs import run

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FUND = Counterpart("Fund of the Invented Hills")
TRANSFER = replace(SILK, transferee=DYERS)


@pytest.fixture
def number() -> str:
    """Return the certificate number of a registration."""
    return give().certificate_number


def end(number: str, reason: str = "paid back", on: date | None = None) -> None:
    """End a recordal tomorrow."""
    end_recordal(actor=GULNAR, at=AT + DAY, number=number, reason=reason, leaves=leaves(), ended_on=on)


def test_a_pledge_has_a_rank_a_leaf_an_event_and_stands_in_the_map(number: str) -> None:
    first, second = pledge(number), pledge(number, FUND)
    assert (first.rank, second.rank) == (1, 2)
    assert (first.grantors, first.counterpart) == ((WEAVERS.name,), BANK.name)
    record = get_record(f"recordal/{first.number}/0")
    assert record is not None
    assert BANK.name not in record.body
    assert json.loads(record.body)["rank"] == 1
    assert AuditEvent.objects.latest("seq").tag == "recordal.recorded"
    assert json.loads(entry_of(registration_key(number)))["pledge_count"] == 2
    assert json.loads(entry_of(grantor_key(WEAVERS.identifier)))["pledges"] == [number]
    run()
    places = [one.leaf_index for one in recordals_of(number)]
    assert None not in places
    assert places == sorted(places)


def test_a_rank_stays_when_the_one_before_is_discharged(number: str) -> None:
    first, second = pledge(number), pledge(number, FUND)
    end(first.number)
    third = pledge(number, at=AT + DAY, rank=2)
    assert [one.rank for one in recordals_of(number)] == [1, 2, 3]
    assert (second.rank, third.rank) == (2, 3)
    with pytest.raises(BadRecordal, match="has rank 3, not 1"):
        pledge(number, FUND, at=AT + DAY, rank=1)


def test_a_discharge_is_not_repeated(number: str) -> None:
    row = pledge(number)
    end(row.number, on=TODAY)
    with pytest.raises(NoRecordal, match="ended on"):
        end(row.number)
    after = get_recordal(row.number)
    assert after is not None
    assert (after.state, after.ended_on, after.reason) == ("ended", TODAY, "paid back")
    assert get_record(f"recordal/{row.number}/1") is not None
    assert get_record(f"recordal/{row.number}/2") is None
    assert json.loads(entry_of(registration_key(number)))["pledge_count"] == 0
    for unknown in ("R-00000099-12", "nothing"):
        with pytest.raises(NoRecordal, match="no recordal"):
            end(unknown)


@pytest.mark.parametrize(("reason", "on"), [(" ", None), ("x" * 501, None), ("y", TODAY + 2 * DAY), ("y", TODAY - DAY)])
def test_an_end_has_a_reason_and_a_day_that_can_be(number: str, reason: str, on: date | None) -> None:
    row = pledge(number)
    with pytest.raises(BadRecordal):
        end(row.number, reason, on)
    assert Recordal.objects.get().ended_on is None


BAD = [
    Terms(TODAY, TODAY + DAY, 0, "CNY"),
    Terms(TODAY, TODAY + DAY, -5, "CNY"),
    Terms(TODAY, TODAY + DAY, 2**63, "CNY"),
    Terms(TODAY, TODAY + DAY, 5, ""),
    Terms(TODAY, TODAY + DAY, None, "CNY"),
    Terms(TODAY, TODAY - DAY, 5, "CNY"),
    Terms(TODAY - 9 * DAY, TODAY - DAY, 5, "CNY"),
    Terms(TODAY, None, 5, "CNY", "two\nlines"),
]


@pytest.mark.parametrize("terms", BAD)
def test_what_cannot_be_is_not_recorded(number: str, terms: Terms) -> None:
    with pytest.raises(BadRecordal):
        record_licence(actor=GULNAR, at=AT, number=number, licensee=SHOP, terms=terms, leaves=leaves())
    with pytest.raises(BadRecordal):
        record_pledge(actor=GULNAR, at=AT, number=number, creditor=BANK, terms=terms, leaves=leaves())
    assert not Recordal.objects.exists()


def test_a_currency_is_one_of_iso_4217(number: str) -> None:
    for currency in ("cny", "RMB", "XYZ1"):
        terms = Terms(TODAY, None, 5, currency)
        with pytest.raises(UnknownCurrency):
            record_pledge(actor=GULNAR, at=AT, number=number, creditor=BANK, terms=terms, leaves=leaves())


@pytest.mark.parametrize(
    "party",
    [Counterpart(" "), Counterpart(WEAVERS.name), Counterpart("Other", WEAVERS.identifier), Counterpart("a\nb")],
)
def test_the_other_party_is_another(number: str, party: Counterpart) -> None:
    terms = Terms(TODAY, None, 5, "CNY")
    with pytest.raises(BadRecordal):
        record_pledge(actor=GULNAR, at=AT, number=number, creditor=party, terms=terms, leaves=leaves())


def test_a_pledge_secures_an_amount_and_is_not_exclusive(number: str) -> None:
    for terms in (Terms(TODAY), Terms(TODAY, None, 5, "CNY", "", is_exclusive=True)):
        with pytest.raises(BadRecordal):
            record_pledge(actor=GULNAR, at=AT, number=number, creditor=BANK, terms=terms, leaves=leaves())


def test_a_licence_ends_with_the_registration_at_the_latest(number: str) -> None:
    terms = Terms(TODAY, date(2029, 10, 9))
    with pytest.raises(BadRecordal, match="after the registration"):
        record_licence(actor=GULNAR, at=AT, number=number, licensee=SHOP, terms=terms, leaves=leaves())


def test_only_one_licence_is_exclusive_at_a_time(number: str) -> None:
    license_to(number, exclusive=True)
    with pytest.raises(BadRecordal, match="exclusive until"):
        license_to(number)
    after = Terms(TODAY + 366 * DAY, None)
    row = record_licence(actor=GULNAR, at=AT, number=number, licensee=SHOP, terms=after, leaves=leaves())
    assert (row.rank, row.until_on, row.amount_micro) == (2, None, None)


def test_what_is_pledged_is_not_licensed_without_consent(number: str) -> None:
    pledge(number)
    with pytest.raises(Locked, match=BANK.name):
        license_to(number)
    row = license_to(number, consent="Letter of the bank, 2026-10-08")
    assert (row.consent, row.rank) == ("Letter of the bank, 2026-10-08", 1)


@pytest.mark.parametrize("kind", [Kind.TRANSFER, Kind.CANCELLATION])
def test_what_is_pledged_is_not_given_away_without_the_consent_of_every_creditor(number: str, kind: Kind) -> None:
    found = get_registration(number)
    assert found is not None
    first, second = pledge(number), pledge(number, FUND)
    asked = apply(TRANSFER, kind, registration=found.registration_number)
    for recordal in (first.number, second.number):
        with pytest.raises(Locked, match=recordal):
            give(TRANSFER, application=asked)
        record_consent(
            actor=GULNAR, at=AT, number=recordal, application=asked.number, document="Letter", leaves=leaves()
        )
    row = give(TRANSFER, application=asked)
    standing = [one.state for one in recordals_of(number)]
    if kind is Kind.TRANSFER:
        assert (row.holders, row.pledge_count, standing) == ((DYERS.name,), 2, ["active", "active"])
        assert json.loads(entry_of(grantor_key(DYERS.name)))["pledges"] == [number]
        assert entry_of(grantor_key(WEAVERS.name)) == ""
    else:
        assert (row.state, row.pledge_count, standing) == ("cancelled", 0, ["ended", "ended"])
        assert get_record(f"recordal/{first.number}/2") is not None
    assert Consent.objects.count() == 2


def test_a_consent_is_to_something_that_asks_for_it(number: str) -> None:
    found = get_registration(number)
    assert found is not None
    row, licence = pledge(number), license_to(number, consent="Letter")
    own = found.registration_number
    other = give().registration_number
    wanted = apply(TRANSFER, Kind.TRANSFER, registration=own)
    bad = [
        (row.number, apply(kind=Kind.RENEWAL, registration=own).number, "Letter"),
        (row.number, apply(TRANSFER, Kind.TRANSFER, registration=other).number, "Letter"),
        (row.number, apply(TRANSFER, Kind.TRANSFER, registration=own, state="refused").number, "Letter"),
        (row.number, "A-00000099-99", "Letter"),
        (row.number, wanted.number, " "),
        (licence.number, wanted.number, "Letter"),
    ]
    for recordal, application, document in bad:
        with pytest.raises(BadRecordal):
            record_consent(
                actor=GULNAR, at=AT, number=recordal, application=application, document=document, leaves=leaves()
            )
    assert not Consent.objects.exists()


def test_a_discharged_pledge_locks_nothing(number: str) -> None:
    found = get_registration(number)
    assert found is not None
    end(pledge(number).number)
    later = AT + 2 * DAY
    assert give(TRANSFER, Kind.TRANSFER, at=later, registration=found.registration_number).holders == (DYERS.name,)


def test_revocation_ends_what_is_recorded_and_asks_nobody(number: str) -> None:
    pledge(number)
    license_to(number, consent="Letter")
    row = revoke_registration(actor=IRINA, at=AT + DAY, number=number, reason="Not theirs", leaves=leaves())
    assert (row.licence_count, row.pledge_count) == (0, 0)
    assert {one.reason for one in recordals_of(number)} == {"The registration ended (revocation)."}
    for act in (license_to, pledge):
        with pytest.raises(NoRegistration):
            act(number, at=AT + DAY)


def test_a_licence_ends_with_its_term_and_a_pledge_does_not(number: str) -> None:
    pledge(number)
    license_to(number, consent="Letter")
    later = AT + timedelta(days=800)
    assert lapse_registrations(actor=IRINA, at=later, leaves=leaves()) == 0
    found = {one.kind: one for one in recordals_of(number)}
    assert found[RecordalKind.LICENCE].ended_on == TODAY + timedelta(days=366)
    assert found[RecordalKind.PLEDGE].ended_on is None


def test_the_creditor_is_warned_before_the_registration_ends(number: str) -> None:
    row = pledge(number)
    license_to(number, consent="Letter")
    assert lapse_warnings(date(2029, 7, 1)) == ()
    (warning,) = lapse_warnings(date(2029, 7, 11))
    assert (warning.recordal, warning.creditor, warning.day_count) == (row.number, BANK.name, 89)


def test_recording_is_for_registrars(number: str) -> None:
    terms = Terms(TODAY, None, 5, "CNY")
    row = pledge(number)
    for who in (AIGUL, DEWI):
        with pytest.raises(NotAllowed):
            record_pledge(actor=who, at=AT, number=number, creditor=BANK, terms=terms, leaves=leaves())
        with pytest.raises(NotAllowed):
            record_licence(actor=who, at=AT, number=number, licensee=SHOP, terms=terms, leaves=leaves())
        with pytest.raises(NotAllowed):
            end_recordal(actor=who, at=AT, number=row.number, reason="paid", leaves=leaves())
    assert Recordal.objects.count() == 1


def test_a_clock_that_goes_backwards_is_refused(number: str) -> None:
    pledge(number)
    with pytest.raises(ClockBack):
        pledge(number, FUND, at=AT - timedelta(seconds=1))
    row = Recordal.objects.get()
    with pytest.raises(ClockBack):
        end_recordal(actor=GULNAR, at=AT - DAY, number=row.number, reason="paid", leaves=leaves())


def test_erasure_forgets_the_other_party_of_what_has_ended(number: str) -> None:
    ended, standing = pledge(number), pledge(number, FUND)
    end(ended.number)
    erase_holders(actor=IRINA, at=AT + DAY, number=number)
    kept = RecordalParticulars.objects.values_list("recordal__number", flat=True)
    assert list(kept) == [standing.number]
    assert [one.counterpart for one in recordals_of(number)] == [BANK.name, FUND.name]


def test_the_database_refuses_what_the_services_would(number: str) -> None:
    pledge(number)
    for change in ({"amount_micro": 0}, {"rank": 0}, {"state": "ended"}, {"until_on": TODAY - DAY}, {"currency": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Recordal.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.update(until_on=TODAY - DAY)


@given(st.lists(st.builds(Holder, st.text(min_size=1), identifier=st.text(), country=st.text()), min_size=1))
def test_holders_come_back_as_they_were_written(holders: list[Holder]) -> None:
    assert read_particulars(particulars_text("t", holders)) == tuple(holders)
    assert read_shown(shown_text(holders)) == tuple(replace(one, identifier="") for one in holders)


def test_a_key_is_the_same_however_a_name_is_typed() -> None:
    assert name_key("Märchen  LÄDEN, GmbH") == name_key("marchen läden gmbh") == "marchenladengmbh"
    assert name_key("９１３３ 0000") == "91330000"
