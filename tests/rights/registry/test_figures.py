"""The figures of a year, worked out by hand from a handful of acts; and numbers that are taken at the same time."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muniment.kernel.words.money import Money
from muniment.rights.registry.models import Registration, RegistrationVersion
from muniment.rights.registry.queries.figures import Tally, annual_figures
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.estate import grantor_key
from muniment.rights.registry.services.recordals import Terms, end_recordal, record_licence
from muniment.rights.registry.services.registrations import lapse_registrations, revoke_registration
from muniment.trust.evidence.queries.mapped import entry_of
from tests.cast import GULNAR, IRINA
from tests.rights.registry.desk import START, drafted, public, registered, taken
from tests.rights.registry.estate import (
    AT,
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


@pytest.mark.django_db
def test_the_figures_of_a_year_are_those_of_its_acts() -> None:
    silk, wind, rain = (
        give(replace(SILK, industry=code), application=apply(at=AT - timedelta(days=late)))
        for code, late in (("I6510", 0), ("I6510", 3), ("A0111", 40))
    )
    licence = Terms(TODAY, None, 250_000_000, "EUR")
    license_to(silk.certificate_number)
    record_licence(actor=GULNAR, at=AT, number=silk.certificate_number, licensee=SHOP, terms=licence, leaves=leaves())
    record_licence(
        actor=GULNAR, at=AT, number=wind.certificate_number, licensee=SHOP, terms=Terms(TODAY), leaves=leaves()
    )
    pledge(wind.certificate_number)
    later = {Kind.CHANGE: silk, Kind.TRANSFER: silk, Kind.CANCELLATION: silk}
    for kind, row in later.items():
        give(replace(SILK, transferee=DYERS), kind, registration=row.registration_number)
    revoke_registration(actor=IRINA, at=AT, number=rain.certificate_number, reason="Not theirs", leaves=leaves())
    row = annual_figures(2026)
    assert (row.applied, row.registered, row.median_days_to_registration) == (6, 3, 23)
    assert (row.changed, row.transferred, row.cancelled, row.renewed, row.revoked, row.lapsed) == (1, 1, 1, 0, 1, 0)
    assert (row.licences, row.licence_amounts) == (3, (Money("EUR", 750_000_000),))
    assert (row.pledges, row.pledge_amounts) == (1, (Money("CNY", 1_000_000_000_000),))
    assert row.by_industry == (Tally("I6510", 2), Tally("A0111", 1))
    assert row.by_profile == (Tally("zhejiang", 3),)
    assert annual_figures(2026, "zhejiang") == row
    assert annual_figures(2026, "beijing").registered == annual_figures(2025).applied == 0
    assert annual_figures(2025).median_days_to_registration is None
    lapse_registrations(actor=IRINA, at=datetime(2030, 1, 1, tzinfo=UTC), leaves=leaves())
    assert (annual_figures(2030).lapsed, annual_figures(2030).registered) == (1, 0)


@pytest.mark.django_db
def test_refusals_withdrawals_and_objections_are_counted_from_events() -> None:
    drafted().withdraw()
    drafted().submit().withdraw()
    taken().refuse()
    case = public()
    filed = case.oppose()
    case.reply(filed).decide(filed, is_upheld=True)
    row = annual_figures(START.year)
    assert (row.applied, row.refused, row.withdrawn, row.objected, row.objections_upheld) == (3, 2, 1, 1, 1)
    assert registered().stands[0] == "registered"
    assert (annual_figures(2026).registered, annual_figures(2026).median_days_to_registration) == (1, 15)


@pytest.mark.django_db
def test_the_figures_take_as_many_questions_for_many_as_for_none() -> None:
    with CaptureQueriesContext(connection) as none:
        annual_figures(2026)
    for _ in range(4):
        pledge(give().certificate_number)
    with CaptureQueriesContext(connection) as some:
        annual_figures(2026)
    assert len(some) == len(none) + 1 <= 15


@pytest.mark.django_db(transaction=True)
def test_numbers_taken_at_the_same_time_have_no_gap_and_no_double() -> None:
    asked = [apply() for _ in range(8)]
    leaves()  # makes the keys of the log once

    def write(some: list[int]) -> None:
        for place in some:
            give(application=asked[place])
        _leave()

    _at_once([partial(write, [place, place + 4]) for place in range(4)])
    numbers = Registration.objects.order_by("certificate_number").values_list("certificate_number", flat=True)
    assert [int(number[-7:]) for number in numbers] == list(range(1, 9))
    serials = sorted(number[-8:-1] for number in Registration.objects.values_list("registration_number", flat=True))
    assert serials == [f"{serial:07d}" for serial in range(1, 9)]


@pytest.mark.django_db(transaction=True)
def test_acts_for_two_holders_at_once_neither_block_one_another_nor_lose_a_count() -> None:
    held = [give(replace(SILK, applicants=(one,))) for one in (WEAVERS, DYERS) * 4]
    asked = [
        apply(replace(SILK, transferee=other), Kind.TRANSFER, registration=row.registration_number)
        for row, other in zip(held, (DYERS, WEAVERS) * 4, strict=True)
    ]
    loans = [pledge(give(replace(SILK, applicants=(one,))).certificate_number) for one in (WEAVERS, DYERS)]

    def transfer(some: list[int]) -> None:
        for place in some:
            to = (DYERS, WEAVERS)[place % 2]
            give(replace(SILK, transferee=to), application=asked[place])
        _leave()

    def discharge() -> None:
        for loan in loans:
            end_recordal(actor=GULNAR, at=AT, number=loan.number, reason="paid", leaves=leaves())
        _leave()

    acts = [partial(transfer, [0, 2, 4, 6]), partial(transfer, [1, 3, 5, 7]), discharge]
    _at_once(acts)
    assert RegistrationVersion.objects.filter(cause="transfer").count() == 8
    for one in (WEAVERS, DYERS):
        assert json.loads(entry_of(grantor_key(one.name))) == {"pledges": [], "registrations": 5}


def _at_once(acts: list[Callable[[], None]]) -> None:
    """Do all at the same time; SQLite lets one writer in at a time by itself."""
    if connection.vendor != "postgresql":
        for act in acts:
            act()
        return
    writers = [Thread(target=act) for act in acts]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def _leave() -> None:
    """Close the connection of a thread."""
    if connection.vendor == "postgresql":
        connection.close()
