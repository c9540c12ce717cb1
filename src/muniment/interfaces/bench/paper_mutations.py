"""Random changes to the papers of the registry: is each found by what is behind `muniment verify`?"""

import hashlib
import io
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from muniment.kernel.words.problems import BadFile
from muniment.trust.evidence.rules.certificates import State, Trust, verify_certificate
from muniment.trust.evidence.rules.papers import UnknownPaper
from muniment.trust.evidence.rules.sealed_pdf import open_sealed

_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_SIGNATURE_BYTES = 8_000
"""How much of the signature's space may be hit: what is written in it, and some of its unused end."""


@dataclass(slots=True)
class PaperTrial:
    """What the changes came to: how many of each kind of paper and change were tried; a missed one is a sentence."""

    total: int = 0
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Packed:
    """A file attached to a paper: where its packed bytes lie, and what they are unpacked."""

    start: int
    end: int
    content: bytes


def try_paper_mutations(
    papers: Mapping[str, Sequence[bytes]], trust: Trust, at: datetime, *, count: int, seed: int
) -> Iterator[PaperTrial]:
    """Make `count` changes to papers by kind, each to an untouched one, and yield the tally after each.

    The kinds take turns; for an exchange of attached files the other paper is one of the same kind. A change that
    leaves the file as it was is none.
    """
    chance, trial, kinds = random.Random(seed), PaperTrial(), list(papers)  # noqa: S311 - the same seed, the same changes
    for number in range(count):
        kind = kinds[number % len(kinds)]
        content, other = chance.choice(papers[kind]), chance.choice(papers[kind])
        name, changed = _change(content, other, chance)
        trial.total += 1
        trial.tried[kind, name] += 1
        if not _is_found(changed, trust, at):
            trial.missed.append(f"{kind}: {name}: SHA-256 {hashlib.sha256(changed).hexdigest()}")
        yield trial


def _change(content: bytes, other: bytes, chance: random.Random) -> tuple[str, bytes]:
    while True:
        name = chance.choice(list(CHANGES))
        changed = CHANGES[name](content, other, chance)
        if changed != content:
            return name, changed


def _is_found(content: bytes, trust: Trust, at: datetime) -> bool:
    try:
        return verify_certificate(content, trust, at).state is State.FAILS
    except (BadFile, UnknownPaper):
        return True


def _flipped(content: bytes, place: int, chance: random.Random) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << chance.randrange(8)]) + content[place + 1 :]


def _bit(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    return _flipped(content, chance.randrange(len(content)), chance)


def _bit_in_signature(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    start = content.index(b"/Contents <")
    return _flipped(content, chance.randrange(start, min(start + _SIGNATURE_BYTES, len(content))), chance)


def _cut(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def _gone(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + content[place + chance.randrange(1, 200) :]


def _put_in(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + chance.randbytes(chance.randrange(1, 200)) + content[place:]


def _moved(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    place, source, size = chance.randrange(len(content)), chance.randrange(len(content)), chance.randrange(1, 200)
    return content[:place] + content[source : source + size] + content[place + size :]


def _longer(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    return content + chance.randbytes(chance.randrange(1, 200))


def _updated(content: bytes, _other: bytes, chance: random.Random) -> bytes:
    """Append an update that readers of PDF honour: the document says another language."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(content)), io.BytesIO()
    writer.root["/Lang"] = TextStringObject(f"x-{chance.randrange(1_000_000)}")
    writer.update_root()  # type: ignore[no-untyped-call]
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def _exchanged(content: bytes, other: bytes, chance: random.Random) -> bytes:
    """Put an attached file of another paper in the place of ours, at the same length where it fits."""
    own, foreign = _attached(content), _attached(other)
    names = [name for name in own if name in foreign and own[name].content != foreign[name].content]
    if not names:
        return content
    name = chance.choice(names)
    space = own[name]
    packed = zlib.compress(foreign[name].content, 9).ljust(space.end - space.start, b"\0")
    return content[: space.start] + packed + content[space.end :]


@lru_cache(maxsize=256)
def _attached(content: bytes) -> dict[str, _Packed]:
    """Return where the attached files of a paper lie in it."""
    names = {file: name for name, file in open_sealed(content).attachments.items()}
    found: dict[str, _Packed] = {}
    for one in _STREAM.finditer(content):
        unpack = zlib.decompressobj()
        try:
            file = unpack.decompress(content[one.end() :])
        except zlib.error:
            continue
        if file in names:
            found[names[file]] = _Packed(one.end(), len(content) - len(unpack.unused_data), file)
    return found


CHANGES: dict[str, Callable[[bytes, bytes, random.Random], bytes]] = {
    "bit": _bit,
    "bit in the signature": _bit_in_signature,
    "cut": _cut,
    "gone": _gone,
    "put in": _put_in,
    "moved": _moved,
    "longer": _longer,
    "updated": _updated,
    "exchanged": _exchanged,
}
"""What is done to a paper; each is given the paper, another of its kind, and chance."""
