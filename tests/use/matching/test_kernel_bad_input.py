"""The compiled matcher and its index under bad input: no line lost, nothing read that was not written."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from muniment.kernel.columns.schemas import REPERTOIRE_CODES, REPERTOIRE_NAMES, REPERTOIRE_TITLES
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.folder import FORMAT, MANIFEST, BrokenIndex, check_columns
from muniment.use.matching.bulk.index import index_tables, open_index
from muniment.use.matching.bulk.match import DECISIONS, match_lines
from muniment.use.matching.bulk.matcher import QUERIES, Matcher, open_matcher
from muniment.use.matching.bulk.room import CANDIDATE_COUNT, CANDIDATE_ROOM, COUNTERS, new_room
from muniment.use.matching.rules.scoring import PERFORMER, Band, Thresholds
from tests.use.matching.small import SILVER_FERRY, THISTLE, WORKS, Line, queries, small_index, tables_of
from tests.use.matching.test_match import lines_of

GOOD: Line = {"title": "Silver Ferry", "performer": "Garden Collective"}
SAME_TITLE, RECORDED = 50_000, 30_000


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Return the matcher of the small repertoire."""
    return Matcher(small_index())


BAD: dict[str, Line] = {
    "a million letters": {"title": "x" * 1_000_000, "performer": "y" * 1_000_000, "writers": "z" * 1_000_000},
    "half a million words": {"title": "x " * 500_000, "performer": "y & " * 250_000, "writers": "z/" * 500_000},
    "a code of a million letters": {"title": "Stay", "isrc": "Q" * 1_000_000, "source_id": "9" * 1_000_000},
    "brackets never closed": {"title": "(" * 100_000, "performer": "[" * 5_000 + "]" * 5_000},
    "control and direction characters": {"title": "\x00\x01\x02\x1f\x7f", "performer": "\u202e\u2066\u200f\ufeff"},
    "bytes that mark names in the index": {"title": "\x01n ashford", "performer": "\x02ashford", "writers": "\x02"},
    "only joiners": {"title": "&", "performer": "feat.", "writers": "and"},
    "many joiners": {"title": "feat. feat.", "performer": "- - -", "writers": "/ / ; & | and"},
    "letters that unfold to many": {"title": "ﷺ﷽" * 2_000, "performer": "﷽" * 2_000, "writers": "㍿" * 2_000},
    "beyond the table of code points": {"title": "\U0010ffff\U000e0001🎵" * 50, "performer": "\ue000"},
    "empty": dict.fromkeys(QUERIES.names[1:], ""),
    "nothing": {},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=list(BAD))
def test_a_bad_line_is_answered_and_harms_no_other(matcher: Matcher, bad: Line) -> None:
    before, answer, after = matcher.match(queries(GOOD, bad, GOOD)).to_pylist()
    assert (answer["line_id"], answer["band"]) == (2, Band.UNIDENTIFIED)
    assert (before["candidate_work_id"], before["band"]) == (SILVER_FERRY, Band.MATCHED)
    assert {**after, "line_id": 1} == before


def test_control_and_direction_characters_inside_a_text_do_not_hide_it(matcher: Matcher) -> None:
    row = matcher.match(queries({"title": "\u202eSilver\x00 Ferry\u202c", "performer": "\u2067Garden\tCollective"}))
    assert row.column("candidate_work_id").to_pylist() == [SILVER_FERRY]


@pytest.mark.parametrize("codes", [{"source_id": "W-404"}, {"isrc": "?", "iswc": "T-1", "source_id": " "}])
def test_a_code_that_is_not_one_says_nothing(matcher: Matcher, codes: Line) -> None:
    plain, coded = matcher.match(queries(GOOD, {**GOOD, **codes})).to_pylist()
    assert {**coded, "line_id": 1} == plain


