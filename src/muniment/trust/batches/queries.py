"""Reads about received files and sealed batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import OperationalError, connection

from muniment.kernel.columns.tables import digest_table, read_table
from muniment.kernel.formats.tables import (
    ChosenMapping,
    ColumnMapping,
    TargetField,
    fit_columns,
    guess_mapping,
    header_fingerprint,
)
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError
from muniment.trust.batches.models import Intake, IntakeProblem, SavedMapping, SealedBatch
from muniment.trust.batches.rules import IntakeState


class BrokenBatch(UserError):
    """A sealed batch is missing, or is not what was sealed."""


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """A received file; `bad_count` lines were not taken, `problem_count` counts warnings as well."""

    id: int
    kind: str
    file_name: str
    file_digest: str
    byte_count: int
    received_at: datetime
    received_by: str
    state: IntakeState
    line_count: int
    good_count: int
    bad_count: int
    problem_count: int
    note: str


@dataclass(frozen=True, slots=True)
class MappingRow:
    """A saved way to read a sender's columns: target name to header."""

    id: int
    kind: str
    name: str
    header_fingerprint: str
    columns: Mapping[str, str]
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class SealedBatchRow:
    """A sealed batch; `path` is relative to the store, `sum_micro` the sum of `sum_column` (0 where it has none)."""

    id: int
    stage: str
    path: str
    row_count: int
    sum_column: str
    sum_micro: int
    digest: str
    parents: tuple[int, ...]
    sealed_at: datetime
    chain: str


def get_intake(intake_id: int) -> IntakeRow | None:
    """Return one received file, or None."""
    intake = Intake.objects.filter(pk=intake_id).first()
    return None if intake is None else intake_row(intake)


def list_intakes(
    *, kind: str = "", state: IntakeState | None = None, limit: int = 50, offset: int = 0
) -> Page[IntakeRow]:
    """Return received files, newest first: of one kind or a family of kinds ("usage."), in one state, or all."""
    intakes = Intake.objects.order_by("-id")
    if kind.endswith("."):
        intakes = intakes.filter(kind__startswith=kind)
    elif kind:
        intakes = intakes.filter(kind=kind)
    if state is not None:
        intakes = intakes.filter(state=state.value)
    return Page(tuple(intake_row(intake) for intake in intakes[offset : offset + limit]), intakes.count())


def list_problems(intake_id: int, *, limit: int | None = None, offset: int = 0) -> tuple[Problem, ...]:
    """Return the kept problems of a received file, in the order they were found."""
    problems = IntakeProblem.objects.filter(intake_id=intake_id).order_by("id")
    until = None if limit is None else offset + limit
    return tuple(
        Problem(problem.line, problem.field, problem.rule, problem.message, problem.remedy, Level(problem.level))
        for problem in problems[offset:until]
    )


def kept_path(file_digest: str) -> Path:
    """Return where the store keeps the received file of this digest."""
    return Path(settings.MUNIMENT_STORE) / "files" / file_digest


def find_mapping(kind: str, fingerprint: str) -> MappingRow | None:
    """Return the mapping last saved for tables of this kind with these headers, or None."""
    found = SavedMapping.objects.filter(kind=kind, header_fingerprint=fingerprint).order_by("-saved_at", "-id").first()
    return None if found is None else mapping_row(found)


def get_mapping(kind: str, name: str) -> MappingRow | None:
    """Return the mapping of this name, or None."""
    found = SavedMapping.objects.filter(kind=kind, name=name).first()
    return None if found is None else mapping_row(found)


def list_mappings(kind: str) -> tuple[MappingRow, ...]:
    """Return the saved mappings of a kind by name."""
    return tuple(mapping_row(saved) for saved in SavedMapping.objects.filter(kind=kind).order_by("name"))


def mapping_of_number(mapping_id: int) -> MappingRow | None:
    """Return the saved mapping of this number, or None."""
    found = SavedMapping.objects.filter(pk=mapping_id).first()
    return None if found is None else mapping_row(found)


