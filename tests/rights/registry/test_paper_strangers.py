"""Software that we did not write opens the papers of the register; the page without a server checks them in Node."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.registrations import RegistrationRow
from muniment.rights.registry.services.papers import Paper, SearchFor
from muniment.trust.evidence.rules.certificates import Given, Trust
from muniment.trust.evidence.rules.map_proofs import verify_map_proof
from muniment.trust.evidence.rules.policies import policy_text
from muniment.trust.evidence.rules.proofs import verify_proof
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from muniment.trust.evidence.services.signer import registry_signer
from tests.rights.registry.estate import AT
from tests.rights.registry.office import registry, trust
from tests.rights.registry.page_in_node import failing, said_by_page, said_by_verify
from tests.rights.registry.test_certificates import resigned
from tests.rights.registry.test_papers import certify, edited, forged, registered, search, take
from tests.trust.evidence.logs import add, home, keys, policy
from tests.trust.evidence.test_strangers import call, tool

__all__ = ["registered"]

pytestmark = pytest.mark.django_db


def other_root() -> x509.Certificate:
    """Return the root of another registry."""
    return registry_signer(home() / "other", "Other", AT).chain[-1]


def papers(row: RegistrationRow) -> dict[str, Paper]:
    """Return a paper of each kind."""
    number = row.certificate_number
    return {
        "registration": certify(number, "zh"),
        "extract": take(number),
        "absence": search("Nobody of the Invented Valley", language="ur"),
        "presence": search(number, SearchFor.REGISTRATION),
    }


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


def test_the_page_without_a_server_says_of_each_paper_what_verify_says(
    registered: RegistrationRow, tmp_path: Path
) -> None:
    contents = {name: paper.content for name, paper in papers(registered).items()}
    given = (Given("silk.csv", hashlib.sha256(b"invented\n").hexdigest()), Given("x", "0" * 64))
    trusts = (trust(), Trust(policy()), Trust(roots=trust().roots), Trust(policy(), (other_root(),)))
    for whom in trusts:
        said = said_by_page(tmp_path, contents, whom, AT, given)
        assert said == {name: said_by_verify(content, whom, AT, given) for name, content in contents.items()}
    late = AT.replace(year=AT.year + 30)
    for name, said_late in said_by_page(tmp_path, contents, trust(), late).items():
        assert said_late == said_by_verify(contents[name], trust(), late)
        assert failing(said_late) == {"signature"}


def test_the_page_without_a_server_takes_the_proofs_by_themselves(registered: RegistrationRow, tmp_path: Path) -> None:
    made = {name: open_sealed(paper.content).attachments for name, paper in papers(registered).items()}
    proof, entry = made["extract"]["registration.tlog-proof"], made["absence"]["entry.map-proof"]
    files = {
        "proof": proof,
        "entry": entry,
        "index": proof.replace(b"index 1\n", b"index 0\n"),
        "cut": proof[: proof.index(b"index")],
        "other": entry.replace(b"grantor/", b"grantee/", 1),
        "nothing": b"{}",
    }
    said = said_by_page(tmp_path, files, Trust(policy()), AT, leaf_key=keys().leaf_public.hex())
    assert {name: failing(one) for name, one in said.items()} == {
        "proof": set(),
        "entry": set(),
        "index": {"proof of the log"},
        "cut": {"proof of the log"},
        "other": {"proof of the map"},
        "nothing": {"proof of the map"},
    }
    assert said["proof"] == [("proof of the log", "holds", f"leaf 1 of 5 in {keys().origin}, cosigned by no witness")]
    nothing = "nothing is registered under grantor/nobodyoftheinventedvalley as of log size 5"
    assert said["entry"][1] == ("answer", "holds", nothing)
    for name, verify in (("index", verify_proof), ("cut", verify_proof), ("other", verify_map_proof)):
        with pytest.raises(UserError) as refused:
            verify(files[name].decode(), policy())
        [(_, state, detail)] = said[name]
        assert (state, detail) == ("fails", str(refused.value)), name
    foreign = said_by_page(tmp_path, {"entry": entry}, Trust(policy()), AT, leaf_key="0" * 64)
    assert failing(foreign["entry"]) == {"proof of the map"}, "the leaf of another registry"


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
    steps = {
        "bytes": "signature",
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
        "kind": "refused",
    }
    found = said_by_page(tmp_path, wrong, trust(), AT)
    for name, said in found.items():
        assert failing(said), name
        assert steps.get(name, "entry in the map") in failing(said), name
        assert said == said_by_verify(wrong[name], trust(), AT), name
