"""Certificates: made once, verified step by step without a network, and every change is found."""

import hashlib
import random
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.rights.registry.queries import get_certificate, get_deposit
from muniment.rights.registry.services import certificates
from muniment.rights.registry.services.certificates import (
    NoCertificate,
    NotWritten,
    Registry,
    issue_certificate,
    make_certificate,
    pdf_path,
    withdraw_certificate,
)
from muniment.rights.registry.services.deposits import erase_deposit
from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.proving import NotLogged
from muniment.trust.evidence.rules.certificates import Given, State, Trust, verify_certificate
from muniment.trust.evidence.rules.cosigning import CosigningKey
from muniment.trust.evidence.rules.policies import Known, Policy
from muniment.trust.evidence.rules.sealed_pdf import BadPdf, open_sealed
from muniment.trust.evidence.rules.signing import NotSigned, sign_pdf
from muniment.trust.evidence.services.root import ROOT_KEY_NAME
from muniment.trust.evidence.services.signer import registry_signer, renew_signer, roots_of
from tests.cast import AIGUL as MEMBER
from tests.cast import DEWI
from tests.rights.registry.office import NAME, certify, pdf_of, put, registry, trust
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import AT, OPERATOR, add, entropy, home, keys, policy, secret

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(tmp_path: Path) -> str:
    """Return the number of a deposit of one file."""
    (tmp_path / "winds.csv").write_text("invented\n")
    return put(tmp_path / "winds.csv").number


def states(content: bytes, trusted: Trust | None = None, *given: Given) -> dict[str, State]:
    """Return the worst state of each step."""
    found: dict[str, State] = {}
    order = [State.HOLDS, State.UNKNOWN, State.FAILS]
    for step in verify_certificate(content, trusted or trust(), AT, given).steps:
        found[step.name] = max(found.get(step.name, State.HOLDS), step.state, key=order.index)
    return found


def test_a_certificate_holds_in_each_language_and_is_made_once(number: str) -> None:
    add(0, 300)
    for language in ("en", "ur", "zh"):
        row = certify(number, language)
        verdict = verify_certificate(pdf_of(row), trust(), AT)
        assert verdict.state is State.HOLDS, verdict.steps
        assert verdict.facts["depositor"] == "Aigul Sarsenova 王小明"
        assert verdict.facts["certificate_number"] == row.number
        again = certify(number, language)
        assert (again.number, again.pdf_sha256) == (row.number, row.pdf_sha256)
    record = get_record(f"certificate/{row.number}")
    assert record is not None
    assert "Aigul" not in record.body


def test_whom_nobody_told_us_to_trust_is_unknown_and_strangers_fail(number: str) -> None:
    content = pdf_of(certify(number))
    assert verify_certificate(content, Trust(), AT).state is State.UNKNOWN
    other = registry_signer(home() / "other", "Other", AT).chain[-1]
    assert states(content, Trust(policy(), (other,)))["signature"] is State.FAILS
    foreign = Policy((Known(CosigningKey("x.example", 1, secret("x")).verifier),))
    assert states(content, Trust(foreign, trust().roots))["certificate in the log"] is State.FAILS
    witness = Known(CosigningKey("w.example/w", 4, secret("w")).verifier)
    strict = Policy(policy().logs, {"w": witness}, {}, "w")
    found = states(content, Trust(strict, trust().roots))
    assert found["certificate in the log"] is State.FAILS, "the cosignature is missing"
    assert found["signature"] is State.HOLDS


def test_a_file_is_of_the_deposit_or_not(number: str, tmp_path: Path) -> None:
    content, deposit = pdf_of(certify(number)), get_deposit(number)
    assert deposit is not None
    right = hashlib.sha256(b"invented\n").hexdigest()
    found = states(content, None, Given("winds.csv", right), Given("other.csv", "0" * 64))
    assert (found["file winds.csv"], found["file other.csv"]) == (State.HOLDS, State.FAILS)


