"""The registrar's desk in a browser: a queue on a phone, marks that a reader sees, an act that is meant, no script."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from muniment.rights.registry.queries.applications import get_application
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.rules.standing import State
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from tests.cast import GULNAR, HAMID
from tests.e2e.conftest import take_picture
from tests.e2e.test_office_and_portal import PASSWORD, PHONE, assert_fits, choose_urdu, log_in
from tests.interfaces.test_registry_desk import Clock
from tests.interfaces.test_registry_desk import clock as clock
from tests.rights.registry.desk import VALLEYS, Case, drafted, public, registered

BEFORE = replace(
    VALLEYS,
    title="دریا کے کنارے پارسلوں کی آمد",
    processing="Scans are joined by parcel. Late ones are estimated by hand, and summed by the hour.",
)
AFTER = replace(
    BEFORE,
    processing="Scans are joined by parcel. Late ones are estimated by a regression over the hour, and summed.",
    scenario="ہر گھنٹے کے عملے کی منصوبہ بندی",
)


@pytest.fixture
def case(transactional_db: None, clock: Clock) -> Case:
    """Have an application that was corrected once, others beside it, and a login for a registrar."""
    User.objects.create_user(GULNAR.name, password=PASSWORD, role=Role.REGISTRAR.value)
    registered()
    public().oppose()
    drafted(replace(VALLEYS, title="九个山谷的风速")).submit(HAMID)
    asked = drafted(BEFORE).submit().take()
    case = asked.ask((Point("processing", "By which rule are they estimated?"), Point("sample", "Show ten rows.")))
    case.answer(AFTER)
    clock.at = case.at + timedelta(days=1)
    return case


def test_an_application_is_read_compared_and_passed(clean_page: Page, live_server: LiveServer, case: Case) -> None:
    log_in(clean_page, live_server, GULNAR.name)
    clean_page.goto(f"{live_server.url}/office/registry/")
    expect(clean_page.locator("table")).to_contain_text("九个山谷的风速")
    take_picture(clean_page, "registry-queue")
    clean_page.click(f"text={case.row.title}")
    take_picture(clean_page, "registry-application")
    clean_page.click("text=What was changed")
    processing = clean_page.locator(".diff-row", has_text="Rules of processing")
    expect(processing.locator("del").first).to_have_text("hand")
    expect(processing.locator("ins").first).to_have_text("a regression over the hour")
    before, after = (clean_page.locator(f".diff-row .{side}").first.bounding_box() for side in ("before", "after"))
    assert before is not None
    assert after is not None
    assert before["x"] < after["x"], "they stand side by side"
    take_picture(clean_page, "registry-rounds")
    clean_page.go_back()
    clean_page.click("aside >> text=Pass the stage")
    clean_page.click("main form button.primary")
    expect(clean_page.locator(".messages")).to_contain_text("The stage is passed.")
    clean_page.click("aside >> text=Publish")
    clean_page.click("main form button.primary")
    found = get_application(case.row.number)
    assert found is not None
    assert found.state is State.ACCEPTED, "without the confirmation nothing is published"
    clean_page.check("#id_confirmed")
    clean_page.click("main form button.primary")
    expect(clean_page.locator(".messages")).to_contain_text("is published")


def test_the_desk_needs_no_script_and_fits_a_phone_from_right_to_left(
    browser: Browser, live_server: LiveServer, case: Case
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, live_server, GULNAR.name)
    for language in ("en", "ur"):
        if language == "ur":
            choose_urdu(page)
        for address in addresses_of(case):
            page.goto(f"{live_server.url}{address}")
            assert_fits(page, address)
    context.close()


def addresses_of(case: Case) -> list[str]:
    """Return the pages of the desk, the registration's among them."""
    client = Client()
    client.force_login(User.objects.get(username=GULNAR.name))
    register = client.get("/office/registry/registrations/").context["page"].object_list[0].certificate_number
    application = f"/office/registry/applications/{case.row.number}/"
    entry = f"/office/registry/registrations/{register}/"
    return [
        "/office/registry/",
        "/office/registry/clocks/",
        "/office/registry/registrations/",
        "/office/registry/figures/?year=2026",
        *(f"{application}{name}" for name in ("", "rounds/", "ask/", "refuse/")),
        *(f"{entry}{name}" for name in ("", "extract/", "pledge/")),
    ]
