"""Read and check a CWR file by Muniment; print transactions, findings, milliseconds, processor's, peak MiB."""

import sys
import time
from pathlib import Path

from muniment.kernel.formats.cwr import CwrTransaction, iter_transactions


def main(path: Path) -> None:
    """Read the whole file, keeping nothing."""
    transactions = findings = 0
    started, cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as stream:
        for item in iter_transactions(stream, keep_refused=True):
            if isinstance(item, CwrTransaction):
                transactions += 1
                findings += len(item.problems)
            else:
                findings += 1
    elapsed, used = time.perf_counter() - started, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
    print(transactions, findings, round(elapsed * 1000), round(used * 1000), peak)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
