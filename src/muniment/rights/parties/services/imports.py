"""Member files: preview one, and import one with every good line kept and every bad one reported.

The import looks each line's party up by IPI name number, IPI base number, ISNI and code, first among the earlier
lines, then in the register. A party that is known is linked and gets the facts that are new; a new one is registered.
Societies come first, so that a file may name a society in any line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.tables import (
    ColumnMapping,
    TablePreview,
    TableRows,
    at_most,
    check_mapping,
    map_rows,
    preview_table,
)
from muniment.kernel.formats.tables.opening import open_table
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, UserError, silent
from muniment.rights.parties.queries import party_meant
from muniment.rights.parties.rules.member_table import TARGETS, MemberLine, read_line
from muniment.rights.parties.rules.values import PartyKind
from muniment.rights.parties.services.facts import name_successor
from muniment.rights.parties.services.linking import Linker
from muniment.rights.parties.services.societies import Societies
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.queries import choose_mapping
from muniment.trust.batches.rules import IntakeState
from muniment.trust.batches.services import finish_intake, receive_file, save_mapping

INTAKE_KIND = "parties"
"""What member files are received as."""

LARGEST_LINES = 300_000
"""The most lines of one member file: all are held in memory, since societies and predecessors may stand anywhere."""

_PROGRESS_LINES = 500


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of a file: good lines were kept, bad ones not, and `problems` says why."""

    intake_id: int
    file_name: str
    state: IntakeState
    line_count: int
    good_count: int
    bad_count: int
    created_count: int
    linked_count: int
    fact_count: int
    problems: tuple[Problem, ...]

    @property
    def summary(self) -> str:
        """Return the report in one sentence."""
        if self.state is IntakeState.REFUSED:
            return f"No line of {self.file_name} could be taken; nothing was written."
        return (
            f"{self.good_count} of {self.line_count} lines taken: {self.created_count} parties new,"
            f" {self.linked_count} known already, {self.fact_count} facts added to those;"
            f" {self.bad_count} lines left out."
        )


def preview_parties_table(path: Path, mapping: ColumnMapping | None = None) -> TablePreview:
    """Read the beginning of a member file without writing anything.

    Raises:
        BadFile: the file as a whole cannot be read.
    """
    table = _open(path, mapping)
    return preview_table(table, choose_mapping(INTAKE_KIND, table.headers, TARGETS, mapping), TARGETS, read_line)


def _open(path: Path, mapping: ColumnMapping | None) -> TableRows:
    """Open a member file that is not too long, before a copy of it is kept."""
    table = open_table(path, mapping)
    return at_most(table, LARGEST_LINES, path.name, "Split it, and import the parts one after the other.")


def save_parties_mapping(
    *, actor: Actor, at: datetime, name: str, headers: Sequence[str], mapping: ColumnMapping
) -> None:
    """Keep a mapping under a name; a file with the same headers will find it by itself.

    Raises:
        NotAllowed: the actor hands in no files.
        BadFile: the mapping does not fit the headers.
    """
    problems = check_mapping(headers, mapping, TARGETS)
    if problems:
        raise BadFile(problems[0].message, problems[0].remedy)
    save_mapping(actor=actor, at=at, kind=INTAKE_KIND, name=name, headers=headers, mapping=mapping)


@transaction.atomic
def import_parties_table(
    *,
    actor: Actor,
    at: datetime,
    path: Path,
    mapping: ColumnMapping | None = None,
    progress: Progress = silent,
    file_name: str | None = None,
) -> IntakeReport:
    """Import a member file: good lines are kept, bad ones reported; where no line is good, nothing is written.

    `mapping` defaults to the one saved for these headers, else to a guess.

    Raises:
        NotAllowed: the actor may not write parties, or the file has accounts and the actor may not propose them.
        DuplicateFile: the file was imported before and has not been undone.
        BadFile: the file as a whole cannot be read, a column that must be there is not, or it has too many lines.
    """
    require(actor, Action.PARTY_WRITE)
    table = _open(path, mapping)
    intake = receive_file(actor=actor, at=at, kind=INTAKE_KIND, path=path, file_name=file_name)
    chosen = choose_mapping(INTAKE_KIND, table.headers, TARGETS, mapping).mapping
    if "iban" in chosen.columns:
        require(actor, Action.BANK_PROPOSE)
    lines, problems, line_count = _read_lines(table, chosen, progress)
    taken = _Import(actor, at, intake.id, chosen.columns, problems)
    taken.take(lines)
    problems.sort(key=lambda problem: (problem.line or 0, problem.field))
    bad = {problem.line for problem in problems if problem.level is Level.ERROR}
    good_count = line_count - len(bad)
    state = IntakeState.IMPORTED if good_count > 0 else IntakeState.REFUSED
    report = IntakeReport(
        intake_id=intake.id,
        file_name=intake.file_name,
        state=state,
        line_count=line_count,
        good_count=good_count,
        bad_count=len(bad),
        created_count=taken.created_count,
        linked_count=taken.linked_count,
        fact_count=taken.fact_count,
        problems=tuple(problems),
    )
    finish_intake(
        actor=actor,
        at=at,
        intake_id=intake.id,
        line_count=line_count,
        good_count=good_count,
        problems=problems,
        state=state,
        note=report.summary,
    )
    progress(line_count, line_count)
    return report


