"""Matching on a cluster answers what matching on one machine answers, line for line, and adds up what it should."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.kernel.columns.cluster import ClusterRefused
from muniment.kernel.columns.schemas import REPERTOIRE_CODES, REPERTOIRE_NAMES, REPERTOIRE_TITLES, USAGE_LINES
from muniment.kernel.words.problems import BadFile, UserError
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.cluster import match_in_session, prepare
from muniment.use.matching.bulk.matcher import ANSWERS, QUERIES, open_matcher
from tests.use.world import ISRC, ISWC, WORKS

TEXTS = {"title": "reported_title", "performer": "reported_performer", "writers": "reported_writers"}
CODES = {"isrc": "isrc", "iswc": "iswc", "source_id": "reported_source_id"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the index of the small repertoire; work 1 is W-1 and so on."""
    titles, names, codes = [], [], []
    for number, (code, title, writer, performer, iswc, isrc) in enumerate(WORKS, 1):
        titles.append({"work_id": number, "title": title})
        names.append({"work_id": number, "name": writer, "role": "writer"})
        names.append({"work_id": number, "name": performer, "role": "performer"})
        known = {"own": code, "iswc": iswc, "isrc": isrc}
        codes += [
            {"work_id": number, "kind": kind, "code": text, "title": title} for kind, text in known.items() if text
        ]
    folder = tmp_path_factory.mktemp("index") / "small"
    build_index(
        pa.Table.from_pylist(titles, REPERTOIRE_TITLES),
        pa.Table.from_pylist(names, REPERTOIRE_NAMES),
        pa.Table.from_pylist(codes, REPERTOIRE_CODES),
        folder,
    )
    return folder


def usage_lines(count: int) -> pa.Table:
    """Return lines as reports have them: hits, misspelled, without fields, unknown, very long."""
    rows = []
    for number in range(count):
        _, title, writer, performer, _, _ = WORKS[number % len(WORKS)]
        shape = number % 13
        texts: dict[str, str | None] = {
            "title": title,
            "performer": performer,
            "writers": writer if shape % 2 else None,
        }
        texts |= {
            3: {"title": title[:-2] + "e", "performer": None},
            5: {"title": f"{performer} - {title} (Official Video)", "performer": ""},
            7: {"title": None, "performer": None, "writers": None, "iswc": ISWC},
            8: {"isrc": ISRC, "title": "the silver ferry"},
            9: {"title": f"Nobody knows {number}", "performer": "Nobody"},
            10: {"title": "\u202e" + title.upper() + "\x00", "performer": performer.lower()},
            11: {"title": title + " la" * (3_000 if number < 50 else 3)},
        }.get(shape, {})
        row = {**dict.fromkeys(USAGE_LINES.names), **{(TEXTS | CODES)[name]: text for name, text in texts.items()}}
        row |= {"line_id": 5 << 32 | number, "report_id": 5, "source_line": number, "territory": 586}
        row |= {"use_count": 2**45 + number, "amount_micro": None if shape == 1 else number, "use_kind": "feature"}
        rows.append(row | {"currency": "PKR" if number % 2 else "EUR"})
    table = pa.Table.from_pylist(rows, pa.schema([field.with_nullable(True) for field in USAGE_LINES]))
    days = pa.array([20_000] * count, pa.int32()).cast(pa.date32())
    return table.set_column(table.column_names.index("used_on"), "used_on", days).cast(USAGE_LINES)


def on_one_machine(lines: pa.Table, index: Path) -> pa.Table:
    """Return the answers of the matcher, every line asked for itself."""
    columns = [lines.column({"line_id": "line_id", **TEXTS, **CODES}[name]).combine_chunks() for name in QUERIES.names]
    return pa.Table.from_batches([open_matcher(index).match(pa.RecordBatch.from_arrays(columns, schema=QUERIES))])


def assert_as_on_one_machine(out: Path, lines: pa.Table, index: Path) -> None:
    """Check every line, and the sums by work."""
    expected = on_one_machine(lines, index)
    assert {"matched", "review", "unidentified"} >= set(expected["band"].to_pylist()) >= {"matched", "unidentified"}
    found = pq.read_table(out / "rows")
    rows = zip(found.select(ANSWERS.names).to_pylist(), expected.to_pylist(), strict=True)
    assert [pair for pair in rows if pair[0] != pair[1]][:3] == []
    matched = pc.equal(expected["band"], "matched").to_pylist()
    uses: dict[tuple[int, str], int] = {}
    for taken, work, line in zip(matched, expected["candidate_work_id"].to_pylist(), lines.to_pylist(), strict=True):
        if taken:
            uses[work, line["currency"]] = uses.get((work, line["currency"]), 0) + line["use_count"]
    sums = pq.read_table(out / "sums").to_pylist()
    assert {(row["candidate_work_id"], row["currency"]): row["use_count"] for row in sums} == uses


@pytest.mark.spark
def test_a_cluster_matches_as_one_machine_does(tmp_path: Path, session: Any, index: Path) -> None:
    lines = usage_lines(3_000)
    pq.write_table(lines, tmp_path / "lines.parquet")
    done = match_in_session(session, lines=[tmp_path / "lines.parquet"], index_folder=index, out=tmp_path / "out")
    assert_as_on_one_machine(tmp_path / "out", lines, index)
    assert done.row_count == 3_000
    assert done.question_count < 500


@pytest.mark.spark
def test_lines_may_have_few_columns(tmp_path: Path, session: Any, index: Path) -> None:
    lines = usage_lines(60)
    asked = pa.table({"line_id": lines["line_id"], "title": lines["reported_title"]})
    pq.write_table(asked, tmp_path / "few.parquet")
    done = match_in_session(session, lines=[tmp_path / "few.parquet"], index_folder=index, out=tmp_path / "out")
    assert done.row_count == 60
    assert pq.read_table(tmp_path / "out" / "sums").column_names == ["candidate_work_id", "line_count"]


def test_what_is_wrong_with_index_or_lines_is_said_first(tmp_path: Path, index: Path) -> None:
    lines = tmp_path / "lines.parquet"
    pq.write_table(usage_lines(5), lines)
    with pytest.raises(ClusterRefused, match="There is no index in"):
        prepare([lines], tmp_path / "nowhere")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text((index / "manifest.json").read_text())
    with pytest.raises(UserError, match="is missing"):
        prepare([lines], broken)
    pq.write_table(pa.table({"line_id": [1], "name": ["x"]}), lines)
    with pytest.raises(BadFile, match="neither a column title nor reported_title"):
        prepare([lines], index)
    with pytest.raises(BadFile, match="There are no lines"):
        prepare([], index)


def test_the_command_says_what_is_missing(tmp_path: Path, index: Path) -> None:
    pq.write_table(usage_lines(5), tmp_path / "lines.parquet")
    arguments = ["cluster", "match", "--lines", str(tmp_path / "lines.parquet"), "--out", str(tmp_path / "out")]
    arguments += ["--index", str(index), "--master", "spark://127.0.0.1:1"]
    result = CliRunner().invoke(build_app(), arguments)
    assert isinstance(result.exception, ClusterRefused)
    result = CliRunner().invoke(build_app(), [*arguments, "--setting", "nothing"])
    assert isinstance(result.exception, UserError)
    assert "is no setting" in str(result.exception)
