"""Undoing an intake: what it said is closed from now on, and what it had replaced holds again from now on.

Nothing is deleted, so a run that was computed in between still replays. A work that came with the intake goes with
it, unless somebody else has said something about it since; parties that it registered stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from muniment.kernel.words.problems import UserError
from muniment.rights.works.models import (
    Contribution,
    Edition,
    Recording,
    ShareLine,
    SubmissionAnswer,
    Work,
    WorkFill,
    WorkMerge,
    WorkNumber,
    WorkTitle,
)
from muniment.rights.works.services.conflicts import refresh_conflicts
from muniment.rights.works.services.cwr_agreements import close_agreements
from muniment.rights.works.services.editions import undo_editions
from muniment.rights.works.services.known import rebuild_words
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.queries import get_intake
from muniment.trust.batches.rules import IntakeState
from muniment.trust.batches.services import mark_undone

_LIVING = Q(known_to__isnull=True)

type Claimed = tuple[int, str]
"""A work and a submitter who claims shares of it."""


class NotAWorksIntake(UserError):
    """The intake did not bring works, so it is undone elsewhere."""


class StillMerged(UserError):
    """Works that the intake speaks of were merged since, so what it said is no longer where it was said."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What undoing an intake closed and restored; `kept_work_count` works stay because others speak of them."""

    intake_id: int
    work_count: int
    kept_work_count: int
    closed_line_count: int
    restored_line_count: int


@transaction.atomic
def undo_works_intake(*, actor: Actor, at: datetime, intake_id: int) -> UndoReport:
    """Take back everything that an intake of works said, as of `at`.

    Raises:
        NotAllowed: the actor may not undo.
        UnknownIntake: there is no such intake, or it is not in the state imported.
        NotAWorksIntake: it brought something else.
        StillMerged: works that it speaks of were merged since; the message names them.
    """
    require(actor, Action.INTAKE_UNDO)
    intake = get_intake(intake_id)
    if intake is not None and not intake.kind.startswith("works."):
        raise NotAWorksIntake(f"Intake {intake_id} brought no works.", "Undo it on its own page.")
    _refuse_merged(intake_id)
    mark_undone(actor=actor, at=at, intake_id=intake_id)
    touched = _touched(intake_id)
    claimed = _claims_that_stand(intake_id)
    closed_line_count = 0
    for table in (ShareLine, Contribution, WorkTitle, WorkNumber, Recording, Edition):
        count = _of(table, intake_id).update(known_to=at)
        closed_line_count += count if table is ShareLine else 0
    undo_editions(intake_id, at)
    SubmissionAnswer.objects.filter(_LIVING, intake_id=intake_id).update(known_to=at)
    close_agreements(intake_id, at)
    restored_line_count = _restore(claimed, intake_id, at)
    touched = sorted({*touched, *_blank_again(intake_id)})
    kept_work_count, work_count = _close_works(intake_id, at)
    rebuild_words(touched)
    refresh_conflicts(touched, at=at)
    report = UndoReport(intake_id, work_count, kept_work_count, closed_line_count, restored_line_count)
    record_event(
        actor=actor,
        at=at,
        tag="work.intake_undone",
        subject_kind="intake",
        subject_id=intake_id,
        after={
            "work_count": work_count,
            "kept_work_count": kept_work_count,
            "closed_line_count": closed_line_count,
            "restored_line_count": restored_line_count,
        },
    )
    return report


def _refuse_merged(intake_id: int) -> None:
    """Refuse while a merge in force rests on what the intake said of either of its works.

    Raises:
        StillMerged: there is such a merge.
    """
    merges = WorkMerge.objects.filter(undone_at__isnull=True).order_by("-pk")
    speaks = Q(dropped__intake_id=intake_id) | Q(kept__intake_id=intake_id)
    for table in (ShareLine, Contribution, WorkTitle, WorkNumber, Recording, Edition):
        spoken = table._default_manager.filter(intake_id=intake_id, work_id__isnull=False).values("work_id")
        speaks |= Q(dropped_id__in=spoken) | Q(kept_id__in=spoken)
    codes = list(merges.filter(speaks).values_list("dropped__code", "kept__code")[:6]) if merges.exists() else []
    if codes:
        shown = "; ".join(f"{dropped} into {kept}" for dropped, kept in codes[:5]) + ("; …" if len(codes) > 5 else "")
        raise StillMerged(f"Works of this file were merged since: {shown}.", "Undo those merges first.")


