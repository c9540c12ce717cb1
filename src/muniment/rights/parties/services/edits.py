"""Correcting what is kept of a party itself: its name, code, kind, identifiers and country."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.identifiers import parse_ipi_base, parse_ipi_name, parse_isni
from muniment.kernel.words.names import fold, script_of
from muniment.kernel.words.phrases import Phrase
from muniment.rights.parties.models import Party, PartyName
from muniment.rights.parties.queries import ids_by_code, ids_by_identifier, ids_by_ipi_name, names_of
from muniment.rights.parties.rules.drafts import clean_code, clean_country, clean_name, clean_society_code
from muniment.rights.parties.rules.values import NameDraft, NameKind, PartyKind
from muniment.rights.parties.services.facts import locked_party
from muniment.rights.parties.services.register import DuplicateParty
from muniment.rights.parties.services.rows import sort_name, write_names
from muniment.rights.parties.services.search_keys import rebuild_keys
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event


@dataclass(frozen=True, slots=True)
class PartyEdit:
    """What a party shall be from now on; every field is given, None or empty where there is none."""

    kind: PartyKind
    code: str
    name: str
    ipi_name: str | None = None
    ipi_base: str | None = None
    isni: str | None = None
    society_code: str | None = None
    country: str = ""


def _clean(edit: PartyEdit) -> PartyEdit:
    return PartyEdit(
        kind=PartyKind(edit.kind),
        code=clean_code(edit.code),
        name=clean_name(edit.name),
        ipi_name=parse_ipi_name(edit.ipi_name) if edit.ipi_name else None,
        ipi_base=parse_ipi_base(edit.ipi_base) if edit.ipi_base else None,
        isni=parse_isni(edit.isni) if edit.isni else None,
        society_code=clean_society_code(edit.society_code) if edit.society_code else None,
        country=clean_country(edit.country),
    )


@transaction.atomic
def edit_party(*, actor: Actor, at: datetime, party_id: int, edit: PartyEdit) -> None:
    """Correct a party; its former main name stays as an alias, so that it is still found by it.

    Raises:
        NotAllowed, UnknownParty, InvalidParty, InvalidIdentifier, UnknownTerritory: nothing is written.
        DuplicateParty: a code or identifier belongs to another party.
    """
    require(actor, Action.PARTY_WRITE)
    party = locked_party(party_id)
    clean = _clean(edit)
    before = {field: getattr(party, field) for field in asdict(clean)}
    after = {**asdict(clean), "kind": clean.kind.value}
    changed = {field for field in after if after[field] != before[field]}
    if not changed:
        return
    _refuse_taken(party_id, clean)
    _refuse_kept_back(party_id, clean)
    for field in changed:
        setattr(party, field, after[field])
    party.sort_name = sort_name(clean.name)
    party.save()
    _edit_main_name(party, former_name=str(before["name"]))
    rebuild_keys([party_id])
    record_event(
        actor=actor,
        at=at,
        tag="party.edited",
        subject_kind="party",
        subject_id=party_id,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )


def _refuse_taken(party_id: int, edit: PartyEdit) -> None:
    found = {
        Phrase("code"): ids_by_code([edit.code]),
        Phrase("IPI name number"): ids_by_ipi_name([edit.ipi_name] if edit.ipi_name else []),
        Phrase("IPI base number"): ids_by_identifier("ipi_base", [edit.ipi_base] if edit.ipi_base else []),
        Phrase("ISNI"): ids_by_identifier("isni", [edit.isni] if edit.isni else []),
        Phrase("society code"): ids_by_identifier("society_code", [edit.society_code] if edit.society_code else []),
    }
    for label, owners in found.items():
        for number, owner in owners.items():
            if owner != party_id:
                raise DuplicateParty(
                    "The {label} {number} belongs to {owner} already.",
                    "Open that party, or correct the number.",
                    label=label,
                    number=number,
                    owner=names_of([owner])[owner],
                )


def _refuse_kept_back(party_id: int, edit: PartyEdit) -> None:
    """Refuse numbers that another record bears, be it one that was merged: a number stands in one place only."""
    for field in ("code", "ipi_base", "isni", "society_code"):
        value = getattr(edit, field)
        other = Party.objects.filter(**{field: value}).exclude(pk=party_id).first() if value else None
        if other is not None:
            raise DuplicateParty(
                "{value} belongs to the record {code}, {name}.",
                "Leave it there.",
                value=value,
                code=other.code,
                name=other.name,
            )


def _edit_main_name(party: Party, former_name: str) -> None:
    """Carry name and number over to the row of the main name."""
    PartyName.objects.filter(party=party, kind=NameKind.MAIN).update(
        name=party.name,
        folded=fold(party.name)[:300],
        script=script_of(party.name),
        ipi_name=party.ipi_name,
    )
    kept = PartyName.objects.filter(party=party, name=former_name).exists()
    if former_name != party.name and not kept:
        write_names([(party.pk, NameDraft(former_name))], intake_id=None)
