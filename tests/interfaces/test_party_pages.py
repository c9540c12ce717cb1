"""The register in the office and the API: who sees what, forms that say what is wrong, files that come and go."""

import csv
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from muniment.interfaces.pages import new_form_token
from muniment.kernel.words.identifiers import make_iban, make_ipi_name
from muniment.rights.parties.queries import bank_accounts_approved, bank_proposals, find_parties, get_party
from muniment.rights.parties.rules import NameDraft
from muniment.rights.parties.services import propose_bank_account, register_party
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from tests.cast import CHEN
from tests.interfaces.browser import login, page

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
IBAN = make_iban("KZ", "125KZT5004100100")
CSV = "Ф.И.О.,kind,code\nАйгүл Серік,writer,M-1\nBilal Ahmed,dancer,M-2\n"


@pytest.fixture
def aigul() -> int:
    return register_party(
        actor=CHEN, at=AT, kind="writer", name="Aigul Serik", code="W-1", names=[NameDraft("آیگول", language="ur")]
    )


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION, "chen")


@pytest.fixture
def farida() -> Client:
    return login(Role.FINANCE, "farida")


@pytest.fixture
def dewi() -> Client:
    return login(Role.AUDITOR, "dewi")


def send(client: Client, address: str, **values: str) -> tuple[int, str]:
    """Send a form; return the status and where it leads, or the page it shows."""
    response = client.post(address, {"form_token": new_form_token(), **values})
    return response.status_code, response.get("Location", "") or response.content.decode()


def test_the_register_is_searched_in_any_script(chen: Client, aigul: int) -> None:
    assert f"/office/parties/{aigul}/" in page(chen, "/office/parties/?q=آیگول")
    assert "Nobody was found" in page(chen, "/office/parties/?q=zzz")
    assert "Nobody was found" in page(chen, "/office/parties/?kind=society")


def test_an_empty_register_says_what_to_do(chen: Client) -> None:
    assert "The register is empty" in page(chen, "/office/parties/")


def test_a_party_page_marks_language_and_direction(chen: Client, aigul: int) -> None:
    shown = page(chen, f"/office/parties/{aigul}/")

    assert '<td dir="rtl" lang="ur">آیگول</td>' in shown
    assert "party.registered" in shown
    assert "Add a mandate" in shown


def test_a_party_that_is_not_there_is_said_so(chen: Client) -> None:
    assert "There is no party 999" in page(chen, "/office/parties/999/", 404)


