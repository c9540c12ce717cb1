"""Usage and review in the office and the API: uploads over their columns, decisions by buttons, double posts, roles."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from muniment.interfaces.pages import new_form_token
from muniment.trust.access.rules import Role
from muniment.use.matching import queries as matching
from muniment.use.matching import services
from muniment.use.usages import queries as usages
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

LOG = (
    "Song,Who,Day,Price\nThe Silver Ferry,Garden Collective,2026-07-01,1.00\n"
    "Lantern Song,,2026-07-02,-1\nLantern Song,,2026-07-02,1\n"
)
FACTS = {
    "form": "table",
    "source_code": "HALL",
    "licensee_code": "",
    "fund_code": "live/1",
    "period_from": "2026-07-01",
    "period_to": "2026-10-01",
    "territory": "PK",
    "right": "PR",
    "currency": "PKR",
    "date_order": "",
}


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION)


def send(client: Client, content: bytes | str, **changes: str) -> "object":
    """Post the upload form."""
    data = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile("hall.csv", data)
    return client.post("/office/usage/new/", {**FACTS, **changes, "file": file, "form_token": new_form_token()})


def upload_of(text: str) -> str:
    """Return the token of the upload in the page with the columns."""
    return text.split('name="upload" value="')[1].split('"')[0]


def test_an_upload_goes_over_its_columns_to_a_report(chen: Client) -> None:
    assert "PKR" not in page(chen, "/office/usage/new/")
    shown = send(chen, LOG).content.decode()  # type: ignore[attr-defined]
    assert "Garden Collective" in shown
    form = {**FACTS, "upload": upload_of(shown), "column_title": "Song", "column_performer": "Who"}
    form |= {"column_used_at": "Day", "column_amount": "Price", "mapping_name": "Hall"}
    again = chen.post("/office/usage/import/", {**form, "act": "preview", "form_token": new_form_token()})
    assert "Hall" not in again.content.decode().split("<h2>")[1]
    form |= {"act": "import", "form_token": new_form_token()}
    first = chen.post("/office/usage/import/", form)
    (report,) = usages.list_reports().rows
    assert first["Location"] == f"/office/usage/{report.id}/"
    assert (report.line_count, report.bad_count, report.territory) == (2, 1, 586)
    assert chen.post("/office/usage/import/", form)["Location"] == first["Location"]
    assert usages.list_reports().total == 1
    text = page(chen, f"/office/usage/{report.id}/")
    assert "usage.bad_amount" in text
    assert "2.00 PKR" in text
    assert "hall.csv" in page(chen, "/office/usage/")
    assert "is negative" in page(chen, f"/office/usage/files/{report.intake_id}/problems/")
    assert "remembered as Hall" in send(chen, LOG + " \n").content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "changes", "reason"),
    [
        (b"\x00\x01\x02" * 40, {}, "hall.csv"),
        (b"title\nB\xe4r\n", {}, "utf-8"),
        (b"title\nX\n", {"period_to": "2026-06-01"}, "exchange the two dates"),
        (b"title\nX\n", {"territory": "XX"}, "XX"),
        (b"title\nX\n", {"licensee_code": "NOBODY"}, "No licensee has this number"),
        (b"no dsr at all", {"form": "dsr"}, "DSR"),
    ],
)
def test_a_bad_upload_comes_back_with_the_reason(
    chen: Client, content: bytes, changes: dict[str, str], reason: str
) -> None:
    response = send(chen, content, **changes)
    assert reason in response.content.decode()  # type: ignore[attr-defined]
    assert usages.list_reports().total == 0


@pytest.fixture
def report_id(tmp_path: Path) -> int:
    register_repertoire()
    report_id = import_log(
        write_log(tmp_path, "title,artist\nThe Silver Ferry,Garden Collective\nLantern Song,\n?,\n")
    ).report_id
    assert report_id is not None
    return report_id


def test_a_clerk_matches_decides_and_undoes(chen: Client, report_id: int) -> None:
    response = chen.post(f"/office/usage/{report_id}/match/", {"form_token": new_form_token()})
    assert response["Location"] == f"/office/usage/{report_id}/"
    assert "to be reviewed" in page(chen, f"/office/usage/{report_id}/")
    text = page(chen, "/office/review/?q=lantern")
    assert "review.js" in text
    assert "<script>" not in text
    (item,) = matching.queue().rows
    assert chen.get("/office/review/next/?q=lantern")["Location"] == f"/office/review/{item.id}/?q=lantern"
    assert "title equal" in page(chen, f"/office/review/{item.id}/?q=lantern")
    form = {"verdict": "accept", "form_token": new_form_token()}
    decided = chen.post(f"/office/review/{item.id}/decide/?q=lantern", form)
    assert decided["Location"] == "/office/review/next/?q=lantern"
    assert chen.post(f"/office/review/{item.id}/decide/?q=lantern", form)["Location"] == decided["Location"]
    (decision,) = matching.list_decisions().rows
    assert "Lantern Song" in page(chen, "/office/review/decisions/")
    elsewhere = {"form_token": new_form_token(), "back": "https://example.org/"}
    undone = chen.post(f"/office/review/decisions/{decision.id}/undo/", elsewhere)
    assert undone["Location"] == f"/office/review/{item.id}/"
    assert matching.queue().total == 1


def test_another_work_is_searched_and_picked(chen: Client, report_id: int) -> None:
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    (item,) = matching.queue().rows
    text = page(chen, f"/office/review/{item.id}/?find=silver")
    work_id = text.split('value="pick:')[1].split('"')[0]
    form = {"verdict": f"pick:{work_id}", "source": "RADIO-ONE", "form_token": new_form_token()}
    chen.post(f"/office/review/{item.id}/decide/", form)
    decision = matching.decision_of(item.id)
    assert decision is not None
    assert (decision.work_id, decision.source_code) == (int(work_id), "RADIO-ONE")
    refused = chen.post(f"/office/review/{item.id}/decide/", {"verdict": "nonsense", "form_token": new_form_token()})
    assert refused.status_code == 302
    assert matching.list_decisions().total == 1


def test_the_unidentified_list_is_shown_and_exported(chen: Client, report_id: int, tmp_path: Path) -> None:
    formula = import_log(write_log(tmp_path, "title,artist\n=1+1,Nobody\n", "b.csv"))
    for number in (report_id, formula.report_id or 0):
        services.match_report(actor=CHEN, at=AT, report_id=number)
    assert "Nobody" in page(chen, "/office/unidentified/?q=nobody")
    exported = chen.get("/office/unidentified/export.csv").content.decode()
    assert "'=1+1" in exported
    line = usages.lines(report_id)[1]
    assert "Lantern Song" in page(chen, f"/office/usage/lines/{line.line_id}/")


def test_an_import_is_undone_once(chen: Client, report_id: int) -> None:
    form = {"form_token": new_form_token()}
    assert chen.post(f"/office/usage/{report_id}/undo/", form)["Location"] == "/office/usage/"
    chen.post(f"/office/usage/{report_id}/undo/", form)
    assert usages.get_report(report_id).state == "undone"
    page(chen, "/office/usage/99/", status=404)


@pytest.mark.parametrize("address", ["/office/usage/", "/office/review/", "/office/unidentified/"])
def test_members_and_strangers_stay_outside(address: str) -> None:
    assert login(Role.MEMBER).get(address).status_code == 403
    assert Client().get(address).status_code == 302


def test_an_auditor_reads_and_does_not_decide(report_id: int) -> None:
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    dewi = login(Role.AUDITOR)
    (item,) = matching.queue().rows
    assert "It is this work" not in page(dewi, f"/office/review/{item.id}/")
    page(dewi, "/office/review/", status=403)
    assert dewi.post(f"/office/review/{item.id}/decide/", {"verdict": "accept"}).status_code == 403
    assert dewi.post(f"/office/usage/{report_id}/match/").status_code == 403
    assert matching.list_decisions().total == 0


def test_the_api_reads_and_decides(chen: Client, report_id: int) -> None:
    assert chen.get(f"/api/matching/reports/{report_id}").status_code == 422
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    assert chen.get("/api/usage/reports").json()["rows"][0]["id"] == report_id
    assert chen.get(f"/api/usage/reports/{report_id}/lines").json()[0]["reported"]["title"] == "The Silver Ferry"
    assert chen.get(f"/api/matching/reports/{report_id}").json()["matched_count"] == 1
    item = chen.get("/api/matching/queue").json()["rows"][0]
    assert item["candidates"][0]["reasons"][0][0] == "starting point"
    assert chen.get("/api/matching/unidentified").json()["total"] == 1
    address = f"/api/matching/queue/{item['id']}/decision"
    decided = chen.post(address, {"verdict": "reject"}, content_type="application/json")
    assert decided.json()["refused"] == [found["work_id"] for found in item["candidates"]]
    accepted = chen.post(address, {"verdict": "accept"}, content_type="application/json")
    assert accepted.status_code == 200
    again = chen.post(address, {"verdict": "accept"}, content_type="application/json")
    assert again.status_code == 422
    assert "already" in again.json()["message"]
    assert chen.delete(f"/api/matching/decisions/{accepted.json()['id']}").status_code == 200
    assert Client().get("/api/matching/queue").status_code == 401
