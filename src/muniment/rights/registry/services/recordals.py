"""Licences and pledges on registrations: recorded with a rank that stays, locked by pledges, ended once.

A pledge of rights arises with its registration, and from then on what is pledged is neither licensed nor transferred
without the pledgee's consent (Civil Code of the PRC, Art. 444); of several pledges the one that was registered first
goes first (Art. 414).
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from muniment.kernel.words.phrases import Phrase
from muniment.rights.registry.models import (
    Application,
    Consent,
    Recordal,
    RecordalParticulars,
    Registration,
)
from muniment.rights.registry.queries.registrations import RecordalRow, recordal_row
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.estate import (
    Counterpart,
    RecordalAct,
    RecordalKind,
    RecordalState,
    counterpart_text,
)
from muniment.rights.registry.rules.numbers import RECORDAL, make_number
from muniment.rights.registry.rules.standing import FINAL_STATES
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.numbering import next_serial
from muniment.rights.registry.services.recording import (
    MOST_LETTERS,
    BadRecordal,
    Locked,
    NoRecordal,
    Terms,
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
from muniment.rights.registry.services.versions import (
    Writing,
    locked_registration,
    require_in_force,
)
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.evidence.rules.leaves import SALT_BYTES, commitment

__all__ = [
    "BadRecordal",
    "Locked",
    "NoRecordal",
    "Terms",
    "end_all",
    "end_recordal",
    "end_what_is_over",
    "record_consent",
    "record_licence",
    "record_pledge",
    "require_consents",
]


@transaction.atomic
def record_licence(
    *, actor: Actor, at: datetime, number: str, licensee: Counterpart, terms: Terms, leaves: Leaves, consent: str = ""
) -> RecordalRow:
    """Record a licence on a registration; `consent` names the document in which every creditor agrees.

    Raises:
        NotAllowed: the actor may not record.
        NoRegistration: there is none of that number in force.
        BadRecordal, UnknownCurrency: it cannot be recorded as it is given.
        Locked: the registration is pledged, and no consent is named.
    """
    require(actor, Action.REGISTRY_RECORD)
    row = locked_registration(number, at)
    _check(row, day_of(at), licensee, terms)
    if terms.until_on is not None and row.until_on is not None and terms.until_on > row.until_on:
        raise BadRecordal(
            "The licence ends on {day}, after the registration ({last}).",
            "Record it up to the end of the registration, and again after its renewal.",
            day=terms.until_on,
            last=row.until_on,
        )
    _refuse_second_exclusive(row, terms)
    if not consent.strip():
        _refuse_pledged(row, Phrase("licensed"))
    return recordal_row(_record(actor, at, row, RecordalKind.LICENCE, licensee, terms, consent.strip(), leaves))


@transaction.atomic
def record_pledge(
    *,
    actor: Actor,
    at: datetime,
    number: str,
    creditor: Counterpart,
    terms: Terms,
    leaves: Leaves,
    rank: int | None = None,
) -> RecordalRow:
    """Record a pledge on a registration, after those that there are; the amount is the most that it secures.

    `rank` is the one that the parties agreed on: among the pledges that stand, the next one, or it is refused.

    Raises:
        NotAllowed: the actor may not record.
        NoRegistration: there is none of that number in force.
        BadRecordal, UnknownCurrency: it cannot be recorded as it is given.
    """
    require(actor, Action.REGISTRY_RECORD)
    row = locked_registration(number, at)
    _check(row, day_of(at), creditor, terms)
    if terms.amount_micro is None:
        raise BadRecordal("A pledge has the most that it secures.", "Give the maximum amount and its currency.")
    if terms.is_exclusive:
        raise BadRecordal("A pledge is never exclusive: others may follow it in rank.", "Leave the mark out.")
    free = row.pledge_count + 1
    if rank is not None and rank != free:
        raise BadRecordal(
            "The next pledge on {number} has rank {free}, not {rank}.",
            "Tell both parties which pledges stand before theirs.",
            number=row.certificate_number,
            free=free,
            rank=rank,
        )
    return recordal_row(_record(actor, at, row, RecordalKind.PLEDGE, creditor, terms, "", leaves))


@transaction.atomic
def end_recordal(
    *, actor: Actor, at: datetime, number: str, reason: str, leaves: Leaves, ended_on: date | None = None
) -> RecordalRow:
    """End a licence, or discharge a pledge: as of a day that is not to come, today if none is given.

    Raises:
        NotAllowed: the actor may not record.
        NoRecordal: there is none of that number, or it has ended.
        BadRecordal: there is no reason, or the day is before the recordal's first or to come.
    """
    require(actor, Action.REGISTRY_RECORD)
    recordal, row = locked_recordal(number, at)
    if not reason.strip() or len(reason) > MOST_LETTERS:
        raise BadRecordal("An end has its reason.", "Name the creditor's discharge, or why the licence is over.")
    day = day_of(at) if ended_on is None else ended_on
    first = min(recordal.from_on, day_of(recordal.recorded_at))
    if not first <= day <= day_of(at):
        raise BadRecordal(
            "It cannot end on {day}: not before {first}, nor after today.", "Put the day right.", day=day, first=first
        )
    _end(recordal, row, actor, at, day, reason.strip(), leaves)
    put_status(at=at, row=row)
    return recordal_row(recordal)


@transaction.atomic
def record_consent(
    *, actor: Actor, at: datetime, number: str, application: str, document: str, leaves: Leaves
) -> RecordalRow:
    """Record that the creditor of a pledge agrees in writing to what an application asks for.

    Raises:
        NotAllowed: the actor may not record.
        NoRecordal: there is no such pledge, or it is discharged.
        BadRecordal: the application is not about the pledged registration, or decided, or no document is named.
    """
    require(actor, Action.REGISTRY_RECORD)
    recordal, row = locked_recordal(number, at)
    asked = Application.objects.filter(number=application.strip()).first()
    numbers = (row.registration_number, row.certificate_number)
    if recordal.kind != RecordalKind.PLEDGE or asked is None or asked.registration_number not in numbers:
        raise BadRecordal(
            "Application {application!r} does not ask for anything that pledge {number!r} could stop.",
            "Compare both numbers.",
            application=application[:40],
            number=number[:40],
        )
    if asked.kind not in {Kind.TRANSFER, Kind.CANCELLATION} or asked.state in FINAL_STATES:
        raise BadRecordal(
            "Application {number} needs no consent.", "Only a pending transfer or cancellation.", number=asked.number
        )
    document = named_document(document)
    given = {"document": document, "actor_name": actor.name, "recorded_at": at}
    Consent.objects.update_or_create(recordal=recordal, application=asked, defaults=given)
    row.save(update_fields=["changed_at"])
    tell(recordal, row, actor, at, RecordalAct.CONSENTED, leaves, application=asked.number, document=document)
    return recordal_row(recordal)


def require_consents(row: Registration, application: Application) -> None:
    """Let an application pass to which the creditor of every pledge that stands has consented.

    Raises:
        Locked: one has not.
    """
    given = Consent.objects.filter(application=application).values("recordal")
    _refuse_pledged(row, Phrase("transferred or cancelled"), without=Q(pk__in=given))


def end_all(row: Registration, writing: Writing, leaves: Leaves) -> None:
    """End all that is recorded on a registration which ends itself; the caller writes the map."""
    for recordal in Recordal.objects.filter(registration=row, state=RecordalState.ACTIVE).order_by("id"):
        reason = f"The registration ended ({writing.cause})."
        _end(recordal, row, writing.actor, writing.at, writing.valid_from_on, reason, leaves)


def end_what_is_over(*, actor: Actor, at: datetime, leaves: Leaves) -> int:
    """End every licence whose term is over, and return how many; a pledge stands until it is discharged.

    Raises:
        NotAllowed: the actor may not record.
    """
    require(actor, Action.REGISTRY_RECORD)
    over = Recordal.objects.filter(state=RecordalState.ACTIVE, kind=RecordalKind.LICENCE, until_on__lt=day_of(at))
    return sum(_end_over(actor, at, number, leaves) for number in list(over.values_list("number", flat=True)))


@transaction.atomic
def _end_over(actor: Actor, at: datetime, number: str, leaves: Leaves) -> int:
    try:
        recordal, row = locked_recordal(number, at)
    except NoRecordal:
        return 0
    ended_on = day_of(at) if recordal.until_on is None else recordal.until_on + timedelta(days=1)
    _end(recordal, row, actor, at, ended_on, "The term is over.", leaves)
    put_status(at=at, row=row)
    return 1


def _check(row: Registration, on: date, counterpart: Counterpart, terms: Terms) -> None:
    """Let parties, days and amount pass.

    Raises:
        NoRegistration, BadRecordal, UnknownCurrency: they do not.
    """
    require_in_force(row, on)
    check_party(row, counterpart)
    check_description(terms.description)
    check_days(terms.from_on, terms.until_on, on)
    check_amount(terms.amount_micro, terms.currency)


def _refuse_second_exclusive(row: Registration, terms: Terms) -> None:
    standing = Recordal.objects.filter(registration=row, kind=RecordalKind.LICENCE, state=RecordalState.ACTIVE)
    same_time = Q(until_on__isnull=True) | Q(until_on__gte=terms.from_on)
    if terms.until_on is not None:
        same_time &= Q(from_on__lte=terms.until_on)
    first = standing.filter(same_time, is_exclusive=True).order_by("rank").first()
    if first is not None:
        raise BadRecordal(
            "Licence {number} is exclusive until {end}.",
            "End it first, or begin after it.",
            number=first.number,
            end=first.until_on or row.until_on or Phrase("it ends"),
        )


def _refuse_pledged(row: Registration, act: Phrase, without: Q | None = None) -> None:
    standing = Recordal.objects.filter(registration=row, kind=RecordalKind.PLEDGE, state=RecordalState.ACTIVE)
    if without is not None:
        standing = standing.exclude(without)
    first = standing.order_by("rank").first()
    if first is not None:
        raise Locked(
            "Registration {number} is pledged to {creditor} ({pledge}): it is not {act} without a written consent.",
            "Ask the creditor for a written consent, and record it.",
            number=row.certificate_number,
            creditor=first.counterpart,
            pledge=first.number,
            act=act,
        )


def _record(
    actor: Actor,
    at: datetime,
    row: Registration,
    kind: RecordalKind,
    counterpart: Counterpart,
    terms: Terms,
    consent: str,
    leaves: Leaves,
) -> Recordal:
    same = Recordal.objects.filter(registration=row)
    body, salt = counterpart_text(counterpart), leaves.entropy(SALT_BYTES)
    recordal = Recordal.objects.create(
        number=make_number(RECORDAL, next_serial("recordal")),
        registration=row,
        kind=kind,
        rank=(same.filter(kind=kind).aggregate(last=Max("rank"))["last"] or 0) + 1,
        grantor=row.holders,
        counterpart=counterpart.name.strip(),
        description=terms.description,
        is_exclusive=terms.is_exclusive,
        amount_micro=terms.amount_micro,
        currency=terms.currency,
        from_on=terms.from_on,
        until_on=terms.until_on,
        consent=consent,
        state=RecordalState.ACTIVE,
        recorded_at=at,
        commitment=commitment(salt, body.encode()).hex(),
        act_count=0,
        version_count=0,
    )
    RecordalParticulars.objects.create(recordal=recordal, place=0, body=body, salt=salt.hex())
    keep_version(recordal, RecordalAct.RECORDED, actor, at)
    _count(row, kind, 1)
    put_status(at=at, row=row)
    tell(recordal, row, actor, at, RecordalAct.RECORDED, leaves)
    return recordal


def _end(
    recordal: Recordal, row: Registration, actor: Actor, at: datetime, ended_on: date, reason: str, leaves: Leaves
) -> None:
    recordal.state, recordal.ended_on, recordal.ended_at = RecordalState.ENDED, ended_on, at
    recordal.reason = reason
    _count(row, RecordalKind(recordal.kind), -1)
    tell(recordal, row, actor, at, RecordalAct.ENDED, leaves)


def _count(row: Registration, kind: RecordalKind, more: int) -> None:
    name = f"{kind}_count"
    setattr(row, name, getattr(row, name) + more)
    row.save(update_fields=[name, "changed_at"])
