"""CWR files: the works of a publisher or society, its chains of publishers, its shares in every territory."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.cwr import (
    CwrTransaction,
    CwrWork,
    Severity,
    iter_transactions,
    read_header,
    sender_of,
    severity_of,
    works_of,
)
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, silent
from muniment.rights.works.rules.cwr_works import draft_of
from muniment.rights.works.rules.drafts import ImportCounts, WorkDraft
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import CWR, LineCount, WorksReport, finish
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.services import receive_file

_FATAL = frozenset({Severity.FILE, Severity.GROUP})


def preview_cwr(path: Path, limit: int = 20) -> tuple[str, tuple[CwrWork, ...], tuple[Problem, ...]]:
    """Return the sender, the first works of a CWR file, and the problems met on the way, without writing anything.

    Raises:
        BadFile: the file is no CWR.
    """
    claim = sender_name(path)
    works: list[CwrWork] = []
    problems: list[Problem] = []
    with path.open("rb") as stream:
        for item in islice(iter_transactions(stream, keep_refused=True), limit * 5):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            problems += item.problems
            if not item.refused and len(works) < limit:
                works += works_of(item)
    return claim, tuple(works), tuple(problems)


def sender_name(path: Path) -> str:
    """Return who sent a CWR file: the name under which its claims will stand.

    Raises:
        BadFile: the file is no CWR, or names no sender.
    """
    with path.open("rb") as stream:
        sender = sender_of(read_header(stream))
    name = (sender.name or sender.number).strip()[:80]
    if not name:
        raise BadFile("The file does not say who sent it.", "Ask the sender to fill the header record.")
    return name


@transaction.atomic
def import_cwr(
    *, actor: Actor, at: datetime, path: Path, progress: Progress = silent, file_name: str | None = None
) -> WorksReport:
    """Register the works of a CWR file under the name of its sender; a line of the report is a transaction.

    NWR and REV both state what the sender claims now: on a known work, the sender's earlier claims are closed where
    they differ. A transaction that breaks a rule of the standard is left out; a file or group that does is refused as
    a whole, and then nothing is written but the intake with its problems.

    Raises:
        NotAllowed: the actor may not write works.
        BadFile: the file is no CWR.
        DuplicateFile: the very same file was imported before.
    """
    require(actor, Action.WORK_WRITE)
    claim = sender_name(path)
    total, fatal = _look_through(path)
    intake = receive_file(actor=actor, at=at, kind=CWR, path=path, file_name=file_name)
    read = LineCount()
    if fatal:
        read.line_count = total
        read.refuse(range(total), fatal)
        return finish(
            actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=ImportCounts(), state="refused"
        )
    with path.open("rb") as stream:
        counts = register_works(
            actor=actor,
            at=at,
            drafts=_drafts(iter_transactions(stream, keep_refused=True), read),
            claim=claim,
            intake_id=intake.id,
            progress=progress,
            total=total,
        )
    return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts)


def _look_through(path: Path) -> tuple[int, list[Problem]]:
    """Return how many transactions a file has, and what refuses the whole of it: counts come only at its end."""
    total, fatal = 0, []
    with path.open("rb") as stream:
        for item in iter_transactions(stream, keep_refused=True):
            if isinstance(item, CwrTransaction):
                total += 1
            elif severity_of(item) in _FATAL:
                fatal.append(item)
    return total, fatal


def _drafts(items: Iterator[CwrTransaction | Problem], read: LineCount) -> Iterator[WorkDraft]:
    for item in items:
        if isinstance(item, Problem):
            read.problems.append(item)
            continue
        read.line_count += 1
        read.problems.extend(item.problems)
        if item.refused:
            read.bad_lines.add(item.line)
            continue
        works = works_of(item) if item.kind in ("NWR", "REV") else ()
        if not works:
            read.problems.append(_other_kind(item))
        for work in works:
            draft, problems = draft_of(work, item.line)
            read.problems.extend(problems)
            yield draft


def _other_kind(item: CwrTransaction) -> Problem:
    return Problem(
        item.line,
        item.kind,
        "work.not_a_registration",
        f"A transaction of kind {item.kind} registers no work.",
        "Nothing needs to be done: it is passed over.",
        Level.WARNING,
    )
