"""Measuring deposits and certificates: hashing a large file, signing many certificates, and changes that are found."""

import hashlib
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from muniment.rights.registry.rules.contents import FileHash, Kind
from muniment.rights.registry.rules.hashing import PIECE
from muniment.rights.registry.services.bags import Content, read_content, staged_content
from muniment.rights.registry.services.certificates import Registry, issue_certificate, make_certificate, pdf_path
from muniment.rights.registry.services.deposits import Depositor, deposit
from muniment.trust.access.rules import Actor
from muniment.trust.evidence.queries import count_waiting
from muniment.trust.evidence.rules.certificates import State, Trust, verify_certificate
from muniment.trust.evidence.rules.sealed_pdf import BadPdf
from muniment.trust.evidence.services import sequence
from muniment.trust.evidence.services.keys import LogKeys

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HashRate:
    """How long one way of reading a file of `mebibytes` took: by the clock, and our own computing."""

    name: str
    mebibytes: int
    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class CertificateRate:
    """How long certificates took: deposits and leaves (`issue_s`), and typesetting, signing and keeping (`make_s`)."""

    count: int
    issue_s: float
    make_s: float
    make_cpu_s: float
    verify_s: float
    bytes_each: int


@dataclass(slots=True)
class CertificateTrial:
    """What the changes came to; a missed one is a sentence."""

    total: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


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


def measure_certificates(
    *, actor: Actor, at: datetime, keys: LogKeys, registry: Registry, count: int, trust: Trust
) -> CertificateRate:
    """Deposit hashes, issue a certificate of each, make the PDFs, and verify them; all of them must hold.

    Raises:
        ValueError: one does not.
    """
    home, start = registry.home, time.perf_counter()
    numbers = [_issue(actor, at, keys, home, place) for place in range(count)]
    while count_waiting():
        sequence(actor=actor, at=at, keys=keys, home=home, entropy=os.urandom)
    issued, cpu = time.perf_counter(), time.process_time()
    for number in numbers:
        make_certificate(actor=actor, at=at, number=number, registry=registry)
    made, cpu = time.perf_counter(), time.process_time() - cpu
    pdfs = [pdf_path(home, number).read_bytes() for number in numbers]
    if any(verify_certificate(pdf, trust, at).state is State.FAILS for pdf in pdfs):
        raise ValueError("a certificate does not hold that nobody changed")
    verified = time.perf_counter()
    return CertificateRate(count, issued - start, made - issued, cpu, verified - made, sum(map(len, pdfs)) // count)


def try_certificate_mutations(
    content: bytes, trust: Trust, at: datetime, *, count: int, seed: int
) -> Iterator[CertificateTrial]:
    """Change a certificate at random, each time anew: bits, bytes cut, put in or moved; yield the tally after each."""
    chance, trial = random.Random(seed), CertificateTrial()  # noqa: S311 - the same seed is to make the same changes
    for _ in range(count):
        kind, changed = _change(content, chance)
        trial.total += 1
        trial.tried[kind] += 1
        if changed != content and not _is_found(changed, trust, at):
            trial.missed.append(f"{kind}: SHA-256 {hashlib.sha256(changed).hexdigest()}")
        yield trial


def _change(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    place, size = chance.randrange(len(content)), chance.randrange(1, 200)
    kind = chance.choice(("bit", "bit in the signature", "cut", "gone", "put in", "moved", "longer"))
    if kind == "bit in the signature":
        start = content.index(b"/Contents <") if b"/Contents <" in content else 0
        place = chance.randrange(start, min(start + 8_000, len(content)))
    if kind.startswith("bit"):
        return kind, content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]
    other = chance.randrange(len(content))
    changes = {
        "cut": content[:place],
        "gone": content[:place] + content[place + size :],
        "put in": content[:place] + chance.randbytes(size) + content[place:],
        "moved": content[:place] + content[other : other + size] + content[place + size :],
        "longer": content + chance.randbytes(size),
    }
    return kind, changes[kind]


def _is_found(content: bytes, trust: Trust, at: datetime) -> bool:
    try:
        return verify_certificate(content, trust, at).state is State.FAILS
    except BadPdf:
        return True


def _issue(actor: Actor, at: datetime, keys: LogKeys, home: Path, place: int) -> str:
    file = FileHash(f"file-{place}", hashlib.sha256(b"%d" % place).hexdigest(), place)
    given = Depositor(f"Invented depositor {place}", f"Invented title {place}")
    content = Content(Kind.HASHES, (file,))
    row = deposit(actor=actor, at=at, depositor=given, content=content, keys=keys, entropy=os.urandom, home=home)
    issued = issue_certificate(
        actor=actor, at=at, deposit=row.number, language="en", issuer="Benchmark", keys=keys, entropy=os.urandom
    )
    return issued.number


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
