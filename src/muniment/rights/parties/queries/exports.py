"""The register as a table with the columns of a member file, so that what is exported can be imported elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import batched
from typing import NamedTuple

from django.db.models import Q

from muniment.kernel.words.shares import format_percent
from muniment.rights.parties.models import (
    Affiliation,
    BankAccount,
    Mandate,
    Membership,
    Party,
    PartyMerge,
    PartyName,
    Successor,
)

_HEADERS = {
    "code": "Member number",
    "kind": "Kind",
    "name": "Name",
    "native_name": "Native name",
    "pseudonym": "Pseudonym",
    "ipi_name": "IPI name number",
    "ipi_base": "IPI base number",
    "isni": "ISNI",
    "country": "Country",
    "society": "Society",
    "joined_on": "Joined on",
    "left_on": "Left on",
    "rights": "Rights",
    "territories": "Territories",
    "work_class": "Class of works",
    "mandate_from": "Mandate from",
    "mandate_to": "Mandate to",
    "iban": "IBAN",
    "account_holder": "Account holder",
    "bic": "BIC",
    "successor_of": "Successor of",
    "succession_share": "Share of succession",
    "succession_from": "Succession from",
}
EXPORT_HEADERS: tuple[str, ...] = tuple(_HEADERS.values())
"""The headers of an export; each is one that the import of member files knows."""

_CHUNK = 2_000

type Grouped = dict[int, list[tuple[object, ...]]]


class _Terms(NamedTuple):
    """What the mandates of one line have in common."""

    territories: str
    work_class: str
    valid_from: date | None
    valid_to: date | None


def export_rows(kind: str | None = None) -> Iterator[tuple[object, ...]]:
    """Yield the parties in the order of codes, societies first; a few thousand are in memory at a time.

    A party whose mandates differ in territory, class or period, or that succeeds several others, takes several lines.
    Only what is believed now is exported, with the approved account; a record that was merged is not a party.
    """
    merged = PartyMerge.objects.filter(undone_at__isnull=True).values("dropped_id")
    parties = Party.objects.exclude(pk__in=merged)
    parties = parties.filter(kind=kind) if kind else parties
    for found in (parties.filter(kind="society"), parties.exclude(kind="society")):
        ids = list(found.order_by("code").values_list("pk", flat=True))
        for chunk in batched(ids, _CHUNK):
            yield from _rows_of(chunk)


def _rows_of(ids: Sequence[int]) -> Iterator[tuple[object, ...]]:
    own = Q(party_id__in=ids)
    believed = own & Q(known_to__isnull=True)
    names = _grouped(PartyName.objects.filter(own).exclude(kind="main").values_list("party_id", "kind", "name"))
    members = _grouped(Membership.objects.filter(own).values_list("party_id", "joined_on", "left_on"))
    links = Affiliation.objects.filter(believed, valid_to__isnull=True)
    societies = _grouped(links.values_list("party_id", "society__society_code", "society__name"))
    mandates = _grouped(Mandate.objects.filter(believed).values_list("party_id", "right", *_Terms._fields))
    accounts = BankAccount.objects.filter(own, state="approved")
    banks = _grouped(accounts.values_list("party_id", "iban", "holder", "bic"))
    followed = Successor.objects.filter(successor_id__in=ids, known_to__isnull=True)
    successions = _grouped(followed.values_list("successor_id", "predecessor__code", "share_ppm", "valid_from"))
    parties = Party.objects.in_bulk(ids)
    for party in (parties[pk] for pk in ids):
        society = next(((code or name) for code, name in societies.get(party.pk, ())), party.society_code or "")
        [*_, (joined_on, left_on)] = members.get(party.pk) or [(None, None)]
        iban, holder, bic = next(iter(banks.get(party.pk, ())), ("", "", ""))
        fixed = {
            "code": party.code,
            "kind": party.kind,
            "name": party.name,
            "native_name": "; ".join(str(name) for kind, name in names.get(party.pk, ()) if kind != "pseudonym"),
            "pseudonym": "; ".join(str(name) for kind, name in names.get(party.pk, ()) if kind == "pseudonym"),
            "ipi_name": party.ipi_name,
            "ipi_base": party.ipi_base,
            "isni": party.isni,
            "country": party.country,
            "society": society,
            "joined_on": joined_on,
            "left_on": left_on,
            "iban": iban,
            "account_holder": holder,
            "bic": bic,
        }
        yield from _lines(fixed, mandates.get(party.pk, ()), successions.get(party.pk, ()))


def _lines(
    fixed: dict[str, object], mandates: Iterable[tuple[object, ...]], successions: Iterable[tuple[object, ...]]
) -> Iterator[tuple[object, ...]]:
    """Yield as many lines as the party has different terms of mandates or predecessors, at least one."""
    rights: dict[_Terms, list[str]] = {}
    for right, *terms in mandates:
        rights.setdefault(_Terms(*terms), []).append(str(right))  # type: ignore[arg-type]
    given: list[dict[str, object]] = [
        {
            "rights": " ".join(found),
            "territories": terms.territories,
            "work_class": terms.work_class,
            "mandate_from": terms.valid_from,
            "mandate_to": terms.valid_to,
        }
        for terms, found in rights.items()
    ]
    inherited: list[dict[str, object]] = [
        {"successor_of": code, "succession_share": format_percent(int(str(ppm))), "succession_from": since}
        for code, ppm, since in successions
    ]
    for place in range(max(1, len(given), len(inherited))):
        cells = dict(fixed)
        cells |= given[place] if place < len(given) else {}
        cells |= inherited[place] if place < len(inherited) else {}
        yield tuple(cells.get(target) or "" for target in _HEADERS)


def _grouped(rows: Iterable[tuple[object, ...]]) -> Grouped:
    """Gather rows by their first column, a party id, which is cut off."""
    found: Grouped = {}
    for party_id, *rest in rows:
        found.setdefault(int(str(party_id)), []).append(tuple(rest))
    return found
