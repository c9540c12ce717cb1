"""Names across scripts: the measure counts what is right, and readings and skeletons find what letters alone do not."""

import gzip
from pathlib import Path

import pytest

from muniment.interfaces.bench.scripts import PARTS, measure_scripts, read_titles, read_transliterations

_PAIRS = [
    ("mohammed", "محمد"),
    ("karim", "كريم"),
    ("layla", "ليلى"),
    ("tchaikovsky", "чайковский"),
    ("nabokov", "набоков"),
    ("davis", "дэвис"),
    ("kim", "김"),
    ("visborn", "維斯伯恩"),
    ("peter", "ピーター"),
    ("bach", "בך"),
    ("handel", "הנדל"),
    ("fischer", "פישר"),
]


def test_every_kind_of_key_is_measured_over_all_names() -> None:
    rows = measure_scripts("invented", _PAIRS, most=100, seed=1)
    assert [row.keys for row in rows] == ["table", "readings", "and skeletons", "keys alone"]
    assert {(row.sought_count, row.latin_count) for row in rows} == {(12, 12)}
    by_keys = {row.keys: row for row in rows}
    assert by_keys["table"].recall_1_ppm < by_keys["and skeletons"].recall_1_ppm == 10**6
    assert by_keys["keys alone"].candidates_milli < by_keys["and skeletons"].candidates_milli == 12_000


def test_fewer_names_are_sought_if_asked_and_the_same_ones_each_time() -> None:
    first, second = (measure_scripts("invented", _PAIRS, most=4, seed=3) for _ in range(2))
    assert first == second
    assert first[0].sought_count == 4
    assert first[0].latin_count == 12


def test_the_parts_of_a_file_share_no_name(tmp_path: Path) -> None:
    path = tmp_path / "wd_invented.tsv.gz"
    path.write_bytes(gzip.compress("".join(f"{latin}\t{' '.join(other)}\t1\n" for latin, other in _PAIRS).encode()))
    parts = [read_transliterations(path, part) for part in range(PARTS)]
    assert sorted(pair for part in parts for pair in part) == sorted(_PAIRS)


def test_two_columns_of_a_table_of_titles(tmp_path: Path) -> None:
    path = tmp_path / "titles.tsv"
    path.write_text("id\ttitle_urdu\ttitle_roman\n1\tدل کی بات\tdil ki baat\n", encoding="utf-8")
    assert read_titles(path, "title_roman", "title_urdu") == [("dil ki baat", "دل کی بات")]
    with pytest.raises(ValueError, match="title_hindi"):
        read_titles(path, "title_hindi", "title_urdu")
