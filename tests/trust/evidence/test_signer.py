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


@pytest.mark.parametrize(
    ("is_renewal", "moves"), [(False, 0), (False, 1), (False, 2), (False, 3), (True, 0), (True, 1), (True, 2)]
)
def test_who_is_cut_off_before_all_files_are_in_place_is_finished_or_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_renewal: bool, moves: int
) -> None:
    before = registry_signer(tmp_path, NAME, AT).chain[0] if is_renewal else None
    left, replace = iter(range(moves)), Path.replace

    def cut_off(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise InterruptedError
        return replace(path, target)

    begin = renew_signer if is_renewal else registry_signer
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        with pytest.raises(InterruptedError):
            begin(tmp_path, NAME, AT + timedelta(days=1))
    after = registry_signer(tmp_path, NAME, AT + timedelta(days=2))
    assert after.key.public_key() == after.chain[0].public_key()
    assert len(roots_of(tmp_path)) == 1
    kept = [one.read_bytes() for one in tmp_path.glob("certificate_chain*.pem")]
    assert before is None or any(before.public_bytes(Encoding.PEM) in chain for chain in kept)
