"""The systems that are compared: ours and the peers, each a process of its own that hands in files.

A process gets a task and a folder. It leaves `candidates.parquet` (line_id, place from 1, work_id, score, and features
named f_…) and `measures.json` (stages `build` and `match` with cpu_s and wall_s; peak_mib; version).
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq

from muniment.interfaces.bench.calibration import FEATURE, calibrated
from muniment.interfaces.bench.ours import BUILD, MATCH, predictions_of
from muniment.interfaces.bench.quality import Quality, measure_quality, recall_within
from muniment.interfaces.bench.tasks import Task, read_lines, read_truth
from muniment.kernel.words.problems import UserError

PEERS = {
    "splink": "Splink 5",
    "tantivy": "tantivy + rapidfuzz",
    "polars": "polars + polars-ds",
}
"""The peers and what they are called in tables."""

OURS = "muniment"
TITLES = {OURS: "Muniment", **PEERS}

RANKS = (1, 10)
"""At how many places of a ranking recall is told."""


class NoPeers(UserError):
    """The peers' own environment is not set up."""


class PeerFailed(UserError):
    """A system ended with an error."""


@dataclass(frozen=True, slots=True)
class SystemResult:
    """One system on one task: speed, memory, quality with its own score and with a calibrated one (None: its own is).

    `ranked` holds (places, recall among so many first candidates).
    """

    system: str
    version: str
    build_cpu_s: float
    match_cpu_s: float
    match_wall_s: float
    peak_mib: int
    line_count: int
    raw: Quality
    calibrated: Quality | None
    ranked: tuple[tuple[int, float], ...]

    @property
    def lines_per_cpu_s(self) -> float:
        """Return the lines answered in one CPU second, Parquet to Parquet, index and training not counted."""
        return self.line_count / max(self.match_cpu_s, 1e-9)

    @property
    def best(self) -> Quality:
        """Return the quality with the better score: the calibrated one where there is one."""
        return self.calibrated or self.raw

    def as_plain(self) -> dict[str, object]:
        """Return the result for a JSON file."""
        return asdict(self) | {"lines_per_cpu_s": round(self.lines_per_cpu_s, 1)}


def run_peer(name: str, task: Task, folder: Path, python: Path, scripts: Path) -> None:
    """Run a peer on a task into `folder`.

    Raises:
        NoPeers: the environment or the script is not there.
        PeerFailed: the peer ended with an error.
    """
    script = scripts / f"{name}_peer.py"
    if not python.exists() or not script.exists():
        missing = python if not python.exists() else script
        raise NoPeers(f"{missing} is not there.", "Run: make peers, in a checkout of the source.")
    run_process([str(python), str(script), str(task.folder), task.usage, str(folder)], name)


def run_ours_apart(task: Task, folder: Path) -> None:
    """Run our matcher on a task into `folder`, in a process of its own, so that its memory is its own.

    Raises:
        PeerFailed: it ended with an error.
    """
    command = ["-m", "muniment", "bench", "matching", "--task", str(task.folder), "--usage", task.usage]
    run_process([sys.executable, *command, "--work", str(folder)], OURS)


def run_process(command: list[str], name: str) -> None:
    """Run a command and wait.

    Raises:
        PeerFailed: its status is not 0; with the end of what it wrote.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own scripts
    if done.returncode:
        end = "\n".join((done.stderr or done.stdout).splitlines()[-12:])
        raise PeerFailed(f"{name} ended with status {done.returncode}:\n{end}", "See what it wrote.")


def read_result(system: str, task: Task, folder: Path) -> SystemResult:
    """Measure what a system left in `folder`."""
    measures = json.loads((folder / "measures.json").read_text())
    truth, lines = read_truth(task), read_lines(task)
    candidates = pq.read_table(folder / "candidates.parquet")
    raw = measure_quality(truth, predictions_of(lines, candidates))
    better, ranking = None, candidates
    if any(name.startswith(FEATURE) for name in candidates.column_names):
        predictions, ranking = calibrated(truth, candidates)
        better = measure_quality(truth, predictions)
    stages = measures["stages"]
    return SystemResult(
        system,
        str(measures.get("version", "")),
        stages[BUILD]["cpu_s"],
        stages[MATCH]["cpu_s"],
        stages[MATCH]["wall_s"],
        measures["peak_mib"],
        len(lines),
        raw,
        better,
        tuple((places, recall_within(truth, ranking, places)) for places in RANKS),
    )
