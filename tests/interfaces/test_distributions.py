"""Pages, API and commands of distributions."""

import json

import pytest
from django.test import Client
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.interfaces.pages import new_form_token
from muniment.pay.distributions import queries
from muniment.pay.distributions.rules import RunState
from muniment.trust.access.rules import Role
from muniment.use.matching.services import match_report
from tests.cast import CHEN
from tests.interfaces.browser import login
from tests.pay.distributions.society import (
    AT,
    RADIO,
    documented_members,
    finished_run,
    radio_draft,
    radio_report,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def report_id(tmp_path):
    documented_members()
    return radio_report(tmp_path)


@pytest.fixture
def run(report_id):
    return finished_run(report_id)


def step(client, run_id, verb, **data):
    return client.post(
        f"/office/distributions/{run_id}/step/{verb}/", {"form_token": new_form_token(), **data}, follow=True
    ).content.decode()


def test_every_page_of_a_finished_run_shows_its_sums(run):
    chen = login(Role.DISTRIBUTION, "chen")
    statement = queries.list_statements().rows[0]
    pages = {
        "/office/distributions/": "Radio, third quarter",
        f"/office/distributions/{run.id}/": run.digest,
        f"/office/distributions/{run.id}/works/": "Song of the Well",
        f"/office/distributions/{run.id}/payees/": "Bilal Khan",
        f"/office/distributions/{run.id}/allocations/": "of the pool's 2800 points",
        f"/office/distributions/{run.id}/allocations/?status=UNMATCHED": "not identified",
        "/office/distributions/new/": "No fund has money",
        "/office/holds/": "115.357143",
        "/office/holds/?reason=UNMATCHED": "run-1-pool-1",
        "/office/statements/": statement.number,
        f"/office/statements/?run={run.id}": "XLSX",
        "/office/policies/": "Concerts by started minutes",
        "/office/policies/concert-1/": "Each started minute counts one unit.",
    }
    for address, words in pages.items():
        response = chen.get(address)
        assert response.status_code == 200, address
        assert words in response.content.decode(), address
    assert "The parts add up to the pools" in chen.get(f"/office/distributions/{run.id}/").content.decode()


def test_a_statement_can_be_had_in_three_forms(run):
    chen = login(Role.DISTRIBUTION, "chen")
    statement = queries.list_statements().rows[0]
    begins = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b""}
    for form, first in begins.items():
        response = chen.get(f"/office/statements/{statement.id}.{form}?language=ur")
        assert response.status_code == 200
        assert response.getvalue().startswith(first)
        assert f"statement-{statement.number}-ur.{form}" in response["Content-Disposition"]
    assert chen.get(f"/office/statements/{statement.id}.doc").status_code == 404


def test_any_statement_is_found_by_payee_run_and_number(run):
    chen = login(Role.DISTRIBUTION, "chen")
    first, second = queries.list_statements().rows
    for words, shown, hidden in (
        (f"payee={first.party_id}", first, second),
        (f"q={second.number}", second, first),
        (f"run={run.id}&payee={second.party_id}", second, first),
    ):
        listed = chen.get(f"/office/statements/?{words}").content.decode()
        assert f"/office/statements/{shown.id}.csv?language=ur" in listed, words
        assert f"/office/statements/{hidden.id}.csv" not in listed, words
    assert "No statement is like this" in chen.get("/office/statements/?q=9999").content.decode()


def test_two_persons_take_a_run_through_the_pages(report_id):
    match_report(actor=CHEN, at=AT, report_id=report_id)
    run = radio_draft()
    chen, farida = login(Role.DISTRIBUTION, "chen"), login(Role.FINANCE, "farida")
    assert "A second person has to approve it." in step(chen, run.id, "compute")
    assert "Your role does not carry this." in chen.get(f"/office/distributions/{run.id}/").content.decode()
    assert chen.post(f"/office/distributions/{run.id}/step/approve/").status_code == 403
    assert "is approved" in step(farida, run.id, "approve")
    assert "it is approved, and must be computed" in step(farida, run.id, "approve")
    assert "is in the books" in step(chen, run.id, "post")
    assert "are issued" in step(chen, run.id, "statements")
    assert "to the same digest" in step(chen, run.id, "replay")
    assert "is reversed" in step(farida, run.id, "reverse", reason="wrong log")
    assert queries.get_run(run.id).state is RunState.REVERSED


