"""Measuring deposits: reading a large file, with its hash, its ISCC and a copy."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from muniment.rights.registry.rules.hashing import PIECE
from muniment.rights.registry.services.bags import read_content, staged_content

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HashRate:
    """How long one way of reading a file of `mebibytes` took: by the clock, and our own computing."""

    name: str
    mebibytes: int
    wall_s: float
    cpu_s: float


def measure_hashing(home: Path, mebibytes: int) -> Iterator[HashRate]:
    """Write a file of random bytes and read it three ways: SHA-256 alone, with ISCC, and copied into a bag."""
    path = home / "large"
    piece = os.urandom(_MIB)
    with path.open("wb") as file:
        for number in range(mebibytes):
            file.write(number.to_bytes(8) + piece[8:])
    yield _timed("SHA-256", mebibytes, lambda: _sha256(path))
    yield _timed("SHA-256 and ISCC", mebibytes, lambda: read_content(path))
    yield _timed("SHA-256, ISCC and a copy, synced", mebibytes, lambda: _copied(home, path))
    path.unlink()


def _timed(name: str, mebibytes: int, read: Callable[[], object]) -> HashRate:
    start, cpu = time.perf_counter(), time.process_time()
    read()
    return HashRate(name, mebibytes, time.perf_counter() - start, time.process_time() - cpu)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _copied(home: Path, path: Path) -> None:
    with staged_content(home, path, os.urandom):
        pass
