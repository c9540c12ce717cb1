"""`muniment bench registry`: what is measured is the services' work, act by act."""

from dataclasses import replace
from pathlib import Path

import pytest

from muniment.interfaces import registry_office
from muniment.interfaces.bench.registry import ActRate, measure_year
from muniment.interfaces.cli.demo_registry import invented_year
from muniment.interfaces.demo.registry_acts import Verb
from muniment.rights.registry.queries.applications import count_by_state

pytestmark = pytest.mark.django_db


def test_the_first_weeks_of_a_year_are_measured_act_by_act(store: Path) -> None:
    whole = invented_year(30, seed=1, log_every=20)
    year, told = replace(whole, acts=whole.acts[:120]), list[tuple[int, int | None]]()
    rates = measure_year(year, store.parent, registry_office.leaves(), lambda done, of: told.append((done, of)))
    assert sum(one.count for one in rates) == ActRate.sum_of(rates).count == 120
    drafted = next(one for one in rates if one.act == Verb.DRAFT)
    assert drafted.count == sum(count_by_state().values())
    assert all(one.wall_s > 0 for one in rates)
    assert told[-1] == (120, 120)