def test_a_form_posted_twice_computes_once(report_id):
    match_report(actor=CHEN, at=AT, report_id=report_id)
    run, chen, token = radio_draft(), login(Role.DISTRIBUTION, "chen"), new_form_token()
    for _ in range(2):
        chen.post(f"/office/distributions/{run.id}/step/compute/", {"form_token": token})
    assert queries.get_run(run.id).allocations_batch_id is not None
    assert "carried out once" in chen.get("/office/distributions/").content.decode()


def test_holds_are_released_by_who_may(run):
    chen = login(Role.DISTRIBUTION, "chen")
    page = chen.post("/office/holds/release/", {"currency": "EUR", "form_token": new_form_token()}, follow=True)
    assert "Nothing can be released" in page.content.decode()
    dewi = login(Role.AUDITOR, "dewi")
    assert dewi.get("/office/holds/").status_code == 200
    assert dewi.post("/office/holds/release/", {"currency": "EUR"}).status_code == 403
    assert dewi.get("/office/distributions/new/").status_code == 403


def test_members_see_none_of_it(run):
    aigul = login(Role.MEMBER, "aigul", party_id=1)
    statement = queries.list_statements().rows[0]
    addresses = [
        "/office/distributions/",
        f"/office/distributions/{run.id}/",
        f"/office/distributions/{run.id}/allocations/",
        "/office/holds/",
        f"/office/statements/{statement.id}.pdf",
        "/api/distributions/",
        f"/api/distributions/{run.id}/allocations",
    ]
    assert {aigul.get(address).status_code for address in addresses} == {403}


def test_the_api_tells_the_sums_of_a_run(run):
    dewi = login(Role.AUDITOR, "dewi")
    detail = json.loads(dewi.get(f"/api/distributions/{run.id}").content)
    assert detail["ties"] is True
    assert detail["gross_micro"] == 1_000_000_000
    assert detail["pools"][0]["points"] == 2_800
    assert json.loads(dewi.get(f"/api/distributions/{run.id}/allocations?limit=2").content)["total"] == 4
    assert json.loads(dewi.get("/api/distributions/statements").content)["total"] == 2
    names = [row["name"] for row in json.loads(dewi.get("/api/distributions/policies").content)]
    assert {"census-1", "concert-1", "flat-1"} <= set(names)
    holds = json.loads(dewi.get("/api/distributions/holds/EUR").content)
    assert [(row["reason"], row["amount_micro"]) for row in holds] == [("UNMATCHED", 115_357_143)]
    assert dewi.get("/api/distributions/999").status_code == 422
    assert Client().get("/api/distributions/").status_code == 401


def test_the_commands_take_a_run_to_its_statements(report_id, monkeypatch):
    match_report(actor=CHEN, at=AT, report_id=report_id)
    monkeypatch.setenv("MUNIMENT_OPERATOR", "chen")
    app, runner = build_app(), CliRunner()

    def muniment(*words):
        result = runner.invoke(app, ["distribution", *words])
        assert result.exception is None, result.exception
        return result.output

    assert "Run 1 is drafted" in muniment("draft", "--title", "Radio", "--policy", "census", "--fund", RADIO)
    assert "115.357143" in muniment("compute", "1")
    assert "approved by farida" in muniment("approve", "1", "--as", "farida")
    assert "Run 1 is posted" in muniment("post", "1")
    assert "2 statements of run 1 are issued" in muniment("statements", "1")
    assert "to the same digest" in muniment("replay", "1")
    assert "Radio" in muniment("show")
    assert "1000.00" in muniment("show", "1")
    assert "Together EUR 115.357143" in muniment("holds", "--currency", "EUR")
    assert "Nothing can be released" in muniment("release", "--currency", "EUR")
    assert "is reversed" in muniment("reverse", "1", "--reason", "wrong log", "--as", "farida")
    assert "census-1" in muniment("policies")
