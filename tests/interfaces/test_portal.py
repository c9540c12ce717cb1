"""The portal: a member finds what is the member's own, and nothing else exists."""

import io
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from muniment.interfaces.portal.details import masked_iban
from muniment.interfaces.portal.statements import parts_of
from muniment.kernel.formats.statements import FORMS
from muniment.pay.distributions.queries import list_statements
from muniment.pay.payments.services import approve_payments, draft_payments
from muniment.rights.works.queries import works_of_party
from muniment.trust.access.rules import Role
from tests.cast import CHEN, FARIDA
from tests.interfaces.browser import login, page
from tests.kernel.formats.statements.sample import sample_statement
from tests.pay.distributions.society import AT, documented_members, finished_run, radio_report

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class Quarter:
    """A paid quarter of two members, and each one's browser."""

    aigul_id: int
    bilal_id: int
    aigul: Client
    bilal: Client

    def statement_of(self, party_id: int) -> int:
        """Return the id of a member's only statement."""
        return list_statements(party_id=party_id).rows[0].id

    def works_of(self, party_id: int) -> set[int]:
        """Return the ids of a member's works."""
        return {hit.id for hit in works_of_party(party_id).rows}


@pytest.fixture
def quarter(tmp_path: Path) -> Quarter:
    aigul_id, bilal_id = documented_members()
    finished_run(radio_report(tmp_path))
    draft = draft_payments(actor=CHEN, at=AT, currency="EUR", on=date(2026, 10, 30), minimum_micro=0)
    approve_payments(actor=FARIDA, at=AT, batch_id=draft.batch_id or 0)
    return Quarter(
        aigul_id,
        bilal_id,
        login(Role.MEMBER, "aigul", party_id=aigul_id),
        login(Role.MEMBER, "bilal", party_id=bilal_id),
    )


def test_a_member_is_led_to_the_own_account(quarter: Quarter) -> None:
    assert quarter.aigul.get("/")["Location"] == "/portal/"
    shown = page(quarter.aigul, "/portal/")
    assert "Aigul Serik" in shown
    assert "Radio, third quarter" in shown
    assert "on its way" in shown


def test_a_member_sees_own_works_with_own_shares(quarter: Quarter) -> None:
    shown = page(quarter.aigul, "/portal/works/")
    assert "Song of the Well" in shown
    assert "Night Market" not in shown
    assert "PR 50.00 %" in shown
    (work_id,) = quarter.works_of(quarter.aigul_id)
    work = page(quarter.aigul, f"/portal/works/{work_id}/")
    assert "performing right" in work
    assert "World" in work
    assert "Bilal Khan" in work


def test_another_members_work_is_not_there(quarter: Quarter) -> None:
    (foreign,) = quarter.works_of(quarter.bilal_id) - quarter.works_of(quarter.aigul_id)
    assert quarter.bilal.get(f"/portal/works/{foreign}/").status_code == 200
    assert quarter.aigul.get(f"/portal/works/{foreign}/").status_code == 404
    assert quarter.aigul.get("/portal/works/999999/").status_code == 404


def test_a_statement_is_read_line_by_line(quarter: Quarter) -> None:
    statement_id = quarter.statement_of(quarter.bilal_id)
    shown = page(quarter.bilal, f"/portal/statements/{statement_id}/")
    for text in ("Song of the Well", "Night Market", "276.857143", "kvarts.csv", "50.00"):
        assert text in shown, text
    assert "Radio, third quarter" in page(quarter.bilal, "/portal/statements/")


def test_another_members_statement_is_not_there(quarter: Quarter) -> None:
    foreign = quarter.statement_of(quarter.bilal_id)
    for ending in ("", "pdf/", "xlsx/", "csv/"):
        assert quarter.bilal.get(f"/portal/statements/{foreign}/{ending}").status_code == 200, ending
        assert quarter.aigul.get(f"/portal/statements/{foreign}/{ending}").status_code == 404, ending
        assert quarter.aigul.get(f"/portal/statements/999999/{ending}").status_code == 404, ending


