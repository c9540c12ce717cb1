"""A whole catalogue as one Parquet file: a row a work, with nested writers, publishers and recordings."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from muniment.kernel.words.identifiers import InvalidIdentifier, parse_ipi_name, parse_isrc, parse_iswc
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, silent
from muniment.rights.works.rules.conventions import with_generated_shares
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import CATALOGUE, LineCount, WorksReport, finish
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.services import receive_file

_COLUMNS = ("work_id", "iswc", "title", "language", "writers", "publishers", "recordings")
_ROWS = 2_000

type Cells = Mapping[str, Any]
"""A row as Arrow gives it: the one place where a dict stands for a work, because the file is made of them."""


@transaction.atomic
def import_repertoire_parquet(
    *,
    actor: Actor,
    at: datetime,
    path: Path,
    generate_shares: bool,
    seed: int = 1,
    claim: str = "catalogue",
    progress: Progress = silent,
) -> WorksReport:
    """Register the works of a catalogue in Parquet.

    Columns: work_id (our code), iswc, title, language, writers [name, role, ipi, aliases, society], publishers
    [name], recordings [title, performer]; each row is a work, counted as a line from 1. A catalogue has no shares:
    with `generate_shares` they are made by convention from `seed` (see rules/conventions.py) and the works are marked
    so; without, the works are unclaimed. All of the file is registered, or nothing.

    Raises:
        NotAllowed: the actor may not write works.
        BadFile: it is no Parquet file, or a column is missing.
        DuplicateFile: the very same file was imported before.
    """
    require(actor, Action.WORK_WRITE)
    file = _open(path)
    intake = receive_file(actor=actor, at=at, kind=CATALOGUE, path=path)
    read = LineCount()
    counts = register_works(
        actor=actor,
        at=at,
        drafts=_drafts(file, read, seed if generate_shares else None),
        claim=claim,
        intake_id=intake.id,
        progress=progress,
        total=file.metadata.num_rows,
    )
    return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts)


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowException) as error:
        raise BadFile(f"{path.name} is not a Parquet file.", "Export the catalogue as Parquet.") from error
    missing = [name for name in _COLUMNS if name not in file.schema_arrow.names]
    if missing:
        raise BadFile(f"{path.name} has no column {', '.join(missing)}.", f"It needs {', '.join(_COLUMNS)}.")
    return file


def _drafts(file: pq.ParquetFile, read: LineCount, seed: int | None) -> Iterator[WorkDraft]:
    for batch in file.iter_batches(batch_size=_ROWS, columns=list(_COLUMNS)):
        for row in batch.to_pylist():
            read.line_count += 1
            draft = _draft(row, read.line_count, read)
            if draft is None:
                continue
            if seed is not None and draft.contributors:
                yield _with_shares(draft, seed)
            else:
                yield draft


def _with_shares(draft: WorkDraft, seed: int) -> WorkDraft:
    number = int(draft.code) if draft.code.isdigit() else draft.line or 0
    contributors = with_generated_shares(draft.contributors, work_number=number, seed=seed)
    return WorkDraft(
        title=draft.title,
        code=draft.code,
        iswc=draft.iswc,
        language=draft.language,
        contributors=contributors,
        recordings=draft.recordings,
        generated_shares=True,
        line=draft.line,
    )


def _draft(row: Cells, line: int, read: LineCount) -> WorkDraft | None:
    title = " ".join((row["title"] or "").split())
    if not title or row["work_id"] is None:
        remedy = "Give it a number and a title."
        read.refuse([line], [Problem(line, "title", "work.no_title", "The work has no number or no title.", remedy)])
        return None
    return WorkDraft(
        title=title,
        code=str(row["work_id"])[:40],
        iswc=_number(row["iswc"], "iswc", line, read),
        language=(row["language"] or "")[:20],
        contributors=_contributors(row, line, read),
        recordings=tuple(_recordings(row["recordings"] or [], line, read)),
        line=line,
    )


def _contributors(row: Cells, line: int, read: LineCount) -> tuple[ContributorDraft, ...]:
    writers = [
        ContributorDraft(
            name=writer["name"] or "",
            role=writer["role"] or "CA",
            ipi_name=_number(writer["ipi"], "ipi", line, read),
            aliases=tuple(writer["aliases"] or ()),
            society_name=writer["society"] or "",
        )
        for writer in row["writers"] or ()
    ]
    publishers = [_publisher(text, chain) for chain, text in enumerate(dict.fromkeys(row["publishers"] or ()), 1)]
    return tuple({(one.name, one.role): one for one in [*writers, *publishers]}.values())


def _publisher(text: str, chain: int) -> ContributorDraft:
    """Read "NAME[SOCIETY]", as catalogues write publishers."""
    name, bracket, society = text.partition("[")
    return ContributorDraft(
        name=name.strip() or text,
        role="E",
        society_name=society.removesuffix("]").strip() if bracket else "",
        chain=chain,
    )


def _recordings(rows: list[Cells], line: int, read: LineCount) -> Iterator[RecordingDraft]:
    for row in rows:
        isrc = _number(row.get("isrc"), "isrc", line, read)
        yield RecordingDraft(title=row["title"] or "", performer=row["performer"] or "", isrc=isrc)


_PARSERS = {"iswc": parse_iswc, "ipi": parse_ipi_name, "isrc": parse_isrc}


def _number(text: str | None, field: str, line: int, read: LineCount) -> str | None:
    """Return a number in its compact form; a wrong one is left out with a warning, the work is kept."""
    if not text:
        return None
    try:
        return _PARSERS[field](text)
    except InvalidIdentifier as error:
        read.problems.append(
            Problem(line, field, "work.wrong_number", error.message, "It is left out; correct it.", Level.WARNING)
        )
        return None
