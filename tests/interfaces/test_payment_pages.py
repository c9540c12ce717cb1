"""Payments in the office: who sees what, forms that act once, files that go out and come in."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from muniment.interfaces.pages import new_form_token
from muniment.pay.payments.queries import get_batch, list_batches
from muniment.pay.payments.rules import BatchState
from muniment.trust.access.rules import Role
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import bank, transit
from tests.interfaces.browser import login, page
from tests.pay.payments.world import DEBTOR, approved, drafted, payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION, "chen")


@pytest.fixture
def farida() -> Client:
    return login(Role.FINANCE, "farida")


def test_a_batch_goes_its_way_through_the_pages(chen: Client, farida: Client) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    payee("Below", balance_micro=1_000_000, account=2)
    offered = page(chen, "/office/payments/new/?currency=EUR&minimum=5&pay_on=2026-10-23")
    assert "12.34" in offered
    assert "below the minimum" in offered
    form = {"currency": "EUR", "minimum": "5", "pay_on": "2026-10-23", "form_token": new_form_token()}
    response = chen.post("/office/payments/new/", form)
    batch_id = list_batches().rows[0].id
    assert response["Location"] == f"/office/payments/{batch_id}/"
    again = chen.post("/office/payments/new/", form)
    assert again["Location"] == response["Location"]
    assert list_batches().total == 1

    shown = page(chen, f"/office/payments/{batch_id}/")
    assert "Cancel the draft" in shown
    assert ">Approve<" not in shown
    assert chen.post(f"/office/payments/{batch_id}/approve/").status_code == 403
    assert ">Approve<" in page(farida, f"/office/payments/{batch_id}/")
    farida.post(f"/office/payments/{batch_id}/approve/", {"form_token": new_form_token()})
    assert get_batch(batch_id).state is BatchState.APPROVED

    table = farida.post(f"/office/payments/{batch_id}/export/csv/")
    assert table["Content-Disposition"] == f'attachment; filename="payments-{batch_id}.csv"'
    assert b"12.34" in table.content
    upload = SimpleUploadedFile(
        "bank.csv",
        f"end_to_end_id,state,booked_on,reason\nMUN-{batch_id}-{aigul},paid,{get_batch(batch_id).approved_at:%Y-%m-%d},\n"
        "MUN-0-0,paid,2026-10-23,\n".encode(),
    )
    response = farida.post("/office/payments/confirm/", {"file": upload, "form_token": new_form_token()})
    report = page(farida, response["Location"])
    assert "No order was sent under" in report
    assert "bank.csv" in report
    assert balance(bank(), "EUR") == -12_340_000
    assert "settled" in page(farida, "/office/payments/")


def test_a_refusal_is_a_message_and_writes_nothing(farida: Client) -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = approved()
    address = f"/office/payments/{batch_id}/"
    response = farida.post(f"{address}approve/", headers={"referer": f"http://testserver{address}"}, follow=True)
    assert "is approved, not draft" in response.content.decode()
    assert balance(transit(batch_id), "EUR") == 12_340_000


def test_a_pain001_file_needs_the_societys_account(farida: Client) -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = approved()
    address = f"/office/payments/{batch_id}/"
    refused = farida.post(f"{address}export/pain001/", headers={"referer": f"http://testserver{address}"}, follow=True)
    assert "MUNIMENT_BANK_IBAN" in refused.content.decode()
    with override_settings(MUNIMENT_BANK_IBAN=DEBTOR.iban):
        sent = farida.post(f"{address}export/pain001/")
    assert sent["Content-Type"] == "application/xml"
    assert b"pain.001.001.09" in sent.content
    assert farida.post(f"{address}export/word/").status_code == 404
    assert farida.get(f"{address}export/csv/").status_code == 302


@pytest.mark.parametrize(("content", "text"), [(b"", "empty"), (b"\x00\x01", "bank.csv"), (b"a,b\n1,2\n", "No column")])
def test_a_bad_file_is_refused_with_a_reason(farida: Client, content: bytes, text: str) -> None:
    address = "http://testserver/office/payments/confirm/"
    upload = SimpleUploadedFile("bank.csv", content)
    response = farida.post("/office/payments/confirm/", {"file": upload}, headers={"referer": address}, follow=True)
    assert text in response.content.decode()


def test_a_form_without_a_file_is_refused(farida: Client) -> None:
    address = "http://testserver/office/payments/confirm/"
    response = farida.post("/office/payments/confirm/", {}, headers={"referer": address}, follow=True)
    assert "No file was chosen" in response.content.decode()


def test_a_wrong_form_says_what_is_wrong(chen: Client) -> None:
    shown = page(chen, "/office/payments/new/?currency=EUR&minimum=5&pay_on=someday")
    assert "Enter a valid date" in shown
    assert "is not an amount" in page(chen, "/office/payments/new/?minimum=five", status=404)


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        (Role.MEMBER, {"": 403, "new/": 403, "confirm/": 403}),
        (Role.AUDITOR, {"": 200, "new/": 403, "confirm/": 403}),
        (Role.LICENSING, {"": 200, "new/": 403, "confirm/": 403}),
        (Role.DISTRIBUTION, {"": 200, "new/": 200, "confirm/": 403}),
        (Role.FINANCE, {"": 200, "new/": 403, "confirm/": 200}),
    ],
)
def test_each_role_sees_its_pages(role: Role, statuses: dict[str, int]) -> None:
    client = login(role, "somebody")
    assert {ending: client.get(f"/office/payments/{ending}").status_code for ending in statuses} == statuses


def test_what_is_not_there_and_who_is_not_logged_in(farida: Client, tmp_path: Path) -> None:
    assert farida.get("/office/payments/999/").status_code == 404
    assert farida.get("/office/payments/confirmations/999/").status_code == 404
    assert Client().get("/office/payments/")["Location"].startswith("/login/")


def test_a_draft_is_cancelled_and_orders_are_searched(chen: Client) -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    payee("Bilal", balance_micro=2_000_000, account=2)
    batch_id = drafted()
    found = page(chen, f"/office/payments/{batch_id}/?q=bilal")
    assert "Bilal" in found
    assert "Aigül" not in found
    chen.post(f"/office/payments/{batch_id}/cancel/", {"form_token": new_form_token()})
    assert "cancelled" in page(chen, f"/office/payments/{batch_id}/")


def test_pages_turn_around_in_urdu(chen: Client) -> None:
    chen.cookies["django_language"] = "ur"
    assert 'dir="rtl"' in page(chen, "/office/payments/")