def test_statements_are_taken_away_as_files(quarter: Quarter) -> None:
    address = f"/portal/statements/{quarter.statement_of(quarter.aigul_id)}/"
    mark = b"\xef\xbb\xbf"
    beginnings = dict.fromkeys(product(["pdf"], ("en", "ur")), b"%PDF") | dict.fromkeys(
        product(["xlsx"], ("en", "ur")), b"PK"
    )
    beginnings |= {("csv", "en"): mark + b"kind,", ("csv", "ur"): mark + "قسم,".encode()}
    for form, language in product(FORMS, ("en", "ur")):
        response = quarter.aigul.get(f"{address}{form}/?language={language}")
        assert response["Content-Type"] == FORMS[form].media_type
        assert response["Content-Disposition"].endswith(f'-{language}.{form}"')
        content = response.getvalue()
        assert content.startswith(beginnings[form, language])
        assert int(response["Content-Length"]) == len(content)
        assert quarter.aigul.get(f"{address}{form}/?language={language}").getvalue() == content
    for missing in ("docx/", "pdf/?language=tlh"):
        assert quarter.aigul.get(f"{address}{missing}").status_code == 404
    content = quarter.aigul.get(f"{address}xlsx/").getvalue()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(1).to_python()
    assert f"{rows[-1][14]:.6f}" in page(quarter.aigul, address)


def test_payments_and_the_bank_account_are_masked(quarter: Quarter) -> None:
    payments = page(quarter.aigul, "/portal/payments/")
    details = page(quarter.aigul, "/portal/details/")
    assert "276.85" in payments
    for shown in (payments, details):
        assert "••••" in shown
    assert "payments go here" in details
    assert "performing right" in details


@pytest.mark.parametrize(("iban", "shown"), [("DE89370400440532013000", "DE89 •••• 3000"), ("", "••••")])
def test_an_iban_is_masked(iban: str, shown: str) -> None:
    assert masked_iban(iban) == shown


PAGES = ["", "works/", "statements/", "payments/", "details/"]


def test_staff_and_strangers_are_refused() -> None:
    staff = {role: login(role, role.value) for role in Role if role is not Role.MEMBER}
    for ending in PAGES:
        for role, client in staff.items():
            assert client.get(f"/portal/{ending}").status_code == 403, (ending, role)
        assert Client().get(f"/portal/{ending}")["Location"].startswith("/login/")


def test_pages_turn_around_in_urdu(quarter: Quarter) -> None:
    quarter.aigul.cookies["django_language"] = "ur"
    for ending in PAGES:
        assert 'dir="rtl"' in page(quarter.aigul, f"/portal/{ending}")


def test_a_member_without_anything_sees_empty_pages_that_say_so(quarter: Quarter) -> None:
    newcomer = login(Role.MEMBER, "gulnara", party_id=quarter.aigul_id + 10_000)
    assert newcomer.get("/portal/").status_code == 404
    assert "no statement yet" in page(newcomer, "/portal/statements/")
    assert "No work is registered" in page(newcomer, "/portal/works/")
    assert "no payment yet" in page(newcomer, "/portal/payments/")


def test_members_read_their_payments_by_the_api_and_nothing_else(quarter: Quarter) -> None:
    (payment,) = quarter.aigul.get("/api/payments/mine").json()
    assert payment["party_id"] == quarter.aigul_id
    assert quarter.aigul.get("/api/payments/batches").status_code == 403
    clerk = login(Role.FINANCE, "farida")
    assert clerk.get("/api/payments/mine").status_code == 403
    (batch,) = clerk.get("/api/payments/batches").json()["rows"]
    assert clerk.get(f"/api/payments/batches/{batch['id']}").json() == batch
    orders = clerk.get(f"/api/payments/batches/{batch['id']}/orders").json()
    assert sum(order["amount_micro"] for order in orders["rows"]) == batch["total_micro"] == batch["open_micro"]
    assert clerk.get("/api/payments/waiting?currency=EUR").json()["order_count"] == 0
    assert clerk.get("/api/payments/waiting?currency=EURO").status_code == 422
    assert Client().get("/api/payments/mine").status_code == 401


@pytest.mark.parametrize(("first", "last", "counts"), [(0, 6, [4, 2]), (0, 3, [3]), (3, 5, [1, 1]), (5, 9, [1])])
def test_lines_are_paged_across_sections(first: int, last: int, counts: list[int]) -> None:
    parts = parts_of(sample_statement(6).sections, first, last)
    assert [len(part.lines) for part in parts] == counts
    assert [number for part in parts for number, _line in part.numbered] == list(range(first + 1, min(last, 6) + 1))
