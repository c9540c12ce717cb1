"""Pages of papers: anybody has extracts and search certificates, the holder and the desk the certificate."""

from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.pages import now
from muniment.rights.parties.services import register_party
from muniment.rights.registry.models import Registration
from muniment.rights.registry.queries.registrations import RegistrationRow
from muniment.trust.access.rules import Role
from muniment.trust.evidence import services
from muniment.trust.evidence.rules.certificates import State, verify_certificate
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.interfaces.register_office import register
from tests.trust.evidence.logs import AT, OPERATOR, entropy

pytestmark = pytest.mark.django_db


@pytest.fixture
def row() -> RegistrationRow:
    """Return a registration that the log holds."""
    found = register()
    services.sequence(actor=OPERATOR, at=now(), keys=evidence_log.keys(), home=evidence_log.home(), entropy=entropy)
    return found


def holds(answer: Any) -> bool:
    """Say whether an answer is a paper that holds."""
    assert answer.status_code == 200, answer.content[:300]
    assert answer["Content-Type"] == "application/pdf"
    trusted = registry_office.trust_of(None, None, None)
    return verify_certificate(answer.content, trusted, now()).state is State.HOLDS


def test_anybody_has_an_extract_of_any_day(row: RegistrationRow) -> None:
    address = reverse("public:paper_extract", args=[row.registration_number])
    assert "2026-03-25" in page(Client(), f"{address}?on=2026-03-25")
    assert holds(Client().post(address, {"on": "2026-03-25", "known": "2026-03-26", "language": "ur"}))
    assert holds(Client().post(address))
    for wrong in ({"on": "soon"}, {"known": "2026-02-30"}, {"on": "2020-01-01"}, {"language": "xx"}):
        refused = Client().post(address, wrong)
        assert (refused.status_code, b'role="alert"' in refused.content) == (422, True), wrong
    page(Client(), reverse("public:paper_extract", args=["33000000000000001"]), 404)


def test_anybody_has_a_search_certificate(row: RegistrationRow) -> None:
    address = reverse("public:paper_search")
    assert row.certificate_number in page(Client(), f"{address}?asked={row.certificate_number}")
    for asked in (
        {"asked": row.certificate_number},
        {"asked": row.holders[0], "for": "holder", "language": "zh"},
        {"asked": "Nobody", "for": "holder"},
    ):
        assert holds(Client().post(address, asked))
    for wrong in ({}, {"asked": "x" * 400}, {"asked": "—", "for": "holder"}):
        assert Client().post(address, wrong).status_code == 422


def test_an_address_has_so_many_papers_a_day(row: RegistrationRow) -> None:
    address, client = reverse("public:paper_search"), Client()
    with patch("muniment.interfaces.public.papers.PAPERS_A_DAY", 2):
        answers = [client.post(address, {"asked": "nobody", "for": "holder"}).status_code for _ in range(3)]
    assert answers == [200, 200, 422]


def test_the_certificate_is_for_its_holder_and_the_desk(row: RegistrationRow) -> None:
    address = reverse("public:paper_registration", args=[row.certificate_number])
    assert Client().get(address).status_code == 302
    party = register_party(actor=CHEN, at=AT, kind="writer", name="Aigul Sarsenova")
    member = login(Role.MEMBER, "aigul", party)
    page(member, address, 403)
    assert member.post(address).status_code == 403
    Registration.objects.update(party=party)
    assert "identifiers" in page(member, address)
    assert holds(member.post(address, {"language": "zh"}))
    desk = login(Role.REGISTRAR)
    assert row.certificate_number in page(desk, address)
    assert holds(desk.post(address))
    page(login(Role.AUDITOR), address, 403)


def test_before_the_log_holds_it_a_page_says_so() -> None:
    found = register()
    answer = Client().post(reverse("public:paper_extract", args=[found.certificate_number]))
    assert (answer.status_code, b"sequence" in answer.content) == (422, True)