def mappings_are_kept() -> bool:
    """Say whether there is a database that keeps mappings; looking makes none, and needs none."""
    file = Path(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and connection.connection is None and not file.is_file():
        return False
    try:
        return SavedMapping._meta.db_table in connection.introspection.table_names()
    except OperationalError:
        return False


def choose_mapping(
    kind: str, headers: Sequence[str], targets: Sequence[TargetField], given: ColumnMapping | None = None
) -> ChosenMapping:
    """Return how to read a table of this kind: as given, else as saved for its headers, else as they suggest."""
    if given is not None:
        return ChosenMapping(given, "given")
    saved = find_mapping(kind, header_fingerprint(headers))
    if saved is not None:
        return ChosenMapping(ColumnMapping(fit_columns(saved.columns, headers) or saved.columns), "saved", saved.name)
    return ChosenMapping(guess_mapping(headers, targets), "guessed")


def named_mapping(kind: str, name: str) -> ColumnMapping:
    """Return the mapping that was saved under a name for tables of this kind.

    Raises:
        BadFile: none was; the remedy names those that were.
    """
    saved = get_mapping(kind, name)
    if saved is None:
        names = ", ".join(repr(one.name) for one in list_mappings(kind))
        remedy = f"Take one of {names}, or leave it out." if names else "None is saved yet; save one while importing."
        raise BadFile(f"No mapping for such a table is saved as {name!r}.", remedy)
    return ColumnMapping(saved.columns)


def get_batch(batch_id: int) -> SealedBatchRow | None:
    """Return what a batch says of itself, unchecked, or None."""
    batch = SealedBatch.objects.filter(pk=batch_id).first()
    return None if batch is None else batch_row(batch)


def batches_after(batch_id: int, limit: int) -> tuple[SealedBatchRow, ...]:
    """Return the sealed batches behind a number, in their order, at most `limit`."""
    return tuple(batch_row(batch) for batch in SealedBatch.objects.filter(pk__gt=batch_id).order_by("id")[:limit])


def batch_made_from(stage: str, parents: Sequence[int]) -> SealedBatchRow | None:
    """Return the first batch of a stage that was made from exactly these batches, unchecked, or None."""
    batch = SealedBatch.objects.filter(stage=stage, parents=list(parents)).order_by("id").first()
    return None if batch is None else batch_row(batch)


def open_batch(batch_id: int) -> pa.Table:
    """Return the table of a sealed batch after checking its row count, its sum and its digest.

    Raises:
        BrokenBatch: there is no such batch, its file is missing or unreadable, or it is not what was sealed.
    """
    batch = get_batch(batch_id)
    if batch is None:
        raise _broken(batch_id, "it was never sealed")
    path = Path(settings.MUNIMENT_STORE) / batch.path
    try:
        table = read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise _broken(batch_id, f"its file {batch.path} is missing or unreadable") from error
    if table.num_rows != batch.row_count:
        raise _broken(batch_id, f"it has {table.num_rows} rows, and {batch.row_count} were sealed")
    if (total := sum_of(table, batch.sum_column)) != batch.sum_micro:
        raise _broken(batch_id, f"it sums to {total}, and {batch.sum_micro} was sealed")
    if digest_table(table) != batch.digest:
        raise _broken(batch_id, "its rows are not those that were sealed")
    return table


def sum_of(table: pa.Table, column: str) -> int:
    """Return the exact sum of an integer column, nulls left out; 0 for no column."""
    if not column:
        return 0
    total = pc.sum(table.column(column).cast(pa.decimal128(38, 0))).as_py()
    return 0 if total is None else int(total)


def intake_row(intake: Intake) -> IntakeRow:
    """Return the frozen row of a received file."""
    return IntakeRow(
        intake.pk,
        intake.kind,
        intake.file_name,
        intake.file_digest,
        intake.byte_count,
        intake.received_at,
        intake.received_by,
        IntakeState(intake.state),
        intake.line_count,
        intake.good_count,
        intake.bad_count,
        intake.problem_count,
        intake.note,
    )


def mapping_row(saved: SavedMapping) -> MappingRow:
    """Return the frozen row of a saved mapping."""
    columns = MappingProxyType(dict(saved.columns))
    return MappingRow(
        saved.pk, saved.kind, saved.name, saved.header_fingerprint, columns, saved.saved_by, saved.saved_at
    )


def batch_row(batch: SealedBatch) -> SealedBatchRow:
    """Return the frozen row of a sealed batch."""
    return SealedBatchRow(
        batch.pk,
        batch.stage,
        batch.path,
        batch.row_count,
        batch.sum_column,
        batch.sum_micro,
        batch.digest,
        tuple(batch.parents),
        batch.sealed_at,
        batch.chain,
    )


def _broken(batch_id: int, why: str) -> BrokenBatch:
    return BrokenBatch(
        f"Sealed batch {batch_id} cannot be used: {why}.",
        "Restore the store from a backup, then run `muniment fsck`.",
    )
