"""Reads about the indexes of the repertoire: what is on disk, what is whole, what nobody needs any more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db.models import F, Max

from muniment.kernel.columns.tables import digest_table, read_table
from muniment.kernel.words.problems import UserError
from muniment.use.matching.bulk.folder import BrokenIndex, check_columns
from muniment.use.matching.bulk.index import open_index
from muniment.use.matching.bulk.layers import AnyIndex, layer
from muniment.use.matching.models import IndexVersion, MatchRun

WORKS_FILE = "works.parquet"
"""Lies beside the columns of a base: the digest of each of its works."""

GONE_FILE = "gone.parquet"
"""Lies beside the columns of a delta: which works of its base hold no more."""


class IndexGone(UserError):
    """An index is not there any more, or cannot be put together as it was."""


@dataclass(frozen=True, slots=True)
class IndexVersionRow:
    """An index: how many works it has, how many of its base's are gone; `base_folder` is empty for a base.

    `works_digest` seals the digests of works beside a base. `used_at` is when the last match run used it, if one did.
    """

    id: int
    folder: str
    version: str
    base_folder: str
    repertoire_digest: str
    works_digest: str
    work_count: int
    gone_count: int
    byte_count: int
    built_at: datetime
    used_at: datetime | None


def index_room() -> Path:
    """Return the folder that holds the folders of the indexes."""
    return Path(settings.MUNIMENT_STORE) / "indexes"


def read_works(folder: Path, works_digest: str) -> pa.Table | None:
    """Return the WORK_DIGESTS that lie beside a base; None where they are not what was written."""
    try:
        works = read_table(folder / WORKS_FILE)
    except (OSError, pa.ArrowException):
        return None
    return works if digest_table(works) == works_digest else None


def open_version(version: str) -> AnyIndex:
    """Open the index that a match run noted, as it was then.

    Raises:
        IndexGone: it was removed, is not known here, or is not what was written.
    """
    row = (
        IndexVersion.objects.filter(version=version)
        .select_related("base")
        .order_by(F("removed_at").asc(nulls_first=True), "-id")
        .first()
    )
    named = f"Index {version[:16] or '(not noted)'}"
    if row is None:
        raise IndexGone(f"{named} is not known here.", "It was built by another installation.")
    if row.removed_at is not None:
        raise IndexGone(
            f"{named} was removed on {row.removed_at:%Y-%m-%d}.", "Keep indexes longer: index prune --keep."
        )
    try:
        index = open_index(index_room() / row.folder)
        if row.base is None:
            return _as_noted(index, version)
        gone = read_table(index_room() / row.folder / GONE_FILE).column("work_id").to_numpy()
        return _as_noted(layer(open_index(index_room() / row.base.folder), index, gone), version)
    except (BrokenIndex, OSError, KeyError, pa.ArrowException) as error:
        raise IndexGone(f"{named} cannot be opened as it was: {error}", "See: muniment index check") from error


def _as_noted(index: AnyIndex, version: str) -> AnyIndex:
    if index.version != version:
        raise BrokenIndex(f"it is of version {index.version[:16]} now.", "Build it again.")
    return index


def list_indexes() -> tuple[IndexVersionRow, ...]:
    """Return the indexes that were not removed, the newest first."""
    found = IndexVersion.objects.filter(removed_at__isnull=True).select_related("base").order_by("-id")
    used = dict(MatchRun.objects.order_by().values_list("index_version").annotate(last=Max("run_at")))
    return tuple(
        IndexVersionRow(
            row.pk,
            row.folder,
            row.version,
            "" if row.base is None else row.base.folder,
            row.repertoire_digest,
            row.works_digest,
            row.work_count,
            row.gone_count,
            row.byte_count,
            row.built_at,
            used.get(row.version),
        )
        for row in found
    )


def check_indexes() -> Iterator[tuple[IndexVersionRow, str]]:
    """Read every byte of each index and yield it with what is wrong, in a sentence; empty where nothing is."""
    for row in list_indexes():
        yield row, _fault(index_room() / row.folder, row.works_digest)


def _fault(folder: Path, works_digest: str) -> str:
    try:
        open_index(folder)
        wrong = check_columns(folder)
    except BrokenIndex as error:
        return str(error)
    if works_digest and read_works(folder, works_digest) is None:
        wrong.append(WORKS_FILE)
    return f"Index {folder.name}: not what was written: {', '.join(wrong)}." if wrong else ""


def removable(keep_count: int, used_days: int, at: datetime) -> tuple[IndexVersionRow, ...]:
    """Return the indexes that may go: old ones that no late match run used and that no kept one stands on.

    Args:
        keep_count: how many of the newest stay, at least one.
        used_days: an index that a match run used in so many days before `at` stays.
        at: now.
    """
    rows = list_indexes()
    since = at - timedelta(days=used_days)
    kept = {row.folder for row in rows[: max(keep_count, 1)]}
    kept |= {row.folder for row in rows if row.used_at is not None and row.used_at >= since}
    kept |= {row.base_folder for row in rows if row.folder in kept}
    return tuple(row for row in rows if row.folder not in kept)
