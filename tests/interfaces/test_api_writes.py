"""The API takes a run from its draft to the bank by the same services as the pages, and refuses as they do."""

from pathlib import Path

import pytest
from django.test import Client

from muniment.interfaces.demo import write_demo_files
from muniment.trust.access.rules import Role
from muniment.trust.ledger.queries import balances
from tests.flows.office import Office, day
from tests.interfaces.browser import login

pytestmark = pytest.mark.django_db


def test_a_run_goes_from_its_draft_to_the_bank(tmp_path: Path) -> None:
    office = Office(tmp_path, write_demo_files(tmp_path, members=20, works=40, seed=5))
    office.import_members(day(0))
    office.import_works(day(1))
    office.licence_and_invoice(day(2))
    office.receive_money(day(30))
    office.match(office.import_usage(day(31)), day(31))
    chen, farida, dewi = (
        login(role, name)
        for name, role in (("chen", Role.DISTRIBUTION), ("farida", Role.FINANCE), ("dewi", Role.AUDITOR))
    )
    funds = [file.fund_code for file, _ in office.files("usage")]
    draft = {"title": "By machine", "policy": "census-1", "fund_codes": funds}
    assert dewi.post("/api/distributions/", draft, content_type="application/json").status_code == 403
    run = chen.post("/api/distributions/", draft, content_type="application/json").json()
    address = f"/api/distributions/{run['id']}"

    assert chen.post(f"{address}/post").status_code == 422  # not computed yet
    assert chen.post(f"{address}/compute").json()["state"] == "computed"
    assert chen.post(f"{address}/approve").status_code in (403, 422)  # not by who made it
    assert farida.post(f"{address}/approve").json()["approved_by"] == "farida"
    assert chen.post(f"{address}/post").json()["state"] == "posted"
    assert chen.post(f"{address}/statements").json()["state"] == "statements"
    assert chen.post(f"{address}/dance").status_code == 422

    owed = sum(balances("payable", "PKR").values())
    body = {"currency": "PKR", "pay_on": "2026-11-30"}
    made = chen.post("/api/payments/batches", body, content_type="application/json").json()
    assert 0 < made["total_micro"] <= owed
    assert chen.post(f"/api/payments/batches/{made['batch_id']}/approve").status_code in (403, 422)
    assert farida.post(f"/api/payments/batches/{made['batch_id']}/approve").json()["state"] == "approved"
    assert sum(balances("payable", "PKR").values()) == owed - made["total_micro"]
    assert Client().post(f"/api/payments/batches/{made['batch_id']}/cancel").status_code == 401
