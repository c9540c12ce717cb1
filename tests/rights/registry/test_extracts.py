"""Extracts of the register: what held on a day, as known at an instant; and the search of the register."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from muniment.rights.registry.models import Registration
from muniment.rights.registry.queries.registrations import (
    get_recordal,
    get_registration,
    registration_as_of,
    registration_of_content,
    search_register,
    versions_of,
)
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services.recordals import end_recordal
from muniment.rights.registry.services.registrations import lapse_registrations, revoke_registration
from tests.cast import GULNAR, IRINA
from tests.rights.registry.estate import AT, BANK, DYERS, SILK, TODAY, WEAVERS, give, leaves, license_to, pledge

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MOVED = AT + timedelta(days=100)


@pytest.fixture
def number() -> str:
    """Return the number of a registration that was pledged, discharged and transferred."""
    row = give()
    loan = pledge(row.certificate_number, at=AT + DAY)
    end_recordal(
        actor=GULNAR,
        at=AT + timedelta(days=50),
        number=loan.number,
        reason="paid back",
        ended_on=TODAY + timedelta(days=40),
        leaves=leaves(),
    )
    give(replace(SILK, transferee=DYERS), Kind.TRANSFER, at=MOVED, registration=row.registration_number)
    return row.certificate_number


def holders(number: str, on: date, known_at: datetime | None = None) -> list[str]:
    """Return who held a registration on a day."""
    found = registration_as_of(number, on, known_at)
    return [] if found is None else [one.name for one in found.holders]


def test_an_extract_says_what_held_on_a_day(number: str) -> None:
    assert holders(number, TODAY - DAY) == []
    assert holders(number, TODAY) == holders(number, MOVED.date() - DAY) == [WEAVERS.name]
    assert holders(number, MOVED.date()) == [DYERS.name]
    assert holders("20261033000000099", TODAY) == []


def test_an_extract_says_what_was_known_at_an_instant(number: str) -> None:
    day = MOVED.date()
    assert holders(number, day, MOVED - timedelta(seconds=1)) == [WEAVERS.name]
    assert holders(number, day, MOVED) == [DYERS.name]
    assert holders(number, day, AT - timedelta(seconds=1)) == []
    known = registration_as_of(number, day, AT)
    assert known is not None
    assert len(known.history) == 1


def test_a_pledge_stands_from_its_record_to_its_discharge(number: str) -> None:
    ended_on, written = TODAY + timedelta(days=40), AT + timedelta(days=50)

    def creditors(on: date, known_at: datetime | None = None) -> list[str]:
        found = registration_as_of(number, on, known_at)
        assert found is not None
        assert all(one.ended_at is None or known_at is None or one.ended_at <= known_at for one in found.pledges)
        return [one.counterpart for one in found.pledges]

    assert creditors(TODAY) == []
    assert creditors(TODAY + DAY) == creditors(ended_on - DAY) == [BANK.name]
    assert creditors(ended_on) == []
    assert creditors(ended_on, written - timedelta(seconds=1)) == [BANK.name]
    assert creditors(ended_on, written) == []
    assert creditors(TODAY + DAY, AT) == []


def test_the_same_question_gives_the_same_answer_after_more_was_written(number: str) -> None:
    asked = [(TODAY + DAY * days, AT + DAY * later) for days in (0, 1, 45, 100, 1200) for later in (0, 1, 60, 101)]
    before = [registration_as_of(number, on, known_at) for on, known_at in asked]
    license_to(number, at=MOVED + timedelta(days=2))
    revoke_registration(actor=IRINA, at=MOVED + timedelta(days=3), number=number, reason="Not theirs", leaves=leaves())
    assert [registration_as_of(number, on, known_at) for on, known_at in asked] == before


def test_a_term_that_is_over_is_shown_so_before_it_is_written(number: str) -> None:
    last = date(2029, 10, 8)
    for _ in range(2):
        states = [found.state for on in (last, last + DAY) if (found := registration_as_of(number, on)) is not None]
        assert states == [RegistrationState.IN_FORCE, RegistrationState.LAPSED]
        lapse_registrations(actor=IRINA, at=datetime(2029, 11, 1, tzinfo=UTC), leaves=leaves())
    assert versions_of(number)[-1].state is RegistrationState.LAPSED


def test_a_licence_is_shown_to_the_end_of_its_term() -> None:
    number = give().certificate_number
    row = license_to(number)
    assert row.until_on is not None
    shown = [registration_as_of(number, on) for on in (row.until_on, row.until_on + DAY)]
    assert [[one.number for one in found.licences] for found in shown if found is not None] == [[row.number], []]


def test_a_register_is_searched_by_title_holder_and_number_in_any_script() -> None:
    silk = give()
    wind = give(replace(SILK, title="Скорость ветра 2025", title_latin="", applicants=(DYERS,), industry="A0111"))
    found = {
        "丝绸": [silk],
        "热度数据集": [silk],
        "sichou redu": [silk],
        "ＳＩＣＨＯＵ": [silk],
        "скорость": [wind],
        "skorost": [wind],
        "2026": [wind, silk],
        silk.certificate_number: [silk],
        wind.registration_number.lower(): [wind],
        "西湖": [],
        "nothing": [],
        "?!": [],
        '"': [],
        "": [wind, silk],
    }
    for text, rows in found.items():
        assert search_register(text).rows == tuple(rows), text
    assert search_register(holder="西湖织造").rows == (silk,)
    assert search_register(holder="dyers canal").rows == (wind,)
    assert search_register("ветра", holder="dyers").rows == (wind,)
    assert search_register("丝绸", holder="dyers").total == 0
    assert search_register(holder="*").total == 0


def test_a_search_is_narrowed_and_paged() -> None:
    rows = [
        give(replace(SILK, industry=code), profile=name) for code, name in (("I65", "zhejiang"), ("I6510", "beijing"))
    ]
    revoke_registration(actor=IRINA, at=AT, number=rows[0].certificate_number, reason="Not theirs", leaves=leaves())
    numbers = [one.certificate_number for one in rows]

    def numbers_of(**narrowed: object) -> list[str]:
        return [one.certificate_number for one in search_register("丝绸", **narrowed).rows]  # type: ignore[arg-type]

    assert numbers_of() == numbers[::-1]
    assert numbers_of(profile="zhejiang") == numbers_of(state=RegistrationState.REVOKED) == numbers[:1]
    assert numbers_of(industry="I6510") == numbers_of(limit=1) == numbers[1:]
    assert numbers_of(industry="I65") == numbers[::-1]
    assert numbers_of(industry="I651%") == numbers_of(industry="I_5") == []
    assert numbers_of(offset=1) == numbers[:1]
    assert search_register("丝绸", limit=1).total == 2


def test_a_page_of_the_register_asks_the_database_three_times() -> None:
    for _ in range(5):
        give()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(search_register("丝绸").rows) == 5
    assert len(asked) == 3


def test_what_stands_under_a_profile_is_counted_from_an_index() -> None:
    give()
    rows = Registration.objects.filter(profile="zhejiang", state=RegistrationState.IN_FORCE)
    assert rows.count() == 1
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "registry_registration_standing" in rows.values("pk").explain()


def test_what_is_not_there_has_no_row() -> None:
    assert get_registration("") is None
    number = give().certificate_number
    assert get_registration(number) is not None
    assert get_registration(f" {number[:6]}-{number[6:]} ") == get_registration("２０２６" + number[4:])
    assert get_recordal("R-1") is None
    assert registration_of_content("") is None
    assert registration_of_content("a" * 64) is None
    assert versions_of("x") == ()
