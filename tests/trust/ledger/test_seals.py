"""Seals: what is signed, by whom, and that the independent verification agrees."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from muniment.interfaces.fsck import State, check_all
from muniment.interfaces.fsck.seals import _root, _said, is_signed
from muniment.trust.access.rules import NotAllowed
from muniment.trust.ledger.queries import SealRow, list_seals
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.rules.seals import CannotSeal, merkle_root
from muniment.trust.ledger.services import post_entry
from muniment.trust.ledger.services.keys import BadSealKey, public_key, secret_key, sign
from muniment.trust.ledger.services.sealing import seal_day
from tests.cast import CHEN, DEWI
from tests.trust.trials import refuse_change

AT = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
DAY = AT.date()
SECRET = bytes(range(32))

RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
        "b00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
        "c027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
        "d9bef1177331a704",
    ),
]
"""The first three examples and the last of RFC 8032, section 7.1: secret, public, message, signature."""


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_the_published_examples(secret: str, public: str, message: str, signature: str) -> None:
    assert public_key(bytes.fromhex(secret)).hex() == public
    assert sign(bytes.fromhex(secret), bytes.fromhex(message)).hex() == signature
    assert is_signed(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@given(seed=st.binary(max_size=8), message=st.binary(max_size=80), bit=st.integers(0, 8 * 64 - 1))
def test_what_is_signed_verifies_and_nothing_else_does(seed: bytes, message: bytes, bit: int) -> None:
    secret = hashlib.sha256(seed).digest()
    signature, public = sign(secret, message), public_key(secret)
    assert is_signed(public, message, signature)
    assert not is_signed(public, message + b"x", signature)
    turned = (int.from_bytes(signature, "little") ^ 1 << bit).to_bytes(64, "little")
    assert not is_signed(public, message, turned)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sign(b"short", b"")
    assert not is_signed(b"short", b"", b"")


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_both_roots_agree(leaves: list[bytes]) -> None:
    assert merkle_root([leaf.hex() for leaf in leaves]) == _root(leaves)


def test_a_root_tells_the_order_and_the_number() -> None:
    leaves = [hashlib.sha256(bytes([number])).hexdigest() for number in range(4)]
    variants = [leaves, leaves[::-1], leaves[:3], [*leaves, leaves[3]], []]
    assert len({merkle_root(variant) for variant in variants}) == 5


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "home", lambda: Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert first == bytes(32)
    assert secret_key(tmp_path / "home") == first
    path = tmp_path / "home" / "seal_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "00" * 32
    assert (tmp_path / "home" / "seal_keys.pub").read_text().split() == [public_key(first).hex()]
    path.write_text("no key")
    with pytest.raises(BadSealKey):
        secret_key(tmp_path / "home")


def book(key: str, at: datetime) -> None:
    """Book one transfer."""
    draft = EntryDraft(key, "receipt", at.date(), "EUR", (TransferDraft("bank", "fund/a", 5),))
    post_entry(actor=CHEN, at=at, draft=draft)


def seal(day: date) -> SealRow:
    """Seal a day in the morning of the next."""
    home = Path(settings.MUNIMENT_HOME)
    morning = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=1)
    return seal_day(actor=CHEN, at=morning, day=day, secret=secret_key(home))


def test_two_houses_have_two_keys(tmp_path: Path) -> None:
    assert secret_key(tmp_path / "one") != secret_key(tmp_path / "two")


def broken() -> set[str]:
    """Return the names of the checks that found something."""
    return {row.name for row in check_all() if row.state is State.BROKEN}


@pytest.mark.django_db
def test_a_seal_covers_the_entries_of_its_day_and_is_made_once() -> None:
    empty = seal(DAY - timedelta(days=2))
    book("a", AT)
    book("b", AT + timedelta(seconds=1))
    first = seal(DAY)
    assert seal(DAY) == first
    assert (empty.entry_count, first.entry_count) == (0, 1)
    book("c", AT)
    second = seal(DAY + timedelta(days=1))
    assert second.entry_count == 3
    assert [row.number for row in list_seals().rows] == [3, 2, 1]
    assert is_signed(bytes.fromhex(first.public_key), first.body.encode(), bytes.fromhex(first.signature))
    assert broken() == set()
    with pytest.raises(CannotSeal, match="is sealed already"):
        seal(DAY - timedelta(days=1))
    with pytest.raises(CannotSeal, match="not over"):
        seal_day(actor=CHEN, at=AT + timedelta(days=3), day=DAY + timedelta(days=3), secret=SECRET)
    with pytest.raises(NotAllowed):
        seal_day(actor=DEWI, at=AT, day=DAY - timedelta(days=1), secret=SECRET)


@pytest.mark.django_db
def test_a_seal_with_a_foreign_key_is_found() -> None:
    secret_key(Path(settings.MUNIMENT_HOME))
    seal_day(actor=CHEN, at=AT, day=DAY - timedelta(days=1), secret=SECRET)
    assert broken() == {"seals"}


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["as sealed", "one fact more", "one fact less", "another spelling", "no object"])
def test_a_seal_says_its_facts_and_nothing_else_even_if_the_key_signed_it(change: str) -> None:
    row = seal(DAY)
    facts = json.loads(row.body)
    body = {
        "as sealed": row.body,
        "one fact more": json.dumps({**facts, "note": "x"}, sort_keys=True, separators=(",", ":")),
        "one fact less": json.dumps(
            {name: facts[name] for name in facts if name != "totals"}, sort_keys=True, separators=(",", ":")
        ),
        "another spelling": json.dumps(facts),
        "no object": "[]",
    }[change]
    signature = sign(secret_key(Path(settings.MUNIMENT_HOME)), body.encode()).hex()
    found: list[str] = []
    stored = (1, DAY, 0, 0, AT, "", row.public_key, body, signature, hashlib.sha256(body.encode()).hexdigest())
    said = _said(found.append, stored)
    if change == "as sealed":
        assert (found, said) == ([], facts)
    else:
        assert found == [f"seal 1 of {DAY} is not what was signed"]


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_seal() -> None:
    book("a", AT)
    seal(DAY)
    refuse_change("ledger_seal", "entry_count = 6")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_seal")
        assert cursor.fetchone() == (1,)
