"""The invented registry year as a plan: the same for the same seed, in order, and counted as it is made."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from muniment.interfaces.demo.registry_acts import Verb, Year
from muniment.interfaces.demo.registry_course import SIZE
from muniment.interfaces.demo.registry_later import LICENCES_MICRO, PLEDGES_MICRO
from muniment.interfaces.demo.registry_plan import invent_year
from muniment.rights.registry.rules.application import Statement
from muniment.rights.registry.rules.calendars import get_calendar, is_working_day
from muniment.rights.registry.rules.numbers import DEPOSIT, make_number
from muniment.rights.registry.rules.precheck import Known, precheck
from muniment.rights.registry.rules.profiles import get_profile

DAYS = tuple(
    day
    for number in range(date(2025, 1, 1).toordinal(), date(2026, 1, 1).toordinal())
    if is_working_day(get_calendar("cn"), day := date.fromordinal(number))
)


def year(registrations: int = 60, seed: int = 1) -> Year:
    """Return a small invented year of the pilot of Zhejiang."""
    return invent_year(profile=get_profile("zhejiang"), days=DAYS, registrations=registrations, seed=seed)


def test_the_same_seed_invents_the_same_year_and_another_one_another() -> None:
    assert year() == year()
    assert year() != year(seed=2)


def test_acts_are_in_order_on_working_days_and_each_case_has_a_course() -> None:
    found = year()
    assert [act.at for act in found.acts] == sorted(act.at for act in found.acts)
    assert {act.at.date() for act in found.acts} == set(DAYS)
    assert {act.case for act in found.acts} == {0, *(case.number for case in found.cases)}
    for case in found.cases:
        instants = [act.at for act in found.acts if act.case == case.number]
        assert len(set(instants)) == len(instants), "no two acts on a case at one instant"
        if case.target:
            assert found.cases[case.target - 1].number == case.target < case.number


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_counts_what_it_plans(seed: int) -> None:
    found = year(SIZE, seed)
    expected, verbs = found.expected, Counter(act.verb for act in found.acts)
    assert expected.registered == SIZE
    assert expected.applied == verbs[Verb.SUBMIT]
    assert expected.precheck_failed == verbs[Verb.TRY] > SIZE // 2
    assert expected.corrections == verbs[Verb.ASK]
    assert expected.objections_upheld == verbs[Verb.UPHOLD]
    assert expected.objected == verbs[Verb.OBJECT] == verbs[Verb.UPHOLD] + verbs[Verb.REJECT]
    assert expected.refused == verbs[Verb.REFUSE] + verbs[Verb.UPHOLD]
    later = expected.renewed + expected.changed + expected.transferred + expected.cancelled
    ended = expected.registered + expected.refused + expected.withdrawn + expected.late + later
    assert expected.applied == ended + expected.pending
    for sum_micro, stated in (
        (expected.licence_amount_micro, LICENCES_MICRO),
        (expected.pledge_amount_micro, PLEDGES_MICRO),
    ):
        assert abs(sum_micro - stated) < stated // 100
        assert sum_micro == sum(
            act.amount_micro
            for act in found.acts
            if act.verb is (Verb.LICENCE if stated == LICENCES_MICRO else Verb.PLEDGE)
        )


def test_only_what_is_planned_to_fail_fails_the_pre_check() -> None:
    found, profile, stated = year(SIZE), get_profile("zhejiang"), dict[int, Statement]()
    kinds = {case.number: case.kind for case in found.cases}
    known = Known(deposit_exists=True)
    for act in found.acts:
        if act.statement is not None:
            stated[act.case] = replace(act.statement, deposit=make_number(DEPOSIT, act.case))
        if act.verb in (Verb.TRY, Verb.SUBMIT, Verb.ANSWER):
            day = act.at.date()
            findings = precheck(stated[act.case], profile, at_on=day, known=known, kind=kinds[act.case])
            errors = [one.rule for one in findings if one.level == "error"]
            assert bool(errors) == (act.verb is Verb.TRY), (act, errors)


def test_what_cannot_be_a_year_is_refused() -> None:
    for days, registrations in ((DAYS[:100], 60), ((*DAYS, date(2026, 1, 5)), 60), (DAYS, 5)):
        with pytest.raises(ValueError, match="registry year"):
            invent_year(profile=get_profile("zhejiang"), days=days, registrations=registrations)
