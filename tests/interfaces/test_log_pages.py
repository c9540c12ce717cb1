"""The log over HTTP: its page, its static files, Sigsum's protocol and our witness, as strangers meet them."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client, override_settings

from muniment.interfaces import evidence_log
from muniment.interfaces.evidence_log import BadSubmitters
from muniment.trust.evidence import services
from muniment.trust.evidence.queries import get_head
from muniment.trust.evidence.rules.cosigning import WitnessRequest, cosigned_at
from muniment.trust.evidence.rules.leaves import key_hash
from muniment.trust.evidence.rules.notes import read_key, read_note
from muniment.trust.evidence.rules.policies import read_policy
from muniment.trust.evidence.rules.tree import leaf_hash, node_hash, verify_consistency, verify_inclusion
from muniment.trust.evidence.services.stamping import stamp_head
from muniment.trust.evidence.services.witness import know_log
from tests.interfaces.browser import login, page
from tests.trust.evidence.logs import AT, OPERATOR, entropy, home, leaf, made, message
from tests.trust.evidence.years import YearsAuthority, trusted

pytestmark = pytest.mark.django_db
LOG = "/public/log/"


def add(first: int, count: int) -> None:
    """Add leaves to the log of the settings."""
    services.submit_many(at=AT, leaves=[leaf(number) for number in range(first, first + count)])
    services.sequence(actor=OPERATOR, at=AT, keys=evidence_log.keys(), home=home(), entropy=entropy)


def values(body: str, name: str) -> list[str]:
    """Return the values of a name in Sigsum's lines."""
    return [line.partition("=")[2] for line in body.splitlines() if line.startswith(f"{name}=")]


def test_the_tree_head_and_both_proofs_fit_together() -> None:
    add(0, 3)
    add(3, 4)
    head = page(Client(), f"{LOG}get-tree-head")
    root = bytes.fromhex(values(head, "root_hash")[0])
    assert values(head, "size") == ["7"]
    checkpoint = page(Client(), f"{LOG}checkpoint")
    public = Ed25519PrivateKey.from_private_bytes(evidence_log.keys().secrets[0]).public_key()
    public.verify(bytes.fromhex(values(head, "signature")[0]), read_note(checkpoint).text.encode())
    asked = leaf_hash(leaf(4).body)
    proof = page(Client(), f"{LOG}get-inclusion-proof/7/{asked.hex()}")
    assert values(proof, "leaf_index") == ["4"]
    verify_inclusion(asked, 4, 7, [bytes.fromhex(one) for one in values(proof, "node_hash")], root)
    grown = page(Client(), f"{LOG}get-consistency-proof/3/7")
    old = get_head(3)
    assert old is not None
    verify_consistency(3, 7, bytes.fromhex(old.root), root, [bytes.fromhex(one) for one in values(grown, "node_hash")])
    two = page(Client(), f"{LOG}get-leaves/0/2")
    bodies = [bytes.fromhex(one.replace(" ", "")) for one in values(two, "leaf")]
    assert bodies == [leaf(0).body, leaf(1).body]
    assert node_hash(*map(leaf_hash, bodies)).hex() in values(grown, "node_hash")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("get-inclusion-proof/3/" + "0" * 64, 404),
        ("get-inclusion-proof/9/" + "0" * 64, 404),
        ("get-consistency-proof/2/2", 400),
        ("get-consistency-proof/0/2", 400),
        ("get-consistency-proof/1/9", 404),
        ("get-leaves/2/2", 400),
        ("get-leaves/5/9", 404),
        ("tile/0/001", 404),
        ("tile/../../log_key", 404),
        ("tile/0/../../../log_key", 404),
        ("add-leaf", 405),
    ],
)
def test_what_is_not_there_is_said(address: str, status: int) -> None:
    add(0, 3)
    assert Client().get(LOG + address).status_code == status


def test_static_files_are_served_as_they_are() -> None:
    assert Client().get(f"{LOG}checkpoint").status_code == 404
    add(0, 3)
    answer = Client().get(f"{LOG}tile/0/000.p/3")
    assert answer.content == b"".join(leaf_hash(leaf(number).body) for number in range(3))
    assert "immutable" in answer["Cache-Control"]
    assert Client().get(f"{LOG}tile/entries/000.p/3").content[2:130] == leaf(0).body
    policy = read_policy(page(Client(), f"{LOG}policy"))
    assert policy.logs[0].key == evidence_log.keys().verifiers[0]


