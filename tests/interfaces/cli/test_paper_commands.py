"""The commands `muniment certificate registration|extract|search`, and `muniment verify` of what they write."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from muniment.interfaces import registry_office
from muniment.interfaces.cli import certificate
from muniment.kernel.words.problems import BadFile, UserError
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from tests.interfaces.cli.test_registry_commands import muniment
from tests.interfaces.register_office import register
from tests.rights.registry.test_aged_papers import NOW, Aged, aged, renewed
from tests.trust.evidence.logs import home, keys

__all__ = ["aged"]

pytestmark = pytest.mark.django_db


def test_papers_are_made_and_verified(tmp_path: Path) -> None:
    registry_office.leaves()
    row = register()
    number, name = row.certificate_number, row.holders[0]
    made = {
        "certificate of registration": ("registration", number, "--language", "zh"),
        "extract of the register": ("extract", row.registration_number, "--on", "2026-03-25", "--known", "2026-03-26"),
        "search certificate": ("search", name, "--for", "holder"),
    }
    for kind, words in made.items():
        out = tmp_path / f"{words[0]}.pdf"
        assert "SHA-256" in muniment("certificate", *words, "--out", out).output
        good = muniment("verify", out)
        assert (good.exit_code, f"The {kind} holds." in good.output) == (0, True), good.output
    nothing = tmp_path / "nothing.pdf"
    assert "S-" in muniment("certificate", "search", "20261033000000099", "--out", nothing).output
    assert "nothing is registered under registration/20261033000000099" in muniment("verify", nothing).output
    assert muniment("verify", nothing, "--file", home() / "log_key").exit_code == 1, "it brings no content"


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    number = register().certificate_number
    for words in (
        ("registration", "33000000000000001"),
        ("extract", number, "--on", "soon"),
        ("extract", number, "--on", "2020-01-01"),
        ("search", " "),
        ("registration", number, "--language", "xx"),
    ):
        with pytest.raises(UserError):
            muniment("certificate", *words, "--out", tmp_path / "paper.pdf")
    assert not (tmp_path / "paper.pdf").exists()
    with pytest.raises(BadFile):
        muniment("certificate", "search", number, "--out", tmp_path / "no" / "paper.pdf")


def test_a_stamp_that_has_ended_asks_for_its_evidence(
    aged: Aged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("paper.pdf", "stamp.ers", "checkpoint", "leaf.tlog-proof")
    paper, record, stamped, proof = (tmp_path / name for name in names)
    chain, checkpoint = renewed(aged)
    paper.write_bytes(aged.stamped)
    record.write_bytes(chain.record)
    stamped.write_bytes(checkpoint)
    monkeypatch.setattr(settings, "MUNIMENT_LOG_ORIGIN", keys().origin)
    monkeypatch.setattr(certificate, "now", lambda: NOW + timedelta(days=150))
    bare = muniment("verify", paper)
    assert bare.exit_code == 3
    assert "expired on 2026-12-10, so give an evidence record" in bare.output
    proved = muniment("verify", paper, "--evidence", record)
    assert (proved.exit_code, "The certificate holds." in proved.output) == (0, True), proved.output

    # One whose own tree was not stamped: its leaf is proved in the tree that was.
    paper.write_bytes(aged.plain)
    subject = json.loads(open_sealed(aged.plain).attachments["certificate.json"])["subject"]
    size = checkpoint.decode().splitlines()[1]
    muniment("log", "prove", subject, "--size", size, "--out", proof)
    words = ("verify", paper, "--evidence", record, "--checkpoint", stamped)
    assert muniment(*words).exit_code == 1
    assert muniment(*words, "--proof", proof).exit_code == 0
    with pytest.raises(UserError, match="says no time by itself"):
        muniment("verify", paper, "--checkpoint", stamped)
