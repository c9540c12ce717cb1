"""Pairs of records: their order, their states, and what two works' numbers add to what the matcher saw."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import log

from muniment.rights.parties.rules.likeness import Reason, chance_ppm
from muniment.rights.works.rules.rows import WorkTraits


class PairKind(StrEnum):
    """What the two records of a pair are."""

    WORK = "work"
    PARTY = "party"


class PairState(StrEnum):
    """The life of a pair: it waits, was made one record, or was said to be two."""

    OPEN = "open"
    MERGED = "merged"
    DISTINCT = "distinct"


FLOOR_PPM = 500_000
"""Below even odds a pair is not proposed."""

MOST_LINES = 6
"""A work is asked under so many combinations of title and performer, no more."""
MOST_WRITERS = 8

MEET_BY_ISWC: Reason = ("two works meet by their ISWC only", -500)
SAME_ISWC: Reason = ("ISWC equal", 5_000)
OTHER_ISWC: Reason = ("ISWCs differ", -2_500)
VERSION: Reason = ("one is a version of the other", -4_000)


@dataclass(frozen=True, slots=True)
class Finding:
    """Two records that may be one, with the reasons in thousandths of log-odds."""

    first_id: int
    second_id: int
    score_ppm: int
    reasons: tuple[Reason, ...]

    @property
    def ids(self) -> tuple[int, int]:
        """Return both records, the lower id first."""
        return self.first_id, self.second_id


@dataclass(frozen=True, slots=True)
class Asked:
    """One line in which a work is asked for, as a report of usage would have it."""

    work_id: int
    title: str
    performer: str
    writers: str


def ordered(one: int, other: int) -> tuple[int, int]:
    """Return a pair with the lower id first."""
    return (one, other) if one < other else (other, one)


def lines_of(work: WorkTraits) -> Iterator[Asked]:
    """Yield the lines in which a work is asked for: its title with each performer, other titles with the first."""
    writers = " / ".join(work.writers[:MOST_WRITERS])
    first = work.performers[0] if work.performers else ""
    lines = [(work.titles[0], first)]
    lines += [(title, first) for title in work.titles[1:]]
    lines += [(work.titles[0], performer) for performer in work.performers[1:]]
    for title, performer in dict.fromkeys(lines[:MOST_LINES]):
        yield Asked(work.id, title, performer, writers)


def logit_milli(score_ppm: int) -> int:
    """Return the log-odds, in thousandths, of a chance in ppm; the ends are as sure as 1 in 1,000,000 can be."""
    held = min(max(score_ppm, 1), 999_999)
    return round(1_000 * log(held / (1_000_000 - held)))


def with_numbers(finding: Finding, one: WorkTraits, other: WorkTraits) -> Finding:
    """Return the finding with what the ISWCs of the two works, and one being a version of the other, add to it."""
    added: list[Reason] = []
    if one.iswc and other.iswc:
        added.append(SAME_ISWC if one.iswc == other.iswc else OTHER_ISWC)
    if one.original_id == other.id or other.original_id == one.id:
        added.append(VERSION)
    if not added:
        return finding
    score_ppm = chance_ppm(logit_milli(finding.score_ppm) + sum(weight for _, weight in added))
    return Finding(finding.first_id, finding.second_id, score_ppm, (*finding.reasons, *added))


def met_by_iswc(works: Mapping[str, Sequence[int]], found: Mapping[tuple[int, int], Finding]) -> Iterator[Finding]:
    """Yield a finding for each pair of works of one ISWC that the matcher did not find; `works` by ISWC."""
    for holders in works.values():
        for pair in combinations(sorted(holders)[:MOST_LINES], 2):
            if pair not in found:
                yield Finding(*pair, chance_ppm(MEET_BY_ISWC[1]), (MEET_BY_ISWC,))
