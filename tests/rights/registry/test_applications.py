"""The applicant's side: drafts, the pre-check at submission, corrections in time, withdrawal, and being forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from muniment.rights.parties.models import Party
from muniment.rights.registry.models import Application, Event, Round
from muniment.rights.registry.queries.applications import (
    clocks,
    count_by_state,
    events_of,
    get_application,
    list_applications,
    objections_of,
    rounds_of,
    statement_of,
)
from muniment.rights.registry.queries.prechecks import check_statement, findings_of
from muniment.rights.registry.rules.application import Kind, Source, Subject, statement_text
from muniment.rights.registry.rules.numbers import BadNumber, make_number
from muniment.rights.registry.rules.profiles import NoProfile
from muniment.rights.registry.rules.standing import Act, NotNow, State
from muniment.rights.registry.services.acts import ClockBack, NoApplication, Outrun, TooLate
from muniment.rights.registry.services.applications import (
    NotApplied,
    change_draft,
    draft_application,
    erase_application,
    submit_application,
)
from muniment.rights.registry.services.checking import NotReady
from muniment.trust.access.models import AuditEvent
from muniment.trust.access.rules import Actor, NotAllowed, Role
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.rules.leaves import commitment
from tests.cast import CHEN, DEWI, ERLAN, GULNAR, HAMID, IRINA
from tests.rights.registry.desk import POINTS, START, VALLEYS, drafted, leaves, public, registered, taken

pytestmark = pytest.mark.django_db


def member(name: str) -> Actor:
    """Return a member with a party of one's own."""
    party = Party.objects.create(kind="organisation", name=name, sort_name=name, code=name, created_at=START)
    return Actor(party.pk, name, frozenset({Role.MEMBER}), party_id=party.pk)


def test_a_draft_is_kept_changed_and_submitted_as_round_0() -> None:
    case = drafted(replace(VALLEYS, title=""))
    row = change_draft(actor=GULNAR, at=case.wait(), **case.seen, statement=VALLEYS)
    assert (row.state, row.version, row.title, row.round_count) == (State.DRAFT, 2, VALLEYS.title, 0)
    assert statement_of(row.number) == VALLEYS
    assert events_of(row.number) == ()
    case.row = row
    case.submit()
    assert case.row.state is State.SUBMITTED
    assert (case.row.submitted_at, case.row.due_on) == (case.at, date(2026, 3, 16))
    (first,) = rounds_of(case.row.number)
    assert first.statement == VALLEYS == statement_of(case.row.number)
    assert first.body == statement_text(VALLEYS)
    assert commitment(bytes.fromhex(first.salt), first.body.encode()).hex() == first.commitment
    assert Application.objects.get().draft == ""


def test_the_leaf_and_the_trail_of_an_act_name_no_person() -> None:
    case = drafted().submit()
    record = get_record(f"application/{case.row.number}/0")
    assert record is not None
    assert f'"statement":"{rounds_of(case.row.number)[0].commitment}"' in record.body
    assert "Aigul" not in record.body
    assert VALLEYS.title not in record.body
    trail = AuditEvent.objects.filter(subject_kind="application").order_by("seq")
    assert [one.tag for one in trail] == ["application.drafted", "application.submit"]
    assert all("Aigul" not in one.after for one in trail)


def test_what_the_pre_check_finds_is_not_submitted() -> None:
    ended = Source("licensed", "", "", "Bilal Logistics (invented)", "ab" * 32, date(2024, 1, 1), date(2026, 3, 1))
    for wrong, field in (
        (replace(VALLEYS, sources=(ended,)), "sources.0.contract_until_on"),
        (replace(VALLEYS, sources=(replace(ended, contract_sha256=""),)), "sources.0.contract_sha256"),
        (replace(VALLEYS, notarial_act=None), "deposit"),
        (replace(VALLEYS, title=""), "title"),
    ):
        case = drafted(wrong)
        with pytest.raises(NotReady) as refused:
            case.submit()
        assert field in {one.field for one in refused.value.findings}, field
        assert case.stands == (State.DRAFT, None)
        assert findings_of(case.row.number, START.date())
        assert check_statement(wrong, "zhejiang", Kind.FIRST, START.date()) == findings_of(
            case.row.number, START.date()
        )
    assert not Round.objects.exists()
    assert not Event.objects.exists()


def test_a_contract_that_ends_before_the_registration_holds_it_up() -> None:
    ending = replace(VALLEYS.sources[1], contract_until_on=date(2026, 3, 10))
    case = drafted(replace(VALLEYS, sources=(ending,))).submit().take().pass_on().publish()
    case.wait(days=15)
    with pytest.raises(NotReady):
        case.close()
    assert case.stands[0] is State.PUBLICITY


def test_a_member_acts_on_the_own_applications_alone() -> None:
    aigul, bilal = member("aigul"), member("bilal")
    case = drafted(actor=aigul)
    assert case.row.party_id == aigul.party_id
    with pytest.raises(NotAllowed):
        case.submit(bilal)
    with pytest.raises(NotAllowed):
        draft_application(
            actor=aigul, at=START, profile="zhejiang", kind=Kind.FIRST, statement=VALLEYS, party_id=bilal.party_id
        )
    for actor in (CHEN, DEWI, ERLAN):
        with pytest.raises(NotAllowed):
            drafted(actor=actor)
    case.submit(aigul)
    with pytest.raises(NotAllowed):
        case.take(aigul)
    with pytest.raises(NotAllowed):
        case.withdraw(bilal)
    assert case.withdraw(aigul).stands == (State.WITHDRAWN, None)
    assert list_applications(party_id=aigul.party_id).total == 1
    assert list_applications(party_id=bilal.party_id).total == 0


