"""Matching on a cluster: the matcher of one machine on every worker, and its answers given to every line.

The lines lie in Parquet and the index in a folder that each worker maps into memory, both under the same name
everywhere. What comes out is what one machine answers, line for line.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.kernel.columns.cluster import (
    Answered,
    Asking,
    Cluster,
    Counted,
    Work,
    answer_rows,
    count_rows,
    open_session,
    work_in,
)
from muniment.kernel.columns.cluster.worker import Answer
from muniment.kernel.words.problems import BadFile, Progress, silent
from muniment.use.matching.bulk.matcher import ANSWERS, QUERIES, open_matcher
from muniment.use.matching.rules.scoring import shipped_model

_REPORTED = {
    "title": "reported_title",
    "performer": "reported_performer",
    "writers": "reported_writers",
    "isrc": "isrc",
    "iswc": "iswc",
    "source_id": "reported_source_id",
}
_CARRIED = ("use_count", "amount_micro", "currency")
_LOADER = f"{__name__}:answer_from"
_VERSIONER = f"{__name__}:matcher_version"


def answer_from(folder: Path) -> Answer:
    """Open an index on a worker; what it returns answers QUERIES with ANSWERS.

    Raises:
        BrokenIndex: the folder is not an index of this version.
    """
    return open_matcher(folder).match


def matcher_version() -> str:
    """Return the version of what an answer depends on beside the index: the model."""
    return f"model {shipped_model().version[:16]}"


def match_on_spark(
    *, lines: list[Path], index_folder: Path, out: Path, cluster: Cluster, progress: Progress = silent
) -> Answered:
    """Match Parquet files of USAGE_LINES or QUERIES on a cluster, see `match_in_session`.

    Raises:
        ClusterRefused: the index is not there; `out` is; PySpark, Java, the master or its workers are missing.
        WorkerDied: a worker died again and again over the same task.
        BadFile: a file of lines is not Parquet, or lacks a column.
    """
    prepare(lines, index_folder)
    with open_session(cluster) as session:
        return match_in_session(session, lines=lines, index_folder=index_folder, out=out, progress=progress)


def match_in_session(
    session: Any, *, lines: list[Path], index_folder: Path, out: Path, progress: Progress = silent
) -> Answered:
    """Write `out`: rows/, ANSWERS with what was carried along, ordered by line; sums/, by work; run.json.

    `first_line_id` of a row is the first of the lines that are equal to it, the one that was asked. The sums are of
    the matched lines: line_count, and of USAGE_LINES use_count and amount_micro by currency, exact.
    """
    asking, work = prepare(lines, index_folder)
    by = ("candidate_work_id", *(("currency",) if asking.carried else ()))
    counted = Counted(by, "band = 'matched'", tuple(name for name in asking.carried if name != "currency"))
    return answer_rows(session, rows=lines, asking=asking, work=work, counted=counted, out=out, progress=progress)


def prepare(lines: list[Path], index_folder: Path) -> tuple[Asking, Work]:
    """Check on this machine what can be checked here, before anything starts.

    Raises:
        ClusterRefused: the index is not there.
        BrokenIndex: it is of another version, or truncated.
        BadFile: a file of lines is not Parquet, or lacks a column.
    """
    work = work_in(
        index_folder, loader=_LOADER, versioner=_VERSIONER, row_id="line_id", questions=QUERIES, answers=ANSWERS
    )
    answer_from(index_folder)
    asking = asking_of(lines)
    count_rows(lines, asking, work)
    return asking, work


def asking_of(lines: list[Path]) -> Asking:
    """Return how the lines ask, by the columns of their first file: USAGE_LINES, or QUERIES where some may lack.

    Raises:
        BadFile: there is no file, it is not Parquet, or it has no title.
    """
    files = [file for path in lines for file in (sorted(path.glob("*.parquet")) if path.is_dir() else [path])]
    if not files:
        raise BadFile("There are no lines to match.", "Name Parquet files, or folders that hold some.")
    try:
        held = set(pq.read_schema(files[0]).names)
    except (OSError, pa.ArrowException) as error:
        raise BadFile(f"{files[0]} is no Parquet file that can be read: {error}.", "Write it again.") from None
    if "reported_title" in held:
        return Asking(_REPORTED, _CARRIED)
    if "title" not in held:
        raise BadFile(f"{files[0]} has neither a column title nor reported_title.", "See docs/cluster.md.")
    return Asking({name: name if name in held else None for name in _REPORTED})
