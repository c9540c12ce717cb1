"""What the measurement of a cluster is made of: lines that are all different, an index in memory, a table."""

import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from muniment.interfaces.bench.cluster import (
    ClusterMeasure,
    cpu_seconds,
    make_work,
    mapped_mib,
    measure_alone,
    measure_cluster,
    middle_of,
    write_cluster_page,
)
from muniment.interfaces.bench.tasks import open_task
from muniment.interfaces.cli import build_app
from muniment.kernel.columns.cluster import ClusterRefused
from muniment.kernel.words.problems import UserError
from muniment.use.matching.bulk.folder import Writer
from muniment.use.matching.bulk.index import open_index
from tests.interfaces.bench.small_task import write_task

ONE = ClusterMeasure(1, 1_000, 900, 5.0, 9.0, 4.0, 3.0, 2, 70, 70, 1.5, 1.0)
TWO = ClusterMeasure(2, 1_000, 900, 6.0, 9.0, 2.0, 3.2, 2, 70, 140, 1.6, 0.8)


def test_lines_are_made_many_and_all_of_them_are_asked(tmp_path: Path) -> None:
    task = open_task(write_task(tmp_path / "task"), "usage_small")
    lines, index = make_work(task, 3, tmp_path / "work")
    table = pa.concat_tables(map(pq.read_table, lines))
    assert table.column("line_id").to_pylist() == list(range(12))
    assert len(set(table.column("source_id").to_pylist())) == 12
    assert table.column("title").to_pylist()[:4] == table.column("title").to_pylist()[8:]
    assert len(open_index(index).work_ids) == 3
    found = measure_alone(lines=lines, index_folder=index, runs=1)
    assert (found.line_count, found.question_count, found.run_count) == (12, 12, 1)
    again, _ = make_work(task, 1, tmp_path / "work")
    assert again == lines[:1]


def test_the_memory_of_an_index_is_what_is_mapped_of_it(tmp_path: Path) -> None:
    if not Path("/proc/self/smaps").exists():
        pytest.skip("only Linux tells what a process has mapped")
    (tmp_path / "index").mkdir()
    writer = Writer(tmp_path / "index")
    writer.append("numbers", range(1 << 20))
    column = writer.written()("numbers")
    assert int(column.sum()) == sum(range(1 << 20))
    taken, seen = mapped_mib(tmp_path / "index", (os.getpid(),))
    assert (taken, seen) == (8, 8)
    assert mapped_mib(tmp_path / "other", (os.getpid(),)) == (0, 0)
    named = cpu_seconds((os.getpid(),), Path("/proc/self/comm").read_text())
    assert 0 < named <= cpu_seconds((os.getpid(),))
    assert cpu_seconds((os.getpid(),), "no such program") == 0


def test_the_table_stands_between_the_marks_and_replaces_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "cluster.md"
    page.write_text("# Ours\n\n<!-- figures: begin -->\n<!-- figures: end -->\n\nOurs too.\n")
    for measures in ([ONE], [ONE, TWO]):
        write_cluster_page(page, measures, {"machine": "two cores", "on": "2026-11-22"})
    text = page.read_text()
    assert text.startswith("# Ours\n")
    assert text.endswith("Ours too.\n")
    assert text.count("| 1 | 1,000 |") == 1
    assert "| 2 | 1,000 | 6.0 | 9.0 | 2.0 | 500 | 312 | 1.6 | 1.6 | 0.8 | 2.0 | 2.00 | 70 |" in text
    assert "machine: two cores, on: 2026-11-22." in text


def test_of_turns_the_median_stands_for_each_number_of_workers() -> None:
    slow, fast = replace(ONE, run_s=9.0), replace(ONE, run_s=3.0)
    assert middle_of([slow, TWO, ONE, replace(TWO, run_s=2.5), fast]) == [ONE, TWO]


def test_more_confined_workers_than_cores_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClusterRefused, match="1000000 workers cannot each be confined to a core"):
        measure_cluster(lines=[], index_folder=tmp_path, workers=1_000_000, runs=1, memory_mib=512, confined=True)


def test_the_command_wants_lines_or_a_task(tmp_path: Path) -> None:
    for arguments, said in (([], "nothing to match"), (["--task", str(tmp_path)], "is not there")):
        result = CliRunner().invoke(build_app(), ["bench", "cluster", *arguments])
        assert isinstance(result.exception, UserError)
        assert said in str(result.exception)
