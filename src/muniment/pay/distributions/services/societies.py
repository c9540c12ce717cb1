"""Agreements with sister societies: recorded by one person, checked by another, ended by a row, never edited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories
from muniment.pay.distributions.models import RepresentationAgreement
from muniment.pay.distributions.rules.societies import Direction, TaxTreatment
from muniment.rights.parties.queries import get_party
from muniment.rights.parties.rules.values import PartyKind
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import record_event


class BadAgreement(UserError):
    """An agreement cannot be recorded as it is."""


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """An agreement to be recorded: rates in parts per million, `right` and `use_kind` empty for every one."""

    society_id: int
    direction: Direction
    right: str = ""
    territories: str = "2136"
    use_kind: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    fee_ppm: int = 0
    cultural_ppm: int = 0
    tax_ppm: int = 0
    tax: TaxTreatment = TaxTreatment.GROSS
    document: str = ""


@transaction.atomic
def record_agreement(*, actor: Actor, at: datetime, draft: AgreementDraft, approved_by: str) -> int:
    """Record an agreement that a second person has checked against its document; return its id.

    Raises:
        NotAllowed, SamePerson, UnknownParty, UnknownTerritory, InvalidPeriod: see there.
        BadAgreement: the party is no society, a rate is above the whole, or the document is not named.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    require_second_person(approved_by, actor)
    society = get_party(draft.society_id)
    if society.kind is not PartyKind.SOCIETY:
        raise BadAgreement(f"{society.name} is no society.", "Choose a society of the register.")
    rates = (draft.fee_ppm, draft.cultural_ppm, draft.tax_ppm)
    if not all(0 <= rate <= PPM for rate in rates):
        raise BadAgreement("A rate is below zero or above the whole.", "Give rates from 0 to 100 %.")
    if (draft.cultural_ppm or draft.fee_ppm) and not draft.document.strip():
        raise BadAgreement("A deduction needs the consent that allows it.", "Name the agreement's document and date.")
    Period(draft.valid_from, draft.valid_to)
    row = RepresentationAgreement.objects.create(
        society_id=draft.society_id,
        direction=draft.direction.value,
        right=Right(draft.right).value if draft.right else "",
        territories=Territories.parse(draft.territories).text,
        use_kind=draft.use_kind.strip(),
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        known_from=at,
        fee_ppm=draft.fee_ppm,
        cultural_ppm=draft.cultural_ppm,
        tax_ppm=draft.tax_ppm,
        tax=draft.tax.value,
        document=draft.document.strip()[:200],
        recorded_by=actor.name,
        approved_by=approved_by,
    )
    _record(actor, at, row, "recorded")
    return row.pk


@transaction.atomic
def end_agreement(*, actor: Actor, at: datetime, agreement_id: int, valid_to: date) -> int:
    """Let an agreement end on a day, the first without it; the row of before stays. Return the id of the new row.

    Raises:
        NotAllowed, InvalidPeriod: see there.
        BadAgreement: there is no such agreement in force.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    row = RepresentationAgreement.objects.select_for_update().filter(pk=agreement_id, known_to__isnull=True).first()
    if row is None:
        raise BadAgreement("There is no such agreement in force.", "Look at the list of agreements.")
    Period(row.valid_from, valid_to)
    row.known_to = at
    row.save(update_fields=["known_to"])
    row.pk, row.valid_to, row.known_from, row.known_to = None, valid_to, at, None
    row._state.adding = True
    row.save(force_insert=True)
    _record(actor, at, row, "ended")
    return row.pk


def _record(actor: Actor, at: datetime, row: RepresentationAgreement, verb: str) -> None:
    after: Mapping[str, object] = {
        "society": row.society_id,
        "direction": row.direction,
        "fee_ppm": row.fee_ppm,
        "cultural_ppm": row.cultural_ppm,
        "document": row.document,
        "approved_by": row.approved_by,
    }
    record_event(actor=actor, at=at, tag=f"agreement.{verb}", subject_kind="agreement", subject_id=row.pk, after=after)
