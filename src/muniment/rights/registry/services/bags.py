"""Bags (BagIt, RFC 8493): the bytes of a deposit on the disk, whole before the database hears of them.

A content is copied into a folder beside its place while it is hashed, synced, and moved to its place, which the key of
the request names; then the rows are written. A crash before that leaves a bag that nobody knows, which the same
request takes over and `tidy` removes.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import bagit

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.rights.registry.models import Deposit
from muniment.rights.registry.rules.contents import BadContent, FileHash, Kind, check_files, check_path, manifest_text
from muniment.rights.registry.rules.hashing import PIECE, hash_pieces
from muniment.trust.evidence.services.keys import Entropy

_STAGED = ".staged-"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_AGE = timedelta(days=1)


class NotKept(UserError):
    """The bytes of a deposit could not be written or read."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content that was read: its files, what it was, and the folder it was copied to (None: only hashed)."""

    kind: Kind
    files: tuple[FileHash, ...]
    staged: Path | None = None


def deposits_folder(home: Path) -> Path:
    """Return the folder of the bags."""
    return home / "deposits"


def bag_folder(home: Path, request_key: str) -> Path:
    """Return the place of a bag."""
    return deposits_folder(home) / request_key[:2] / request_key


def read_content(path: Path, progress: Progress = silent) -> Content:
    """Return what a file, a folder or a bag hashes to; nothing is kept. `progress` counts bytes.

    Raises:
        BadContent: there is nothing in it, a name cannot be kept, a link leads elsewhere, or it changed meanwhile.
        NotKept: it cannot be read.
    """
    with _disk():
        found = list(_listed(path))
        total, done, files = sum(one.stat().st_size for one, _ in found), 0, []
        for place, name in found:
            files.append(hash_pieces(name, _pieces(place)))
            done += files[-1].byte_count
            progress(done, total)
    return Content(Kind.FOLDER if path.is_dir() else Kind.FILE, check_files(files))


@contextmanager
def staged_content(home: Path, path: Path, entropy: Entropy, progress: Progress = silent) -> Iterator[Content]:
    """Copy a file, a folder or a bag into a new bag while hashing it; what the body does not take is removed.

    Raises:
        BadContent, NotKept: as `read_content`; or the disk is full.
    """
    folder = deposits_folder(home) / f"{_STAGED}{entropy(16).hex()}"
    try:
        with _disk():
            content = _copy(path, folder, progress)
        yield content
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_bag(home: Path, content: Content, request_key: str) -> None:
    """Move a staged bag to its place, on the disk before this returns; one that a crash left there gives way.

    Raises:
        NotKept: it cannot be moved.
    """
    if content.staged is None:
        return
    place = bag_folder(home, request_key)
    with _disk():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place, ignore_errors=True)
        content.staged.rename(place)
        for folder in (place.parent, deposits_folder(home), home):
            _sync(folder)


def remove_bag(home: Path, request_key: str) -> None:
    """Delete a bag for ever; one that is not there is no error."""
    with _disk():
        place = bag_folder(home, request_key)
        if place.exists():
            shutil.rmtree(place)
            _sync(place.parent)


def check_bag(home: Path, request_key: str) -> str:
    """Return what is wrong with a bag, by the bagit library, which reads it anew; empty where nothing is."""
    try:
        bagit.Bag(str(bag_folder(home, request_key))).validate()
    except (bagit.BagError, OSError, UnicodeDecodeError) as error:
        return str(error)
    return ""


def tidy(home: Path, at: datetime) -> int:
    """Remove bags that no deposit knows and that are older than a day, such as a crash leaves; return how many.

    Raises:
        NotKept: one cannot be removed.
    """
    folder, removed = deposits_folder(home), 0
    with _disk():
        old = (at - _AGE).timestamp()
        staged = list(folder.glob(f"{_STAGED}*"))
        bags = [place for place in folder.glob("[0-9a-f][0-9a-f]/*") if not _is_known(place.name)]
        for place in (*staged, *bags):
            if place.stat().st_mtime < old:
                shutil.rmtree(place)
                removed += 1
    return removed


def _is_known(request_key: str) -> bool:
    return Deposit.objects.filter(request_key=request_key, is_kept=True).exists()


def _copy(path: Path, folder: Path, progress: Progress) -> Content:
    found = list(_listed(path))
    total, done, files = sum(one.stat().st_size for one, _ in found), 0, []
    for place, name in found:
        target = folder / "data" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        files.append(hash_pieces(name, _copied(place, target)))
        done += files[-1].byte_count
        progress(done, total)
    checked = check_files(files)
    payload = manifest_text(checked, "data/")
    tags = {
        "bagit.txt": _DECLARATION,
        "bag-info.txt": f"Payload-Oxum: {sum(one.byte_count for one in checked)}.{len(checked)}\n",
        "manifest-sha256.txt": payload,
    }
    hashed = [hash_pieces(name, [text.encode()], with_code=False) for name, text in tags.items()]
    tags["tagmanifest-sha256.txt"] = manifest_text(hashed)
    for name, text in tags.items():
        with (folder / name).open("xb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    for below, _, _ in os.walk(folder):
        _sync(Path(below))
    return Content(Kind.FOLDER if path.is_dir() else Kind.FILE, checked, folder)


def _listed(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of what was given with their paths in it; of a bag its payload, once bagit has checked it.

    Raises:
        BadContent: it is no file or folder, or holds a link or something else that is none.
    """
    if path.is_file() and not path.is_symlink():
        yield path, check_path(path.name)
        return
    if not path.is_dir() or path.is_symlink():
        raise BadContent("{path} is no file and no folder.", "Give the path of one; links are not followed.", path=path)
    root = _payload(path) if (path / "bagit.txt").is_file() else path
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in [*folders, *names]:
            place = Path(folder) / name
            mode = place.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise BadContent(
                    "{place} is a link or no file.", "Replace it with the file that is meant.", place=place
                )
        for name in sorted(names):
            yield Path(folder) / name, check_path((Path(folder) / name).relative_to(root).as_posix())


def _payload(path: Path) -> Path:
    try:
        bagit.Bag(str(path)).validate()
    except (bagit.BagError, UnicodeDecodeError) as error:
        raise BadContent(
            "{path} is not a whole bag: {cause}.", "Make the bag again at its source.", path=path, cause=error
        ) from error
    return path / "data"


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield the pieces of a file that stays the same while it is read.

    Raises:
        BadContent: it did not.
    """
    with path.open("rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        while piece := file.read(PIECE):
            yield piece
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise BadContent("{path} was changed while it was read.", "Deposit it when nobody writes to it.", path=path)


def _copied(path: Path, target: Path) -> Iterator[bytes]:
    with target.open("xb") as copy:
        for piece in _pieces(path):
            copy.write(piece)
            yield piece
        copy.flush()
        os.fsync(copy.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk() -> Iterator[None]:
    """Turn an error of the disk into a refusal that says what to do."""
    try:
        yield
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise NotKept(
            "{file}: {cause}.",
            "Make room. Nothing was deposited." if is_full else "Check the path and the rights. Nothing was deposited.",
            file=error.filename or Phrase("The disk"),
            cause=error.strerror,
        ) from error
