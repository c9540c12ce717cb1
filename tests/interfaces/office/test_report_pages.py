"""Pages and commands of reports and clocks: each figure leads to its postings; the funnel is a picture and a table."""

import json
import re
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import load_workbook

from muniment.interfaces.office._funnel import WIDTH, picture_of
from muniment.interfaces.pages import new_form_token
from muniment.pay.distributions.queries.funnels import Funnel
from muniment.trust.access.rules import Role
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entry
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import done, muniment, refused

AT = datetime(2025, 12, 31, 12, tzinfo=UTC)
EURO = 1_000_000

pytestmark = pytest.mark.django_db

COSTS = b"reference,kind,category,amount,currency,paid_on\nR-1,operating,=rent,10,EUR,2025-06-01\n"


@pytest.fixture
def books() -> None:
    """Receive a hundred euros in 2025, keep fifteen, attribute eighty-five, pay fifty."""
    radio = "fund/radio/=LIC/2025"
    moved = [
        ("in", "receipt", date(2025, 2, 1), "bank", radio, 100),
        ("distribution/1/pool/1", "distribution", date(2025, 5, 1), radio, "payable/7", 85),
        ("fee", "distribution", date(2025, 5, 1), radio, "deduction/administration", 15),
        ("payment-batch/1", "payment order", date(2025, 6, 1), "payable/7", "transit/1", 50),
        ("payment/1/paid", "payment paid", date(2025, 6, 2), "transit/1", "bank", 50),
        ("cost/R-0", "cost", date(2025, 7, 1), "cost/operating/rent", "bank", 8),
    ]
    for key, kind, on, debit, credit, euros in moved:
        draft = EntryDraft(key, kind, on, "EUR", (TransferDraft(debit, credit, euros * EURO),))
        post_entry(actor=CHEN, at=AT, draft=draft)


def test_nothing_booked_gives_pages_that_say_so() -> None:
    assert "No report is published yet" in page(Client(), "/public/transparency/")
    client = login(Role.AUDITOR)
    assert "Nothing has been booked yet" in page(client, "/office/reports/")
    assert "Nothing was booked up to the end" in page(client, "/office/reports/transparency/2025/")
    assert "No clock is running" in page(client, "/office/clocks/")
    assert "Nothing was booked that fits" in page(client, "/office/reports/balance/")
    assert "There is no report of the year 26" in page(client, "/office/reports/transparency/26/", 404)
    assert client.get("/office/reports/transparency/2025/postings/?line=moon&currency=EUR").status_code == 404


def test_every_figure_of_the_report_leads_to_postings_that_sum_to_it(books: None) -> None:
    client = login(Role.AUDITOR)
    assert "/office/reports/transparency/2025/" in page(client, "/office/reports/")
    report = page(client, "/office/reports/transparency/2025/")
    assert "All checks have difference 0." in report
    assert "8.00" in report
    links = re.findall(r'<td class="money"><a href="([^"]+)">([^<]+)</a>', report)
    assert len(links) >= 10
    for address, amount in links:
        shown = page(client, address.replace("&amp;", "&"))
        assert amount in shown
        assert "No posting counts" not in shown
    opened = "/office/reports/transparency/2025/postings"
    asked = "?line=paid&currency=EUR&use=radio"
    assert b"payment/1/paid" in client.get(f"{opened}.csv{asked}").content
    book = load_workbook(BytesIO(client.get(f"{opened}.xlsx{asked}").content))
    assert book.get_sheet_by_index(0).to_python()[1][2] == date(2025, 6, 2)
    assert client.get(f"{opened}.pdf{asked}").status_code == 404
    assert b"cost_of_revenue" in client.get("/office/reports/transparency/2025/report.csv").content
    assert client.get("/office/reports/transparency/2025/report.xlsx").content[:2] == b"PK"


def test_the_balance_is_cut_by_any_dimension_and_sent_as_a_file(books: None) -> None:
    client = login(Role.AUDITOR)
    shown = page(client, "/office/reports/balance/?by=word&by=year&currency=eur&from=2025-05-01&to=2025-05-31")
    assert "administration" not in shown
    assert "2025" in shown
    sent = client.get("/office/reports/balance/?by=counterparty&csv=1").content.decode("utf-8-sig")
    assert "'=LIC,EUR" in sent
    assert "no dimension" in page(client, "/office/reports/balance/?by=moon", 404)
    assert client.get("/office/reports/balance/?from=2025-02-31").status_code == 404


