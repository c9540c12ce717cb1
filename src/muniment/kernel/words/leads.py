"""Records that lead to others, as merged ones do: where each leads at last."""

from collections.abc import Callable, Iterable, Mapping
from itertools import batched

_CHUNK = 5_000


def ends_of_leads(ids: Iterable[int], straight: Callable[[tuple[int, ...]], Mapping[int, int]]) -> dict[int, int]:
    """Return for each record the one that it leads to at last; one that leads nowhere stands for itself.

    Args:
        ids: the records.
        straight: returns where some records lead straight; those that lead nowhere are left out. It is asked for few
            enough at a time for one statement of a database, and for each record once.

    Raises:
        ValueError: records lead round in a circle.
    """
    wanted = list(dict.fromkeys(ids))
    leads: dict[int, int] = {}
    asked: set[int] = set()
    frontier = set(wanted)
    while frontier:
        for chunk in batched(sorted(frontier), _CHUNK):
            leads.update(straight(chunk))
        asked |= frontier
        frontier = set(leads.values()) - asked
    return {record: _end(record, leads) for record in wanted}


def _end(record: int, leads: Mapping[int, int]) -> int:
    for _ in range(len(leads) + 1):
        if record not in leads:
            return record
        record = leads[record]
    raise ValueError(f"{record} leads round in a circle")
