"""Keeping the list of conflicts in step with the share lines."""

from collections.abc import Iterable
from datetime import datetime
from itertools import batched

from django.db import transaction

from muniment.rights.parties.queries import records_behind
from muniment.rights.works.models import Conflict, ShareLine
from muniment.rights.works.queries import share_claims
from muniment.rights.works.rules.conflicts import ConflictKind, find_conflicts
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.bulk import copy_rows

_CHUNK = 2_000
_COLUMNS = (
    "work_id", "right", "kind", "territory", "country_count", "disputed_ppm", "claims", "found_at",
)  # fmt: skip


def refresh_conflicts(work_ids: Iterable[int], *, at: datetime) -> int:
    """Find the conflicts of the works anew, as known at `at`, and return how many works have money in dispute."""
    disputed: set[int] = set()
    for chunk in batched(dict.fromkeys(work_ids), _CHUNK):
        Conflict.objects.filter(work_id__in=chunk).delete()
        rows: list[tuple[object, ...]] = []
        for work_id, lines in share_claims(chunk).items():
            for found in find_conflicts(lines, known_at=at):
                share_ppm = found.resolution.disputed_ppm
                place = (found.territory, found.country_count, share_ppm, "\n".join(found.claims))
                rows.append((work_id, found.right.value, found.kind.value, *place, at))
                if found.kind is ConflictKind.DISPUTE:
                    disputed.add(work_id)
        copy_rows(Conflict, _COLUMNS, rows)
    return len(disputed)


@transaction.atomic
def recheck_conflicts(*, actor: Actor, at: datetime, party_ids: Iterable[int]) -> int:
    """Find anew the conflicts of the works that parties claim shares of, after two of them became one, or two again.

    Returns how many of the works have money in dispute.

    Raises:
        NotAllowed: the actor may not write parties.
    """
    require(actor, Action.PARTY_WRITE)
    records = {record for party_id in party_ids for record in (party_id, *records_behind(party_id))}
    lines = ShareLine.objects.filter(party_id__in=records, known_to__isnull=True).order_by("work_id")
    return refresh_conflicts(list(lines.values_list("work_id", flat=True).distinct()), at=at)
