"""The page of the one door: send, see, import; roles, hostile names, long files, what is unknown."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from muniment.interfaces.office import door
from muniment.interfaces.pages import new_form_token
from muniment.rights.works.queries import find_works
from muniment.trust.access.rules import Role
from muniment.use.usages.queries import list_reports
from tests.interfaces.browser import login, page

pytestmark = pytest.mark.django_db

WORKS = "Work number,Title,Party name,Role,PR share\nW1,River,Asan,CA,60\n"
LOG = "Title,Artist,Plays,Date\nMorning Star,Asan,3,2026-05-01\nNight,Asan,2,2026-05-02,extra\n"
FACTS = {"source": "R1", "fund": "RADIO", "from": "2026-05-01", "to": "2026-06-01", "right": "PR", "territory": "PK"}


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION)


def send(client: Client, content: str | bytes, name: str = "sent.csv", **headers: str) -> str:
    """Send a file and return the address that it leads to."""
    data = content if isinstance(content, bytes) else content.encode()
    form = {"file": SimpleUploadedFile(name, data), "form_token": new_form_token()}
    answer = client.post("/office/door/", form, headers=headers)
    assert answer.status_code in {201, 302}
    return str(answer["Location"])


def test_the_first_page_says_what_to_do(chen: Client) -> None:
    text = page(chen, "/office/door/")
    assert "No file has come in yet" in text
    assert 'type="file"' in text


def test_works_are_seen_and_imported(chen: Client) -> None:
    address = send(chen, WORKS)
    text = page(chen, address)
    for words in ("Table, CSV of works", "works and shares", "River", "No problem was found"):
        assert words in text
    assert find_works().total == 0
    done = chen.post(f"{address}import/", {"claim": "own", "form_token": new_form_token()}, follow=True)
    assert "works registered: 1" in done.content.decode()
    assert find_works().total == 1
    assert "sent.csv" in page(chen, "/office/door/")
    assert chen.get(address).status_code == 404


def test_usages_ask_what_only_a_person_knows(chen: Client) -> None:
    address = send(chen, LOG, **{"X-Requested-With": "XMLHttpRequest"})
    text = page(chen, address)
    assert "table.too_many_cells" in text
    assert "Errors: 1, warnings: 0" in text
    told = chen.get(f"{address}problems.csv")
    assert b"table.too_many_cells" in b"".join(told.streaming_content)  # type: ignore[attr-defined]
    missing = chen.post(f"{address}import/", {**FACTS, "source": "", "form_token": new_form_token()})
    assert (missing.status_code, list_reports().total) == (422, 0)
    backwards = chen.post(f"{address}import/", {**FACTS, "to": "2026-04-01", "form_token": new_form_token()})
    assert backwards.status_code == 422
    done = chen.post(f"{address}import/", {**FACTS, "form_token": new_form_token()})
    (report,) = list_reports().rows
    assert done["Location"] == f"/office/usage/{report.id}/"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Dear all,\nno table\n", "no format that is known"),
        ("alpha,beta\n1,2\n3,4\n", "not known what this table is about"),
        (b"PK\x03\x04broken", "damaged or cut off"),
    ],
)
def test_what_cannot_be_imported_says_why(chen: Client, content: str | bytes, words: str) -> None:
    address = send(chen, content)
    assert words in page(chen, address)
    refused = chen.post(f"{address}import/", {"form_token": new_form_token()}, follow=True)
    assert "Imported" not in refused.content.decode()


def test_a_person_can_overrule_what_it_looks_like(chen: Client) -> None:
    text = page(chen, f"{send(chen, LOG)}?as=pain001")
    assert "you said so" in text
    assert "not XML" in text
    assert "is not a format" in page(chen, f"{send(chen, LOG)}?as=nonsense")


def test_a_long_file_is_checked_when_asked(chen: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_CHECKED_BYTES", 10)
    address = send(chen, LOG)
    assert "was not checked yet" in page(chen, address)
    assert "table.too_many_cells" in page(chen, f"{address}?check=whole")


def test_nothing_in_a_file_moves_the_page(chen: Client) -> None:
    address = send(chen, "Title,ISRC,Plays\n<script>alert(1)</script>,\u202eevil,3\n", "<b>\u202e.csv")
    text = page(chen, address)
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "&lt;U+202E&gt;evil" in text


def test_who_may_not_write_looks_and_who_is_no_staff_does_not() -> None:
    dewi = login(Role.AUDITOR)
    address = send(dewi, WORKS)
    assert "may look at it and not import it" in page(dewi, address)
    assert dewi.post(f"{address}import/", {"form_token": new_form_token()}).status_code == 403
    assert find_works().total == 0
    assert page(login(Role.MEMBER), "/office/door/", 403)
    assert Client().get("/office/door/").status_code == 302


def test_a_held_file_is_its_senders(chen: Client) -> None:
    address = send(chen, WORKS)
    assert "not held any more" in page(login(Role.DOCUMENTATION), address, 404)


def test_pages_stand_in_urdu(chen: Client) -> None:
    address = send(chen, WORKS)
    chen.cookies["django_language"] = "ur"
    for each in ("/office/door/", address):
        assert 'dir="rtl"' in page(chen, each)
