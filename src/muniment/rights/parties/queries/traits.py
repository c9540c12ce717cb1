"""What tells parties apart, for the search for records that are one party."""

from collections.abc import Iterable, Iterator
from itertools import batched

from muniment.rights.parties.models import Affiliation, Party, PartyMerge, PartyName
from muniment.rights.parties.rules.likeness import PartyTraits
from muniment.rights.parties.rules.values import NameKind, PartyKind

_CHUNK = 5_000


def party_traits(ids: Iterable[int] | None = None) -> Iterator[PartyTraits]:
    """Yield the traits of the parties, by id (None: of every party); records that were merged are left out."""
    merged = set(PartyMerge.objects.filter(undone_at__isnull=True).values_list("dropped_id", flat=True))
    wanted = list(Party.objects.order_by("pk").values_list("pk", flat=True)) if ids is None else sorted(set(ids))
    for chunk in batched([pk for pk in wanted if pk not in merged], _CHUNK):
        yield from _traits(chunk)


def _traits(ids: tuple[int, ...]) -> Iterator[PartyTraits]:
    names: dict[int, list[str]] = {}
    numbers: dict[int, set[str]] = {}
    rows = PartyName.objects.filter(party_id__in=ids).order_by("pk").values_list("party_id", "name", "kind", "ipi_name")
    for party_id, name, kind, ipi_name in rows:
        of_party = names.setdefault(party_id, [])
        of_party.insert(0 if kind == NameKind.MAIN else len(of_party), name)
        if ipi_name:
            numbers.setdefault(party_id, set()).add(ipi_name)
    societies: dict[int, set[int]] = {}
    links = Affiliation.objects.filter(party_id__in=ids, known_to__isnull=True)
    for party_id, society_id in links.values_list("party_id", "society_id"):
        societies.setdefault(party_id, set()).add(society_id)
    parties = Party.objects.filter(pk__in=ids).order_by("pk")
    for pk, kind, name, ipi_base, isni, country in parties.values_list(
        "pk", "kind", "name", "ipi_base", "isni", "country"
    ):
        yield PartyTraits(
            pk,
            PartyKind(kind),
            tuple(names.get(pk, (name,))),
            frozenset(numbers.get(pk, ())),
            ipi_base,
            isni,
            country,
            frozenset(societies.get(pk, ())),
        )
