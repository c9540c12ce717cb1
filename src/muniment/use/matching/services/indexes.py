"""The life of the index: a base of the whole repertoire, a delta of what changed since, and what nobody needs goes."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from muniment.kernel.columns.tables import digest_table, write_table
from muniment.kernel.words.codepoints import table_digest
from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.problems import Progress, silent
from muniment.rights.works.queries import repertoire
from muniment.rights.works.rules.rows import Repertoire
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.folder import BrokenIndex
from muniment.use.matching.bulk.index import RepertoireIndex, index_tables, open_index
from muniment.use.matching.bulk.layers import AnyIndex, Changes, LayeredIndex, compare, layer, work_digests
from muniment.use.matching.models import IndexVersion
from muniment.use.matching.queries.indexes import (
    GONE_FILE,
    WORKS_FILE,
    IndexVersionRow,
    index_room,
    read_works,
    removable,
)
from muniment.use.matching.rules.layers import Layering

_UNFINISHED = ".making-"
_ABANDONED_AFTER = timedelta(days=1)
"""A building that is not done after so long was broken off."""

type Tables = tuple[pa.Table, pa.Table, pa.Table, pa.Table]
"""The titles, names, codes and recordings of works."""


@dataclass(frozen=True, slots=True)
class _Repertoire:
    """The repertoire as the database holds it now."""

    tables: Tables
    digest: str

    @property
    def folder(self) -> str:
        """Return the name of the folder of its whole index."""
        return f"{self.digest[:32]}-{table_digest()[:8]}"


@dataclass(frozen=True, slots=True)
class _Base:
    """A base that can be opened, with the digests of its works."""

    row: IndexVersion
    index: RepertoireIndex
    works: pa.Table


def load_index(
    *,
    actor: Actor,
    at: datetime,
    layering: Layering | None = None,
    afresh: bool = False,
    progress: Progress = silent,
) -> AnyIndex:
    """Open the index of the repertoire as the database holds it now; what is missing of it is built.

    A base of exactly this repertoire is opened as it is. Else what changed since the newest base is indexed beside it,
    while `layering` (None: its defaults) allows that; else a new base is built, which `afresh` asks for in any case.
    A broken index is never used: it is built again, and the audit event says what was wrong. `progress` counts steps.
    """
    tables = _tables(repertoire())
    now = _Repertoire(tables, digest_value([digest_table(table) for table in tables]))
    fault = _fault(index_room() / now.folder)
    if fault is None and IndexVersion.objects.filter(folder=now.folder, removed_at__isnull=True).exists():
        return open_index(index_room() / now.folder)
    base = _newest_base() if fault == "" and not afresh else None
    if base is not None:
        changes = compare(base.works, work_digests(*tables))
        if (layering or Layering()).allows_delta(len(base.index.work_ids), len(changes.gone), len(changes.fresh)):
            return _beside(actor, at, now, base, changes, progress)
    return _whole(actor, at, now, fault, progress)


def _fault(folder: Path) -> str | None:
    """Return what is wrong with an index folder; empty where there is none, None where it is an index."""
    if not folder.exists():
        return ""
    try:
        open_index(folder)
    except BrokenIndex as error:
        return str(error)
    return None


def _newest_base() -> _Base | None:
    bases = IndexVersion.objects.filter(base__isnull=True, removed_at__isnull=True, table_digest=table_digest())
    for row in bases.order_by("-id")[:3]:
        folder = index_room() / row.folder
        works = read_works(folder, row.works_digest)
        if works is None or _fault(folder) is not None:
            continue
        index = open_index(folder)
        if index.version == row.version:
            return _Base(row, index, works)
    return None


def _whole(actor: Actor, at: datetime, now: _Repertoire, fault: str | None, progress: Progress) -> RepertoireIndex:
    """Build the base of a repertoire, or take what another process has just built."""
    works = work_digests(*now.tables)
    if fault is not None:
        index = _put(now.folder, now.tables, now.digest, works, progress)
    else:
        index = open_index(index_room() / now.folder)
        write_table(works, index_room() / now.folder / WORKS_FILE)
    _note(actor, at, now.folder, index, fault or "", works_digest=digest_table(works))
    return index


def _beside(
    actor: Actor, at: datetime, now: _Repertoire, base: _Base, changes: Changes, progress: Progress
) -> LayeredIndex:
    """Put an index of what changed beside the base."""
    folder = f"{now.folder}-on-{base.row.version[:16]}"
    fault = _fault(index_room() / folder)
    if fault is None:
        delta = open_index(index_room() / folder)
    else:
        delta = _put(folder, tables_of(now.tables, changes.fresh), now.digest, None, progress)
    index = layer(base.index, delta, changes.gone)
    _keep_gone(index_room() / folder, changes)
    known = IndexVersion.objects.filter(folder=folder, removed_at__isnull=True, version=index.version)
    if fault is not None or not known.exists():
        _note(actor, at, folder, index, fault or "", base=base.row)
    return index


def _keep_gone(folder: Path, changes: Changes) -> None:
    """Write beside a delta which works of its base are gone; the folder's name says of which base and repertoire."""
    if not (folder / GONE_FILE).exists():
        with tempfile.TemporaryDirectory(dir=index_room(), prefix=_UNFINISHED) as scratch:
            write_table(pa.table({"work_id": pa.array(changes.gone, pa.int64())}), Path(scratch) / GONE_FILE)
            (Path(scratch) / GONE_FILE).rename(folder / GONE_FILE)


