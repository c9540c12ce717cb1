"""Read a DSR by Muniment into Parquet; print sales, findings, milliseconds, processor's, peak MiB.

With a second word, "lines", every line goes through the walk that reads one after the other.
"""

import sys
import tempfile
import time
from pathlib import Path

import pyarrow

from muniment.kernel.formats.dsr import DsrSale, iter_dsr, write_parquet
from muniment.kernel.words.problems import Problem


def main(path: Path, how: str) -> None:
    """Read the whole report on one core, keeping nothing but the Parquet file."""
    pyarrow.set_cpu_count(1)
    pyarrow.set_io_thread_count(1)
    sales = findings = 0
    started, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as stream, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        if how == "lines":
            for item in iter_dsr(stream):
                sales += isinstance(item, DsrSale)
                findings += isinstance(item, Problem)
        else:
            sales, items = write_parquet(stream, Path(folder) / "sales.parquet")
            findings = sum(isinstance(item, Problem) for item in items)
    elapsed, used = time.perf_counter() - started, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
    print(sales, findings, round(elapsed * 1000), round(used * 1000), peak)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
