"""Writes of the map: what is to stand under a key, and its root for the sequencer.

An act sets its entries in its own transaction, which costs a row each and no lock but theirs. The sequencer folds all
that waits into the tree at once, and logs the root in the same transaction as its signed checkpoint.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import connection, transaction

from muniment.kernel.words.digests import canonical_json
from muniment.trust.access.rules import plain
from muniment.trust.access.services import lock_heads
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.evidence.models import MapEntry, MapNode, MapRoot
from muniment.trust.evidence.queries.map_nodes import MapRootRow, NodesRead, entry_digest, last_root, read_nodes
from muniment.trust.evidence.rules.map_proofs import root_record
from muniment.trust.evidence.rules.register_map import EMPTY, Branch, Node, change, key_hash, value_hash


@dataclass(frozen=True, slots=True)
class MapState:
    """The map after everything that waited; `last` is the root that was logged last, None before the first.

    `root` is hexadecimal.
    """

    root: str
    entry_count: int
    last: MapRootRow | None

    @property
    def is_begun(self) -> bool:
        """Whether the map has, or once had, an entry: from then on every tree states its root."""
        return self.last is not None or self.root != EMPTY.hex()

    @property
    def is_changed(self) -> bool:
        """Whether the root is another than the one that was logged last."""
        return self.root != (EMPTY.hex() if self.last is None else self.last.root)


def set_entry(*, at: datetime, key: str, value: Mapping[str, object]) -> None:
    """Have a value stand under a key of the map, in the transaction of the act that makes it true.

    `key` names one thing for ever, as `registration/330000…` or `grantor/…`; the map keeps its hash alone. `value` is
    public and stays provable for as long as the log does: it holds status and counts, and no personal data.

    Raises:
        ValueError: the key is empty, or `at` has no time zone.
        TypeError: the value holds a float, or another value without a certain spelling.
    """
    set_entries(at=at, entries={key: value})


def remove_entry(*, at: datetime, key: str) -> None:
    """Have nothing stand under a key; roots that were logged before still show what stood there."""
    set_entries(at=at, entries={key: None})


def set_entries(*, at: datetime, entries: Mapping[str, Mapping[str, object] | None]) -> None:
    """Set many entries at once; None removes one. The keys are locked in their order until the transaction ends.

    Raises:
        ValueError: a key is empty, or `at` has no time zone.
        TypeError: a value holds a float, or another value without a certain spelling.
    """
    if "" in entries:
        raise ValueError("a key of the map has a text")
    texts = {
        key_hash(key).hex(): "" if value is None else canonical_json(plain(value)).decode()
        for key, value in entries.items()
    }
    rows = [(key, text, entry_digest(key, text, at)) for key, text in sorted(texts.items())]
    moment = connection.ops.adapt_datetimefield_value(at)
    held, gone = [row for row in rows if row[1]], [row for row in rows if not row[1]]
    with transaction.atomic(savepoint=False):
        if held and gone:
            lock_entries(at=at, keys=entries)
        _set(moment, held)
        _remove(moment, gone)


def lock_entries(*, at: datetime, keys: Iterable[str]) -> None:
    """Let nobody else set these keys until the transaction ends, whether they have an entry yet or not.

    For an entry that is counted together from rows of several acts: lock its key, then count, then set it, so that two
    acts at once do not count without each other.
    """
    moment = connection.ops.adapt_datetimefield_value(at)
    named = sorted(key_hash(key).hex() for key in keys)
    _write(
        "INSERT INTO evidence_mapentry (key_hash, value, folded, waiting, changed_at, digest)"
        " VALUES (%s, '', '', %s, %s, %s) ON CONFLICT (key_hash) DO UPDATE SET key_hash = excluded.key_hash",
        ((key, False, moment, entry_digest(key, "", at)) for key in named),
    )


def fold() -> MapState:
    """Bring what waits into the tree, and return the map; the caller holds the lock of the log.

    An entry whose act is not committed yet is left for the next time. The heads of the chains are locked before any
    entry is: an act may hold them already when it comes to an entry, and must not find that we hold that and want them.
    """
    last = last_root()
    root, count = (EMPTY.hex(), 0) if last is None else (last.root, last.entry_count)
    rows = MapEntry.objects.filter(waiting=True)
    if not rows.exists():
        return MapState(root, count, last)
    lock_heads()
    ours = rows.select_for_update(skip_locked=True).order_by("key_hash")
    waiting = list(ours.values_list("key_hash", "value", "folded"))
    changes = {bytes.fromhex(key): value_hash(text.encode()) if text else None for key, text, _ in waiting}
    before = bytes.fromhex(root)
    grown = change(before, changes, NodesRead(before, changes))
    _keep_nodes(grown.made, {key: text for key, text, _ in waiting})
    _write(
        "UPDATE evidence_mapentry SET folded = %s, waiting = %s WHERE key_hash = %s",
        (("" if value is None else value.hex(), False, key.hex()) for key, value in changes.items()),
    )
    _forget([key for key, text, _ in waiting if not text])
    return MapState(grown.root.hex(), count + sum(bool(text) - bool(folded) for _, text, folded in waiting), last)


def keep_root(size: int, mapped: MapState) -> dict[str, object]:
    """Keep the root of a tree that will have `size` leaves, and return what its last leaf states."""
    MapRoot.objects.create(size=size, root=mapped.root, entry_count=mapped.entry_count)
    previous = (0, "") if mapped.last is None else (mapped.last.size, mapped.last.root)
    return root_record(size, mapped.root, mapped.entry_count, previous)


def _keep_nodes(made: Mapping[bytes, Node], values: Mapping[str, str]) -> None:
    """Store the nodes that are new; an entry among them is one of those that were set."""
    known = read_nodes(made)
    rows = (
        (named.hex(), node.left.hex(), node.right.hex(), "")
        if isinstance(node, Branch)
        else (named.hex(), node.key.hex(), node.value.hex(), values[node.key.hex()])
        for named, node in made.items()
        if named not in known
    )
    copy_rows(MapNode, ("hash", "left", "right", "value"), rows)


def _set(moment: object, rows: Sequence[tuple[str, str, str]]) -> None:
    """Have canonical JSON stand under keys (hash, JSON, digest); what stands there already is left as it is."""
    _write(
        "INSERT INTO evidence_mapentry (key_hash, value, folded, waiting, changed_at, digest)"
        " VALUES (%s, %s, '', %s, %s, %s) ON CONFLICT (key_hash) DO UPDATE SET value = excluded.value,"
        " waiting = evidence_mapentry.folded <> %s, changed_at = excluded.changed_at, digest = excluded.digest"
        " WHERE evidence_mapentry.value <> excluded.value",
        ((key, text, True, moment, digest, value_hash(text.encode()).hex()) for key, text, digest in rows),
    )


def _remove(moment: object, rows: Sequence[tuple[str, str, str]]) -> None:
    """Have nothing stand under keys (hash, nothing, digest)."""
    _write(
        "UPDATE evidence_mapentry SET value = '', waiting = folded <> '', changed_at = %s, digest = %s"
        " WHERE key_hash = %s AND value <> ''",
        ((moment, digest, key) for key, _, digest in rows),
    )
    _forget([key for key, _, _ in rows])


def _forget(keys: Sequence[str]) -> None:
    """Delete the rows of keys under which nothing stands, here and in the tree."""
    _write("DELETE FROM evidence_mapentry WHERE key_hash = %s AND value = '' AND folded = ''", ((key,) for key in keys))


def _write(statement: str, rows: Iterable[Sequence[object]]) -> None:
    changed = list(rows)
    if changed:
        with connection.cursor() as cursor:
            cursor.executemany(statement, cast(Any, changed))
