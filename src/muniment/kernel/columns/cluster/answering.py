"""The plan of the engine: equal rows asked once, every row answered, integers summed."""

import json
import shutil
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.kernel.columns.cluster.errors import ClusterRefused, explained
from muniment.kernel.columns.cluster.session import watched
from muniment.kernel.columns.cluster.worker import KEY, QUESTION, SPEAKER, Work, answer_batches, key_batches
from muniment.kernel.words.problems import BadFile, Progress, silent

FIRST = "first_line_id"
EVERYBODY = ""
"""The circle whose remarks hold for every scope that has none of its own."""
_ROWS_A_TASK = 50_000
_MOST_TASKS = 2_000


@dataclass(frozen=True, slots=True)
class Asking:
    """How rows become questions: `columns` maps a column of the question to the row's (None: it has none).

    `carried` come along to the answers. Rows that agree in all of `columns` are one question, asked under the id of
    the first of them. `keyer` names a function as `package.module:function` that gives each of a batch of questions a
    text, kept in the answers as `key_name`: within a `scope`, an integer column of the rows, rows of one key are asked
    in the words of the first of them. Without a keyer no two questions have one key.
    """

    columns: Mapping[str, str | None]
    carried: tuple[str, ...] = ()
    keyer: str = ""
    key_name: str = ""
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of some questions beforehand, handed to the function beside them.

    `remarks` have a `key` (as the keyer gives it), a `circle`, and the columns by which the questions exceed
    `Asking.columns`; `circles` has the `circle` of each `scope` (of 0, where the rows have no scope). Of two remarks on
    one key, that of the scope's own circle is handed on, else that of EVERYBODY, else nulls.
    """

    remarks: pa.Table
    circles: pa.Table


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
    told: Told | None = None,
    progress: Progress = silent,
) -> Answered:
    """Answer every row of Parquet files and write `out`: rows/ in the order of their ids, sums/, and run.json.

    `session` comes from `open_session` and can be used again, also after an error. `out` is whole or absent:
    everything is written beside it first. What was `told` stays there as told/. `progress` counts tasks of the engine.

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
            _read_rows(session, [path.absolute().as_uri() for path in rows], asking, work)
            _read_told(session, told, unfinished / "told")
            _write_plan(session, asking, work, unfinished / "plan", sorted(told.remarks.column_names) if told else [])
            _write_answers(session, asking, work, unfinished)
            shutil.rmtree(unfinished / "plan")
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


def _read_rows(session: Any, rows: list[str], asking: Asking, work: Work) -> None:
    """Show the rows as the view `asking`: what they ask, in which scope, and what they carry."""
    asked = [
        f"{f'`{column}`' if column else 'CAST(NULL AS STRING)'} AS `{name}`" for name, column in asking.columns.items()
    ]
    carried = [f"`{name}`" for name in asking.carried]
    scope = f"CAST(coalesce(`{asking.scope}`, 0) AS BIGINT)" if asking.scope else "0L"
    key = _key_of(filter(None, asking.columns.values()))
    session.read.parquet(*rows).createOrReplaceTempView("source")
    columns = ", ".join([f"`{work.row_id}`", f"{scope} AS scope", *asked, *carried, f"{key} AS {QUESTION}"])
    session.sql(f"SELECT {columns} FROM source").createOrReplaceTempView("asking")  # noqa: S608


def _read_told(session: Any, told: Told | None, folder: Path) -> None:
    """Put what is told where every worker sees it, and show it as the views `remarks` and `circles`."""
    if told is None:
        return
    folder.mkdir(parents=True)
    for name, table in (("remarks", told.remarks), ("circles", told.circles)):
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        session.read.parquet((folder / f"{name}.parquet").as_uri()).createOrReplaceTempView(name)


