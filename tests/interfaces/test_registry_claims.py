"""A new holder takes up a registration on the pages: a code at the desk, the portal, the desk again; pledges change."""

import re
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from muniment.rights.registry.queries.registrations import RegistrationRow, get_registration, recordals_of
from muniment.trust.access.rules import Role
from tests.cast import DEWI, GULNAR
from tests.interfaces.browser import login, page
from tests.rights.registry.estate import AT, BANK, give, pledge
from tests.rights.registry.parties import member

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """Let every page read one hour."""
    modules = ("office.registry_claims", "office.registry_register", "office._registry_parts", "portal.registry_claims")
    patches = [patch(f"muniment.interfaces.{name}.now", lambda: LATER) for name in modules]
    for one in patches:
        one.start()
    yield
    for one in patches:
        one.stop()


@pytest.fixture
def gulnar() -> Client:
    """Return the browser of a registrar."""
    return login(Role.REGISTRAR, GULNAR.name)


@pytest.fixture
def silk() -> RegistrationRow:
    """Return a registration in force that no member stands behind."""
    return give()


def _issue(gulnar: Client, row: RegistrationRow) -> str:
    """Issue a code at the desk and return it as the page shows it."""
    address = reverse("office:registry_claim_issue", args=[row.certificate_number])
    response = gulnar.post(address, {"days": "30", "form_token": "issue"})
    assert "no-store" in response["Cache-Control"]
    found = re.search(r"<code dir=\"ltr\">([A-Z2-7-]+)</code>", response.content.decode())
    assert found is not None
    return found[1]


def test_a_code_leads_from_the_desk_to_the_portal_and_back(gulnar: Client, silk: RegistrationRow) -> None:
    code = _issue(gulnar, silk)
    assert code not in page(gulnar, reverse("office:registry_claim", args=[silk.certificate_number]))
    dyers = login(Role.MEMBER, "dyers", member("Dyers"))
    own = reverse("portal:registry_claims")
    assert "No registration is yours" in page(dyers, own)
    wrong = dyers.post(own, {"code": "AAAA-BBBB"})
    assert wrong.status_code == 422
    assert "There is no such code" in wrong.content.decode()
    assert "a registrar decides" in dyers.post(own, {"code": code.lower()}, follow=True).content.decode()
    assert silk.certificate_number in page(gulnar, reverse("office:registry_claims"))
    assert "Dyers" in page(gulnar, reverse("office:registry_claim", args=[silk.certificate_number]))
    granted = gulnar.post(reverse("office:registry_claim_grant", args=[silk.certificate_number]), follow=True)
    assert "stands behind the registration now" in granted.content.decode()
    assert silk.title in page(dyers, own)
    assert "No registration is yours" not in page(dyers, own)


def test_a_claim_is_refused_with_its_reason(gulnar: Client, silk: RegistrationRow) -> None:
    others = login(Role.MEMBER, "others", member("Others"))
    others.post(reverse("portal:registry_claims"), {"code": _issue(gulnar, silk)})
    address = reverse("office:registry_claim_refuse", args=[silk.certificate_number])
    assert gulnar.post(address, {"reason": ""}).status_code == 422
    gulnar.post(address, {"reason": "Not the holder"})
    assert "Not the holder" in page(others, reverse("portal:registry_claims"))
    row = get_registration(silk.certificate_number)
    assert row is not None
    assert row.party_id is None


def test_who_looks_does_not_issue(silk: RegistrationRow) -> None:
    dewi = login(Role.AUDITOR, DEWI.name)
    assert "Issue a code" not in page(dewi, reverse("office:registry_claim", args=[silk.certificate_number]))
    assert dewi.post(reverse("office:registry_claim_issue", args=[silk.certificate_number])).status_code == 403


def test_a_pledge_is_amended_assigned_and_steps_behind(gulnar: Client, silk: RegistrationRow) -> None:
    first, second = pledge(silk.certificate_number), pledge(silk.certificate_number, BANK)
    address = reverse("office:registry_recordal", args=[first.number, "amend"])
    assert 'value="1000000.00"' in page(gulnar, address)
    more = {"amount": "2000000", "currency": "cny", "until_on": "2028-09-08", "document": "Agreement 3"}
    assert "which would secure more" in gulnar.post(address, more).content.decode()
    assert "is amended" in gulnar.post(address, more | {"consent": "Letter 4"}, follow=True).content.decode()
    step = reverse("office:registry_recordal", args=[first.number, "subordinate"])
    gulnar.post(step, {"behind": second.number, "document": "Letter 5"})
    assign = reverse("office:registry_recordal", args=[first.number, "assign"])
    gulnar.post(assign, {"name": "Invented Fund", "document": "Assignment 6"})
    found = {one.number: (one.rank, one.counterpart, one.amount_micro) for one in recordals_of(silk.certificate_number)}
    assert found == {
        first.number: (2, "Invented Fund", 2_000_000_000_000),
        second.number: (1, BANK.name, 1_000_000_000_000),
    }
    shown = page(gulnar, reverse("office:registry_registration", args=[silk.certificate_number]))
    for words in ("Assignment 6", "Stepped behind another", "Letter 4", "Advanced in rank"):
        assert words in shown
