"""Writes about received files, saved mappings and sealed batches."""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db import IntegrityError, transaction

from muniment.kernel.columns.tables import digest_table, write_table
from muniment.kernel.formats.tables import ColumnMapping, header_fingerprint
from muniment.kernel.words.problems import BadFile, Problem, UserError
from muniment.trust.access.rules import Action, Actor, require, require_any
from muniment.trust.access.services import BATCHES, Head, lock_heads, move_head, record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.models import Intake, IntakeProblem, SavedMapping, SealedBatch
from muniment.trust.batches.queries import (
    IntakeRow,
    MappingRow,
    SealedBatchRow,
    batch_row,
    intake_row,
    kept_path,
    mapping_row,
    sum_of,
)
from muniment.trust.batches.rules import INTAKE_ACTIONS, KEPT_PROBLEMS, BatchFacts, IntakeState, batch_chain

_PIECE_BYTES = 1024 * 1024


class DuplicateFile(UserError):
    """The very same file was imported before and has not been undone."""


class UnknownIntake(UserError):
    """No received file has this number, or it is not in a state for this."""


@transaction.atomic
def receive_file(*, actor: Actor, at: datetime, kind: str, path: Path, file_name: str | None = None) -> IntakeRow:
    """Keep a copy of the file in the store under its digest and note that it came in; `kept_path` says where.

    `kind` names what it is to be read as ("usage.radio"); the same file may come in as two kinds. The audit event is
    written by `finish_intake`. A copy whose transaction rolls back stays in the store and does no harm.

    Raises:
        NotAllowed: the actor may write nothing that comes in files.
        BadFile: the file cannot be read.
        DuplicateFile: it was imported before; the message names the intake, the day and the person.
    """
    require_any(actor, INTAKE_ACTIONS)
    digest, byte_count = _keep(path)
    _refuse_duplicate(kind, digest)
    intake = Intake.objects.create(
        kind=kind,
        file_name=(file_name or path.name)[:255],
        file_digest=digest,
        byte_count=byte_count,
        received_at=at,
        received_by=actor.name,
        state=IntakeState.RECEIVED.value,
    )
    return intake_row(intake)


@transaction.atomic
def finish_intake(
    *,
    actor: Actor,
    at: datetime,
    intake_id: int,
    line_count: int,
    good_count: int,
    problems: Sequence[Problem],
    state: IntakeState | str = IntakeState.IMPORTED,
    note: str = "",
) -> IntakeRow:
    """Say what became of a received file: `good_count` of its `line_count` lines were taken.

    The first 10,000 problems are kept.

    Raises:
        UnknownIntake: there is no such file, or it is finished already.
        DuplicateFile: somebody else imported the same file in the meantime.
    """
    require_any(actor, INTAKE_ACTIONS)
    intake = _intake(intake_id, IntakeState.RECEIVED)
    intake.state = IntakeState(state).value
    intake.line_count, intake.good_count, intake.bad_count = line_count, good_count, line_count - good_count
    intake.problem_count, intake.note = len(problems), note
    try:
        with transaction.atomic():
            intake.save()
    except IntegrityError:
        _refuse_duplicate(intake.kind, intake.file_digest)
        raise
    copy_rows(
        IntakeProblem,
        ("intake_id", "line", "field", "rule", "message", "remedy", "level"),
        (
            (intake_id, found.line, found.field[:200], found.rule, found.message, found.remedy, found.level.value)
            for found in problems[:KEPT_PROBLEMS]
        ),
    )
    record_event(
        actor=actor,
        at=at,
        tag=f"intake.{intake.state}",
        subject_kind="intake",
        subject_id=intake_id,
        after={
            "kind": intake.kind,
            "file_name": intake.file_name,
            "file_digest": intake.file_digest,
            "byte_count": intake.byte_count,
            "line_count": line_count,
            "good_count": good_count,
            "problem_count": len(problems),
        },
    )
    return intake_row(intake)


@transaction.atomic
def mark_undone(*, actor: Actor, at: datetime, intake_id: int) -> IntakeRow:
    """Say that what an intake brought has been taken back; the caller takes it back in the same transaction.

    Raises:
        NotAllowed: the actor may not undo.
        UnknownIntake: there is no such file, or it is not in the state imported.
    """
    require(actor, Action.INTAKE_UNDO)
    intake = _intake(intake_id, IntakeState.IMPORTED)
    intake.state = IntakeState.UNDONE.value
    intake.save(update_fields=["state"])
    record_event(
        actor=actor,
        at=at,
        tag="intake.undone",
        subject_kind="intake",
        subject_id=intake_id,
        before={"state": IntakeState.IMPORTED.value},
        after={"state": IntakeState.UNDONE.value, "file_digest": intake.file_digest},
    )
    return intake_row(intake)


@transaction.atomic
def save_mapping(
    *, actor: Actor, at: datetime, kind: str, name: str, headers: Sequence[str], mapping: ColumnMapping
) -> MappingRow:
    """Keep how the columns under a sender's headers are read; the same kind and name is overwritten."""
    require_any(actor, INTAKE_ACTIONS)
    before = SavedMapping.objects.filter(kind=kind, name=name).values_list("columns", flat=True).first()
    saved, _created = SavedMapping.objects.update_or_create(
        kind=kind,
        name=name,
        defaults={
            "header_fingerprint": header_fingerprint(headers),
            "columns": dict(mapping.columns),
            "saved_by": actor.name,
            "saved_at": at,
        },
    )
    record_event(
        actor=actor,
        at=at,
        tag="mapping.saved",
        subject_kind="mapping",
        subject_id=f"{kind}/{name}",
        before=before,
        after=dict(mapping.columns),
    )
    return mapping_row(saved)


