"""Import of neutral records: the works, recordings and editions of every format that gives them."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction

from muniment.kernel.formats.door import UnknownFormat, format_of
from muniment.kernel.formats.door.records import EditionRecord, NeutralRecord, RecordingRecord, WorkRecord
from muniment.kernel.words.problems import Level, Problem, Progress, silent
from muniment.rights.works.rules.drafts import WorkDraft
from muniment.rights.works.rules.record_drafts import draft_of, gathered, recording_of
from muniment.rights.works.services.record_recordings import RecordingIntake
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import LineCount, WorksReport, finish
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.services import receive_file

_LOOKED_AT = 50
_KEPT_PROBLEMS = 20_000
"""So many problems of a file are held while it is read; the others are counted."""

type Reader = Callable[[Path], Iterator[NeutralRecord | Problem]]


def reader_of(format_name: str) -> Reader:
    """Return what reads a format as neutral records: `read_records` of the module `reading` of its folder.

    Raises:
        UnknownFormat: there is no such format, or it gives no such records.
    """
    format_ = format_of(format_name)
    reading = import_module(f"muniment.kernel.formats.{format_.name}.reading")
    reader: Reader | None = getattr(reading, "read_records", None)
    if reader is None:
        raise UnknownFormat(f"{format_.title} gives no works.", "Import it where it belongs.")
    return reader


def preview_records(
    *, format_name: str, path: Path, limit: int = 20
) -> tuple[tuple[WorkDraft, ...], tuple[Problem, ...]]:
    """Return the first works of a file as they would be registered, and the problems met on the way.

    Raises:
        BadFile: the file is not of the format.
    """
    drafts: list[WorkDraft] = []
    problems: list[Problem] = []
    for item in islice(reader_of(format_name)(path), limit * _LOOKED_AT):
        if isinstance(item, Problem):
            problems.append(item)
        elif isinstance(item, WorkRecord):
            draft, warnings = draft_of(item)
            drafts.append(draft)
            problems += warnings
        if len(drafts) == limit:
            break
    return tuple(drafts), tuple(problems)


@transaction.atomic
def import_records(
    *,
    actor: Actor,
    at: datetime,
    format_name: str,
    path: Path,
    claim: str,
    progress: Progress = silent,
    file_name: str | None = None,
) -> WorksReport:
    """Register what a file or folder of neutral records holds, under the name of who claims it.

    A line of the report is a record. A record that cannot be used is left out with its problem; a file that breaks
    in the middle is refused as a whole and nothing of it is written. Works that are known gain what they lack; the
    submitter's own earlier claims are replaced where they differ. Recordings without a known work are kept unlinked.

    Raises:
        NotAllowed: the actor may not write works.
        BadFile: the file is not of the format, or breaks in the middle.
        DuplicateFile: the very same file was imported before.
    """
    require(actor, Action.WORK_WRITE)
    reader = reader_of(format_name)
    with _one_file(path) as kept:
        intake = receive_file(
            actor=actor, at=at, kind=f"works.{format_name}", path=kept, file_name=file_name or kept.name
        )
    read = LineCount()
    recordings = RecordingIntake(at=at, intake_id=intake.id)
    counts = register_works(
        actor=actor,
        at=at,
        drafts=gathered(_drafts(reader(path), read, recordings)),
        claim=claim[:80],
        intake_id=intake.id,
        progress=progress,
    )
    recordings.flush()
    counts.recording_count += recordings.written_count
    read.problems += recordings.problems
    return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts)


def _drafts(
    items: Iterator[NeutralRecord | Problem], read: LineCount, recordings: RecordingIntake
) -> Iterator[WorkDraft]:
    """Yield a draft for each work; recordings that stand by themselves go where they belong."""
    for item in items:
        if isinstance(item, Problem):
            _note(item, read)
            if item.level is Level.ERROR:
                read.line_count += 1
                read.bad_lines.add(-read.line_count)
            continue
        if isinstance(item, RecordingRecord):
            read.line_count += 1
            recordings.take(recording_of(item), item.works, item.line)
            continue
        if not isinstance(item, WorkRecord):
            _note_unused(item, read)
            continue
        read.line_count += 1
        draft, problems = draft_of(item)
        for problem in problems:
            _note(problem, read)
        if draft.title:
            yield draft
        else:
            read.refuse([-read.line_count], [_no_title(item.line)])


def _note(problem: Problem, read: LineCount) -> None:
    """Keep a problem, unless there are too many; then one more says that there are."""
    if len(read.problems) < _KEPT_PROBLEMS:
        read.problems.append(problem)
    elif len(read.problems) == _KEPT_PROBLEMS:
        message = f"There are more than {_KEPT_PROBLEMS:,} problems; the others are not listed."
        remedy = "Correct these, or look at all of them with muniment check."
        read.problems.append(Problem(None, "", "work.more_problems", message, remedy, Level.WARNING))


def _note_unused(item: NeutralRecord, read: LineCount) -> None:
    """Count what has no place of its own in the house: releases, lists of parties and of the unclaimed."""
    kind = "release" if isinstance(item, EditionRecord) else "list"
    rule = f"work.unused_{kind}"
    if all(problem.rule != rule for problem in read.problems):
        what = "Releases" if kind == "release" else "Parties and unclaimed parts that stand by themselves"
        message = f"{what} are not kept; this is the first of them."
        remedy = "Nothing needs to be done."
        read.problems.append(Problem(item.line or None, "", rule, message, remedy, Level.WARNING))


def _no_title(line: int) -> Problem:
    return Problem(line or None, "title", "work.no_title", "The work has no title.", "Give it a title.")


@contextmanager
def _one_file(path: Path) -> Iterator[Path]:
    """Give a file as it is, and a folder as one archive, the same one for the same content."""
    if not path.is_dir():
        yield path
        return
    with TemporaryDirectory(prefix="muniment-") as folder:
        target = Path(folder) / f"{path.name or 'set'}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for member in sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink()):
                info = zipfile.ZipInfo(member.relative_to(path).as_posix())
                info.compress_type = zipfile.ZIP_DEFLATED
                with member.open("rb") as source, archive.open(info, "w", force_zip64=True) as out:
                    while chunk := source.read(1024 * 1024):
                        out.write(chunk)
        yield target
