"""The matcher on a cluster of this machine's own: how long it takes to start, to warm up, and to answer lines."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from operator import attrgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.interfaces.bench.report import plain_table, put_figures
from muniment.interfaces.bench.tasks import Task, convert_repertoire, read_lines
from muniment.kernel.columns.cluster import (
    Asking,
    Cluster,
    ClusterRefused,
    cluster_on_this_machine,
    confined_to,
    open_session,
)
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.cluster import asking_of, match_in_session
from muniment.use.matching.bulk.matcher import ANSWERS, QUERIES, open_matcher

_BATCH = 10_000
_TICKS_PER_S = 100


@dataclass(frozen=True, slots=True)
class ClusterMeasure:
    """One number of workers, of one core each; 0 stands for the function alone in one process, without an engine.

    `start_s` is from nothing to workers that wait, `first_s` a run over the first file of lines, in which every process
    loads the kernel and opens the index; `run_s` the median of the runs after it over all lines, `cpu_s` what the
    workers took in that run, `matcher_cpu_s` their Python processes of it, and `driver_cpu_s` what the driver and the
    master took beside the workers. `index_mib` is the memory that the index takes on the machine,
    `index_seen_mib` the sum of what each process sees of it: where processes share it the first stays below the second.
    """

    workers: int
    line_count: int
    question_count: int
    start_s: float
    first_s: float
    run_s: float
    cpu_s: float
    run_count: int
    index_mib: int
    index_seen_mib: int
    matcher_cpu_s: float = 0.0
    driver_cpu_s: float = 0.0

    @property
    def cores_busy(self) -> float:
        """Return how many cores the workers, the driver and the master kept busy in the run."""
        return (self.cpu_s + self.driver_cpu_s) / max(self.run_s, 1e-9)

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
    confined: bool = False,
    progress: Progress = silent,
) -> ClusterMeasure:
    """Match the lines on a new cluster of `workers` workers of one core, `runs` times after a first run.

    All runs are jobs of one session, so that executors and their processes stay; `progress` in runs. When `confined`,
    each worker has one core of this machine for all its processes, and the driver and the master share the first one's.

    Raises:
        ClusterRefused: PySpark or Java is missing; there are not as many cores as confined workers.
    """
    cores = _own_cores(workers) if confined else ()
    with tempfile.TemporaryDirectory(prefix="muniment-cluster-") as name, confined_to(cores[0] if cores else None):
        folder = Path(name)
        begun = time.perf_counter()
        starting = cluster_on_this_machine(folder / "cluster", workers=workers, memory_mib=memory_mib, cores=cores)
        with starting as running:
            where = Cluster(running.master, memory_mib=memory_mib, workers=workers)
            with open_session(where) as session:
                start_s = time.perf_counter() - begun
                walls, cpus = [], []
                for run in range(runs + 1):
                    progress(run, runs + 1)
                    wall, before = time.perf_counter(), _cluster_cpu(running.workers)
                    out = folder / f"out-{run}"
                    asked = lines if run else lines[:1]
                    done = match_in_session(session, lines=asked, index_folder=index_folder, out=out)
                    walls.append(time.perf_counter() - wall)
                    cpus.append(
                        [after - then for after, then in zip(_cluster_cpu(running.workers), before, strict=True)]
                    )
                    shutil.rmtree(out)
                index_mib, index_seen_mib = mapped_mib(index_folder, running.workers)
    run_s = statistics.median_low(walls[1:])
    cpu_s, *shares = cpus[1 + walls[1:].index(run_s)]
    counts = done.row_count, done.question_count
    return ClusterMeasure(workers, *counts, start_s, walls[0], run_s, cpu_s, runs, index_mib, index_seen_mib, *shares)


def middle_of(measures: list[ClusterMeasure]) -> list[ClusterMeasure]:
    """Return of the measures of each number of workers the one of the median run, fewer workers first.

    Measured in turns (one, two, one, two), so that what else the machine does meets all alike.
    """
    by_workers: dict[int, list[ClusterMeasure]] = {}
    for measure in measures:
        by_workers.setdefault(measure.workers, []).append(measure)
    ordered = (sorted(by_workers[workers], key=attrgetter("run_s")) for workers in sorted(by_workers))
    return [turns[(len(turns) - 1) // 2] for turns in ordered]


def _own_cores(workers: int) -> tuple[int, ...]:
    """Return a core for each worker.

    Raises:
        ClusterRefused: there are fewer, or the system does not tell.
    """
    here = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(here) < workers:
        raise ClusterRefused(
            f"{workers} workers cannot each be confined to a core: there are {len(here)}.",
            "Name fewer workers, or leave --confined out; only Linux can confine them.",
        )
    return tuple(here[:workers])


def measure_alone(*, lines: list[Path], index_folder: Path, runs: int) -> ClusterMeasure:
    """Match the same lines in this process, Parquet to Parquet, each different one once."""
    begun = time.perf_counter()
    answer = open_matcher(index_folder).match
    start_s = time.perf_counter() - begun
    walls, cpus = [], []
    with tempfile.TemporaryDirectory(prefix="muniment-alone-") as name:
        for run in range(runs + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            asked = lines if run else lines[:1]
            line_count, questions = _questions(asked, asking_of(asked))
            with pq.ParquetWriter(Path(name) / "answers.parquet", ANSWERS, compression="zstd") as file:
                for batch in _batches(questions):
                    file.write_batch(answer(batch))
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    run_s = statistics.median_low(walls[1:])
    cpu_s = cpus[1 + walls[1:].index(run_s)]
    mapped = mapped_mib(index_folder, (os.getpid(),))
    return ClusterMeasure(0, line_count, len(questions), start_s, walls[0], run_s, cpu_s, runs, *mapped, cpu_s)


def make_work(task: Task, times: int, folder: Path, progress: Progress = silent) -> tuple[list[Path], Path]:
    """Index a task's repertoire and write its lines `times` times; return the files of lines and the index.

    Each time the lines have another work code of the sender, which nobody knows, so that all are different and every
    one is asked; nothing else of them changes. One file a time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index"
    if not index.exists():
        tables = convert_repertoire(task.folder / "repertoire.parquet", folder / "tables", progress)
        build_index(tables.titles, tables.names, tables.codes, index, recordings=tables.recordings, progress=progress)
    lines = read_lines(task)
    paths = []
    for time_ in range(times):
        progress(time_, times)
        own = [f"bench-{time_}-{number}" for number in range(len(lines))]
        ids = pa.array(range(time_ * len(lines), (time_ + 1) * len(lines)), pa.int64())
        again = lines.set_column(0, "line_id", ids)
        again = again.set_column(again.column_names.index("source_id"), "source_id", pa.array(own))
        paths.append(folder / f"lines-{time_:04}.parquet")
        pq.write_table(again, paths[-1], row_group_size=_BATCH)  # so that a cluster can deal out a file
    return paths, index


