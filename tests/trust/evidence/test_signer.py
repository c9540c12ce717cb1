"""The registry's signer on its first day, when several processes start at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from muniment.trust.evidence.rules.signing import NotSigned
from muniment.trust.evidence.services.signer import CHAIN_NAME, KEY_NAME, registry_signer, renew_signer, roots_of
from tests.trust.evidence.logs import AT

NAME = "Invented Registry"


def test_those_who_start_at_once_sign_with_one_key(tmp_path: Path) -> None:
    gate = Barrier(8)

    def start(_number: int) -> bytes:
        gate.wait()
        return registry_signer(tmp_path, NAME, AT).chain[0].public_bytes(Encoding.DER)

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(start, range(8)))) == 1
    assert len(roots_of(tmp_path)) == 1


def test_a_key_that_is_renewed_meanwhile_is_not_taken_for_a_missing_one(tmp_path: Path) -> None:
    registry_signer(tmp_path, NAME, AT)
    gate = Barrier(5)

    def renew(number: int) -> bool:
        gate.wait()
        return renew_signer(tmp_path, NAME, AT + timedelta(days=number)).key is not None

    def read(_number: int) -> bool:
        gate.wait()
        return registry_signer(tmp_path, NAME, AT).key is not None

    with ThreadPoolExecutor(5) as threads:
        done = [threads.submit(renew, 1), *(threads.submit(read, number) for number in range(4))]
        assert all(one.result() for one in done)
    assert len(roots_of(tmp_path)) == 1, "nobody made a second root"


def test_half_of_the_files_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    registry_signer(tmp_path, NAME, AT)
    (tmp_path / KEY_NAME).unlink()
    kept = (tmp_path / CHAIN_NAME).read_bytes()
    with pytest.raises(NotSigned, match="cannot be read"):
        registry_signer(tmp_path, NAME, AT)
    assert (tmp_path / CHAIN_NAME).read_bytes() == kept
