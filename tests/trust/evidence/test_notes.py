"""Signed notes, checkpoints, cosignatures of both algorithms, policies and proof files: what holds, what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.cosigning import CosigningKey, WitnessRequest, cosign, cosigned_at, read_request
from muniment.trust.evidence.rules.notes import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    BadNote,
    Checkpoint,
    Note,
    VerifierKey,
    is_signed_by,
    read_checkpoint,
    read_key,
    read_note,
    sign_note,
)
from muniment.trust.evidence.rules.policies import (
    BadPolicy,
    NotTrusted,
    Policy,
    check_note,
    policy_text,
    read_policy,
    witnesses_of,
)
from muniment.trust.evidence.rules.proofs import Proof, read_proof, verify_proof
from muniment.trust.evidence.rules.tree import BadProof, leaf_hash
from tests.trust.evidence.logs import ORIGIN, leaf, made, secret

LOG = VerifierKey(ORIGIN, ED25519, made("log").public_key().public_bytes_raw())
NORTH = CosigningKey("north.example/w", COSIGNATURE_ED25519, secret("north"))
SOUTH = CosigningKey("south.example/w", COSIGNATURE_ML_DSA_44, secret("south"))
EAST = CosigningKey("east.example/w", COSIGNATURE_ED25519, secret("east"))
TEXT = Checkpoint(ORIGIN, 1, leaf_hash(leaf(0).body)).text
SECONDS = 1_790_000_000


def note(*witnesses: CosigningKey, text: str = TEXT) -> Note:
    """Return a checkpoint signed by the log and by witnesses."""
    return Note(text, (sign_note(text, ORIGIN, secret("log")), *(cosign(key, text, SECONDS) for key in witnesses)))


def test_the_key_and_the_note_that_the_go_team_publishes_as_an_example() -> None:
    """From the documentation of golang.org/x/mod/sumdb/note."""
    key = read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signed = read_note(
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert is_signed_by(signed, key)
    assert not is_signed_by(Note(signed.text + "x\n", signed.signatures), key)


def test_a_checkpoint_and_its_cosignatures_are_read_back() -> None:
    whole = note(NORTH, SOUTH)
    assert read_note(str(whole)) == whole
    assert read_checkpoint(whole.text).text == TEXT
    assert is_signed_by(whole, LOG)
    assert [cosigned_at(whole, key.verifier) for key in (NORTH, SOUTH, EAST)] == [SECONDS, SECONDS, None]
    assert read_key(SOUTH.verifier.text) == SOUTH.verifier
    assert len(SOUTH.verifier.public) == 1312


@pytest.mark.parametrize("key", [NORTH, SOUTH])
def test_a_cosignature_is_of_one_text_one_time_and_one_witness(key: CosigningKey) -> None:
    signature = cosign(key, TEXT, SECONDS)
    later = (SECONDS + 1).to_bytes(8) + signature.blob[8:]
    other = Checkpoint(ORIGIN, 2, leaf_hash(leaf(0).body)).text
    verifier = key.verifier
    renamed = VerifierKey("other.example/w", verifier.kind, verifier.public)
    assert cosigned_at(Note(TEXT, (signature,)), verifier) == SECONDS
    for text, blob in ((other, signature.blob), (TEXT, later), (TEXT, signature.blob[:-1])):
        changed = type(signature)(signature.name, signature.key_id, blob)
        assert cosigned_at(Note(text, (changed,)), verifier) is None
    moved = type(signature)(renamed.name, renamed.id, signature.blob)
    holds = cosigned_at(Note(TEXT, (moved,)), renamed)
    assert holds == (SECONDS if key is NORTH else None), "only ML-DSA-44 signs the name of the witness"


@given(place=st.integers(0, 10_000), letter=st.sampled_from("aZ09\n —+/="))
def test_a_note_that_was_changed_anywhere_is_not_what_was_signed(place: int, letter: str) -> None:
    whole = str(note(NORTH))
    place %= len(whole)
    changed = whole[:place] + letter + whole[place + 1 :]
    if changed == whole:
        return
    try:
        read = read_note(changed)
    except BadNote:
        return
    assert not (is_signed_by(read, LOG) and cosigned_at(read, NORTH.verifier) == SECONDS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAA\n",
        "text\n\n— a b c\n",
        "text\r\n\n— a AAAAAAAAAAA=\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_note(text)


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "\n1\nAAAA\n", f"a\n{2**63}\nAAAA\n", "a\n1\nAAAA\n", "a\nb\nc\n"],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_checkpoint(text)


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+AAAA", LOG.text[:-4], LOG.text.replace(LOG.id.hex(), "00000000"), "a b" + LOG.text]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_key(text)


def _policy(quorum: str) -> str:
    return (
        f"# whom we believe\nlog {LOG.text} https://log.example/\n"
        f"witness north {NORTH.verifier.text} https://north.example/\n"
        f"witness south\t{SOUTH.verifier.text}\nwitness east {EAST.verifier.text}\n"
        f"group poles any north south\ngroup two 2 poles east\nquorum {quorum}\n"
    )


@pytest.mark.parametrize(
    ("quorum", "signed", "enough"),
    [
        ("none", (), True),
        ("north", (SOUTH, EAST), False),
        ("north", (NORTH,), True),
        ("poles", (SOUTH,), True),
        ("two", (NORTH, SOUTH), False),
        ("two", (SOUTH, EAST), True),
    ],
)
def test_a_quorum_is_counted_as_the_policy_says(quorum: str, signed: tuple[CosigningKey, ...], enough: bool) -> None:
    policy = read_policy(_policy(quorum))
    whole = note(*signed)
    assert policy.is_satisfied(witnesses_of(whole, policy)) is enough
    if enough:
        assert len(check_note(whole, policy)) == len(signed)
    else:
        with pytest.raises(NotTrusted):
            check_note(whole, policy)
    assert read_policy(policy_text(policy)) == policy


def test_a_checkpoint_of_an_unknown_log_is_not_trusted() -> None:
    with pytest.raises(NotTrusted):
        check_note(note(NORTH, text=TEXT.replace(ORIGIN, "other.example")), read_policy(_policy("north")))


@pytest.mark.parametrize(
    "line",
    [
        "quorum nobody",
        "quorum none\nquorum none",
        "group g any missing\nquorum none",
        "group g 3 north\nquorum none",
        "group g any\nquorum none",
        "group none any north\nquorum none",
        "group g any north\ngroup h any north\nquorum none",
        f"witness again {NORTH.verifier.text}\nquorum none",
        f"witness a {LOG.text}\nquorum none",
        "witness\nquorum none",
        "log nonsense\nquorum none",
        "believe me\nquorum none",
        "",
    ],
)
def test_a_policy_that_says_nothing_or_two_things_is_refused(line: str) -> None:
    with pytest.raises(BadPolicy):
        read_policy(f"witness north {NORTH.verifier.text}\n{line}\n")


def test_a_proof_without_the_cosignature_that_the_policy_asks_for_is_refused() -> None:
    trusted = read_policy(_policy("two"))
    good = Proof(0, (), note(NORTH, EAST), leaf(0).body).text
    assert verify_proof(good, trusted).witnesses == {"north": SECONDS, "east": SECONDS}
    with pytest.raises(NotTrusted):
        verify_proof(Proof(0, (), note(NORTH), leaf(0).body).text, trusted)
    with pytest.raises(BadProof):
        verify_proof(good.replace("index 0", "index 1"), trusted)
    with pytest.raises(BadProof):
        verify_proof(Proof(0, (), note(NORTH, EAST), leaf(1).body).text, trusted)
    assert read_proof(good).text == good
    assert verify_proof(Proof(0, (), note(NORTH, EAST)).text, trusted, leaf(0).body).index == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("index 0", "index 00"),
        ("index 0", "index x"),
        ("extra ", "extra !"),
        ("index 0\n", "index 0\nAAAA\n"),
    ],
)
def test_what_is_no_proof_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadProof):
        read_proof(Proof(0, (), note(), leaf(0).body).text.replace(old, new))


def test_a_witness_is_asked_in_the_words_of_the_protocol() -> None:
    asked = WitnessRequest(7, (bytes(32), bytes(range(32))), note())
    assert read_request(asked.text) == asked
    for wrong in (
        "old x\n\n",
        "new 7\n\n",
        "old 07\n\n",
        "old 7\nAAAA\n\n",
        "old ²\n\n",
        "old 7\n" + "A" * 43 + "=\n" * 2,
    ):
        with pytest.raises(UserError):
            read_request(wrong + str(note()) if wrong.endswith("\n\n") else wrong)


def test_policy_without_anything_trusts_nobody() -> None:
    with pytest.raises(NotTrusted):
        check_note(note(), Policy())
