"""Which record of a party stands for one that was merged into another, and which records stand behind one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched

from django.db.models import Q, QuerySet

from muniment.kernel.words.leads import ends_of_leads
from muniment.kernel.words.paging import Page
from muniment.kernel.words.period import Known
from muniment.rights.parties.models import PartyMerge
from muniment.rights.parties.rules.merges import Lead, PartyMergeRow

_CHUNK = 5_000
_IN_FORCE = Q(undone_at__isnull=True)


def current_party_ids(ids: Iterable[int], known_at: datetime | None = None) -> dict[int, int]:
    """Return for each party the one that stands for it: itself, or the party that it was merged into, however often.

    Args:
        ids: any parties; an unknown one stands for itself.
        known_at: the instant whose knowledge counts, else the present; a merge made after it leads nowhere.
    """

    def straight(chunk: tuple[int, ...]) -> dict[int, int]:
        return dict(_in_force(known_at).filter(dropped_id__in=chunk).values_list("dropped_id", "kept_id"))

    return ends_of_leads(ids, straight)


def every_current_party() -> dict[int, int]:
    """Return, for every record that is merged now, the party that stands for it."""
    return current_party_ids(_in_force(None).values_list("dropped_id", flat=True))


def records_behind(party_id: int) -> tuple[int, ...]:
    """Return the records that were merged into a party, straight or through others, by id."""
    found: set[int] = set()
    frontier = {party_id}
    while frontier:
        straight = set(_in_force(None).filter(kept_id__in=frontier).values_list("dropped_id", flat=True))
        frontier = straight - found
        found |= straight
    return tuple(sorted(found))


def party_leads(ids: Iterable[int]) -> dict[int, tuple[Lead, ...]]:
    """Return where each of the records, and each that one of them led to, ever led, in the order of time."""
    leads: dict[int, tuple[Lead, ...]] = {}
    frontier = set(ids)
    while frontier:
        found: dict[int, list[Lead]] = {}
        for chunk in batched(sorted(frontier), _CHUNK):
            merges = PartyMerge.objects.filter(dropped_id__in=chunk).order_by("merged_at", "pk")
            for dropped, kept, start, end in merges.values_list("dropped_id", "kept_id", "merged_at", "undone_at"):
                found.setdefault(dropped, []).append(Lead(kept, Known(start, end)))
        leads |= {dropped: tuple(of_one) for dropped, of_one in found.items()}
        frontier = {lead.kept_id for of_one in found.values() for lead in of_one} - set(leads)
    return leads


def get_party_merge(merge_id: int) -> PartyMergeRow | None:
    """Return one merge, in force or undone; None where there is none of this number."""
    return next(_rows(PartyMerge.objects.filter(pk=merge_id)), None)


def party_merge_of(party_id: int) -> PartyMergeRow | None:
    """Return the merge that leads away from a record now; None where the record stands for itself."""
    return next(_rows(PartyMerge.objects.filter(_IN_FORCE, dropped_id=party_id)), None)


def party_merges_into(party_id: int) -> tuple[PartyMergeRow, ...]:
    """Return the merges in force that lead straight to a party, the latest first."""
    return tuple(_rows(PartyMerge.objects.filter(_IN_FORCE, kept_id=party_id).order_by("-pk")))


def list_party_merges(limit: int = 50, offset: int = 0) -> Page[PartyMergeRow]:
    """Return the merges in force, the latest first."""
    found = PartyMerge.objects.filter(_IN_FORCE).order_by("-pk")
    return Page(tuple(_rows(found[offset : offset + limit])), found.count())


def _in_force(known_at: datetime | None) -> QuerySet[PartyMerge]:
    if known_at is None:
        return PartyMerge.objects.filter(_IN_FORCE)
    return PartyMerge.objects.filter(_IN_FORCE | Q(undone_at__gt=known_at), merged_at__lte=known_at)


def _rows(merges: QuerySet[PartyMerge]) -> Iterator[PartyMergeRow]:
    for row in merges.select_related("kept", "dropped"):
        yield PartyMergeRow(
            row.pk,
            row.kept_id,
            row.kept.code,
            row.kept.name,
            row.dropped_id,
            row.dropped.code,
            row.dropped.name,
            row.merged_at,
            row.merged_by,
            row.undone_at,
            row.undone_by,
        )
