"""Pages and API of the books, the audit trail, received files and logins."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.test import Client

from muniment.kernel.words.problems import Problem
from muniment.trust.access.models import User
from muniment.trust.access.queries import find_user, get_user
from muniment.trust.access.rules import Role
from muniment.trust.batches.services import finish_intake, receive_file
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entry, reverse_entry
from tests.cast import CHEN
from tests.interfaces.browser import login

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 31)

pytestmark = pytest.mark.django_db


def book(key: str = "k", count: int = 1) -> int:
    """Book an entry with so many transfers and return its number."""
    transfers = tuple(TransferDraft("bank", f"fund/radio/{n}", 1_234_567) for n in range(count))
    return post_entry(actor=CHEN, at=AT, draft=EntryDraft(key, "receipt", DAY, "EUR", transfers, "Радио")).id


def test_the_books_are_read_from_the_sums_to_the_transfer() -> None:
    client, entry = login(Role.AUDITOR), book(count=60)
    undo = reverse_entry(actor=CHEN, at=AT, entry_id=book("other"), key="undo", booked_on=DAY).id
    sums = client.get("/office/ledger/").content.decode()
    assert sums.count("74.07402") >= 2
    accounts = client.get("/office/ledger/accounts/EUR/fund/?q=radio/5&empty=1").content.decode()
    assert accounts.count("/office/ledger/account/EUR/fund/radio/") == 11
    assert client.get("/office/ledger/accounts/EUR/vat/").status_code == 200
    account = client.get("/office/ledger/account/EUR/bank/?page=2").content.decode()
    assert f"/office/ledger/entries/{undo}/" in account
    assert client.get("/office/ledger/account/EUR/bank/moon/").status_code == 404
    shown = client.get(f"/office/ledger/entries/{entry}/").content.decode()
    assert "Радио" in shown
    assert "Page 1 of 2" in shown
    assert f"/office/ledger/entries/{undo}/" in client.get(f"/office/ledger/entries/{undo - 1}/").content.decode()
    assert client.get("/office/ledger/entries/").content.decode().count("<tr>") == 4
    assert client.get("/office/ledger/entries/9999/").status_code == 404


def test_the_audit_trail_is_filtered_and_only_for_those_who_may() -> None:
    book()
    client = login(Role.AUDITOR)
    assert "ledger.posted" in client.get("/office/audit/?person=chen&tag=ledger.posted").content.decode()
    assert "No event fits" in client.get("/office/audit/?person=nobody").content.decode()
    assert "No event fits" in client.get("/office/audit/?kind=work&subject=1").content.decode()
    assert login(Role.DOCUMENTATION).get("/office/audit/").status_code == 403


def test_received_files_show_their_problems_and_hand_them_out(tmp_path: Path) -> None:
    path = tmp_path / "week.csv"
    path.write_text("title\n=cmd\n")
    intake = receive_file(actor=CHEN, at=AT, kind="usage.table", path=path)
    wrong = Problem(2, "title", "formula", "=cmd is no title.", "Write the title.")
    finish_intake(actor=CHEN, at=AT, intake_id=intake.id, line_count=1, good_count=0, problems=[wrong], state="refused")
    client = login(Role.DOCUMENTATION)
    assert "week.csv" in client.get("/office/intakes/?state=refused").content.decode()
    assert "week.csv" not in client.get("/office/intakes/?state=imported").content.decode()
    assert "=cmd is no title." in client.get(f"/office/intakes/{intake.id}/").content.decode()
    handed = client.get(f"/office/intakes/{intake.id}/problems.csv")
    assert handed["Content-Disposition"] == f'attachment; filename="problems-{intake.id}.csv"'
    assert b"'=cmd is no title." in handed.content
    assert client.get("/office/intakes/999/").status_code == 404


def test_a_login_is_made_changed_and_closed() -> None:
    client = login(Role.ADMINISTRATOR)
    assert "Login name" in client.get("/office/users/new/").content.decode()
    sent = {"username": "gul", "name": "Gul", "role": "finance", "form_token": "t1"}
    made = client.post("/office/users/new/", sent)
    password = re.search(r"<code dir=\"ltr\">([a-z0-9-]+)</code>", made.content.decode())
    assert password
    assert "no-store" in made["Cache-Control"]
    assert authenticate(username="gul", password=password[1]) is not None
    assert client.post("/office/users/new/", sent).status_code == 302  # sent twice, made once

    gul = find_user("gul")
    assert gul is not None
    client.post(f"/office/users/{gul.id}/", {"role": "member", "party_id": "7"})
    client.post(f"/office/users/{gul.id}/active/", {"active": "0"})
    renewed = client.post(f"/office/users/{gul.id}/password/")
    assert "shown this one time" in renewed.content.decode()
    row = get_user(gul.id)
    assert row is not None
    assert (row.role, row.party_id, row.is_active) == (Role.MEMBER, 7, False)
    page = client.get(f"/office/users/{gul.id}/").content.decode()
    assert "user.role_set" in page
    assert "gul" in client.get("/office/users/").content.decode()
    assert client.get("/office/users/999/").status_code == 404


def test_a_role_that_does_not_fit_changes_nothing_and_says_why() -> None:
    client = login(Role.ADMINISTRATOR)
    User.objects.create_user("gul", password="seventeen green kites", role=Role.FINANCE)
    gul, administrator = find_user("gul"), find_user("administrator")
    assert gul is not None
    assert administrator is not None
    page = client.post(f"/office/users/{gul.id}/", {"role": "member"}, follow=True).content.decode()
    assert "stands for one member" in page
    own = client.post(f"/office/users/{administrator.id}/active/", {"active": "0"}, follow=True).content.decode()
    assert "This is your own login." in own
    assert (find_user("gul"), find_user("administrator")) == (gul, administrator)
    assert login(Role.FINANCE).get("/office/users/").status_code == 403


def test_the_api_reads_the_books_and_the_trail() -> None:
    entry, client = book(), login(Role.AUDITOR)
    assert {row["code"]: row["balance_micro"] for row in client.get("/api/ledger/trial-balance").json()} == {
        "bank": 1_234_567,
        "fund/radio/0": 1_234_567,
    }
    account = client.get("/api/ledger/accounts/EUR/fund/radio/0").json()
    assert (account["closing_micro"], account["lines"][0]["other_code"]) == (1_234_567, "bank")
    assert client.get("/api/ledger/accounts/EUR/vat").status_code == 404
    assert client.get("/api/ledger/entries?account_code=bank").json()["total"] == 1
    assert client.get(f"/api/ledger/entries/{entry}").json()["idempotency_key"] == "k"
    assert client.get(f"/api/ledger/entries/{entry}/transfers").json()[0]["debit"] == "bank"
    assert client.get("/api/ledger/entries/999").status_code == 404
    events = client.get("/api/audit/events?tag=ledger.").json()
    assert [row["tag"] for row in events["rows"]] == ["ledger.posted"]
    assert login(Role.FINANCE).get("/api/audit/events").status_code == 403
    assert Client().get("/api/ledger/trial-balance").status_code == 401
