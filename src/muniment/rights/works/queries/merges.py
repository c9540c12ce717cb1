"""Which record of a work stands today for one that was merged into another, and which records stand behind one."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched

from django.db.models import Q, QuerySet

from muniment.kernel.words.leads import ends_of_leads
from muniment.kernel.words.paging import Page
from muniment.rights.works.models import Work, WorkMerge
from muniment.rights.works.rules.merges import MergeRow

_CHUNK = 5_000
_IN_FORCE = Q(undone_at__isnull=True)


def current_work_ids(ids: Iterable[int], known_at: datetime | None = None) -> dict[int, int]:
    """Return for each work the one that stands for it: itself, or the work that it was merged into, however often.

    Args:
        ids: any works; an unknown one stands for itself.
        known_at: the instant whose knowledge counts, else the present; a merge made after it leads nowhere.
    """

    def straight(chunk: tuple[int, ...]) -> dict[int, int]:
        return dict(_in_force(known_at).filter(dropped_id__in=chunk).values_list("dropped_id", "kept_id"))

    return ends_of_leads(ids, straight)


def merged_into(ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return for each work the records that stand behind it now, by id; a work without any is left out."""
    wanted = list(dict.fromkeys(ids))
    straight: dict[int, list[int]] = {}
    frontier = set(wanted)
    while frontier:
        met: set[int] = set()
        for chunk in batched(sorted(frontier), _CHUNK):
            for dropped, kept in _in_force(None).filter(kept_id__in=chunk).values_list("dropped_id", "kept_id"):
                straight.setdefault(kept, []).append(dropped)
                met.add(dropped)
        frontier = met - set(straight) - set(wanted)
    return {work_id: tuple(sorted(_behind(work_id, straight))) for work_id in wanted if work_id in straight}


def _behind(work_id: int, straight: Mapping[int, list[int]]) -> Iterator[int]:
    for record in straight.get(work_id, ()):
        yield record
        yield from _behind(record, straight)


def merged_numbers() -> Iterator[tuple[int, str, str | None, str]]:
    """Yield the numbers by which merged records are still known: (the work now, code, ISWC, title)."""
    records = list(_in_force(None).order_by("pk").values_list("dropped_id", flat=True))
    current = current_work_ids(records)
    for chunk in batched(records, _CHUNK):
        rows = Work.objects.filter(pk__in=chunk).order_by("pk").values_list("pk", "code", "iswc", "title")
        for pk, code, iswc, title in rows:
            yield current[pk], code, iswc, title


def merged_with(column: str, values: Iterable[str]) -> dict[str, int]:
    """Return the work that stands for the merged record with each `code` or `iswc`, whichever `column` names."""
    assert column in ("code", "iswc"), column
    found: dict[str, int] = {}
    for chunk in batched(dict.fromkeys(values), _CHUNK):
        merges = _in_force(None).filter(**{f"dropped__{column}__in": chunk}).order_by("-pk")
        found.update(merges.values_list(f"dropped__{column}", "dropped_id"))
    current = current_work_ids(found.values())
    return {value: current[work_id] for value, work_id in found.items()}


def get_merge(merge_id: int) -> MergeRow | None:
    """Return one merge, in force or undone; None where there is none of this number."""
    return next(_rows(WorkMerge.objects.filter(pk=merge_id)), None)


def merge_of(work_id: int) -> MergeRow | None:
    """Return the merge that leads away from a record now; None where the record stands for itself."""
    return next(_rows(WorkMerge.objects.filter(_IN_FORCE, dropped_id=work_id)), None)


def merges_into(work_id: int) -> tuple[MergeRow, ...]:
    """Return the merges in force that lead straight to a work, the latest first."""
    return tuple(_rows(WorkMerge.objects.filter(_IN_FORCE, kept_id=work_id).order_by("-pk")))


def list_merges(limit: int = 50, offset: int = 0) -> Page[MergeRow]:
    """Return the merges in force, the latest first."""
    found = WorkMerge.objects.filter(_IN_FORCE).order_by("-pk")
    return Page(tuple(_rows(found[offset : offset + limit])), found.count())


def _in_force(known_at: datetime | None) -> QuerySet[WorkMerge]:
    if known_at is None:
        return WorkMerge.objects.filter(_IN_FORCE)
    return WorkMerge.objects.filter(_IN_FORCE | Q(undone_at__gt=known_at), merged_at__lte=known_at)


def _rows(merges: QuerySet[WorkMerge]) -> Iterator[MergeRow]:
    for row in merges.select_related("kept", "dropped"):
        yield MergeRow(
            row.pk,
            row.kept_id,
            row.kept.code,
            row.kept.title,
            row.dropped_id,
            row.dropped.code,
            row.dropped.title,
            row.merged_at,
            row.merged_by,
            row.undone_at,
            row.undone_by,
        )
