"""What a format tells the door about itself, and what the door tells it of a file."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath

from muniment.kernel.words.problems import Problem

CERTAIN_PPM = 1_000_000
"""Of a file that says itself what it is, in a place where only this format says it."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BEFORE_ROOT = re.compile(rb"\s*(?:<\?[^>]{0,1000}\?>|<!--.{0,20000}?-->|<!DOCTYPE[^>\[]{0,1000}>)", re.DOTALL)
_OWN_TYPE = re.compile(rb"<!DOCTYPE[^>\[]{0,1000}\[")
_ROOT = re.compile(rb"\s*<(?:([A-Za-z_][\w.\-]{0,100}):)?([A-Za-z_][\w.\-]{0,100})((?:\s[^<>]{0,8000})?)/?>")
_NAMESPACE = rb"""xmlns%s\s*=\s*["']([^"']{0,500})["']"""


class Becomes(StrEnum):
    """What the content of a file becomes in the house."""

    WORKS = "works"
    USAGES = "usages"
    RECORDINGS = "recordings"
    EDITIONS = "editions"
    TITLE_LIST = "title list"
    PARTIES = "parties"
    MONEY_FROM_SOCIETIES = "money from societies"
    PAYMENT_ANSWER = "payment answer"
    ANSWER_TO_WORKS = "answer to works"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Head:
    """What can be known of a file without reading it.

    `start` is its first 64 KiB, of a gzip file those that it unpacks to, of an archive or folder those of its first
    member by name. `members` are the names in an archive or folder, as relative paths with "/"; a plain file has none.
    `size_bytes` is what it takes on the disk. `path` is where it lies, for those few that must look further (a
    workbook's headers); whoever recognises by `start` alone is right sooner.
    """

    start: bytes
    file_name: str
    members: tuple[str, ...] = ()
    size_bytes: int = 0
    path: Path | None = None

    @property
    def text(self) -> str:
        """Return the start as text: by its mark, else as UTF-8, else as Latin-1; what is cut at the end is left out."""
        for mark, encoding in _MARKS:
            if self.start.startswith(mark):
                return self.start[len(mark) :].decode(encoding, errors="replace")
        try:
            return self.start.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start >= len(self.start) - 4:
                return self.start[: error.start].decode("utf-8")
            return self.start.decode("latin-1")

    @property
    def first_lines(self) -> tuple[str, ...]:
        """Return the first fifty lines that are not blank, without their ends."""
        lines: list[str] = []
        for line in self.text.splitlines():
            if line.strip():
                lines.append(line)
            if len(lines) == 50:
                break
        return tuple(lines)

    @property
    def xml_root(self) -> tuple[str, str] | None:
        """Return (namespace, local name) of the first element; None: this is not XML.

        Found by its letters, without a parser: no entity is defined or resolved.
        """
        content = self.start
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            content = self.text.encode()
        content = content.removeprefix(b"\xef\xbb\xbf")
        if content.lstrip()[:1] != b"<":
            return None
        place = 0
        while found := _BEFORE_ROOT.match(content, place):
            place = found.end()
        root = _ROOT.match(content, place)
        if root is None:
            return None
        prefix, name, attributes = root.groups()
        wanted = _NAMESPACE % (rb":" + re.escape(prefix) if prefix else b"")
        told = re.search(rb"(?:^|\s)" + wanted, attributes)
        return (told[1] if told else b"").decode("utf-8", "replace"), name.decode("utf-8", "replace")

    @property
    def defines_entities(self) -> bool:
        """Say whether this is XML with a document type of its own, which can define entities; none is ever resolved."""
        return self.start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and bool(_OWN_TYPE.search(self.start))

    @property
    def member_names(self) -> tuple[str, ...]:
        """Return the last part of each member's path, in lower case."""
        return tuple(PurePosixPath(member).name.lower() for member in self.members)


@dataclass(frozen=True, slots=True)
class Recognised:
    """That a file is of a format.

    `certainty_ppm`: 1,000,000 where the file says it itself, about 700,000 by names that could be others', below
    300,000 for a guess. `because` completes “Taken for it because …” for a person. `becomes` overrules the format's
    own, for formats whose files become different things (an answer, an order).
    """

    version: str
    profile: str
    certainty_ppm: int
    because: str
    becomes: Becomes | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file as a table, and how many things of each kind the lines that were looked at hold."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One numbered rule of a format: `id`, `level` ("error", "warning" or the format's own), what it asks.

    `covered` says that the reader or writer enforces it and that tests show both sides; `why_not` says of the others
    why they are not. `profile` names the society or profile that alone asks it ("" for all).
    """

    id: str
    level: str
    condition: str
    covered: bool = True
    why_not: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A wire format as the door knows it: the one constant `FORMAT` of the module `door` in the format's folder.

    `recognise` looks at a `Head` and nothing else, in microseconds. `check` streams every error and warning. `preview`
    gives the first rows. `acknowledge` writes the format's own answer file. `becomes` is what its files become where
    `Recognised` does not say otherwise. `official` is False where the layout was put together from parts. `unpacked`:
    gzip files and archives reach `check`, `preview` and the import unpacked, as a file or folder; False for those that
    read their archives themselves. `check_by` checks by the rules of the societies that are named as well, and raises a
    `UserError` for a name that it does not know; None where a format has no such rules. The functions load their
    readers when they are called, so that finding out what there is stays quick.
    """

    name: str
    title: str
    becomes: Becomes
    versions: tuple[str, ...]
    recognise: Callable[[Head], Recognised | None]
    check: Callable[[Path], Iterator[Problem]]
    preview: Callable[[Path, int], Preview]
    acknowledge: Callable[[Path, Path, datetime], None] | None = None
    writes: bool = False
    official: bool = True
    unpacked: bool = True
    check_by: Callable[[Path, frozenset[str]], Iterator[Problem]] | None = None
