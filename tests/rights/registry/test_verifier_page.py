"""The page without a server says of a certificate, in Node, what `muniment verify` says of it, word for word."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from muniment.interfaces.verifier_page import verifier_page
from muniment.trust.evidence.queries.proving import prove_leaf
from muniment.trust.evidence.rules.certificates import Given, Trust
from muniment.trust.evidence.rules.cosigning import CosigningKey, cosign
from muniment.trust.evidence.rules.policies import Known, Policy
from muniment.trust.evidence.rules.proofs import read_proof
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from muniment.trust.evidence.rules.stamps import read_roots
from muniment.trust.evidence.rules.tree import leaf_hash
from muniment.trust.evidence.services.root import LISTS_NAME, lists_of
from muniment.trust.evidence.services.signer import registry_signer
from tests.rights.registry.office import NAME, certify, pdf_of, put
from tests.rights.registry.page_in_node import failing, said_by_page, said_by_verify
from tests.rights.registry.test_certificates import resigned
from tests.rights.registry.test_revoked_signer import NOW, revoke
from tests.rights.registry.test_strangers import folder
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import add, home, keys, leaf, policy, secret
from tests.trust.evidence.test_revocation import listed, own_root

__all__ = ["folder"]

pytestmark = pytest.mark.django_db


def read(folder: Path, name: str) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a file of the desk."""
    return read_roots((folder / name).read_bytes())


def test_the_page_without_a_server_says_what_verify_says(folder: Path, tmp_path: Path) -> None:
    whole, now = (folder / "certificate.pdf").read_bytes(), datetime.now(UTC).replace(microsecond=0)
    roots, authorities = read(folder, "root.pem"), read(folder, "stamp-roots.pem")
    given = [Given(name, hashlib.sha256(text).hexdigest()) for name, text in (("a", b"invented\n"), ("b", b"other\n"))]
    log, witness = policy(), CosigningKey("w.example/w", 4, secret("w"))
    foreign = Known(CosigningKey(keys().origin, 1, secret("x")).verifier)
    trusts = {
        "everybody": Trust(log, roots, authorities),
        "nobody": Trust(),
        "no authority": Trust(log, roots),
        "another authority": Trust(log, roots, roots),
        "another root": Trust(log, authorities, authorities),
        "a witness that did not sign": Trust(
            Policy(log.logs, {"w": Known(witness.verifier)}, {}, "w"), roots, authorities
        ),
        "another log": Trust(Policy((foreign,)), roots, authorities),
    }
    found = {}
    for name, whom in trusts.items():
        found[name] = said_by_page(tmp_path, {"it": whole}, whom, now, given)["it"]
        assert found[name] == said_by_verify(whole, whom, now, given), name
    in_log = {"certificate in the log", "deposit in the log"}
    assert failing(found["everybody"]) == failing(found["nobody"]) == {"file b"}
    assert failing(found["another authority"]) == {"signature", "time of the log", "file b"}
    assert failing(found["another root"]) == {"signature", "file b"}
    assert in_log < failing(found["a witness that did not sign"])
    assert in_log < failing(found["another log"])


def test_the_page_without_a_server_refuses_altered_ones_as_verify_does(folder: Path, tmp_path: Path) -> None:
    whole, now = (folder / "certificate.pdf").read_bytes(), datetime.now(UTC).replace(microsecond=0)
    whom = Trust(policy(), read(folder, "root.pem"), read(folder, "stamp-roots.pem"))
    attached = open_sealed(whole).attachments
    steps = {
        "certificate.json": ("certificate in the log", b"C-0000", b"C-1000"),
        "deposit.tlog-proof": ("deposit in the log", b"index 0", b"index 1"),
        "particulars.json": ("holder and title", b"Aigul", b"Bigul"),
        "contents.txt": ("content", b" 9\n", b" 8\n"),
        "manifest-sha256.txt": ("content", b"winds", b"tides"),
        "checkpoint": ("time of the log", b"\n302\n", b"\n303\n"),
        "policy": ("", b"quorum none", b"quorum some"),
    }
    forged = {
        name: resigned(attached | {name: attached[name].replace(old, new)}, now)
        for name, (_, old, new) in steps.items()
    }
    forged |= {
        f"without {name}": resigned({key: attached[key] for key in attached if key != name}, now) for name in attached
    }
    found = said_by_page(tmp_path, forged, whom, now)
    for name, content in forged.items():
        assert found[name] == said_by_verify(content, whom, now), name
        step = steps.get(name, ("", b"", b""))[0]
        assert not step or step in failing(found[name]), name
    tails = {"added": whole + b"\n% more", "no PDF": b"no PDF"}
    for name, said in said_by_page(tmp_path, tails, whom, now).items():
        assert said == said_by_verify(tails[name], whom, now), name
    tails = {"cut": whole[:-9]}
    for place in (whole.index(b"/Title") + 9, len(whole) - 60, whole.index(b"/ByteRange") - 9_000):
        tails[f"byte {place}"] = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    for name, said in said_by_page(tmp_path, tails, whom, now).items():
        assert failing(said), name
        assert failing(said_by_verify(tails[name], whom, now)), name


