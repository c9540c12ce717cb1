"""The log: leaves, signed trees, records and published files, by a Merkle tree of fsck's own."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from muniment.interfaces.fsck.reading import by_key, instant, rows
from muniment.interfaces.fsck.seals import is_signed

Report = Callable[[str], None]
_BATCHES = "SELECT id FROM batches_sealedbatch WHERE id <= %s"
_SEALS = "SELECT id, day FROM ledger_seal WHERE id <= %s"


class _Tree:
    """Takes leaf hashes one after the other, and says the root."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[tuple[int, bytes]] = []
        self.tiles: list[list[bytes]] = []

    def add(self, hashed: bytes) -> None:
        """Take the next leaf."""
        self._tile(0, hashed)
        self.size += 1
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            hashed = _node(self.peaks.pop()[1], hashed)
            height += 1
            if height % 8 == 0:
                self._tile(height // 8, hashed)
        self.peaks.append((height, hashed))

    def root(self) -> bytes:
        """Say the root."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1][1]
        for _, peak in self.peaks[-2::-1]:
            root = _node(peak, root)
        return root

    def _tile(self, level: int, hashed: bytes) -> None:
        while len(self.tiles) <= level:
            self.tiles.append([])
        self.tiles[level].append(hashed)


def check_log(report: Report) -> str:
    """Report leaves that were changed, trees that are not theirs, records they do not commit to, and altered files."""
    heads = {
        size: (root, note) for size, root, note in rows("SELECT size, root, note FROM evidence_treehead ORDER BY size")
    }
    published = _published(report)
    tree, bodies = _Tree(), dict[str, str]()
    at_published: list[list[bytes]] = []
    entries: list[bytes] = []
    keys = _known_keys() if heads else {}
    _check_head(report, heads.pop(0, None), tree, keys)
    statement = "SELECT {0}, body, hash FROM evidence_loggedleaf WHERE {0} > %s ORDER BY {0} LIMIT %s"
    for index, body, named in by_key(statement.format('"index"')):
        leaf = bytes.fromhex(body)
        hashed = hashlib.sha256(b"\0" + leaf).digest()
        if index != tree.size or hashed.hex() != named or len(leaf) != 128:
            report(f"leaf {index} is not the {tree.size}th, or its hash is not its own")
        tree.add(hashed)
        bodies[named] = body
        if tree.size <= published:
            entries.append(b"\x00\x80" + leaf)
        _check_head(report, heads.pop(tree.size, None), tree, keys)
        if tree.size == published:
            at_published = [list(level) for level in tree.tiles]
    for size in heads:
        report(f"a tree of {size} leaves was signed, and there are {tree.size}")
    _check_state(report, tree)
    _check_times(report)
    _check_records(report, bodies)
    _check_files(report, published, at_published, entries)
    return f"{tree.size} leaves, {published} published"


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _folder() -> Path:
    return Path(settings.MUNIMENT_HOME) / "log"


def _published(report: Report) -> int:
    path = _folder() / "checkpoint"
    if not path.exists():
        return 0
    text = path.read_text(encoding="utf-8", errors="replace")
    size = text.split("\n")[1:2]
    if not size or not size[0].isdecimal():
        report("the published checkpoint is none")
        return 0
    found = rows("SELECT note FROM evidence_treehead WHERE size = %s", int(size[0]))
    lines = rows("SELECT line FROM evidence_cosignature WHERE head_id = %s", int(size[0]))
    rest = text[len(found[0][0]) :] if found and text.startswith(found[0][0]) else "another"
    if any((line,) not in lines for line in rest.splitlines(keepends=True)):
        report(f"the published checkpoint of {size[0]} leaves is not the one that was signed")
    return int(size[0])


def _known_keys() -> dict[str, bytes]:
    """Return the public keys of `log_keys.pub` by name and key id."""
    path = Path(settings.MUNIMENT_HOME) / "log_keys.pub"
    lines = [line.split("+", 2) for line in path.read_text().split()] if path.exists() else []
    found = {}
    for name, _, coded in (line if len(line) == 3 else ["", "", ""] for line in lines):
        raw = base64.b64decode(coded)
        found[f"{name} {hashlib.sha256(name.encode() + b'\n' + raw).hexdigest()[:8]}"] = raw[1:]
    return found


def _check_head(report: Report, head: tuple[str, str] | None, tree: _Tree, keys: dict[str, bytes]) -> None:
    if head is None:
        return
    root, note = head
    text, _, signed = note.rpartition("\n\n")
    lines = text.split("\n")
    if root != tree.root().hex() or lines[1:] != [str(tree.size), base64.b64encode(tree.root()).decode()]:
        report(f"the signed tree of {tree.size} leaves is not the tree of these leaves")
    names = [line.removeprefix("— ").split(" ") for line in signed.split("\n") if line]
    if any(base64.b64encode(base64.b64decode(coded)).decode() != coded for _, coded in names):
        report(f"a signature of the tree of {tree.size} leaves is not written as it was")
    blobs = [(f"{name} {base64.b64decode(coded)[:4].hex()}", base64.b64decode(coded)[4:]) for name, coded in names]
    if not any(name in keys and is_signed(keys[name], f"{text}\n".encode(), blob) for name, blob in blobs):
        report(f"the tree of {tree.size} leaves is not signed by a key of log_keys.pub")


def _check_state(report: Report, tree: _Tree) -> None:
    frontier = b"".join(peak for _, peak in tree.peaks).hex()
    subjects = {subject for (subject,) in rows("SELECT subject FROM evidence_record")}
    found = rows("SELECT origin, size, frontier, last_batch, last_seal FROM evidence_logstate")
    if len(found) != 1 and tree.size:
        report(f"the log has {len(found)} states")
    for origin, size, kept, last_batch, last_seal in found:
        if (size, kept) != (tree.size, frontier):
            report(f"the sequencer goes on from {size} leaves, which is not where the leaves end")
        if any(not note.startswith(f"{origin}\n") for (note,) in rows("SELECT note FROM evidence_treehead")):
            report(f"a signed tree is not of the log {origin}")
        sealed, days = rows(_BATCHES, last_batch), rows(_SEALS, last_seal)
        if (last_batch, last_seal) != tuple(max((row[0] for row in part), default=0) for part in (sealed, days)):
            report(f"the sequencer goes on from batch {last_batch} and seal {last_seal}, which do not exist")
        batches, seals = [f"batch/{row[0]}" for row in sealed], [f"seal/{row[1]}" for row in days]
        for missing in sorted({*batches, *seals} - subjects):
            report(f"{missing} was passed over: it has no record")
        late = {subject for subject in subjects if subject.startswith(("batch/", "seal/"))} - {*batches, *seals}
        if late:
            report(f"{min(late)} has a record, and the sequencer does not know")


def _check_times(report: Report) -> None:
    """Report trees whose time is not that of the event in the audit trail."""
    statement = "SELECT subject_id, at FROM access_auditevent WHERE tag IN ('log.extended', 'log.restored')"
    noted = {size: instant(at) for size, at in rows(statement)}
    for size, at in rows("SELECT size, signed_at FROM evidence_treehead"):
        if noted.get(str(size)) != instant(at):
            report(f"the tree of {size} leaves was not signed when the audit trail says")
        noted.pop(str(size), None)
    for size in sorted(noted):
        report(f"the audit trail knows a tree of {size} leaves, and there is none")


def _check_records(report: Report, bodies: dict[str, str]) -> None:
    waiting = dict(rows("SELECT hash, body FROM evidence_submission"))
    for named, body in waiting.items():
        if hashlib.sha256(b"\0" + bytes.fromhex(body)).hexdigest() != named:
            report(f"a leaf that waits is not {named}")
    statement = "SELECT subject, body, salt, leaf_hash, public_key, erased_at, made_at FROM evidence_record ORDER BY id"
    for subject, body, salt, named, public, erased_at, made_at in rows(statement):
        leaf = bytes.fromhex(bodies.get(named) or waiting.get(named, ""))
        if not leaf:
            report(f"the leaf of {subject} is neither in the tree nor waiting")
            continue
        message = hashlib.sha256(bytes.fromhex(salt) + body.encode()).digest()
        if erased_at is None and hashlib.sha256(message).digest() != leaf[:32]:
            report(f"the record of {subject} is not the one that its leaf commits to")
        elif erased_at is None:
            said = json.loads(body)
            if (said.get("subject"), said.get("recorded_at")) != (subject, instant(made_at)):
                report(f"the record of {subject} is of {said.get('subject')} at {said.get('recorded_at')}")
        elif body or salt:
            report(f"the record of {subject} was to be erased, and is not")
        key = bytes.fromhex(public)
        signed = is_signed(key, b"sigsum.org/v1/tree-leaf\0" + leaf[:32], leaf[32:96])
        if not signed or hashlib.sha256(key).digest() != leaf[96:]:
            report(f"the leaf of {subject} is not signed with the key that its record names")


def _check_files(report: Report, size: int, levels: list[list[bytes]], entries: list[bytes]) -> None:
    """Report tiles of every signed and published tree that are missing or altered; full ones stand for unfinished."""
    wanted: dict[str, bytes] = {}
    sizes = [signed for (signed,) in rows("SELECT size FROM evidence_treehead WHERE size <= %s", size)]
    for level, (name, parts) in enumerate([("entries", entries), *((str(n), part) for n, part in enumerate(levels))]):
        shift = 8 * max(level - 1, 0)
        for number in range(len(parts) // 256):
            wanted[_path(name, number)] = b"".join(parts[number * 256 : number * 256 + 256])
        for signed in sizes:
            number, width = divmod(signed >> shift, 256)
            if width and _path(name, number) not in wanted:
                part = parts[number * 256 : number * 256 + width]
                wanted[f"{_path(name, number)}.p/{width}"] = b"".join(part)
    for path, content in wanted.items():
        place = _folder() / path
        if not place.is_file() or place.read_bytes() != content:
            report(f"{path} is missing or altered")


def _path(name: str, number: int) -> str:
    padded = str(number).zfill(-(-len(str(number)) // 3) * 3)
    groups = [padded[place : place + 3] for place in range(0, len(padded), 3)]
    return "/".join(["tile", name, *(f"x{group}" for group in groups[:-1]), groups[-1]])
