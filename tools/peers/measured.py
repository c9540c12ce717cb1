"""What the peers of the division share: LOAD OUT on the command line, one measured stage, `measures.json`."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def run(divide: Callable[[Path, Path], None], version: str) -> None:
    """Run `divide(load, out)`, which writes `rows.parquet` and `totals.parquet`, and write what it took."""
    load, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    cpu, wall = time.process_time(), time.perf_counter()
    divide(load, out)
    stage = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    measures = {"stages": {"divide": stage}, "peak_mib": peak_mib(), "version": version}
    (out / "measures.json").write_text(json.dumps(measures, indent=2) + "\n")


def peak_mib() -> int:
    """Return the highest resident memory of this process alone, where the system tells it from that of its parent."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024
