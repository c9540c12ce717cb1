"""The portal's answer to "why did I get this?": for the member whose line it is, and for nobody else."""

from pathlib import Path

import pytest
from django.test import Client

from muniment.pay.distributions.queries import list_statements
from muniment.trust.access.rules import Role
from tests.interfaces.browser import login, page
from tests.pay.distributions.society import adjusted_later, documented_members, finished_run, radio_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def bilal(tmp_path: Path) -> tuple[Client, Client, int]:
    """Return the browser of the member whose statement it is, that of another member, and the statement's id."""
    aigul_id, bilal_id = documented_members()
    finished_run(radio_report(tmp_path))
    statement_id = list_statements(party_id=bilal_id).rows[0].id
    return (
        login(Role.MEMBER, "bilal", party_id=bilal_id),
        login(Role.MEMBER, "aigul", party_id=aigul_id),
        statement_id,
    )


def test_a_line_opens_everything_it_came_from(bilal: tuple[Client, Client, int]) -> None:
    own, _, statement_id = bilal
    statement = page(own, f"/portal/statements/{statement_id}/")
    assert f"/portal/statements/{statement_id}/lines/1/" in statement
    shown = page(own, f"/portal/statements/{statement_id}/lines/1/")
    for text in (
        "kvarts.csv", "2026-07-02", "Song of the Well", "title equal", "Administration", "Rule: census-1, line 25",
        "807.500000", "1920", "2800", "553.714285", "553.714286", "276.857143", "stated by own", "415.285714",
        "payable/", "by hand", "World",
    ):  # fmt: skip
        assert text in shown, text


def test_nobody_else_finds_the_line(bilal: tuple[Client, Client, int]) -> None:
    own, other, statement_id = bilal
    assert other.get(f"/portal/statements/{statement_id}/lines/1/").status_code == 404
    assert own.get(f"/portal/statements/{statement_id}/lines/3/").status_code == 404
    assert own.get("/portal/statements/999999/lines/1/").status_code == 404
    assert login(Role.FINANCE, "clerk").get(f"/portal/statements/{statement_id}/lines/1/").status_code == 403
    assert Client().get(f"/portal/statements/{statement_id}/lines/1/")["Location"].startswith("/login/")


def test_the_page_turns_around_in_urdu(bilal: tuple[Client, Client, int]) -> None:
    own, _, statement_id = bilal
    own.cookies["django_language"] = "ur"
    assert 'dir="rtl"' in page(own, f"/portal/statements/{statement_id}/lines/2/")


def test_charts_stand_on_the_statement_with_their_figures(bilal: tuple[Client, Client, int]) -> None:
    own, _, statement_id = bilal
    shown = page(own, f"/portal/statements/{statement_id}/")
    for text in ("Income by source", "Income by period of use", "2026-Q3", "100.0 %", "<svg", "415.285714"):
        assert text in shown, text
    assert "<script" not in shown


def test_a_line_of_an_adjustment_opens_the_old_line_what_was_learnt_and_the_money(tmp_path: Path) -> None:
    aigul_id, bilal_id = documented_members()
    report_id = radio_report(tmp_path)
    run = finished_run(report_id)
    adjusted_later(run.id, report_id, aigul_id)
    (statement,) = [row for row in list_statements(party_id=aigul_id).rows if row.adjustment_id]
    own, address = login(Role.MEMBER, "aigul", party_id=aigul_id), f"/portal/statements/{statement.id}"
    assert f"{address}/lines/1/" in page(own, f"{address}/")
    shown = page(own, f"{address}/lines/1/")
    for text in (
        "115.357143", "Nobody Knows This One", "The work was found.", "matched again", "A share was stated", "by hand",
        "Money that waited on hold", "stays as it was", run.known_at.strftime("%Y-%m-%d %H:%M"),
    ):  # fmt: skip
        assert text in shown, text
    assert own.get(f"{address}/lines/2/").status_code == 404
    other = login(Role.MEMBER, "bilal", party_id=bilal_id)
    assert other.get(f"{address}/lines/1/").status_code == 404
    own.cookies["django_language"] = "ur"
    assert 'dir="rtl"' in page(own, f"{address}/lines/1/")
