"""The page without a server in Chromium, opened from the disk: what it says is what `muniment verify` says."""

import json
from pathlib import Path

import pytest
from django.utils import translation
from playwright.sync_api import Page

from muniment.interfaces.verifier_page import verifier_page
from muniment.rights.registry.queries.registrations import RegistrationRow
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from tests.rights.registry.estate import AT
from tests.rights.registry.office import NAME, certify, pdf_of, trust
from tests.rights.registry.page_in_node import said_by_verify
from tests.rights.registry.test_paper_strangers import papers
from tests.rights.registry.test_papers import edited, forged, registered
from tests.trust.evidence.logs import keys

__all__ = ["registered"]

pytestmark = pytest.mark.django_db(transaction=True)  # so it runs late, as the other tests in a browser do
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DONE = "#verdict.holds, #verdict.fails, #verdict.unknown"


def checked(page: Page, path: Path) -> list[str]:
    """Choose a file, press the button by the keyboard, and return the rows that come."""
    page.locator("#paper").set_input_files(path)
    page.locator("form button").press("Enter")
    page.locator(DONE).wait_for()
    return [row.inner_text() for row in page.locator("#steps li").all()]


def test_it_says_what_verify_says(registered: RegistrationRow, clean_page: Page, tmp_path: Path) -> None:
    made = {name: paper.content for name, paper in papers(registered).items()}
    made["deposit"] = pdf_of(certify(registered.deposit, at=AT))
    wrong = {
        "another title": edited(made["registration"], title="Other"),
        "another state": edited(made["extract"], state="revoked"),
        "nothing found": edited(made["presence"], found=None),
        "another holder": forged(made["deposit"], "particulars.json", lambda text: text.replace(b"Aigul", b"Bigul")),
    }
    (tmp_path / "verify.html").write_text(verifier_page(NAME, trust(), keys().leaf_public, "en"), encoding="utf-8")
    clean_page.clock.set_fixed_time(AT)
    clean_page.set_viewport_size({"width": 360, "height": 740})
    clean_page.goto((tmp_path / "verify.html").as_uri())
    for place, (name, content) in enumerate({**made, **wrong}.items()):
        path = tmp_path / f"{place}.pdf"
        path.write_bytes(content)
        steps = said_by_verify(content, trust(), AT)
        assert checked(clean_page, path) == [f"{state} {step}: {detail}" for step, state, detail in steps], name
        holds = "does not hold" if name in wrong else "holds"
        assert clean_page.locator("#verdict").inner_text().endswith(f" {holds}."), name
        assert clean_page.evaluate(WIDER) == 0, name
    proof = tmp_path / "a.map-proof"
    proof.write_bytes(open_sealed(made["absence"]).attachments["entry.map-proof"])
    assert [row.split(" ")[0] for row in checked(clean_page, proof)] == ["holds", "holds"]
    assert clean_page.locator("#verdict").inner_text() == "The proof of the map holds."


def test_it_speaks_urdu_from_the_right(registered: RegistrationRow, clean_page: Page, tmp_path: Path) -> None:
    content = papers(registered)["extract"].content
    (tmp_path / "extract.pdf").write_bytes(content)
    (tmp_path / "verify.html").write_text(verifier_page(NAME, trust(), keys().leaf_public, "ur"), encoding="utf-8")
    clean_page.clock.set_fixed_time(AT)
    clean_page.set_viewport_size({"width": 360, "height": 740})
    clean_page.goto((tmp_path / "verify.html").as_uri())
    facts = json.loads(clean_page.locator("#facts").text_content() or "")
    assert [one["dir"] for one in facts["languages"]] == ["ltr", "rtl"]
    with translation.override("ur"):
        title = translation.gettext("Verify a paper of {society}").format(society=f"\u2068{NAME}\u2069")
    rows = checked(clean_page, tmp_path / "extract.pdf")
    assert clean_page.locator("h1").inner_text() == title
    assert clean_page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    assert clean_page.evaluate(WIDER) == 0
    clean_page.locator("#language").select_option("en")
    english = [row.inner_text() for row in clean_page.locator("#steps li").all()]
    assert english == [f"{state} {step}: {detail}" for step, state, detail in said_by_verify(content, trust(), AT)]
    assert len(rows) == len(english)
    assert clean_page.locator("html").get_attribute("dir") == "ltr"
