"""What the content of a deposit hashes to, so that a stranger can work it out with `sha256sum` and `sort`.

The content is the set of its files without their names: for each a line `SHA-256 SIZE`, sorted by bytes; the SHA-256 of
that text is the digest. Names may name persons, so they are in the manifest alone (BagIt, RFC 8493), to which only the
erasable half of a deposit commits.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.problems import UserError

MOST_FILES = 200_000
_DIGEST = re.compile("[0-9a-f]{64}")
_MOST_BYTES = 2**63 - 1
_MOST_PATH = 1_024
_UNKEPT = re.compile(r"[\0\\\r\n]|%(?:0[aAdD]|25)")


class BadContent(UserError):
    """What is to be deposited is empty, has a name that cannot be kept, or changed while it was read."""


class Kind(StrEnum):
    """What was handed over."""

    FILE = "file"
    FOLDER = "folder"
    HASHES = "hashes"


@dataclass(frozen=True, slots=True)
class FileHash:
    """A file by its path, SHA-256 (hexadecimal), size, and ISCC Data-Code as hexadecimal digits (may be empty)."""

    path: str
    sha256: str
    byte_count: int
    code: str = ""


def contents_text(files: Iterable[FileHash]) -> str:
    """Return the lines that the digest of a content is over."""
    return "".join(sorted(f"{one.sha256} {one.byte_count}\n" for one in files))


def content_digest(files: Iterable[FileHash]) -> str:
    """Return the digest of a content."""
    return digest_bytes(contents_text(files).encode())


def manifest_text(files: Iterable[FileHash], prefix: str = "") -> str:
    """Return the manifest of a content as BagIt has it: a hash and a path a line, sorted by path.

    `prefix` is set before each path, as `data/` in a bag. Nothing is escaped: RFC 8493 wants `%25` for a percent sign,
    and the bagit library does not read that; names that the two would read differently are refused by `check_path`.
    """
    rows = sorted((f"{prefix}{one.path}", one.sha256) for one in files)
    return "".join(f"{sha256}  {path}\n" for path, sha256 in rows)


def check_files(files: Sequence[FileHash]) -> tuple[FileHash, ...]:
    """Return the files in the order of their paths, if they can be deposited.

    Raises:
        BadContent: there is none or too many, a path leads elsewhere or stands twice, or a value is none.
    """
    if not files:
        raise BadContent("There is no file in it.", "Choose a file, or a folder with files.")
    if len(files) > MOST_FILES:
        raise BadContent(
            "There are {count} files.",
            "Deposit at most {most} at once, or pack them.",
            count=len(files),
            most=MOST_FILES,
        )
    for one in files:
        check_path(one.path)
        if not _DIGEST.fullmatch(one.sha256) or not 0 <= one.byte_count <= _MOST_BYTES:
            raise BadContent("{path} has no SHA-256 or no size.", "Make the hashes again.", path=one.path)
        if one.code and not re.fullmatch("[0-9a-f]{16}", one.code):
            raise BadContent("{path} has a code that is none.", "Make the hashes again.", path=one.path)
    ordered = tuple(sorted(files, key=lambda one: one.path))
    for before, after in pairwise(ordered):
        if before.path == after.path:
            raise BadContent("{path} stands twice.", "Give each file a name of its own.", path=after.path)
    return ordered


def check_path(path: str) -> str:
    """Return a path below the content, with `/` between its parts.

    Raises:
        BadContent: it is empty, too long, absolute, leads out of the content, or cannot be written as UTF-8.
    """
    parts = path.split("/")
    try:
        size = len(path.encode())
    except UnicodeEncodeError as error:
        raise BadContent("The name {path!r} is not UTF-8.", "Rename the file.", path=path) from error
    if not 0 < size <= _MOST_PATH or any(part in ("", ".", "..") for part in parts) or _UNKEPT.search(path):
        raise BadContent("The name {path!r} cannot be kept.", "Rename the file.", path=path[:80])
    return path
