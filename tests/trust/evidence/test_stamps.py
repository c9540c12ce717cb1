"""Timestamps: asked of OpenSSL's authority, verified by us and by OpenSSL, renewed before they age."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.queries import list_timestamps, timestamps_of
from muniment.trust.evidence.rules.stamps import (
    BadStamp,
    evidence_record,
    read_reply,
    read_roots,
    stamp_query,
    verify_evidence,
    verify_stamp,
)
from muniment.trust.evidence.services import LogDamaged
from muniment.trust.evidence.services.stamping import chain_of, renew_stamps, stamp_head, stamped_bytes
from tests.cast import DEWI
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import OPERATOR, add, entropy

NORTH, SOUTH = "https://north.example/tsa", "https://south.example/tsa"


@pytest.fixture
def now() -> datetime:
    """Return what the clock of the machine says: OpenSSL's authority stamps by it."""
    return datetime.now(UTC)


@pytest.fixture
def authority(tmp_path: Path, now: datetime) -> Authority:
    """Return an authority whose certificate holds for 400 days."""
    return Authority(tmp_path / "tsa", now)


def test_a_token_is_verified_by_us_and_by_openssl_and_altered_by_neither(authority: Authority, now: datetime) -> None:
    _, reply = authority.send(NORTH, stamp_query(b"checkpoint", 77))
    stamp = read_reply(reply, b"checkpoint", 77, (authority.root,))
    assert abs(stamp.stamped_at - now) < timedelta(minutes=5)
    assert authority.verifies(stamp.token, b"checkpoint")
    assert not authority.verifies(stamp.token, b"another")
    assert verify_stamp(stamp.token, b"checkpoint", (authority.root,)) == stamp
    with pytest.raises(BadStamp, match="other bytes"):
        verify_stamp(stamp.token, b"another", (authority.root,))
    with pytest.raises(BadStamp, match="another question"):
        read_reply(reply, b"checkpoint", 78, (authority.root,))
    with pytest.raises(BadStamp, match="no trusted root"):
        verify_stamp(stamp.token, b"checkpoint", ())


def test_no_bit_of_what_is_signed_can_be_turned(authority: Authority) -> None:
    """Certificates that the token brings and does not need may be changed; nothing that we believe may."""
    _, reply = authority.send(NORTH, stamp_query(b"checkpoint", 77))
    stamp = read_reply(reply, b"checkpoint", 77, (authority.root,))
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
    _, reply = other.send(NORTH, stamp_query(b"x", 1))
    with pytest.raises(BadStamp, match="no trusted root"):
        read_reply(reply, b"x", 1, (authority.root,))
    ended = Authority(tmp_path / "ended", now - timedelta(days=30), days=10)
    _, late = ended.send(NORTH, stamp_query(b"x", 1))
    with pytest.raises(BadStamp, match="not valid"):
        read_reply(late, b"x", 1, (ended.root,))
    rejected = bytes.fromhex("30053003020102")
    for nonsense in (b"", b"nonsense", rejected):
        with pytest.raises(BadStamp):
            read_reply(nonsense, b"x", 1, (authority.root,))
    assert read_roots((authority.folder / "root.pem").read_bytes()) == (authority.root,)
    with pytest.raises(BadStamp):
        read_roots(b"none")


@pytest.mark.django_db
def test_the_newest_checkpoint_is_stamped_once_by_each_authority(authority: Authority, now: datetime) -> None:
    roots = (authority.root,)

    def stamp(**changes: object) -> list[str]:
        given = {
            "actor": OPERATOR,
            "at": now,
            "authorities": (NORTH, SOUTH),
            "roots": roots,
            "entropy": entropy,
            "send": authority.send,
        } | changes
        return [answer.problem for answer in stamp_head(**given)]  # type: ignore[arg-type]

    with pytest.raises(LogDamaged):
        stamp()
    add(0, 3)
    with pytest.raises(NotAllowed):
        stamp(actor=DEWI)
    assert "answered 0" in stamp(send=lambda url, body: (0, b"nobody"))[0]
    assert "clock" in stamp(at=now - timedelta(hours=1))[0]
    assert "no trusted root" in stamp(roots=())[0]
    assert list_timestamps() == ()
    assert stamp() == ["", ""]
    assert stamp() == []
    assert {row.authority for row in timestamps_of(3)} == {NORTH, SOUTH}
    assert all(authority.verifies(row.token, stamped_bytes(3)) for row in timestamps_of(3))
    with pytest.raises(LogDamaged):
        stamped_bytes(2)


@pytest.mark.django_db
def test_a_stamp_is_renewed_before_it_expires_and_the_record_of_both_holds(tmp_path: Path, now: datetime) -> None:
    short = Authority(tmp_path / "short", now, days=60)
    roots = (short.root,)
    add(0, 3)
    stamp_head(actor=OPERATOR, at=now, authorities=(NORTH,), roots=roots, entropy=entropy, send=short.send)
    renew = {"actor": OPERATOR, "at": now, "roots": roots, "entropy": entropy, "send": short.send}
    assert [answer.problem for answer in renew_stamps(**renew)] == [""]  # type: ignore[arg-type]
    rows = timestamps_of(3)
    assert (len(rows), rows[1].renews) == (2, rows[0].id)
    record = evidence_record(chain_of(rows[1].id))
    assert [stamp.token for stamp in verify_evidence(record, stamped_bytes(3), roots)] == [row.token for row in rows]
    assert short.verifies(rows[1].token, rows[0].token), "OpenSSL takes the renewal for one of the first token"
    with pytest.raises(BadStamp):
        verify_evidence(evidence_record((rows[1].token, rows[0].token)), stamped_bytes(3), roots)
    with pytest.raises(BadStamp):
        verify_evidence(record[:-1], stamped_bytes(3), roots)
    late = renew_stamps(**(renew | {"at": now + timedelta(days=61)}))  # type: ignore[arg-type]
    assert "expired" in late[0].problem
    assert short.root.public_bytes(Encoding.DER)
    with pytest.raises(ValueError):
        evidence_record(())