class MappingNameTaken(UserError):
    """A saved mapping cannot have this name."""


@transaction.atomic
def rename_saved_mapping(*, actor: Actor, at: datetime, mapping_id: int, name: str) -> None:
    """Give a saved mapping another name; a mapping that is not there is left alone.

    Raises:
        MappingNameTaken: the name is blank or too long, or another mapping of the same kind has it.
    """
    require_any(actor, INTAKE_ACTIONS)
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise MappingNameTaken("A mapping's name has 1 to 100 letters.", "Give another name.")
    saved = SavedMapping.objects.select_for_update().filter(pk=mapping_id).first()
    if saved is None or saved.name == name:
        return
    if SavedMapping.objects.filter(kind=saved.kind, name=name).exists():
        raise MappingNameTaken(f"Another mapping is called {name!r}.", "Give another name, or forget that one first.")
    before, saved.name = saved.name, name
    saved.save(update_fields=["name"])
    record_event(
        actor=actor,
        at=at,
        tag="mapping.renamed",
        subject_kind="mapping",
        subject_id=f"{saved.kind}/{name}",
        before={"name": before},
        after={"name": name},
    )


@transaction.atomic
def drop_saved_mapping(*, actor: Actor, at: datetime, mapping_id: int) -> None:
    """Forget a saved mapping; the audit trail keeps what it was."""
    require_any(actor, INTAKE_ACTIONS)
    saved = SavedMapping.objects.select_for_update().filter(pk=mapping_id).first()
    if saved is None:
        return
    subject, before = f"{saved.kind}/{saved.name}", dict(saved.columns)
    saved.delete()
    record_event(
        actor=actor,
        at=at,
        tag="mapping.forgotten",
        subject_kind="mapping",
        subject_id=subject,
        before=before,
        after=None,
    )


@transaction.atomic
def seal_batch(
    *, at: datetime, stage: str, table: pa.Table, sum_column: str | None, parents: Sequence[int] = ()
) -> SealedBatchRow:
    """Write a table into the store and chain its row count, sum and digest to the batch before.

    The file is named by the digest and is whole on disk before the row is written, so a crash in between leaves at
    worst a file that no row names, which `muniment fsck` reports. `parents` are the batches it was made from.

    Raises:
        TypeError: a column has a type without canonical bytes.
        OverflowError: the sum does not fit in an int64.
    """
    digest = digest_table(table)
    total = sum_of(table, sum_column or "")
    if not -(2**63) <= total < 2**63:
        raise OverflowError(f"the sum {total} of {sum_column} does not fit in 64 bits")
    relative = f"{stage}/{digest}.parquet"
    path = Path(settings.MUNIMENT_STORE) / relative
    write_table(table, path)
    _sync(path)
    facts = BatchFacts(stage, relative, table.num_rows, sum_column or "", total, digest, tuple(parents), at)
    head = lock_heads()[BATCHES]
    link = batch_chain(head.hash, facts)
    batch = SealedBatch.objects.create(
        stage=facts.stage,
        path=facts.path,
        row_count=facts.row_count,
        sum_column=facts.sum_column,
        sum_micro=facts.sum_micro,
        digest=facts.digest,
        parents=list(facts.parents),
        sealed_at=facts.sealed_at,
        prev_chain=head.hash,
        chain=link,
    )
    move_head(BATCHES, Head(head.seq + 1, link))
    return batch_row(batch)


def _keep(path: Path) -> tuple[str, int]:
    """Copy a file into the store under its digest; return the digest and the size in bytes."""
    folder = kept_path("x").parent
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{os.getpid()}-{os.urandom(6).hex()}.unfinished"
    whole, byte_count = hashlib.sha256(), 0
    try:
        with path.open("rb") as source, unfinished.open("xb") as copy:
            while piece := source.read(_PIECE_BYTES):
                whole.update(piece)
                byte_count += len(piece)
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
        kept = kept_path(whole.hexdigest())
        unfinished.replace(kept)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise BadFile(f"{path.name} cannot be read ({error.strerror}).", "Check its name and permissions.") from error
    return whole.hexdigest(), byte_count


def _sync(path: Path) -> None:
    """Have the file and its name on the disk before a row speaks of it."""
    for place, flags in ((path, os.O_RDONLY), (path.parent, os.O_RDONLY)):
        handle = os.open(place, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refuse_duplicate(kind: str, digest: str) -> None:
    first = Intake.objects.filter(kind=kind, file_digest=digest, state=IntakeState.IMPORTED.value).first()
    if first is not None:
        raise DuplicateFile(
            f"This file was imported on {first.received_at:%Y-%m-%d} by {first.received_by}"
            f" (intake {first.pk}, {first.file_name}).",
            f"Nothing was changed. To read it again, undo intake {first.pk} first.",
        )


def _intake(intake_id: int, state: IntakeState) -> Intake:
    intake = Intake.objects.select_for_update().filter(pk=intake_id).first()
    if intake is None:
        raise UnknownIntake(f"No received file has the number {intake_id}.", "Look it up in the list of intakes.")
    if intake.state != state:
        raise UnknownIntake(
            f"Intake {intake_id} is {intake.state}, not {state.value}.", "Only a file in that state can be used here."
        )
    return intake