def test_an_own_code_with_another_title_goes_to_a_person(matcher: Matcher) -> None:
    sane, strange = matcher.match(
        queries({"title": "Silver Ferry", "source_id": "W-1"}, {"title": "Utterly Unheard Of", "source_id": "W-1"})
    ).to_pylist()
    assert (sane["band"], sane["method"], sane["candidate_work_id"]) == ("matched", "own", SILVER_FERRY)
    assert (strange["band"], strange["candidate_work_id"]) == ("review", SILVER_FERRY)


def test_a_repertoire_without_works_identifies_nothing() -> None:
    tables = (REPERTOIRE_TITLES.empty_table(), REPERTOIRE_NAMES.empty_table(), REPERTOIRE_CODES.empty_table())
    assert Matcher(index_tables(*tables)).match(queries(GOOD)).column("band").to_pylist() == [Band.UNIDENTIFIED]


def test_a_code_without_end_hides_no_other() -> None:
    titles, names, codes = tables_of(WORKS)
    long = pa.Table.from_pylist(
        [{"work_id": 2, "kind": "own", "code": "A" * 70_000, "title": "Lantern Song"}], REPERTOIRE_CODES
    )
    known = Matcher(index_tables(titles, names, pa.concat_tables([long, codes])))
    row = known.match(queries({"title": "Silver Ferry", "source_id": "W-1"})).to_pylist()[0]
    assert (row["candidate_work_id"], row["method"]) == (SILVER_FERRY, "own")


def test_names_and_codes_of_a_work_without_a_title_are_nobody_else_s() -> None:
    titles, names, codes = tables_of(WORKS)
    rest = titles.filter(pc.not_equal(titles.column("work_id"), SILVER_FERRY))
    known = Matcher(index_tables(rest, names, codes))
    row = known.match(queries({"title": "Lantern Song", "performer": "Garden Collective"})).to_pylist()[0]
    assert row["band"] != Band.MATCHED
    assert PERFORMER[row["evidence"][1]] == "performer known, but not for the work"


def test_no_lines_and_columns_of_nothing_but_nulls(matcher: Matcher) -> None:
    assert matcher.match(queries()).num_rows == 0
    assert matcher.match(queries(GOOD).slice(1)).num_rows == 0
    assert matcher.match(queries({}, {}, {})).column("band").to_pylist() == [Band.UNIDENTIFIED] * 3


def test_slices_and_wide_strings_are_read_where_they_are(matcher: Matcher) -> None:
    whole = queries({"title": "Lantern Song"}, GOOD, {"title": "Silver Ferry", "source_id": "W-1"}, {})
    expected = matcher.match(whole).to_pylist()
    for first in range(len(expected)):
        assert matcher.match(whole.slice(first, 2)).to_pylist() == expected[first : first + 2]
    texts = [column.cast(pa.large_string()) if column.type == pa.string() else column for column in whole.columns[:4]]
    batch = pa.RecordBatch.from_arrays([*texts, *whole.columns[4:]], names=QUERIES.names)
    assert matcher.match(batch).to_pylist() == expected


def test_codes_may_be_wide_strings_as_well(matcher: Matcher) -> None:
    whole = queries(GOOD, {"title": "Silver Ferry", "source_id": "W-1"})
    wide = [column.cast(pa.large_string()) if column.type == pa.string() else column for column in whole.columns]
    assert (
        matcher.match(pa.RecordBatch.from_arrays(wide, names=QUERIES.names)).to_pylist()
        == matcher.match(whole).to_pylist()
    )


@pytest.fixture(scope="module")
def crowded() -> Matcher:
    """Return the matcher of 50,000 works of one title, and of a performer who recorded 30,000 others."""
    total = SAME_TITLE + RECORDED
    ids = np.arange(1, total + 1)
    titles = ["Stay"] * SAME_TITLE + [f"Piece {number}" for number in range(RECORDED)]
    names = [f"Band {number}" for number in range(SAME_TITLE)] + ["Prolific Voice"] * RECORDED
    roles = pa.array(["performer"] * total)
    return Matcher(
        index_tables(
            pa.Table.from_arrays([pa.array(ids), pa.array(titles)], schema=REPERTOIRE_TITLES),
            pa.Table.from_arrays([pa.array(ids), pa.array(names), roles], schema=REPERTOIRE_NAMES),
            REPERTOIRE_CODES.empty_table(),
        )
    )


