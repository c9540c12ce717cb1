"""A real Spark cluster on one machine: a master and worker processes that talk over the loopback.

For trials, measurements and tests: what works here works on many machines, but for the network between them.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from muniment.kernel.columns.cluster.errors import ClusterRefused
from muniment.kernel.columns.cluster.session import find_java

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """A running cluster: the address of its master, and the process ids of its workers."""

    master: str
    workers: tuple[int, ...]


@contextmanager
def confined_to(core: int | None) -> Iterator[None]:
    """Let this thread, and all processes that it starts in the body, run on one core alone; None confines nothing.

    A process inherits the cores of the thread that starts it and hands them on to its own: a Java that starts so sees a
    machine of one core. What runs already is left as it is.

    Raises:
        ClusterRefused: this system cannot (only Linux can), or has no such core for us.
    """
    if core is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        raise ClusterRefused("This system cannot confine a process to a core.", "Measure on Linux, or unconfined.")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {core})
    except OSError:
        raise ClusterRefused(f"This machine gives us no core {core}.", "Name fewer workers.") from None
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def cluster_on_this_machine(
    folder: Path,
    *,
    workers: int,
    memory_mib: int = 1024,
    python_path: str = "",
    patience_s: float = 60.0,
    cores: Sequence[int] = (),
) -> Iterator[LocalCluster]:
    """Run a master and `workers` workers of one core each, until the body ends; logs and scratch files in `folder`.

    `python_path` is added to where the workers' Python looks for modules. With `cores`, one for each worker, a worker
    and all its processes run on its core alone, and the master on that of the first; without, the system deals the
    cores out, and a worker's Java and its Python may keep two of them busy.

    Raises:
        ClusterRefused: PySpark or Java is missing, the master did not start in time, or a core is not there.
    """
    find_java()
    launcher = _launcher()
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "SPARK_LOCAL_IP": _HOST,
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_DAEMON_MEMORY": "256m",
        "PYTHONPATH": os.pathsep.join(filter(None, [python_path, os.environ.get("PYTHONPATH", "")])),
    }
    with ExitStack() as running:

        def start(name: str, core: int | None, *arguments: str) -> int:
            command = [launcher, f"org.apache.spark.deploy.{name.split('-')[0]}", *arguments]
            with confined_to(core):
                return running.enter_context(_process(command, environment, folder / f"{name}.log"))

        port = _free_port()
        own: Sequence[int | None] = cores or [None] * workers
        start("master.Master", own[0], "--host", _HOST, "--port", str(port), "--webui-port", "0")
        _await_port(port, patience_s, folder / "master.Master.log")
        master = f"spark://{_HOST}:{port}"
        options = ("--host", _HOST, "--cores", "1", "--memory", f"{memory_mib}m", "--webui-port", "0")
        pids = [
            start(f"worker.Worker-{number}", core, *options, "--work-dir", str(folder / f"worker-{number}"), master)
            for number, core in zip(range(workers), own, strict=True)
        ]
        yield LocalCluster(master, tuple(pids))


def _launcher() -> str:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise ClusterRefused(
            "PySpark is not installed here.", "Install the extra `spark`: pip install 'muniment[spark]'."
        )
    return str(Path(found.origin).parent / "bin" / "spark-class")


@contextmanager
def _process(command: list[str], environment: dict[str, str], log: Path) -> Iterator[int]:
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int, patience_s: float, log: Path) -> None:
    until = time.monotonic() + patience_s
    while True:
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise ClusterRefused("The Spark master did not start.", f"See {log}.") from None
            time.sleep(0.1)
        else:
            return
