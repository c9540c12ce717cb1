"""Two records side by side: each fact of both, with what only one of them has marked."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from muniment.kernel.words.shares import format_percent
from muniment.kernel.words.territory import territory_name
from muniment.rights.parties.queries import bank_accounts_approved, get_party
from muniment.rights.parties.rules.rows import PartyRow
from muniment.rights.works.queries import WorkRow, get_work, works_of_party
from muniment.use.duplicates.rules import PairKind


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one record; `is_shared`: the other record has it as well."""

    text: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Facing:
    """One kind of fact with the values of both records; `differs` where they do not have the same."""

    label: str
    first: tuple[Value, ...]
    second: tuple[Value, ...]

    @property
    def differs(self) -> bool:
        """Say whether one of the two has a value that the other has not."""
        return not all(value.is_shared for value in (*self.first, *self.second))


def facing(label: str, first: Iterable[object], second: Iterable[object]) -> Facing:
    """Return the values of both records, empty ones left out, each marked if the other has it as well."""
    one, other = (list(dict.fromkeys(str(value) for value in values if value)) for values in (first, second))
    return Facing(
        label,
        tuple(Value(text, text in other) for text in one),
        tuple(Value(text, text in one) for text in other),
    )


def side_by_side(kind: PairKind, first_id: int, second_id: int) -> list[Facing]:
    """Return what two records say, fact by fact; facts that neither has are left out."""
    if kind is PairKind.WORK:
        rows = _works(get_work(first_id), get_work(second_id))
    else:
        rows = _parties(get_party(first_id), get_party(second_id))
    return [row for row in rows if row.first or row.second]


def _works(one: WorkRow, other: WorkRow) -> list[Facing]:
    def both(label: str, of: Iterable[Iterable[object]]) -> Facing:
        return facing(label, *of)

    works = (one, other)
    return [
        both(_("Title"), ([work.title] for work in works)),
        both(_("Further titles"), ([title.title for title in work.titles] for work in works)),
        both(_("Code"), ([work.code] for work in works)),
        both(_("ISWC"), ([work.iswc] for work in works)),
        both(_("Language"), ([work.language] for work in works)),
        both(_("Duration"), ([work.duration_ms and f"{work.duration_ms / 1000:.0f} s"] for work in works)),
        both(_("Class"), ([work.work_class] for work in works)),
        both(_("Original"), ([work.original and work.original.title] for work in works)),
        both(
            _("Writers and publishers"), ([f"{row.name} ({row.role})" for row in work.contributions] for work in works)
        ),
        both(_("Recordings"), (_recordings(work) for work in works)),
        both(_("Shares"), (_shares(work) for work in works)),
        both(_("Number"), ([f"{number} ({claim})" for claim, number in work.numbers] for work in works)),
    ]


def _recordings(work: WorkRow) -> list[str]:
    return [" · ".join(filter(None, (row.title, row.performer, row.isrc))) for row in work.recordings]


def _shares(work: WorkRow) -> list[str]:
    return [
        f"{line.right.value} {format_percent(line.share_ppm)} % {line.party_name} · {line.claim}"
        for line in work.share_lines
    ]


def _parties(one: PartyRow, other: PartyRow) -> list[Facing]:
    def both(label: str, of: Iterable[Iterable[object]]) -> Facing:
        return facing(label, *of)

    parties = (one, other)
    banks = bank_accounts_approved([party.id for party in parties])
    return [
        both(_("Name"), ([party.name] for party in parties)),
        both(_("Other names"), ([name.name for name in party.names if name.name != party.name] for party in parties)),
        both(_("Kind"), ([party.kind.value] for party in parties)),
        both(_("Code"), ([party.code] for party in parties)),
        both(_("IPI name number"), ([name.ipi_name for name in party.names] for party in parties)),
        both(_("IPI base number"), ([party.ipi_base] for party in parties)),
        both(_("ISNI"), ([party.isni] for party in parties)),
        both(_("Country"), ([party.country] for party in parties)),
        both(_("Member"), ([row.member_number for row in party.memberships] for party in parties)),
        both(_("Mandates"), (_mandates(party) for party in parties)),
        both(_("Societies"), (_societies(party) for party in parties)),
        both(_("Bank accounts"), ([f"…{banks[party.id].iban[-4:]}"] if party.id in banks else [] for party in parties)),
        both(_("Works"), (_titles(party) for party in parties)),
    ]


def _mandates(party: PartyRow) -> list[str]:
    return [
        f"{row.right.name.lower()} · {_places(row.territories)} · {row.valid_from or '…'} – {row.valid_to or '…'}"
        for row in party.mandates
        if row.known_to is None
    ]


def _places(terms: str) -> str:
    """Return TIS terms by their names: "World − Pakistan"."""
    words = [("− " if term.startswith("-") else "") + territory_name(int(term.lstrip("+-"))) for term in terms.split()]
    return " ".join(words)


def _societies(party: PartyRow) -> list[str]:
    return [row.society_name for row in party.affiliations if row.known_to is None]


def _titles(party: PartyRow) -> list[str]:
    return [hit.title for hit in works_of_party(party.id, limit=12).rows]
