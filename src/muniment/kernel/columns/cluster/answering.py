"""The plan of the engine: equal rows asked once, every row answered, integers summed."""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.kernel.columns.cluster.errors import ClusterRefused, explained
from muniment.kernel.columns.cluster.session import watched
from muniment.kernel.columns.cluster.worker import Work, answer_batches
from muniment.kernel.words.problems import BadFile, Progress, silent

KEY = "question"
FIRST = "first_line_id"
_ROWS_A_TASK = 50_000
_MOST_TASKS = 2_000


@dataclass(frozen=True, slots=True)
class Asking:
    """How rows become questions: `columns` maps a column of the question to the row's (None: it has none).

    `carried` come along to the answers. Rows that agree in all of `columns` are one question, asked under the id of
    the first of them.
    """

    columns: Mapping[str, str | None]
    carried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """What is summed: exact integers of rows that a condition in SQL takes, by columns of the answers and rows."""

    by: tuple[str, ...]
    where: str
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """How many rows were answered, with how many different questions, by how many tasks."""

    row_count: int
    question_count: int
    task_count: int


def answer_rows(
    session: Any,
    *,
    rows: list[Path],
    asking: Asking,
    work: Work,
    counted: Counted,
    out: Path,
    progress: Progress = silent,
) -> Answered:
    """Answer every row of Parquet files and write `out`: rows/ in the order of their ids, sums/, and run.json.

    `session` comes from `open_session` and can be used again, also after an error. `out` is whole or absent:
    everything is written beside it first. `progress` counts tasks of the engine.

    Raises:
        ClusterRefused: a worker refused the work; `out` exists; a row was left without an answer.
        WorkerDied: a worker died again and again over the same task.
        BadFile: a file of rows is not Parquet, or lacks a column.
    """
    row_count = count_rows(rows, asking, work)
    if out.exists():
        raise ClusterRefused(f"{out} exists already.", "Name a new folder; nothing is overwritten.")
    unfinished = out.absolute().with_name(out.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with explained(), watched(session, progress):
            tasks = _tasks(row_count, session.sparkContext.defaultParallelism)
            session.conf.set("spark.sql.shuffle.partitions", str(tasks))
            _write_answers(session, [path.absolute().as_uri() for path in rows], asking, work, unfinished / "rows")
            counts = _write_sums(session, counted, work, unfinished)
        if counts != (row_count, 0, counts[2]):
            raise ClusterRefused(
                f"Of {row_count} lines {counts[0]} came back, {counts[1]} of them without an answer.",
                "Nothing was kept. Start again; if it happens again, it is a fault of Muniment's.",
            )
        answered = Answered(row_count, counts[2], tasks)
        (unfinished / "run.json").write_text(json.dumps(asdict(answered) | _origin(work), indent=2) + "\n")
        unfinished.replace(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return answered


def _write_answers(session: Any, rows: list[str], asking: Asking, work: Work, out: Path) -> None:
    """Ask each different question once, give the answer to every row that asks it, and write the rows in order."""
    row_id = work.row_id
    asked = [
        f"{f'`{column}`' if column else 'CAST(NULL AS STRING)'} AS `{name}`" for name, column in asking.columns.items()
    ]
    carried = [f"`{name}`" for name in asking.carried]
    key = _key_of(filter(None, asking.columns.values()))
    session.read.parquet(*rows).createOrReplaceTempView("source")
    session.sql(
        f"SELECT `{row_id}`, {', '.join([*asked, *carried])}, {key} AS {KEY} FROM source"  # noqa: S608
    ).createOrReplaceTempView("asking")
    names = ", ".join(f"`{name}`" for name in asking.columns)
    questions = session.sql(f"SELECT {KEY}, {names}, min(`{row_id}`) AS `{row_id}` FROM asking GROUP BY {KEY}, {names}")  # noqa: S608
    answers = questions.mapInArrow(lambda batches: answer_batches(work, KEY, batches), _answer_schema(work))
    answers.createOrReplaceTempView("answers")
    answered = ", ".join(f"answers.`{name}`" for name in work.answers.names if name != row_id)
    kept = "".join(f", asking.{name}" for name in carried)
    session.sql(
        f"SELECT asking.`{row_id}`, {answered}, answers.`{row_id}` AS {FIRST}{kept} "  # noqa: S608
        f"FROM asking LEFT JOIN answers USING ({KEY}) ORDER BY asking.`{row_id}`"
    ).write.parquet(out.as_uri(), compression="zstd")


def _write_sums(session: Any, counted: Counted, work: Work, out: Path) -> tuple[int, int, int]:
    """Write the sums; return the rows, the rows without an answer, and the different questions."""
    session.read.parquet((out / "rows").as_uri()).createOrReplaceTempView("answered")
    by = ", ".join(f"`{name}`" for name in counted.by)
    sums = "".join(f", sum(`{name}`) AS `{name}`" for name in counted.sums)
    session.sql(
        f"SELECT {by}, count(*) AS line_count{sums} FROM answered WHERE {counted.where} GROUP BY {by}"  # noqa: S608
    ).coalesce(1).sortWithinPartitions(*counted.by).write.parquet((out / "sums").as_uri(), compression="zstd")
    row = session.sql(
        f"SELECT count(*), count_if({FIRST} IS NULL), count_if({FIRST} = `{work.row_id}`) FROM answered"  # noqa: S608
    ).first()
    return int(row[0]), int(row[1]), int(row[2])


def _key_of(columns: Iterable[str]) -> str:
    """Return the SQL of a digest of columns: texts behind their lengths, so that no two questions run together."""
    parts = [f"coalesce(concat(octet_length(`{name}`), ':', `{name}`), '-')" for name in columns]
    return f"unhex(sha2(concat({', '.join(parts)}), 256))"


def _answer_schema(work: Work) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    fields = [field.with_nullable(True) for field in work.answers]
    return from_arrow_schema(pa.schema([pa.field(KEY, pa.binary()), *fields]))


def _tasks(row_count: int, cores: int) -> int:
    """Return into how many tasks the work is cut: at least three a core, so that the last ones end together."""
    return max(min(-(-row_count // _ROWS_A_TASK), _MOST_TASKS), 3 * cores)


def count_rows(paths: list[Path], asking: Asking, work: Work) -> int:
    """Return the rows of Parquet files or of folders of them.

    Raises:
        BadFile: one is missing, is not Parquet, or lacks a column.
    """
    columns = {work.row_id, *filter(None, asking.columns.values()), *asking.carried}
    files = [file for path in paths for file in (sorted(path.glob("*.parquet")) if path.is_dir() else [path])]
    if not files:
        raise BadFile("There are no lines to match.", "Name Parquet files, or folders that hold some.")
    count = 0
    for file in files:
        try:
            metadata = pq.read_metadata(file)
        except (OSError, pa.ArrowException) as error:
            raise BadFile(f"{file} is no Parquet file that can be read: {error}.", "Write it again.") from None
        missing = sorted(columns - set(metadata.schema.to_arrow_schema().names))
        if missing:
            raise BadFile(f"{file} has no column {', '.join(missing)}.", "See docs/cluster.md for the columns.")
        count += metadata.num_rows
    return count


def _origin(work: Work) -> dict[str, str]:
    return {"function": work.loader, "folder": work.folder, "manifest_sha256": work.proof, "version": work.version}