def test_a_report_is_published_by_who_may_and_costs_are_booked_from_a_form(books: None) -> None:
    finance, staff = login(Role.FINANCE, "farida"), login(Role.DISTRIBUTION, "chen")
    place = "/office/reports/transparency/2025/"
    assert "Two persons publish a report" in page(finance, place)
    sent = {"form_token": new_form_token()}
    refused_first = finance.post(f"{place}publish/", sent, follow=True, headers={"referer": place})
    assert "waits to be published" in refused_first.content.decode()
    assert finance.post(f"{place}prepare/", {"form_token": new_form_token()}).status_code == 403
    prepared = staff.post(f"{place}prepare/", {"form_token": new_form_token()}, follow=True).content.decode()
    assert "figures are sealed. A second person" in prepared
    assert "You prepared it yourself" in prepared
    assert "Prepared by chen" in page(finance, place)
    sent = {"form_token": new_form_token()}
    answer = finance.post(f"{place}publish/", sent, follow=True).content.decode()
    assert "The report is published" in answer
    assert "/public/transparency/2025/" in answer
    anybody = Client()
    assert "/public/transparency/2025/" in page(anybody, "/public/transparency/")
    published = page(anybody, "/public/transparency/2025/")
    assert "50.00" in published
    assert "15.00" in published
    assert "postings" not in published
    assert b"paid,paid,EUR" in anybody.get("/public/transparency/2025/report.csv").content
    assert anybody.get("/public/transparency/2024/").status_code == 404
    assert login(Role.AUDITOR).post("/office/reports/transparency/2025/publish/", sent).status_code == 403
    for content, words in ((COSTS, "is no name"), (COSTS.replace(b"=rent", b"rent"), "1 lines of costs are booked")):
        form = {"form_token": new_form_token(), "file": SimpleUploadedFile("c.csv", content)}
        answer = finance.post("/office/reports/costs/", form, follow=True, headers={"referer": "/office/reports/"})
        assert words in answer.content.decode()


def test_clocks_are_shown_with_the_money_behind_them(books: None) -> None:
    client = login(Role.AUDITOR)
    shown = page(client, "/office/clocks/?on=2026-10-01")
    assert "late" in shown
    links = re.findall(r'<a href="(/office/clocks/money/[^"]+)">35.00 EUR</a>', shown)
    assert "payable/7" in page(client, links[0].replace("&amp;", "&"))
    assert "/office/transparency" not in shown
    assert "/office/reports/transparency/2025/" in shown
    assert "No money stands behind" in page(client, "/office/clocks/money/?clock=moon")
    assert client.get("/office/clocks/?on=2026-02-31").status_code == 404


def test_the_commands_tell_the_same(books: None, tmp_path: Path) -> None:
    assert "checks, difference 0" in done("report", "transparency", "--year", "2025")
    out = tmp_path / "r.json"
    done("report", "transparency", "--year", "2025", "--format", "json", "--out", str(out))
    rows = json.loads(out.read_text())
    assert {row["Amount"] for row in rows if row["Line"] == "paid"} == {"50.000000"}
    for form in ("csv", "xlsx"):
        done("report", "transparency", "--year", "2025", "--format", form, "--out", str(tmp_path / f"r.{form}"))
    assert (tmp_path / "r.csv").read_text("utf-8-sig").startswith("Section,Line")
    assert (tmp_path / "r.xlsx").read_bytes()[:2] == b"PK"
    assert "needs a file" in refused("report", "transparency", "--year", "2025", "--format", "xlsx")
    assert "no format" in refused("report", "transparency", "--year", "2025", "--format", "pdf1")
    shown = done("report", "postings", "paid", "--year", "2025", "--currency", "EUR", "--use", "radio")
    assert "1 postings, together 50.000000" in shown
    costs = tmp_path / "c.csv"
    costs.write_bytes(COSTS)
    assert "is no name" in refused("report", "costs", str(costs), "--as", "farida")
    costs.write_bytes(COSTS.replace(b"=rent", b"rent"))
    assert "1 lines, 1 booked" in done("report", "costs", str(costs), "--as", "farida")
    assert "is prepared" in done("report", "prepare", "--year", "2025", "--as", "chen")
    assert "second person" in refused("report", "publish", "--year", "2025", "--as", "chen")
    assert "is published" in done("report", "publish", "--year", "2025", "--as", "farida")


def test_the_clocks_command_leaves_1_when_something_is_late(books: None) -> None:
    late = muniment("clocks", "--on", "2026-10-01")
    assert (late.status, "late distribution 2025 payable 2026-09-30 1 EUR 35.00" in late.out) == (1, True)
    assert "0 late" in done("clocks", "--on", "2025-12-30")
    assert "in time distribution" in done("clocks", "--on", "2025-12-30", "--all")
    assert "is not a date" in refused("clocks", "--on", "soon")


def test_the_funnel_is_drawn_to_scale_and_mirrored(settings: object) -> None:
    from django.utils.translation import override

    funnel = Funnel(1_000, 150, 250, 100, 40, 10, 400, 50, posted=True)
    assert (funnel.difference_micro, funnel.allocated_micro) == (0, 550)
    picture = picture_of(funnel)
    assert picture is not None
    tall = {node.label: node.height for node in picture.nodes}
    assert tall["Received"] == 220
    assert tall["Allocated"] == 121
    assert [node.label for node in picture.nodes][:5] == ["Received", "Deducted", "Held", "Back in funds", "Allocated"]
    with override("ur"):
        mirrored = picture_of(funnel)
    assert mirrored is not None
    assert [node.x + other.x + picture.bar for node, other in zip(picture.nodes, mirrored.nodes, strict=True)] == [
        WIDTH
    ] * len(picture.nodes)
    assert picture_of(None) is None
    assert picture_of(Funnel(0, 0, 0, 0, 0, 0, 0, 0, posted=True)) is None
