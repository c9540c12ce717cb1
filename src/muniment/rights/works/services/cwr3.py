"""CWR 3 files, by the unofficial layout: works and what they collect, and the ISWCs of works that we know.

A transaction is kept as CWR 2.2 would write it; the file itself is in the store. CWR 3 is not answered here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from muniment.kernel.formats.cwr import CwrWork, work_transaction
from muniment.kernel.formats.cwr3 import Cwr3Transaction, iter_transactions, read_header, work_of
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress
from muniment.rights.works.rules.cwr_works import draft_of, plain_text
from muniment.rights.works.rules.drafts import ImportCounts, WorkDraft
from muniment.rights.works.services.cwr_items import Item, Waiting
from muniment.rights.works.services.cwr_notices import take_notices
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import CWR, LineCount, WorksReport, finish
from muniment.rights.works.services.rows import Source
from muniment.trust.access.rules import Actor
from muniment.trust.batches.services import receive_file

_VERSION = "02.20"
_REGISTRATIONS, _NOTICES = ("WRK", "DRW"), ("ISR", "ISA")


def is_cwr3(path: Path) -> bool:
    """Say whether a file begins with a header of CWR 3."""
    try:
        with path.open("rb") as stream:
            read_header(stream)
    except BadFile:
        return False
    return True


def preview_cwr3(path: Path, limit: int) -> tuple[str, tuple[CwrWork, ...], tuple[Problem, ...]]:
    """Return the sender, the first works, and the problems met on the way, without writing anything.

    Raises:
        BadFile: the file is no CWR 3, or names no sender.
    """
    works: list[CwrWork] = []
    problems: list[Problem] = []
    with path.open("rb") as stream:
        for item in islice(iter_transactions(stream), limit * 5):
            problems += [item] if isinstance(item, Problem) else item.problems
            if isinstance(item, Cwr3Transaction) and not item.refused and item.kind in _REGISTRATIONS + _NOTICES:
                works.append(work_of(item))
    return sender_of(path), tuple(works[:limit]), tuple(problems)


def sender_of(path: Path) -> str:
    """Return who sent a file: the name under which its claims will stand.

    Raises:
        BadFile: the file is no CWR 3, or names no sender.
    """
    with path.open("rb") as stream:
        header = read_header(stream)
    name = plain_text(header.get("sender_name") or header.get("submitter_code"))[:80].strip()
    if not name:
        raise BadFile("The file does not say who sent it.", "Ask the sender to fill the header record.")
    return name


def take_cwr3(*, actor: Actor, at: datetime, path: Path, progress: Progress, file_name: str | None) -> WorksReport:
    """Take a CWR 3 file under the name of its sender; the caller has the transaction and has asked the role.

    Raises:
        BadFile: the file is no CWR 3.
        DuplicateFile: the very same file was imported before.
    """
    claim = sender_of(path)
    total, problems = _look_through(path)
    intake = receive_file(actor=actor, at=at, kind=CWR, path=path, file_name=file_name)
    read = LineCount(line_count=total)
    fatal = [problem for problem in problems if problem.level is Level.ERROR]
    counts = ImportCounts()
    if fatal:
        read.refuse(range(total), fatal)
        return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts, state="refused")
    read.problems.extend(problems)
    waiting = Waiting(claim, intake.id, at, read)
    counts = register_works(
        actor=actor,
        at=at,
        drafts=_drafts(path, read, waiting),
        claim=claim,
        intake_id=intake.id,
        progress=progress,
        total=total,
        on_piece=waiting.on_piece,
    )
    notices = (item for item, _work in _items(path, read, *_NOTICES) if item.transaction.header.text("iswc"))
    take_notices(notices, Source(claim, intake.id, at))
    return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts)


def _look_through(path: Path) -> tuple[int, list[Problem]]:
    total, problems = 0, []
    with path.open("rb") as stream:
        for item in iter_transactions(stream):
            if isinstance(item, Problem):
                problems.append(item)
            else:
                total += 1
    return total, problems


def _drafts(path: Path, read: LineCount, waiting: Waiting) -> Iterator[WorkDraft]:
    for item, work in _items(path, read, *_REGISTRATIONS):
        draft, problems = draft_of(work, item.transaction.line)
        read.problems.extend(problems)
        waiting.add(item, draft)
        yield draft


def _items(path: Path, read: LineCount, *kinds: str) -> Iterator[tuple[Item, CwrWork]]:
    """Yield the transactions of these kinds that can be used, as CWR 2.2 writes them, with their works."""
    with path.open("rb") as stream:
        found = (item for item in iter_transactions(stream) if isinstance(item, Cwr3Transaction))
        for place, item in enumerate(found):
            if item.kind not in kinds:
                continue
            read.problems.extend(item.problems)
            if item.refused:
                read.bad_lines.add(item.line)
                continue
            work = work_of(item)
            made = work_transaction(work, group=item.group, version=_VERSION)
            yield Item(place, replace(made, line=item.line, number=place)), work
