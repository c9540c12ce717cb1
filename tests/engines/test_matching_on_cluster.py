"""Matching on a cluster answers what matching on one machine answers, line for line, and adds up what it should."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.kernel.columns.cluster import ClusterRefused
from muniment.kernel.columns.schemas import (
    MATCHES,
    REPERTOIRE_CODES,
    REPERTOIRE_NAMES,
    REPERTOIRE_TITLES,
    USAGE_LINES,
)
from muniment.kernel.words.problems import BadFile, UserError
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.cluster import match_in_session, prepare
from muniment.use.matching.bulk.index import open_index
from muniment.use.matching.bulk.match import DECISIONS, match_lines
from muniment.use.matching.bulk.told import (
    KEPT_DECISIONS,
    NO_DECISIONS,
    REPORT_SOURCES,
    KnownDecisions,
    read_decisions,
    write_decisions,
)
from muniment.use.matching.rules.choices import USUAL, Choice, read_choice, write_choice
from muniment.use.matching.rules.forms import memory_key
from muniment.use.matching.rules.scoring import BadModel, Model, shipped_model
from tests.use.world import ISRC, ISWC, WORKS

TEXTS = {"title": "reported_title", "performer": "reported_performer", "writers": "reported_writers"}
CODES = {"isrc": "isrc", "iswc": "iswc", "source_id": "reported_source_id"}
FIRST_REPORT = 5
SOURCES = {5: "RADIO", 6: "CINEMA"}
NO_WORK = 404
FERRY, LANTERN, OTHER_LANTERN, BEREG, STARS, WINDOW = range(1, 7)


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
    """Return lines as two reports have them: hits, misspelled, unknown, very long, equal but for signs."""
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
            12: {"title": f"{performer}{' - ' if number // 13 % 2 else ' '}{title}", "performer": None},
        }.get(shape, {})
        row = {**dict.fromkeys(USAGE_LINES.names), **{(TEXTS | CODES)[name]: text for name, text in texts.items()}}
        report = FIRST_REPORT + number * 2 // count
        row |= {"line_id": report << 32 | number, "report_id": report, "source_line": number, "territory": 586}
        row |= {"use_count": 2**45 + number, "amount_micro": None if shape == 1 else number, "use_kind": "feature"}
        rows.append(row | {"currency": "PKR" if number % 2 else "EUR"})
    table = pa.Table.from_pylist(rows, pa.schema([field.with_nullable(True) for field in USAGE_LINES]))
    days = pa.array([20_000] * count, pa.int32()).cast(pa.date32())
    return table.set_column(table.column_names.index("used_on"), "used_on", days).cast(USAGE_LINES)


def key_of(line: dict[str, Any]) -> str:
    """Return the memory key of a line of USAGE_LINES."""
    return memory_key(*(line[name] or "" for name in (*TEXTS.values(), *CODES.values())))


def what_people_said(lines: pa.Table) -> KnownDecisions:
    """Return decisions for one source and for all: a work, not this work, a work that is gone."""
    keys: dict[int, str] = {}
    for line in lines.to_pylist():
        keys.setdefault(line["source_line"] % 78, key_of(line))
    said = [
        (keys[0], "", WINDOW, True),
        (keys[0], "CINEMA", FERRY, False),
        (keys[1], "", LANTERN, False),
        (keys[1], "RADIO", LANTERN, True),
        (keys[2], "CINEMA", LANTERN, True),
        (keys[3], "", BEREG, False),
        (keys[4], "", NO_WORK, True),
        (keys[4], "RADIO", STARS, False),
        (keys[9], "RADIO", OTHER_LANTERN, True),
        (keys[9], "", FERRY, False),
        (keys[12], "RADIO", FERRY, False),
        ("nobody's key", "", FERRY, True),
    ]
    rows = [dict(zip(KEPT_DECISIONS.names, row, strict=True)) for row in said]
    sources = [{"report_id": number, "source_code": code} for number, code in SOURCES.items()]
    return KnownDecisions(
        pa.Table.from_pylist(rows, KEPT_DECISIONS), pa.Table.from_pylist(sources, schema=REPORT_SOURCES)
    )


def on_one_machine(lines: pa.Table, index: Path, known: KnownDecisions = NO_DECISIONS) -> pa.Table:
    """Return the matches of each report, as `match_lines` answers it with the decisions for its source."""
    whole, tables = open_index(index), []
    for report, source in SOURCES.items():
        rows = [
            {**row, "rank": 0 if row["source_code"] else 1}
            for row in known.decisions.to_pylist()
            if row["source_code"] in ("", source)
        ]
        own = lines.filter(pc.equal(lines["report_id"], report))
        decisions = pa.Table.from_pylist(rows, DECISIONS)
        choice = read_choice(known.choice)
        tables.append(match_lines(own, whole, decisions, choice.thresholds, model=choice.model).matches)
    return pa.concat_tables(tables)


def as_matches(rows: pa.Table, model: Model) -> list[dict[str, object]]:
    """Return what a cluster answered by a model as one machine keeps it."""
    matches = []
    for row in rows.to_pylist():
        reasons = model.reasons(row["evidence"]) if row["evidence"] else []
        told = [["a person decided", 1_000_000]] if row["method"] == "decision" else [list(one) for one in reasons]
        work = row["candidate_work_id"] if row["band"] == "matched" else None
        kept = {name: row[name] for name in MATCHES.names if name in row}
        matches.append(kept | {"work_id": work, "reasons": json.dumps(told, ensure_ascii=False, separators=(",", ":"))})
    return matches


def assert_as_on_one_machine(
    out: Path, lines: pa.Table, index: Path, known: KnownDecisions = NO_DECISIONS
) -> list[dict[str, Any]]:
    """Check every line, and the sums by work; return the matches."""
    expected = on_one_machine(lines, index, known).to_pylist()
    assert {row["band"] for row in expected} >= {"matched", "unidentified"}
    rows = zip(as_matches(pq.read_table(out / "rows"), read_choice(known.choice).model), expected, strict=True)
    assert [pair for pair in rows if pair[0] != pair[1]][:3] == []
    uses: dict[tuple[int, str], int] = {}
    for match, line in zip(expected, lines.to_pylist(), strict=True):
        if match["band"] == "matched":
            at = match["work_id"], line["currency"]
            uses[at] = uses.get(at, 0) + line["use_count"]
    sums = pq.read_table(out / "sums").to_pylist()
    assert {(row["candidate_work_id"], row["currency"]): row["use_count"] for row in sums} == uses
    return expected


@pytest.mark.spark
def test_a_cluster_matches_as_one_machine_does(tmp_path: Path, session: Any, index: Path) -> None:
    lines = usage_lines(3_000)
    pq.write_table(lines, tmp_path / "lines.parquet")
    done = match_in_session(session, lines=[tmp_path / "lines.parquet"], index_folder=index, out=tmp_path / "out")
    assert_as_on_one_machine(tmp_path / "out", lines, index)
    assert done.row_count == 3_000
    assert done.question_count < 500


@pytest.mark.spark
def test_a_cluster_obeys_people_as_one_machine_does(tmp_path: Path, session: Any, index: Path) -> None:
    lines = usage_lines(3_000)
    known = what_people_said(lines)
    files = [tmp_path / "b.parquet", tmp_path / "a.parquet"]
    pq.write_table(lines.slice(0, 1_000), files[0])
    pq.write_table(lines.slice(1_000), files[1])
    write_decisions(known, tmp_path / "decisions")
    match_in_session(
        session, lines=files, index_folder=index, out=tmp_path / "out", known=read_decisions(tmp_path / "decisions")
    )
    matches = assert_as_on_one_machine(tmp_path / "out", lines, index, known)
    undecided = on_one_machine(lines, index).to_pylist()
    changed = {
        (one["line_id"] >> 32, one["method"], one["candidate_work_id"])
        for one, before in zip(matches, undecided, strict=True)
        if one != before
    }
    assert {(5, "decision", WINDOW), (6, "decision", WINDOW), (5, "decision", OTHER_LANTERN)} <= changed
    assert (6, "decision", LANTERN) in changed
    assert any(method != "decision" for _, method, _ in changed), "a refused work is no candidate"


def another_choice() -> Choice:
    """Return a model that believes less than the one that comes with Muniment, for a lower precision."""
    shipped = shipped_model()
    return Choice(replace(shipped, name="doubtful", start_milli=shipped.start_milli - 2_000), 980_000)


@pytest.mark.spark
def test_a_cluster_matches_by_the_model_that_was_chosen(tmp_path: Path, session: Any, index: Path) -> None:
    lines = usage_lines(3_000)
    pq.write_table(lines, tmp_path / "lines.parquet")
    choice = another_choice()
    known = replace(what_people_said(lines), choice=write_choice(choice))
    write_decisions(known, tmp_path / "decisions")
    match_in_session(
        session,
        lines=[tmp_path / "lines.parquet"],
        index_folder=index,
        out=tmp_path / "out",
        known=read_decisions(tmp_path / "decisions"),
    )
    matches = assert_as_on_one_machine(tmp_path / "out", lines, index, known)
    usual = on_one_machine(lines, index, replace(known, choice=USUAL)).to_pylist()
    assert sum(one["band"] != before["band"] for one, before in zip(matches, usual, strict=True)) > 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["version"].endswith(choice.version)


def test_a_choice_is_read_as_it_was_written(tmp_path: Path) -> None:
    choice = another_choice()
    assert read_choice(write_choice(choice)) == choice
    assert write_choice(read_choice(USUAL)) == USUAL
    write_decisions(replace(NO_DECISIONS, choice=write_choice(choice)), tmp_path)
    assert read_choice(read_decisions(tmp_path).choice) == choice
    write_decisions(NO_DECISIONS, tmp_path)
    assert read_decisions(tmp_path).choice == USUAL, "what was chosen before is gone"


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", '{"asked_ppm": 1}', '{"asked_ppm": "x", "model": {}}', '{"asked_ppm": 1000000, "model": {}}'],
)
def test_what_is_no_choice_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadModel):
        read_choice(text)
    write_decisions(NO_DECISIONS, tmp_path)
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(BadFile, match=r"model\.json holds no model"):
        read_decisions(tmp_path)


@pytest.mark.spark
def test_lines_may_have_few_columns_and_a_source(tmp_path: Path, session: Any, index: Path) -> None:
    lines = usage_lines(60)
    asked = pa.table({"line_id": lines["line_id"], "title": lines["reported_title"]})
    pq.write_table(asked, tmp_path / "few.parquet")
    said = [{"memory_key": memory_key("The Silver Ferry", "", "", "", "", ""), "work_id": STARS, "is_work": True}]
    decisions = pa.Table.from_pylist([{**one, "source_code": "RADIO"} for one in said], KEPT_DECISIONS)
    for source, expected in (("RADIO", {STARS}), ("", set())):
        done = match_in_session(
            session,
            lines=[tmp_path / "few.parquet"],
            index_folder=index,
            out=tmp_path / f"out{source}",
            known=KnownDecisions(decisions, NO_DECISIONS.sources),
            source_code=source,
        )
        assert done.row_count == 60
        rows = pq.read_table(tmp_path / f"out{source}" / "rows").to_pylist()
        assert {row["candidate_work_id"] for row in rows if row["method"] == "decision"} == expected
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
    pq.write_table(usage_lines(5), lines)
    with pytest.raises(BadFile, match="name the report that they are of"):
        prepare([lines], index, "RADIO")


def test_decisions_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"decisions\.parquet does not hold decisions of people"):
        read_decisions(tmp_path)
    write_decisions(NO_DECISIONS, tmp_path)
    assert read_decisions(tmp_path) == NO_DECISIONS
    pq.write_table(pa.table({"report_id": [1]}), tmp_path / "sources.parquet")
    with pytest.raises(BadFile, match=r"sources\.parquet does not hold sources of people"):
        read_decisions(tmp_path)


def test_the_command_says_what_is_missing(tmp_path: Path, index: Path) -> None:
    pq.write_table(usage_lines(5), tmp_path / "lines.parquet")
    arguments = ["cluster", "match", "--lines", str(tmp_path / "lines.parquet"), "--out", str(tmp_path / "out")]
    arguments += ["--index", str(index), "--master", "spark://127.0.0.1:1", "--undecided"]
    result = CliRunner().invoke(build_app(), arguments)
    assert isinstance(result.exception, ClusterRefused)
    result = CliRunner().invoke(build_app(), [*arguments, "--setting", "nothing"])
    assert isinstance(result.exception, UserError)
    assert "is no setting" in str(result.exception)
    result = CliRunner().invoke(build_app(), [*arguments, "--decisions", str(tmp_path)])
    assert isinstance(result.exception, UserError)
    assert "both given and left aside" in str(result.exception)
