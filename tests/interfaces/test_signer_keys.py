"""The key that signs papers at the command line and on pages: renewed, revoked, and what strangers see of it."""

from pathlib import Path

import pytest
from cryptography import x509
from django.test import Client
from django.urls import reverse

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.pages import now
from muniment.trust.evidence.rules.revocation import read_lists
from muniment.trust.evidence.rules.signing import NotSigned
from muniment.trust.evidence.services.root import ROOT_KEY_NAME
from tests.interfaces.cli.test_registry_commands import WHO, muniment

pytestmark = pytest.mark.django_db


def test_a_revoked_key_is_told_to_strangers_and_renewed_under_its_root(tmp_path: Path) -> None:
    (tmp_path / "winds.csv").write_text("invented\n")
    pdf, lists, away = tmp_path / "certificate.pdf", tmp_path / "revoked.pem", tmp_path / "safe.pem"
    number = muniment("deposit", "add", tmp_path / "winds.csv", *WHO).output.split(":")[0].split()[-1]
    muniment("certificate", "issue", number, "--out", pdf)
    root = muniment("certificate", "key").output
    before = muniment("certificate", "revoked").output
    assert "was not revoked" in muniment("verify", pdf).output
    (evidence_log.home() / ROOT_KEY_NAME).rename(away)
    said = muniment(
        "certificate", "revoke-key", "--reason", "keyCompromise", "--since", "2026-01-01", "--root-key", away
    )
    assert "1 certificates are revoked" in said.output
    lists.write_text(muniment("certificate", "revoked").output)
    refused = muniment("verify", pdf)
    assert (refused.exit_code, "was revoked at 2026-01-01" in refused.output) == (1, True)
    assert muniment("verify", pdf, "--revoked", lists).exit_code == 1
    lists.write_text(before)
    assert muniment("verify", pdf, "--revoked", lists).exit_code == 0, "an old list cannot know"
    with pytest.raises(NotSigned, match="revoked"):
        muniment("certificate", "issue", number, "--language", "ur")
    assert muniment("certificate", "renew-key", "--root-key", away).output == root, "the root goes on"
    muniment("certificate", "issue", number, "--language", "ur", "--out", pdf)
    assert muniment("verify", pdf).exit_code == 0


def test_the_list_is_where_the_certificate_says(tmp_path: Path) -> None:
    chain = registry_office.registry(now()).signer.chain
    (point,) = chain[0].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    address = "/public/" + point.full_name[0].value.split("/public/")[1]
    answer = Client().get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pkix-crl")
    assert x509.load_der_x509_crl(answer.content).is_signature_valid(chain[-1].public_key())
    assert read_lists(Client().get(reverse("public:certificate_revoked")).content) == registry_office.trust_of().lists
    assert Client().get(reverse("public:certificate_revoked_by", args=["00.crl"])).status_code == 404