def test_no_byte_of_a_certificate_can_be_changed(number: str) -> None:
    content, chance = pdf_of(certify(number)), random.Random(4)
    for _ in range(80):
        place, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        turned = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
        try:
            verdict = verify_certificate(turned, trust(), AT)
        except BadPdf:
            continue
        assert verdict.state is State.FAILS, (place, bit)
    for wrong in (b"", b"%PDF-1.7\n", content[:-20], content[: len(content) // 2], content + b"\n%%EOF\n"):
        with pytest.raises(BadPdf):
            open_sealed(wrong)


def test_what_nobody_signed_of_a_signature_says_what_it_must(number: str) -> None:
    content = pdf_of(certify(number))
    issuer = f"{NAME}: root".encode().hex().upper().encode()
    algorithm = content.index(b"6086480165030402010500", content.index(b"/Contents <"))
    signer = content.rindex(issuer, 0, content.rindex(issuer))  # the last of all is among what is signed
    changes = {algorithm: b"6086480165030402014500", signer: issuer.replace(b"52", b"72")}
    for place, new in changes.items():
        with pytest.raises(BadPdf, match="another algorithm or signer"):
            open_sealed(content[:place] + new + content[place + len(new) :])


def test_an_attachment_that_was_altered_is_found_even_under_a_signature_of_ours(number: str) -> None:
    row = certify(number)
    whole = pdf_of(row)
    attached = open_sealed(whole).attachments
    changes = {
        "certificate.json": ("certificate in the log", b"C-0000", b"C-1000"),
        "deposit.tlog-proof": ("deposit in the log", b"index 0", b"index 1"),
        "particulars.json": ("holder and title", b"Aigul", b"Bigul"),
        "contents.txt": ("content", b" 9\n", b" 8\n"),
        "manifest-sha256.txt": ("content", b"winds", b"tides"),
    }
    for name, (step, old, new) in changes.items():
        assert old in attached[name], name
        forged = dict(attached) | {name: attached[name].replace(old, new)}
        assert states(resigned(forged))[step] is State.FAILS, name
    assert states(resigned(dict(attached))) == states(whole)
    without = {name: content for name, content in attached.items() if name != "contents.txt"}
    assert states(resigned(without))["attachments"] is State.FAILS


def resigned(files: dict[str, bytes], at: datetime = AT) -> bytes:
    """Return a PDF with these files attached, signed by the registry's own key: what a faithless clerk could make."""
    objects = ["<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 4 0 R>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>")
    first = 5
    names = "".join(f"({name}) {first + 2 * place} 0 R " for place, name in enumerate(sorted(files)))
    bodies = [one.encode() for one in [*objects, f"<</Names[{names}]>>"]]
    for place, name in enumerate(sorted(files)):
        packed = zlib.compress(files[name])
        bodies.append(f"<</Type/Filespec/F({name})/EF<</F {first + 2 * place + 1} 0 R>>>>".encode())
        head = f"<</Type/EmbeddedFile/Filter/FlateDecode/Length {len(packed)}>>\nstream\n".encode()
        bodies.append(head + packed + b"\nendstream")
    out, offsets = b"%PDF-1.7\n", []
    for place, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{place} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    start, count = len(out), len(bodies) + 1
    out += f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<</Size {count}/Root 1 0 R>>\n".encode()
    out += f"startxref\n{start}\n%%EOF\n".encode()
    return sign_pdf(out, registry(at=at).signer, at, reason="forged")


def test_a_timestamp_lets_a_certificate_outlive_its_signer(number: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority(tmp_path / "tsa", now, days=3_500)

    def stamp(query: bytes) -> bytes:
        return authority.send("", query)[1]

    row = issue_certificate(
        actor=OPERATOR, at=now, deposit=number, language="en", issuer=NAME, keys=keys(), entropy=entropy
    )
    add(0, 3)
    make_certificate(actor=OPERATOR, at=now, number=row.number, registry=registry(stamp, now))
    content, late = pdf_of(row), now + timedelta(days=3_000)
    root = registry_signer(home(), NAME, now).chain[-1]
    trusted = Trust(policy(), (root,), (authority.root,))
    assert verify_certificate(content, trusted, late).state is State.HOLDS
    unstamped = verify_certificate(content, Trust(policy(), (root,)), late)
    assert any("expired" in step.detail for step in unstamped.steps if step.state is State.FAILS)
    foreign = Authority(tmp_path / "other", now)
    refused = verify_certificate(content, Trust(policy(), (root,), (foreign.root,)), late)
    assert refused.state is State.FAILS
    chance = random.Random(5)
    token = content.index(open_sealed(content).token.hex().upper().encode())
    for _ in range(25):
        place = token + chance.randrange(2 * len(open_sealed(content).token))
        turned = content[:place] + (b"0" if content[place : place + 1] != b"0" else b"1") + content[place + 1 :]
        try:
            assert verify_certificate(turned, trusted, late).state is State.FAILS
        except BadPdf:
            continue


def test_who_may_not_or_may_not_yet_is_refused(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"at": AT, "language": "en", "issuer": NAME, "keys": keys(), "entropy": entropy}
    for actor in (DEWI, MEMBER):
        with pytest.raises(NotAllowed):
            issue_certificate(actor=actor, deposit=number, **given)  # type: ignore[arg-type]
    for wrong in ({"deposit": "D-00000099-34"}, {"deposit": number, "language": "xx"}):
        with pytest.raises(Exception, match=r"no deposit|no number"):
            issue_certificate(actor=OPERATOR, **(given | wrong))  # type: ignore[arg-type]
    row = issue_certificate(actor=OPERATOR, deposit=number, **given)  # type: ignore[arg-type]

    def make(used: Registry) -> None:
        make_certificate(actor=OPERATOR, at=AT, number=row.number, registry=used)

    with pytest.raises(NotLogged):
        make(registry())
    add(0, 1)
    with pytest.raises(NotSigned, match="valid from"):
        make_certificate(actor=OPERATOR, at=AT - timedelta(days=1), number=row.number, registry=registry())

    def nobody(_query: bytes) -> bytes:
        return b"nonsense"

    with pytest.raises(NotSigned):
        make(registry(nobody))

    def full(_path: Path, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as changed:
        changed.setattr(certificates, "_write", full)
        with pytest.raises(NotWritten, match="No space"):
            make(registry())
    known = get_certificate(row.number)
    assert known is not None
    assert known.pdf_sha256 == ""
    make(registry())
    assert pdf_path(home(), row.number).is_file()


def test_a_withdrawn_certificate_has_a_leaf_and_an_erased_deposit_gets_none(number: str) -> None:
    row = certify(number)
    with pytest.raises(NoCertificate):
        withdraw_certificate(actor=OPERATOR, at=AT, number=row.number, reason=" ", keys=keys(), entropy=entropy)
    gone = withdraw_certificate(actor=OPERATOR, at=AT, number=row.number, reason="error", keys=keys(), entropy=entropy)
    assert gone.withdrawn_at == AT
    assert get_record(f"withdrawal/{row.number}") is not None
    second = certify(number)
    assert second.number != row.number
    content = pdf_of(second)
    erase_deposit(actor=OPERATOR, at=AT, number=number, home=home())
    assert verify_certificate(content, trust(), AT).state is State.HOLDS, "what the holder has goes on to hold"
    with pytest.raises(NoCertificate):
        certify(number, "ur")


def test_a_renewed_key_leaves_the_old_root_known(number: str) -> None:
    content = pdf_of(certify(number))
    old = registry_signer(home(), NAME, AT)
    assert registry_signer(home(), NAME, AT) is old, "what its signatures share is encoded once"
    (home() / ROOT_KEY_NAME).unlink()
    new = renew_signer(home(), NAME, AT)
    assert roots_of(home()) == (new.chain[-1], old.chain[-1])
    assert verify_certificate(content, Trust(policy(), roots_of(home())), AT).state is State.HOLDS
    key = home() / "certificate_key.pem"
    key.write_bytes(old.chain[0].public_bytes(Encoding.PEM))
    with pytest.raises(NotSigned):
        registry_signer(home(), NAME, AT)
