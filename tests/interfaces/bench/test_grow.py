"""A grown repertoire: the real works stay, the new ones are recombined, and the same seed grows the same."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from muniment.interfaces.bench import grow as growing
from muniment.interfaces.bench.grow import CannotGrow, grow
from muniment.interfaces.bench.tasks import convert_repertoire, open_task, read_truth
from muniment.kernel.words.identifiers import parse_iswc
from tests.interfaces.bench.small_task import WORKS, write_task

WORDS = {"Lantern", "over", "the", "Lake", "Lanterne", "sur", "le", "lac", "Paper", "Harvest", "Copper", "Weather"}
LAST_NAMES = {"Oars", "Brasse", "Tollan", "Marwick", "Verrall", "Sandoval", "Dilly"}


@pytest.fixture
def grown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(growing, "WORKS_AT_ONCE", 40)
    grow(write_task(tmp_path / "task"), tmp_path / "grown", 103, 7)
    return tmp_path / "grown"


def test_real_works_and_lines_stay_as_they_are(grown: Path) -> None:
    works = pq.read_table(grown / "repertoire.parquet").to_pylist()
    assert [work["work_id"] for work in works] == list(range(11, 114))
    assert [work["title"] for work in works[:3]] == [work["title"] for work in WORKS]
    assert works[0]["writers"] == [
        {key: writer[key] for key in ("name", "role", "ipi", "aliases", "society")} for writer in WORKS[0]["writers"]
    ]
    assert read_truth(open_task(grown, "usage_small")).column("true_work_ids").to_pylist() == [[11], [11], [12], []]


def test_new_works_are_made_of_the_words_and_names_of_the_real_ones(grown: Path) -> None:
    file = pq.ParquetFile(grown / "repertoire.parquet")
    assert file.num_row_groups == 4, "written some works at a time"
    new = file.read().to_pylist()[3:]
    assert {word for work in new for word in work["title"].split()} <= WORDS
    assert all(work["title"] for work in new)
    performers = {recording["performer"] for work in new for recording in work["recordings"]}
    assert performers
    assert {name.split()[-1] for name in performers} <= {
        "Oars",
        "Brasse",
        "Tollan",
        "Marwick",
        "Verrall",
        "Sandoval",
        "Dilly",
    }
    assert {len(work["writers"]) for work in new} <= {0, 1, 2}
    iswcs = [work["iswc"] for work in new if work["iswc"]]
    assert len(iswcs) == len(set(iswcs)) > 30
    assert [parse_iswc(iswc) for iswc in iswcs], "their check digits are right"


def test_a_grown_repertoire_becomes_index_tables(grown: Path, tmp_path: Path) -> None:
    tables = convert_repertoire(grown / "repertoire.parquet", tmp_path / "tables")
    assert len(set(tables.titles.column("work_id").to_pylist())) == 103


def test_the_same_seed_grows_the_same_repertoire(grown: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    grow(tmp_path / "task", again, 103, 7)
    grow(tmp_path / "task", other, 103, 8)
    first, second, third = (pq.read_table(folder / "repertoire.parquet") for folder in (grown, again, other))
    assert first == second
    assert first != third


def test_a_repertoire_does_not_shrink(tmp_path: Path) -> None:
    with pytest.raises(CannotGrow, match="3 works"):
        grow(write_task(tmp_path / "task"), tmp_path / "grown", 3, 1)
