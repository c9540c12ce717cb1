"""A session of Spark: what it needs, how it is set up, how long we wait for its workers."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muniment.kernel.columns.cluster.errors import ClusterRefused, explained
from muniment.kernel.words.problems import Progress

OLDEST_JAVA = 17
_LOOPBACK = ("local", "spark://127.0.0.1", "spark://localhost")
INSTALL = "Install the extra `spark`: pip install 'muniment[spark]'."


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the work is done, and with what.

    `master` is an address as Spark writes it (`spark://host:7077`, `local-cluster[2,1,1024]`, `local[2]`, `yarn`);
    `python` a path on every worker; `settings` are further settings of Spark, which outrank ours. The work starts as
    soon as `workers` executors have come, and is refused if none has after `patience_s` seconds.
    """

    master: str
    python: str = sys.executable
    memory_mib: int = 1024
    workers: int = 1
    patience_s: float = 120.0
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def is_on_this_machine(self) -> bool:
        """Tell whether all its processes run on the machine that starts the work."""
        return self.master.startswith(_LOOPBACK)


@contextmanager
def open_session(cluster: Cluster) -> Iterator[Any]:
    """Start a session of Spark, wait for its workers, and stop it at the end.

    Raises:
        ClusterRefused: PySpark or Java is missing; no master answers; no worker came.
    """
    make_session = _session_class()
    find_java()
    _greet(cluster.master)
    with _environment(PYSPARK_PYTHON=cluster.python, PYSPARK_DRIVER_PYTHON=sys.executable):
        builder = make_session.builder.master(cluster.master)
        for name, value in (*_settings(cluster), *cluster.settings):
            builder = builder.config(name, value)
        try:
            session = builder.getOrCreate()
        except Exception as error:
            raise ClusterRefused(
                f"No cluster could be started at {cluster.master}: {str(error).splitlines()[0]}",
                "Check the address of the master, and the log above.",
            ) from error
        try:
            with explained():
                _await_workers(session, cluster)
                yield session
        finally:
            session.stop()
            _end_java()


def find_java() -> Path:
    """Return the Java of this machine, by JAVA_HOME or the path.

    Raises:
        ClusterRefused: there is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else Path(shutil.which("java") or "java")
    if not java.exists():
        raise ClusterRefused(
            "Spark needs Java, and there is none on this machine.",
            f"Install Java {OLDEST_JAVA} or newer (on Debian the package default-jre-headless).",
        )
    said = subprocess.run([str(java), "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise ClusterRefused(
            f"The Java in {java} is too old for Spark.",
            f"Install Java {OLDEST_JAVA} or newer (on Debian the package default-jre-headless).",
        )
    return java


@contextmanager
def watched(session: Any, progress: Progress) -> Iterator[None]:
    """Report the tasks of the engine while the body runs: how many are done, and of how many that have begun."""
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(session.sparkContext.statusTracker(), progress, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(tracker: Any, progress: Progress, done: threading.Event) -> None:
    stages: dict[int, tuple[int, int]] = {}
    while not done.wait(0.5):
        active = set(tracker.getActiveStageIds())
        stages |= {stage: (total, total) for stage, (_done, total) in stages.items() if stage not in active}
        for stage in active:
            if seen := tracker.getStageInfo(stage):
                stages[stage] = (seen.numCompletedTasks, seen.numTasks)
        progress(sum(finished for finished, _ in stages.values()), sum(total for _, total in stages.values()) or None)


def _session_class() -> Any:
    try:
        import pandas  # noqa: F401 - PySpark asks for it by its own name only once the work has begun
        from pyspark.sql import SparkSession
    except ImportError:
        raise ClusterRefused("PySpark is not installed here.", INSTALL) from None
    return SparkSession


def _end_java() -> None:
    """End the Java process of the driver, which PySpark keeps for the next session of the process."""
    from pyspark import SparkContext

    gateway, SparkContext._gateway, SparkContext._jvm = SparkContext._gateway, None, None
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()  # it lives as long as this pipe is open
        gateway.proc.wait(timeout=60)


def _settings(cluster: Cluster) -> Iterator[tuple[str, str]]:
    yield "spark.app.name", "muniment"
    yield "spark.log.level", "ERROR"
    yield "spark.ui.enabled", "false"
    yield "spark.ui.showConsoleProgress", "false"
    yield "spark.executor.memory", f"{cluster.memory_mib}m"
    yield "spark.executorEnv.NUMBA_NUM_THREADS", "1"  # a task has one core; its kernel takes no more
    yield "spark.python.worker.faulthandler.enabled", "true"
    yield "spark.sql.ansi.enabled", "true"  # a sum that overflows is an error
    yield "spark.sql.session.timeZone", "UTC"
    yield "spark.sql.execution.arrow.maxRecordsPerBatch", "10000"
    yield "spark.sql.adaptive.coalescePartitions.enabled", "false"  # small tasks: a worker's death costs little
    yield "spark.sql.files.openCostInBytes", "65536"  # small files, too, are dealt out evenly
    yield "spark.sql.requireAllClusterKeysForCoPartition", "false"  # parts of whole keys are joined where they are
    yield "spark.locality.wait", "0"  # every machine sees every file: a free worker waits for none of its own
    yield "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version", "1"  # a task's file is there whole, or not
    if cluster.is_on_this_machine:
        yield "spark.driver.host", "127.0.0.1"
        yield "spark.driver.bindAddress", "127.0.0.1"


def _greet(master: str) -> None:
    """Ask whether anybody listens at the address; Spark itself would try for a minute and then say much less.

    Raises:
        ClusterRefused: nobody does.
    """
    found = re.fullmatch(r"spark://([^,/:]+):(\d+)", master)
    if found is None:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=10).close()
    except OSError:
        raise ClusterRefused(
            f"No Spark master answers at {master}.", "Start it, or check the address and the firewall."
        ) from None


def _await_workers(session: Any, cluster: Cluster) -> None:
    """Wait until the workers are there; the driver itself counts as none, except where it is the only one.

    Raises:
        ClusterRefused: no worker came in time.
    """
    if re.fullmatch(r"local(\[.*\])?", cluster.master):
        return
    until = time.monotonic() + cluster.patience_s
    while True:
        count = len(session.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) - 1
        if count >= cluster.workers:
            return
        if time.monotonic() > until:
            if count:
                return
            raise ClusterRefused(
                f"No worker of {cluster.master} took up the work in {cluster.patience_s:.0f} seconds.",
                "Check that workers are alive and free, and have as much memory as --memory asks for.",
            )
        time.sleep(0.1)


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
