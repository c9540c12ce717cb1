"""Several PDFs of ours as one, written piece by piece: how a statement of any length takes the memory of one piece.

This is no reader of PDFs in general. It takes what Typst writes: a classic table of cross references, every object
outside a stream in plain text, one tree of pages. The objects of each piece are numbered on from those before; the
trees of pages hang under one root; title, dates, language and bookmarks are those of the first piece.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_REFERENCE = re.compile(rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]+>|\b(\d+) 0 R\b", re.DOTALL)
"""A text, in which nothing is a reference, or a reference."""

_END = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_TABLE = re.compile(rb"xref\s+0 (\d+)\s+")
_ENTRY_BYTES = 20
_STREAM = b"\nstream\n"
_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_ROOT, _PAGES = 1, 2
"""The numbers of the catalogue and of the root of all pages, written last."""


class UnknownLayout(ValueError):
    """The bytes are not a PDF as Typst writes it."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A PDF whose objects can be found: each as number, first byte, byte after the last; and those that matter."""

    content: bytes
    spans: tuple[tuple[int, int, int], ...]
    root: int
    info: int
    pages: int
    page_count: int

    def body(self, number: int) -> bytes:
        """Return an object without its number and its end."""
        return next(_body(self.content, start, end) for found, start, end in self.spans if found == number)

    def bodies(self) -> Iterator[tuple[int, bytes]]:
        """Yield the objects in the order of the file."""
        for number, start, end in self.spans:
            yield number, _body(self.content, start, end)


def page_count(content: bytes) -> int:
    """Return how many pages a PDF of ours has.

    Raises:
        UnknownLayout: it is none of ours.
    """
    return _open(content).page_count


class JoinedPdf:
    """A PDF that grows by pieces: `add` each, then `close`. Nothing is kept of a piece but where its objects lie."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._offsets: dict[int, int] = {}
        self._next = _PAGES + 1
        self._trees: list[int] = []
        self._page_count = 0
        self._catalogue = b""
        self._info = 0
        self._digest = hashlib.sha256()
        self._place = 0
        self._write(_HEADER)

    def add(self, content: bytes) -> int:
        """Append the pages of a PDF that Typst wrote, and return how many they are.

        Raises:
            UnknownLayout: it is something else; nothing was written.
        """
        piece = _open(content)
        shift = self._next - 1
        self._digest.update(hashlib.sha256(content).digest())
        for number, body in piece.bodies():
            moved = _renumbered(body, shift)
            if number == piece.root:
                self._catalogue = self._catalogue or moved.replace(
                    b"/Pages %d 0 R" % (piece.pages + shift), b"/Pages %d 0 R" % _PAGES
                )
                continue
            if number == piece.pages:
                moved = moved.replace(b"/Type/Pages", b"/Type/Pages/Parent %d 0 R" % _PAGES, 1)
            self._write_object(number + shift, moved)
        self._info = self._info or piece.info + shift
        self._trees.append(piece.pages + shift)
        self._page_count += piece.page_count
        self._next += max(number for number, _, _ in piece.spans)
        return piece.page_count

    def close(self) -> None:
        """Write what holds the pieces together; the stream stays open.

        Raises:
            UnknownLayout: there was no piece.
        """
        if not self._trees:
            raise UnknownLayout("a PDF of no pieces")
        kids = b" ".join(b"%d 0 R" % tree for tree in self._trees)
        self._write_object(_PAGES, b"<</Type/Pages/Count %d/Kids[%s]>>" % (self._page_count, kids))
        self._write_object(_ROOT, self._catalogue)
        table = self._place
        self._write(b"xref\n0 %d\n0000000000 65535 f\r\n" % self._next)
        for number in range(1, self._next):
            offset = self._offsets.get(number)
            self._write(b"0000000000 00000 f\r\n" if offset is None else b"%010d 00000 n\r\n" % offset)
        mark = self._digest.hexdigest()[:32].encode()
        trailer = b"<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>" % (self._next, _ROOT, self._info, mark, mark)
        self._write(b"trailer\n%s\nstartxref\n%d\n%%%%EOF" % (trailer, table))

    def _write_object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._place
        self._write(b"%d 0 obj\n%s\nendobj\n\n" % (number, body))

    def _write(self, content: bytes) -> None:
        self._stream.write(content)
        self._place += len(content)


def _open(content: bytes) -> _Piece:
    """Find the objects of a PDF by its table.

    Raises:
        UnknownLayout: there is no such table, or an object is not where it says.
    """
    end = _END.search(content, max(len(content) - 64, 0))
    table = int(end[1]) if end else 0
    head = _TABLE.match(content, table)
    if end is None or head is None:
        raise UnknownLayout("no classic table of cross references at the end")
    entries = content[head.end() : head.end() + _ENTRY_BYTES * int(head[1])]
    offsets = {
        number: int(entries[at : at + 10])
        for number, at in enumerate(range(0, len(entries), _ENTRY_BYTES))
        if entries[at + 17 : at + 18] == b"n"
    }
    places = sorted(offsets.items(), key=lambda item: item[1])
    ends = [start for _, start in places[1:]] + [table]
    spans = tuple((number, start, stop) for (number, start), stop in zip(places, ends, strict=True))
    trailer = content[head.end() + len(entries) :]
    root, info = _number(trailer, b"/Root"), _number(trailer, b"/Info")
    piece = _Piece(content, spans, root, info, 0, 0)
    pages = _number(piece.body(root), b"/Pages")
    counted = re.search(rb"/Count (\d+)", piece.body(pages))
    if counted is None:
        raise UnknownLayout("the root of the pages does not count them")
    return _Piece(content, spans, root, info, pages, int(counted[1]))


def _number(body: bytes, key: bytes) -> int:
    found = re.search(key + rb" (\d+) 0 R", body)
    if found is None:
        raise UnknownLayout(f"no {key.decode()}")
    return int(found[1])


def _body(content: bytes, start: int, stop: int) -> bytes:
    text = content[start:stop]
    first, last = text.find(b" 0 obj"), text.rfind(b"endobj")
    if first < 0 or last < 0:
        raise UnknownLayout(f"no object at byte {start}")
    return text[first + len(b" 0 obj") : last].strip(b"\n")


def _renumbered(body: bytes, shift: int) -> bytes:
    """Return an object with its references moved on; what a stream holds stays as it is."""
    head, mark, rest = body.partition(_STREAM)

    def moved(found: re.Match[bytes]) -> bytes:
        return found[0] if found[1] is None else b"%d 0 R" % (int(found[1]) + shift)

    return _REFERENCE.sub(moved, head) + mark + rest
