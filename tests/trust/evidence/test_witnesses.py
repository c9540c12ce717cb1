"""Witnesses: our log asks them, our own judges others; forks, roll-backs and clocks that go backwards."""

from datetime import timedelta

import pytest

from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence import services
from muniment.trust.evidence.models import WitnessedLog
from muniment.trust.evidence.queries import cosignatures_of
from muniment.trust.evidence.queries.proving import NotLogged, prove_leaf
from muniment.trust.evidence.queries.witnessed import list_misbehaviour, list_witnessed
from muniment.trust.evidence.rules.cosigning import CosigningKey, WitnessRequest, cosigned_at
from muniment.trust.evidence.rules.notes import BadNote, Checkpoint, Note, read_note, sign_note
from muniment.trust.evidence.rules.policies import Known, Policy, check_note
from muniment.trust.evidence.rules.proofs import verify_proof
from muniment.trust.evidence.rules.tree import leaf_hash
from muniment.trust.evidence.services import files
from muniment.trust.evidence.services.witness import BadWitness, WitnessReply, add_checkpoint, know_log, witness_keys
from muniment.trust.evidence.services.witnessing import ask_witnesses
from tests.cast import DEWI
from tests.trust.evidence import naive
from tests.trust.evidence.logs import AT, OPERATOR, ORIGIN, add, home, keys, leaf, secret

pytestmark = pytest.mark.django_db
URL = "https://witness.example/"


def witness() -> tuple[CosigningKey, ...]:
    return witness_keys(home(), "witness.example/w", lambda count: secret("witness")[:count])


def send(url: str, body: bytes) -> tuple[int, bytes]:
    """Be the network between our log and our witness."""
    assert url == URL + "add-checkpoint"
    reply = add_checkpoint(at=AT, text=body.decode(), keys=witness())
    return reply.status, reply.body.encode()


def policy(quorum: str = "both", url: str = URL) -> Policy:
    known = {f"w{key.kind}": Known(key.verifier, url) for key in witness()}
    return Policy(tuple(Known(key) for key in keys().verifiers), known, {"both": (2, tuple(known))}, quorum)


def ask(**changes: object) -> list[str]:
    given = {"actor": OPERATOR, "at": AT, "home": home(), "policy": policy(), "send": send} | changes
    return [answer.problem for answer in ask_witnesses(**given)]  # type: ignore[arg-type]


def signed(size: int, bodies: list[bytes], key: str = "log") -> Note:
    text = Checkpoint(ORIGIN, size, naive.mth(bodies)).text
    return Note(text, (sign_note(text, ORIGIN, secret(key)),))


def judge(old: int, note: Note, proof: list[bytes], seconds: int = 0) -> WitnessReply:
    request = WitnessRequest(old, tuple(proof), note)
    return add_checkpoint(at=AT + timedelta(seconds=seconds), text=request.text, keys=witness())


BODIES = [leaf(number).body for number in range(12)]
FORK = [*BODIES[:2], b"another", *BODIES[3:]]


def test_both_algorithms_cosign_and_a_proof_waits_for_its_quorum() -> None:
    add(0, 3)
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    with pytest.raises(NotLogged):
        prove_leaf(home(), leaf_hash(leaf(0).body).hex(), policy())
    assert ask() == ["", ""]
    published = read_note((files.log_folder(home()) / "checkpoint").read_text())
    assert set(check_note(published, policy())) == {"w4", "w6"}
    text = prove_leaf(home(), leaf_hash(leaf(0).body).hex(), policy()).text
    assert set(verify_proof(text, policy()).witnesses) == {"w4", "w6"}
    add(3, 300)
    assert ask() == ["", ""]
    assert ask() == ["", ""], "the same tree may be cosigned again"
    assert len(cosignatures_of(303)) == 2
    assert list_witnessed()[0].size == 303
    assert list_misbehaviour() == ()


def test_a_log_that_forgot_what_was_cosigned_asks_from_the_witness_s_size() -> None:
    add(0, 3)
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    judge(0, signed(3, BODIES[:3]), [])
    add(3, 4)
    assert ask() == ["", ""]


