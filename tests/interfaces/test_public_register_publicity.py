"""Publicity: listed while it runs, objected to by anybody in time, a few times a day, and without showing who."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from muniment.interfaces import registry_office
from muniment.interfaces.public.publicity import OBJECTIONS_A_DAY
from muniment.rights.registry.queries.applications import get_application, objections_of
from muniment.rights.registry.rules.standing import State
from muniment.rights.registry.services.applications import withdraw_application
from muniment.rights.registry.services.objections import decide_objection
from tests.cast import GULNAR, IRINA
from tests.interfaces.browser import page
from tests.interfaces.register_office import CLOSED_AT, PUBLISHED_AT, STATEMENT, clock, publish, register

pytestmark = pytest.mark.django_db
SOON = PUBLISHED_AT + timedelta(hours=2)
FORM = {
    "name": "OBJECTOR Erlan",
    "contact": "erlan@example.org",
    "grounds": "The masts are mine.",
    "evidence_sha256": "AB" * 32,
}
ATOM = "{http://www.w3.org/2005/Atom}"


def object_to(number: str, token: str = "t1", client: Client | None = None, **changes: str) -> str:
    """Send the form; return where it leads, or the page with the refusal."""
    address = reverse("public:publicity_object", args=[number])
    answer = (client or Client()).post(address, {**FORM, "form_token": token, **changes})
    if answer.status_code == 302:
        return answer["Location"]
    assert answer.status_code in (404, 422), answer.status_code
    return answer.content.decode()


def test_what_is_published_is_listed_until_its_day() -> None:
    row = publish()
    with clock(SOON):
        listed = page(Client(), reverse("public:publicity"))
        assert "九个山谷的风速" in listed
        assert f"until <time>{row.publicity_until_on}</time>" in listed
        assert 'type="application/atom+xml"' in listed
        item = page(Client(), reverse("public:publicity_item", args=[row.number]))
        assert "File the objection" in item
        assert "objection.js" in item
        feed = etree.fromstring(Client().get(reverse("public:publicity_atom")).content)
        assert str(feed.findtext(f"{ATOM}entry/{ATOM}id")).endswith(f",2026-03-04:publicity/{row.number}")
    with clock(CLOSED_AT):
        assert "Nothing is published today" in page(Client(), reverse("public:publicity"))
        over = page(Client(), reverse("public:publicity_item", args=[row.number]))
        assert "File the objection" not in over
        assert "No objection is taken any more" in over
        feed = etree.fromstring(Client().get(reverse("public:publicity_atom")).content)
        assert feed.findall(f"{ATOM}entry") == []


def test_somebody_objects_once_and_is_shown_nowhere() -> None:
    row = publish()
    with clock(SOON):
        where = object_to(row.number)
        assert object_to(row.number) == where  # the same form sent again
        (filed,) = objections_of(row.number)
        assert (filed.evidence_sha256, filed.grounds) == ("ab" * 32, FORM["grounds"])
        assert filed.objector is not None
        assert filed.objector.contact == FORM["contact"]
        receipt = page(Client(), where)
        assert filed.number in receipt
        item = page(Client(), reverse("public:publicity_item", args=[row.number]))
        assert "Somebody has objected" in item
        answers = [
            receipt,
            item,
            page(Client(), reverse("public:publicity")),
            page(Client(), reverse("public:publicity_atom")),
            page(Client(), f"/api/registry/publicity/{row.number}"),
        ]
        for answer in answers:
            for secret in ("OBJECTOR", FORM["contact"], FORM["grounds"], "ab" * 32):
                assert secret not in answer
        page(Client(), reverse("public:objection", args=["A-00000099-00", filed.number]), 404)
    held = get_application(row.number)
    assert held is not None
    assert held.state is State.OBJECTION
    decide_objection(
        actor=IRINA,
        at=CLOSED_AT + timedelta(days=20),
        number=row.number,
        version=held.version,
        objection=filed.number,
        is_upheld=True,
        reasons="SECRET reasons",
        leaves=registry_office.leaves(),
    )
    ended = page(Client(), where)
    assert "upheld" in ended
    assert "SECRET" not in ended


def test_a_form_that_is_wrong_comes_back_with_its_reason_and_what_was_written() -> None:
    row = publish()
    with clock(SOON):
        for change, reason in (
            ({"name": " "}, "are needed"),
            ({"grounds": ""}, "are needed"),
            ({"contact": "x" * 400}, "too long"),
            ({"grounds": "x" * 10_001}, "too long"),
            ({"evidence_sha256": "beef"}, "64 hexadecimal"),
            ({"website": "https://spam.example"}, "do not see"),
            ({"token": ""}, "without its token"),
            ({"name": "a\x00b"}, "printed"),
        ):
            answer = object_to(row.number, **change)
            assert reason in answer, change
            assert "erlan@example.org" in answer or "contact" in change, change
        assert objections_of(row.number) == ()
        assert object_to(row.number).startswith("/public/")  # the refused forms spent neither token nor turn


def test_after_the_period_and_of_what_is_not_published_there_is_a_clear_refusal() -> None:
    row = publish()
    with clock(CLOSED_AT):
        assert "was public up to" in object_to(row.number)
        assert "A-00000077-00" in object_to("A-00000077-00")
    done = register(replace(STATEMENT, title="Other (invented)"))
    with clock(CLOSED_AT):
        gone = page(Client(), reverse("public:publicity_item", args=[done.application]), 404)
        assert done.registration_number in gone
    withdraw_application(actor=GULNAR, at=SOON, number=row.number, version=row.version, leaves=registry_office.leaves())
    with clock(SOON):
        gone = page(Client(), reverse("public:publicity_item", args=[row.number]), 404)
        assert "风速" not in gone
        assert objections_of(row.number) == ()


def test_one_address_objects_a_few_times_a_day() -> None:
    rows = [publish(replace(STATEMENT, title=f"Set {place} (invented)")) for place in range(OBJECTIONS_A_DAY + 1)]
    with clock(SOON):
        for place, row in enumerate(rows[:-1]):
            assert object_to(row.number, f"t{place}").startswith("/public/")
        last = rows[-1].number
        assert "No more objections are taken" in object_to(last, "late")
        assert objections_of(last) == ()
        elsewhere = Client(REMOTE_ADDR="192.0.2.99")
        assert object_to(last, "late", elsewhere).startswith("/public/")
    with clock(SOON + timedelta(days=1)):
        assert object_to(rows[0].number, "next day").startswith("/public/")
