"""The store: sealed batches and received files are where the tables say, and are what the tables say."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from muniment.interfaces.fsck.reading import ZERO, by_key, canonical, head_of, instant, rows, sha256, table_digest

Report = Callable[[str], None]


def _store() -> Path:
    return Path(settings.MUNIMENT_STORE)


def check_batch_chain(report: Report) -> str:
    """Report rows of sealed batches that were changed, removed or added."""
    batches = by_key(
        "SELECT id, stage, path, row_count, sum_column, sum_micro, digest, parents, sealed_at, prev_chain, chain"
        " FROM batches_sealedbatch WHERE id > %s ORDER BY id LIMIT %s"
    )
    previous, count = ZERO, 0
    seen: set[int] = set()
    for number, stage, path, row_count, column, total, digest, parents_text, at, prev_chain, chain in batches:
        parents = json.loads(parents_text)
        if prev_chain != previous:
            report(f"batch {number} does not follow the batch before it")
        body = [prev_chain, stage, path, row_count, column, total, digest, parents, instant(at)]
        if sha256(canonical(body)) != chain:
            report(f"batch {number} ({stage}) is not what was sealed")
        if missing := set(parents) - seen:
            report(f"batch {number} ({stage}) was made from batches that are not there: {sorted(missing)}")
        seen.add(number)
        previous, count = chain, count + 1
    if head_of("batches") != (count, previous):
        report(f"the chain of batches should have {head_of('batches')[0]} links; it has {count}")
    return f"{count} batches"


def check_batch_files(report: Report) -> str:
    """Report files of sealed batches that are missing, unreadable, or hold other rows than were sealed."""
    count = row_total = 0
    for number, stage, path, row_count, column, total, digest in rows(
        "SELECT id, stage, path, row_count, sum_column, sum_micro, digest FROM batches_sealedbatch ORDER BY id"
    ):
        count, row_total = count + 1, row_total + row_count
        try:
            table = pq.read_table(_store() / path, memory_map=False)
        except (OSError, pa.ArrowException):
            report(f"batch {number} ({stage}): its file {path} is missing or unreadable")
            continue
        if table.num_rows != row_count:
            report(f"batch {number} ({stage}): {path} has {table.num_rows} rows, sealed were {row_count}")
        elif column and sum(value or 0 for value in table.column(column).to_pylist()) != total:
            report(f"batch {number} ({stage}): {path} does not sum to {total}")
        elif table_digest(table) != digest:
            report(f"batch {number} ({stage}): {path} does not hold the rows that were sealed")
    return f"{count} files, {row_total} rows"


def check_received_files(report: Report) -> str:
    """Report received files whose kept copy is missing or was changed."""
    received = rows("SELECT file_digest, min(id), max(byte_count) FROM batches_intake GROUP BY file_digest")
    for digest, intake, byte_count in received:
        path = _store() / "files" / digest
        if not path.exists():
            report(f"intake {intake}: the kept file {digest} is missing")
            continue
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != digest or path.stat().st_size != byte_count:
            report(f"intake {intake}: the kept file {digest} was changed")
    return f"{len(received)} files"


def check_orphans(report: Report) -> str:
    """Report nothing as broken: a file that no row names is what a crash may leave; count and name some."""
    known = {path for (path,) in rows("SELECT path FROM batches_sealedbatch")}
    known |= {f"files/{digest}" for (digest,) in rows("SELECT file_digest FROM batches_intake")}
    strays = sorted(path for path in _files_in(_store()) if path not in known)
    if not _store().is_dir() and known:
        report(f"there is no store at {_store()}")
    if not strays:
        return "no file that no row names"
    named = ", ".join(strays[:5]) + (" …" if len(strays) > 5 else "")
    return f"{len(strays)} files that no row names, left by work that was cut off; they do no harm: {named}"


def _files_in(folder: Path) -> Iterator[str]:
    """Yield the files of the stages and the received files, relative to the store."""
    for path in folder.glob("*/*"):
        if path.is_file() and (path.parent.name == "files" or path.suffix in (".parquet", ".unfinished")):
            yield path.relative_to(folder).as_posix()