def test_answers_that_cannot_be_believed_are_said_and_not_kept() -> None:
    add(0, 3)
    far = AT + timedelta(hours=1)
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)

    def from_tomorrow(url: str, body: bytes) -> tuple[int, bytes]:
        reply = add_checkpoint(at=far, text=body.decode(), keys=witness())
        return reply.status, reply.body.encode()

    cases = {
        "answered 0": lambda url, body: (0, b"nobody is there"),
        "no signature": lambda url, body: (200, b"welcome"),
        "not that of the key": lambda url, body: (200, sign_note("x\n", "w", secret("w")).line.encode()),
        "rolled back": lambda url, body: (409, b"99\n"),
        "ahead of ours": from_tomorrow,
    }
    for words, network in cases.items():
        assert all(words in problem for problem in ask(send=network)), words
    assert cosignatures_of(3) == ()
    with pytest.raises(NotAllowed):
        ask(actor=DEWI)


def test_our_witness_cosigns_what_grew() -> None:
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    first = judge(0, signed(3, BODIES[:3]), [])
    assert first.status == 200
    answered = read_note(f"{signed(3, BODIES[:3]).text}\n{first.body}")
    assert [cosigned_at(answered, key.verifier) for key in witness()] == [int(AT.timestamp())] * 2
    assert judge(3, signed(8, BODIES[:8]), naive.proof(3, BODIES[:8])).status == 200
    assert judge(8, signed(8, BODIES[:8]), []).status == 200


def test_our_witness_refuses_a_fork_and_keeps_the_evidence() -> None:
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    judge(0, signed(8, BODIES[:8]), [])
    fork = judge(8, signed(12, FORK), naive.proof(8, FORK))
    assert (fork.status, list_witnessed()[0].size) == (422, 8)
    same = judge(8, signed(8, FORK[:8]), [])
    assert (same.status, same.body, same.content_type) == (409, "8\n", "text/x.tlog.size")
    assert judge(8, signed(8, FORK[:8]), []).status == 409
    found = list_misbehaviour()
    assert len(found) == 2
    assert read_note(found[0].known).text == signed(8, BODIES[:8]).text
    assert "did not grow" in found[0].reason
    assert list_misbehaviour("other.example") == ()
    assert judge(8, signed(12, BODIES), naive.proof(8, BODIES)).status == 200, "the honest tree goes on"


def test_our_witness_refuses_a_roll_back_and_a_clock_that_goes_backwards() -> None:
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    judge(0, signed(8, BODIES[:8]), [])
    back = judge(3, signed(5, BODIES[:5]), naive.proof(3, BODIES[:5]))
    assert (back.status, back.body) == (409, "8\n")
    assert judge(8, signed(5, BODIES[:5]), []).status == 400
    assert judge(8, signed(12, BODIES), naive.proof(8, BODIES), seconds=-60).status == 503
    assert list_witnessed()[0].size == 8


def test_our_witness_signs_for_no_stranger() -> None:
    assert judge(0, signed(3, BODIES[:3]), []).status == 404
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    assert judge(0, signed(3, BODIES[:3], key="forger"), []).status == 403
    assert judge(0, signed(3, BODIES[:3]), [bytes(32)]).status == 400
    assert add_checkpoint(at=AT, text="nonsense", keys=witness()).status == 400
    assert WitnessedLog.objects.get().size == 0


def test_whom_a_witness_knows_and_what_it_is_called() -> None:
    key = keys().verifiers[0].text
    know_log(actor=OPERATOR, at=AT, key=key)
    with pytest.raises(BadWitness):
        know_log(actor=OPERATOR, at=AT, key=key)
    with pytest.raises(BadWitness):
        know_log(actor=OPERATOR, at=AT, key=witness()[0].verifier.text)
    with pytest.raises(BadNote):
        know_log(actor=OPERATOR, at=AT, key="nonsense")
    with pytest.raises(NotAllowed):
        know_log(actor=DEWI, at=AT, key=key)
    with pytest.raises(BadWitness):
        witness_keys(home(), "", secret)  # type: ignore[arg-type]
    (home() / "witness_key").write_text("00")
    with pytest.raises(BadWitness):
        witness()
    assert services.GROUP > 0