def test_a_party_is_registered_once_even_if_sent_twice(chen: Client) -> None:
    form = {"name": "Bilal Ahmed", "kind": "writer", "ipi_name": make_ipi_name(7), "form_token": new_form_token()}

    first, second = (chen.post("/office/parties/new/", form) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert [hit.ipi_name for hit in find_parties("bilal").rows] == [make_ipi_name(7)]


def test_errors_stand_beside_their_fields(chen: Client, aigul: int) -> None:
    status, shown = send(chen, "/office/parties/new/", name="Bilal", kind="writer", ipi_name="123", country="XX")

    assert status == 200
    assert shown.count('class="field wrong"') == 2
    assert "is not a valid IPI name number" in shown
    status, shown = send(chen, "/office/parties/new/", name="Bilal", kind="writer", code="W-1")
    assert "belongs to Aigul Serik already" in shown
    assert find_parties("").total == 1


def test_a_party_is_edited(chen: Client, aigul: int) -> None:
    assert 'value="Aigul Serik"' in page(chen, f"/office/parties/{aigul}/edit/")

    send(chen, f"/office/parties/{aigul}/edit/", name="Aigul Nurlan", kind="composer", code="W-1", country="kz")

    party = get_party(aigul)
    assert (party.name, party.kind, party.country) == ("Aigul Nurlan", "composer", "KZ")


def test_facts_are_recorded_and_withdrawn(chen: Client, aigul: int) -> None:
    sister = register_party(actor=CHEN, at=AT, kind="society", name="Invented Society", society_code="991")
    base = f"/office/parties/{aigul}"

    for act, values in {
        "name": {"name": "Айгүл", "kind": "alias"},
        "mandate": {"right": "PR", "territories": "2136 -US", "valid_from": "2020-01-01"},
        "membership": {"member_number": "M-9"},
        "society": {"society_id": "Invented Society", "right": "MR"},
        "successor": {"successor_id": get_party(sister).code, "share_ppm": "50"},
        "bank": {"iban": IBAN, "holder": "Aigul Serik"},
    }.items():
        assert page(chen, f"{base}/add/{act}/")
        assert send(chen, f"{base}/add/{act}/", **values) == (302, f"{base}/"), act

    party = get_party(aigul)
    assert party.mandates[0].territories == "2136 -840"
    assert party.successors[0].share_ppm == 500_000
    assert page(chen, f"{base}/").count("Was a mistake") == 2
    send(chen, f"{base}/mandates/{party.mandates[0].id}/end/", ends_on="2026-01-01")
    ending = f"{base}/societies/{party.affiliations[0].id}/end/"
    assert f'href="{ending}"' in page(chen, f"{base}/")
    assert "End the membership of a sister society" in page(chen, ending)
    assert send(chen, ending, ends_on="2026-01-01") == (302, f"{base}/")
    send(chen, f"{base}/withdraw/mandate/{get_party(aigul).mandates[1].id}/")
    send(chen, f"{base}/withdraw/successor/{party.successors[0].id}/")
    send(chen, f"{base}/withdraw/name/{party.names[1].id}/")
    send(chen, f"{base}/add/leave/", ends_on="2026-01-01")
    party = get_party(aigul)
    assert all(row.known_to for row in (*party.mandates, *party.successors))
    assert len(party.names) == 2
    assert party.memberships[0].left_on
    assert [(bool(row.known_to), str(row.valid_to)) for row in party.affiliations] == [
        (True, "None"),
        (False, "2026-01-01"),
    ]


def test_dates_in_the_wrong_order_are_shown_beside_the_end(chen: Client, aigul: int) -> None:
    _, shown = send(
        chen,
        f"/office/parties/{aigul}/add/mandate/",
        right="PR",
        territories="2136",
        valid_from="2026-01-01",
        valid_to="2025-01-01",
    )

    assert "before it begins" in shown
    assert get_party(aigul).mandates == ()


def test_a_bank_change_takes_two_persons(chen: Client, farida: Client, aigul: int) -> None:
    account = propose_bank_account(actor=CHEN, at=AT, party_id=aigul, iban=IBAN, holder="Aigul Serik")
    waiting = page(chen, "/office/parties/bank/")
    assert ">Approve<" not in waiting
    assert ">Refuse<" in waiting
    assert send(chen, f"/office/parties/bank/{account}/approve/")[0] == 403
    assert ">Approve<" in page(farida, "/office/parties/bank/")

    send(farida, f"/office/parties/bank/{account}/approve/")

    assert bank_accounts_approved([aigul])[aigul].decided_by == "farida"
    assert "No account waits" in page(farida, "/office/parties/bank/")


def test_a_person_with_both_roles_is_still_one_person(aigul: int, chen: Client) -> None:
    account = propose_bank_account(actor=CHEN, at=AT, party_id=aigul, iban=IBAN, holder="Aigul Serik")
    User.objects.filter(username="chen").update(role=Role.FINANCE.value)

    response = chen.post(f"/office/parties/bank/{account}/approve/", follow=True)

    assert "You made this yourself" in response.content.decode()
    assert len(bank_proposals()) == 1


def test_a_member_file_is_looked_at_mapped_imported_and_taken_back(chen: Client) -> None:
    upload = SimpleUploadedFile("members.csv", CSV.encode())
    sent = chen.post("/office/party-files/", {"file": upload, "form_token": new_form_token()})
    held = sent["Location"]
    shown = page(chen, held)
    assert "No column gives &#x27;name&#x27;" in shown
    assert f'formaction="{held}import/"' not in shown
    columns = {"column_name": "Ф.И.О.", "column_kind": "kind", "column_code": "code"}

    _, shown = send(chen, held, **columns)
    assert f'formaction="{held}import/"' in shown
    assert "Айгүл Серік" in shown
    assert "is not a kind of party" in shown
    assert find_parties("").total == 0

    status, report = send(chen, f"{held}import/", **columns, save_as="almaty")
    assert status == 302
    shown = page(chen, report)
    assert "1 of 2 were kept, 1 left out" in shown
    assert "Айгүл Серік" in shown
    assert "almaty" in page(chen, _held_again(chen))
    problems = chen.get(re.search(r"/office/intakes/\d+/problems.csv", shown)[0]).content.decode("utf-8-sig")  # type: ignore[index]
    assert [row[:2] for row in csv.reader(StringIO(problems))] == [["line", "field"], ["3", "kind"]]

    send(chen, f"{report}undo/")
    assert find_parties("").total == 0
    assert "Take the whole file back" not in page(chen, report)


def _held_again(client: Client) -> str:
    other = SimpleUploadedFile("more.csv", "Ф.И.О.,kind,code\nCha Eun,writer,M-3\n".encode())
    return client.post("/office/party-files/", {"file": other, "form_token": new_form_token()})["Location"]


def test_a_file_is_held_for_its_sender_only(chen: Client) -> None:
    held = _held_again(chen)

    assert "not held any more" in page(login(Role.DOCUMENTATION, "hana"), held, 404)


def test_a_file_that_cannot_be_read_is_refused_with_a_reason(chen: Client) -> None:
    upload = SimpleUploadedFile("members.csv", b"\x00\x01" * 100)
    sent = chen.post("/office/party-files/", {"file": upload, "form_token": new_form_token()})

    assert "This is not possible" in page(chen, sent["Location"], 404)


WRITING = ["/office/parties/new/", "/office/party-files/"]
READING = ["/office/parties/", "/office/parties/bank/"]


def test_an_auditor_reads_and_writes_nothing(dewi: Client, aigul: int) -> None:
    for address in READING:
        page(dewi, address)
    assert "Add a mandate" not in page(dewi, f"/office/parties/{aigul}/")
    for address in [*WRITING, f"/office/parties/{aigul}/edit/", f"/office/parties/{aigul}/add/bank/"]:
        page(dewi, address, 403)
        assert send(dewi, address, name="X", kind="writer")[0] == 403
    assert send(dewi, f"/office/parties/{aigul}/add/mandate/", right="PR", territories="2136")[0] == 403
    assert get_party(aigul).mandates == ()


@pytest.mark.parametrize("address", [*READING, *WRITING])
def test_a_member_and_a_stranger_see_none_of_it(address: str, aigul: int) -> None:
    page(login(Role.MEMBER, "aigul", aigul), address, 403)
    assert Client().get(address)["Location"].startswith("/login/")


def test_the_api_gives_the_register_to_who_may_read_it(dewi: Client, aigul: int) -> None:
    found = dewi.get("/api/parties?q=aigul").json()
    assert [(row["id"], row["code"], row["kind"]) for row in found["rows"]] == [(aigul, "W-1", "writer")]
    party = dewi.get(f"/api/parties/{aigul}").json()
    assert [name["script"] for name in party["names"]] == ["Latn", "Arab"]
    assert "bank_accounts" not in party
    assert dewi.get("/api/parties/999").status_code == 422
    assert login(Role.MEMBER, "aigul", aigul).get("/api/parties").status_code == 403
    assert Client().get("/api/parties").status_code == 401