def tables_of(tables: Tables, work_ids: object) -> Tables:
    """Return the rows of some works."""
    wanted = pa.array(work_ids, pa.int64())
    titles, names, codes, recordings = (
        table.filter(pc.is_in(table.column("work_id"), value_set=wanted)) for table in tables
    )
    return titles, names, codes, recordings


def _tables(whole: Repertoire) -> Tables:
    return whole.titles, whole.names, whole.codes, whole.recordings


def index_of_works(work_ids: object) -> RepertoireIndex:
    """Return an index, which leaves no folder, of some works as the repertoire has them now."""
    return index_tables(*tables_of(_tables(repertoire()), work_ids))


def _put(folder: str, tables: Tables, digest: str, works: pa.Table | None, progress: Progress) -> RepertoireIndex:
    """Build an index and give it its name; where another process was faster, its index is used."""
    index_room().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=index_room(), prefix=_UNFINISHED) as scratch:
        made, target = Path(scratch) / folder, index_room() / folder
        titles, names, codes, recordings = tables
        build_index(titles, names, codes, made, recordings=recordings, repertoire=digest, progress=progress)
        if works is not None:
            write_table(works, made / WORKS_FILE)
        while not _renamed(made, target):
            fault = _fault(target)
            if fault is None:
                break
            if fault:
                with suppress(FileNotFoundError):  # another process that found it broken was faster
                    target.rename(Path(scratch) / "broken")
        return open_index(target)


def _renamed(made: Path, target: Path) -> bool:
    """Give a folder its name, in one step; return False where the name is taken."""
    try:
        made.rename(target)
    except OSError:
        if not target.exists():
            raise
        return False
    return True


@transaction.atomic
def _note(
    actor: Actor,
    at: datetime,
    folder: str,
    index: AnyIndex,
    fault: str,
    *,
    base: IndexVersion | None = None,
    works_digest: str = "",
) -> None:
    """Keep a row of an index that was built."""
    files = (index_room() / folder).iterdir()
    row, _ = IndexVersion.objects.update_or_create(
        folder=folder,
        defaults={
            "version": index.version,
            "base": base,
            "repertoire_digest": index.digest,
            "table_digest": table_digest(),
            "works_digest": works_digest,
            "work_count": len(index.delta.work_ids if isinstance(index, LayeredIndex) else index.work_ids),
            "gone_count": len(index.gone) if isinstance(index, LayeredIndex) else 0,
            "byte_count": sum(file.stat().st_size for file in files),
            "built_at": at,
            "removed_at": None,
        },
    )
    record_event(
        actor=actor,
        at=at,
        tag="index.built",
        subject_kind="index",
        subject_id=row.pk,
        after={"folder": folder, "version": index.version, "works": row.work_count, "gone": row.gone_count}
        | ({"instead_of": fault} if fault else {}),
    )


def prune_indexes(*, actor: Actor, at: datetime, keep_count: int, used_days: int) -> tuple[IndexVersionRow, ...]:
    """Remove the indexes that nobody needs, and return them; see `queries.indexes.removable`.

    Raises:
        NotAllowed: the actor may not write usage.
    """
    require(actor, Action.USAGE_WRITE)
    rows = removable(keep_count, used_days, at)
    with transaction.atomic():
        IndexVersion.objects.filter(pk__in=[row.id for row in rows]).update(removed_at=at)
        for row in rows:
            record_event(
                actor=actor,
                at=at,
                tag="index.removed",
                subject_kind="index",
                subject_id=row.id,
                before={"folder": row.folder, "version": row.version},
            )
    for row in rows:
        _remove(index_room() / row.folder)
    for folder in index_room().glob(f"{_UNFINISHED}*"):
        if folder.stat().st_mtime < (at - _ABANDONED_AFTER).timestamp():
            shutil.rmtree(folder)
    return rows


def _remove(folder: Path) -> None:
    """Take a folder's name away first, so that nobody opens half of it; who has it open keeps it."""
    if folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=_UNFINISHED) as scratch:
            folder.rename(Path(scratch) / folder.name)
            shutil.rmtree(Path(scratch) / folder.name)
