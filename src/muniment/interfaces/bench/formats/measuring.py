"""Time and memory of reading a file: in a process of its own, by us or by another program."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FormatMeasure:
    """One reading of a file: by whom, its size, its records, the time, the memory, what was found.

    `cpu_ms` is the processor's time of the process, `elapsed_ms` the clock's; `failed` says why nothing was read.
    """

    system: str
    size: int
    record_count: int
    transaction_count: int
    problem_count: int
    elapsed_ms: int
    cpu_ms: int
    peak_mib: int
    failed: str = ""

    @property
    def records_per_s(self) -> int:
        """Return the records of one second of the processor."""
        return self.record_count * 1000 // max(self.cpu_ms, 1)


def measure_reader(system: str, path: Path, records: int, python: Path, script: Path, *words: str) -> FormatMeasure:
    """Measure a reader on a file by its script, which prints transactions, findings, ms, the processor's ms, MiB."""
    command = [str(python), str(script), str(path), *words]
    return _measure(system, command, path, records)


def _measure(system: str, command: Sequence[str], path: Path, records: int) -> FormatMeasure:
    size = path.stat().st_size
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own command
    lines = run.stdout.strip().splitlines()
    if run.returncode or not lines:
        said = (run.stderr or run.stdout).strip().splitlines()
        return FormatMeasure(system, size, 0, 0, 0, 0, 0, 0, failed=said[-1] if said else "it said nothing")
    transactions, problems, elapsed_ms, cpu_ms, peak = map(int, lines[-1].split())
    return FormatMeasure(system, size, records, transactions, problems, elapsed_ms, cpu_ms, peak)
