"""The search for duplicates on rows of five bad manners: how they are read, and how pairs are counted."""

import gzip
from pathlib import Path

import pytest

from muniment.interfaces.bench.duplicates import (
    NotMusicBrainz,
    find_pairs,
    pair_scores,
    read_length,
    read_row,
    read_rows,
    read_year,
)
from muniment.interfaces.bench.measure import Measures

HEADERS = "id,cluster_id,source,number,title,length,artist,album,year,language"
SOURCES = (
    "9,1,1,011,Quiet Evening River (Steppe Songs),04:04,The Steppe Band,Steppe Songs,1996,",
    "8,1,2,9,The Steppe Band - Quiet Evening River,244,,Steppe Songs,96,English",
    "7,2,4,7,007-Morning in Almaty,1m 58sec,Somebody Else,Dawn (2002),'02,Eng.",
)


def cells(line: str) -> dict[str, str]:
    return dict(zip(HEADERS.split(","), line.split(","), strict=True))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("04:04", 244), ("219", 219), ("4.367", 262), ("1m 58sec", 118), ("58sec", 58), ("321266", 321), ("unk.", None)],
)
def test_a_length_is_read_in_every_manner(text: str, seconds: int | None) -> None:
    assert read_length(text) == seconds


def test_a_year_is_its_last_two_digits() -> None:
    assert [read_year(text) for text in ("1996", "'96", "96", "", "2")] == [96, 96, 96, None, None]


def test_a_title_is_read_alone_without_its_album_and_behind_its_artist() -> None:
    rows = [read_row(number, cells(line)) for number, line in enumerate(SOURCES)]
    assert rows[0].readings[0] == ("Quiet Evening River", "The Steppe Band")
    assert rows[1].readings[0] == ("Quiet Evening River", "The Steppe Band")
    assert (rows[2].readings, rows[2].album) == ((("Morning in Almaty", "Somebody Else"),), "dawn")


def test_the_truth_is_read_last_and_pairs_are_counted(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "source_1.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join((HEADERS, *SOURCES)) + "\n")
    rows, clusters = read_rows(tmp_path)
    assert clusters == ["1", "1", "2"]
    found = find_pairs(rows, Measures())
    assert found[1, 2] > 500_000
    scores = pair_scores(found, clusters, 500_000)
    assert (scores.found_count, scores.right_count, scores.true_count, scores.f1) == (1, 1, 1, 1.0)
    missed = pair_scores({}, clusters, 0)
    assert (missed.precision, missed.recall, missed.f1) == (1.0, 0.0, 0.0)
    with pytest.raises(NotMusicBrainz):
        read_rows(tmp_path / "nowhere")