type Known = type[ShareLine] | type[Contribution] | type[WorkTitle] | type[WorkNumber] | type[Recording] | type[Edition]


def _of(table: Known, intake_id: int) -> QuerySet[ShareLine] | QuerySet[Contribution] | QuerySet[Recording]:
    found: QuerySet[ShareLine] = table._default_manager.filter(_LIVING, intake_id=intake_id)  # type: ignore[assignment]
    return found


def _touched(intake_id: int) -> list[int]:
    """Return the works whose words or conflicts change with the intake."""
    touched = _spoken_of(intake_id)
    for table in (ShareLine, Contribution, WorkTitle, WorkNumber, Recording, Edition):
        others = _of(table, intake_id).exclude(work__intake_id=intake_id).filter(work_id__isnull=False)
        touched.update(others.values_list("work_id", flat=True))
    return sorted(touched)


def _spoken_of(intake_id: int) -> set[int]:
    """Return the works of the intake about which somebody else says something that stands."""
    found: set[int] = set()
    for table in (ShareLine, Contribution, WorkTitle, WorkNumber, Recording, Edition):
        others = table._default_manager.filter(_LIVING, work__intake_id=intake_id).exclude(intake_id=intake_id)
        found.update(others.values_list("work_id", flat=True))
    return found


def _claims_that_stand(intake_id: int) -> set[Claimed]:
    """Return the claims of the intake that are in force, where it replaced earlier ones."""
    replaced = ShareLine.objects.filter(ended_by_id=intake_id).values_list("work_id", "claim")
    standing = ShareLine.objects.filter(_LIVING, intake_id=intake_id, ended_by__isnull=True)
    works = {work_id for work_id, _claim in replaced}
    return set(replaced) & {pair for pair in standing.values_list("work_id", "claim") if pair[0] in works}


def _restore(claimed: Iterable[Claimed], intake_id: int, at: datetime) -> int:
    """Let what the intake replaced hold again: rows like the closed ones, known from now on."""
    count = 0
    undone: dict[int | None, bool] = {}
    for work_id, claim in sorted(claimed):
        ended_by: int | None = intake_id
        while ended_by is not None:
            lines = list(ShareLine.objects.filter(work_id=work_id, claim=claim, ended_by_id=ended_by).order_by("pk"))
            source = next((line.intake_id for line in lines), None)
            if source not in undone:
                undone[source] = _is_undone(source)
            if not undone[source]:
                count += len(lines)
                _reopen(lines, at)
                contributions = Contribution.objects.filter(work_id=work_id, claim=claim, ended_by_id=ended_by)
                _reopen(list(contributions.order_by("pk")), at)
                break
            ended_by = source
    return count


def _is_undone(intake_id: int | None) -> bool:
    intake = None if intake_id is None else get_intake(intake_id)
    return intake is not None and intake.state is IntakeState.UNDONE


def _reopen[Fact: (ShareLine, Contribution)](facts: list[Fact], at: datetime) -> None:
    for fact in facts:
        fact.pk, fact.known_from, fact.known_to, fact.ended_by_id = None, at, None, None
        fact._state.adding = True
        fact.save(force_insert=True)


def _blank_again(intake_id: int) -> set[int]:
    """Empty the fields that the intake filled, unless somebody has changed them since; return the works concerned."""
    works: set[int] = set()
    for fill in WorkFill.objects.select_related("work").filter(intake_id=intake_id):
        work = fill.work
        if str(getattr(work, fill.field)) == fill.value:
            setattr(work, fill.field, "" if fill.field == "language" else None)
            work.save(update_fields=[fill.field.removesuffix("_id")])
            works.add(work.pk)
    return works


def _close_works(intake_id: int, at: datetime) -> tuple[int, int]:
    """Close the works of the intake that nobody else speaks of; return how many stay and how many go."""
    works = Work.objects.filter(_LIVING, intake_id=intake_id)
    total = works.count()
    kept = _spoken_of(intake_id)
    if kept:
        works = works.exclude(pk__in=kept)
    gone = works.update(known_to=at)
    return total - gone, gone
