"""Many items are accepted at once: exactly those that were shown, and taken back by one act."""

from datetime import timedelta
from pathlib import Path

import pytest

from muniment.rights.works.queries import ids_by_code
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from muniment.use.matching import queries, services
from muniment.use.matching.queries import PreviewedItem, QueueFilter
from muniment.use.matching.queries.bulk_accepts import set_digest
from muniment.use.matching.rules.review import ItemState
from tests.cast import CHEN, DEWI
from tests.use.matching.test_review_leases import GULNAR, SONGS, waiting_items
from tests.use.world import AT

LATER = AT + timedelta(minutes=30)
EVERYTHING = QueueFilter(minimum_ppm=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue(tmp_path: Path) -> tuple[int, ...]:
    return waiting_items(tmp_path)


def preview(chosen: QueueFilter = EVERYTHING, name: str = "chen") -> queries.BulkPreview:
    """Preview as a person would."""
    return queries.preview_bulk(chosen, name=name, at=AT)


def states(items: tuple[int, ...]) -> list[ItemState]:
    """Return where items stand."""
    return [queries.get_item(item).state for item in items]


def test_a_preview_says_what_would_be_accepted(queue: tuple[int, ...]) -> None:
    seen = preview()
    assert tuple(item.item_id for item in seen.items) == queue
    assert (seen.left_count, seen.weight.line_count, seen.weight.use_count) == (0, 4, 394)
    assert seen.weight.amounts == ()
    assert {row.title for row in seen.weakest} == set(SONGS)
    assert [row.title for row in seen.weightiest] == list(SONGS)
    assert [row.item_id for row in preview(QueueFilter(text="clay")).items] == [queue[2]]
    assert preview(QueueFilter(minimum_ppm=1_000_000)).items == ()
    assert preview(QueueFilter(checks=True)).items == ()
    (method,) = queries.methods_waiting()
    assert len(preview(QueueFilter(method=method)).items) == 4


def test_exactly_the_previewed_items_are_accepted_and_one_act_takes_them_back(queue: tuple[int, ...]) -> None:
    seen = preview(QueueFilter(text="e", minimum_ppm=1))
    receipt = services.accept_in_bulk(actor=CHEN, at=AT, chosen=EVERYTHING, items=seen.items, digest=seen.digest)
    assert (receipt.bulk.item_count, receipt.bulk.line_count, receipt.left) == (len(seen.items), len(seen.items), ())
    accepted = tuple(item.item_id for item in seen.items)
    assert set(states(accepted)) == {ItemState.ACCEPTED}
    decisions = queries.list_decisions().rows
    assert {row.work_id for row in decisions} == {item.work_id for item in seen.items}
    assert queries.get_bulk(receipt.bulk.id) == receipt.bulk
    assert services.undo_bulk(actor=GULNAR, at=AT, bulk_id=receipt.bulk.id) == len(accepted)
    assert set(states(queue)) == {ItemState.OPEN}
    assert queries.list_decisions().total == 0
    with pytest.raises(queries.UnknownItem, match="before"):
        services.undo_bulk(actor=CHEN, at=AT, bulk_id=receipt.bulk.id)
    assert [row.ended_by for row in queries.list_bulks().rows] == ["gulnar"]
    assert [event.tag for event in list_events(limit=2).rows] == ["match.bulk_undone", "match.bulk_accepted"]


def test_what_changed_since_the_preview_is_left_and_told(queue: tuple[int, ...]) -> None:
    seen = preview()
    services.decide(actor=GULNAR, at=AT, item_id=queue[0], verdict="accept")
    services.claim_item(actor=GULNAR, at=AT, item_id=queue[1])
    other = [PreviewedItem(item.item_id, ids_by_code(["W-Amber Well"])["W-Amber Well"]) for item in seen.items]
    items = (seen.items[0], seen.items[1], other[2], seen.items[3])
    receipt = services.accept_in_bulk(actor=CHEN, at=AT, chosen=EVERYTHING, items=items, digest=set_digest(items))
    told = {left.title: left.why for left in receipt.left}
    assert told == {
        "Amber Well": services.LeftOut.SETTLED,
        "Birch Road": services.LeftOut.HELD,
        "Clay Bell": services.LeftOut.CHANGED,
    }
    assert receipt.bulk.item_count == 1
    assert states(queue)[1:] == [ItemState.OPEN, ItemState.OPEN, ItemState.ACCEPTED]
    with pytest.raises(services.BrokenPreview, match="None of these"):
        services.accept_in_bulk(actor=CHEN, at=AT, chosen=EVERYTHING, items=items, digest=set_digest(items))


def test_an_item_that_somebody_has_open_is_not_even_previewed(queue: tuple[int, ...]) -> None:
    services.claim_item(actor=GULNAR, at=AT, item_id=queue[0])
    assert [item.item_id for item in preview().items] == list(queue[1:])
    assert len(preview(name="gulnar").items) == 4


def test_a_preview_that_came_back_in_pieces_is_refused(queue: tuple[int, ...]) -> None:
    seen = preview()
    for items, digest in ((seen.items[1:], seen.digest), (seen.items, "0" * 64), ((), set_digest(()))):
        with pytest.raises(services.BrokenPreview, match="not the one that was shown"):
            services.accept_in_bulk(actor=CHEN, at=AT, chosen=EVERYTHING, items=items, digest=digest)
    assert queries.list_decisions().total == 0


def test_who_may_not_review_accepts_nothing(queue: tuple[int, ...]) -> None:
    seen = preview()
    with pytest.raises(NotAllowed):
        services.accept_in_bulk(actor=DEWI, at=AT, chosen=EVERYTHING, items=seen.items, digest=seen.digest)
    with pytest.raises(NotAllowed):
        services.undo_bulk(actor=DEWI, at=AT, bulk_id=1)
    with pytest.raises(queries.UnknownItem):
        queries.get_bulk(1)


def test_a_bulk_taken_back_leaves_single_decisions_and_revives_what_it_replaced(queue: tuple[int, ...]) -> None:
    rejected = services.decide(actor=CHEN, at=AT, item_id=queue[0], verdict="reject")
    services.undo_decision(actor=CHEN, at=AT, decision_id=rejected.id)
    seen = preview()
    bulk = services.accept_in_bulk(actor=CHEN, at=AT, chosen=EVERYTHING, items=seen.items, digest=seen.digest).bulk
    mine = next(row for row in queries.list_decisions().rows if row.item_id == queue[3])
    services.undo_decision(actor=CHEN, at=LATER, decision_id=mine.id)
    services.decide(actor=CHEN, at=LATER, item_id=queue[3], verdict="reject")
    assert services.undo_bulk(actor=CHEN, at=LATER, bulk_id=bulk.id) == 3
    assert states(queue) == [ItemState.OPEN] * 3 + [ItemState.REJECTED]
    assert [row.item_id for row in queries.list_decisions().rows] == [queue[3]]


def test_taking_back_a_pick_brings_back_the_refusal_before_it(queue: tuple[int, ...]) -> None:
    refused = services.decide(actor=CHEN, at=AT, item_id=queue[0], verdict="reject")
    work_id = ids_by_code(["W-Clay Bell"])["W-Clay Bell"]
    picked = services.decide(actor=CHEN, at=LATER, item_id=queue[0], verdict="pick", work_id=work_id)
    services.undo_decision(actor=CHEN, at=LATER, decision_id=picked.id)
    (holds,) = queries.list_decisions().rows
    assert (holds.id, holds.refused, holds.ended_at) == (refused.id, refused.refused, None)


def test_the_day_counts_what_holds(queue: tuple[int, ...]) -> None:
    services.decide(actor=CHEN, at=AT, item_id=queue[0], verdict="accept")
    services.decide(actor=GULNAR, at=LATER, item_id=queue[1], verdict="reject")
    services.claim_item(actor=GULNAR, at=LATER, item_id=queue[2])
    at = AT + timedelta(minutes=70)
    day = queries.day_progress(name="chen", since=AT - timedelta(hours=1), at=LATER)
    assert (day.open_count, day.check_count, day.held_count) == (2, 0, 1)
    assert (day.mine_count, day.all_count, day.mine_hour_count, day.all_hour_count) == (1, 2, 1, 2)
    assert (day.settled.line_count, day.settled.use_count, day.settled.amounts) == (2, 199, ())
    hour_later = queries.day_progress(name="chen", since=AT - timedelta(hours=1), at=at)
    assert (hour_later.mine_hour_count, hour_later.all_hour_count, hour_later.held_count) == (0, 1, 0)
    last = queries.last_decision_of("chen", since=AT - timedelta(hours=1))
    assert last is not None
    assert last.item_id == queue[0]
    assert queries.last_decision_of("chen", since=LATER) is None
    rest = queries.preview_bulk(EVERYTHING, name="gulnar", at=LATER)
    services.accept_in_bulk(actor=GULNAR, at=LATER, chosen=EVERYTHING, items=rest.items, digest=rest.digest)
    after = queries.day_progress(name="chen", since=AT, at=at)
    assert (after.open_count, after.all_count, after.bulk_count, after.settled.line_count) == (0, 2, 2, 4)


def test_the_money_of_the_day_is_told_by_currency(tmp_path: Path) -> None:
    (first, *_) = waiting_items(tmp_path, currency="PKR")
    services.decide(actor=CHEN, at=AT, item_id=first, verdict="accept")
    amounts = queries.day_progress(name="chen", since=AT, at=AT).settled.amounts
    assert [(row.currency, row.amount_micro) for row in amounts] == [("PKR", 1_000_000)]
