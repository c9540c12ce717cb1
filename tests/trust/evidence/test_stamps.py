"""Timestamps: asked of OpenSSL's authority, verified by us and by OpenSSL; `test_renewing` has the years."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from muniment.trust.evidence.rules.stamps import (
    HASHES,
    BadStamp,
    imprint_in,
    imprint_of,
    read_reply,
    read_roots,
    stamp_query,
    verify_imprint,
    verify_stamp,
)
from tests.trust.evidence.authority import Authority

URL = "https://north.example/tsa"
IMPRINT = imprint_of(b"checkpoint", "sha256")


@pytest.fixture
def now() -> datetime:
    """Return what the clock of the machine says: OpenSSL's authority stamps by it."""
    return datetime.now(UTC)


@pytest.fixture
def authority(tmp_path: Path, now: datetime) -> Authority:
    """Return an authority whose certificate holds for 400 days."""
    return Authority(tmp_path / "tsa", now)


def test_a_token_is_verified_by_us_and_by_openssl_and_altered_by_neither(authority: Authority, now: datetime) -> None:
    _, reply = authority.send(URL, stamp_query(IMPRINT, 77))
    stamp = read_reply(reply, IMPRINT, 77, (authority.root,))
    assert abs(stamp.stamped_at - now) < timedelta(minutes=5)
    assert authority.verifies(stamp.token, b"checkpoint")
    assert not authority.verifies(stamp.token, b"another")
    assert verify_stamp(stamp.token, b"checkpoint", (authority.root,)) == stamp
    with pytest.raises(BadStamp, match="other bytes"):
        verify_stamp(stamp.token, b"another", (authority.root,))
    with pytest.raises(BadStamp, match="another question"):
        read_reply(reply, IMPRINT, 78, (authority.root,))
    with pytest.raises(BadStamp, match="no trusted root"):
        verify_stamp(stamp.token, b"checkpoint", ())


def test_no_bit_of_what_is_signed_can_be_turned(authority: Authority) -> None:
    """Certificates that the token brings and does not need may be changed; nothing that we believe may."""
    _, reply = authority.send(URL, stamp_query(IMPRINT, 77))
    stamp = read_reply(reply, IMPRINT, 77, (authority.root,))
    chance = random.Random(1)
    for _ in range(400):
        place, bit = chance.randrange(len(stamp.token)), 1 << chance.randrange(8)
        turned = stamp.token[:place] + bytes([stamp.token[place] ^ bit]) + stamp.token[place + 1 :]
        try:
            seen = verify_stamp(turned, b"checkpoint", (authority.root,))
        except BadStamp:
            continue
        assert (seen.stamped_at, seen.imprint) == (stamp.stamped_at, stamp.imprint)


def test_who_may_not_stamp_is_not_believed(tmp_path: Path, authority: Authority, now: datetime) -> None:
    other = Authority(tmp_path / "other", now)
    _, reply = other.send(URL, stamp_query(IMPRINT, 1))
    with pytest.raises(BadStamp, match="no trusted root"):
        read_reply(reply, IMPRINT, 1, (authority.root,))
    ended = Authority(tmp_path / "ended", now - timedelta(days=30), days=10)
    _, late = ended.send(URL, stamp_query(IMPRINT, 1))
    with pytest.raises(BadStamp, match="not valid"):
        read_reply(late, IMPRINT, 1, (ended.root,))
    rejected = bytes.fromhex("30053003020102")
    for nonsense in (b"", b"nonsense", rejected):
        with pytest.raises(BadStamp):
            read_reply(nonsense, IMPRINT, 1, (authority.root,))
    assert read_roots((authority.folder / "root.pem").read_bytes()) == (authority.root,)
    with pytest.raises(BadStamp):
        read_roots(b"none")


@pytest.mark.parametrize("algorithm", HASHES)
def test_every_hash_algorithm_that_we_know_is_known_to_openssl(authority: Authority, algorithm: str) -> None:
    imprint = imprint_of(b"checkpoint", algorithm)
    _, reply = authority.send(URL, stamp_query(imprint, 5))
    stamp = read_reply(reply, imprint, 5, (authority.root,))
    assert imprint_in(stamp.token) == stamp.imprint == imprint
    assert stamp.signed_with == ("ecdsa", "sha256"), "the authority signs with these, whatever it stamps"
    assert authority.verifies(stamp.token, b"checkpoint")
    with pytest.raises(BadStamp, match="other bytes"):
        verify_imprint(stamp.token, imprint_of(b"another", algorithm), (authority.root,))
    with pytest.raises(BadStamp, match="no hash algorithm"):
        imprint_of(b"checkpoint", "md5")
