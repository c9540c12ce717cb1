"""Tables of works in CSV, TSV or XLSX: preview one, import one."""

from collections.abc import Iterator, Sequence
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
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, silent
from muniment.rights.works.rules.drafts import WorkDraft
from muniment.rights.works.rules.work_table import TARGETS, WorkLine, gather, read_line
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import TABLE, LineCount, WorksReport, finish
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.queries import choose_mapping
from muniment.trust.batches.services import receive_file, save_mapping

LARGEST_LINES = 2_000_000
"""The most lines of one table of works: they are registered in one transaction."""


def preview_works_table(path: Path, mapping: ColumnMapping | None = None) -> TablePreview:
    """Read the beginning of a table of works without writing anything.

    Raises:
        BadFile: the file as a whole cannot be read.
    """
    table = _open(path, mapping)
    return preview_table(table, choose_mapping(TABLE, table.headers, TARGETS, mapping), TARGETS, read_line)


def save_works_mapping(
    *, actor: Actor, at: datetime, name: str, headers: Sequence[str], mapping: ColumnMapping
) -> None:
    """Keep a mapping under a name; a table of works with the same headers will find it by itself.

    Raises:
        NotAllowed: the actor may not write works.
        BadFile: the mapping does not fit the headers, or a required column is missing.
    """
    require(actor, Action.WORK_WRITE)
    missing = check_mapping(headers, mapping, TARGETS)
    if missing:
        raise BadFile(missing[0].message, missing[0].remedy)
    save_mapping(actor=actor, at=at, kind=TABLE, name=name, headers=headers, mapping=mapping)


def _open(path: Path, mapping: ColumnMapping | None) -> TableRows:
    table = open_table(path, mapping)
    return at_most(table, LARGEST_LINES, path.name, "Split it between two works, and import both parts.")


def check_works_table(path: Path, mapping: ColumnMapping | None = None) -> Iterator[Problem]:
    """Give everything that an import would find wrong with the lines of a table of works, and write nothing.

    Raises:
        BadFile: the file as a whole cannot be read, or the mapping does not fit.
    """
    table, read, told, said = _open(path, mapping), LineCount(), 0, 0
    chosen = choose_mapping(TABLE, table.headers, TARGETS, mapping).mapping
    for _draft in _drafts(table, chosen, read):
        yield from table.problems[said:]
        yield from read.problems[told:]
        said, told = len(table.problems), len(read.problems)
    yield from table.problems[said:]
    yield from read.problems[told:]


@transaction.atomic
def import_works_table(
    *,
    actor: Actor,
    at: datetime,
    path: Path,
    mapping: ColumnMapping | None = None,
    claim: str,
    progress: Progress = silent,
    file_name: str | None = None,
    save_as: str = "",
) -> WorksReport:
    """Register the works of a table: every good line is taken, every bad one reported and left out.

    Args:
        mapping: which column is which; None takes the one saved for these headers, else a guess by their words.
        claim: the submitter, under whose name the shares stand.
        save_as: the name to keep the mapping under for the next file with these headers.

    Raises:
        NotAllowed: the actor may not write works.
        BadFile: the file as a whole cannot be read, a required column is missing, or it has too many lines.
        DuplicateFile: the very same file was imported before.
    """
    require(actor, Action.WORK_WRITE)
    table = _open(path, mapping)
    chosen = choose_mapping(TABLE, table.headers, TARGETS, mapping).mapping
    missing = check_mapping(table.headers, chosen, TARGETS)
    if missing:
        raise BadFile(missing[0].message, missing[0].remedy)
    intake = receive_file(actor=actor, at=at, kind=TABLE, path=path, file_name=file_name)
    if save_as:
        save_mapping(actor=actor, at=at, kind=TABLE, name=save_as, headers=table.headers, mapping=chosen)
    read = LineCount()

    def lines_done(_done: int, _total: int | None) -> None:
        progress(read.line_count, table.total_lines)

    counts = register_works(
        actor=actor, at=at, drafts=_drafts(table, chosen, read), claim=claim, intake_id=intake.id, progress=lines_done
    )
    refused = {problem.line for problem in table.problems if problem.level == Level.ERROR and problem.line}
    read.line_count += len(refused)
    read.refuse((line for line in refused if line), table.problems)
    return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts)


def _drafts(table: TableRows, mapping: ColumnMapping, read: LineCount) -> Iterator[WorkDraft]:
    """Yield a draft for each run of rows of one work; rows of a work that was ended before are refused."""
    ended: set[tuple[str, str]] = set()
    together: list[WorkLine] = []
    for row in map_rows(table, mapping, TARGETS):
        read.line_count += 1
        line, problems = read_line(row, mapping.columns)
        read.problems.extend(problems)
        if line is None:
            read.bad_lines.add(row.line)
            continue
        if together and line.key != together[0].key:
            ended.add(together[0].key)
            yield gather(together)
            together = []
        if line.key in ended:
            read.refuse([row.line], [_rows_apart(line, mapping)])
            continue
        together.append(line)
    if together:
        yield gather(together)


def _rows_apart(line: WorkLine, mapping: ColumnMapping) -> Problem:
    kind, value = line.key
    field = mapping.columns.get({"code": "work_code"}.get(kind, kind), kind)
    return Problem(
        line.line,
        field,
        "work.rows_apart",
        f"Rows of the work {value} stand further up, with another work between.",
        "Sort the table so that all rows of a work stand together.",
    )
