"""What is on file for payees in the office, the statement of a payment, and the member's question why it is less."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.interfaces.pages import new_form_token, now
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.queries import list_batches, list_orders, list_rates, open_proposals, payee_file
from muniment.pay.payments.services import approve_payments, draft_payments
from muniment.rights.parties.models import BankAccount
from muniment.trust.access.rules import Role
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import exchange_difference, held, payable
from tests.cast import CHEN, FARIDA
from tests.interfaces.browser import login, page
from tests.pay.payments.world import change_account, payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION, "chen")


@pytest.fixture
def farida() -> Client:
    return login(Role.FINANCE, "farida")


def send(client: Client, address: str, **values: object) -> str:
    """Send a form and return the page it leads to."""
    form = {"form_token": new_form_token(), **values}
    return client.post(address, form, follow=True, headers={"referer": f"http://testserver{address}"}).content.decode()


def paid_now(currency: str = "EUR", **more: object) -> int:
    """Draft and approve a batch of today."""
    at = now()
    report = draft_payments(actor=CHEN, at=at, currency=currency, on=at.date(), **more)  # type: ignore[arg-type]
    approve_payments(actor=FARIDA, at=at, batch_id=report.batch_id or 0)
    return report.batch_id or 0


def test_a_letter_is_proposed_approved_paid_by_and_explained_to_the_member(chen: Client, farida: Client) -> None:
    artist = payee("Artist", balance_micro=4_500_000_000, account=1)
    producer = payee("=Producer", account=2)
    address = f"/office/payments/payees/{artist}/"
    assert "No money goes elsewhere." in page(chen, address)
    assert chen.get("/office/payments/payees/?payee=Artist")["Location"] == address
    wrong = send(chen, address, kind="letter", to="=Producer", share="120 %", document="L-1")
    assert "above 100 %" in wrong
    assert "waits for a second person" in send(
        chen, address, kind="letter", to="=Producer", share="3/15", document="L-1"
    )
    number = open_proposals()[1][0].id
    decide = f"/office/payments/proposals/redirection/{number}/"
    assert chen.post(decide, {"verdict": "approve"}).status_code == 403
    waiting = page(farida, "/office/payments/proposals/")
    assert "L-1" in waiting
    send(farida, decide, verdict="approve")
    assert open_proposals()[1] == ()

    batch_id = paid_now()
    assert balance(payable(producer), "EUR") == 900_000_000
    shown = page(chen, f"/office/payments/{batch_id}/")
    assert f"/office/payments/{batch_id}/payees/{artist}/" in shown
    slip = page(chen, f"/office/payments/{batch_id}/payees/{artist}/")
    for words in ("Letter of direction", "L-1", "900.00", "3,600.00"):
        assert words in slip
    table = chen.get(f"/office/payments/{batch_id}/payees/{artist}/csv/").content.decode("utf-8-sig")
    assert "letters,'-900.000000,EUR" in table or "letters,-900.000000,EUR" in table
    assert ",'=Producer," in table

    member = login(Role.MEMBER, "artist", party_id=artist)
    assert "Why is this less than my royalties?" in page(member, "/portal/payments/")
    why = page(member, f"/portal/payments/{batch_id}/")
    for words in ("Letter of direction", "=Producer", "EUR 4,500.00", "900.00 were taken"):
        assert words in why
    assert b"L-1" in member.get(f"/portal/payments/{batch_id}/csv/").content
    stranger = login(Role.MEMBER, "stranger", party_id=payee("Stranger"))
    assert stranger.get(f"/portal/payments/{batch_id}/").status_code == 404
    assert stranger.get(f"/portal/payments/{batch_id}/csv/").status_code == 404
    send(chen, f"/office/payments/facts/redirection/{number}/end/")
    assert payee_file(artist).redirections[-1].valid_to == now().date()


def test_a_changed_account_is_told_in_the_portal_with_the_day(chen: Client) -> None:
    aigul, _ = payee("Aigül", balance_micro=9_000_000, account=1), payee("Bilal", balance_micro=9_000_000, account=2)
    change_account(aigul, "Aigül", 3)
    BankAccount.objects.filter(party_id=aigul, state="approved").update(decided_at=now() - timedelta(days=1))
    batch_id = paid_now()
    until = (now() + timedelta(days=4)).date().isoformat()
    member = login(Role.MEMBER, "aigul", party_id=aigul)
    shown = page(member, "/portal/payments/")
    assert "Your bank account was changed" in shown
    assert f"until {until}" in shown
    assert f"Paid from {until} on." in page(member, f"/portal/payments/{batch_id}/")
    assert "the bank account was changed, and payments to it wait" in page(chen, f"/office/payments/{batch_id}/")


def test_a_draft_is_not_shown_to_the_member(chen: Client) -> None:
    aigul = payee("Aigül", balance_micro=9_000_000, account=1)
    report = draft_payments(actor=CHEN, at=now(), currency="EUR", on=now().date())
    member = login(Role.MEMBER, "aigul", party_id=aigul)
    assert member.get(f"/portal/payments/{report.batch_id}/").status_code == 404
    assert page(chen, f"/office/payments/{report.batch_id}/payees/{aigul}/")


def test_money_goes_abroad_in_another_currency_through_the_pages(chen: Client, farida: Client) -> None:
    aigul = payee("Aigül", balance_micro=100_000_000, account=1)
    today = now().date().isoformat()
    send(chen, f"/office/payments/payees/{aigul}/", kind="terms", currency="USD", method="transfer")
    address = "/office/payments/policies/"
    assert "Withholding by treaty" in page(chen, address)
    assert "is not a rate" in send(chen, address, base="EUR", quote="USD", rate="x", source="bank", on=today)
    send(chen, address, base="EUR", quote="USD", rate="1.1", source="bank", on=today)
    assert list_rates()[0].rate_nano == 1_100_000_000
    form = {
        "currency": "EUR",
        "minimum": "0",
        "pay_on": today,
        "policy": "plain",
        "pay_in": "USD",
        "method": "transfer",
    }
    query = "&".join(f"{key}={value}" for key, value in form.items())
    assert "USD 110.00" in page(chen, f"/office/payments/new/?{query}")
    shown = send(chen, "/office/payments/new/", **form)
    assert "1 EUR = 1.1 USD (bank" in shown
    batch_id = list_batches().rows[0].id
    send(farida, f"/office/payments/{batch_id}/approve/")
    assert list_orders(batch_id).rows[0].currency == "USD"
    assert "The bank took" in send(farida, f"/office/payments/{batch_id}/exchange/", cost="101")
    assert balance(exchange_difference(), "EUR") == 1_000_000


def test_a_table_of_facts_and_documents_that_end(chen: Client) -> None:
    aigul = payee("Aigül")
    table = (
        "kind,payee,document,country,valid_from,valid_to\n"
        "residence,Aigül,R-1,AU,2020-01-01,2099-01-01\n"
        "residence,Aigül,R-2,AU,2020-01-01,2021-01-01\n"
    )
    shown = send(chen, "/office/payments/facts/import/", file=SimpleUploadedFile("facts.csv", table.encode()))
    assert "It expired on 2021-01-01" in shown
    assert "1 recorded" in shown
    document = payee_file(aigul).documents[0]
    send(chen, f"/office/payments/facts/document/{document.id}/end/")
    assert [row.known_to is None for row in payee_file(aigul).documents] == [False, True]


def test_who_may_see_and_who_may_write(farida: Client) -> None:
    aigul = payee("Aigül")
    auditor = login(Role.AUDITOR)
    assert "Put on file" not in page(auditor, f"/office/payments/payees/{aigul}/")
    denied = auditor.post(f"/office/payments/payees/{aigul}/", {"kind": "terms", "currency": "EUR", "method": "cheque"})
    assert denied.status_code == 403
    assert farida.post("/office/payments/facts/import/").status_code == 403
    member = login(Role.MEMBER, "aigul", party_id=aigul)
    for address in (f"payees/{aigul}/", "proposals/", "policies/"):
        assert member.get(f"/office/payments/{address}").status_code == 403


def test_a_sanction_is_recorded_reviewed_and_lifted_by_a_second_person(chen: Client, farida: Client) -> None:
    frozen = payee("Frozen", balance_micro=50_000_000, account=1)
    address = f"/office/payments/payees/{frozen}/"
    today = now().date().isoformat()
    assert "begins on a day" in send(chen, address, kind="sanction", document="List 7")
    assert "List 7" in send(chen, address, kind="sanction", document="List 7", valid_from=today)
    assert "a sanction forbids to pay this payee (List 7)" in page(chen, "/office/payments/new/?currency=EUR")
    review = {"currency": "EUR", "policy": "plain-1"}
    assert "50.00 wait for what is on file" in send(chen, "/office/holds/act/review/", **review)
    assert balance(held("SANCTION", f"party-{frozen}"), "EUR") == 50_000_000
    told = CliRunner().invoke(build_app(), ["distribution", "holds", "--currency", "EUR"])
    assert "SANCTION" in told.output
    number = payee_file(frozen).documents[0].id
    assert (
        chen.post(f"/office/payments/facts/document/{number}/end/", {"form_token": new_form_token()}).status_code == 403
    )
    send(farida, f"/office/payments/facts/document/{number}/end/")
    done = CliRunner().invoke(build_app(), ["hold", "review", "--currency", "EUR", "--as", "chen"])
    assert (done.exit_code, "EUR 50.00 are payable again" in done.output) == (0, True)
    assert balance(payable(frozen), "EUR") == 50_000_000
    wrong = CliRunner().invoke(build_app(), ["hold", "review", "--currency", "EUR", "--on", "tomorrow"])
    assert isinstance(wrong.exception, UserError)
