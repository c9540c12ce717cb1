"""Look into files whose names and sizes are not believed: plain, gzip, zip archives and folders.

An archive is unpacked under limits that count what comes out, not what its directory promises: so many members, so
many bytes in all, so many times its own size. A member whose name leads out of the archive, is a link or is encrypted
refuses the archive. Nothing is unpacked inside what was unpacked.
"""

import gzip
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO, Protocol

from muniment.kernel.formats.door.describing import Head
from muniment.kernel.words.problems import BadFile

START_BYTES = 64 * 1024

_GZIP = b"\x1f\x8b"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
_WORKBOOK_PARTS = ("[Content_Types].xml", "mimetype")
_CHUNK_BYTES = 1024 * 1024
DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, ValueError, KeyError)
"""What reading an archive raises if it is damaged; RuntimeError also where it is encrypted or oddly packed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may unpack to: `ratio` times its size once that is more than `free_bytes`, and so much in all."""

    members: int = 10_000
    bytes_in_all: int = 16 * 1024**3
    ratio: int = 300
    free_bytes: int = 64 * 1024**2


LIMITS = Limits()


class _Readable(Protocol):
    """What bytes can be read from piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


class _Allowance:
    """Counts what comes out of an archive of `packed_bytes`, and refuses it when it is too much."""

    def __init__(self, name: str, packed_bytes: int, limits: Limits) -> None:
        self._name = name
        self._largest = min(limits.bytes_in_all, max(limits.free_bytes, packed_bytes * limits.ratio))
        self._count = 0

    def take(self, byte_count: int) -> None:
        """Count bytes that came out; a BadFile where they are too many."""
        self._count += byte_count
        if self._count > self._largest:
            raise BadFile(
                f"{self._name} unpacks to more than {self._largest // 1024**2:,} MB, far more than its size.",
                "Unpack it yourself and look at what is inside before you send it.",
            )


def head_of(path: Path, *, limits: Limits = LIMITS) -> Head:
    """Return what can be known of a file or folder without reading it.

    Raises:
        BadFile: missing, empty, a damaged archive, or one that cannot be looked into safely.
    """
    try:
        if path.is_dir():
            return _head_of_folder(path, limits)
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(START_BYTES)
    except OSError as error:
        raise BadFile(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check the name and the rights."
        ) from error
    if not start:
        raise BadFile(f"{path.name} is empty.", "Ask the sender for the file with its content.")
    if start.startswith(_GZIP):
        return Head(_gzip_start(path), path.name.removesuffix(".gz"), (), size_bytes, path)
    if start.startswith(_ZIPS):
        names, first = _zip_start(path, limits)
        return Head(first, path.name, names, size_bytes, path)
    return Head(start, path.name, (), size_bytes, path)


def _gzip_start(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read(START_BYTES)
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _zip_start(path: Path, limits: Limits) -> tuple[tuple[str, ...], bytes]:
    with _archive(path) as archive:
        members = _members(path, archive, limits)
        if not members:
            raise BadFile(f"{path.name} is an archive with nothing in it.", "Ask the sender for it with its content.")
        with archive.open(members[min(members)]) as stream:
            return tuple(sorted(members)), stream.read(START_BYTES)


def _head_of_folder(path: Path, limits: Limits) -> Head:
    files = _files_of(path, limits)
    if not files:
        raise BadFile(f"{path.name} is a folder without files.", "Name the folder that the files are in.")
    with files[0].open("rb") as file:
        start = file.read(START_BYTES)
    names = tuple(file.relative_to(path).as_posix() for file in files)
    return Head(start, path.name, names, sum(file.stat().st_size for file in files), path)


def _files_of(path: Path, limits: Limits) -> list[Path]:
    """Return the regular files below a folder by name; links and hidden files are not looked at."""
    files: list[Path] = []
    for file in path.rglob("*"):
        if file.is_file() and not file.is_symlink() and not file.name.startswith("."):
            files.append(file)
        if len(files) > limits.members:
            raise BadFile(f"{path.name} has more than {limits.members:,} files.", "Name a smaller folder.")
    return sorted(files)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except BadFile:
        raise
    except DAMAGE as error:
        raise _damaged(path, error) from error


def _members(path: Path, archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """Return the files of an archive by safe names; refuse it for one that is not safe."""
    members: dict[str, zipfile.ZipInfo] = {}
    everything = archive.infolist()
    if len(everything) > limits.members:
        raise BadFile(f"{path.name} has more than {limits.members:,} files in it.", "Send fewer at a time.")
    for member in everything:
        if member.is_dir():
            continue
        name = safe_name(member.filename)
        link = stat.S_ISLNK(member.external_attr >> 16)
        if name is None or link or member.flag_bits & 0x1 or name in members:
            raise BadFile(
                f"{path.name} holds {member.filename[:80]!r}, which cannot be unpacked safely.",
                "Unpack it yourself, and send the files in a new archive without links, passwords or double names.",
            )
        if not name.startswith("__MACOSX/"):
            members[name] = member
    return members


def safe_name(name: str) -> str | None:
    """Return a member's name as a relative path that stays inside the folder it is put in; None: it does not."""
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    unsafe = not parts or plain.startswith("/") or ".." in parts or ":" in parts[0] or len(plain) > 500
    if unsafe or any(ord(letter) < 32 or ord(letter) == 127 for letter in plain) or any(len(p) > 200 for p in parts):
        return None
    return "/".join(parts)


