"""Registering parties, one by one or in bulk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.models import Party, PartyName
from muniment.rights.parties.queries import ids_by_code, ids_by_identifier, ids_by_ipi_name, names_of
from muniment.rights.parties.rules.drafts import clean_membership, clean_party, clean_society_code
from muniment.rights.parties.rules.values import (
    BankDraft,
    MandateDraft,
    MembershipDraft,
    NameDraft,
    PartyDraft,
    PartyKind,
)
from muniment.rights.parties.services.rows import write_parties
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import next_ids, refresh_statistics

MANY_PARTIES = 1_000
"""From here on the planner of the database is told of the new size."""


class DuplicateParty(UserError):
    """A code or an identifier belongs to another party already."""


@transaction.atomic
def register_party(
    *,
    actor: Actor,
    at: datetime,
    kind: PartyKind | str,
    name: str,
    code: str | None = None,
    ipi_name: str | None = None,
    ipi_base: str | None = None,
    isni: str | None = None,
    society_code: str | None = None,
    country: str = "",
    language: str = "",
    society_id: int | None = None,
    names: Sequence[NameDraft] = (),
    membership: MembershipDraft | None = None,
    mandates: Sequence[MandateDraft] = (),
    bank: BankDraft | None = None,
    intake_id: int | None = None,
) -> int:
    """Register one party and return its id; the arguments are those of `PartyDraft`.

    Raises:
        NotAllowed: the actor may not write parties, or not propose a bank account.
        InvalidParty, InvalidIdentifier, InvalidPeriod, UnknownTerritory: something is written wrongly.
        DuplicateParty: the code or an identifier is taken.
    """
    draft = PartyDraft(
        kind=PartyKind(kind),
        name=name,
        code=code or "",
        ipi_name=ipi_name or None,
        ipi_base=ipi_base or None,
        isni=isni or None,
        society_code=society_code or None,
        country=country,
        language=language,
        society_id=society_id,
        names=tuple(names),
        membership=membership,
        mandates=tuple(mandates),
        bank=bank,
    )
    [(party_id, clean)] = _write(actor=actor, at=at, drafts=[draft], intake_id=intake_id)
    record_event(
        actor=actor,
        at=at,
        tag="party.registered",
        subject_kind="party",
        subject_id=party_id,
        after=_event_of(clean, intake_id),
    )
    return party_id


@transaction.atomic
def register_parties(*, actor: Actor, at: datetime, drafts: Sequence[PartyDraft], intake_id: int | None) -> list[int]:
    """Register many parties at once and return their ids in the order of the drafts: all, or none.

    The caller has already looked for parties that exist (`queries.ids_by_ipi_name` and its neighbours).

    Raises:
        NotAllowed, InvalidParty, InvalidIdentifier, InvalidPeriod, UnknownTerritory, DuplicateParty: see
            `register_party`.
    """
    written = _write(actor=actor, at=at, drafts=drafts, intake_id=intake_id)
    if written:
        record_event(
            actor=actor,
            at=at,
            tag="party.registered_many",
            subject_kind="intake" if intake_id else "party",
            subject_id=intake_id or 0,
            after={"count": len(written), "first_id": written[0][0], "last_id": written[-1][0]},
        )
    return [party_id for party_id, _ in written]


@transaction.atomic
def ensure_society(*, actor: Actor, at: datetime, code: str, name: str, intake_id: int | None = None) -> int:
    """Return the party id of the society with this CISAC code, registering it under `name` where it is new.

    Raises:
        NotAllowed: the actor may not write parties.
        InvalidParty: the code is not three digits, or there is no name.
    """
    require(actor, Action.PARTY_WRITE)
    number = clean_society_code(code)
    found = ids_by_identifier("society_code", [number])
    if number in found:
        return found[number]
    return register_party(
        actor=actor, at=at, kind=PartyKind.SOCIETY, name=name, society_code=number, intake_id=intake_id
    )


def _write(
    *, actor: Actor, at: datetime, drafts: Sequence[PartyDraft], intake_id: int | None
) -> list[tuple[int, PartyDraft]]:
    require(actor, Action.PARTY_WRITE)
    if any(draft.bank for draft in drafts):
        require(actor, Action.BANK_PROPOSE)
    clean = [clean_party(draft) for draft in drafts]
    refuse_taken(clean)
    return write_clean(by=actor.name, at=at, drafts=clean, intake_id=intake_id)


def write_clean(
    *, by: str, at: datetime, drafts: Sequence[PartyDraft], intake_id: int | None
) -> list[tuple[int, PartyDraft]]:
    """Write drafts that `clean_party` gave or would give back unchanged, for a caller that checked everything else.

    Raises:
        DuplicateParty: an identifier is taken; the transaction cannot go on.
    """
    numbered = [(pk, _coded(pk, draft)) for pk, draft in zip(next_ids(Party, len(drafts)), drafts, strict=True)]
    try:
        with transaction.atomic():
            write_parties(numbered, at=at, by=by, intake_id=intake_id)
    except IntegrityError as error:
        raise DuplicateParty(
            "Somebody registered one of these parties in the meantime.", "Search for it, then try again."
        ) from error
    if len(numbered) >= MANY_PARTIES:
        refresh_statistics(Party, PartyName)
    return numbered


def _coded(pk: int, draft: PartyDraft) -> PartyDraft:
    """Give the code that a draft without one gets, and the member number that follows from it."""
    if draft.code:
        return draft
    code = f"P-{pk:06d}"
    membership = clean_membership(draft.membership, code) if draft.membership else None
    return replace(draft, code=code, membership=membership)


def refuse_taken(drafts: Sequence[PartyDraft]) -> None:
    """Let drafts pass whose codes and identifiers nobody else has.

    Raises:
        DuplicateParty: two drafts share one, or the register has it; the message names the number and the party.
    """
    codes = [draft.code for draft in drafts if draft.code]
    codes += [draft.membership.member_number for draft in drafts if draft.membership]
    codes = [code for code in dict.fromkeys(codes) if code]
    ipi_names = [draft.ipi_name for draft in drafts] + [name.ipi_name for draft in drafts for name in draft.names]
    _refuse_repeated(Phrase("code"), [draft.code for draft in drafts])
    _refuse_repeated(Phrase("IPI name number"), ipi_names)
    taken = [(Phrase("code or member number"), ids_by_code(codes))]
    taken.append((Phrase("IPI name number"), ids_by_ipi_name(number for number in ipi_names if number)))
    labels = {"ipi_base": Phrase("IPI base number"), "isni": Phrase("ISNI"), "society_code": Phrase("society code")}
    for field, label in labels.items():
        values = [getattr(draft, field) for draft in drafts]
        _refuse_repeated(label, values)
        taken.append((label, ids_by_identifier(field, (value for value in values if value))))
    for label, found in taken:
        for number, party_id in found.items():
            raise DuplicateParty(
                "The {label} {number} belongs to {owner} already.",
                "Open that party, or correct the number.",
                label=label,
                number=number,
                owner=names_of([party_id])[party_id],
            )


def _refuse_repeated(label: Phrase, values: Sequence[str | None]) -> None:
    seen: set[str] = set()
    for value in values:
        if value and value in seen:
            raise DuplicateParty(
                "The {label} {value} is given to two parties at once.",
                "Keep it with one of them.",
                label=label,
                value=value,
            )
        if value:
            seen.add(value)


def _event_of(draft: PartyDraft, intake_id: int | None) -> dict[str, object]:
    """Return what the audit trail keeps of a new party; an account is shown by its last four characters."""
    return {
        "kind": draft.kind.value,
        "code": draft.code,
        "name": draft.name,
        "ipi_name": draft.ipi_name,
        "ipi_base": draft.ipi_base,
        "isni": draft.isni,
        "society_code": draft.society_code,
        "country": draft.country,
        "society_id": draft.society_id,
        "names": [name.name for name in draft.names],
        "mandates": [f"{m.right} {m.territories} {m.work_class}".strip() for m in draft.mandates],
        "bank": f"…{draft.bank.iban[-4:]}" if draft.bank else None,
        "intake_id": intake_id,
    }
