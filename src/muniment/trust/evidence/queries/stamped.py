"""Reads of the archive: timestamps as evidence records (RFC 4998), what they are of, and which renewal is next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from muniment.trust.evidence.models import ArchiveList, Timestamp
from muniment.trust.evidence.queries import TimestampRow, get_head, timestamp_row
from muniment.trust.evidence.rules.archive import ArchiveStamp, Chains, ReducedTree, write_record
from muniment.trust.evidence.rules.lifetimes import Ageing, Lifetimes, Renewal, next_renewal


@dataclass(frozen=True, slots=True)
class DueRow:
    """A renewal of so many tokens: from when it is due, and when it is too late."""

    renewal: Renewal
    due_at: datetime
    ends_at: datetime
    token_count: int


def newest_stamps() -> Iterator[TimestampRow]:
    """Yield the last token of every evidence record, oldest first."""
    for row in _newest().order_by("id"):
        yield timestamp_row(row)


def chains_of(stamp: TimestampRow) -> Chains:
    """Return the chains of the evidence record whose last token is the one given."""
    rows = [stamp]
    while (older := rows[-1].renews) is not None:
        rows.append(timestamp_row(Timestamp.objects.get(pk=older)))
    chains: list[list[ArchiveStamp]] = []
    for row in reversed(rows):
        if row.renews is None or row.rehashes:
            chains.append([])
        chains[-1].append(ArchiveStamp(row.token, read_tree(row.tree)))
    return tuple(tuple(chain) for chain in chains)


def record_of(stamp: TimestampRow) -> bytes:
    """Return the evidence record (DER) whose last token is the one given."""
    return write_record(chains_of(stamp))


def content_of(stamp: TimestampRow) -> bytes:
    """Return the bytes that the first token of a record covers: a checkpoint as the log signed it, or an archive list.

    Raises:
        ValueError: the row is of no tree that was signed.
    """
    if stamp.archive_list is not None:
        return ArchiveList.objects.get(pk=stamp.archive_list).body.encode()
    head = get_head(stamp.size)
    if head is None:
        raise ValueError(f"no tree of {stamp.size} leaves was signed")
    return head.note.encode()


def next_due(lifetimes: Lifetimes) -> DueRow | None:
    """Return the renewal that is due first, None where nothing was stamped."""
    kinds = _newest().order_by().values_list("algorithm", "signed_with", "expires_at").annotate(Count("id"))
    found: dict[tuple[datetime, datetime, Renewal], int] = {}
    for algorithm, signed_with, expires_at, count in kinds:
        due = next_renewal(Ageing(algorithm, tuple(signed_with.split()), expires_at), lifetimes)
        key = due.due_at, due.ends_at, due.renewal
        found[key] = found.get(key, 0) + count
    if not found:
        return None
    due_at, ends_at, renewal = first = min(found)
    return DueRow(renewal, due_at, ends_at, found[first])


def tree_text(tree: ReducedTree) -> str:
    """Return a reduced hash tree as it is kept: a line for each list, its hashes parted by spaces."""
    return "\n".join(" ".join(digest.hex() for digest in siblings) for siblings in tree)


def read_tree(text: str) -> ReducedTree:
    """Return the reduced hash tree that `tree_text` wrote.

    Raises:
        ValueError: it did not.
    """
    return tuple(tuple(bytes.fromhex(digest) for digest in line.split(" ")) for line in text.splitlines())


def _newest() -> QuerySet[Timestamp]:
    renewed = Timestamp.objects.exclude(renews=None).values("renews")
    return Timestamp.objects.exclude(pk__in=renewed)
