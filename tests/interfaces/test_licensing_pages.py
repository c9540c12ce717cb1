"""The licensing pages, commands and API: who may, what is shown, and a form that acts once."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.interfaces.demo import write_demo_files
from muniment.trade.licensing import queries, services
from muniment.trade.licensing.rules.fees import Basis
from muniment.trust.ledger.queries import balance
from tests.cast import CHEN
from tests.interfaces.browser import login

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
M = 1_000_000
TARIFFS = (Path(__file__).parents[1] / "trade" / "licensing" / "tariffs.toml").read_text(encoding="utf-8")
PAGES = ("licences", "licensees", "tariffs", "invoices", "arrears", "funds")


@pytest.fixture
def invoice() -> queries.InvoiceRow:
    services.publish_tariffs(actor=CHEN, at=AT, text=TARIFFS)
    licensee = services.register_licensee(actor=CHEN, at=AT, name="Radio One (invented)", code="LIC-1")
    licence = services.grant_licence(
        actor=CHEN,
        at=AT,
        licensee_id=licensee,
        tariff_code="RADIO",
        valid_from=date(2026, 1, 1),
        basis=Basis(revenue_micro=10_000_000 * M),
    )
    return services.issue_invoice(
        actor=CHEN,
        at=AT,
        licence_code=licence.code,
        period_from=date(2026, 7, 1),
        period_to=date(2026, 10, 1),
        issued_on=date(2026, 10, 2),
    )


@pytest.mark.parametrize("name", PAGES)
def test_staff_see_the_pages_and_others_do_not(name: str, invoice: queries.InvoiceRow) -> None:
    address = reverse(f"office:{name}")
    assert login("auditor", "dewi").get(address).status_code == 200
    assert login("member", "aigul").get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_an_auditor_reads_but_finds_no_form_and_may_not_post(invoice: queries.InvoiceRow) -> None:
    client = login("auditor", "dewi")
    for name in PAGES:
        page = client.get(reverse(f"office:{name}")).content.decode()
        assert "form_token" not in page
    answer = client.post(reverse("office:licensees"), {"name": "X", "form_token": "a"})
    assert answer.status_code in (200, 403)
    assert len(queries.list_licences()) == 1
    assert client.post(reverse("office:tariffs"), {"text": TARIFFS, "form_token": "b"}).status_code in (200, 403)


def test_a_receipt_posted_twice_is_booked_once(invoice: queries.InvoiceRow) -> None:
    client = login("finance", "farida")
    address = reverse("office:invoice", args=[invoice.number])
    sent = {"act": "receive", "form_token": "t1", "reference": "B-1", "amount": "1000.50", "received_on": "2026-10-20"}
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 302
    assert balance("bank", "PKR") == 1_000_500_000
    page = client.get(address).content.decode()
    assert "partly paid" in page
    assert "B-1" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": "-5"}, "not above zero"),
        ({"amount": "five"}, "is not an amount"),
        ({"amount": "99999999"}, "more than what is open"),
        ({"received_on": "2026-09-01"}, "before INV-2026-00001 was issued"),
        ({"received_on": "2026-13-01"}, "valid date"),
        ({"reference": ""}, "required"),
    ],
)
def test_a_wrong_receipt_is_shown_with_its_reason_and_books_nothing(
    invoice: queries.InvoiceRow, change: dict[str, str], words: str
) -> None:
    client = login("finance", "farida")
    sent = {"act": "receive", "form_token": "t1", "reference": "B-1", "amount": "10", "received_on": "2026-10-20"}
    answer = client.post(reverse("office:invoice", args=[invoice.number]), sent | change)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert balance("bank", "PKR") == 0


def test_a_receipt_is_reversed_and_the_invoice_cancelled_from_its_page(invoice: queries.InvoiceRow) -> None:
    client = login("distribution", "chen")
    address = reverse("office:invoice", args=[invoice.number])
    received = {"act": "receive", "form_token": "1", "reference": "B-1", "amount": "10", "received_on": "2026-10-20"}
    client.post(address, received)
    why = {"on": "2026-10-21", "reason": "recalled"}
    refused = client.post(address, {"act": "cancel", "form_token": "2", **why})
    assert "has receipts" in refused.content.decode()
    assert client.post(address, {"act": "reverse", "form_token": "3", "reference": "B-1", **why}).status_code == 302
    assert client.post(address, {"act": "cancel", "form_token": "4", **why}).status_code == 302
    assert queries.get_invoice(invoice.number).state == "cancelled"


def test_a_tariff_page_explains_a_fee(invoice: queries.InvoiceRow) -> None:
    client = login("licensing", "lina")
    address = reverse("office:tariff", args=[queries.tariff_in_force("RADIO", date(2026, 7, 1)).id])
    page = client.get(address, {"revenue": "1000000"}).content.decode()
    assert "3.50 % of the revenue of 1000000.00" in page
    assert "at least 250000.00" in page
    assert "not an amount" in client.get(address, {"revenue": "1,5"}).content.decode()
    assert "is not declared" in client.get(address, {"revenue": ""}).content.decode()


def test_the_whole_way_through_the_forms() -> None:
    client = login("distribution", "chen")
    client.post(reverse("office:tariffs"), {"text": TARIFFS, "form_token": "1"})
    client.post(reverse("office:licensees"), {"code": "LIC-9", "name": "Bar (invented)", "form_token": "2"})
    licensee = queries.list_licences()
    assert licensee == ()
    page = client.get(reverse("office:licensees")).content.decode()
    assert "LIC-9" in page
    grant = {
        "licensee": str(_party("LIC-9")),
        "tariff": "BAR",
        "territory": "586",
        "right": "PR",
        "valid_from": "2026-01-01",
        "area": "120.5",
        "days": "92",
        "form_token": "3",
    }
    backwards = client.post(reverse("office:licences"), grant | {"valid_to": "2025-01-01", "form_token": "x"})
    assert "before it begins" in backwards.content.decode()
    assert client.post(reverse("office:licences"), grant).status_code == 302
    issue = {"licence": "", "period": "2026-Q3", "issued_on": "2026-10-05", "form_token": "4"}
    assert "not a period" in client.post(reverse("office:invoices"), issue | {"period": "Q3"}).content.decode()
    answer = client.post(reverse("office:invoices"), issue | {"form_token": "5"}, follow=True)
    assert "INV-2026-00001 is issued to Bar (invented)." in answer.content.decode()
    assert queries.get_invoice("INV-2026-00001").amount_micro == 27_715_000_000
    again = client.post(reverse("office:invoices"), issue | {"form_token": "6"}, follow=True)
    assert "is invoiced by INV-2026-00001" in again.content.decode()
    assert "general/LIC-9/2026-Q3" in client.get(reverse("office:funds")).content.decode()
    assert "INV-2026-00001" in client.get(reverse("office:arrears"), {"on": "2026-12-01"}).content.decode()
    assert client.get(reverse("office:arrears"), {"on": "nonsense"}).status_code == 200


def _party(code: str) -> int:
    from muniment.rights.parties.queries import ids_by_code

    return ids_by_code([code])[code]


def test_a_table_of_receipts_tells_each_line(invoice: queries.InvoiceRow) -> None:
    client = login("finance", "farida")
    table = (
        "Reference,Invoice,Amount,Currency,Received on\r\n"
        "B-1,INV-2026-00001,100.00,PKR,2026-10-20\r\n"
        "B-1,INV-2026-00001,50.00,PKR,2026-10-21\r\n"
        "B-2,INV-2026-00001,-7,PKR,2026-10-21\r\n"
        "B-3,INV-2026-00001,7,XQQ,2026-10-21\r\n"
        "B-4,INV-2026-09999,7,PKR,2026-10-21\r\n"
        "B-5,INV-2026-00001,7,PKR,2026-09-21\r\n"
        ",INV-2026-00001,7,PKR,2026-10-21\r\n"
    )
    upload = SimpleUploadedFile("bank.csv", table.encode(), "text/csv")
    answer = client.post(reverse("office:import_licensing", args=["receipts"]), {"file": upload, "form_token": "1"})
    page = answer.content.decode()
    assert "1 of 7 lines were taken" in page
    for words in (
        "was posted on",
        "not above zero",
        "is not a currency",
        "No invoice has",
        "was issued on",
        "gives no",
    ):
        assert words in page
    assert balance("bank", "PKR") == 100 * M
    again = SimpleUploadedFile("bank.csv", table.encode(), "text/csv")
    refused = client.post(reverse("office:import_licensing", args=["receipts"]), {"file": again, "form_token": "2"})
    assert "This file was imported on" in refused.content.decode()
    assert client.get(reverse("office:import_licensing", args=["songs"])).status_code == 404


def test_the_api_reads_what_the_role_may(invoice: queries.InvoiceRow) -> None:
    client = login("auditor", "dewi")
    [found] = client.get("/api/licensing/invoices").json()
    assert (found["number"], found["total_micro"], found["state"]) == (invoice.number, 406_000 * M, "open")
    assert client.get(f"/api/licensing/invoices/{invoice.number}").json()["fund_code"] == "radio/LIC-1/2026-Q3"
    assert client.get("/api/licensing/invoices/INV-1").status_code == 422
    assert len(client.get("/api/licensing/tariffs").json()) == 2
    assert len(client.get("/api/licensing/licences", {"on": "2026-07-01"}).json()) == 1
    assert client.get("/api/licensing/arrears", {"on": "2026-12-01"}).json()[0]["days_late"] == 30
    assert client.get("/api/licensing/funds").json()[0]["balance_micro"] == 0
    assert login("member", "aigul").get("/api/licensing/invoices").status_code == 403
    assert Client().get("/api/licensing/invoices").status_code == 401


def test_the_commands_take_the_demonstration_files(tmp_path: Path) -> None:
    write_demo_files(tmp_path, members=10, works=25, seed=1)
    runner, app = CliRunner(), build_app()

    def run(*words: str) -> str:
        result = runner.invoke(app, ["licence", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    run("tariff", "publish", str(tmp_path / "tariffs.toml"))
    assert "4 of 4" in run("licensee", "import", str(tmp_path / "licensees.csv"))
    assert "4 of 4" in run("import", str(tmp_path / "licences.csv"))
    run("invoice", "issue", "2026-Q3", "--issued-on", "2026-10-05")
    assert "5 of 5" in run("receipt", "import", str(tmp_path / "receipts.csv"))
    run("tariff", "list"), run("list"), run("invoice", "list"), run("funds")  # they print without an error
    assert [row.licensee_code for row in queries.arrears(date(2026, 12, 31))] == ["LIC-0003"]
    assert "INV" in run("arrears", "--on", "2026-12-31")
    run("receipt", "reverse", "BK-LIC-0003-01", "--reason", "recalled", "--on", "2026-11-30")
    run("invoice", "cancel", "INV-2026-00003", "--reason", "wrong area", "--on", "2026-11-30")
    run("invoice", "issue", "2026-Q3", "--licence", "L-2026-0003", "--area", "80", "--issued-on", "2026-12-01")
    assert queries.get_invoice("INV-2026-00005").basis.area_dm2 == 8_000
