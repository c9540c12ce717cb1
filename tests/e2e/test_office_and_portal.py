"""The few things only a browser can show: keys, right-to-left pages on a phone, downloads, a clean console."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from muniment.interfaces.demo import write_demo_files
from muniment.pay.distributions.queries import RunRow, payees_of
from muniment.rights.parties.queries import get_party
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from muniment.use.matching.queries import queue
from tests.e2e.conftest import take_picture
from tests.flows.office import Office, day

PASSWORD = "seventeen green kites"
PHONE = {"width": 390, "height": 800}
STAFF_PAGES = [
    "/office/parties/",
    "/office/works/",
    "/office/works/conflicts/",
    "/office/licences/",
    "/office/funds/",
    "/office/usage/",
    "/office/review/",
    "/office/review/next/",
    "/office/review/bulk/?min=1",
    "/office/review/quality/",
    "/office/unidentified/",
    "/office/distributions/1/",
    "/office/holds/",
    "/office/ledger/",
    "/office/payments/",
]


@pytest.fixture
def run(transactional_db: None, tmp_path: Path) -> RunRow:
    """Have a society take its quarter up to the statements, and logins for the cast."""
    office = Office(tmp_path, write_demo_files(tmp_path, members=30, works=90, seed=3))
    office.import_members(day(0))
    office.import_works(day(1))
    office.licence_and_invoice(day(2))
    office.receive_money(day(30))
    office.match(office.import_usage(day(31)), day(31))
    distributed = office.distribute(day(32))
    payees = [get_party(payee.party_id) for payee in payees_of(distributed.id, limit=200)]
    aigul = next(party.id for party in payees if party.kind == "writer")
    for name, role, party_id in (("chen", Role.DISTRIBUTION, None), ("aigul", Role.MEMBER, aigul)):
        User.objects.create_user(name, password=PASSWORD, role=role.value, party_id=party_id)
    return distributed


def log_in(page: Page, server: LiveServer, name: str) -> None:
    page.goto(f"{server.url}/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", PASSWORD)
    page.click("main button")
    expect(page.locator(".person .name")).to_have_text(name)


def choose_urdu(page: Page) -> None:
    page.click("button[value=ur]")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")


def assert_fits(page: Page, address: str) -> None:
    """The page has one heading, and nothing of it hangs over the edge of the screen."""
    page.wait_for_load_state()  # a link that was clicked shows its heading before its styles
    assert page.locator("h1").count() == 1, address
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{address} is {width} wide"  # type: ignore[index]


def test_staff_at_their_desks(clean_page: Page, live_server: LiveServer, run: RunRow) -> None:
    page = clean_page
    log_in(page, live_server, "chen")

    # A work shows who is paid for it.
    page.goto(f"{live_server.url}/office/works/")
    page.click("table a >> nth=0")
    expect(page.locator("main")).to_contain_text("%")
    take_picture(page, "work")

    # The queue is worked by the keyboard: begin, help, search and leave it, accept the first; the next item is there.
    waiting = queue(limit=1).total
    page.goto(f"{live_server.url}/office/review/")
    page.keyboard.press("j")
    expect(page.locator("#queue tr[data-selected]")).to_have_count(1)
    with page.expect_navigation():
        page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.locator("#help li").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    take_picture(page, "review-item")
    first = page.url
    with page.expect_navigation():
        page.keyboard.press("a")
    expect(page.locator(".messages")).to_be_visible()
    assert queue(limit=1).total == waiting - 1
    assert page.url != first
    with page.expect_navigation():
        page.keyboard.press("u")
    assert page.url == first
    assert queue(limit=1).total == waiting
    with page.expect_navigation():
        page.keyboard.press("s")
    assert page.url != first

    # In Urdu every page turns around, and fits a phone.
    choose_urdu(page)
    page.goto(f"{live_server.url}/office/review/")
    take_picture(page, "queue-ur")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for address in [*STAFF_PAGES, f"/office/review/why/{queue(limit=1).rows[0].sample_line_id}/"]:
        response = page.goto(f"{live_server.url}{address}")
        assert response is not None
        assert response.status == 200, address
        assert_fits(page, address)


def test_a_member_on_a_phone(clean_page: Page, live_server: LiveServer, run: RunRow) -> None:
    page = clean_page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    log_in(page, live_server, "aigul")
    assert_fits(page, "/portal/")

    # Own works, own statement, as a page and as a PDF.
    page.goto(f"{live_server.url}/portal/works/")
    assert_fits(page, "/portal/works/")
    page.goto(f"{live_server.url}/portal/statements/")
    page.click("main table a >> nth=0")
    expect(page.locator("h1")).to_be_visible()
    assert_fits(page, page.url)
    with page.expect_download() as download:
        page.click("a[href*='pdf'] >> nth=0")
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")

    # What is not hers is not there.
    assert page.request.get(f"{live_server.url}/portal/statements/999999/").status == 404


def test_anybody_searches_the_repertoire(clean_page: Page, live_server: LiveServer, run: RunRow) -> None:
    page = clean_page
    page.goto(live_server.url)
    expect(page).to_have_url(f"{live_server.url}/public/repertoire/")
    page.fill("input[type=search]", "a")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_visible()
    assert_fits(page, page.url)
    assert "IBAN" not in page.content()
    choose_urdu(page)
    assert_fits(page, page.url)