def mapped_mib(folder: Path, processes: tuple[int, ...]) -> tuple[int, int]:
    """Return the MiB of memory that the files of a folder take in processes and all they started, together and summed.

    A page that several processes see counts once in the first figure. Both are 0 where Linux's /proc is not.
    """
    prefix, taken, seen = f"{folder.absolute()}/", 0, 0
    for pid in _with_children(processes):
        try:
            text = (Path("/proc") / str(pid) / "smaps").read_text()
        except OSError:
            continue  # it has ended, or is not ours to look into
        is_ours = False
        for line in text.splitlines():
            fields = line.split()
            if not fields[0].endswith(":"):
                is_ours = fields[-1].startswith(prefix)
            elif is_ours and fields[0] in ("Pss:", "Rss:"):
                taken += int(fields[1]) if fields[0] == "Pss:" else 0
                seen += int(fields[1]) if fields[0] == "Rss:" else 0
    return round(taken / 1024), round(seen / 1024)


def write_cluster_page(page: Path, measures: list[ClusterMeasure], facts: dict[str, str]) -> None:
    """Write the measures as a table between the marks of a page; what people wrote around them stays."""
    one = next((measure for measure in measures if measure.workers == 1), None)
    rows: list[dict[str, object]] = [
        {
            "Workers": measure.workers or "none, one process",
            "Lines": f"{measure.line_count:,}",
            "Start, s": f"{measure.start_s:.1f}",
            "First run, s": f"{measure.first_s:.1f}",
            "A run, s": f"{measure.run_s:.1f}",
            "Lines per second": f"{measure.lines_per_s:,}",
            "Lines per CPU-second": f"{measure.lines_per_cpu_s:,}",
            "Of it matching, CPU s": f"{measure.matcher_cpu_s:.1f}",
            "Engine, CPU s": f"{measure.cpu_s - measure.matcher_cpu_s:.1f}",
            "Driver, CPU s": f"{measure.driver_cpu_s:.1f}",
            "Cores busy": f"{measure.cores_busy:.1f}",
            "Times one worker": f"{one.run_s / measure.run_s:.2f}" if one and measure.workers else "",
            "Index in memory, MiB": f"{measure.index_mib:,}",
        }
        for measure in measures
    ]
    said = ", ".join(f"{name}: {fact}" for name, fact in facts.items())
    put_figures(page, "\n".join([f"{said}.", "", *plain_table(rows)]))


def cpu_seconds(processes: tuple[int, ...], command: str = "") -> float:
    """Return the seconds of cores that processes and all they started have taken; 0 where Linux's /proc is not.

    With a `command`, of those alone whose program's name begins so.
    """
    spent = _with_children(processes)
    return sum(seconds for pid, seconds in spent.items() if not command or _program(pid).startswith(command))


def _program(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "comm").read_text()
    except OSError:
        return ""  # it has ended


def _cluster_cpu(workers: tuple[int, ...]) -> tuple[float, float, float]:
    """Return the seconds of cores of the workers, of their Python processes, and of this process and what it started
    beside them: the driver and the master."""
    of_workers = cpu_seconds(workers)
    return of_workers, cpu_seconds(workers, "python"), cpu_seconds((os.getpid(),)) - of_workers


def _with_children(processes: tuple[int, ...]) -> dict[int, float]:
    """Return processes and all they started, each with the seconds of a core that it and its ended children took."""
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
    found, frontier = {}, list(processes)
    while frontier:
        pid = frontier.pop()
        found[pid] = spent.get(pid, 0.0)
        frontier += children.get(pid, [])
    return found


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
