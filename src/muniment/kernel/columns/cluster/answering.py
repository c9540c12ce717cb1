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
from muniment.kernel.columns.cluster.worker import KEY, PART, Work, answer_batches, key_batches
from muniment.kernel.words.problems import BadFile, Progress, silent

FIRST = "first_line_id"
_SPEAKER = "speaker"
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
            session.conf.set("spark.sql.files.minPartitionNum", str(tasks))
            keyed = _read_rows(session, rows, asking, work, tasks)
            remarks = _read_told(session, told, unfinished / "told")
            firsts = _with_firsts(session, keyed, asking, work, remarks)
            _write_answers(firsts, asking, work, _bounds(session, work, tasks), unfinished)
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


def _read_rows(session: Any, rows: list[Path], asking: Asking, work: Work, tasks: int) -> Any:
    """Return what the rows ask, in which scope, what they carry, and their KEY: rows of one key in one part."""
    session.read.parquet(*(path.absolute().as_uri() for path in rows)).createOrReplaceTempView("source")
    asked = [
        f"{f'`{column}`' if column else 'CAST(NULL AS STRING)'} AS `{name}`" for name, column in asking.columns.items()
    ]
    carried = [f"`{name}`" for name in asking.carried]
    scope = f"CAST(coalesce(`{asking.scope}`, 0) AS BIGINT)" if asking.scope else "0L"
    columns = [f"`{work.row_id}`", f"{scope} AS scope", *asked, *carried]
    if not asking.keyer:
        columns.append(f"{_digest_of(filter(None, asking.columns.values()))} AS {KEY}")
    keyed = session.sql(f"SELECT {', '.join(columns)} FROM source")  # noqa: S608
    if asking.keyer:
        schema = deepcopy(keyed.schema).add(KEY, "string")  # `add` changes what it is asked of
        keyed = keyed.mapInArrow(lambda batches: key_batches(work, asking.keyer, batches), schema)
    return keyed.repartition(tasks, KEY)


def _read_told(session: Any, told: Told | None, folder: Path) -> list[str]:
    """Put what is told where every worker sees it, and show it as the views `remarks` and `circles`; name its columns.

    Without anything told there are none.
    """
    if told is None:
        return []
    folder.mkdir(parents=True)
    for name, table in (("remarks", told.remarks), ("circles", told.circles)):
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        session.read.parquet((folder / f"{name}.parquet").as_uri()).createOrReplaceTempView(name)
    return sorted(told.remarks.column_names)


def _with_firsts(session: Any, keyed: Any, asking: Asking, work: Work, told: list[str]) -> Any:
    """Return the rows with FIRST, the row in whose words each is asked; rows of one first together, the first before.

    A row is asked in the words of the first of its key in its scope, with what was told of the key by its speaker.
    Where other scopes ask the same, in the words of the first of them all. As the parts hold whole keys, nothing of
    this leaves a part.
    """
    keyed.createOrReplaceTempView("keyed")
    names = ", ".join(f"`{name}`" for name in asking.columns)
    worded = (
        f"SELECT *, first_value(struct({names})) OVER (PARTITION BY {KEY}, scope ORDER BY `{work.row_id}`) AS words "  # noqa: S608
        f"FROM keyed"
    )
    remarks = [name for name in told if name not in ("key", "circle")]
    said = "".join(f", coalesce(own.`{name}`, every.`{name}`) AS `{name}`" for name in remarks)
    joined = (
        ""
        if not told
        else (
            f" LEFT JOIN circles ON circles.scope = worded.scope"
            f" LEFT JOIN remarks own ON own.key = worded.{KEY} AND own.circle = circles.circle"
            f" LEFT JOIN remarks every ON every.key = worded.{KEY} AND every.circle = '{EVERYBODY}'"
        )
    )
    speaker = "coalesce(own.circle, '')" if told else "''"
    together = f"{KEY}, {_SPEAKER}, words"
    return session.sql(
        f"SELECT *, min(`{work.row_id}`) OVER (PARTITION BY {together} ORDER BY `{work.row_id}`) AS {FIRST} "  # noqa: S608
        f"FROM (SELECT worded.*, {speaker} AS {_SPEAKER}{said} FROM ({worded}) worded{joined})"
    ).sortWithinPartitions(KEY, _SPEAKER, "words", work.row_id)


def _write_answers(firsts: Any, asking: Asking, work: Work, bounds: tuple[int, ...], out: Path) -> None:
    """Answer the rows, each first of them asked once, and write them in the order of their ids."""
    carried = [(KEY, asking.key_name)] if asking.key_name else []
    carried += [(FIRST, FIRST), *((name, name) for name in asking.carried)]
    asked = firsts.select(*work.questions.names, *(name for name, _ in carried))
    fields = [field.with_nullable(True) for field in work.answers]
    schema = _spark_schema(fields)
    for name, known_as in carried:
        schema.add(known_as, asked.schema[name].dataType)
    schema.add(PART, "integer")
    names = [known_as for _, known_as in carried]
    answered = asked.mapInArrow(lambda batches: answer_batches(work, FIRST, names, bounds, batches), schema)
    ordered = answered.repartitionById(len(bounds) + 1, PART).sortWithinPartitions(work.row_id).drop(PART)
    ordered.write.parquet((out / "rows").as_uri(), compression="zstd")


def _bounds(session: Any, work: Work, tasks: int) -> tuple[int, ...]:
    """Return the ids that part the rows of the view `source` into about equal shares, as many as there are tasks.

    To find them beforehand in the ids alone costs little; to have the engine sort would answer every row twice, for it
    looks at a sample of what it sorts.
    """
    shares = ", ".join(f"{number / tasks}D" for number in range(1, tasks))
    found = session.sql(f"SELECT percentile_approx(`{work.row_id}`, array({shares})) FROM source").first()  # noqa: S608
    return tuple(sorted(set(found[0] or ())))


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


def _digest_of(columns: Iterable[str]) -> str:
    """Return the SQL of a digest of columns: texts behind their lengths, so that no two questions run together."""
    parts = [f"coalesce(concat(octet_length(`{name}`), ':', `{name}`), '-')" for name in columns]
    return f"sha2(concat({', '.join(parts)}), 256)"


def _spark_schema(fields: list[pa.Field]) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(pa.schema(fields))


def _tasks(row_count: int, cores: int) -> int:
    """Return into how many tasks the work is cut: at least eight a core, so that the last ones end together."""
    return max(min(-(-row_count // _ROWS_A_TASK), _MOST_TASKS), 8 * cores)


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
