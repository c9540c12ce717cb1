"""New files of old ones: bytes, lines, cells and numbers changed, two files put together, archives changed inside."""

import gzip
import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from tests.kernel.formats.mutations import PIECES
from tests.kernel.formats.reports.hostile import HOSTILE

LARGEST_BYTES = 256 * 1024
_VERY_OFTEN = 3_000
_NUMBERS = (b"0", b"-1", b"00000000", b"99999999", b"4294967296", b"9223372036854775808", b"1e400", b"0.5", b"1.999")
_DIGITS = re.compile(rb"\d+")
_WORDS = re.compile(rb"[^\t\r\n,;|<>\"]+")
_BREAKS = re.compile(rb"(?<=\n)|(?<=>)(?=<)|(?<=\x1e)")
_DAMAGE = (OSError, EOFError, RuntimeError, ValueError, LookupError, zlib.error, zipfile.BadZipFile)


class Mutator:
    """Makes files that are near others, always the same ones of the same chance."""

    def __init__(self, chance: random.Random, words: Sequence[bytes]) -> None:
        self._chance = chance
        self._words = (*words, *PIECES, *HOSTILE)
        self._edits: tuple[Callable[[bytes, bytes], bytes], ...] = (
            self._replace, self._insert, self._cut, self._double, self._cut_off, self._number, self._number, self._cell,
            self._cell, self._swap_lines, self._drop_line, self._double_line, self._take_line, self._splice,
        )  # fmt: skip

    def mutate(self, content: bytes, other: bytes) -> bytes:
        """Return a file made of one, with pieces of another; archives are opened and packed again as a rule."""
        if self._chance.random() < 0.9:
            with suppress(*_DAMAGE):
                if content.startswith(b"\x1f\x8b"):
                    return gzip.compress(self._edited(gzip.decompress(content), other), 1, mtime=0)
                if content.startswith(b"PK\x03\x04"):
                    return self._repacked(content, other)
        return self._edited(content, other)

    def _edited(self, content: bytes, other: bytes) -> bytes:
        for _ in range(1 << self._chance.randrange(4)):
            content = self._chance.choice(self._edits)(content, other)[:LARGEST_BYTES]
        return content or b"\n"

    def _repacked(self, content: bytes, other: bytes) -> bytes:
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(content)) as old,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, True, 1) as new,
        ):
            members = old.infolist()
            changed = self._chance.choice(members).filename
            for member in members:
                with old.open(member) as inside:
                    inner = inside.read(LARGEST_BYTES)
                if member.filename == changed:
                    inner = self._edited(inner, other)
                new.writestr(zipfile.ZipInfo(member.filename), inner, zipfile.ZIP_DEFLATED, 1)
        return stream.getvalue()

    def _span(self, content: bytes, longest: int = 64) -> tuple[int, int]:
        start = self._chance.randint(0, len(content))
        return start, min(len(content), start + self._chance.randint(0, self._chance.choice((1, 4, longest))))

    def _word(self) -> bytes:
        if self._chance.random() < 0.2:
            return self._chance.randbytes(self._chance.randint(1, 4))
        return self._chance.choice(self._words)

    def _replace(self, content: bytes, other: bytes) -> bytes:
        start, end = self._span(content)
        return content[:start] + self._word() + content[end:]

    def _insert(self, content: bytes, other: bytes) -> bytes:
        start = self._chance.randint(0, len(content))
        return content[:start] + self._word() + content[start:]

    def _cut(self, content: bytes, other: bytes) -> bytes:
        start, end = self._span(content, 400)
        return content[:start] + content[end:]

    def _double(self, content: bytes, other: bytes) -> bytes:
        """Repeat a piece: now and then so often that what costs more than its size shows."""
        start, end = self._span(content, 400)
        times = _VERY_OFTEN if self._chance.random() < 0.01 else self._chance.choice((1, 1, 2, 30))
        return content[:end] + content[start:end] * times + content[end:]

    def _cut_off(self, content: bytes, other: bytes) -> bytes:
        return content[: self._chance.randint(0, len(content))] if self._chance.random() < 0.2 else content

    def _found(self, pattern: re.Pattern[bytes], content: bytes) -> tuple[int, int] | None:
        """Return the place of a match near some place of the content."""
        start = self._chance.randint(0, len(content))
        found = pattern.search(content, start) or pattern.search(content)
        return found.span() if found else None

    def _number(self, content: bytes, other: bytes) -> bytes:
        place = self._found(_DIGITS, content)
        if place is None:
            return content
        old = content[place[0] : place[1]]
        near = b"%0*d" % (len(old), abs(int(old[:30]) + self._chance.choice((-1, 1, 10))))
        new = self._chance.choice((near, near, b"9" * len(old), b"0" * len(old), *_NUMBERS))
        return content[: place[0]] + new + content[place[1] :]

    def _cell(self, content: bytes, other: bytes) -> bytes:
        place, word = self._found(_WORDS, content), self._word()
        if place is None:
            return content
        if self._chance.random() < 0.5 and (taken := self._found(_WORDS, other)):
            word = other[taken[0] : taken[1]]
        return content[: place[0]] + word + content[place[1] :]

    def _lines(self, content: bytes) -> list[bytes]:
        return _BREAKS.split(content)

    def _swap_lines(self, content: bytes, other: bytes) -> bytes:
        lines = self._lines(content)
        one, two = self._chance.randrange(len(lines)), self._chance.randrange(len(lines))
        lines[one], lines[two] = lines[two], lines[one]
        return b"".join(lines)

    def _drop_line(self, content: bytes, other: bytes) -> bytes:
        lines = self._lines(content)
        del lines[self._chance.randrange(len(lines))]
        return b"".join(lines)

    def _double_line(self, content: bytes, other: bytes) -> bytes:
        lines = self._lines(content)
        lines.insert(self._chance.randrange(len(lines) + 1), self._chance.choice(lines))
        return b"".join(lines)

    def _take_line(self, content: bytes, other: bytes) -> bytes:
        lines = self._lines(content)
        lines.insert(self._chance.randrange(len(lines) + 1), self._chance.choice(self._lines(other)))
        return b"".join(lines)

    def _splice(self, content: bytes, other: bytes) -> bytes:
        return content[: self._chance.randint(0, len(content))] + other[self._chance.randint(0, len(other)) :]
