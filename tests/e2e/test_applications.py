"""A member applies on a phone without any script: the form grows, keeps what was typed, and leads to a submission."""

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from muniment.interfaces.registry_form import shown_fields, texts_of
from muniment.rights.parties.services import register_party
from muniment.rights.registry.queries.applications import list_applications
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.rules.standing import State
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from tests.cast import CHEN
from tests.e2e.test_office_and_portal import PASSWORD, PHONE, assert_fits, choose_urdu, log_in
from tests.interfaces.test_application_pages import Clock
from tests.interfaces.test_application_pages import clock as clock
from tests.rights.registry.desk import START, VALLEYS

TICKS = ("is_substantive", "is_unpublished")
CHOICES = ("kind", "role", "update_term")


@pytest.fixture
def member(transactional_db: None, clock: Clock) -> str:
    """Have a login for a member who applied for nothing yet."""
    party = register_party(actor=CHEN, at=START, kind="writer", name="Aigul Data Ltd (invented)")
    User.objects.create_user("aigul", password=PASSWORD, role=Role.MEMBER.value, party_id=party)
    return "aigul"


def test_an_application_is_written_on_a_phone_without_scripts(
    browser: Browser, live_server: LiveServer, member: str
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, live_server, member)
    page.goto(f"{live_server.url}/portal/applications/")
    expect(page.locator(".empty")).to_be_visible()
    page.click("main a.primary")
    assert_fits(page, page.url)
    page.select_option("#new-profile", "zhejiang")
    page.fill("#new-title", VALLEYS.title)
    page.click("main form button.primary >> nth=0")
    assert_fits(page, page.url)
    texts = texts_of(VALLEYS, shown_fields(get_profile("zhejiang"), Kind.FIRST))
    page.fill("[name='sources.0.route']", texts["sources.0.route"])
    page.click("#f-sources button")
    expect(page.locator("[name='sources.0.route']")).to_have_value(texts["sources.0.route"])
    for name, text in texts.items():
        box = page.locator(f"[name='{name}']").first
        if name in TICKS:
            box.check()
        elif name.rpartition(".")[2] in CHOICES and not name.startswith("structure"):
            box.select_option(text)
        elif name == "rights_claimed":
            for code in VALLEYS.rights_claimed:
                page.check(f"[name=rights_claimed][value={code}]")
        elif text:
            box.fill(text)
    page.click("button.primary[value=save]")
    expect(page.locator("main .good")).to_be_visible()
    choose_urdu(page)
    assert_fits(page, page.url)
    page.click("main .actions button.primary")
    expect(page.locator(".messages .success")).to_be_visible()
    (row,) = list_applications().rows
    assert (row.state, row.title) == (State.SUBMITTED, VALLEYS.title)
    page.goto(f"{live_server.url}/portal/applications/")
    assert_fits(page, page.url)
    context.close()
