"""Who may do what, and how what was done is spelled."""

from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

import pytest

from muniment.trust.access.rules import (
    POLICY,
    Action,
    EventFacts,
    NotAllowed,
    Role,
    SamePerson,
    allows,
    event_hash,
    generate_password,
    instant_text,
    operator,
    plain,
    require,
    require_any,
    require_second_person,
)
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA, GULNAR, IRINA

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def test_every_role_has_a_row_and_a_stranger_may_nothing() -> None:
    assert set(POLICY) == set(Role)
    assert not any(allows(ERLAN, action) for action in Action)


def test_a_refusal_names_the_person_and_the_act() -> None:
    with pytest.raises(NotAllowed, match=r"aigul may not do this \(ledger.post\)"):
        require(AIGUL, Action.LEDGER_POST)
    with pytest.raises(NotAllowed):
        require_any(DEWI, {Action.WORK_WRITE, Action.PARTY_WRITE})
    require_any(CHEN, {Action.USER_MANAGE, Action.WORK_WRITE})


def test_an_operator_may_all_but_not_approve_their_own() -> None:
    assert all(allows(operator("gul"), action) for action in Action)
    require_second_person("chen", FARIDA)
    with pytest.raises(SamePerson):
        require_second_person("gul", operator("gul"))


def test_registrars_examine_and_only_the_chief_decides() -> None:
    assert allows(GULNAR, Action.REGISTRY_EXAMINE)
    assert not allows(GULNAR, Action.REGISTRY_DECIDE)
    assert allows(IRINA, Action.REGISTRY_DECIDE)
    assert not allows(IRINA, Action.PAYMENT_READ)
    assert allows(AIGUL, Action.OWN_APPLY)


def test_an_instant_has_one_spelling() -> None:
    karachi = datetime(2026, 3, 31, 17, 0, tzinfo=timezone(timedelta(hours=5)))
    assert instant_text(karachi) == instant_text(AT) == "2026-03-31T12:00:00.000000Z"
    with pytest.raises(ValueError, match="no time zone"):
        instant_text(AT.replace(tzinfo=None))


def test_plain_spells_dates_and_refuses_floats() -> None:
    assert plain({"on": date(2026, 1, 2), "at": AT, "ids": (2, 1), "set": {"b", "a"}, "none": None}) == {
        "on": "2026-01-02",
        "at": "2026-03-31T12:00:00.000000Z",
        "ids": [2, 1],
        "set": ["a", "b"],
        "none": None,
    }
    with pytest.raises(TypeError):
        plain({"share": 0.5})


def test_the_event_hash_depends_on_the_previous_and_on_every_field() -> None:
    facts = EventFacts(1, AT, 3, "chen", "work.registered", "work", "7", "", "{}")
    others = [
        EventFacts(2, AT, 3, "chen", "work.registered", "work", "7", "", "{}"),
        EventFacts(1, AT, None, "chen", "work.registered", "work", "7", "", "{}"),
        EventFacts(1, AT, 3, "chen", "work.registered", "work", "8", "", "{}"),
        EventFacts(1, AT, 3, "chen", "work.registered", "work", "7", "{}", ""),
    ]
    hashes = {event_hash("0", facts), event_hash("1", facts), *(event_hash("0", other) for other in others)}
    assert len(hashes) == 6


def test_generated_passwords_are_legible_and_come_from_the_source_given() -> None:
    password = generate_password(Random(1))
    assert password == generate_password(Random(1))
    assert password != generate_password(Random(2))
    assert [len(group) for group in password.split("-")] == [4, 4, 4, 4]
    assert not set(password) & set("lo01")