def _send(number: int, **changes: str) -> int:
    public = made("submitter").public_key().public_bytes_raw()
    fields = {"message": message(number).hex(), "signature": leaf(number).signature.hex(), "public_key": public.hex()}
    body = "".join(f"{name}={value}\n" for name, value in (fields | changes).items())
    signed = b"sigsum.org/v1/submit-token\0" + evidence_log.keys().verifiers[0].public
    token = made("limit").sign(signed).hex()
    return (
        Client(enforce_csrf_checks=True)
        .post(f"{LOG}add-leaf", body, content_type="text/plain", headers={"sigsum-token": f"a.example {token}"})
        .status_code
    )


def test_a_leaf_comes_in_with_a_token_and_is_sent_until_it_is_logged() -> None:
    assert _send(1) == 403, "nobody may, until somebody is named"
    home().mkdir(parents=True, exist_ok=True)
    limit = made("limit").public_key().public_bytes_raw().hex()
    (home() / "log_submitters").write_text(f"# who may\n\na.example {limit} 2\n")
    assert [_send(1), _send(1), _send(2), _send(3)] == [202, 202, 202, 429]
    add(10, 1)
    assert [_send(1), _send(2)] == [200, 200]
    assert _send(4, signature=leaf(5).signature.hex()) == 403
    for wrong in ({"message": "00"}, {"message": "xx"}, {"more": "1"}):
        assert _send(4, **wrong) == 400
    (home() / "log_submitters").write_text("a.example\n")
    assert _send(1) == 500
    with pytest.raises(BadSubmitters):
        evidence_log.submitters()


def test_our_witness_cosigns_over_http_and_the_log_shows_it() -> None:
    add(0, 3)
    head = get_head(3)
    assert head is not None
    body = WitnessRequest(0, (), read_note(head.note)).text
    url = "/public/witness/add-checkpoint"

    def post() -> tuple[int, str]:
        answer = Client(enforce_csrf_checks=True).post(url, body, content_type="text/plain")
        return answer.status_code, answer.content.decode()

    assert post()[0] == 404
    with override_settings(MUNIMENT_WITNESS_NAME="witness.example/w"):
        assert post()[0] == 404
        know_log(actor=OPERATOR, at=AT, key=evidence_log.keys().verifiers[0].text)
        status, lines = post()
    assert (status, lines.count("\n")) == (200, 2)
    key = next(iter(_witness_keys()))
    assert cosigned_at(read_note(f"{read_note(head.note).text}\n{lines}"), key) is not None


def _witness_keys():  # type: ignore[no-untyped-def]
    from muniment.trust.evidence.services.witness import witness_keys

    return [one.verifier for one in witness_keys(home(), "witness.example/w", entropy)]


def test_the_page_says_which_renewal_is_next(tmp_path: Path) -> None:
    add(0, 3)
    assert "is too late" not in page(Client(), LOG), "nothing is stamped"
    authority = YearsAuthority(tmp_path / "tsa", AT, days=365)
    stamp_head(actor=OPERATOR, at=AT, authorities=trusted(authority), lifetimes={})
    shown = page(Client(), LOG)
    assert "The stamps are to be stamped anew from 2027-07-07 on; from 2027-10-05 on it is too late." in shown
    (home() / "log_algorithms").write_text("sha256 2028-03-31\n")
    assert "Everything is to be hashed anew from 2027-04-02 on; from 2027-10-05 on it" in page(Client(), LOG)


def test_the_page_shows_how_the_log_is() -> None:
    assert "The log" in page(Client(), LOG)
    assert f'href="{LOG}"' in page(login("auditor"), LOG)
    add(0, 3)
    shown = page(Client(), LOG)
    assert evidence_log.keys().verifiers[0].text in shown
    head = get_head(3)
    assert head is not None
    assert head.root in shown
    (Path(settings.MUNIMENT_HOME) / "log_policy").write_text(
        f"witness north {_witness_keys()[0].text} https://north.example/\nquorum north\n"
    )
    assert "north" in page(Client(), LOG)
    assert Client().get(f"{LOG}get-tree-head").status_code == 404, "no quorum has signed it"
    assert len(key_hash(read_key(_witness_keys()[0].text).public)) == 32
    assert hashlib.sha256(b"").digest() != entropy(32)
