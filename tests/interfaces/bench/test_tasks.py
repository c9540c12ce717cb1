"""A task's repertoire becomes the tables that the index reads; what is no task is refused."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muniment.interfaces.bench.tasks import NoTask, convert_repertoire, open_task, read_lines, read_truth
from tests.interfaces.bench.small_task import write_task


def test_titles_of_recordings_and_aliases_of_writers_are_further_titles_and_names(tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    tables = convert_repertoire(task / "repertoire.parquet", tmp_path / "tables")
    titles = {(row["work_id"], row["title"]) for row in tables.titles.to_pylist()}
    assert titles == {
        (11, "Lantern over the Lake"),
        (11, "Lanterne sur le lac"),
        (12, "Paper Harvest"),
        (13, "Copper Weather"),
    }
    assert len(tables.titles) == len(titles), "each title once"
    names = {(row["work_id"], row["name"], row["role"]) for row in tables.names.to_pylist()}
    assert names == {
        (11, "Odile Marwick", "writer"),
        (11, "O. Marwick", "writer"),
        (11, "Dilly", "writer"),
        (11, "Tam Verrall", "writer"),
        (12, "Junia Sandoval", "writer"),
        (11, "The Quiet Oars", "performer"),
        (11, "Léontine Brasse", "performer"),
        (12, "Mirek Tollan", "performer"),
    }


def test_recordings_keep_which_title_goes_with_which_performer(tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    tables = convert_repertoire(task / "repertoire.parquet", tmp_path / "tables")
    pairs = {(row["work_id"], row["title"], row["performer"]) for row in tables.recordings.to_pylist()}
    assert pairs == {
        (11, "Lantern over the Lake", "The Quiet Oars"),
        (11, "Lanterne sur le lac", "Léontine Brasse"),
        (12, "Paper Harvest", "Mirek Tollan"),
    }
    assert tables.codes.to_pylist() == [
        {"work_id": 11, "kind": "iswc", "code": "T0345246801", "title": "Lantern over the Lake"}
    ]


def test_lines_that_lack_a_column_have_nothing_in_it(tmp_path: Path) -> None:
    task = open_task(write_task(tmp_path / "task"), "usage_small")
    lines = read_lines(task)
    assert lines.column("isrc").null_count == len(lines) == 4
    assert read_truth(task).column("true_work_ids").to_pylist() == [[11], [11], [12], []]


def test_a_folder_that_is_no_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoTask, match=r"repertoire\.parquet is not there"):
        open_task(tmp_path, "usage_small")
    task = write_task(tmp_path / "task")
    with pytest.raises(NoTask, match=r"usage_none\.parquet is not there"):
        open_task(task, "usage_none")
    (task / "usage_small.parquet").write_bytes(b"no Parquet")
    with pytest.raises(NoTask, match="is no Parquet file"):
        open_task(task, "usage_small")


@pytest.mark.parametrize("name", ["repertoire", "usage_small", "truth"])
@pytest.mark.parametrize("harm", ["cut", "empty", "text"])
def test_a_file_that_is_no_parquet_is_named(tmp_path: Path, name: str, harm: str) -> None:
    path = write_task(tmp_path) / f"{name}.parquet"
    held = path.read_bytes()
    path.write_bytes({"cut": held[: len(held) // 2], "empty": b"", "text": b"line_id,title"}[harm])
    with pytest.raises(NoTask, match=rf"{name}\.parquet is no Parquet file"):
        open_task(tmp_path, "usage_small")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("repertoire", "work_id"),
        ("repertoire", "title"),
        ("usage_small", "line_id"),
        ("usage_small", "title"),
        ("truth", "line_id"),
        ("truth", "true_work_ids"),
    ],
)
def test_a_column_that_is_missing_is_named(tmp_path: Path, name: str, column: str) -> None:
    path = write_task(tmp_path) / f"{name}.parquet"
    pq.write_table(pq.read_table(path).drop_columns([column]), path)
    with pytest.raises(NoTask, match=rf"{name}\.parquet has no column {column}"):
        open_task(tmp_path, "usage_small")


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("repertoire", "work_id", "eleven"),
        ("repertoire", "title", 7),
        ("repertoire", "writers", "Odile Marwick"),
        ("repertoire", "writers", ["Odile Marwick"]),
        ("repertoire", "recordings", [{"title": "Lantern over the Lake"}]),
        ("usage_small", "line_id", "one"),
        ("usage_small", "performer", ["The Quiet Oars"]),
        ("truth", "true_work_ids", 11),
    ],
)
def test_a_column_of_another_kind_is_named(tmp_path: Path, name: str, column: str, value: object) -> None:
    path = write_task(tmp_path) / f"{name}.parquet"
    table = pq.read_table(path)
    other = pa.array([value] * len(table))
    pq.write_table(table.set_column(table.column_names.index(column), column, other), path)
    with pytest.raises(NoTask, match=rf"{name}\.parquet: the column {column} holds .*, not "):
        open_task(tmp_path, "usage_small")


def test_a_task_without_a_truth_can_be_matched(tmp_path: Path) -> None:
    (write_task(tmp_path) / "truth.parquet").unlink()
    task = open_task(tmp_path, "usage_small")
    with pytest.raises(NoTask, match="is not there"):
        read_truth(task)
