"""Making two records of one work one, and taking that back.

Nothing is deleted. What the dropped record said is closed at the instant of the merge, and opened on the kept work
where the kept work did not have it; the record itself leads to the kept work from then on. An undo closes what was
opened and opens what was closed, so that both records are again what they were, and every run in between replays.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.names import script_of
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.works.models import (
    Contribution,
    MergedRow,
    Recording,
    ShareLine,
    Work,
    WorkMerge,
    WorkNumber,
    WorkTitle,
)
from muniment.rights.works.queries import UnknownWork, get_merge, merge_of
from muniment.rights.works.rules.merges import MergeRow, ShareStatement, claim_after_merge, titles_to_add
from muniment.rights.works.services.conflicts import refresh_conflicts
from muniment.rights.works.services.known import rebuild_words
from muniment.rights.works.services.rows import recording_key
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event

FILLED = ("iswc", "language", "duration_ms", "work_class", "original_title")
"""The blanks of the kept work that the dropped record fills."""

type Fact = WorkTitle | WorkNumber | Contribution | ShareLine | Recording

TABLES: dict[str, type[Fact]] = {
    "title": WorkTitle,
    "number": WorkNumber,
    "contribution": Contribution,
    "share": ShareLine,
    "recording": Recording,
}


class CannotMerge(UserError):
    """The two records cannot become one: they are the same record, or one of them is merged already."""


def two_works(keep_id: int, drop_id: int) -> tuple[Work, Work]:
    """Return the two works of a merge, locked until the transaction ends.

    Raises:
        UnknownWork: there is no such work.
        CannotMerge: both are one record, or one of them was merged before.
    """
    if keep_id == drop_id:
        raise CannotMerge("A work cannot be merged with itself.", "Choose two different works.")
    works = {work.pk: work for work in Work.objects.select_for_update().filter(pk__in=[keep_id, drop_id])}
    for work_id in (keep_id, drop_id):
        if work_id not in works:
            raise UnknownWork("There is no work {number}.", "Search for the work by title or number.", number=work_id)
        before = merge_of(work_id)
        if before is not None:
            raise CannotMerge(
                "{dropped_code} was merged into {kept_code}, {kept_title}, already.",
                "Use that work, or undo the earlier merge.",
                dropped_code=before.dropped_code,
                kept_code=before.kept_code,
                kept_title=before.kept_title,
            )
        if works[work_id].known_to is not None:
            raise UnknownWork(
                "The work {code} was withdrawn.", "Search for the work that stands.", code=works[work_id].code
            )
    return works[keep_id], works[drop_id]


@transaction.atomic
def merge_works(*, actor: Actor, at: datetime, keep_id: int, drop_id: int) -> MergeRow:
    """Make `drop_id` lead to `keep_id` from `at` on, and give the kept work what only the dropped one had.

    Raises:
        NotAllowed: the actor may not write works.
        UnknownWork, CannotMerge: see `two_works`; nothing is written.
    """
    require(actor, Action.WORK_WRITE)
    kept, dropped = two_works(keep_id, drop_id)
    merge = WorkMerge.objects.create(kept=kept, dropped=dropped, merged_at=at, merged_by=actor.name)
    generated = dropped.generated_shares and _carries_claims(dropped)
    moved = [*_titles(merge, at), *_numbers(merge, at), *_recordings(merge, at), *_claims(merge, at)]
    MergedRow.objects.bulk_create(moved, batch_size=500)
    merge.filled = _fill_blanks(kept, dropped, generated_shares=generated)
    merge.versions = _lead_versions(kept, dropped)
    merge.save(update_fields=["filled", "versions"])
    Work.objects.filter(pk=dropped.pk).update(known_to=at)
    _refresh(merge, at)
    _tell(actor, at, "work.merged", merge)
    row = get_merge(merge.pk)
    assert row is not None, "just written"
    return row


def _refresh(merge: WorkMerge, at: datetime) -> None:
    rebuild_words([merge.kept_id, merge.dropped_id])
    refresh_conflicts([merge.kept_id, merge.dropped_id], at=at)


def _tell(actor: Actor, at: datetime, tag: str, merge: WorkMerge) -> None:
    """Put the merge, or its undo, into the history of both works."""
    facts = {"merge": merge.pk, "kept": merge.kept.code, "dropped": merge.dropped.code}
    for work_id in (merge.kept_id, merge.dropped_id):
        record_event(actor=actor, at=at, tag=tag, subject_kind="work", subject_id=work_id, after=facts)


def opened_like(row: Fact, work_id: int, at: datetime, claim: str | None = None) -> Fact:
    """Write a fact like `row` on a work, known from `at`, under another submitter's name where one is given."""
    fresh: Fact = type(row)._default_manager.get(pk=row.pk)
    fresh.pk, fresh.work_id, fresh.known_from, fresh.known_to = None, work_id, at, None
    if isinstance(fresh, Contribution | ShareLine):
        fresh.ended_by_id = None
        fresh.claim = fresh.claim if claim is None else claim
    fresh._state.adding = True
    fresh.save(force_insert=True)
    return fresh


