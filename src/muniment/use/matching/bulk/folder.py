"""An index as a folder: raw columns that are read in place, and a manifest that says what they must be."""

import hashlib
import json
import mmap
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from muniment.kernel.words.problems import UserError

FORMAT = 8
MANIFEST = "manifest.json"
_BLOCK = 1 << 24
_LARGE_PAGE = 1 << 21
"""Bytes of a page of memory of the larger kind: of these the processor remembers where a whole index lies."""


class BrokenIndex(UserError):
    """An index folder is missing, of another version, or not what was written."""


class Writer:
    """Writes the columns of an index, each in as many pieces as it comes."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`, which is there and empty."""
        self._folder = folder
        self._columns: dict[str, dict[str, Any]] = {}
        self._digests: dict[str, Any] = {}
        self._files: dict[str, Any] = {}

    def append(self, name: str, array: Any) -> None:
        """Add a piece to the column `name`."""
        flat = np.ascontiguousarray(array)
        if name not in self._files:
            self._files[name] = (self._folder / f"{name}.bin").open("wb", buffering=_LARGE_PAGE)
            self._columns[name] = {"type": flat.dtype.name, "length": 0}
            self._digests[name] = hashlib.sha256()
        if self._columns[name]["type"] != flat.dtype.name:
            raise TypeError(f"{name} is {self._columns[name]['type']}, not {flat.dtype.name}")
        view = memoryview(flat).cast("B") if flat.size else memoryview(b"")
        _write_pages(self._files[name], view)
        self._digests[name].update(view)
        self._columns[name]["length"] += int(flat.size)

    def written(self) -> Callable[[str], Any]:
        """Return a reader of the columns written so far."""
        for file in self._files.values():
            file.flush()

        def column(name: str) -> Any:
            return _mapped(self._folder / f"{name}.bin", np.dtype(self._columns[name]["type"]))

        return column

    def finish(self, **facts: Any) -> None:
        """Close the columns and write the manifest, last: a folder without one is no index."""
        for name, file in self._files.items():
            file.close()
            self._columns[name]["sha256"] = self._digests[name].hexdigest()
        whole = {"format": FORMAT, **facts, "columns": dict(sorted(self._columns.items()))}
        (self._folder / MANIFEST).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an index.

    Raises:
        BrokenIndex: there is none, it cannot be read, or its format is another.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BrokenIndex(f"{folder.name} is not an index: it has no {MANIFEST}.", "Build it again.") from error
    except (OSError, ValueError) as error:
        raise BrokenIndex(f"The manifest of index {folder.name} cannot be read: {error}.", "Build it again.") from error
    facts = {"repertoire": str, "table": str, "readings": str, "columns": dict}
    if isinstance(manifest, dict) and not all(isinstance(manifest.get(name), kind) for name, kind in facts.items()):
        raise BrokenIndex(f"The manifest of index {folder.name} lacks what it must say.", "Build it again.")
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise BrokenIndex(f"Index {folder.name} has format {found}, this version reads {FORMAT}.", "Build it again.")
    return manifest


def open_columns(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of an index, read in place.

    Raises:
        BrokenIndex: a file is missing or has another length than was written.
    """
    columns = {}
    for name, facts in manifest["columns"].items():
        kind = np.dtype(facts["type"])
        path = folder / f"{name}.bin"
        size = path.stat().st_size if path.is_file() else -1
        if size != kind.itemsize * facts["length"]:
            said = "is missing" if size < 0 else f"has {size:,} bytes instead of {kind.itemsize * facts['length']:,}"
            raise BrokenIndex(f"Index {folder.name}: {path.name} {said}.", "Build it again.")
        columns[name] = _mapped(path, kind)
    return columns


def _write_pages(file: Any, view: memoryview) -> None:
    """Write so that whatever reaches the system begins and ends with large pages: then it is held in such."""
    at, room = 0, _LARGE_PAGE - file.tell() % _LARGE_PAGE
    while at < len(view):
        file.write(view[at : at + room])
        at, room = at + room, _LARGE_PAGE


def _mapped(path: Path, kind: Any) -> Any:
    """Return a column read in place, in large pages where the system has such for files."""
    if path.stat().st_size:
        with path.open("rb") as file:
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        with suppress(AttributeError, OSError):  # what is asked for is only speed
            held.madvise(mmap.MADV_HUGEPAGE)
        return np.frombuffer(held, kind)
    array = np.zeros(0, kind)
    array.flags.writeable = False
    return array


def check_columns(folder: Path) -> list[str]:
    """Return the names of the columns whose contents are not what was written; reads every byte."""
    manifest = read_manifest(folder)
    open_columns(folder, manifest)
    wrong = []
    for name, facts in manifest["columns"].items():
        digest = hashlib.sha256()
        with (folder / f"{name}.bin").open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != facts["sha256"]:
            wrong.append(name)
    return wrong
