"""Reads of the log: its heads, leaves and records as frozen rows; proofs are in `proving`."""

from dataclasses import dataclass
from datetime import datetime

from muniment.kernel.words.paging import Page
from muniment.trust.evidence.models import (
    Cosignature,
    LoggedLeaf,
    LogState,
    MapEntry,
    Record,
    Submission,
    Timestamp,
    TreeHead,
)


@dataclass(frozen=True, slots=True)
class TreeHeadRow:
    """A signed tree; `root` is hexadecimal, `note` the checkpoint with the log's own signatures."""

    size: int
    root: str
    signed_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class RecordRow:
    """What a leaf of ours is about; body and salt are empty once erased. `index` is None while it waits."""

    subject: str
    body: str
    salt: str
    leaf_hash: str
    public_key: str
    made_at: datetime
    erased_at: datetime | None
    index: int | None


@dataclass(frozen=True, slots=True)
class CosignatureRow:
    """A witness's signature of a tree head, as it stands in the checkpoint."""

    witness: str
    key_id: str
    line: str
    cosigned_at: datetime


@dataclass(frozen=True, slots=True)
class TimestampRow:
    """An RFC 3161 token over the checkpoint of a size, or over the archive list of that number; `token` is DER.

    `renews` is the number of the token that it covers, `rehashes` says that it begins a chain of another algorithm,
    `tree` is as `stamped` reads it.
    """

    id: int
    size: int
    authority: str
    stamped_at: datetime
    algorithm: str
    imprint: str
    token: bytes
    expires_at: datetime
    renews: int | None
    rehashes: bool
    archive_list: int | None
    signed_with: tuple[str, ...]
    tree: str


def origin_of_log() -> str:
    """Return the origin of the log of this database, empty before there is one."""
    return LogState.objects.filter(pk=1).values_list("origin", flat=True).first() or ""


def last_head() -> TreeHeadRow | None:
    """Return the newest signed tree."""
    head = TreeHead.objects.order_by("-size").first()
    return None if head is None else head_row(head)


def get_head(size: int) -> TreeHeadRow | None:
    """Return the signed tree of a size; not every size was signed."""
    head = TreeHead.objects.filter(pk=size).first()
    return None if head is None else head_row(head)


def list_heads(*, from_size: int = 0, limit: int = 50) -> tuple[TreeHeadRow, ...]:
    """Return signed trees of at least a size, newest first."""
    return tuple(head_row(head) for head in TreeHead.objects.filter(size__gte=from_size).order_by("-size")[:limit])


def count_waiting() -> int:
    """Return how many leaves wait for the sequencer; the root of a changed map is one."""
    return Submission.objects.count() + MapEntry.objects.filter(waiting=True).exists()


def leaf_bodies(start: int, end: int) -> list[bytes]:
    """Return the leaves from an index up to another, each as its 128 bytes."""
    rows = LoggedLeaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
    return [bytes.fromhex(body) for body in rows.values_list("body", flat=True)]


def index_of(leaf_hash: str) -> int | None:
    """Return the place of a leaf by its hash (hexadecimal)."""
    return LoggedLeaf.objects.filter(hash=leaf_hash).values_list("index", flat=True).first()


def get_record(subject: str) -> RecordRow | None:
    """Return the record of a subject."""
    row = Record.objects.filter(subject=subject).first()
    return None if row is None else record_row(row)


def list_records(*, limit: int = 50, offset: int = 0) -> Page[RecordRow]:
    """Return records, newest first."""
    rows = Record.objects.order_by("-id")
    return Page(tuple(record_row(row) for row in rows[offset : offset + limit]), rows.count())


def cosignatures_of(size: int) -> tuple[CosignatureRow, ...]:
    """Return the cosignatures of the tree of a size."""
    rows = Cosignature.objects.filter(head_id=size).order_by("witness", "key_id")
    return tuple(CosignatureRow(row.witness, row.key_id, row.line, row.cosigned_at) for row in rows)


def last_cosigned(witness: str, key_id: str) -> int:
    """Return the greatest size that a witness signed for us, 0 if none."""
    rows = Cosignature.objects.filter(witness=witness, key_id=key_id).order_by("-head_id")
    return rows.values_list("head_id", flat=True).first() or 0


def list_timestamps(*, limit: int = 50) -> tuple[TimestampRow, ...]:
    """Return timestamps, newest first."""
    return tuple(timestamp_row(row) for row in Timestamp.objects.order_by("-id")[:limit])


def timestamps_of(size: int) -> tuple[TimestampRow, ...]:
    """Return the timestamps over the checkpoint of a size and those that renew them, oldest first."""
    rows = Timestamp.objects.filter(head_id=size, archive_list=None).order_by("id")
    return tuple(timestamp_row(row) for row in rows)


def head_row(head: TreeHead) -> TreeHeadRow:
    """Return the frozen row of a tree head."""
    return TreeHeadRow(head.size, head.root, head.signed_at, head.note)


def record_row(row: Record) -> RecordRow:
    """Return the frozen row of a record."""
    return RecordRow(
        row.subject,
        row.body,
        row.salt,
        row.leaf_hash,
        row.public_key,
        row.made_at,
        row.erased_at,
        index_of(row.leaf_hash),
    )


def timestamp_row(row: Timestamp) -> TimestampRow:
    """Return the frozen row of a timestamp."""
    return TimestampRow(
        row.pk,
        row.head_id,
        row.authority,
        row.stamped_at,
        row.algorithm,
        row.imprint,
        bytes.fromhex(row.token),
        row.expires_at,
        row.renews_id,
        row.rehashes,
        row.archive_list_id,
        tuple(row.signed_with.split()),
        row.tree,
    )
