"""Which files a set consists of, of which version it is, and whether they are what the manifest says."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from muniment.kernel.formats.bwarm.layout import VERSIONS, layout_of, table_of_file
from muniment.kernel.formats.bwarm.rules import TABLE
from muniment.kernel.words.problems import BadFile, Problem

MANIFEST = "bwarm_manifest"
_MANIFEST_BYTES = 1024 * 1024
_COUNT = re.compile(r"\d{1,18}", re.ASCII)
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileSet:
    """The files of a set by our names for their tables; the `manifest` is None where there is none."""

    folder: Path
    version: str
    tables: Mapping[str, Path]
    manifest: Path | None
    strangers: tuple[str, ...] = field(default=())

    @property
    def sender(self) -> str:
        """Return the DPID in the name of the manifest, "" where it has none."""
        parts = self.manifest.stem.split("_") if self.manifest else []
        return parts[2] if len(parts) > 2 else ""


def version_of_names(names: Sequence[str]) -> str:
    """Return the version whose table of works is among the names of files, "" where there is none."""
    stems = {name.lower().removesuffix(".tsv") for name in names}
    return next((version for version in VERSIONS if layout_of(version)["works"].file in stems), "")


def open_set(path: Path) -> FileSet:
    """Return the set that a folder, or the folder of a file, holds.

    Raises:
        BadFile: there is no table of works in it.
    """
    folder = path if path.is_dir() else path.parent
    found = sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink() and one.name[0] != ".")
    version = version_of_names([one.name for one in found])
    if not version:
        raise BadFile(f"{path.name} has no table of works.", "Name the folder or archive with all files of the set.")
    tables: dict[str, Path] = {}
    strangers: list[str] = []
    manifest: Path | None = None
    for one in found:
        table = table_of_file(version, one.name)
        if table:
            tables.setdefault(table, one)
        elif one.name.lower().startswith(MANIFEST):
            manifest = one
        else:
            strangers.append(one.name)
    order = {table: tables[table] for table in layout_of(version) if table in tables}
    return FileSet(folder, version, order, manifest, tuple(strangers))


def check_frame(found: FileSet) -> Iterator[Problem]:
    """Yield what is wrong with the set as such: missing and strange files, wrong digests and counts of lines."""
    for name in found.strangers:
        yield TABLE.broken("BW-05", None, name, f"{name} is no table of BWARM {found.version}.")
    if found.manifest is not None:
        yield from _check_manifest(found, found.manifest)


def _check_manifest(found: FileSet, manifest: Path) -> Iterator[Problem]:
    there = {path.name.lower(): path for path in found.tables.values()}
    try:
        with manifest.open("rb") as file:
            lines = file.read(_MANIFEST_BYTES).decode("utf-8-sig").splitlines()[:1_000]
    except (OSError, UnicodeDecodeError):
        yield TABLE.broken("BW-10", None, manifest.name, f"{manifest.name} is not UTF-8 text.")
        return
    known: dict[Path, tuple[str, int]] = {}
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or len(cells) < 2 or not cells[1].lower().endswith(".tsv"):
            continue
        path = there.get(cells[1].lower())
        if path is None:
            yield TABLE.broken("BW-02", number, manifest.name, f"{cells[1][:80]} is not in the set.")
            continue
        digest, line_count = known[path] = known.get(path) or _digest(path)
        told_count = cells[2] if len(cells) > 2 else ""
        if _COUNT.fullmatch(told_count) and int(told_count) not in (line_count, line_count - 1):
            message = f"{path.name} has {line_count:,} lines, not {int(told_count):,}."
            yield TABLE.broken("BW-03", number, manifest.name, message)
        if len(cells) > 3 and len(cells[3]) == 32 and cells[3].lower() != digest:
            yield TABLE.broken("BW-04", number, manifest.name, f"{path.name} has the digest {digest}.")


def _digest(path: Path) -> tuple[str, int]:
    """Return the MD5 digest of a file, which is what the standard asks, and how many lines it has."""
    digest = hashlib.md5(usedforsecurity=False)
    line_count = 0
    last = b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            line_count += chunk.count(b"\n")
            last = chunk[-1:]
    return digest.hexdigest(), line_count + (last != b"\n")
