"""Software that we did not write opens the papers of the register; the page without a server checks them in Node."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.interfaces.verifier_page import verifier_script
from muniment.rights.registry.queries.registrations import RegistrationRow
from muniment.rights.registry.services.papers import Paper, SearchFor
from muniment.trust.evidence.rules.policies import policy_text
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from tests.rights.registry.estate import AT
from tests.rights.registry.office import registry
from tests.rights.registry.test_certificates import resigned
from tests.rights.registry.test_papers import certify, edited, forged, registered, search, take
from tests.trust.evidence.logs import add, keys, policy
from tests.trust.evidence.test_strangers import call, tool

__all__ = ["registered"]

pytestmark = pytest.mark.django_db
RUNNER = """
const fs = require("fs");
const { verifyCertificate } = eval(fs.readFileSync("script.js", "utf8") + ";({ verifyCertificate })");
(async () => {
  const all = {};
  for (const name of process.argv.slice(2)) {
    all[name] = await verifyCertificate(new Uint8Array(fs.readFileSync(name)), fs.readFileSync("policy", "utf8"));
  }
  console.log(JSON.stringify(all));
})();
"""


def papers(row: RegistrationRow) -> dict[str, Paper]:
    """Return a paper of each kind."""
    number = row.certificate_number
    return {
        "registration": certify(number, "zh"),
        "extract": take(number),
        "absence": search("Nobody of the Invented Valley", language="ur"),
        "presence": search(number, SearchFor.REGISTRATION),
    }


def in_node(folder: Path, contents: dict[str, bytes]) -> dict[str, set[str]]:
    """Run the script of the page over papers; return of each the steps that fail."""
    node = tool("node")
    (folder / "script.js").write_text(verifier_script(), encoding="utf-8")
    (folder / "run.js").write_text(RUNNER, encoding="utf-8")
    (folder / "policy").write_text(policy_text(policy()))
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    status, text = call(node, "--no-warnings", "run.js", *contents, folder=folder)
    assert status == 0, text
    found = json.loads(text)
    assert all(len(steps) >= 3 for steps in found.values())
    return {name: {step["name"] for step in steps if not step["holds"]} for name, steps in found.items()}


def test_poppler_and_openssl_take_each_paper_and_refuse_an_altered_one(
    registered: RegistrationRow, tmp_path: Path
) -> None:
    pdfsig, pdfdetach, openssl = (tool(name) for name in ("pdfsig", "pdfdetach", "openssl"))
    (tmp_path / "root.pem").write_bytes(registry().signer.chain[-1].public_bytes(Encoding.PEM))

    def signed(path: Path) -> bool:
        _, text = call(pdfsig, "-nocert", path)
        call(pdfsig, "-dump", path.name, folder=tmp_path)
        content = path.read_bytes()
        sizes = [int(one) for one in re.search(rb"/ByteRange *\[([0-9 ]*)\]", content)[1].split()]  # type: ignore[index]
        (tmp_path / "signed").write_bytes(content[: sizes[1]] + content[-sizes[3] :])
        words = ["cms", "-verify", "-inform", "DER", "-in", f"{path.name}.sig0", "-content", "signed", "-binary"]
        trusted = ["-CAfile", "root.pem", "-purpose", "any", "-attime", str(int(AT.timestamp())), "-out", "/dev/null"]
        done = subprocess.run([openssl, *words, *trusted], cwd=tmp_path, capture_output=True, check=False)
        return "Signature is Valid" in text and "Total document signed" in text and done.returncode == 0

    for name, paper in papers(registered).items():
        path, parts = tmp_path / f"{name}.pdf", tmp_path / f"{name}.parts"
        path.write_bytes(paper.content)
        assert signed(path), name
        parts.mkdir()
        assert call(pdfdetach, "-saveall", "-o", parts, path)[0] == 0
        assert {one.name: one.read_bytes() for one in parts.iterdir()} == open_sealed(paper.content).attachments
        path.write_bytes(paper.content.replace(b"/Type/Page", b"/Type/Pags", 1))
        assert not signed(path), f"{name}, altered"


def test_the_proof_of_a_search_certificate_is_checked_by_a_script_alone(
    registered: RegistrationRow, tmp_path: Path
) -> None:
    (tmp_path / "policy").write_text(policy_text(policy()))

    def status(paper: Paper, key: str, leaf_key: str = "") -> tuple[int, str]:
        (tmp_path / "proof").write_bytes(open_sealed(paper.content).attachments["entry.map-proof"])
        script = Path(__file__).parents[2] / "trust" / "evidence" / "strangers" / "map_check.py"
        words = (script, tmp_path / "proof", tmp_path / "policy", leaf_key or keys().leaf_public.hex(), key)
        return call(sys.executable, *words)

    absent, held = search("Nobody"), search(registered.certificate_number, SearchFor.REGISTRATION)
    key = f"registration/{registered.certificate_number}"
    (found, said), (other_found, other_said) = status(absent, "grantor/nobody"), status(held, key)
    assert (found, other_found) == (0, 0)
    assert "grantor/nobody: nothing" in said
    assert '"pledge_count":1' in other_said
    for paper, other in ((absent, key), (absent, "grantor/somebody"), (held, "grantor/nobody")):
        assert status(paper, other)[0] == 1, other
    assert status(absent, "grantor/nobody", "0" * 64)[0] == 1, "the leaf of another"


def test_the_page_without_a_server_takes_each_paper(registered: RegistrationRow, tmp_path: Path) -> None:
    contents = {name: paper.content for name, paper in papers(registered).items()}
    assert in_node(tmp_path, contents) == {name: set() for name in contents}


def test_the_page_without_a_server_refuses_what_was_altered(registered: RegistrationRow, tmp_path: Path) -> None:
    made = {name: paper.content for name, paper in papers(registered).items()}
    add(0, 3)
    newer = search("Nobody of the Invented Valley").content
    old = open_sealed(made["absence"]).attachments["entry.map-proof"]
    other = open_sealed(made["presence"]).attachments["entry.map-proof"]
    wrong = {
        "bytes": made["extract"][:-60] + b"\n" + made["extract"][-59:],
        "particulars": forged(made["registration"], "particulars.json", lambda text: text.replace(b"Road", b"Rood")),
        "title": edited(made["registration"], title="Other"),
        "state": edited(made["extract"], state="revoked"),
        "pledges": edited(made["extract"], pledges=[]),
        "deposit": edited(made["registration"], content_sha256="0" * 64),
        "older": forged(newer, "entry.map-proof", lambda _text: old),
        "key": resigned(open_sealed(made["absence"]).attachments | {"entry.map-proof": other}),
        "size": edited(newer, size=1),
        "hidden": edited(made["presence"], found=None),
        "invented": edited(newer, found={"pledges": []}),
        "kind": edited(newer, kind="diploma"),
    }
    cuts: dict[str, dict[str, object]] = {
        "siblings": {"siblings": []},
        "value": {"value": '{"a":1}'},
        "neighbour": {"neighbour": None},
    }
    for name, cut in cuts.items():
        source = made["presence"] if name == "value" else newer
        text = json.dumps(json.loads(open_sealed(source).attachments["entry.map-proof"]) | cut).encode()
        wrong[f"proof, {name}"] = forged(source, "entry.map-proof", lambda _text, text=text: text)  # type: ignore[misc]
    failing = in_node(tmp_path, wrong)
    steps = {
        "bytes": "page",
        "particulars": "holder and title",
        "title": "holder and title",
        "state": "extract is of the registration",
        "pledges": "extract and entry",
        "deposit": "deposit of the registration",
        "older": "entry in the map",
        "key": "entry in the map",
        "size": "entry in the map",
        "hidden": "answer",
        "invented": "answer",
        "kind": "kind",
    }
    for name, step in steps.items():
        assert step in failing[name], name
    assert all(failing.values()), failing