def _titles(merge: WorkMerge, at: datetime) -> Iterable[MergedRow]:
    """Close the dropped titles, and open those that the kept work lacks, its main title among them, as further ones."""
    kept, dropped = merge.kept, merge.dropped
    rows = list(WorkTitle.objects.filter(work=dropped, known_to__isnull=True).order_by("pk"))
    known = [kept.title, *WorkTitle.objects.filter(work=kept, known_to__isnull=True).values_list("title", flat=True)]
    given: list[tuple[str, WorkTitle | None]] = [(dropped.title, None), *((row.title, row) for row in rows)]
    fresh = titles_to_add(given, known)
    WorkTitle.objects.filter(pk__in=[row.pk for row in rows]).update(known_to=at)
    if None in fresh:
        main = WorkTitle.objects.create(
            work=kept,
            title=dropped.title,
            language=dropped.language,
            script=script_of(dropped.title),
            intake_id=dropped.intake_id,
            known_from=at,
        )
        yield MergedRow(merge=merge, table="title", opened_id=main.pk)
    for row in rows:
        opened = opened_like(row, kept.pk, at).pk if row in fresh else None
        yield MergedRow(merge=merge, table="title", closed_id=row.pk, opened_id=opened)


def _numbers(merge: WorkMerge, at: datetime) -> Iterable[MergedRow]:
    """Let the submitters' numbers of the dropped record mean the kept work."""
    rows = list(WorkNumber.objects.filter(work=merge.dropped, known_to__isnull=True).order_by("pk"))
    WorkNumber.objects.filter(pk__in=[row.pk for row in rows]).update(known_to=at)
    for row in rows:
        opened = opened_like(row, merge.kept_id, at)
        yield MergedRow(merge=merge, table="number", closed_id=row.pk, opened_id=opened.pk)


def _recordings(merge: WorkMerge, at: datetime) -> Iterable[MergedRow]:
    """Close the dropped recordings, and open those that the kept work lacks."""
    of_kept = Recording.objects.filter(work=merge.kept, known_to__isnull=True)
    known = {recording_key(*row) for row in of_kept.values_list("isrc", "title", "performer")}
    rows = list(Recording.objects.filter(work=merge.dropped, known_to__isnull=True).order_by("pk"))
    Recording.objects.filter(pk__in=[row.pk for row in rows]).update(known_to=at)
    for row in rows:
        key = recording_key(row.isrc, row.title, row.performer)
        opened = None if key in known else opened_like(row, merge.kept_id, at).pk
        known.add(key)
        yield MergedRow(merge=merge, table="recording", closed_id=row.pk, opened_id=opened)


def _carries_claims(work: Work) -> bool:
    return ShareLine.objects.filter(work=work, known_to__isnull=True).exists()


def _claims(merge: WorkMerge, at: datetime) -> Iterable[MergedRow]:
    """Close every claim on the dropped record, and open each on the kept work under the name that the rules give it."""
    stated, standing = _statements(merge.dropped), _statements(merge.kept)
    names = {
        claim: claim_after_merge(claim, merge.dropped.code, lines, standing.get(claim))
        for claim, lines in stated.items()
    }
    people = Contribution.objects.filter(work=merge.dropped, known_to__isnull=True).order_by("pk")
    lines = ShareLine.objects.filter(work=merge.dropped, known_to__isnull=True).order_by("pk")
    rows: list[Contribution | ShareLine] = [*people, *lines]
    people.update(known_to=at)
    lines.update(known_to=at)
    for row in rows:
        name = names[row.claim]
        opened = None if name is None else opened_like(row, merge.kept_id, at, name).pk
        word = "share" if isinstance(row, ShareLine) else "contribution"
        yield MergedRow(merge=merge, table=word, closed_id=row.pk, opened_id=opened)


def _statements(work: Work) -> dict[str, set[ShareStatement]]:
    """Return what each submitter states of a work: share lines, and who wrote and published it."""
    found: dict[str, set[ShareStatement]] = {}
    lines = ShareLine.objects.filter(work=work, known_to__isnull=True)
    columns = ("party_id", "role", "right", "territories", "share_ppm", "valid_from", "valid_to")
    stated = list(lines.values_list("claim", *columns))
    people = Contribution.objects.filter(work=work, known_to__isnull=True)
    named = list(people.values_list("claim", "party_id", "name", "role"))
    leads = current_party_ids([*(line[1] for line in stated), *(row[1] for row in named if row[1] is not None)])
    for claim, party_id, *line in stated:
        found.setdefault(claim, set()).add(("share", leads[party_id], *line))
    for claim, writer_id, name, role in named:
        found.setdefault(claim, set()).add(("contribution", name if writer_id is None else leads[writer_id], role))
    return found


def _fill_blanks(kept: Work, dropped: Work, *, generated_shares: bool) -> dict[str, object]:
    """Fill the blanks of the kept work, and return what was filled."""
    filled: dict[str, object] = {
        field: getattr(dropped, field) for field in FILLED if getattr(dropped, field) and not getattr(kept, field)
    }
    if dropped.original_id and dropped.original_id != kept.pk and not kept.original_id:
        filled["original_id"] = dropped.original_id
    if generated_shares and not kept.generated_shares:
        filled["generated_shares"] = True
    for field, value in filled.items():
        setattr(kept, field, value)
    if filled:
        kept.save(update_fields=[field.removesuffix("_id") for field in filled])
    return filled


def _lead_versions(kept: Work, dropped: Work) -> list[int]:
    """Let works that name the dropped record as their original name the kept work, and return their ids."""
    found = list(Work.objects.filter(original=dropped).order_by("pk").values_list("pk", flat=True))
    Work.objects.filter(pk__in=found).exclude(pk=kept.pk).update(original=kept)
    Work.objects.filter(pk__in=found, pk=kept.pk).update(original=None)
    return found
