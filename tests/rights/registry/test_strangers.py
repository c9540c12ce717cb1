"""Software that we did not write checks a certificate: the commands of docs/verify.md, run as they stand there.

poppler's pdfsig and pdfdetach, OpenSSL's cms and ts, aics-tlog and Go's sumdb, where they are installed. Each refuses
an altered PDF, an altered attachment, a wrong index, another key.
"""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.rights.registry.services.certificates import issue_certificate, make_certificate
from muniment.trust.evidence.rules.cosigning import CosigningKey
from muniment.trust.evidence.rules.policies import Known, policy_text
from muniment.trust.evidence.rules.proofs import read_proof
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from muniment.trust.evidence.services.files import log_folder
from muniment.trust.evidence.services.signer import registry_signer
from muniment.trust.evidence.services.stamping import Authorities, stamp_head
from tests.rights.registry.office import NAME, pdf_of, put, registry
from tests.rights.registry.test_certificates import resigned
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import OPERATOR, add, entropy, home, keys, policy, secret
from tests.trust.evidence.test_strangers import GO_MODULES, call, tool

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[3] / "docs" / "verify.md"
GO_SOURCE = Path(__file__).parents[2] / "trust" / "evidence" / "strangers" / "proof.go"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a certificate and whatever a stranger needs to check it."""
    now, place = datetime.now(UTC), tmp_path / "desk"
    content = place / "content"
    content.mkdir(parents=True)
    (content / "winds.csv").write_text("invented\n")
    (content / "ہوا 2.csv").write_text("invented too\n")
    authority = Authority(tmp_path / "tsa", now)
    number = put(content, at=now).number
    row = issue_certificate(
        actor=OPERATOR, at=now, deposit=number, language="ur", issuer=NAME, keys=keys(), entropy=entropy
    )
    add(0, 300)
    roots = (authority.root,)
    asked = Authorities(("north",), roots, entropy, authority.send)
    stamp_head(actor=OPERATOR, at=now, authorities=asked, lifetimes={})
    made = registry(lambda query: authority.send("", query)[1], now)
    make_certificate(actor=OPERATOR, at=now, number=row.number, registry=made)
    (place / "certificate.pdf").write_bytes(pdf_of(row))
    (place / "root.pem").write_bytes(made.signer.chain[-1].public_bytes(Encoding.PEM))
    shutil.copy(authority.folder / "root.pem", place / "stamp-roots.pem")
    (place / "log.key").write_text(keys().verifiers[0].text + "\n")
    (place / "policy").write_text(policy_text(policy()))
    shutil.copytree(log_folder(home()), place / "log")
    return place


def documented(folder: Path) -> tuple[int, str]:
    """Run the commands of docs/verify.md in a folder, in one shell that stops at the first that fails."""
    for name in ("pdfsig", "pdfdetach", "openssl", "aics-tlog"):
        tool(name)
    blocks = re.findall(r"```sh\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    for left in ("parts", "signed", "leaf", "record", "checksum", "certificate.pdf.sig0"):
        path = folder / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "set -euo pipefail\n" + "".join(blocks)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, env=os.environ | {"PATH": path}, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_documented_commands_take_a_certificate_and_refuse_altered_ones(folder: Path) -> None:
    status, said = documented(folder)
    assert status == 0, said
    assert "Verification: OK" in said
    certificate = folder / "certificate.pdf"
    whole = certificate.read_bytes()
    certificate.write_bytes(whole.replace(b"/Type/Page", b"/Type/Pags", 1))
    assert documented(folder)[0] != 0, "an altered PDF"
    attached = open_sealed(whole).attachments
    proof = attached["certificate.tlog-proof"]
    index = int(re.search(rb"index (\d+)", proof)[1])  # type: ignore[index]
    changes = {
        "certificate.json": (b"C-0000", b"C-1000"),
        "certificate.tlog-proof": (b"index %d" % index, b"index %d" % (index + 1)),
        "contents.txt": (b" 9\n", b" 8\n"),
        "manifest-sha256.txt": (b"winds", b"tides"),
    }
    for name, (old, new) in changes.items():
        assert old in attached[name]
        certificate.write_bytes(resigned(attached | {name: attached[name].replace(old, new)}, datetime.now(UTC)))
        assert documented(folder)[0] != 0, name
    certificate.write_bytes(whole)
    (folder / "log.key").write_text(Known(CosigningKey("x.example", 1, secret("x")).verifier).key.text + "\n")
    assert documented(folder)[0] != 0, "another log's key"
    (folder / "log.key").write_text(keys().verifiers[0].text + "\n")
    other = registry_signer(home() / "other", "Other", datetime.now(UTC)).chain[-1]
    (folder / "root.pem").write_bytes(other.public_bytes(Encoding.PEM))
    assert documented(folder)[0] != 0, "another registry's root"


def test_the_packages_of_the_go_team_take_the_proof_of_a_certificate(folder: Path, tmp_path: Path) -> None:
    go = tool("go")
    if not (GO_MODULES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("the Go module golang.org/x/mod is not installed")
    shutil.copy(GO_SOURCE, tmp_path)
    cache = os.environ.get("GOCACHE", str(tmp_path / "cache"))
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_MODULES), "GOCACHE": cache, "GOFLAGS": ""}
    words = [go, "build", "-o", "proof", "proof.go"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    attached = open_sealed((folder / "certificate.pdf").read_bytes()).attachments
    proof, key = attached["certificate.tlog-proof"], keys().verifiers[0].text
    (tmp_path / "right").write_bytes(proof)
    (tmp_path / "wrong").write_bytes(re.sub(rb"index \d+", b"index 7", proof))
    (tmp_path / "leaf").write_bytes(read_proof(proof.decode()).extra)
    (tmp_path / "other").write_bytes(bytes(128))
    program = tmp_path / "proof"
    assert call(program, tmp_path / "right", key, tmp_path / "leaf")[0] == 0
    assert call(program, tmp_path / "wrong", key, tmp_path / "leaf")[0] == 1
    assert call(program, tmp_path / "right", key, tmp_path / "other")[0] == 1
    foreign = CosigningKey(keys().origin, 1, secret("x")).verifier.text
    assert call(program, tmp_path / "right", foreign, tmp_path / "leaf")[0] == 1
