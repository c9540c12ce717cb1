"""Measuring registration: an invented registry year through the services, by the clock and by our own computing."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muniment.interfaces.demo.registry_acts import Year
from muniment.interfaces.demo.registry_year import Run
from muniment.kernel.words.problems import Progress, silent
from muniment.rights.registry.services.leaves import Leaves


@dataclass(frozen=True, slots=True)
class ActRate:
    """How often an act was done, and how long all of them took: by the clock, and our own computing."""

    act: str
    count: int
    wall_s: float
    cpu_s: float

    @classmethod
    def sum_of(cls, rates: Sequence["ActRate"]) -> "ActRate":
        """Return all acts together."""
        return cls(
            "all", sum(one.count for one in rates), sum(one.wall_s for one in rates), sum(one.cpu_s for one in rates)
        )


def measure_year(year: Year, home: Path, leaves: Leaves, progress: Progress = silent) -> list[ActRate]:
    """Run a year and return what each act took, the dearest together first; registering the firms is not measured.

    Raises:
        YearWentWrong: a service refuses what was planned.
    """
    run = Run(year, home, leaves)
    run.register_firms()
    spent: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0])
    wall, cpu = time.perf_counter(), time.process_time()
    for done, act in enumerate(run.run(), start=1):
        later, used = time.perf_counter(), time.process_time()
        row = spent[act.verb]
        row[0], row[1], row[2] = row[0] + 1, row[1] + later - wall, row[2] + used - cpu
        if done % 20 == 0:
            progress(done, len(year.acts))
        wall, cpu = time.perf_counter(), time.process_time()
    rates = [ActRate(str(act), int(count), wall_s, cpu_s) for act, (count, wall_s, cpu_s) in spent.items()]
    return sorted(rates, key=lambda one: -one.cpu_s)
