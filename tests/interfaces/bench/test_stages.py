"""What each stage contributes and which misses remain: counted from outcomes made up by hand."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from muniment.interfaces.bench.quality import BadPredictions
from muniment.interfaces.bench.stages import OUTCOMES, MissRow, contribution_of
from muniment.interfaces.bench.tasks import LINES
from muniment.interfaces.cli import build_app
from tests.interfaces.bench.small_task import write_task

Row = tuple[str, str, int | None, list[int], list[int], dict[str, str]]
"""Band, method, best candidate, further candidates, true works, what is reported beside the title."""

NAMED = {"performer": "Somebody"}
ROWS: tuple[Row, ...] = (
    ("matched", "own", 1, [], [1], {"source_id": "W-1"}),
    ("matched", "exact", 1, [], [1, 9], NAMED),
    ("matched", "exact", 2, [], [1], NAMED),
    ("matched", "fuzzy", 2, [], [], NAMED),
    ("review", "fuzzy", 1, [], [1], {"writers": "Somebody"}),
    ("review", "fuzzy", 2, [1], [1], NAMED | {"writers": "Somebody"}),
    ("unidentified", "none", 1, [], [1], {}),
    ("unidentified", "none", 2, [1], [1], {}),
    ("unidentified", "none", None, [], [1], {}),
    ("unidentified", "none", None, [], [], {}),
)
MISSES = (
    MissRow("matched to another work", "title and performer", 1),
    MissRow("matched, but its work is not in the repertoire", "title and performer", 1),
    MissRow("right work behind another one, and neither likely enough to show", "title only", 1),
    MissRow("right work first, but a person has to look", "title and writers", 1),
    MissRow("right work first, but not likely enough to show", "title only", 1),
    MissRow("right work not found", "title only", 1),
    MissRow("right work shown, but not first", "title, performer and writers", 1),
)


def tables(rows: tuple[Row, ...]) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Return the truth, the lines, the outcomes and the candidates of rows."""
    numbered = list(enumerate(rows))
    truth = [{"line_id": number, "true_work_ids": row[4]} for number, row in numbered]
    lines = [{"line_id": number, "title": "A Song", **row[5]} for number, row in numbered]
    outcomes = [{"line_id": number, "band": row[0], "method": row[1], "work_id": row[2]} for number, row in numbered]
    candidates = [
        {"line_id": number, "work_id": work}
        for number, row in numbered
        for work in [*([] if row[2] is None else [row[2]]), *row[3]]
    ]
    return (
        pa.Table.from_pylist(truth, pa.schema([("line_id", pa.int64()), ("true_work_ids", pa.list_(pa.int64()))])),
        pa.Table.from_pylist(lines, LINES),
        pa.Table.from_pylist(outcomes, OUTCOMES),
        pa.Table.from_pylist(candidates, pa.schema([("line_id", pa.int64()), ("work_id", pa.int64())])),
    )


def test_every_line_has_its_stage_and_every_miss_its_kind() -> None:
    found = contribution_of(*tables(ROWS))
    assert [(row.stage, row.method, row.line_count) for row in found.stages] == [
        ("identifier", "own", 1),
        ("exact key", "exact", 2),
        ("index search", "fuzzy", 3),
        ("none", "none", 4),
    ]
    assert [row.precision for row in found.stages] == [1.0, 0.5, 0.0, None]
    assert [(row.review_count, row.review_right_count) for row in found.stages] == [(0, 0), (0, 0), (2, 1), (0, 0)]
    assert found.misses == MISSES
    assert sum(row.line_count for row in found.stages) == found.line_count == len(ROWS)


def test_no_lines_have_no_stages() -> None:
    found = contribution_of(*tables(()))
    assert (found.line_count, found.stages, found.misses) == (0, (), ())


def test_a_line_without_a_truth_is_refused() -> None:
    truth, *rest = tables(ROWS)
    with pytest.raises(BadPredictions):
        contribution_of(truth.slice(1), *rest)


def test_the_command_tells_the_stages_and_keeps_them(tmp_path: Path) -> None:
    task = write_task(tmp_path / "task")
    arguments = ["bench", "matching", "--task", str(task), "--usage", "usage_small", "--work", str(tmp_path / "work")]
    page = tmp_path / "page.md"
    arguments += ["--results", str(tmp_path / "results"), "--report", str(page)]
    result = CliRunner().invoke(build_app(), arguments)
    assert result.exit_code == 0, result.output
    assert "What each stage contributes" in result.output
    measures = json.loads((tmp_path / "work" / "measures.json").read_text())
    assert sum(row["line_count"] for row in measures["by_stage"]) == 4
    assert {row["stage"] for row in measures["by_stage"]} <= {"exact key", "index search", "none"}
    assert "| Stage of ours | Lines |" in page.read_text()
