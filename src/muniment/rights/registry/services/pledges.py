"""Changing a pledge that stands: amended, assigned to another creditor, or stepping behind another pledge.

What could harm creditors behind it, who relied on the register, waits for their written consent; a change of rank or of
the secured amount does nothing to them without it (Civil Code of the PRC, Art. 409, from memory).
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from muniment.rights.registry.models import Recordal, RecordalParticulars, Registration
from muniment.rights.registry.queries.registrations import RecordalRow, recordal_row
from muniment.rights.registry.rules.estate import (
    Counterpart,
    RecordalAct,
    RecordalKind,
    RecordalState,
    counterpart_text,
)
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.recording import (
    BadRecordal,
    Locked,
    check_amount,
    check_days,
    check_description,
    check_party,
    keep_version,
    locked_recordal,
    named_document,
    tell,
)
from muniment.rights.registry.services.status import put_status
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.evidence.rules.leaves import SALT_BYTES, commitment


@dataclass(frozen=True, slots=True)
class Amended:
    """What a pledge says from now on: the most that it secures, until when, and what for."""

    amount_micro: int
    currency: str
    until_on: date | None
    description: str


@transaction.atomic
def amend_pledge(
    *, actor: Actor, at: datetime, number: str, to: Amended, document: str, leaves: Leaves, consent: str = ""
) -> RecordalRow:
    """Change what a pledge secures, until when or what for, as `document` agrees; its rank stays.

    `consent` names the document in which every creditor behind it agrees that it secures more.

    Raises:
        NotAllowed: the actor may not record.
        NoRecordal: there is no such pledge, or it is discharged.
        BadRecordal, UnknownCurrency: nothing changes, or it cannot be so, or no document is named.
        Locked: it would secure more than before, or in another currency, and others stand behind it.
    """
    require(actor, Action.REGISTRY_RECORD)
    pledge, row = _locked_pledge(number, at)
    document = named_document(document)
    description = to.description.strip()
    wanted = (to.amount_micro, to.currency, to.until_on, description)
    if wanted == (pledge.amount_micro, pledge.currency, pledge.until_on, pledge.description):
        raise BadRecordal("Nothing changes.", "Say what is different: the amount, the last day, the description.")
    check_description(description)
    check_amount(to.amount_micro, to.currency)
    if to.until_on != pledge.until_on:
        check_days(pledge.from_on, to.until_on, day_of(at))
    if consent.strip():
        consent = named_document(consent)
    elif to.currency != pledge.currency or to.amount_micro > (pledge.amount_micro or 0):
        _refuse_harm(row, pledge)
    pledge.amount_micro, pledge.currency, pledge.until_on, pledge.description = wanted
    pledge.consent = consent.strip()
    _write([(pledge, RecordalAct.AMENDED)], row, actor, at, document, leaves)
    return recordal_row(pledge)


@transaction.atomic
def assign_pledge(
    *, actor: Actor, at: datetime, number: str, creditor: Counterpart, document: str, leaves: Leaves
) -> RecordalRow:
    """Put another creditor in the place of a pledge's creditor, who assigned it by `document`; rank and terms stay.

    Raises:
        NotAllowed: the actor may not record.
        NoRecordal: there is no such pledge, or it is discharged.
        BadRecordal: the new creditor holds the registration or has no name, or no document is named.
    """
    require(actor, Action.REGISTRY_RECORD)
    pledge, row = _locked_pledge(number, at)
    document = named_document(document)
    check_party(row, creditor)
    body, salt = counterpart_text(creditor), leaves.entropy(SALT_BYTES)
    pledge.counterpart, pledge.commitment = creditor.name.strip(), commitment(salt, body.encode()).hex()
    RecordalParticulars.objects.create(recordal=pledge, place=pledge.version_count, body=body, salt=salt.hex())
    _write([(pledge, RecordalAct.ASSIGNED)], row, actor, at, document, leaves)
    return recordal_row(pledge)


@transaction.atomic
def subordinate_pledge(
    *, actor: Actor, at: datetime, number: str, behind: str, document: str, leaves: Leaves
) -> RecordalRow:
    """Have a pledge step behind another on the same registration, as its creditor agrees in `document`.

    It takes the rank of that one; that one and those between advance by one. Nobody but who agrees is worse off, so
    nobody else is asked; two that exchange their ranks over a third do it in two steps.

    Raises:
        NotAllowed: the actor may not record.
        NoRecordal: there is no such pledge, or one of them is discharged.
        BadRecordal: they are not on one registration, it is behind already, or no document is named.
    """
    require(actor, Action.REGISTRY_RECORD)
    pledge, row = _locked_pledge(number, at)
    document = named_document(document)
    standing = list(_standing(row).select_for_update())
    other = next((one for one in standing if one.number == behind.strip().upper()), None)
    if other is None or other.rank <= pledge.rank:
        raise BadRecordal(
            "{number} does not stand before a pledge {behind!r} on {registration}.",
            "Name a pledge on the same registration, of a later rank.",
            number=pledge.number,
            behind=behind[:40],
            registration=row.certificate_number,
        )
    between = [one for one in standing if pledge.rank < one.rank <= other.rank]
    ranks = [pledge.rank, *(one.rank for one in between)]
    _free(ranks, row)
    for one, rank in zip((*between, pledge), ranks, strict=True):
        one.rank = rank
    acts = [(pledge, RecordalAct.SUBORDINATED), *((one, RecordalAct.ADVANCED) for one in between)]
    _write(acts, row, actor, at, document, leaves)
    return recordal_row(pledge)


def _locked_pledge(number: str, at: datetime) -> tuple[Recordal, Registration]:
    pledge, row = locked_recordal(number, at)
    if pledge.kind != RecordalKind.PLEDGE:
        raise BadRecordal("{number} is a licence.", "End it, and record another.", number=pledge.number)
    pledge.registration = row
    return pledge, row


def _standing(row: Registration) -> QuerySet[Recordal]:
    """Return the pledges that stand on a registration, by rank."""
    pledges = Recordal.objects.filter(registration=row, kind=RecordalKind.PLEDGE, state=RecordalState.ACTIVE)
    return pledges.order_by("rank")


def _refuse_harm(row: Registration, pledge: Recordal) -> None:
    behind = _standing(row).filter(rank__gt=pledge.rank).first()
    if behind is not None:
        raise Locked(
            "{behind} of {creditor} stands behind {number}, which would secure more.",
            "Ask the creditors behind it for a written consent, and name it.",
            behind=behind.number,
            creditor=behind.counterpart,
            number=pledge.number,
        )


def _free(ranks: list[int], row: Registration) -> None:
    """Move the pledges of some ranks out of the way, so that no two have one rank while they are exchanged."""
    pledges = Recordal.objects.filter(registration=row, kind=RecordalKind.PLEDGE)
    away = pledges.count()
    for rank in ranks:
        pledges.filter(rank=rank).update(rank=rank + away)


def _write(
    acts: list[tuple[Recordal, RecordalAct]],
    row: Registration,
    actor: Actor,
    at: datetime,
    document: str,
    leaves: Leaves,
) -> None:
    """Write what changed: of each pledge its next version, then the map, then leaf and audit event of each."""
    row.save(update_fields=["changed_at"])
    for pledge, act in acts:
        keep_version(pledge, act, actor, at, document)
    put_status(at=at, row=row)
    for pledge, act in acts:
        pledge.registration = row
        tell(pledge, row, actor, at, act, leaves, document=document)