@pytest.mark.parametrize("since", [None, NOW - timedelta(days=2)])
def test_the_page_says_what_verify_says_of_a_revoked_signer(tmp_path: Path, since: datetime | None) -> None:
    (tmp_path / "winds.csv").write_text("invented\n")
    authority, number = Authority(tmp_path / "tsa", NOW), put(tmp_path / "winds.csv").number
    signer = registry_signer(home(), NAME, NOW, "https://registry.example/lists/")
    old, kept = listed(own_root(home()), at=NOW - timedelta(days=30)), lists_of(home())
    stamped = certify(number, "ur", stamp=lambda query: authority.send("", query)[1], at=NOW)
    contents = {"its list": pdf_of(certify(number, "en", at=NOW)), "stamped": pdf_of(stamped)}
    (home() / LISTS_NAME).unlink()
    contents["no list"] = pdf_of(certify(number, "zh", at=NOW))
    states = set()
    for lists in ((), kept, (old,), revoke(since)):
        for stamps in ((), (authority.root,)):
            whom = Trust(policy(), (signer.chain[-1],), stamps, lists)
            found = said_by_page(tmp_path, contents, whom, NOW)
            assert found == {name: said_by_verify(content, whom, NOW) for name, content in contents.items()}
            states |= {state for said in found.values() for name, state, _ in said if name == "signature"}
    assert states == {"holds", "unknown", "fails"}


def test_the_page_checks_the_cosignatures_of_both_algorithms(tmp_path: Path) -> None:
    head = add(0, 3)
    both = {f"w{kind}": CosigningKey(f"w.example/{kind}", kind, secret("w")) for kind in (4, 6)}
    known = {name: Known(key.verifier) for name, key in both.items()}
    whom = Trust(Policy(policy().logs, known, {"all": (2, tuple(known))}, "all"))
    proof = read_proof(prove_leaf(home(), leaf_hash(leaf(1).body).hex(), policy()).text)
    proof = replace(proof, extra=leaf(1).body)
    lines = {name: cosign(key, proof.note.text, 1_790_000_000) for name, key in both.items()}
    bent = replace(
        lines["w6"], blob=lines["w6"].blob[:-90] + bytes([lines["w6"].blob[-90] ^ 1]) + lines["w6"].blob[-89:]
    )
    signed = {"both": (lines["w4"], lines["w6"]), "one": (lines["w4"],), "bent": (lines["w4"], bent)}
    files = {
        name: replace(proof, note=replace(proof.note, signatures=(*proof.note.signatures, *more))).text.encode()
        for name, more in signed.items()
    }
    found = said_by_page(tmp_path, files, whom, datetime.now(UTC))
    assert found["both"] == [
        ("proof of the log", "holds", f"leaf 1 of {head.size} in {keys().origin}, cosigned by w4, w6")
    ]
    lacking = f"The quorum all has not signed the checkpoint of {keys().origin} (signed: w4)."
    for name in ("one", "bent"):
        [(_, state, detail)] = found[name]
        assert state == "fails", name
        assert detail.startswith(lacking)


def test_the_page_is_one_file_that_loads_nothing() -> None:
    page = verifier_page('<b>"Registry"</b>', Trust(policy()), bytes(32), "ur")
    assert "default-src 'none'" in page
    assert '<html lang="ur">' in page
    assert not re.search(r"(?:src|href)=|https?://(?!www\.w3)", page.replace("default-src=", ""))
    assert "<b>" not in page