@contextmanager
def unpacked(path: Path, *, limits: Limits = LIMITS) -> Iterator[Path]:
    """Give the file as its format reads it: gzip and archives unpacked into a folder that is deleted afterwards.

    An archive of one file gives that file, one of several gives the folder; a workbook, a plain file and a folder come
    as they are.

    Raises:
        BadFile: damaged, or it cannot be unpacked safely.
    """
    head = head_of(path, limits=limits)
    opening = b"" if path.is_dir() else _opening(path)
    if not opening.startswith((_GZIP, *_ZIPS)) or any(part in head.members for part in _WORKBOOK_PARTS):
        yield path
        return
    with TemporaryDirectory(prefix="muniment-") as name:
        folder = Path(name)
        if opening.startswith(_GZIP):
            yield _unpack_gzip(path, folder, limits)
        else:
            yield _unpack_zip(path, folder, limits)


def _opening(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _unpack_gzip(path: Path, folder: Path, limits: Limits) -> Path:
    target = folder / (safe_name(path.name.removesuffix(".gz")) or "file")
    allowance = _Allowance(path.name, path.stat().st_size, limits)
    try:
        with gzip.open(path) as stream, target.open("wb") as out:
            _pour(stream, out, allowance)
    except BadFile:
        raise
    except DAMAGE as error:
        raise _damaged(path, error) from error
    return target


def _unpack_zip(path: Path, folder: Path, limits: Limits) -> Path:
    allowance = _Allowance(path.name, path.stat().st_size, limits)
    with _archive(path) as archive:
        members = _members(path, archive, limits)
        for name, member in members.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as stream, target.open("xb") as out:
                _pour(stream, out, allowance)
    return folder / next(iter(members)) if len(members) == 1 else folder


def _pour(stream: _Readable, out: BinaryIO, allowance: _Allowance) -> None:
    while chunk := stream.read(_CHUNK_BYTES):
        allowance.take(len(chunk))
        out.write(chunk)


def _damaged(path: Path, error: BaseException) -> BadFile:
    reason = str(error)[:120] or type(error).__name__
    return BadFile(f"{path.name} is damaged or cut off ({reason}).", "Ask the sender to send it again.")


def keep_stream(stream: BinaryIO, target: Path) -> int:
    """Write a stream that can be read once (standard input) to a file, and return how many bytes it has."""
    with target.open("wb") as out:
        shutil.copyfileobj(stream, out, _CHUNK_BYTES)
    return target.stat().st_size
