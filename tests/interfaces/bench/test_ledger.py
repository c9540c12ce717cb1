"""The benchmarks of the ledger in small: the rates tie, and fsck finds every mutation of a short trial."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from muniment.interfaces.bench.ledger_mutations import KEYS, Trial, drop_guards, fill_books, try_mutations
from muniment.interfaces.bench.ledger_posting import measure_posting
from muniment.interfaces.fsck import State, check_all
from muniment.trust.ledger.queries import list_entries

AT = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.django_db
def test_each_load_is_booked_whole_and_balances() -> None:
    rates = list(measure_posting(transfers=1_000, payees=50, currency="EUR", at=AT, shapes=(500, 3)))
    assert [(rate.entry_size, rate.balanced) for rate in rates] == [(500, True), (3, True)]
    assert list_entries().total == 2 + 334
    assert not [row for row in check_all() if row.state is State.BROKEN]


@pytest.mark.django_db
def test_fsck_finds_every_mutation() -> None:
    fill_books(Path(settings.MUNIMENT_HOME), seed=7)
    drop_guards()
    trial = Trial()
    for trial in try_mutations(150, seed=7):
        assert not trial.missed
    assert trial.total == 150
    assert {table for _, table in trial.tried} == set(KEYS)
    assert {kind for kind, _ in trial.tried} == {"update", "delete", "swap", "exchange", "insert"}
    assert not [row for row in check_all() if row.state is State.BROKEN]
