"""The map of the register: its nodes, the roots that the log states, and the entries, by hashes of fsck's own."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from muniment.interfaces.fsck.reading import canonical, instant, rows

Report = Callable[[str], None]
_AT_ONCE = 5_000
_EMPTY = bytes(32)
_NODES = 'SELECT hash, "left", "right", value FROM evidence_mapnode WHERE hash > %s ORDER BY hash LIMIT %s'
_ENTRIES = (
    "SELECT key_hash, value, folded, waiting, changed_at, digest FROM evidence_mapentry"
    " WHERE key_hash > %s ORDER BY key_hash LIMIT %s"
)
_RECORDS = (
    "SELECT r.subject, r.body, r.erased_at, l.{} FROM evidence_record r"
    " LEFT JOIN evidence_loggedleaf l ON l.hash = r.leaf_hash WHERE r.subject LIKE 'map/%%'"
)
_RESTORED = "SELECT subject_id FROM access_auditevent WHERE tag = 'log.restored'"


def check_map(report: Report) -> str:
    """Report nodes that are not their hashes, roots that the log does not state, entries that the map does not hold."""
    nodes = _read_nodes(report)
    roots = rows("SELECT size, root, entry_count FROM evidence_maproot ORDER BY size")
    counts: dict[bytes, int] = {}
    for size, root, entry_count in roots:
        if _count(report, size, bytes.fromhex(root), nodes, counts) != entry_count:
            report(f"the map as of {size} leaves has not {entry_count} entries")
    for stray in sorted(nodes.keys() - counts.keys())[:20]:
        report(f"the node {stray.hex()} belongs to no root of the map")
    _check_records(report, roots)
    held = dict(_entries(report, bytes.fromhex(roots[-1][1]), nodes)) if roots else {}
    count = _check_entries(report, held)
    return f"{count} entries, {len(roots)} roots"


def _sha(word: str, *parts: bytes) -> bytes:
    return hashlib.sha256(b"muniment/map/v1/" + word.encode() + b"\0" + b"".join(parts)).digest()


def _pieces(statement: str) -> Iterator[tuple[Any, ...]]:
    last = ""
    while piece := rows(statement, last, _AT_ONCE):
        yield from piece
        last = piece[-1][0]


def _read_nodes(report: Report) -> dict[bytes, tuple[bytes, bytes, bool]]:
    """Return every node by its hash: left, right, and whether it is an entry (key and value)."""
    nodes = {}
    for named, left, right, value in _pieces(_NODES):
        halves = bytes.fromhex(left), bytes.fromhex(right)
        if _sha("leaf" if value else "node", *halves).hex() != named or len(halves[0]) != 32:
            report(f"the node {named} of the map is not that of its hash")
        if value and _sha("value", value.encode()) != halves[1]:
            report(f"the value of the entry {named} of the map is another")
        nodes[bytes.fromhex(named)] = (*halves, bool(value))
    return nodes


def _count(
    report: Report,
    size: int,
    root: bytes,
    nodes: dict[bytes, tuple[bytes, bytes, bool]],
    counts: dict[bytes, int],
) -> int:
    """Return how many entries are below a root; what was counted for another root is not counted again."""
    stack = [root] if root != _EMPTY else []
    while stack:
        here = stack[-1]
        if here not in nodes:
            report(f"a node of the map as of {size} leaves is missing: {here.hex()}")
            counts[here] = 0
        elif nodes[here][2]:
            counts[here] = 1
        else:
            below = [one for one in nodes[here][:2] if one != _EMPTY]
            left = [one for one in below if one not in counts]
            if left:
                stack += left
                continue
            counts[here] = sum(counts[one] for one in below)
        stack.pop()
    return counts.get(root, 0)


def _check_records(report: Report, roots: list[tuple[Any, ...]]) -> None:
    """Report trees whose last leaf does not state the root of the map."""
    records = {row[0]: row[1:] for row in rows(_RECORDS.format('"index"'))}
    previous = (0, "")
    for size, root, entry_count in roots:
        body, erased_at, index = records.pop(f"map/{size}", ("", None, None))
        wanted = {
            "subject": f"map/{size}",
            "kind": "map",
            "size": size,
            "root": root,
            "entry_count": entry_count,
            "previous_size": previous[0],
            "previous_root": previous[1],
        }
        said = json.loads(body) if body else {}
        said.pop("recorded_at", None)
        if index != size - 1 or (erased_at is None and said != wanted):
            report(f"the last leaf of the tree of {size} leaves does not state the root of the map")
        previous = (size, root)
    for subject in sorted(records):
        report(f"{subject} states a root of the map that is not kept")
    sizes = {row[0] for row in roots}
    restored = {int(size) for (size,) in rows(_RESTORED)}
    for (size,) in rows("SELECT size FROM evidence_treehead WHERE size > %s", min(sizes)) if sizes else ():
        if size not in sizes | restored:
            report(f"the tree of {size} leaves states no root of the map")


def _entries(report: Report, root: bytes, nodes: dict[bytes, tuple[bytes, bytes, bool]]) -> Iterator[tuple[str, str]]:
    """Yield key and value (hashes) of each entry below a root; each lies on the way that its key goes."""
    stack = [(root, 0, 0)]
    while stack:
        here, depth, way = stack.pop()
        if here == _EMPTY or here not in nodes:
            continue
        left, right, is_entry = nodes[here]
        if not is_entry:
            stack += [(left, depth + 1, way << 1), (right, depth + 1, way << 1 | 1)]
            continue
        if int.from_bytes(left) >> (256 - depth) != way:
            report(f"the entry {here.hex()} of the map is not where its key leads")
        yield left.hex(), right.hex()


def _check_entries(report: Report, held: dict[str, str]) -> int:
    """Report entries that were altered, and those that the newest root shows otherwise without a change that waits."""
    count = 0
    for key, value, folded, waiting, changed_at, digest in _pieces(_ENTRIES):
        count += 1
        if hashlib.sha256(canonical([key, value, instant(changed_at)])).hexdigest() != digest:
            report(f"the entry of the key {key} was altered")
        if held.pop(key, "") != folded:
            report(f"the newest root of the map shows another value under the key {key}")
        made = _sha("value", value.encode()).hex() if value else ""
        if int(waiting) != int(made != folded):
            report(f"whether the entry of the key {key} waits is not so")
    for key in sorted(held)[:20]:
        report(f"the map shows an entry of the key {key}, and there is none")
    return count
