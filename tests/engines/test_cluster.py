"""The cluster answers what one machine answers, row for row, whoever dies on the way."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muniment import __version__
from muniment.kernel.columns.cluster import (
    Answered,
    Asking,
    Cluster,
    ClusterRefused,
    Counted,
    Work,
    WorkerDied,
    answer_rows,
    confined_to,
    count_rows,
    find_java,
    open_session,
    work_in,
)
from muniment.kernel.columns.cluster.answering import FIRST
from muniment.kernel.columns.cluster.errors import RefusedOnWorker
from muniment.kernel.columns.cluster.worker import answer_batches, load_once
from muniment.kernel.words.problems import BadFile
from tests.engines.toys import QUESTIONS, answers, toy_work

ASKING = Asking({"word": "reported", "tongue": "tongue"}, carried=("uses",))
COUNTED = Counted(("letters",), "letters > 0", ("uses",))
HUGE = 2**48 + 1
"""A number of uses whose sums a floating-point number would not keep."""


def rows(count: int) -> pa.Table:
    """Return reported words: many are equal, some are null or empty, one is long, some look alike when joined."""
    words = ["a", "", None, "1:a", "ünï", "字", "\u202eb", "'; --", "x" * 5_000, "a\n"]
    tongues = [None, "", "b", "1:b"]
    return pa.table(
        {
            "id": pa.array([7 * number + 1 for number in range(count)], pa.int64()),
            "reported": pa.array(
                [words[n % 10] if n % 3 else f"{words[n % 7]}{n % 1009}" for n in range(count)], pa.string()
            ),
            "tongue": pa.array([tongues[n % 11 % 4] for n in range(count)], pa.string()),
            "uses": pa.array([HUGE + n for n in range(count)], pa.int64()),
        }
    )


def written(folder: Path, table: pa.Table) -> list[Path]:
    """Write a table as two files, the later rows first."""
    half = table.num_rows // 2
    folder.mkdir(exist_ok=True)
    paths = [folder / "b.parquet", folder / "a.parquet"]
    pq.write_table(table.slice(half), paths[0])
    pq.write_table(table.slice(0, half), paths[1])
    return paths


def on_one_machine(table: pa.Table) -> pa.Table:
    """Return what the toy answers, every row asked for itself."""
    asked = [table.column(name).combine_chunks() for name in ("id", "reported", "tongue")]
    batch = pa.RecordBatch.from_arrays(asked, schema=QUESTIONS)
    return pa.Table.from_batches([answers(Path(), "")(batch)])


def asked(ids: list[int], firsts: list[int] | None = None) -> pa.RecordBatch:
    """Return rows as the engine hands them to a worker: questions, and the row in whose words each is asked."""
    words = [f"word {number}" for number in ids]
    columns = {"id": ids, "word": words, "tongue": pa.nulls(len(ids), pa.string()), FIRST: firsts or ids}
    return pa.RecordBatch.from_pydict(columns)


def sums_of(answered: pa.Table, table: pa.Table) -> dict[int, tuple[int, int]]:
    """Return the rows and uses of each number of letters, added up by Python."""
    sums: dict[int, tuple[int, int]] = {}
    for letters, uses in zip(answered["letters"].to_pylist(), table["uses"].to_pylist(), strict=True):
        if letters > 0:
            count, total = sums.get(letters, (0, 0))
            sums[letters] = (count + 1, total + uses)
    return sums


def ask(tmp_path: Path, session: Any, work: Work, count: int = 6_000) -> tuple[pa.Table, Answered]:
    """Have the cluster answer invented rows into `tmp_path`/out."""
    table = rows(count)
    answered = answer_rows(
        session,
        rows=written(tmp_path / "rows", table),
        asking=ASKING,
        work=work,
        counted=COUNTED,
        out=tmp_path / "out",
    )
    return table, answered


def assert_complete(out: Path, table: pa.Table) -> None:
    """Check the rows, their order and the sums against one machine."""
    expected = on_one_machine(table)
    found = pq.read_table(out / "rows")
    assert found.select(expected.column_names).cast(expected.schema).equals(expected)
    sums = pq.read_table(out / "sums").to_pylist()
    assert {row["letters"]: (row["line_count"], row["uses"]) for row in sums} == sums_of(expected, table)


@pytest.mark.spark
def test_every_row_is_answered_as_on_one_machine(tmp_path: Path, session: Any) -> None:
    work = toy_work(tmp_path / "folder", "counts_loading")
    table, answered = ask(tmp_path, session, work)
    assert_complete(tmp_path / "out", table)
    different = {(row["reported"], row["tongue"]) for row in table.to_pylist()}
    assert (answered.row_count, answered.question_count) == (table.num_rows, len(different))
    run = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (run["row_count"], run["version"], run["manifest_sha256"]) == (
        table.num_rows,
        f"{__version__}, toys 1",
        work.proof,
    )
    opened = [path.name.split("-")[1] for path in (tmp_path / "folder").glob("opened-*")]
    assert len(opened) == len(set(opened)) < answered.task_count, "a process opens the folder once"


@pytest.mark.spark
def test_a_worker_that_dies_in_the_middle_loses_no_row(tmp_path: Path, session: Any) -> None:
    table, _ = ask(tmp_path, session, toy_work(tmp_path / "folder", "dies_in_the_middle"), 20_000)
    assert (tmp_path / "folder" / "executor-killed").exists()
    assert (tmp_path / "folder" / "python-killed").exists()
    assert_complete(tmp_path / "out", table)


@pytest.mark.spark
def test_a_worker_that_always_dies_is_named_and_nothing_is_left(tmp_path: Path, session: Any) -> None:
    with pytest.raises(WorkerDied, match="several times over the same task"):
        ask(tmp_path, session, toy_work(tmp_path / "folder", "dies_always"), 50)
    assert not list(tmp_path.glob("out*"))


@pytest.mark.spark
def test_what_a_worker_refuses_is_told_to_the_person(tmp_path: Path, session: Any) -> None:
    with pytest.raises(ClusterRefused, match=r"On the worker .*: The index is of version 7\.") as refused:
        ask(tmp_path, session, toy_work(tmp_path / "folder", "refuses"), 50)
    assert refused.value.remedy == "Build it again with this version."
    assert not list(tmp_path.glob("out*"))


def test_a_worker_with_another_folder_or_version_answers_nothing(tmp_path: Path) -> None:
    work = toy_work(tmp_path / "folder", "answers")
    alike = FIRST, [FIRST], ()
    with pytest.raises(RefusedOnWorker, match=r"0\.0\.0 where the work was started"):
        list(answer_batches(replace(work, version="0.0.0"), *alike, iter([])))
    with pytest.raises(RefusedOnWorker, match="There is no index in"):
        list(answer_batches(replace(work, folder=str(tmp_path / "elsewhere")), *alike, iter([])))
    (tmp_path / "folder" / "manifest.json").write_text('{"toy": 2}')
    with pytest.raises(RefusedOnWorker, match="is another one than where the work was started"):
        list(answer_batches(work, *alike, iter([])))


def test_a_function_that_loses_a_row_is_found_out(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="lost or moved a row"):
        list(answer_batches(toy_work(tmp_path / "folder", "loses_a_row"), FIRST, [FIRST], (), iter([asked([1, 2])])))


def test_rows_of_one_first_get_its_answer_over_the_bounds_of_batches(tmp_path: Path) -> None:
    work = toy_work(tmp_path / "folder", "answers")
    batches = [asked([1, 4], [1, 1]), asked([5, 9], [1, 1]), asked([2, 7, 3], [2, 2, 3])]
    found = pa.Table.from_batches(answer_batches(work, FIRST, [FIRST], (4, 6), iter(batches))).to_pylist()
    told = [(row["id"], row[FIRST], row["echo"], row["part"]) for row in found]
    assert told == [
        (1, 1, "word 1/", 0),
        (4, 1, "word 1/", 1),
        (5, 1, "word 1/", 1),
        (9, 1, "word 1/", 2),
        (2, 2, "word 2/", 0),
        (7, 2, "word 2/", 2),
        (3, 3, "word 3/", 0),
    ]


def test_a_row_that_comes_without_its_first_is_found_out(tmp_path: Path) -> None:
    work = toy_work(tmp_path / "folder", "answers")
    with pytest.raises(AssertionError, match="a row came without its first"):
        list(answer_batches(work, FIRST, [FIRST], (), iter([asked([1, 4], [1, 3])])))


def test_a_process_opens_a_folder_once(tmp_path: Path) -> None:
    work = toy_work(tmp_path / "folder", "answers")
    opened = [
        load_once(work.loader, work.versioner, work.folder, work.proof, work.version, work.setting) for _ in range(2)
    ]
    assert opened[0] is opened[1]


def test_what_is_wrong_on_this_machine_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = toy_work(tmp_path / "folder", "answers")
    with pytest.raises(ClusterRefused, match="There is no index in"):
        work_in(
            tmp_path / "no",
            loader=work.loader,
            versioner=work.versioner,
            row_id="id",
            questions=work.questions,
            answers=work.answers,
        )
    (tmp_path / "out").mkdir()
    with pytest.raises(ClusterRefused, match="exists already"):
        ask(tmp_path, None, work, 4)
    (tmp_path / "out").rmdir()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ClusterRefused, match="Spark needs Java, and there is none"):
        find_java()


def test_files_that_cannot_be_rows_are_named(tmp_path: Path) -> None:
    work = toy_work(tmp_path / "folder", "answers")
    text = tmp_path / "text.parquet"
    text.write_text("no rows")
    narrow = tmp_path / "narrow.parquet"
    pq.write_table(pa.table({"id": [1]}), narrow)
    for paths, said in (
        ([text], "no Parquet file"),
        ([narrow], "no column reported, tongue, uses"),
        ([tmp_path / "folder"], "There are no lines"),
    ):
        with pytest.raises(BadFile, match=said):
            count_rows(paths, ASKING, work)


def test_a_master_that_is_not_there_is_named() -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: make spark")
    with (
        pytest.raises(ClusterRefused, match=r"No Spark master answers at spark://127\.0\.0\.1:1|Spark needs Java"),
        open_session(Cluster("spark://127.0.0.1:1")),
    ):
        pass


def test_what_is_started_confined_runs_on_one_core_and_we_do_not() -> None:
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("only Linux confines a process to a core")
    before = os.sched_getaffinity(0)
    core = max(before)
    told = "import os; print(sorted(os.sched_getaffinity(0)))"
    with confined_to(core):
        started = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert json.loads(started.stdout) == [core]
    assert os.sched_getaffinity(0) == before
    with pytest.raises(ClusterRefused, match="gives us no core 100000"), confined_to(100_000):
        pass


@pytest.mark.spark
def test_a_sum_too_large_is_an_error(tmp_path: Path, session: Any) -> None:
    table = rows(12).set_column(3, "uses", pa.array([2**62] * 12, pa.int64()))
    with pytest.raises(ClusterRefused, match="passes what an integer of 64 bits holds"):
        answer_rows(
            session,
            rows=written(tmp_path / "rows", table),
            asking=ASKING,
            work=toy_work(tmp_path / "folder", "answers"),
            counted=COUNTED,
            out=tmp_path / "out",
        )
    assert not list(tmp_path.glob("out*"))
