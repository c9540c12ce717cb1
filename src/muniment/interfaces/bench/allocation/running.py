"""Ours and the peers on one load, each a process of its own that leaves rows, totals and what it took."""

import json
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from muniment.interfaces.bench.allocation.comparing import Outcome, read_outcome
from muniment.interfaces.bench.allocation.ours import DIVIDE
from muniment.interfaces.bench.systems import NoPeers, run_process

PEERS = {"duckdb": "DuckDB", "polars": "Polars"}
"""The peers and what they are called in tables."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One system on one load, Parquet to Parquet."""

    title: str
    version: str
    lines: int
    wall_s: float
    cpu_s: float
    peak_mib: int
    outcome: Outcome

    def as_plain(self) -> dict[str, object]:
        """Return the figures for a JSON file."""
        rates = {
            "lines_per_s": round(self.lines / self.wall_s),
            "rows_per_s": round(self.outcome.row_count / self.wall_s),
        }
        return asdict(self) | rates


def measure_ours(load: Path, out: Path, lines: int, *, shards: int, in_files: bool) -> Measured:
    """Run our division in a process of its own, so that its memory is its own.

    Raises:
        PeerFailed: it ended with an error.
    """
    command = [sys.executable, "-m", "muniment", "bench", "allocation", "--load", str(load), "--into", str(out)]
    run_process([*command, "--shards", str(shards), *(["--in-files"] if in_files else [])], "muniment")
    title = "Muniment" + (f", {shards} shards" if shards > 1 else "") + (" in files" if in_files else "")
    return _read(title, load, out, lines)


def measure_peer(name: str, load: Path, out: Path, lines: int, python: Path, scripts: Path) -> Measured:
    """Run a peer.

    Raises:
        NoPeers: the environment or the script is not there.
        PeerFailed: the peer ended with an error.
    """
    script = scripts / f"allocation_{name}.py"
    for needed in (python, script):
        if not needed.exists():
            raise NoPeers(f"{needed} is not there.", "Run: make peers, in a checkout of the source.")
    run_process([str(python), str(script), str(load), str(out)], name)
    return _read(PEERS[name], load, out, lines)


def _read(title: str, load: Path, out: Path, lines: int) -> Measured:
    """Return what a system left in `out`, and delete it."""
    measures = json.loads((out / "measures.json").read_text())
    stage = measures["stages"][DIVIDE]
    found = Measured(
        title,
        str(measures["version"]),
        lines,
        round(stage["wall_s"], 2),
        round(stage["cpu_s"], 2),
        measures["peak_mib"],
        read_outcome(load, out),
    )
    shutil.rmtree(out)
    return found
