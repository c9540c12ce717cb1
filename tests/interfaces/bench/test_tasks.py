"""A task's repertoire becomes the tables that the index reads; what is no task is refused."""

from pathlib import Path

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
