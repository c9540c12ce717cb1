"""Deductions of payees and portions of pools on the pages and in the commands, from the draft to the statement."""

import pytest

from muniment.interfaces.pages import new_form_token
from muniment.interfaces.payee_labels import read_labels
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries, services
from muniment.rights.parties.queries import party_hits
from muniment.trust.access.rules import Role
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import done, refused
from tests.pay.distributions.house import AT, PLAIN_POINTS, House
from tests.pay.distributions.test_payee_deductions import FEES, LOG, RADIO, two_directors

pytestmark = pytest.mark.django_db

PORTIONS = """
[[pools]]
name = "stations"
kind = "census"
funds = ["radio/*"]
[[pools]]
name = "clubs"
kind = "census"
funds = ["club/*"]
[[pools]]
name = "shops"
kind = "analogy"
funds = ["background/*"]
on = { stations = "70 %", clubs = "30 %" }
"""


@pytest.fixture
def house(tmp_path, settings) -> House:
    folder = tmp_path / "files"
    folder.mkdir()
    return House(folder, settings.MUNIMENT_HOME / "policies")


def code_of(party_id: int) -> str:
    return party_hits([party_id])[party_id].code or ""


def test_a_run_is_drafted_with_a_label_and_its_pages_say_what_was_taken(house: House) -> None:
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    chen, bilal = login(Role.DISTRIBUTION, "chen"), house.members["Bilal Khan"]
    sent = {"form_token": new_form_token(), "title": "Films", "policy": "house", "fund": RADIO}
    chen.post("/office/distributions/new/", {**sent, "labels": f"\ncheque={code_of(bilal)}\n"})
    run = queries.get_run_by_number(1)
    house.post(run)
    services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    shown = page(chen, f"/office/distributions/{run.id}/")
    for text in (
        "of these 167.50 from payees",
        "deduction/pension",
        "net_of:fee",
        f"Ledger entry {run.id}"[:12],
        "41.50",
    ):
        assert text in shown, text
    (statement,) = queries.list_statements(party_id=bilal).rows
    member = login(Role.MEMBER, "bilal", party_id=bilal)
    assert "line 34 of the rules" in page(member, f"/portal/statements/{statement.id}/")
    why = page(member, f"/portal/statements/{statement.id}/lines/1/")
    for text in ("not from this line alone", "deduction/cheque", "Rule: house-1, line 17", 'base = "amount_of:fee"'):
        assert (text in why) == (text != 'base = "amount_of:fee"'), text
    assert "-41.50" not in page(chen, "/office/statements/")


def test_a_label_that_is_wrong_is_refused_with_its_remedy(house: House) -> None:
    with pytest.raises(UserError, match="names no label"):
        read_labels(["cheque"])
    with pytest.raises(UserError, match="No party has the code 'W-404'"):
        read_labels(["cheque=W-404"])
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    bilal = code_of(house.members["Bilal Khan"])
    assert read_labels(["", f" cheque = {bilal} "]) == {house.members["Bilal Khan"]: {"cheque"}}
    draft = ("distribution", "draft", "--title", "Films", "--policy", "house", "--fund", RADIO, "--as", "chen")
    assert "Do you mean 'cheque'" in refused(*draft, "--payee-label", f"chek={bilal}")
    assert "is drafted" in done(*draft, "--payee-label", f"cheque={bilal}")
    assert "Deducted from payees" in done("distribution", "compute", "1", "--as", "chen")
    assert "comes to the same in SQL" in done("distribution", "verify", "1")


def test_the_portions_of_a_pool_are_on_the_page(house: House) -> None:
    two_directors(house)
    house.policy(PLAIN_POINTS + PORTIONS)
    house.usage("club/TAU/2026-Q3", "CLUB-TAU", LOG.replace("3:00", "2:00"))
    house.receive("background/BAZAR/2026-Q3", 100)
    run = house.draft("background/BAZAR/2026-Q3")
    house.compute(run)
    (pool,) = queries.pools_of(run.id)
    assert [(row.label, row.net_micro, row.line_count) for row in pool.portions] == [
        ("stations", 70_000_000, 2), ("clubs", 30_000_000, 2),
    ]  # fmt: skip
    shown = page(login(Role.DISTRIBUTION, "chen"), f"/office/distributions/{run.id}/")
    for text in ("the usage of stations", "the usage of clubs", "70.00", "30.00"):
        assert text in shown, text