def _read_lines(
    table: TableRows, mapping: ColumnMapping, progress: Progress
) -> tuple[list[MemberLine], list[Problem], int]:
    """Return the lines that can be taken, every problem so far, and how many lines there are.

    Raises:
        BadFile: a required column is missing, or there is not a single line.
    """
    lines: list[MemberLine] = []
    problems: list[Problem] = []
    numbers: set[int | None] = set()
    for count, row in enumerate(map_rows(table, mapping, TARGETS), 1):
        line, found = read_line(row, mapping.columns)
        numbers.add(row.line)
        problems += found
        if line is not None:
            lines.append(line)
        if count % _PROGRESS_LINES == 0:
            progress(count, table.total_lines)
    problems += table.problems
    numbers |= {problem.line for problem in table.problems if problem.level is Level.ERROR}
    if not numbers:
        raise BadFile("The table has a header and no lines.", "Send the file with its members.")
    return lines, problems, len(numbers)


class _Import:
    """One import under way: societies, then everybody else, then who follows whom."""

    def __init__(
        self, actor: Actor, at: datetime, intake_id: int, headers: Mapping[str, str], problems: list[Problem]
    ) -> None:
        self.actor, self.at, self.intake_id = actor, at, intake_id
        self.headers, self.problems = headers, problems
        self.created_count = self.linked_count = self.fact_count = 0

    def take(self, lines: Sequence[MemberLine]) -> None:
        """Write the lines that can be taken and note what is wrong with the others."""
        societies = [line for line in lines if line.draft.kind is PartyKind.SOCIETY]
        others = [line for line in lines if line.draft.kind is not PartyKind.SOCIETY]
        owners = self._link(societies)
        owners |= self._link(self._with_societies(others))
        for line in lines:
            if line.predecessor and line.line in owners:
                self._succeed(line, owners[line.line])

    def _link(self, lines: Sequence[MemberLine]) -> dict[int, int]:
        linker = Linker(self.actor, self.at, self.intake_id, self.headers)
        owners = linker.link(lines)
        self.problems += linker.problems
        self.created_count += linker.created_count
        self.linked_count += linker.linked_count
        self.fact_count += linker.fact_count
        return owners

    def _with_societies(self, lines: Sequence[MemberLine]) -> list[MemberLine]:
        """Put the party id of the society that each line names into its draft, registering those that are new."""
        societies = Societies(self.actor, self.at, self.intake_id)
        found: list[MemberLine] = []
        for line in lines:
            try:
                society_id = societies.id_of(line.society, line.society_name) if line.society else None
            except UserError as error:
                self._note(line.line, "society", "society", error, Level.ERROR)
                continue
            found.append(replace(line, draft=replace(line.draft, society_id=society_id)))
        self.created_count += societies.created_count
        return found

    def _succeed(self, line: MemberLine, party_id: int) -> None:
        try:
            name_successor(
                actor=self.actor,
                at=self.at,
                predecessor_id=party_meant(line.predecessor),
                successor_id=party_id,
                share_ppm=line.succession_ppm,
                valid_from=line.succession_from,
                intake_id=self.intake_id,
            )
        except UserError as error:
            self._note(line.line, "successor_of", "succession", error, Level.WARNING)

    def _note(self, line: int, target: str, rule: str, error: UserError, level: Level) -> None:
        remedy = error.remedy if level is Level.ERROR else f"{error.remedy} The line was kept without this."
        header = self.headers.get(target, target)
        self.problems.append(Problem(line, header, f"parties.{rule}", error.message, remedy, level))
