"""Our division of a load, in a process of its own: from the Parquet files to rows and totals in Parquet files."""

from pathlib import Path

import pyarrow.parquet as pq

from muniment import __version__
from muniment.interfaces.bench.allocation.data import lines_path, pools_path, shares_path
from muniment.interfaces.bench.measure import peak_memory_mib
from muniment.interfaces.bench.ours import Clock
from muniment.pay.distributions.bulk.streams import (
    HOLDER_TOTALS,
    POOL_LINES,
    STATEMENT_ROWS,
    WORK_SHARES,
    Streamed,
    divide_stream,
)
from muniment.pay.distributions.bulk.warm import warm

DIVIDE = "divide"
"""The stage: from opening the files to the last row and the totals being written."""

BATCH_ROWS = 1 << 19
_PACKED = dict.fromkeys(("work_id", "part", "holder_id", "amount_micro"), "DELTA_BINARY_PACKED")


def run_ours(load: Path, out: Path, *, shards: int, in_files: bool) -> Streamed:
    """Divide the pools of a load; write `rows.parquet`, `totals.parquet` and `measures.json` into `out`.

    With `in_files` the lines that were cut lie in files of `out` until their pool is divided.
    """
    out.mkdir(parents=True, exist_ok=True)
    warm()  # the compiled code is read on first use
    clock = Clock()
    with clock.stage(DIVIDE):
        divided = _divide(load, out, shards, in_files=in_files)
        pq.write_table(divided.totals, out / "totals.parquet")
    clock.keep(
        out / "measures.json",
        peak_mib=own_peak_mib(),
        version=__version__,
        lines=divided.line_count,
        groups=divided.group_count,
        rows=divided.row_count,
    )
    return divided


def own_peak_mib() -> int:
    """Return the highest resident memory of this process.

    The system counts the memory of the process that started this one as well, where it can; Linux tells them apart.
    """
    status = Path("/proc/self/status")
    told = status.read_text() if status.exists() else ""
    kept = [line.split()[1] for line in told.splitlines() if line.startswith("VmHWM:")]
    return int(kept[0]) // 1024 if kept else peak_memory_mib()


def _divide(load: Path, out: Path, shards: int, *, in_files: bool) -> Streamed:
    folder = None
    if in_files:
        folder = out / "cut"
        folder.mkdir(exist_ok=True)
    shares = pq.read_table(shares_path(load), columns=WORK_SHARES.names)
    batches = pq.ParquetFile(lines_path(load)).iter_batches(BATCH_ROWS, columns=POOL_LINES.names)
    with pq.ParquetWriter(
        out / "rows.parquet",
        STATEMENT_ROWS,
        compression="none",
        use_dictionary=["pool_id"],
        column_encoding=_PACKED,
        write_statistics=["pool_id"],
    ) as writer:
        divided = divide_stream(
            batches, pq.read_table(pools_path(load)), shares, writer.write_table, shards=shards, folder=folder
        )
    assert divided.totals.schema == HOLDER_TOTALS
    return divided
