"""The matcher on a cluster of this machine's own: how long it takes to start, to warm up, and to answer lines."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.kernel.columns.cluster import Asking, Cluster, cluster_on_this_machine, open_session
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.cluster import asking_of, match_in_session
from muniment.use.matching.bulk.matcher import QUERIES, open_matcher

_BATCH = 10_000
_TICKS_PER_S = 100


@dataclass(frozen=True, slots=True)
class ClusterMeasure:
    """One number of workers, of one core each; 0 stands for the function alone in one process, without an engine.

    `start_s` is from nothing to workers that wait, `first_s` the first run, in which every process loads the kernel,
    `run_s` the median of the runs after it; `cpu_s` what the workers took in that run, without the driver's own.
    """

    workers: int
    line_count: int
    question_count: int
    start_s: float
    first_s: float
    run_s: float
    cpu_s: float

    @property
    def lines_per_s(self) -> int:
        """Return the lines of one second of the clock."""
        return round(self.line_count / max(self.run_s, 1e-9))

    @property
    def lines_per_cpu_s(self) -> int:
        """Return the lines of one second of a core."""
        return round(self.line_count / max(self.cpu_s, 1e-9))

    def as_plain(self) -> dict[str, object]:
        """Return the measure for a JSON file."""
        return asdict(self) | {"lines_per_s": self.lines_per_s, "lines_per_cpu_s": self.lines_per_cpu_s}


def measure_cluster(
    *,
    lines: list[Path],
    index_folder: Path,
    workers: int,
    runs: int,
    memory_mib: int,
    progress: Progress = silent,
) -> ClusterMeasure:
    """Match the lines `runs` + 1 times on a new cluster of `workers` workers of one core; `progress` in runs."""
    with tempfile.TemporaryDirectory(prefix="muniment-cluster-") as name:
        folder = Path(name)
        begun = time.perf_counter()
        with cluster_on_this_machine(folder / "cluster", workers=workers, memory_mib=memory_mib) as running:
            where = Cluster(running.master, memory_mib=memory_mib, workers=workers)
            with open_session(where) as session:
                start_s = time.perf_counter() - begun
                walls, cpus = [], []
                for run in range(runs + 1):
                    progress(run, runs + 1)
                    wall, cpu = time.perf_counter(), cpu_seconds(running.workers)
                    out = folder / f"out-{run}"
                    done = match_in_session(session, lines=lines, index_folder=index_folder, out=out)
                    walls.append(time.perf_counter() - wall)
                    cpus.append(cpu_seconds(running.workers) - cpu)
    run_s = statistics.median_low(walls[1:])
    cpu_s = cpus[1 + walls[1:].index(run_s)]
    return ClusterMeasure(workers, done.row_count, done.question_count, start_s, walls[0], run_s, cpu_s)


def measure_alone(*, lines: list[Path], index_folder: Path, runs: int) -> ClusterMeasure:
    """Match the same lines in this process, Parquet to Parquet, each different one once."""
    begun = time.perf_counter()
    answer = open_matcher(index_folder).match
    start_s = time.perf_counter() - begun
    walls, cpus = [], []
    with tempfile.TemporaryDirectory(prefix="muniment-alone-") as name:
        for _ in range(runs + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            line_count, questions = _questions(lines, asking_of(lines))
            answers = [answer(batch) for batch in _batches(questions)]
            pq.write_table(pa.Table.from_batches(answers), Path(name) / "answers.parquet", compression="zstd")
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    run_s = statistics.median_low(walls[1:])
    cpu_s = cpus[1 + walls[1:].index(run_s)]
    return ClusterMeasure(0, line_count, len(questions), start_s, walls[0], run_s, cpu_s)


def cpu_seconds(processes: tuple[int, ...]) -> float:
    """Return the seconds of cores that processes and all they started have taken; 0 where Linux's /proc is not."""
    spent: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked; what it took is in its parent's figures
        pid = int(path.parent.name)
        spent[pid] = sum(int(ticks) for ticks in fields[11:15]) / _TICKS_PER_S
        children.setdefault(int(fields[1]), []).append(pid)

    def whole(pid: int) -> float:
        return spent.get(pid, 0.0) + sum(whole(child) for child in children.get(pid, []))

    return sum(whole(pid) for pid in processes)


def _questions(lines: list[Path], asking: Asking) -> tuple[int, pa.Table]:
    """Return how many lines there are, and the different ones as QUERIES under the id of the first."""
    held = [column for column in asking.columns.values() if column]
    read = pa.concat_tables([pq.read_table(path, columns=["line_id", *held]) for path in lines])
    grouped = read.group_by(held).aggregate([("line_id", "min")])
    columns = {
        name: grouped.column(column).cast(pa.string()) if column else pa.nulls(len(grouped), pa.string())
        for name, column in asking.columns.items()
    }
    return len(read), pa.table({"line_id": grouped.column("line_id_min"), **columns}, schema=QUERIES)


def _batches(questions: pa.Table) -> Iterator[pa.RecordBatch]:
    yield from questions.combine_chunks().to_batches(max_chunksize=_BATCH)
