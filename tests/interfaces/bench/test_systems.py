"""Our matcher and peers, each run on a task made up by hand, and what they hand in measured."""

import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from muniment.interfaces.bench.ours import run_ours
from muniment.interfaces.bench.systems import NoPeers, PeerFailed, read_result, run_peer
from muniment.interfaces.bench.tasks import open_task
from muniment.interfaces.cli.bench_matching import UnknownPeer
from tests.interfaces.bench.small_task import write_task

PEER = """
import json, sys
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq
task, usage, out = sys.argv[1:4]
lines = pq.read_table(f"{task}/{usage}.parquet").column("line_id").to_pylist()
rows = [{"line_id": line, "place": 1, "work_id": 11, "score": 1.0 - line / 10, "f_one": line / 10} for line in lines]
Path(out).mkdir(parents=True)
pq.write_table(pa.Table.from_pylist(rows), f"{out}/candidates.parquet")
stage = {"cpu_s": 0.5, "wall_s": 1.0}
Path(out, "measures.json").write_text(json.dumps({"stages": {"build": stage, "match": stage}, "peak_mib": 7}))
"""


def test_our_matcher_finds_the_works_and_hands_in_one_row_a_line(tmp_path: Path) -> None:
    task = open_task(write_task(tmp_path / "task"), "usage_small")
    run_ours(task, tmp_path / "ours")
    rows = pq.read_table(tmp_path / "ours" / "predictions.parquet").to_pylist()
    assert [row["line_id"] for row in rows] == [0, 1, 2, 3]
    assert [row["work_id"] for row in rows[:3]] == [11, 11, 12]
    result = read_result("muniment", task, tmp_path / "ours")
    assert (result.raw.recall, result.calibrated, result.line_count) == (1.0, None, 4)
    assert result.ranked == ((1, 1.0), (10, 1.0))


def test_a_peer_is_a_process_that_hands_in_files(tmp_path: Path) -> None:
    task = open_task(write_task(tmp_path / "task"), "usage_small")
    (tmp_path / "made_up_peer.py").write_text(PEER)
    run_peer("made_up", task, tmp_path / "out", Path(sys.executable), tmp_path)
    result = read_result("made_up", task, tmp_path / "out")
    assert (result.raw.recall, result.lines_per_cpu_s, result.peak_mib) == (2 / 3, 8.0, 7)
    assert result.calibrated is not None
    assert result.best is result.calibrated


def test_a_peer_that_fails_says_how(tmp_path: Path) -> None:
    task = open_task(write_task(tmp_path / "task"), "usage_small")
    (tmp_path / "broken_peer.py").write_text("raise SystemExit('no memory left')")
    with pytest.raises(PeerFailed, match="no memory left"):
        run_peer("broken", task, tmp_path / "out", Path(sys.executable), tmp_path)
    with pytest.raises(NoPeers, match="absent_peer"):
        run_peer("absent", task, tmp_path / "out", Path(sys.executable), tmp_path)


def test_the_command_writes_answers_figures_and_the_page(tmp_path: Path) -> None:
    from muniment.interfaces.cli import build_app

    task, page = write_task(tmp_path / "task"), tmp_path / "docs" / "page.md"
    answers, kept = tmp_path / "answers.parquet", tmp_path / "kept"
    words = ["--task", task, "--usage", "usage_small", "--predictions", answers, "--results", kept, "--report", page]
    words += ["--on", "2026-11-22", "--title", "Made up"]
    done = CliRunner().invoke(build_app(), ["bench", "matching", *map(str, words)])
    assert done.exit_code == 0, done.output
    assert pq.read_schema(answers).names == ["line_id", "work_id", "score"]
    assert "### Made up" in page.read_text()


def test_a_task_without_a_truth_is_matched_and_not_measured(tmp_path: Path) -> None:
    from muniment.interfaces.cli import build_app

    task = write_task(tmp_path / "task")
    (task / "truth.parquet").unlink()
    words = ["--task", str(task), "--usage", "usage_small", "--predictions", str(tmp_path / "answers.parquet")]
    done = CliRunner().invoke(build_app(), ["bench", "matching", *words])
    assert done.exit_code == 0, done.output
    assert pq.read_metadata(tmp_path / "answers.parquet").num_rows == 4
    refused = CliRunner().invoke(build_app(), ["bench", "matching", *words, "--peer", "nobody"])
    assert isinstance(refused.exception, UnknownPeer)
