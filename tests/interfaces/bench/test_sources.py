"""Published data becomes tasks of the one form; the files here are made up."""

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from muniment.interfaces.bench.sources import NoSource, isrc_task, names_task, urdu_task, youtube_task
from muniment.interfaces.bench.tasks import convert_repertoire, open_task, read_lines, read_truth
from tests.interfaces.bench.small_task import write_task


def truth_of(folder: Path) -> list[list[int]]:
    return read_truth(open_task(folder, "usage")).column("true_work_ids").to_pylist()


def test_video_titles_ask_for_works_and_those_of_unknown_works_must_stay_unmatched(tmp_path: Path) -> None:
    source = tmp_path / "videos.tsv"
    source.write_text(
        "video_title\tchannel\tlargeshs_work_ids\n"
        'Mirek Tollan - "Paper Harvest" (live)\tTollanTV\t12\n'
        "Something else\t\t999;13\n"
        "A stranger\tSomebody\t999\n"
        "Of a work nobody knows\tSomebody\t\n"
    )
    folder = youtube_task(source, write_task(tmp_path / "small") / "repertoire.parquet", tmp_path / "task")
    assert truth_of(folder) == [[12], [13], []]
    lines = read_lines(open_task(folder, "usage")).to_pylist()
    assert (lines[0]["title"], lines[0]["performer"]) == ('Mirek Tollan - "Paper Harvest" (live)', "TollanTV")
    assert lines[1]["performer"] is None


def test_isrcs_lead_by_iswc_to_works(tmp_path: Path) -> None:
    source = tmp_path / "codes.csv.gz"
    codes = [f"BRINV26{number:05d}" for number in range(60)]
    rows = [f"1;{number};T0345246801;{code}" for number, code in enumerate(codes)]
    rows += ["2;77;T0000000000;BRINV2700000", "3;78;;BRINV2700001"]
    with gzip.open(source, "wt") as file:
        file.write("\n".join(["work_id;track_id;iswc;isrc", *rows]) + "\n")
    folder = isrc_task(source, write_task(tmp_path / "small") / "repertoire.parquet", tmp_path / "task")
    truth = truth_of(folder)
    known = sum(bool(works) for works in truth)
    assert len(truth) == 60, "the ISWC of another repertoire asks for nothing, nor does a row without one"
    assert 40 < known < 60
    tables = convert_repertoire(folder / "repertoire.parquet", tmp_path / "tables")
    isrcs = {row["code"] for row in tables.codes.to_pylist() if row["kind"] == "isrc"}
    lines = read_lines(open_task(folder, "usage")).column("isrc").to_pylist()
    assert len(isrcs) == known
    assert [bool(works) for works in truth] == [code in isrcs for code in lines], "however the line writes its ISRC"
    assert len(tables.recordings) == 0


def test_titles_are_known_in_one_script_and_asked_for_in_the_others(tmp_path: Path) -> None:
    source = tmp_path / "titles.tsv"
    source.write_text("title_urdu\ttitle_hindi\ttitle_roman\nچراغ\tचिराग\tcharāġh\nندی\tनदी\tnadī\n")
    folder = urdu_task(source, "urdu", tmp_path / "task")
    assert pq.read_table(folder / "repertoire.parquet").column("title").to_pylist() == ["چراغ", "ندی"]
    lines = read_lines(open_task(folder, "usage")).column("title").to_pylist()
    assert lines == ["चिराग", "नदी", "charāġh", "nadī"]
    assert truth_of(folder) == [[1], [2], [1], [2]]


def test_names_ask_from_either_side(tmp_path: Path) -> None:
    source = tmp_path / "names.tsv"
    source.write_text("verrall\tв е р р а л л\t1\nverral\tв е р р а л л\t1\ntollan\tт о л л а н\t2\n")
    native = names_task(source, True, tmp_path / "native")
    assert read_lines(open_task(native, "usage")).column("title").to_pylist() == ["верралл", "толлан"]
    assert truth_of(native) == [[1, 2], [3]]
    latin = names_task(source, False, tmp_path / "latin")
    assert read_lines(open_task(latin, "usage")).column("title").to_pylist() == ["verrall", "verral", "tollan"]
    assert truth_of(latin) == [[1], [1], [2]]


def test_other_files_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "other.tsv"
    source.write_text("one\ttwo\n1\t2\n")
    with pytest.raises(NoSource, match="has no column title_urdu"):
        urdu_task(source, "urdu", tmp_path / "task")
    source.write_text("alone\n")
    with pytest.raises(NoSource, match="a row of 1 columns"):
        names_task(source, True, tmp_path / "task")