def test_what_the_rules_do_not_have_is_not_drafted() -> None:
    with pytest.raises(NoProfile):
        drafted(profile="atlantis")
    with pytest.raises(NotApplied):
        drafted(replace(VALLEYS, subject=Subject.WORK))
    with pytest.raises(NotApplied):
        drafted(kind=Kind.RENEWAL, registration="nothing")
    with pytest.raises(NotApplied):
        drafted(registration="something")
    assert not Application.objects.exists()


def test_two_who_saw_the_same_one_is_outrun() -> None:
    case = drafted().submit()
    seen = case.seen
    case.take(GULNAR)
    other = drafted().submit()
    other.row = replace(case.row, version=int(str(seen["version"])))
    other.at = case.at
    with pytest.raises(Outrun):
        other.take(HAMID)
    assert get_application(case.row.number) == case.row
    assert [one.act for one in events_of(case.row.number)] == [Act.SUBMIT, Act.TAKE]


def test_a_clock_that_goes_backwards_is_refused() -> None:
    case = drafted().submit()
    case.at -= timedelta(days=1)
    with pytest.raises(ClockBack):
        case.take()
    assert case.stands == (State.SUBMITTED, None)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(BadNumber):
        submit_application(actor=GULNAR, at=START, number="A-00000001-00", version=1, leaves=leaves())
    with pytest.raises(NoApplication):
        submit_application(actor=GULNAR, at=START, number=make_number("A", 7), version=1, leaves=leaves())
    assert get_application("nonsense") is None
    assert statement_of("nonsense") is None


def test_a_correction_is_answered_in_time_with_a_new_round() -> None:
    case = taken().ask()
    assert case.row.state is State.CORRECTION
    assert case.row.due_on == date(2026, 3, 23)
    assert events_of(case.row.number)[-1].points == POINTS
    better = replace(VALLEYS, processing=VALLEYS.processing + " The regression is linear, by depot.")
    case.answer(better)
    assert case.stands == (State.EXAMINATION, "formal")
    assert [one.statement for one in rounds_of(case.row.number)] == [VALLEYS, better]
    assert statement_of(case.row.number, 0) == VALLEYS
    assert statement_of(case.row.number) == better


def test_a_correction_too_late_or_unready_is_refused() -> None:
    case = taken().ask()
    with pytest.raises(NotReady):
        case.answer(replace(VALLEYS, structure=()))
    case.wait(days=22)
    with pytest.raises(TooLate):
        case.answer()
    assert case.stands[0] is State.CORRECTION
    assert case.row.round_count == 1


def test_what_is_decided_is_not_done_again() -> None:
    case = registered()
    for act in (case.submit, case.take, case.withdraw, case.publish, case.close, case.refuse):
        with pytest.raises(NotNow):
            act()
    assert case.stands[0] is State.REGISTERED


def test_erasure_forgets_persons_and_keeps_the_proofs() -> None:
    case = public()
    objection = case.oppose()
    with pytest.raises(NotNow):
        erase_application(actor=IRINA, at=case.at, number=case.row.number)
    case.reply(objection).decide(objection, is_upheld=True)
    before = rounds_of(case.row.number)
    with pytest.raises(NotAllowed):
        erase_application(actor=GULNAR, at=case.at, number=case.row.number)
    row = erase_application(actor=IRINA, at=case.wait(), number=case.row.number)
    assert (row.title, row.erased_at) == ("", case.at)
    (after,) = rounds_of(row.number)
    assert (after.statement, after.body, after.salt) == (None, "", "")
    assert after.commitment == before[0].commitment
    (filed,) = objections_of(row.number)
    assert filed.objector is None
    assert filed.commitment == objection.commitment
    assert len(events_of(row.number)) == 7
    assert get_record(f"application/{row.number}/6") is not None
    assert statement_of(row.number) is None
    with pytest.raises(NoApplication):
        erase_application(actor=IRINA, at=case.wait(), number=row.number)


_ALTERED: dict[str, Callable[[], object]] = {
    "body": lambda: Round.objects.update(body="{}"),
    "commitment": lambda: Round.objects.update(commitment="0" * 64, body="", salt=""),
    "event": lambda: Event.objects.update(reason="another"),
    "gone": lambda: Event.objects.all().delete(),
}


@pytest.mark.parametrize("alter", _ALTERED)
def test_rounds_and_events_are_not_altered(alter: str) -> None:
    case = drafted().submit()
    with pytest.raises(DatabaseError), transaction.atomic():
        _ALTERED[alter]()
    assert rounds_of(case.row.number)[0].statement == VALLEYS
    assert len(events_of(case.row.number)) == 1


def test_the_queue_is_searched_and_its_clocks_are_read() -> None:
    first = drafted().submit()
    second = taken()
    drafted(replace(VALLEYS, title="Another 100% title"))
    assert count_by_state() == {State.DRAFT: 1, State.SUBMITTED: 1, State.EXAMINATION: 1}
    assert list_applications(state=State.SUBMITTED).rows == (first.row,)
    assert list_applications(examiner=GULNAR.name).rows == (second.row,)
    assert list_applications(search="100%").total == 1
    assert list_applications(search=first.row.number.lower()).rows == (first.row,)
    assert list_applications(overdue_on=date(2026, 3, 17)).total == 2
    assert list_applications(overdue_on=date(2026, 3, 16)).total == 0
    assert list_applications(profile="zhejiang", kind=Kind.FIRST, limit=1, offset=1).rows == (second.row,)
    assert [(one.what, one.days_left) for one in clocks(date(2026, 3, 13))] == [("examination", 1)] * 2
    assert clocks(date(2026, 3, 17))[0].days_left == -1
