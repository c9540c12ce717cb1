"""Publicity: its days, objections in time, replies and decisions, what is registered after it, and the clocks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from muniment.interfaces.fsck.applications import check_applications
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Application, Objection
from muniment.rights.registry.queries.applications import (
    clocks,
    events_of,
    get_application,
    get_objection,
    in_publicity,
    objections_of,
)
from muniment.rights.registry.queries.registrations import get_registration
from muniment.rights.registry.rules.application import Kind, Source
from muniment.rights.registry.rules.examination import ObjectionState, Objector
from muniment.rights.registry.rules.standing import Act, NotNow, RegistrationState, State
from muniment.rights.registry.services.acts import ClockBack, NoReason, Outrun, TooEarly, TooLate
from muniment.rights.registry.services.objections import NoObjection, erase_objector, withdraw_objection
from muniment.rights.registry.services.publicity import ClockReport, close_publicity, run_clocks
from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.rules.leaves import commitment
from tests.cast import CHEN, GULNAR, IRINA
from tests.rights.registry.desk import VALLEYS, drafted, leaves, public, registered, taken


@pytest.mark.django_db
def test_publicity_lasts_working_days_and_registers_after_them() -> None:
    case = public()
    assert (case.row.publicity_from_on, case.row.publicity_until_on) == (date(2026, 3, 2), date(2026, 3, 16))
    assert in_publicity(date(2026, 3, 16)).rows == (case.row,)
    assert in_publicity(date(2026, 3, 17)).total == 0
    case.wait(days=14)
    with pytest.raises(TooEarly):
        case.close()
    case.wait(days=1)
    with pytest.raises(NotAllowed):
        case.close(GULNAR)
    case.close()
    assert (case.row.state, case.row.decided_at, case.row.due_on) == (State.REGISTERED, case.at, None)
    granted = get_registration(case.row.registration_number)
    assert granted is not None
    assert (granted.title, granted.state) == (VALLEYS.title, RegistrationState.IN_FORCE)
    assert granted.until_on == date(2029, 3, 16)
    acts = [Act.SUBMIT, Act.TAKE, Act.PASS_STAGE, Act.PUBLISH, Act.CLOSE_PUBLICITY]
    history = events_of(case.row.number)
    assert [one.act for one in history] == acts
    assert all(get_record(f"application/{case.row.number}/{one.seq}") for one in history)


@pytest.mark.django_db
def test_spring_festival_is_no_working_day() -> None:
    case = drafted(at=datetime.fromisoformat("2026-02-09T02:00:00Z")).submit().take().pass_on().publish()
    assert case.row.publicity_until_on == date(2026, 2, 28)


@pytest.mark.django_db
def test_a_later_kind_is_about_a_registration_in_force() -> None:
    case = registered()
    number = case.row.registration_number
    granted = get_registration(number)
    assert granted is not None
    ending = drafted(
        replace(VALLEYS, reason="No longer wanted."),
        kind=Kind.CANCELLATION,
        registration=granted.certificate_number,
        at=case.at,
    )
    assert ending.row.registration_number == number
    ending.submit().take().pass_on(IRINA)
    assert ending.row.state is State.REGISTERED
    after = get_registration(number)
    assert after is not None
    assert after.state is RegistrationState.CANCELLED
    with pytest.raises(UserError):
        drafted(kind=Kind.CHANGE, registration=number, at=ending.at)


@pytest.mark.django_db
def test_anybody_objects_in_time_and_nobody_after_it() -> None:
    case = public()
    filed = case.oppose()
    assert case.stands[0] is State.OBJECTION
    assert (filed.state, filed.reply_until_on) == (ObjectionState.OPEN, date(2026, 3, 16))
    assert get_objection(filed.number) == filed
    assert filed.objector == Objector("Bilal", "bilal@example.org")
    kept = Objection.objects.get()
    assert commitment(bytes.fromhex(kept.salt), kept.body.encode()).hex() == filed.commitment
    record = get_record(f"application/{case.row.number}/4")
    assert record is not None
    assert "Bilal" not in record.body
    assert filed.commitment in record.body
    case.wait(days=15)
    with pytest.raises(TooLate):
        case.oppose()
    assert len(objections_of(case.row.number)) == 1


@pytest.mark.django_db
def test_an_objection_has_a_person_and_grounds() -> None:
    case = public()
    for objector, grounds in (
        (Objector("", "bilal@example.org"), "Ours."),
        (Objector("Bilal", " "), "Ours."),
        (Objector("Bilal", "b\0"), "Ours."),
        (Objector("Bilal", "bilal@example.org"), ""),
        (Objector("Bilal", "bilal@example.org"), "x" * 10_001),
    ):
        with pytest.raises(NoReason):
            case.oppose(objector, grounds)
    assert case.stands[0] is State.PUBLICITY
    assert not Objection.objects.exists()
    with pytest.raises(NotNow):
        taken().oppose()


@pytest.mark.django_db
def test_a_rejected_objection_leads_back_to_publicity() -> None:
    case = public()
    filed = case.oppose()
    with pytest.raises(NotAllowed):
        case.reply(filed, CHEN)
    with pytest.raises(TooEarly):
        case.decide(filed, is_upheld=False)
    case.reply(filed)
    with pytest.raises(NoObjection):
        case.reply(filed)
    with pytest.raises(NotAllowed):
        case.decide(filed, is_upheld=False, actor=GULNAR)
    case.wait(days=15)
    with pytest.raises(NotNow):
        case.close()
    case.decide(filed, is_upheld=False)
    assert (case.row.state, case.row.due_on) == (State.PUBLICITY, date(2026, 3, 16))
    (decided,) = objections_of(case.row.number)
    assert (decided.state, decided.decision, decided.decided_by) == (
        ObjectionState.REJECTED,
        "The contract shows it.",
        IRINA.name,
    )
    assert case.close().row.state is State.REGISTERED


@pytest.mark.django_db
def test_an_upheld_objection_refuses_and_leaves_others_undecided() -> None:
    case = public()
    first, second = case.oppose(), case.oppose(Objector("Chen", "chen@example.org"))
    case.wait(days=15)
    with pytest.raises(TooLate):
        case.reply(first)
    case.decide(first, is_upheld=True)
    assert (case.row.state, case.row.decided_at, case.row.due_on) == (State.REFUSED, case.at, None)
    assert [one.state for one in objections_of(case.row.number)] == [ObjectionState.UPHELD, ObjectionState.MOOT]
    assert events_of(case.row.number)[-1].objection == first.number
    with pytest.raises(NotNow):
        case.decide(second, is_upheld=False)


@pytest.mark.django_db
def test_who_objected_is_forgotten_once_it_is_decided() -> None:
    case = public()
    filed = case.oppose()
    with pytest.raises(NoObjection):
        erase_objector(actor=IRINA, at=case.at, objection=filed.number)
    case.reply(filed).decide(filed, is_upheld=False)
    with pytest.raises(NotAllowed):
        erase_objector(actor=GULNAR, at=case.at, objection=filed.number)
    row = erase_objector(actor=IRINA, at=case.wait(), objection=filed.number)
    assert (row.objector, row.commitment, row.grounds) == (None, filed.commitment, filed.grounds)
    assert (Objection.objects.get().body, Objection.objects.get().salt) == ("", "")
    with pytest.raises(NoObjection):
        erase_objector(actor=IRINA, at=case.at, objection=filed.number)
    found: list[str] = []
    check_applications(found.append)
    assert found == []


@pytest.mark.django_db
def test_one_of_two_objections_rejected_leaves_the_other_open() -> None:
    case = public()
    first, second = case.oppose(), case.oppose(Objector("Chen", "chen@example.org"))
    case.reply(first).decide(first, is_upheld=False)
    assert case.row.state is State.OBJECTION
    assert [(one.what, one.due_on) for one in clocks(date(2026, 3, 3))] == [("reply", second.reply_until_on)]
    case.row = withdraw_objection(
        actor=GULNAR,
        at=case.wait(),
        number=case.row.number,
        version=case.row.version,
        objection=second.number,
        reason="By a signed letter.",
        leaves=leaves(),
    )
    assert case.row.state is State.PUBLICITY
    assert objections_of(case.row.number)[1].state is ObjectionState.WITHDRAWN


@pytest.mark.django_db
def test_the_clocks_register_lapse_and_hold() -> None:
    over = public()
    ending = Source("licensed", counterpart="Bilal", contract_sha256="ab" * 32, contract_until_on=date(2026, 3, 10))
    stuck = drafted(replace(VALLEYS, sources=(ending,), title="Depots of others")).submit().take().pass_on().publish()
    late = taken().ask()
    opposed = public()
    opposed.oppose()
    early = drafted(at=over.at + timedelta(days=15)).submit().take().pass_on().publish()
    at = early.at + timedelta(days=7)
    with pytest.raises(NotAllowed):
        run_clocks(actor=GULNAR, at=at, leaves=leaves())
    with pytest.raises(ClockBack):
        run_clocks(actor=IRINA, at=over.at, leaves=leaves())
    report = run_clocks(actor=IRINA, at=at, leaves=leaves())
    assert report.registered == (over.row.number,)
    assert report.lapsed_applications == (late.row.number,)
    assert [number for number, _ in report.held] == [stuck.row.number]
    assert (late.stands[0], events_of(late.row.number)[-1].act) == (State.WITHDRAWN, Act.LAPSE)
    assert [one.stands[0] for one in (stuck, opposed, early)] == [State.PUBLICITY, State.OBJECTION, State.PUBLICITY]
    again = run_clocks(actor=IRINA, at=at, leaves=leaves())
    assert again == ClockReport((), (), 0, report.held)
    much_later = datetime.fromisoformat("2029-03-26T00:00:00Z")
    assert run_clocks(actor=IRINA, at=much_later, leaves=leaves()).lapsed_registrations == 1


@pytest.mark.django_db(transaction=True)
def test_two_chiefs_at_once_register_once() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's tables of tests are in memory, where two connections cannot wait for each other")
    case = public()
    at = case.wait(days=15)
    start = Barrier(2)

    def close() -> str:
        try:
            start.wait(timeout=30)
            close_publicity(actor=IRINA, at=at, number=case.row.number, version=case.row.version, leaves=leaves())
        except Outrun:
            return "outrun"
        finally:
            connection.close()
        return "registered"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.result() for future in [pool.submit(close), pool.submit(close)]]
    assert sorted(outcomes) == ["outrun", "registered"]
    row = get_application(case.row.number)
    assert row is not None
    assert (row.state, row.version) == (State.REGISTERED, case.row.version + 1)
    assert Application.objects.count() == 1
    assert len(events_of(row.number)) == 5