def test_of_50_000_works_of_one_title_the_performer_names_one(crowded: Matcher) -> None:
    lines: list[Line] = [{"title": "Stay", "performer": f"Band {number}"} for number in (0, 31_337, SAME_TITLE - 1)]
    rows = crowded.match(queries(*lines)).to_pylist()
    assert [row["candidate_work_id"] for row in rows] == [1, 31_338, SAME_TITLE]


@pytest.mark.parametrize("line", [{"title": "Stay"}, {"title": "Stay", "performer": "Unheard Of"}])
def test_a_title_of_50_000_works_alone_is_not_even_reviewed(crowded: Matcher, line: Line) -> None:
    row = crowded.match(queries(line)).to_pylist()[0]
    assert row["band"] == Band.UNIDENTIFIED
    assert 1 < len(row["candidate_work_ids"]) <= 5


@pytest.mark.parametrize("line", [{"title": "Stay"}, {"title": "Stay", "performer": "Unheard Of"}])
def test_a_title_of_50_000_works_alone_is_never_paid(crowded: Matcher, line: Line) -> None:
    assert crowded.match(queries(line)).column("band").to_pylist() != [Band.MATCHED]


def test_a_performer_of_30_000_recordings_is_bounded_and_found(crowded: Matcher) -> None:
    rows = crowded.match(
        queries(
            {"title": "Piece 12345", "performer": "Prolific Voice"},
            {"title": "Prolific Voice - Piece 29999 (Official Video)"},
            {"title": "Unheard Of", "performer": "Prolific Voice"},
        )
    ).to_pylist()
    assert [row["candidate_work_id"] for row in rows[:2]] == [SAME_TITLE + 12_346, SAME_TITLE + 30_000]
    assert rows[2]["band"] == Band.UNIDENTIFIED


