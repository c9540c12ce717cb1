"""Whatever is tried with an application, in any order and by anybody: a refused act leaves nothing behind."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.interfaces.fsck.applications import check_applications
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Event, Objection, Registration, Round
from muniment.rights.registry.queries.applications import get_application, objections_of
from muniment.rights.registry.rules.examination import ObjectionState
from muniment.trust.access.models import AuditEvent
from muniment.trust.access.rules import Actor
from muniment.trust.evidence.queries import count_waiting
from tests.cast import DEWI, GULNAR, HAMID, IRINA
from tests.rights.registry.desk import Case, drafted, public, taken

pytestmark = pytest.mark.django_db


def _on_objection(act: Callable[[Case, str, Actor], object]) -> Callable[[Case, Actor], object]:
    """Return an act on the newest objection; without one, nothing is tried."""

    def tried(case: Case, actor: Actor) -> object:
        filed = objections_of(case.row.number)
        return act(case, filed[-1].number, actor) if filed else None

    return tried


def _reply(case: Case, number: str, actor: Actor) -> object:
    return case.reply(next(one for one in objections_of(case.row.number) if one.number == number), actor)


def _decide(case: Case, number: str, actor: Actor) -> object:
    (filed,) = [one for one in objections_of(case.row.number) if one.number == number]
    return case.decide(filed, is_upheld=False, actor=actor)


ACTS: Mapping[str, Callable[[Case, Actor], object]] = {
    "submit": Case.submit,
    "take": Case.take,
    "ask": lambda case, actor: case.ask(actor=actor),
    "answer": lambda case, actor: case.answer(actor=actor),
    "pass": Case.pass_on,
    "publish": Case.publish,
    "object": lambda case, _: case.oppose(),
    "reply": _on_objection(_reply),
    "decide": _on_objection(_decide),
    "close": Case.close,
    "withdraw": Case.withdraw,
    "refuse": lambda case, actor: case.refuse(actor=actor),
    "wait": lambda case, _: case.wait(days=8),
}
_LIKELY = ("submit", "take", "pass", "publish", "object", "reply", "decide", "wait", "close")


def _counted(number: str) -> tuple[object, ...]:
    """Return what a refused act must not change."""
    return (
        get_application(number),
        objections_of(number),
        Event.objects.count(),
        Round.objects.count(),
        Registration.objects.count(),
        AuditEvent.objects.count(),
        count_waiting(),
    )


def _is_refused(act: Callable[[Case, Actor], object], case: Case, actor: Actor) -> bool:
    try:
        act(case, actor)
    except UserError:
        return True
    return False


@settings(max_examples=12)
@given(
    st.sampled_from([drafted, lambda: taken("shandong"), public]),
    st.lists(st.tuples(st.sampled_from([*ACTS, *_LIKELY]), st.sampled_from([GULNAR, HAMID, IRINA, DEWI])), max_size=25),
)
def test_any_acts_leave_a_sound_history(begin: Callable[[], Case], tried: list[tuple[str, Actor]]) -> None:
    case = begin()
    for name, actor in tried:
        before = _counted(case.row.number)
        if _is_refused(ACTS[name], case, actor):
            assert _counted(case.row.number) == before
    found: list[str] = []
    check_applications(found.append)
    assert found == []
    assert Registration.objects.filter(application__number=case.row.number).exists() == (case.stands[0] == "registered")
    is_open = Objection.objects.filter(application__number=case.row.number, state=ObjectionState.OPEN).exists()
    assert is_open == (case.stands[0] == "objection")
