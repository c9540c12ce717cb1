"""The log's timestamps: what each token covers by hashes and DER of fsck's own, and the lists of the archive."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from django.conf import settings

from muniment.interfaces.fsck.reading import instant, rows
from muniment.trust.evidence.rules.stamps import BadStamp, Imprint, Stamp, verify_imprint

Report = Callable[[str], None]
_SHA = "06096086480165030402"
_ALGORITHMS = {"sha256": "01", "sha384": "02", "sha512": "03", "sha3_256": "08", "sha3_512": "0a"}
"""The last byte of each algorithm's object identifier, below that of NIST's hashes."""
_SEQUENCE, _OCTETS, _DIGEST, _TREE = 0x30, 0x04, 0xA0, 0xA2
_STAMPS = (
    "SELECT id, head_id, archive_list_id, authority, stamped_at, algorithm, imprint, token, tree, expires_at,"
    " signed_with, renews_id, rehashes FROM evidence_timestamp ORDER BY id"
)
_LISTS = "SELECT id, head_id, algorithm, body FROM evidence_archivelist ORDER BY algorithm, head_id"
_EVENTS = "SELECT after FROM access_auditevent WHERE tag IN ('log.stamped', 'log.renewed')"


@dataclass(slots=True)
class _Row:
    """A row of the timestamps, as it is read."""

    id: int
    head: int
    archive_list: int | None
    authority: str
    stamped_at: Any
    algorithm: str
    imprint: str
    token: str
    tree: str
    expires_at: Any
    signed_with: str
    renews: int | None
    rehashes: bool
    chains: list[list[bytes]] = field(default_factory=list)


def check_stamps(report: Report) -> str:
    """Report tokens that cover something else or that nobody we trust made, and lists that are not of the archive."""
    kept = [_Row(*row) for row in rows(_STAMPS)]
    lists = rows(_LISTS)
    contents: dict[tuple[int, int | None], bytes] = {
        (size, None): note.encode() for size, note in rows("SELECT size, note FROM evidence_treehead")
    }
    contents |= {(size, number): body.encode() for number, size, _, body in lists}
    roots = _roots()
    known: dict[int, _Row] = {}
    for row in kept:
        try:
            _check_stamp(report, row, known, contents[row.head, row.archive_list], roots)
        except (KeyError, ValueError) as error:
            report(f"timestamp {row.id} cannot be followed: {error!r}")
        known[row.id] = row
    _check_events(report, kept)
    _check_lists(report, lists)
    return f"{len(kept)} timestamps, {len(lists)} lists of the archive"


def _check_stamp(
    report: Report, row: _Row, known: dict[int, _Row], content: bytes, roots: Sequence[x509.Certificate]
) -> None:
    """Report a token that is not of what its place says, or whose row says something else than the token."""
    older = None if row.renews is None else known[row.renews]
    if older is None:
        covered, row.chains = content, [[]]
    elif row.rehashes:
        sequence = _der(_SEQUENCE, *(_der(_SEQUENCE, *chain) for chain in older.chains))
        covered = _hash(row.algorithm, content) + _hash(row.algorithm, sequence)
        row.chains = [*older.chains, []]
    else:
        covered, row.chains = bytes.fromhex(older.token), [*older.chains[:-1], [*older.chains[-1]]]
    tree = [[bytes.fromhex(one) for one in line.split(" ")] for line in row.tree.splitlines()]
    row.chains[-1].append(_archive_stamp(row, tree))
    digest = _climb(tree, _hash(row.algorithm, covered), row.algorithm)
    try:
        stamp = _verified(bytes.fromhex(row.token), row.algorithm, digest, tuple(roots))
    except BadStamp as error:
        report(f"timestamp {row.id}: {error}")
        return
    said = instant(row.stamped_at), row.imprint, instant(row.expires_at), row.signed_with
    signed_with = " ".join(stamp.signed_with) if row.signed_with else ""
    if said != (instant(stamp.stamped_at), digest.hex(), instant(stamp.expires_at), signed_with):
        report(f"timestamp {row.id} is noted with another time, imprint or algorithm than its token says")
    if row.token != stamp.token.hex():
        report(f"timestamp {row.id} is not spelt as it was")
    if older is None and row.rehashes:
        report(f"timestamp {row.id} hashes nothing anew, as it is the first of its record")
    if older is not None:
        times = instant(older.stamped_at), instant(row.stamped_at), instant(older.expires_at)
        if not times[0] <= times[1] < times[2]:
            report(f"timestamp {row.id} renews {older.id}, which had expired or was made later")
        if (row.algorithm != older.algorithm) != bool(row.rehashes) or row.archive_list != older.archive_list:
            report(f"timestamp {row.id} is of another hash or thing than {older.id}, which it renews")


def _check_events(report: Report, kept: Sequence[_Row]) -> None:
    """Report tokens that the audit trail does not know, and those that it knows and that are gone."""
    noted: Counter[tuple[str, str]] = Counter()
    for (after,) in rows(_EVENTS):
        said = json.loads(after)
        noted[said["authority"], said["stamped_at"]] += said.get("token_count", 1)
    found = Counter((row.authority, instant(row.stamped_at)) for row in kept)
    for authority, at in sorted((noted - found) + (found - noted)):
        report(f"timestamps of {authority} at {at} are not those that the audit trail knows")


def _check_lists(report: Report, lists: Sequence[tuple[Any, ...]]) -> None:
    """Report lists with a hash that is not that of the leaves or the record, or without one that they should have."""
    starts: dict[str, int] = {}
    for number, size, algorithm, body in lists:
        start = starts.get(algorithm, 0)
        starts[algorithm] = size
        wanted = {f"tile/entries/{name}": content for name, content in _bundles(start, size)}
        erased = set()
        for leaf, salt, text, erased_at in rows(
            "SELECT r.leaf_hash, r.salt, r.body, r.erased_at FROM evidence_record r JOIN evidence_loggedleaf l"
            ' ON l.hash = r.leaf_hash WHERE l."index" >= %s AND l."index" < %s',
            start,
            size,
        ):
            if erased_at is None:
                wanted[f"record/{leaf}"] = bytes.fromhex(salt) + text.encode()
            else:
                erased.add(f"record/{leaf}")
        right = [f"{_hash(algorithm, content).hex()}  {name}" for name, content in wanted.items()]
        lines = [line for line in body.splitlines() if line.partition("  ")[2] not in erased]
        if sorted(lines) != sorted(right):
            report(f"list {number} of the archive is not of the leaves {start} to {size} and their records")


def _bundles(start: int, size: int) -> list[tuple[str, bytes]]:
    """Return name and bytes of every bundle that a tree got when it grew."""
    found = []
    for number in range(start // 256, -(-size // 256)):
        width = min(256, size - number * 256)
        leaves = rows(
            'SELECT body FROM evidence_loggedleaf WHERE "index" >= %s AND "index" < %s ORDER BY "index"',
            number * 256,
            number * 256 + width,
        )
        padded = str(number).zfill(-(-len(str(number)) // 3) * 3)
        groups = [padded[place : place + 3] for place in range(0, len(padded), 3)]
        name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        content = b"".join(b"\x00\x80" + bytes.fromhex(body) for (body,) in leaves)
        found.append((name if width == 256 else f"{name}.p/{width}", content))
    return found


def _archive_stamp(row: _Row, tree: Sequence[Sequence[bytes]]) -> bytes:
    """Return the DER of an archive timestamp (RFC 4998, section 4.1)."""
    if not tree:
        return _der(_SEQUENCE, bytes.fromhex(row.token))
    algorithm = _der(_DIGEST, bytes.fromhex(f"{_SHA}{_ALGORITHMS[row.algorithm]}0500"))
    lists = (_der(_SEQUENCE, *(_der(_OCTETS, one) for one in siblings)) for siblings in tree)
    return _der(_SEQUENCE, algorithm, _der(_TREE, *lists), bytes.fromhex(row.token))


def _climb(tree: Sequence[Sequence[bytes]], digest: bytes, algorithm: str) -> bytes:
    """Return the hash at the root of a reduced tree.

    Raises:
        ValueError: the first list does not hold the hash.
    """
    if tree and digest not in tree[0]:
        raise ValueError("its tree does not hold what it covers")
    for place, siblings in enumerate(tree):
        nodes = [*siblings] if place == 0 else [digest, *siblings]
        digest = _hash(algorithm, b"".join(sorted(nodes)))
    return digest


@lru_cache(maxsize=256)
def _verified(token: bytes, algorithm: str, digest: bytes, roots: tuple[x509.Certificate, ...]) -> Stamp:
    return verify_imprint(token, Imprint(algorithm, digest), roots)


def _roots() -> tuple[x509.Certificate, ...]:
    path = Path(settings.MUNIMENT_HOME) / "log_stamp_roots.pem"
    return tuple(x509.load_pem_x509_certificates(path.read_bytes())) if path.exists() else ()


def _hash(algorithm: str, content: bytes) -> bytes:
    return hashlib.new(algorithm, content).digest()


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    spelt = b"" if size < 128 else size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(spelt) if spelt else size)) + spelt + body
