"""Taking a merge of two works back: both records are again what they were, or the refusal says what stands in the way.

What was said of the kept work since the merge stays with it. A refusal names everything that has happened since and
would be torn apart: a later merge into the same work, claims that were stated anew, a recording linked elsewhere.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.rights.works.models import Contribution, MergedRow, Recording, ShareLine, Work, WorkMerge
from muniment.rights.works.queries import get_merge, merge_of
from muniment.rights.works.rules.merges import MergeRow
from muniment.rights.works.services.conflicts import refresh_conflicts
from muniment.rights.works.services.known import rebuild_words
from muniment.rights.works.services.merging import TABLES, Fact, opened_like
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.queries import get_intake
from muniment.trust.batches.rules import IntakeState

_NAMED = 5


class MergeStands(UserError):
    """The merge cannot be undone, because later facts stand on it."""


@transaction.atomic
def undo_merge(*, actor: Actor, at: datetime, merge_id: int) -> MergeRow:
    """Take a merge back from `at` on.

    Raises:
        NotAllowed: the actor may not write works.
        MergeStands: there is no such merge in force, or something since then forbids it; the message lists what.
    """
    require(actor, Action.WORK_WRITE)
    merge = WorkMerge.objects.select_for_update().filter(pk=merge_id, undone_at__isnull=True).first()
    if merge is None:
        raise MergeStands(f"No merge {merge_id} is in force.", "It may have been undone before; open the work.")
    obstacles = list(_obstacles(merge))
    if obstacles:
        shown = "; ".join(obstacles[:_NAMED])
        more = f"; and {len(obstacles) - _NAMED} more" if len(obstacles) > _NAMED else ""
        raise MergeStands(
            f"The merge of {merge.dropped.code} into {merge.kept.code} cannot be undone: {shown}{more}.",
            "Undo or correct those first. Nothing was changed.",
        )
    Work.objects.filter(pk=merge.dropped_id).update(known_to=None)
    _take_back_rows(merge, at)
    _blank_again(merge)
    _lead_versions_back(merge)
    merge.undone_at, merge.undone_by = at, actor.name
    merge.save(update_fields=["undone_at", "undone_by"])
    both = [merge.kept_id, merge.dropped_id]
    rebuild_words(both)
    refresh_conflicts(both, at=at)
    facts = {"merge": merge.pk, "kept": merge.kept.code, "dropped": merge.dropped.code}
    for work_id in both:
        record_event(actor=actor, at=at, tag="work.merge_undone", subject_kind="work", subject_id=work_id, before=facts)
    row = get_merge(merge.pk)
    assert row is not None, "just written"
    return row


def _obstacles(merge: WorkMerge) -> Iterator[str]:
    """Yield, as parts of a sentence, what has happened since that an undo would tear apart."""
    onward = merge_of(merge.kept_id)
    if onward is not None:
        yield f"{onward.dropped_code} was itself merged into {onward.kept_code} later"
    elif merge.kept.known_to is not None:
        yield f"{merge.kept.code} was withdrawn"
    later = WorkMerge.objects.filter(kept=merge.kept, undone_at__isnull=True, pk__gt=merge.pk).order_by("pk")
    for code in later.values_list("dropped__code", flat=True):
        yield f"{code} was merged into {merge.kept.code} later"
    for code in Work.objects.filter(known_to__isnull=True, code=merge.dropped.code).values_list("code", flat=True):
        yield f"another work has the code {code} now"
    intake = None if merge.dropped.intake_id is None else get_intake(merge.dropped.intake_id)
    if intake is not None and intake.state is IntakeState.UNDONE:
        yield f"the file {intake.file_name}, which brought {merge.dropped.code}, was undone"
    if onward is None and merge.kept.known_to is None:
        yield from dict.fromkeys(_changed_rows(merge))


def _changed_rows(merge: WorkMerge) -> Iterator[str]:
    """Yield what became of facts that the merge opened on the kept work and that do not stand there any more."""
    for table, fact in _opened(merge):
        if fact.known_to is None and fact.work_id == merge.kept_id:
            continue
        if isinstance(fact, ShareLine | Contribution):
            yield f"what {fact.claim} claims was stated anew or withdrawn since"
        elif isinstance(fact, Recording):
            yield f"the recording “{fact.title}” was linked elsewhere or withdrawn"
        else:
            yield f"a {table} that went over was withdrawn since"


def _opened(merge: WorkMerge) -> Iterator[tuple[str, Fact]]:
    for word, table in TABLES.items():
        rows = MergedRow.objects.filter(merge=merge, table=word)
        ids = [row.opened_id for row in rows if row.opened_id is not None]
        for fact in table._default_manager.filter(pk__in=ids).order_by("pk"):
            yield word, fact


def _take_back_rows(merge: WorkMerge, at: datetime) -> None:
    """Close what the merge opened, and open on the dropped record what it had closed there."""
    for word, table in TABLES.items():
        rows = list(MergedRow.objects.filter(merge=merge, table=word))
        opened = [row.opened_id for row in rows if row.opened_id is not None]
        closed = [row.closed_id for row in rows if row.closed_id is not None]
        table._default_manager.filter(pk__in=opened, known_to__isnull=True).update(known_to=at)
        for fact in table._default_manager.filter(pk__in=closed).order_by("pk"):
            opened_like(fact, merge.dropped_id, at)


def _blank_again(merge: WorkMerge) -> None:
    """Empty the fields that the merge filled, unless somebody has changed them since."""
    kept = merge.kept
    blanks = {"iswc": None, "duration_ms": None, "original_id": None, "generated_shares": False}
    changed = [field for field, value in merge.filled.items() if getattr(kept, field) == value]
    for field in changed:
        setattr(kept, field, blanks.get(field, ""))
    if changed:
        kept.save(update_fields=[field.removesuffix("_id") for field in changed])


def _lead_versions_back(merge: WorkMerge) -> None:
    """Let the works name the dropped record as their original again, unless that was changed since."""
    versions = Work.objects.filter(pk__in=merge.versions)
    versions.filter(original=merge.kept).exclude(pk=merge.kept_id).update(original=merge.dropped)
    versions.filter(pk=merge.kept_id, original__isnull=True).update(original=merge.dropped)
