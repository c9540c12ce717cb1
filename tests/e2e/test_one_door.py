"""The page of the one door in a browser: a file is dropped, sent, seen and imported; also without a script."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from muniment.rights.works.queries import find_works
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from muniment.use.usages.queries import list_reports
from tests.e2e.test_office_and_portal import PASSWORD, PHONE, log_in

WORKS = "Work number,Title,Party name,Role,PR share\nW1,River,Asan,CA,60\nW2,دریا,Asan,CA,50\n"
DROP = """([content, name]) => {
  const data = new DataTransfer();
  data.items.add(new File([content], name, {type: "text/csv"}));
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
    clean_page.evaluate(DROP, [WORKS, "works.csv"])
    expect(clean_page.locator("h1")).to_have_text("works.csv")
    expect(clean_page.locator("main")).to_contain_text("دریا")
    clean_page.click("form[action$='/import/'] button")
    expect(clean_page.locator(".messages")).to_contain_text("works registered: 2")
    assert find_works().total == 2


def test_columns_are_chosen_once_and_the_next_file_is_known(
    clean_page: Page, live_server: LiveServer, chen: User
) -> None:
    log_in(clean_page, live_server, chen.username)
    clean_page.goto(f"{live_server.url}/office/door/")
    clean_page.evaluate(DROP, ["Lied;Leute;Mal\nدریا;Asan;3\n", "april.csv"])
    clean_page.select_option("#id_about", "usages")
    clean_page.click("form[action$='/columns/'] button")
    clean_page.select_option("#id_column_title", "Lied")
    clean_page.select_option("#id_column_performer", "Leute")
    clean_page.select_option("#id_column_count", "Mal")
    clean_page.click("button[value=look]")
    expect(clean_page.locator("#id_column_title")).to_have_value("Lied")
    expect(clean_page.locator("#id_mapping_name")).to_have_value("april")
    clean_page.fill("#id_mapping_name", "Radio Kvarts")
    clean_page.click("button[value=keep]")
    expect(clean_page.locator(".messages")).to_contain_text("Remembered")
    clean_page.goto(f"{live_server.url}/office/door/")
    clean_page.evaluate(DROP, ["Lied;Leute;Mal\nNight;Asan;7\nRain;Asan;2\n", "may.csv"])
    expect(clean_page.locator("dl.facts")).to_contain_text("Radio Kvarts")
    for name, text in {"source": "R1", "fund": "RADIO", "from": "2026-05-01", "to": "2026-06-01"}.items():
        clean_page.fill(f"#id_{name}", text)
    clean_page.click("form[action$='/import/'] button.primary")
    expect(clean_page.locator(".messages")).to_contain_text("lines taken: 2")
    assert [report.use_count for report in list_reports().rows] == [9]


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
