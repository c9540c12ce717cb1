"""The commands `muniment deposit …`, `muniment certificate …` and `muniment verify`, from hashes to a verdict."""

import json
from pathlib import Path

import pytest
from django.test import override_settings
from typer.testing import CliRunner, Result

from muniment.interfaces.cli import build_app
from muniment.kernel.words.problems import BadFile, UserError
from muniment.rights.registry.services.bags import deposits_folder
from muniment.trust.evidence.rules.sealed_pdf import BadPdf
from tests.trust.evidence.logs import home

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:'count' is passed as positional:DeprecationWarning"),  # in bagit
]
WHO = ("--depositor", "Aigul Sarsenova", "--title", "Winds")


def muniment(*words: str | Path) -> Result:
    """Run a command; a refusal is raised as it is."""
    result = CliRunner().invoke(build_app(), [*map(str, words)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_folder_is_deposited_certified_verified_and_erased(tmp_path: Path) -> None:
    folder, pdf = tmp_path / "valleys", tmp_path / "certificate.pdf"
    folder.mkdir()
    (folder / "winds.csv").write_text("invented\n")
    (tmp_path / "other").write_text("other\n")
    number = muniment("deposit", "add", folder, *WHO).output.split(":")[0].split()[-1]
    assert number in muniment("deposit", "add", folder, *WHO).output
    assert "1 deposits" in muniment("deposit", "list").output
    assert "0 damaged" in muniment("deposit", "check").output
    assert "Aigul" in muniment("deposit", "show", number).output
    muniment("certificate", "issue", number, "--language", "ur", "--out", pdf)
    good = muniment("verify", pdf, "--file", folder / "winds.csv")
    assert (good.exit_code, "The certificate holds." in good.output) == (0, True)
    assert muniment("verify", pdf, "--file", tmp_path / "other").exit_code == 1
    roots, policy, page = tmp_path / "root.pem", tmp_path / "policy", tmp_path / "verify.html"
    roots.write_text(muniment("certificate", "key").output)
    policy.write_text(muniment("log", "policy").output)
    assert muniment("verify", pdf, "--policy", policy, "--roots", roots).exit_code == 0
    muniment("certificate", "page", page)
    assert "verifyFile" in page.read_text()
    with pytest.raises(UserError, match="does not speak"):
        muniment("certificate", "page", page, "--language", "xx")
    certificate = muniment("certificate", "list").output
    assert "C-" in certificate
    issued = next(word for word in certificate.split() if word.startswith("C-"))
    assert "is withdrawn" in muniment("certificate", "withdraw", issued, "--reason", "error").output
    assert "stays" in muniment("deposit", "erase", number).output
    assert "erased" in muniment("deposit", "show", number).output
    assert "0 removed" in muniment("deposit", "tidy").output, "what is younger than a day stays"


def test_a_damaged_bag_is_told(tmp_path: Path) -> None:
    (tmp_path / "winds.csv").write_text("invented\n")
    muniment("deposit", "add", tmp_path / "winds.csv", *WHO)
    (next(deposits_folder(home()).glob("*/*/data")) / "winds.csv").write_text("inverted\n")
    assert muniment("deposit", "check").exit_code == 1


def test_without_anybody_to_trust_the_status_is_three_and_nonsense_is_refused(tmp_path: Path) -> None:
    (tmp_path / "winds.csv").write_text("invented\n")
    hashes = tmp_path / "hashes.json"
    muniment("deposit", "hash", tmp_path / "winds.csv", "--out", hashes)
    assert json.loads(hashes.read_text())["files"][0]["path"] == "winds.csv"
    assert '"winds.csv"' in muniment("deposit", "hash", tmp_path / "winds.csv").output
    number = muniment("deposit", "add", hashes, "--hashes", *WHO).output.split(":")[0].split()[-1]
    pdf = tmp_path / "certificate.pdf"
    muniment("certificate", "issue", number, "--out", pdf)
    with override_settings(MUNIMENT_HOME=tmp_path / "elsewhere"):
        assert muniment("verify", pdf).exit_code == 3
    for words in (("verify", hashes), ("verify", tmp_path / "missing.pdf"), ("verify", pdf, "--roots", hashes)):
        with pytest.raises(UserError):
            muniment(*words)
    pdf.write_bytes(pdf.read_bytes()[:-100])
    with pytest.raises(BadPdf):
        muniment("verify", pdf)
    with pytest.raises(BadFile):
        muniment("deposit", "add", tmp_path / "winds.csv", "--hashes", *WHO)
    with pytest.raises(UserError):
        muniment("deposit", "show", "D-00000099-99")
    with pytest.raises(UserError):
        muniment("certificate", "issue", number, "--language", "xx")
