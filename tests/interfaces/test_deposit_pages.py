"""Pages of deposits: a member sends a file or hashes, gets a certificate; anybody reads its public record."""

import hashlib
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from muniment.interfaces import evidence_log
from muniment.interfaces.pages import now
from muniment.rights.parties.services import register_party
from muniment.rights.registry.queries import certificates_of, get_particulars, list_deposits
from muniment.trust.access.rules import Role
from muniment.trust.evidence import services
from muniment.trust.evidence.rules.certificates import State, Trust, verify_certificate
from muniment.trust.evidence.services.signer import roots_of
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.rights.registry.office import put
from tests.trust.evidence.logs import AT, OPERATOR, entropy

pytestmark = pytest.mark.django_db
HASHES = json.dumps(
    {
        "format": "muniment-hashes-1",
        "files": [{"path": "valleys/winds.csv", "sha256": hashlib.sha256(b"x").hexdigest(), "byte_count": 1}],
    }
)


@pytest.fixture
def member() -> Client:
    """Return the browser of a member."""
    party = register_party(actor=CHEN, at=AT, kind="writer", name="Aigul Sarsenova")
    return login(Role.MEMBER, "aigul", party)


def send(client: Client, **fields: object) -> str:
    """Send the form of a deposit; return the number of the newest one."""
    client.post(reverse("portal:deposit_add"), {"title": "Winds", "form_token": str(len(fields)), **fields})
    rows = list_deposits().rows
    return rows[0].number if rows else ""


def test_a_member_deposits_a_file_and_hashes_and_fetches_the_certificate(member: Client) -> None:
    assert "sha256.js" in page(member, reverse("portal:deposits"))
    number = send(member, file=SimpleUploadedFile("winds.csv", b"invented\n"))
    person = get_particulars(number)
    assert person is not None
    assert (person.depositor, person.title) == ("Aigul Sarsenova", "Winds")
    assert "winds.csv" in page(member, reverse("portal:deposit", args=[number]))
    second = send(member, hashes=HASHES, note="second")
    assert list_deposits().total == 2
    assert second != number
    member.post(reverse("portal:certificate_issue", args=[number]), {"language": "ur"})
    (issued,) = certificates_of(number)
    refused = page(member, reverse("portal:certificate", args=[issued.number]), 404)
    assert "sequence" in refused
    home = evidence_log.home()
    services.sequence(actor=OPERATOR, at=AT, keys=evidence_log.keys(), home=home, entropy=entropy)
    answer = member.get(reverse("portal:certificate", args=[issued.number]))
    verdict = verify_certificate(answer.content, Trust(evidence_log.policy(), roots_of(home)), now())
    assert verdict.state is State.HOLDS
    record = page(Client(), reverse("public:certificate", args=[issued.number]))
    assert "in force" in record
    assert "Aigul" not in record
    assert "tlog-proof" in page(Client(), reverse("public:certificate_proof", args=[issued.number]))
    assert "BEGIN CERTIFICATE" in page(Client(), reverse("public:certificate_roots"))
    assert "verifyFile" in page(Client(), reverse("public:certificate_page"))
    page(Client(), reverse("public:certificate", args=["C-00000099-99"]), 404)


def test_nonsense_is_refused_and_others_see_nothing(member: Client, tmp_path: Path) -> None:
    for wrong in ({"hashes": "[]"}, {"file": ""}, {"hashes": HASHES, "title": ""}):
        send(member, **wrong)
    assert list_deposits().total == 0
    (tmp_path / "winds.csv").write_text("x")
    number = put(tmp_path / "winds.csv").number
    page(member, reverse("portal:deposit", args=[number]), 404)
    assert member.post(reverse("portal:certificate_issue", args=[number]), {"language": "en"}).status_code == 404
    auditor = login(Role.AUDITOR)
    page(auditor, reverse("portal:deposits"), 403)
    assert Client().get(reverse("portal:deposits")).status_code == 302
