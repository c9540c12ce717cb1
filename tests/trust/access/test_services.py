"""The audit trail and logins in the database."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread

import pytest
from django.contrib.auth import authenticate
from django.db import connection

from muniment.trust.access.models import AuditEvent
from muniment.trust.access.queries import (
    find_user,
    get_user,
    list_events,
    list_tags,
    list_users,
    users_of_parties,
)
from muniment.trust.access.rules import FIRST_HASH, NotAllowed, Role, operator
from muniment.trust.access.services import (
    InvalidUser,
    UnknownUser,
    WeakPassword,
    create_user,
    record_event,
    set_active,
    set_password,
    set_role,
)
from tests.cast import CHEN, DEWI
from tests.trust.trials import cut_off, refuse_change

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
GUL = operator("gul")


def new_user(username: str = "aigul", **options: object) -> int:
    """Make a login with everything that a test does not care about."""
    given = {"password": "seven-blue-herons", "name": "Aigul", "role": Role.AUDITOR} | options
    return create_user(actor=GUL, at=AT, username=username, **given)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_events_are_numbered_without_gaps_and_chained() -> None:
    for subject in ("1", "2", "2"):
        record_event(actor=CHEN, at=AT, tag="party.changed", subject_kind="party", subject_id=subject)
    events = list(AuditEvent.objects.order_by("seq"))
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.prev_hash for event in events] == [FIRST_HASH, events[0].hash, events[1].hash]


@pytest.mark.django_db
def test_an_event_lives_and_dies_with_its_transaction() -> None:
    with cut_off():
        record_event(actor=CHEN, at=AT, tag="work.changed", subject_kind="work", subject_id=1)
    assert list_events().total == 0
    assert record_event(actor=CHEN, at=AT, tag="work.changed", subject_kind="work", subject_id=1) == 1


@pytest.mark.django_db
def test_the_database_refuses_to_change_an_event() -> None:
    record_event(actor=CHEN, at=AT, tag="work.changed", subject_kind="work", subject_id=1)
    refuse_change("access_auditevent", "tag = 'x'")
    assert list_events().rows[0].tag == "work.changed"


@pytest.mark.django_db
def test_events_are_found_by_subject_person_and_tag() -> None:
    record_event(actor=CHEN, at=AT, tag="work.changed", subject_kind="work", subject_id=1, after={"title": "دل"})
    record_event(actor=GUL, at=AT, tag="party.named", subject_kind="party", subject_id=1, before={"n": 1})
    assert [row.tag for row in list_events().rows] == ["party.named", "work.changed"]
    assert json.loads(list_events(subject=("work", 1)).rows[0].after) == {"title": "دل"}
    assert [row.seq for row in list_events(actor_name="gul").rows] == [2]
    assert [row.seq for row in list_events(tag="work.").rows] == [1]
    assert [row.seq for row in list_events(tag="work.changed").rows] == [1]
    assert list_events(limit=1, offset=1).rows[0].seq == 1
    assert list_tags() == ("party.named", "work.changed")


@pytest.mark.django_db
def test_a_login_is_made_and_works_and_leaves_no_password_in_the_trail() -> None:
    user_id = new_user()
    assert authenticate(username="aigul", password="seven-blue-herons") is not None
    event = list_events(subject=("user", user_id)).rows[0]
    assert event.tag == "user.created"
    assert "herons" not in event.after
    row = get_user(user_id)
    assert row is not None
    assert (row.username, row.role, row.is_active) == ("aigul", Role.AUDITOR, True)
    assert find_user("aigul") == row


@pytest.mark.django_db
def test_logins_that_do_not_fit_are_refused() -> None:
    new_user()
    with pytest.raises(InvalidUser, match="exists already"):
        new_user()
    with pytest.raises(WeakPassword):
        new_user("bilal", password="short")
    with pytest.raises(InvalidUser):
        new_user("bilal", role=Role.MEMBER)
    with pytest.raises(InvalidUser):
        new_user("bilal", party_id=4)
    with pytest.raises(InvalidUser):
        new_user("  ")
    with pytest.raises(NotAllowed):
        create_user(actor=CHEN, at=AT, username="x", password="seven-blue-herons", name="X", role=Role.FINANCE)
    assert [row.username for row in list_users()] == ["aigul"]


@pytest.mark.django_db
def test_a_login_changes_role_password_and_may_be_closed() -> None:
    user_id = new_user()
    set_role(actor=GUL, at=AT, user_id=user_id, role=Role.MEMBER, party_id=9)
    assert users_of_parties([9, 10])[9][0].id == user_id
    assert list_users(role=Role.MEMBER)[0].party_id == 9
    set_password(actor=GUL, at=AT, user_id=user_id, password="eight-green-herons")
    assert authenticate(username="aigul", password="eight-green-herons") is not None
    with pytest.raises(NotAllowed):
        set_password(actor=replace(DEWI, user_id=user_id + 1), at=AT, user_id=user_id, password="nine-grey-herons")
    set_active(actor=GUL, at=AT, user_id=user_id, active=False)
    assert authenticate(username="aigul", password="eight-green-herons") is None
    with pytest.raises(UnknownUser):
        set_active(actor=GUL, at=AT, user_id=user_id + 1, active=True)


@pytest.mark.django_db
def test_nobody_locks_themselves_out() -> None:
    user_id = new_user(role=Role.ADMINISTRATOR)
    herself = replace(GUL, user_id=user_id)
    with pytest.raises(InvalidUser, match="your own login"):
        set_active(actor=herself, at=AT, user_id=user_id, active=False)
    with pytest.raises(InvalidUser, match="your own login"):
        set_role(actor=herself, at=AT, user_id=user_id, role=Role.AUDITOR)
    set_password(actor=herself, at=AT, user_id=user_id, password="eight-green-herons")
    assert authenticate(username="aigul", password="eight-green-herons") is not None


@pytest.mark.django_db(transaction=True)
def test_two_writers_at_once_make_one_chain() -> None:
    if connection.vendor != "postgresql":
        record_event(actor=CHEN, at=AT, tag="a.b", subject_kind="a", subject_id=1)
        assert list_events().total == 1  # SQLite lets one writer in at a time by itself
        return

    def write() -> None:
        for number in range(20):
            record_event(actor=CHEN, at=AT, tag="a.b", subject_kind="a", subject_id=number)
        connection.close()

    writers = [Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    links = list(AuditEvent.objects.order_by("seq").values_list("seq", "prev_hash", "hash"))
    assert [seq for seq, _, _ in links] == list(range(1, 61))
    assert [prev for _, prev, _ in links[1:]] == [link for _, _, link in links[:-1]]
