"""The examiner's side: rounds of corrections, stages by two persons, refusals with reasons."""

from dataclasses import replace
from pathlib import Path

import pytest

from muniment.rights.registry.queries.applications import events_of
from muniment.rights.registry.rules import profiles
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.rules.standing import Act, NotNow, Stage, State
from muniment.rights.registry.rules.tables import FOLDER
from muniment.rights.registry.services.acts import NoReason
from muniment.rights.registry.services.examination import TooManyRounds
from muniment.rights.registry.services.publicity import register_application
from muniment.trust.access.rules import NotAllowed, SamePerson
from muniment.trust.evidence.queries import get_record
from tests.cast import CHEN, GULNAR, HAMID, IRINA
from tests.rights.registry.desk import VALLEYS, drafted, leaves, public, registered, taken

pytestmark = pytest.mark.django_db

VALLEYS_CHANGED = replace(VALLEYS, title="Arrivals at more invented depots", reason="More depots came in.")


def test_an_examiner_takes_and_a_colleague_takes_over() -> None:
    case = drafted().submit()
    with pytest.raises(NotAllowed):
        case.take(CHEN)
    due_on = case.row.due_on
    case.take(GULNAR).take(HAMID)
    assert (case.row.examiner, case.row.stage, case.row.due_on) == (HAMID.name, Stage.FORMAL, due_on)


def test_one_round_of_corrections_too_many_is_refused() -> None:
    case = taken()
    allowed = get_profile("zhejiang").procedures[Kind.FIRST].correction_rounds
    for _ in range(allowed):
        case.ask().answer()
    with pytest.raises(TooManyRounds):
        case.ask()
    assert case.stands == (State.EXAMINATION, Stage.FORMAL)
    assert case.row.round_count == allowed + 1


@pytest.mark.parametrize(
    "points", [(), (Point("processing", " "),), (Point("colour", "Change it."),), (Point("", "x" * 6_000),)]
)
def test_points_say_what_to_correct(points: tuple[Point, ...]) -> None:
    case = taken()
    with pytest.raises(NoReason):
        case.ask(points)
    assert case.stands[0] is State.EXAMINATION


def test_who_passed_one_stage_does_not_pass_the_next() -> None:
    case = taken("shandong")
    assert get_profile("shandong").procedures[Kind.FIRST].needs_second_person
    case.pass_on(GULNAR)
    assert (case.row.state, case.row.stage, case.row.examiner) == (State.EXAMINATION, Stage.SUBSTANTIVE, "")
    case.take(GULNAR)
    with pytest.raises(SamePerson):
        case.pass_on(GULNAR)
    case.take(HAMID).pass_on(HAMID)
    assert case.row.state is State.ACCEPTED


def test_a_refusal_has_its_reasons() -> None:
    case = taken()
    with pytest.raises(NoReason):
        case.refuse("  ")
    case.refuse("It is raw data: nothing was worked on.")
    assert (case.row.state, case.row.decided_at, case.row.due_on) == (State.REFUSED, case.at, None)
    last = events_of(case.row.number)[-1]
    assert (last.act, last.reason, last.actor) == (Act.REFUSE, "It is raw data: nothing was worked on.", GULNAR.name)
    record = get_record(f"application/{case.row.number}/{last.seq}")
    assert record is not None
    assert "raw" not in record.body


def test_what_is_accepted_is_refused_by_a_chief_alone() -> None:
    for case in (taken().pass_on(), public()):
        with pytest.raises(NotAllowed):
            case.refuse()
        case.refuse("The source contract has ended.", IRINA)
        assert (case.row.state, case.row.due_on) == (State.REFUSED, None)


def test_acts_out_of_turn_are_refused() -> None:
    case = drafted()
    for act in (case.take, case.ask, case.pass_on, case.refuse, case.publish, case.close):
        with pytest.raises(NotNow):
            act()
    case.submit()
    with pytest.raises(NotNow):
        case.pass_on()
    assert case.stands == (State.SUBMITTED, None)
    opposed = public()
    opposed.oppose()
    with pytest.raises(NotNow):
        opposed.refuse(actor=IRINA)


def test_what_has_no_publicity_is_registered_by_a_chief_at_once_and_by_another_later() -> None:
    first = registered()
    for actor in (IRINA, GULNAR):
        case = drafted(VALLEYS_CHANGED, kind=Kind.CHANGE, registration=first.row.registration_number, at=first.wait())
        case.submit().take(actor).pass_on(actor)
        if actor is GULNAR:
            assert case.row.state is State.ACCEPTED
            with pytest.raises(NotNow):
                case.publish()
            with pytest.raises(NotAllowed):
                register_application(actor=GULNAR, at=case.wait(), **case.seen, leaves=leaves())
            case.row = register_application(actor=IRINA, at=case.wait(), **case.seen, leaves=leaves())
        assert case.row.state is State.REGISTERED
        first.at = case.at


def test_who_passed_the_only_stage_alone_does_not_register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = Path(profiles.__file__).parent / "data" / "zhejiang.toml"
    strict = ours.read_text().replace("needs_second_person = false", "needs_second_person = true")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "strict.toml").write_text(strict.replace("publicity_days = 10", "publicity_days = 0"))
    monkeypatch.setenv(FOLDER, str(tmp_path))
    case = drafted(profile="strict").submit().take().pass_on(IRINA)
    assert case.row.state is State.ACCEPTED
    with pytest.raises(SamePerson):
        register_application(actor=IRINA, at=case.wait(), **case.seen, leaves=leaves())
    chief = replace(IRINA, name="another")
    case.row = register_application(actor=chief, at=case.wait(), **case.seen, leaves=leaves())
    assert case.row.state is State.REGISTERED
