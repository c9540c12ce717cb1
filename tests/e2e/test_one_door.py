"""The page of the one door in a browser: a file is dropped, sent, seen and imported; also without a script."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from muniment.rights.works.queries import find_works
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from tests.e2e.test_office_and_portal import PASSWORD, PHONE, log_in

WORKS = "Work number,Title,Party name,Role,PR share\nW1,River,Asan,CA,60\nW2,دریا,Asan,CA,50\n"
DROP = """([content]) => {
  const data = new DataTransfer();
  data.items.add(new File([content], "works.csv", {type: "text/csv"}));
  const target = document.querySelector("form[data-drop]");
  for (const kind of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def chen(transactional_db: None) -> User:
    return User.objects.create_user("chen", password=PASSWORD, role=Role.DISTRIBUTION.value)


def test_a_file_is_dropped_seen_and_imported(clean_page: Page, live_server: LiveServer, chen: User) -> None:
    log_in(clean_page, live_server, chen.username)
    clean_page.goto(f"{live_server.url}/office/door/")
    expect(clean_page.locator("[data-hint]")).to_be_visible()
    clean_page.evaluate(DROP, [WORKS])
    expect(clean_page.locator("h1")).to_have_text("works.csv")
    expect(clean_page.locator("main")).to_contain_text("دریا")
    clean_page.click("form[action$='/import/'] button")
    expect(clean_page.locator(".messages")).to_contain_text("works registered: 2")
    assert find_works().total == 2


def test_the_page_needs_no_script_and_fits_a_phone_from_right_to_left(
    browser: Browser, live_server: LiveServer, chen: User, tmp_path: Path
) -> None:
    path = tmp_path / "works.csv"
    path.write_text(WORKS, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    log_in(page, live_server, chen.username)
    page.click("button[lang=ur]")
    page.goto(f"{live_server.url}/office/door/")
    assert page.get_attribute("html", "dir") == "rtl"
    page.set_input_files("#id_file", str(path))
    page.click("form[data-drop] button.primary")
    expect(page.locator("h1")).to_have_text("works.csv")
    expect(page.locator("form[action$='/import/'] button")).to_be_visible()
    context.close()
