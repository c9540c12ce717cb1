"""Licences and pledges on registrations: recorded with a rank that stays, locked by pledges, ended once.

A pledge of rights arises with its registration, and from then on what is pledged is neither licensed nor transferred
without the pledgee's consent (Civil Code of the PRC, Art. 444); of several pledges the one that was registered first
goes first (Art. 414).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q

from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.money import currency_exponent
from muniment.kernel.words.problems import UserError
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
    RecordalKind,
    RecordalState,
    counterpart_text,
    name_key,
)
from muniment.rights.registry.rules.numbers import RECORDAL, BadNumber, make_number, parse_number
from muniment.rights.registry.rules.standing import FINAL_STATES
from muniment.rights.registry.services.leaves import Leaves, day_of
from muniment.rights.registry.services.numbering import next_serial
from muniment.rights.registry.services.status import hold_status, put_status
from muniment.rights.registry.services.versions import (
    Writing,
    advance,
    holders_of_version,
    locked_registration,
    newest_version,
    require_in_force,
)
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.rules.leaves import SALT_BYTES, commitment
from muniment.trust.evidence.services import log_record

_MOST_LETTERS = 500
_MOST_MICRO = 2**63 - 1


class BadRecordal(UserError):
    """A licence or a pledge cannot be recorded as it is given: its parties, its days, its amount or its rank."""


class NoRecordal(UserError):
    """There is no such recordal, or it has ended."""


class Locked(UserError):
    """What is pledged is not transferred, cancelled or licensed without the creditor's written consent."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is recorded: for how long (None: until it is ended), for how much, on which terms in words."""

    from_on: date
    until_on: date | None = None
    amount_micro: int | None = None
    currency: str = ""
    description: str = ""
    is_exclusive: bool = False


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
            f"The licence ends on {terms.until_on}, after the registration ({row.until_on}).",
            "Record it up to the end of the registration, and again after its renewal.",
        )
    _refuse_second_exclusive(row, terms)
    if not consent.strip():
        _refuse_pledged(row, "licensed")
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
            f"The next pledge on {row.certificate_number} has rank {free}, not {rank}.",
            "Tell both parties which pledges stand before theirs.",
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
    recordal, row = _locked_recordal(number, at)
    if not reason.strip() or len(reason) > _MOST_LETTERS:
        raise BadRecordal("An end has its reason.", "Name the creditor's discharge, or why the licence is over.")
    day = day_of(at) if ended_on is None else ended_on
    first = min(recordal.from_on, day_of(recordal.recorded_at))
    if not first <= day <= day_of(at):
        raise BadRecordal(f"It cannot end on {day}: not before {first}, nor after today.", "Put the day right.")
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
    recordal, row = _locked_recordal(number, at)
    asked = Application.objects.filter(number=application.strip()).first()
    numbers = (row.registration_number, row.certificate_number)
    if recordal.kind != RecordalKind.PLEDGE or asked is None or asked.registration_number not in numbers:
        raise BadRecordal(
            f"Application {application[:40]!r} does not ask for anything that pledge {number[:40]!r} could stop.",
            "Compare both numbers.",
        )
    if asked.kind not in {Kind.TRANSFER, Kind.CANCELLATION} or asked.state in FINAL_STATES:
        raise BadRecordal(f"Application {asked.number} needs no consent.", "Only a pending transfer or cancellation.")
    if not document.strip() or len(document) > _MOST_LETTERS:
        raise BadRecordal("A consent is a document.", "Name it: its date, its number, its hash.")
    given = {"document": document.strip(), "actor_name": actor.name, "recorded_at": at}
    Consent.objects.update_or_create(recordal=recordal, application=asked, defaults=given)
    row.save(update_fields=["changed_at"])
    _tell(recordal, row, actor, at, "consented", leaves, application=asked.number, document=document.strip())
    return recordal_row(recordal)


def require_consents(row: Registration, application: Application) -> None:
    """Let an application pass to which the creditor of every pledge that stands has consented.

    Raises:
        Locked: one has not.
    """
    given = Consent.objects.filter(application=application).values("recordal")
    _refuse_pledged(row, "transferred or cancelled", without=Q(pk__in=given))


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
        recordal, row = _locked_recordal(number, at)
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
    texts = (*(getattr(counterpart, name) for name in ("name", "identifier", "country", "address")), terms.description)
    if not counterpart.name.strip() or any(len(one) > _MOST_LETTERS or not one.isprintable() for one in texts):
        raise BadRecordal(
            "The other party has a name, and every text is on one line.", f"Write at most {_MOST_LETTERS} letters."
        )
    holders = holders_of_version(newest_version(row))
    asked = {name_key(counterpart.name), name_key(counterpart.identifier)} - {""}
    if any(asked & one.keys for one in holders):
        raise BadRecordal(f"{counterpart.name} holds the registration.", "Nobody is licensee or creditor of oneself.")
    if terms.until_on is not None and terms.until_on < max(terms.from_on, on):
        raise BadRecordal(
            f"It would end on {terms.until_on}, before it begins ({terms.from_on}) or before today ({on}).",
            "Put the days right.",
        )
    if (terms.amount_micro is None) != (not terms.currency):
        raise BadRecordal("An amount has a currency, and a currency an amount.", "Give both, or neither.")
    if terms.amount_micro is not None:
        currency_exponent(terms.currency)
        if not 0 < terms.amount_micro <= _MOST_MICRO:
            raise BadRecordal("An amount is more than nothing, and can be paid.", "Leave it out if there is none.")


