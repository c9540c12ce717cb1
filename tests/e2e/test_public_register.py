"""The public register on a phone, in both directions of writing, and an objection whose evidence is hashed in place."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from muniment.rights.registry.queries.applications import objections_of
from tests.interfaces.register_office import PUBLISHED_AT, clock, publish, register

pytestmark = pytest.mark.django_db(transaction=True)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EVIDENCE = b"invented evidence\n" * 100_000


def test_anybody_reads_and_objects_on_a_phone(live_server: LiveServer, clean_page: Page, tmp_path: Path) -> None:
    done, shown = register(), publish()
    clean_page.set_viewport_size({"width": 390, "height": 844})
    (tmp_path / "masts.txt").write_bytes(EVIDENCE)
    item = f"{live_server.url}/public/publicity/{shown.number}/"
    with clock(PUBLISHED_AT):
        for language in ("ur", "en"):
            clean_page.goto(f"{live_server.url}/public/register/")
            clean_page.locator(f"button[name=language][value={language}]").click()
            for address in ("register/", f"register/{done.certificate_number}/", "publicity/"):
                clean_page.goto(f"{live_server.url}/public/{address}")
                assert clean_page.evaluate(WIDER) == 0, (language, address)
        clean_page.goto(item)
        clean_page.locator("#evidence-file").set_input_files(tmp_path / "masts.txt")
        digest = hashlib.sha256(EVIDENCE).hexdigest()
        clean_page.wait_for_function(f"document.getElementById('evidence-sha256').value === '{digest}'")
        clean_page.locator("#objector-name").fill("Erlan")
        clean_page.locator("#objector-contact").fill("erlan@example.org")
        clean_page.locator("#objection-grounds").fill("The masts are mine.")
        clean_page.get_by_role("button", name="File the objection").click()
        clean_page.wait_for_url("**/objection/**")
        (filed,) = objections_of(shown.number)
        assert filed.evidence_sha256 == digest
        assert clean_page.locator("h1").inner_text() == f"Objection {filed.number}"
