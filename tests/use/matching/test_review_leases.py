"""No item of the queue is before two people at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from muniment.trust.access.rules import Actor, NotAllowed, Role
from muniment.use.matching import queries, services
from muniment.use.matching.queries import QueueFilter
from muniment.use.matching.rules.review import LEASE, SKIP, ItemState
from tests.cast import CHEN, DEWI
from tests.use.world import AT, import_log, register_repertoire, write_log

GULNAR = Actor(7, "gulnar", frozenset({Role.DOCUMENTATION}))
"""A second person who reviews."""

SONGS = ("Amber Well", "Birch Road", "Clay Bell", "Dusk Ferry")


@pytest.fixture
def queue(db: None, tmp_path: Path) -> tuple[int, ...]:
    return waiting_items(tmp_path)


def waiting_items(folder: Path, songs: Sequence[str] = SONGS, *, currency: str = "") -> tuple[int, ...]:
    """Have lines wait whose titles alone are known, each of one unit of money; return their items, weightiest first."""
    register_repertoire([(f"W-{song}", song, "Quill Ravenhurst", "Kite Sisters", None, None) for song in songs])
    amount = "1.00" if currency else ""
    log = "title,plays,amount\n" + "".join(f"{song},{100 - place},{amount}\n" for place, song in enumerate(songs))
    receipt = import_log(write_log(folder, log), currency=currency)
    assert receipt.report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    return tuple(item.id for item in queries.queue(limit=len(songs)).rows)


def test_two_people_who_ask_get_two_items(queue: tuple[int, ...]) -> None:
    assert services.claim_next(actor=CHEN, at=AT) == queue[0]
    assert services.claim_next(actor=GULNAR, at=AT) == queue[1]
    assert services.claim_next(actor=CHEN, at=AT) == queue[0]
    lease = queries.get_item(queue[0]).lease
    assert lease is not None
    assert (lease.holder, lease.until) == ("chen", AT + LEASE)


def test_only_the_holder_decides_until_the_lease_is_over(queue: tuple[int, ...]) -> None:
    services.claim_item(actor=CHEN, at=AT, item_id=queue[0])
    with pytest.raises(services.HeldByAnother, match="chen has “Amber Well” open until 09:10 UTC"):
        services.decide(actor=GULNAR, at=AT + LEASE / 2, item_id=queue[0], verdict="accept")
    held = services.claim_item(actor=GULNAR, at=AT + LEASE / 2, item_id=queue[0])
    assert held is not None
    assert held.holder == "chen"
    services.decide(actor=GULNAR, at=AT + LEASE, item_id=queue[0], verdict="accept")
    assert queries.get_item(queue[0]).lease is None
    assert services.claim_item(actor=CHEN, at=AT + LEASE, item_id=queue[0]) is None


def test_a_lease_that_is_over_goes_to_who_asks_and_an_open_page_renews_it(queue: tuple[int, ...]) -> None:
    services.claim_next(actor=CHEN, at=AT)
    services.claim_item(actor=CHEN, at=AT + LEASE / 2, item_id=queue[0])
    assert services.claim_next(actor=GULNAR, at=AT + LEASE) == queue[1]
    assert services.claim_next(actor=GULNAR, at=AT + 2 * LEASE) == queue[0]


def test_a_person_holds_one_item_at_a_time(queue: tuple[int, ...]) -> None:
    services.claim_next(actor=CHEN, at=AT)
    services.claim_item(actor=CHEN, at=AT, item_id=queue[2])
    assert services.claim_next(actor=GULNAR, at=AT) == queue[0]
    assert queries.get_item(queue[2]).lease_of_another("gulnar", AT) is not None
    assert queries.get_item(queue[2]).lease_of_another("chen", AT) is None


def test_what_is_left_for_later_goes_to_others_and_comes_back(queue: tuple[int, ...]) -> None:
    services.claim_next(actor=CHEN, at=AT)
    services.skip_item(actor=CHEN, at=AT, item_id=queue[0])
    assert services.claim_next(actor=CHEN, at=AT) == queue[1]
    assert services.claim_next(actor=GULNAR, at=AT) == queue[0]
    assert services.claim_next(actor=CHEN, at=AT + SKIP) == queue[0]
    services.skip_item(actor=CHEN, at=AT + SKIP, item_id=queue[0])
    services.skip_item(actor=CHEN, at=AT + SKIP + timedelta(minutes=1), item_id=queue[0])
    assert services.unskip_items(actor=CHEN) == 1
    assert services.claim_next(actor=CHEN, at=AT + SKIP) == queue[0]


def test_next_obeys_the_filter_and_ends(queue: tuple[int, ...]) -> None:
    assert services.claim_next(actor=CHEN, at=AT, chosen=QueueFilter(text="clay")) == queue[2]
    assert services.claim_next(actor=GULNAR, at=AT, chosen=QueueFilter(text="clay")) is None
    assert services.claim_next(actor=CHEN, at=AT, chosen=QueueFilter(checks=True)) is None
    assert services.claim_next(actor=CHEN, at=AT, chosen=QueueFilter(minimum_ppm=1_000_000)) is None
    assert services.claim_next(actor=CHEN, at=AT, chosen=QueueFilter(method="own")) is None
    assert services.claim_next(actor=CHEN, at=AT, chosen=QueueFilter(report_id=99)) is None


def test_a_decision_taken_back_is_free_for_everybody(queue: tuple[int, ...]) -> None:
    services.claim_next(actor=CHEN, at=AT)
    decision = services.decide(actor=CHEN, at=AT, item_id=queue[0], verdict="accept")
    services.undo_decision(actor=CHEN, at=AT, decision_id=decision.id)
    assert queries.get_item(queue[0]).state is ItemState.OPEN
    assert services.claim_next(actor=GULNAR, at=AT) == queue[0]


def test_who_may_not_review_holds_nothing(queue: tuple[int, ...]) -> None:
    with pytest.raises(NotAllowed):
        services.claim_next(actor=DEWI, at=AT)
    with pytest.raises(NotAllowed):
        services.claim_item(actor=DEWI, at=AT, item_id=queue[0])
    with pytest.raises(NotAllowed):
        services.skip_item(actor=DEWI, at=AT, item_id=queue[0])
    with pytest.raises(NotAllowed):
        services.unskip_items(actor=DEWI)
    with pytest.raises(queries.UnknownItem):
        services.claim_item(actor=CHEN, at=AT, item_id=10_000)
    with pytest.raises(queries.UnknownItem):
        services.skip_item(actor=CHEN, at=AT, item_id=10_000)
    assert queries.get_item(queue[0]).lease is None


@pytest.mark.django_db(transaction=True)
def test_people_who_ask_in_the_same_moment_get_different_items(tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")
    songs = [f"{first} {second}" for first in ("Amber", "Birch", "Clay", "Dusk") for second in ("Well", "Road", "Bell")]
    waiting_items(tmp_path, songs)
    people = [Actor(100 + number, f"person {number}", frozenset({Role.DOCUMENTATION})) for number in range(8)]

    def ask(person: Actor) -> int | None:
        try:
            return services.claim_next(actor=person, at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        taken = list(pool.map(ask, people))
    assert None not in taken
    assert len(set(taken)) == len(people)