def _refuse_second_exclusive(row: Registration, terms: Terms) -> None:
    standing = Recordal.objects.filter(registration=row, kind=RecordalKind.LICENCE, state=RecordalState.ACTIVE)
    same_time = Q(until_on__isnull=True) | Q(until_on__gte=terms.from_on)
    if terms.until_on is not None:
        same_time &= Q(from_on__lte=terms.until_on)
    first = standing.filter(same_time, is_exclusive=True).order_by("rank").first()
    if first is not None:
        raise BadRecordal(
            f"Licence {first.number} is exclusive until {first.until_on or row.until_on or 'it ends'}.",
            "End it first, or begin after it.",
        )


def _refuse_pledged(row: Registration, act: str, without: Q | None = None) -> None:
    standing = Recordal.objects.filter(registration=row, kind=RecordalKind.PLEDGE, state=RecordalState.ACTIVE)
    if without is not None:
        standing = standing.exclude(without)
    first = standing.order_by("rank").first()
    if first is not None:
        raise Locked(
            f"Registration {row.certificate_number} is pledged to {first.counterpart} ({first.number}),"
            f" so it is not {act} without the creditor's consent.",
            "Ask the creditor for a written consent, and record it.",
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
    )
    RecordalParticulars.objects.create(recordal=recordal, body=body, salt=salt.hex())
    _count(row, kind, 1)
    put_status(at=at, row=row)
    _tell(recordal, row, actor, at, "recorded", leaves)
    return recordal


def _end(
    recordal: Recordal, row: Registration, actor: Actor, at: datetime, ended_on: date, reason: str, leaves: Leaves
) -> None:
    recordal.state, recordal.ended_on, recordal.ended_at = RecordalState.ENDED, ended_on, at
    recordal.reason = reason
    _count(row, RecordalKind(recordal.kind), -1)
    _tell(recordal, row, actor, at, "ended", leaves)


def _count(row: Registration, kind: RecordalKind, more: int) -> None:
    name = f"{kind}_count"
    setattr(row, name, getattr(row, name) + more)
    row.save(update_fields=[name, "changed_at"])


def _locked_recordal(number: str, at: datetime) -> tuple[Recordal, Registration]:
    """Lock a recordal that stands, and its registration before it, for an act at `at`.

    Raises:
        NoRecordal: there is none, or it has ended.
        ClockBack: something happened to the registration after `at`.
    """
    try:
        found = Recordal.objects.filter(number=parse_number(number)).values_list("registration", flat=True).first()
    except BadNumber:
        found = None
    if found is not None:
        row = Registration.objects.select_for_update().get(pk=found)
        recordal = Recordal.objects.select_for_update().get(number=parse_number(number))
        if recordal.state == RecordalState.ACTIVE:
            hold_status(at=at, row=advance(row, at))
            return recordal, row
        raise NoRecordal(f"{recordal.number} ended on {recordal.ended_on}.", "What has ended is not ended again.")
    raise NoRecordal(f"There is no recordal {number[:40]!r}.", "Compare it with the extract of the register.")


def _tell(
    recordal: Recordal,
    row: Registration,
    actor: Actor,
    at: datetime,
    act: str,
    leaves: Leaves,
    *,
    application: str = "",
    document: str = "",
) -> None:
    """Log an act on a recordal without a name, keep it, and record it in the audit trail.

    What the register shows in words the record says by its digest.
    """
    words = (recordal.grantor, recordal.counterpart, recordal.description, recordal.consent, recordal.reason, document)
    said = {
        "number": recordal.number,
        "registration": row.certificate_number,
        "what": recordal.kind,
        "act": act,
        "rank": recordal.rank,
        "amount_micro": recordal.amount_micro,
        "currency": recordal.currency,
        "from_on": recordal.from_on,
        "until_on": recordal.until_on,
        "is_exclusive": recordal.is_exclusive,
        "state": recordal.state,
        "ended_on": recordal.ended_on,
        "application": application,
        "particulars": recordal.commitment,
        "shown": digest_value(words),
    }
    logged = log_record(
        at=at,
        subject=f"recordal/{recordal.number}/{recordal.act_count}",
        record={"kind": "recordal", **said},
        keys=leaves.keys,
        entropy=leaves.entropy,
    )
    if not recordal.act_count:
        recordal.leaf_hash = logged.leaf_hash
    recordal.act_count += 1
    recordal.save()
    record_event(
        actor=actor, at=at, tag=f"recordal.{act}", subject_kind="recordal", subject_id=recordal.number, after=said
    )
