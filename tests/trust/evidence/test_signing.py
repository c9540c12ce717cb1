"""A signature from kept parts is, byte for byte, the one that the library writes as a whole."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.sign import signers

from muniment.trust.evidence.rules.cms_parts import CmsParts, der
from muniment.trust.evidence.rules.signing import _key_signer, _Stamper
from muniment.trust.evidence.services.signer import registry_signer
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import AT, home

DIGEST = bytes(range(100, 132))


def both(
    monkeypatch: pytest.MonkeyPatch, digest: bytes, signature: bytes, stamper: _Stamper | None = None
) -> tuple[bytes, bytes]:
    """Return what we write and what the library writes over a digest with one signature."""
    ours = _key_signer(registry_signer(home(), "Invented Registry", AT))

    async def signed(*_args: object, **_settings: object) -> bytes:
        return signature

    monkeypatch.setattr(ours, "async_sign_raw", signed)

    async def write() -> tuple[bytes, bytes]:
        mine = await ours.async_sign(digest, "sha256", use_pades=True, timestamper=stamper)
        theirs = await signers.Signer.async_sign(ours, digest, "sha256", use_pades=True, timestamper=stamper)
        return mine.dump(), theirs.dump()

    return asyncio.run(write())


@pytest.mark.parametrize("size", [8, 70, 71, 72, 127, 128, 300])
def test_it_is_what_the_library_writes_whatever_the_length(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    mine, theirs = both(monkeypatch, DIGEST, bytes(size))
    assert mine == theirs


def test_so_it_is_with_a_timestamp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, answers = Authority(tmp_path / "tsa", datetime.now(UTC)), list[bytes]()

    def stamp(query: bytes) -> bytes:
        if not answers:
            answers.append(authority.send("", query)[1])
        return answers[0]

    monkeypatch.setattr("pyhanko.sign.timestamps.api.get_nonce", lambda: 7)
    mine, theirs = both(monkeypatch, DIGEST, bytes(71), _Stamper(stamp))
    assert mine == theirs
    assert len(mine) > 2_000


@given(st.binary(max_size=70_000), st.integers(min_value=0, max_value=3))
def test_lengths_are_spelt_as_der_spells_them(body: bytes, cuts: int) -> None:
    size = len(body)
    parts = [body[place * size // (cuts + 1) : (place + 1) * size // (cuts + 1)] for place in range(cuts + 1)]
    head = {True: 2, False: 3}[size < 128] + (size > 255) + (size > 65_535)
    made = der(0x04, *parts)
    assert (made[:1], made[head:], len(made)) == (b"\x04", body, head + size)


def test_parts_are_not_learnt_from_attributes_without_the_digest() -> None:
    class Attributes:
        """Attributes that do not hold the mark."""

        def dump(self) -> bytes:
            """Return nothing of use."""
            return b"nothing"

    with pytest.raises(ValueError, match="once"):
        CmsParts.learn(Attributes(), {}, DIGEST)
