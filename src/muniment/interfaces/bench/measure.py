"""What was measured, as rows that can be printed and kept."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Measure:
    """One stage: rows of a unit in so many milliseconds, and the highest memory of the process until its end."""

    stage: str
    rows: int
    unit: str
    elapsed_ms: int
    peak_mib: int

    @property
    def rows_per_s(self) -> int | None:
        """Return the rows of one second; None where nothing was counted."""
        return self.rows * 1000 // max(self.elapsed_ms, 1) if self.rows else None


def peak_memory_mib() -> int:
    """Return the highest resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024


@dataclass(slots=True)
class Measures:
    """The stages measured so far; stages of one name are added up."""

    rows: list[Measure] = field(default_factory=list)
    clock: Callable[[], float] = time.perf_counter

    @contextmanager
    def stage(self, name: str, rows: int = 0, unit: str = "") -> Iterator[None]:
        """Measure the body."""
        start = self.clock()
        yield
        self.add(name, rows, unit, round((self.clock() - start) * 1000))

    def add(self, name: str, rows: int, unit: str, elapsed_ms: int) -> None:
        """Take in a measured stage."""
        peak = peak_memory_mib()
        for place, earlier in enumerate(self.rows):
            if (earlier.stage, earlier.unit) == (name, unit):
                total_ms = earlier.elapsed_ms + elapsed_ms
                self.rows[place] = Measure(name, earlier.rows + rows, unit, total_ms, peak)
                return
        self.rows.append(Measure(name, rows, unit, elapsed_ms, peak))

    def as_plain(self) -> list[dict[str, object]]:
        """Return the measures for a JSON file."""
        return [asdict(row) | {"rows_per_s": row.rows_per_s} for row in self.rows]