def _write_plan(session: Any, asking: Asking, work: Work, folder: Path, told: list[str]) -> None:
    """Write, as the view `plan`, for each different question of a scope in which question's words it is asked.

    That is the first of its key in its scope; with it goes what was told of the key, and by whom (SPEAKER).
    """
    row_id, names = work.row_id, ", ".join(f"`{name}`" for name in asking.columns)
    different = session.sql(
        f"SELECT {QUESTION}, {names}, scope, min(`{row_id}`) AS `{row_id}` FROM asking "  # noqa: S608
        f"GROUP BY {QUESTION}, {names}, scope"
    )
    if asking.keyer:
        schema = deepcopy(different.schema).add(KEY, "string")  # `add` changes what it is asked of
        keyed = different.mapInArrow(lambda batches: key_batches(work, asking.keyer, batches), schema)
    else:
        keyed = different.selectExpr("*", f"hex({QUESTION}) AS {KEY}")
    keyed.createOrReplaceTempView("keyed")
    firsts = (
        f"SELECT *, first_value({QUESTION}) OVER (PARTITION BY scope, {KEY} ORDER BY `{row_id}`) AS asked FROM keyed"  # noqa: S608
    )
    remarks = [name for name in told if name not in ("key", "circle")]
    said = "".join(f", coalesce(own.`{name}`, every.`{name}`) AS `{name}`" for name in remarks)
    joined = (
        ""
        if not told
        else (
            f" LEFT JOIN circles ON circles.scope = firsts.scope"
            f" LEFT JOIN remarks own ON own.key = firsts.{KEY} AND own.circle = circles.circle"
            f" LEFT JOIN remarks every ON every.key = firsts.{KEY} AND every.circle = '{EVERYBODY}'"
        )
    )
    speaker = "coalesce(own.circle, '')" if told else "''"
    plan = session.sql(f"SELECT firsts.*, {speaker} AS {SPEAKER}{said} FROM ({firsts}) firsts{joined}")  # noqa: S608
    plan.write.parquet(folder.as_uri(), compression="zstd")
    session.read.parquet(folder.as_uri()).createOrReplaceTempView("plan")


def _write_answers(session: Any, asking: Asking, work: Work, out: Path) -> None:
    """Ask each question of the plan once, give the answer to every row that asks it, and write the rows in order."""
    row_id = work.row_id
    names = [f"`{name}`" for name in work.questions.names if name != row_id]
    questions = session.sql(
        f"SELECT {QUESTION}, {SPEAKER}, {', '.join(names)}, min(`{row_id}`) AS `{row_id}` FROM plan "  # noqa: S608
        f"WHERE {QUESTION} = asked GROUP BY {QUESTION}, {SPEAKER}, {', '.join(names)}"
    )
    answers = questions.mapInArrow(lambda batches: answer_batches(work, batches), _answer_schema(work))
    answers.createOrReplaceTempView("answers")
    columns = [f"asking.`{row_id}`"]
    columns += [f"answers.`{name}`" for name in work.answers.names if name != row_id]
    columns += [f"plan.{KEY} AS `{asking.key_name}`"] if asking.key_name else []
    columns += [f"answers.`{row_id}` AS {FIRST}", *(f"asking.`{name}`" for name in asking.carried)]
    session.sql(
        f"SELECT {', '.join(columns)} FROM asking LEFT JOIN plan USING ({QUESTION}, scope) "  # noqa: S608
        f"LEFT JOIN answers ON answers.{QUESTION} = plan.asked AND answers.{SPEAKER} = plan.{SPEAKER} "
        f"ORDER BY asking.`{row_id}`"
    ).write.parquet((out / "rows").as_uri(), compression="zstd")


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
    return from_arrow_schema(pa.schema([pa.field(QUESTION, pa.binary()), pa.field(SPEAKER, pa.string()), *fields]))


def _tasks(row_count: int, cores: int) -> int:
    """Return into how many tasks the work is cut: at least three a core, so that the last ones end together."""
    return max(min(-(-row_count // _ROWS_A_TASK), _MOST_TASKS), 3 * cores)


def count_rows(paths: list[Path], asking: Asking, work: Work) -> int:
    """Return the rows of Parquet files or of folders of them.

    Raises:
        BadFile: one is missing, is not Parquet, or lacks a column.
    """
    columns = {work.row_id, *filter(None, [*asking.columns.values(), asking.scope]), *asking.carried}
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
