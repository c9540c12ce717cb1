"""The name and the numbers by which other societies know a party, in bulk."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import batched

from muniment.rights.parties.models import Affiliation, Party

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class PartyNumbers:
    """What tells a party apart outside: `society_code` is that of the society it belongs to, or its own."""

    name: str
    ipi_name: str | None
    ipi_base: str | None
    isni: str | None
    society_code: str


def party_numbers(ids: Iterable[int]) -> dict[int, PartyNumbers]:
    """Return the name and numbers of each party; an unknown id is left out."""
    found: dict[int, PartyNumbers] = {}
    for chunk in batched(dict.fromkeys(ids), _CHUNK):
        links = Affiliation.objects.filter(party_id__in=chunk, known_to__isnull=True, valid_to__isnull=True)
        societies = dict(links.order_by("-pk").values_list("party_id", "society__society_code"))
        rows = Party.objects.filter(pk__in=chunk).values_list(
            "pk", "name", "ipi_name", "ipi_base", "isni", "society_code"
        )
        for pk, name, ipi_name, ipi_base, isni, code in rows:
            found[pk] = PartyNumbers(name, ipi_name, ipi_base, isni, societies.get(pk) or code or "")
    return found
