"""What every import of works shares: the intake around it, its report, and its undoing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from muniment.kernel.words.problems import Level, Problem
from muniment.rights.works.rules.drafts import ImportCounts
from muniment.trust.access.rules import Actor
from muniment.trust.batches.services import finish_intake

TABLE, CWR, CATALOGUE = "works.table", "works.cwr", "works.catalogue"
"""The kinds of intake that bring works."""


@dataclass(frozen=True, slots=True)
class WorksReport:
    """What an import did: lines read and taken, works and parties written, what was wrong."""

    intake_id: int
    file_name: str
    state: str  # imported or refused
    line_count: int
    good_count: int
    work_count: int
    known_work_count: int
    superseded_count: int
    party_count: int
    share_line_count: int
    recording_count: int
    conflict_count: int
    problems: tuple[Problem, ...]

    @property
    def bad_count(self) -> int:
        """Return how many lines were not taken."""
        return self.line_count - self.good_count


@dataclass(slots=True)
class LineCount:
    """How many lines a reader has seen, and which of them it could not use; filled while it reads."""

    line_count: int = 0
    bad_lines: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, lines: Iterable[int], problems: Iterable[Problem]) -> None:
        """Note that lines are not taken, and why."""
        self.bad_lines.update(lines)
        self.problems.extend(problems)


def finish(
    *,
    actor: Actor,
    at: datetime,
    intake_id: int,
    path: Path,
    read: LineCount,
    counts: ImportCounts,
    state: str = "imported",
) -> WorksReport:
    """Close the intake of an import, and return its report, problems in the order of lines."""
    problems = in_line_order([*read.problems, *counts.problems])
    good_count = read.line_count - len(read.bad_lines)
    intake = finish_intake(
        actor=actor,
        at=at,
        intake_id=intake_id,
        line_count=read.line_count,
        good_count=good_count,
        problems=problems,
        state=state,
        note=note_of(counts) if state == "imported" else "nothing was written",
    )
    return WorksReport(
        intake_id=intake_id,
        file_name=intake.file_name or path.name,
        state=state,
        line_count=read.line_count,
        good_count=good_count,
        work_count=counts.work_count,
        known_work_count=counts.known_work_count,
        superseded_count=counts.superseded_count,
        party_count=counts.party_count,
        share_line_count=counts.share_line_count,
        recording_count=counts.recording_count,
        conflict_count=counts.conflict_count,
        problems=tuple(problems),
    )


def in_line_order(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems by line, errors before warnings."""
    return sorted(problems, key=lambda found: (found.line or 0, found.level != Level.ERROR))


def note_of(counts: ImportCounts) -> str:
    """Return one sentence about what an import wrote, for the list of intakes."""
    return (
        f"{counts.work_count} works registered, {counts.known_work_count} recognised"
        f" ({counts.superseded_count} with earlier claims replaced), {counts.party_count} parties registered,"
        f" {counts.share_line_count} share lines, {counts.recording_count} recordings,"
        f" {counts.conflict_count} works in dispute"
    )
