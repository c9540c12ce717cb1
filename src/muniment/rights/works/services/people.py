"""From names on a work to parties: found where they are known, registered where they are new.

A contributor is known by its party id, then its party code, its IPI name number, its ISNI; without these by name and
society, but only within one intake, because two people of one name are two people. On a work that is already known,
a name that is on it already means the party that is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from muniment.kernel.words.names import fold
from muniment.rights.parties.queries import ids_by_code, ids_by_identifier, ids_by_ipi_name, ids_by_name, party_hits
from muniment.rights.parties.rules.values import NameDraft, PartyDraft, PartyKind
from muniment.rights.parties.services import ensure_society, register_parties
from muniment.rights.works.rules.drafts import ContributorDraft
from muniment.trust.access.rules import Actor

type Key = tuple[str, str, str]
"""What tells two contributors of an intake apart: a kind of identity, its value, the society of a mere name."""


def key_of(contributor: ContributorDraft) -> Key | None:
    """Return the identity of a contributor, None where nothing is known but that somebody wrote."""
    if contributor.party_id is not None:
        return ("id", str(contributor.party_id), "")
    if contributor.party_code:
        return ("code", contributor.party_code, "")
    if contributor.ipi_name:
        return ("ipi", contributor.ipi_name, "")
    if contributor.isni:
        return ("isni", contributor.isni, "")
    name = fold(contributor.name)
    group = "publisher" if contributor.is_publisher else "writer"
    return (group, name, contributor.society_code or fold(contributor.society_name)) if name else None


class PartyBook:
    """The parties that one intake has met, by identity."""

    def __init__(self, *, actor: Actor, at: datetime, intake_id: int | None) -> None:
        self._actor, self._at, self._intake_id = actor, at, intake_id
        self._ids: dict[Key, int] = {}
        self._societies: dict[str, int] = {}
        self.registered_count = 0

    def look_up(self, contributors: Iterable[ContributorDraft]) -> None:
        """Find those among the contributors whom the register knows by a number."""
        fresh = [one for one in contributors if (key := key_of(one)) is not None and key not in self._ids]
        by_code = ids_by_code(one.party_code for one in fresh if one.party_code)
        by_ipi = ids_by_ipi_name(one.ipi_name for one in fresh if one.ipi_name)
        by_isni = ids_by_identifier("isni", [one.isni for one in fresh if one.isni])
        for one in fresh:
            key = key_of(one)
            found = one.party_id or by_code.get(one.party_code) or by_ipi.get(one.ipi_name or "")
            found = found or by_isni.get(one.isni or "")
            if key is not None and found is not None:
                self._ids[key] = found

    def id_of(self, contributor: ContributorDraft) -> int | None:
        """Return the party of a contributor, None where it is not known (yet)."""
        key = key_of(contributor)
        return None if key is None else self._ids.get(key)

    def register_missing(self, contributors: Iterable[ContributorDraft]) -> None:
        """Register everybody who is not known yet."""
        missing: dict[Key, list[ContributorDraft]] = {}
        numbers: dict[str, Key] = {}
        for one in contributors:
            key = key_of(one)
            if key is None or key in self._ids:
                continue
            # One number under two codes is one party: the first code is the one that is kept.
            key = numbers.setdefault(one.ipi_name, key) if one.ipi_name else key
            key = numbers.setdefault(one.isni, key) if one.isni else key
            missing.setdefault(key, []).append(one)
        if not missing:
            return
        self._find_societies([found[0] for found in missing.values()])
        taken = ids_by_identifier(
            "ipi_base", [one.ipi_base for found in missing.values() for one in found if one.ipi_base]
        )
        drafts = [_party_draft(found, self._societies, taken) for found in missing.values()]
        ids = register_parties(actor=self._actor, at=self._at, drafts=drafts, intake_id=self._intake_id)
        self.registered_count += len(ids)
        for found, party_id in zip(missing.values(), ids, strict=True):
            for one in found:
                key = key_of(one)
                if key is not None:
                    self._ids[key] = party_id

    def _find_societies(self, contributors: Sequence[ContributorDraft]) -> None:
        names = {fold(one.society_name): one.society_name for one in contributors if one.society_name}
        names = {folded: name for folded, name in names.items() if folded and folded not in self._societies}
        known = ids_by_name(names)
        hits = party_hits(pk for ids in known.values() for pk in ids)
        for folded, ids in known.items():
            found = next((pk for pk in ids if hits[pk].kind is PartyKind.SOCIETY), None)
            if found is not None:
                self._societies[folded] = found
        new = [folded for folded in names if folded not in self._societies]
        if new:
            drafts = [PartyDraft(PartyKind.SOCIETY, names[folded]) for folded in new]
            fresh = register_parties(actor=self._actor, at=self._at, drafts=drafts, intake_id=self._intake_id)
            self._societies.update(zip(new, fresh, strict=True))
        for code in {one.society_code for one in contributors if one.society_code} - set(self._societies):
            self._societies[code] = ensure_society(
                actor=self._actor, at=self._at, code=code, name=f"Society {code}", intake_id=self._intake_id
            )


def _party_draft(
    contributors: Sequence[ContributorDraft], societies: Mapping[str, int], taken_bases: Mapping[str, int]
) -> PartyDraft:
    """Build the party of the contributors that are one; names they are also written with become aliases."""
    first = contributors[0]
    named = next((one for one in contributors if fold(one.name)), first)
    further = {name: None for one in contributors for name in (one.name, *one.aliases) if fold(name)}
    further.pop(named.name, None)
    bases = [one.ipi_base for one in contributors if one.ipi_base and one.ipi_base not in taken_bases]
    return PartyDraft(
        kind=PartyKind.PUBLISHER if first.is_publisher else PartyKind.WRITER,
        name=named.name if fold(named.name) else (first.ipi_name or first.party_code),
        code=first.party_code,
        ipi_name=next((one.ipi_name for one in contributors if one.ipi_name), None),
        ipi_base=bases[0] if bases else None,
        isni=next((one.isni for one in contributors if one.isni), None),
        society_id=societies.get(first.society_code) or societies.get(fold(first.society_name)),
        names=tuple(NameDraft(name[:300]) for name in further),
    )
