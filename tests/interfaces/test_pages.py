"""The frame of every page: login, roles, forms that act once, refusals, the language."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import Client, RequestFactory
from django.utils.translation import get_language

from muniment.interfaces.models import SpentForm
from muniment.interfaces.navigation import entries_for
from muniment.interfaces.pages import new_form_token, now, once, staff_page
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.trust.access.models import User
from muniment.trust.access.rules import Action, Role
from muniment.trust.batches.queries import list_intakes
from muniment.use.usages.services import import_usage
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA

pytestmark = pytest.mark.django_db
PASSWORD = "seventeen green kites"


def login(role: Role, name: str = "chen", party_id: int | None = None) -> Client:
    User.objects.create_user(name, password=PASSWORD, role=role, party_id=party_id)
    client = Client()
    assert client.login(username=name, password=PASSWORD)
    return client


def request_of(method: str, role: Role, **data: str) -> HttpRequest:
    request = getattr(RequestFactory(), method)("/somewhere/", data)
    request.user = User(pk=1, username="chen", role=role)
    request.session = Client().session
    request._messages = Messages()
    return request


class Messages(list[str]):
    """Collects what a view tells the person."""

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        self.append(str(message))


def test_a_stranger_is_led_to_the_login_and_back() -> None:
    response = Client().get("/office/parties/")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/office/parties/"


def test_the_login_page_says_what_is_wrong() -> None:
    response = Client().post("/login/", {"username": "nobody", "password": "nothing"})
    assert "do not fit together" in response.content.decode()


def test_staff_see_the_menu_of_their_role() -> None:
    page = login(Role.AUDITOR, "dewi").get("/").content.decode()
    assert 'lang="en" dir="ltr"' in page
    assert page.count("<li><a") >= 5


def test_a_role_without_the_action_gets_a_page_that_says_so() -> None:
    member = login(Role.MEMBER, "aigul", party_id=1)
    response = member.get("/office/parties/")
    assert response.status_code == 403
    assert "not open to you" in response.content.decode()


def test_the_menu_shows_only_what_the_role_carries() -> None:
    assert entries_for(None) == []
    assert entries_for(ERLAN) == []
    assert {entry.action for entry in entries_for(AIGUL)} == {Action.OWN_READ, Action.OWN_DEPOSIT, Action.OWN_APPLY}
    assert len(entries_for(CHEN)) > len(entries_for(AIGUL))
    only_farida = {entry.url_name for entry in entries_for(FARIDA)} - {entry.url_name for entry in entries_for(DEWI)}
    assert only_farida == {"office:party-bank"}  # approving is the one thing an auditor has no page for


def test_the_language_turns_the_page_around() -> None:
    client = Client()
    client.post("/language/", {"language": "ur", "next": "/login/"})
    page = client.get("/login/").content.decode()
    assert 'lang="ur" dir="rtl"' in page


def test_no_page_allows_inline_scripts() -> None:
    response = Client().get("/login/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick=", response.content.decode())


def test_a_form_sent_twice_acts_once() -> None:
    acts: list[str] = []

    @staff_page(Action.WORK_WRITE)
    @once
    def act(request: HttpRequest) -> HttpResponse:
        acts.append(request.POST["title"])
        return redirect("/works/7/")

    token = new_form_token()
    first = act(request_of("post", Role.DISTRIBUTION, title="x", form_token=token))
    again_request = request_of("post", Role.DISTRIBUTION, title="x", form_token=token)
    again = act(again_request)
    assert acts == ["x"]
    assert first["Location"] == again["Location"] == "/works/7/"
    assert "carried out once" in again_request._messages[0]  # type: ignore[attr-defined]


def test_a_refused_form_may_be_sent_again() -> None:
    @staff_page(Action.WORK_WRITE)
    @once
    def act(request: HttpRequest) -> HttpResponse:
        raise UserError("The share is too large.", "Correct it.")

    token = new_form_token()
    request = request_of("post", Role.DISTRIBUTION, form_token=token)
    response = act(request)
    assert response.status_code == 302
    assert request._messages == ["The share is too large. Correct it."]  # type: ignore[attr-defined]
    assert not SpentForm.objects.filter(token=token).exists()


def test_what_a_service_kept_of_a_refusal_stays(tmp_path: Path) -> None:
    """A refused file is on record, whether it came by the command line or by a form that acts once."""
    file = tmp_path / "log.csv"
    file.write_text("Nothing,that,names,a,work\n1,2,3,4,5\n")

    @staff_page(Action.USAGE_WRITE)
    @once
    def act(request: HttpRequest) -> HttpResponse:
        import_usage(
            actor=CHEN,
            at=now(),
            path=file,
            form="table",
            source_code="ONE",
            licensee_id=None,
            fund_code="radio/1",
            period=Period(date(2026, 7, 1), date(2026, 10, 1)),
            territory=586,
            right=Right.PERFORMING,
        )
        return redirect("/somewhere/else/")

    token = new_form_token()
    act(request_of("post", Role.DISTRIBUTION, form_token=token))
    assert [row.state for row in list_intakes().rows] == ["refused"]
    assert not SpentForm.objects.filter(token=token).exists()


def test_messages_reach_the_page() -> None:
    client = login(Role.DISTRIBUTION)
    response = client.get("/")
    assert list(get_messages(response.wsgi_request)) == []
    assert "Good day, chen" in response.content.decode()


@pytest.mark.parametrize("again", [False, True])
def test_the_language_of_a_page_ends_with_its_test(again: bool) -> None:
    assert get_language() == "en"
    client = Client()
    client.cookies["django_language"] = "ur"
    client.get("/login/")
    assert get_language() == "ur", "a request leaves its language active in the thread"
