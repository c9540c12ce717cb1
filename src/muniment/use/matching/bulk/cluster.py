"""Matching on a cluster: the matcher of one machine on every worker, and its answers given to every line.

The lines lie in Parquet and the index in a folder that each worker maps into memory, both under the same name
everywhere. Decisions of people go with the questions. What comes out is what one machine answers, line for line: within
a report, lines of one memory key are asked in the words of the first of them.
"""

from functools import partial
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
from muniment.use.matching.bulk.index import open_index
from muniment.use.matching.bulk.match import TOLD_QUERIES, answer_told
from muniment.use.matching.bulk.matcher import ANSWERS, Matcher
from muniment.use.matching.bulk.told import NO_DECISIONS, KnownDecisions, told_by
from muniment.use.matching.rules.choices import USUAL, read_choice
from muniment.use.matching.rules.forms import memory_key

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
_KEYER = f"{__name__}:keys_of"
_CIRCLES = pa.schema([pa.field("scope", pa.int64()), pa.field("circle", pa.string())])


def answer_from(folder: Path, choice: str) -> Answer:
    """Open an index on a worker; what it returns answers TOLD_QUERIES with ANSWERS, by the model of a choice.

    Raises:
        BrokenIndex: the folder is not an index of this version.
        BadModel: the model is not one for this version.
    """
    chosen = read_choice(choice)
    return partial(answer_told, Matcher(open_index(folder), chosen.model, chosen.thresholds))


def keys_of(batch: pa.RecordBatch) -> pa.Array:
    """Return the memory key of each line of QUERIES."""
    texts = ([text or "" for text in batch.column(name).to_pylist()] for name in _REPORTED)
    return pa.array([memory_key(*row) for row in zip(*texts, strict=True)], pa.string())


def matcher_version(choice: str) -> str:
    """Return the version of what an answer depends on beside the index: the model, and the precision asked of it."""
    return read_choice(choice).version


def match_on_spark(
    *,
    lines: list[Path],
    index_folder: Path,
    out: Path,
    cluster: Cluster,
    known: KnownDecisions | None = None,
    source_code: str = "",
    progress: Progress = silent,
) -> Answered:
    """Match Parquet files of USAGE_LINES or QUERIES on a cluster, see `match_in_session`.

    Raises:
        ClusterRefused: the index is not there; `out` is; PySpark, Java, the master or its workers are missing.
        WorkerDied: a worker died again and again over the same task.
        BadFile: a file of lines is not Parquet, or lacks a column; lines of reports were given a source.
    """
    prepare(lines, index_folder, source_code, _choice(known))
    with open_session(cluster) as session:
        return match_in_session(
            session,
            lines=lines,
            index_folder=index_folder,
            out=out,
            known=known,
            source_code=source_code,
            progress=progress,
        )


def match_in_session(
    session: Any,
    *,
    lines: list[Path],
    index_folder: Path,
    out: Path,
    known: KnownDecisions | None = None,
    source_code: str = "",
    progress: Progress = silent,
) -> Answered:
    """Write `out`: rows/, ANSWERS with what was carried along, ordered by line; sums/, by work; told/; run.json.

    `first_line_id` of a row is the first of the lines that are equal to it, the one that was asked. The sums are of
    the matched lines: line_count, and of USAGE_LINES use_count and amount_micro by currency, exact. Decisions that are
    `known` hold, and the model chosen with them: for USAGE_LINES by the source of each report, for QUERIES by
    `source_code`.
    """
    asking, work = prepare(lines, index_folder, source_code, _choice(known))
    by = ("candidate_work_id", *(("currency",) if asking.carried else ()))
    counted = Counted(by, "band = 'matched'", tuple(name for name in asking.carried if name != "currency"))
    told = told_by(known or NO_DECISIONS, _circles(known or NO_DECISIONS, asking, source_code))
    return answer_rows(
        session, rows=lines, asking=asking, work=work, counted=counted, out=out, told=told, progress=progress
    )


def _circles(known: KnownDecisions, asking: Asking, source_code: str) -> pa.Table:
    """Return the source of each scope of the lines: of each report, or of all lines where they name none."""
    if asking.scope:
        return known.sources.rename_columns(_CIRCLES.names).cast(_CIRCLES)
    return pa.table([[0], [source_code]], schema=_CIRCLES)


def _choice(known: KnownDecisions | None) -> str:
    return USUAL if known is None else known.choice


def prepare(lines: list[Path], index_folder: Path, source_code: str = "", choice: str = USUAL) -> tuple[Asking, Work]:
    """Check on this machine what can be checked here, before anything starts.

    Raises:
        ClusterRefused: the index is not there.
        BrokenIndex: it is of another version, or truncated.
        BadModel: the model that was chosen is not one for this version.
        BadFile: a file of lines is not Parquet, or lacks a column; lines of reports were given a source.
    """
    work = work_in(
        index_folder,
        loader=_LOADER,
        versioner=_VERSIONER,
        row_id="line_id",
        questions=TOLD_QUERIES,
        answers=ANSWERS,
        setting=choice,
    )
    answer_from(index_folder, choice)
    asking = asking_of(lines)
    if asking.scope and source_code:
        raise BadFile("These lines name the report that they are of, and so its source.", "Leave --source out.")
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
        return Asking(_REPORTED, _CARRIED, _KEYER, "memory_key", scope="report_id")
    if "title" not in held:
        raise BadFile(f"{files[0]} has neither a column title nor reported_title.", "See docs/cluster.md.")
    return Asking({name: name if name in held else None for name in _REPORTED}, (), _KEYER, "memory_key")
