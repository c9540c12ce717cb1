"""Keeping the search keys in step with names and numbers."""

from collections.abc import Iterable, Iterator
from itertools import batched

from muniment.rights.parties.models import Membership, Party, PartyKey, PartyMerge, PartyName
from muniment.rights.parties.queries.merges import records_behind
from muniment.rights.parties.rules.search import party_keys
from muniment.trust.batches.bulk import copy_rows

_CHUNK = 2_000


def rebuild_keys(party_ids: Iterable[int]) -> int:
    """Write the search keys of the parties anew, in the caller's transaction, and return how many."""
    count = 0
    for chunk in batched(dict.fromkeys(party_ids), _CHUNK):
        PartyKey.objects.filter(party_id__in=chunk).delete()
        # All keys first: during a COPY the connection can answer no query.
        count += copy_rows(PartyKey, ("party_id", "key"), list(_keys_of(chunk)))
    return count


def _keys_of(party_ids: tuple[int, ...]) -> Iterator[tuple[int, str]]:
    names: dict[int, list[str]] = {pk: [] for pk in party_ids}
    codes: dict[int, list[str | None]] = {pk: [] for pk in party_ids}
    for party_id, name, ipi_name in PartyName.objects.filter(party_id__in=party_ids).values_list(
        "party_id", "name", "ipi_name"
    ):
        names[party_id].append(name)
        codes[party_id].append(ipi_name)
    members = Membership.objects.filter(party_id__in=party_ids)
    for party_id, number in members.values_list("party_id", "member_number"):
        codes[party_id].append(number)
    columns = ("pk", "code", "ipi_base", "isni", "society_code")
    for party_id, *numbers in Party.objects.filter(pk__in=party_ids).values_list(*columns):
        codes[party_id] += numbers
    merged = PartyMerge.objects.filter(undone_at__isnull=True, kept_id__in=party_ids)
    for party_id in merged.order_by("kept_id").values_list("kept_id", flat=True).distinct():
        for numbers in Party.objects.filter(pk__in=records_behind(party_id)).values_list(*columns[1:]):
            codes[party_id] += numbers
    for party_id in party_ids:
        for key in sorted(party_keys(names[party_id], codes[party_id])):
            yield party_id, key