@pytest.mark.parametrize(
    "line",
    [
        {"title": "Stay", "performer": "Prolific Voice", "writers": "Band 1 / Band 2 / Band 3"},
        {"title": "Piece", "performer": " & ".join(f"Band {number}" for number in range(40))},
        {"title": "Stay - Stay", "performer": "Prolific Voice"},
    ],
)
def test_the_candidates_of_a_line_are_bounded(crowded: Matcher, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    room = new_room()
    monkeypatch.setattr("muniment.use.matching.bulk.matcher.new_room", lambda: room)
    crowded.match(queries(line))
    assert 0 < int(room[COUNTERS][CANDIDATE_COUNT]) <= CANDIDATE_ROOM // 2


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the small repertoire's index."""
    folder = tmp_path_factory.mktemp("kernel") / "index"
    build_index(*tables_of(WORKS), folder, repertoire="a repertoire")
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the index that a test may break."""
    return Path(shutil.copytree(built, tmp_path / "index"))


@pytest.mark.parametrize("harm", ["missing", "empty", "shorter", "longer", "folder"])
def test_a_truncated_index_is_refused_whichever_file_it_is(folder: Path, harm: str) -> None:
    columns = sorted(folder.glob("*.bin"))
    assert {path.stem for path in columns} == set(json.loads((folder / MANIFEST).read_text())["columns"])
    for path in columns:
        held = path.read_bytes()
        if harm in ("empty", "shorter") and not held:
            continue
        path.unlink()
        if harm == "folder":
            path.mkdir()
        elif harm != "missing":
            path.write_bytes({"empty": b"", "shorter": held[:-1], "longer": held + b"\0"}[harm])
        with pytest.raises(BrokenIndex, match=path.stem):
            open_matcher(folder)
        path.rmdir() if harm == "folder" else path.unlink(missing_ok=True)
        path.write_bytes(held)
    assert open_matcher(folder).match(queries(GOOD)).column("candidate_work_id").to_pylist() == [SILVER_FERRY]


def test_a_manifest_that_lacks_any_column_is_refused(folder: Path) -> None:
    manifest = folder / MANIFEST
    held = json.loads(manifest.read_text())
    for name in held["columns"]:
        columns = {other: facts for other, facts in held["columns"].items() if other != name}
        manifest.write_text(json.dumps({**held, "columns": columns}))
        with pytest.raises(BrokenIndex, match=f"lacks {name}"):
            open_matcher(folder)


def test_a_whole_report_of_bad_lines_loses_none(matcher: Matcher) -> None:
    lines = lines_of(*({name: text or "" for name, text in line.items()} for line in (GOOD, *BAD.values(), GOOD)))
    matched = match_lines(lines, matcher.index, DECISIONS.empty_table(), Thresholds())
    rows = matched.matches.to_pylist()
    assert [row["line_id"] for row in rows] == list(range(1, len(BAD) + 3))
    assert [row["candidate_work_id"] for row in (rows[0], rows[-1])] == [SILVER_FERRY, SILVER_FERRY]
    assert {row["band"] for row in rows[1:-1]} == {Band.UNIDENTIFIED}


def _edit(**facts: object) -> Callable[[str], str]:
    def edited(text: str) -> str:
        return json.dumps({**json.loads(text), **facts})

    return edited


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_edit(format=FORMAT + 1), "format"),
        (_edit(format=None), "format"),
        (_edit(table="0" * 64), "table of code points"),
        (lambda _: "", "cannot be read"),
        (lambda _: "\x00 not JSON", "cannot be read"),
        (lambda text: text[: len(text) // 2], "cannot be read"),
        (lambda _: "[1, 2]", "format None"),
    ],
)
def test_a_manifest_of_another_version_or_none_at_all_is_refused(
    folder: Path, change: Callable[[str], str], said: str
) -> None:
    manifest = folder / MANIFEST
    manifest.write_text(change(manifest.read_text()))
    with pytest.raises(BrokenIndex, match=said):
        open_matcher(folder)


@pytest.mark.parametrize("missing", ["table", "columns", "repertoire"])
def test_a_manifest_that_says_too_little_is_refused(folder: Path, missing: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest[missing]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BrokenIndex):
        open_matcher(folder)


def test_a_folder_without_a_manifest_is_no_index(folder: Path, tmp_path: Path) -> None:
    (folder / MANIFEST).unlink()
    for path in (folder, tmp_path / "nowhere"):
        with pytest.raises(BrokenIndex, match=MANIFEST):
            open_index(path)


def test_a_changed_byte_is_found_when_every_byte_is_read(folder: Path) -> None:
    assert check_columns(folder) == []
    path = folder / "names_data.bin"
    held = bytearray(path.read_bytes())
    held[3] ^= 1
    path.write_bytes(held)
    assert check_columns(folder) == ["names_data"]


def test_the_same_repertoire_gives_the_same_version_in_any_number_of_parts(built: Path, tmp_path: Path) -> None:
    build_index(*tables_of(WORKS), tmp_path / "parts", repertoire="a repertoire", part_count=4)
    one, many = open_index(built), open_index(tmp_path / "parts")
    assert one.version == many.version
    assert (
        open_matcher(tmp_path / "parts").match(queries(GOOD)).to_pylist()
        == Matcher(one).match(queries(GOOD)).to_pylist()
    )


def test_a_building_that_fails_leaves_nothing(tmp_path: Path) -> None:
    titles, names, codes = tables_of(WORKS)
    unknown = codes.set_column(1, "kind", pa.array(["unheard of"] * codes.num_rows))
    with pytest.raises(KeyError):
        build_index(titles, names, unknown, tmp_path / "index")
    assert list(tmp_path.glob("index*")) == list(tmp_path.glob(".building-*")) == []


def test_an_index_is_read_in_place_and_cannot_be_written(built: Path) -> None:
    index = open_index(built)
    with pytest.raises(ValueError, match="read-only"):
        index.work_ids[0] = 7
    assert index.work_ids[THISTLE - 1] == THISTLE
