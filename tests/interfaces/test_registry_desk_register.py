"""The register at the desk: found, shown with versions and liens, written to; figures of a year."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from muniment.rights.registry.queries.registrations import RegistrationRow, get_registration, recordals_of
from muniment.rights.registry.rules.application import Kind
from muniment.trust.access.rules import Role
from tests.cast import GULNAR
from tests.interfaces.browser import login, page
from tests.interfaces.test_registry_desk import Clock
from tests.interfaces.test_registry_desk import clock as clock
from tests.rights.registry.estate import AT, SILK, apply, give, pledge

pytestmark = pytest.mark.django_db
LICENCE = {"name": "Märchen Läden GmbH", "from_on": "2026-10-09", "until_on": "2027-10-08", "description": "one shop"}
PLEDGE = {"name": "Bank of the Valley", "from_on": "2026-10-09", "amount": "1000000", "currency": "cny"}


@pytest.fixture
def gulnar(clock: Clock) -> Iterator[Client]:
    """Return the browser of a registrar, a day after what the estate's tests grant."""
    clock.at = AT + timedelta(days=1)
    return login(Role.REGISTRAR, GULNAR.name)


@pytest.fixture
def silk() -> RegistrationRow:
    """Return a registration in force."""
    return give()


def write(client: Client, row: RegistrationRow, name: str, /, **fields: object) -> str:
    """Send the form of an entry; return what page follows."""
    address = reverse("office:registry_record", args=[row.certificate_number, name])
    return str(client.post(address, fields, follow=True).content.decode())


def test_the_register_is_empty_then_found_by_words_holder_and_number(gulnar: Client) -> None:
    register = reverse("office:registrations")
    assert "Nothing is registered yet" in page(gulnar, register)
    row = give()
    for query in ("", "?q=Sichou", f"?q={row.certificate_number}", "?holder=西湖", "?industry=I65&state=in_force"):
        assert SILK.title in page(gulnar, register + query), query
    assert "Nothing in the register fits" in page(gulnar, register + "?q=nothing&state=nonsense")


def test_a_registration_shows_its_versions_and_liens_by_rank(gulnar: Client, silk: RegistrationRow) -> None:
    address = reverse("office:registry_registration", args=[silk.certificate_number])
    shown = page(gulnar, address)
    assert "No pledge is recorded" in shown
    assert "First registration" in shown
    assert SILK.applicants[0].name in shown
    assert "Clerk Chu" not in shown
    assert "Revoke the registration" not in shown
    pledge(silk.certificate_number)
    shown = page(gulnar, reverse("office:registry_registration", args=[silk.registration_number]))
    assert "1,000,000" in shown
    assert "Record the creditor" not in shown
    page(gulnar, reverse("office:registry_registration", args=["nothing"]), 404)


def test_licences_and_pledges_are_recorded_and_ended(gulnar: Client, silk: RegistrationRow) -> None:
    assert "It takes the rank after" in page(
        gulnar, reverse("office:registry_record", args=[silk.certificate_number, "pledge"])
    )
    assert "licence is recorded" in write(gulnar, silk, "licence", **LICENCE)
    refused = write(gulnar, silk, "pledge", **PLEDGE | {"amount": "1,5"})
    assert "is not an amount" in refused
    assert "Bank of the Valley" in refused
    assert "rank 1, not 2" in write(gulnar, silk, "pledge", **PLEDGE, rank="2")
    assert "pledge is recorded" in write(gulnar, silk, "pledge", **PLEDGE)
    assert "consent" in write(gulnar, silk, "licence", **LICENCE)
    licence, lien = recordals_of(silk.certificate_number)
    end = reverse("office:registry_recordal", args=[lien.number, "end"])
    gulnar.post(end, {"ended_on": "2026-10-10", "reason": "paid back"})
    assert [one.state for one in recordals_of(silk.certificate_number)] == ["active", "active"]
    shown = gulnar.post(end, {"ended_on": "2026-10-10", "reason": "paid back", "confirmed": "on"}, follow=True)
    assert "It has ended" in shown.content.decode()
    again = gulnar.post(end, {"ended_on": "2026-10-10", "reason": "again", "confirmed": "on"}, follow=True)
    assert "ended on 2026-10-10" in again.content.decode()
    page(gulnar, reverse("office:registry_recordal", args=["R-00000099-99", "end"]), 404)
    page(gulnar, reverse("office:registry_recordal", args=[licence.number, "nonsense"]), 404)


def test_a_creditor_consents_to_one_application(gulnar: Client, silk: RegistrationRow) -> None:
    lien = pledge(silk.certificate_number)
    asked = apply(kind=Kind.TRANSFER, registration=silk.registration_number)
    address = reverse("office:registry_recordal", args=[lien.number, "consent"])
    wrong = gulnar.post(address, {"application": "A-00000099-99", "document": "letter"}, follow=True)
    assert "Compare both numbers" in wrong.content.decode()
    done = gulnar.post(address, {"application": asked.number, "document": "letter of 9 October"}, follow=True)
    assert "consent is recorded" in done.content.decode()


def test_the_chief_alone_revokes_with_a_reason(gulnar: Client, silk: RegistrationRow) -> None:
    address = reverse("office:registry_record", args=[silk.certificate_number, "revoke"])
    page(gulnar, address, 403)
    irina = login(Role.CHIEF_REGISTRAR, "irina")
    assert "cannot be undone" in page(irina, address)
    write(irina, silk, "revoke", reason="", confirmed="on")
    write(irina, silk, "revoke", reason="The source was stolen.")
    still = get_registration(silk.certificate_number)
    assert still is not None
    assert still.state == "in_force"
    shown = write(irina, silk, "revoke", reason="The source was stolen.", confirmed="on")
    assert "The source was stolen." in shown
    assert "Record a licence" not in shown


def test_an_extract_is_as_of_a_day(gulnar: Client, silk: RegistrationRow) -> None:
    pledge(silk.certificate_number, at=AT + timedelta(hours=1))
    address = reverse("office:registry_extract", args=[silk.certificate_number])
    assert "Bank of the Invented Valley" in page(gulnar, f"{address}?on=2026-10-09")
    assert "said nothing of it" in page(gulnar, f"{address}?on=2026-10-10&known=2026-10-08")
    assert "said nothing of it" in page(gulnar, f"{address}?on=2026-10-01")
    page(gulnar, f"{address}?on=2026-02-31", 404)


def test_the_figures_of_a_year_are_counted(gulnar: Client, silk: RegistrationRow) -> None:
    pledge(silk.certificate_number)
    figures = reverse("office:registry_figures")
    shown = page(gulnar, f"{figures}?year=2026&profile=zhejiang")
    assert "Figures of 2026" in shown
    assert "1,000,000.00 CNY" in shown
    assert "I6510" in shown
    assert "Figures of 2025" in page(gulnar, f"{figures}?year=2025")
    assert "Figures of" in page(gulnar, f"{figures}?year=99999&profile=nonsense")
