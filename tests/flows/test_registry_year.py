"""An invented registry year, from deposits to annual figures. Read this to see how registration hangs together."""

import os
from pathlib import Path

import pytest

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.cli.demo_registry import invented_year
from muniment.interfaces.demo.registry_acts import Verb
from muniment.interfaces.demo.registry_checks import prove_some
from muniment.interfaces.demo.registry_course import SIZE
from muniment.interfaces.demo.registry_year import Run, YearWentWrong, compare
from muniment.interfaces.fsck import State, check_all
from muniment.rights.registry.queries.applications import count_by_state, events_of, list_applications
from muniment.rights.registry.queries.figures import annual_figures
from muniment.rights.registry.rules.standing import State as Standing
from muniment.trust.evidence.queries import count_waiting

pytestmark = pytest.mark.django_db


def run_year(home: Path, registrations: int, seed: int, log_every: int = 1) -> Run:
    """Run a year of so many registrations to its end."""
    run = Run(invented_year(registrations, seed, log_every), home, registry_office.leaves())
    run.register_firms()
    assert sum(1 for _ in run.run()) == len(run.year.acts)
    return run


def assert_holds(run: Run, seed: int) -> None:
    """Let a year pass whose figures are those of the plan, and whose records hold by every check that there is."""
    assert compare(run.year) == (), "counted twice: by the generator, and by the database from the records"
    assert count_waiting() == 0
    proved = prove_some(home=run.home, policy=evidence_log.policy(), count=10, seed=seed)
    assert proved.registrations == 10
    assert proved.entries >= run.year.expected.registered
    assert [found for found in check_all() if found.state is not State.OK] == []


def test_a_small_year_comes_to_what_was_planned_and_every_check_holds(store: Path) -> None:
    run = run_year(store.parent, 60, seed=5, log_every=10)
    assert_holds(run, seed=5)

    # Where the applications of the year stand at its end: pending ones wait, the others are decided.
    states, expected = count_by_state(), run.year.expected
    assert states[Standing.REFUSED] == expected.refused
    assert states[Standing.WITHDRAWN] == expected.withdrawn + expected.late
    ended = {Standing.REGISTERED, Standing.REFUSED, Standing.WITHDRAWN}
    assert sum(count for state, count in states.items() if state not in ended) == expected.pending

    # An application tells its own story, each act by somebody at some time, in order.
    corrected = next(act.case for act in run.year.acts if act.verb is Verb.ANSWER)
    events = events_of(run.rows[corrected].number)
    assert [event.seq for event in events] == list(range(len(events)))
    assert {"submit", "take", "ask_correction", "answer_correction"} <= {str(event.act) for event in events}

    # The same figures by profile; another year has none of them.
    assert annual_figures(2025, "zhejiang").registered == 60
    assert annual_figures(2024).applied == 0
    assert list_applications(limit=1).total == len(run.year.cases)


def test_a_year_that_goes_otherwise_than_planned_is_told(store: Path) -> None:
    year = invented_year(20, seed=2)
    run = Run(year, store.parent, registry_office.leaves())
    run.register_firms()
    taken = next(place for place, act in enumerate(year.acts) if act.verb is Verb.TAKE)
    acts = run.run()
    for _ in range(taken):
        next(acts)
    seen = dict(run.rows)
    next(acts)
    run.rows = seen
    with pytest.raises(YearWentWrong, match="Somebody else"):
        next(run.run(taken))
    year.expected.applied += 1
    assert "applied" in {one.figure for one in compare(year)}


@pytest.mark.real
@pytest.mark.skipif("MUNIMENT_WHOLE_YEAR" not in os.environ, reason="the whole year takes many minutes")
def test_the_whole_year_comes_to_what_was_planned(store: Path) -> None:
    assert_holds(run_year(store.parent, SIZE, seed=1), seed=1)
