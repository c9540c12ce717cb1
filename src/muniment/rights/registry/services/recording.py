"""What every act on a licence or a pledge does: lock it, look at what is given, keep its next version, log it."""

from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.money import currency_exponent
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.models import Recordal, RecordalVersion, Registration
from muniment.rights.registry.rules.estate import Counterpart, RecordalAct, RecordalState, name_key
from muniment.rights.registry.rules.numbers import BadNumber, parse_number
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.status import hold_status
from muniment.rights.registry.services.versions import advance, holders_of_version, newest_version
from muniment.trust.access.rules import Actor
from muniment.trust.access.services import record_event
from muniment.trust.evidence.services import log_record

MOST_LETTERS = 500
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


def locked_recordal(number: str, at: datetime) -> tuple[Recordal, Registration]:
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
        raise NoRecordal(
            "{number} ended on {day}.",
            "What has ended is not ended again.",
            number=recordal.number,
            day=recordal.ended_on,
        )
    raise NoRecordal(
        "There is no recordal {number!r}.", "Compare it with the extract of the register.", number=number[:40]
    )


def check_party(row: Registration, counterpart: Counterpart) -> None:
    """Let the other party of a recordal pass.

    Raises:
        BadRecordal: it has no name, or holds the registration itself.
    """
    texts = [getattr(counterpart, name) for name in ("name", "identifier", "country", "address")]
    if not counterpart.name.strip() or not all(_is_line(one) for one in texts):
        raise BadRecordal(
            "The other party has a name, and every text is on one line.",
            "Write at most {count} letters.",
            count=MOST_LETTERS,
        )
    holders = holders_of_version(newest_version(row))
    asked = {name_key(counterpart.name), name_key(counterpart.identifier)} - {""}
    if any(asked & one.keys for one in holders):
        raise BadRecordal(
            "{name} holds the registration.", "Nobody is licensee or creditor of oneself.", name=counterpart.name
        )


def check_description(text: str) -> None:
    """Let the terms in words pass.

    Raises:
        BadRecordal: they are too long, or more than a line.
    """
    if not _is_line(text):
        raise BadRecordal("The description is on one line.", "Write at most {count} letters.", count=MOST_LETTERS)


def check_days(from_on: date, until_on: date | None, on: date) -> None:
    """Let the days of a recordal pass.

    Raises:
        BadRecordal: it would end before it begins, or before today.
    """
    if until_on is not None and until_on < max(from_on, on):
        raise BadRecordal(
            "It would end on {day}, before it begins ({first}) or before today ({today}).",
            "Put the days right.",
            day=until_on,
            first=from_on,
            today=on,
        )


def check_amount(amount_micro: int | None, currency: str) -> None:
    """Let an amount pass, or none.

    Raises:
        BadRecordal, UnknownCurrency: it is no amount.
    """
    if (amount_micro is None) != (not currency):
        raise BadRecordal("An amount has a currency, and a currency an amount.", "Give both, or neither.")
    if amount_micro is not None:
        currency_exponent(currency)
        if not 0 < amount_micro <= _MOST_MICRO:
            raise BadRecordal("An amount is more than nothing, and can be paid.", "Leave it out if there is none.")


def named_document(text: str) -> str:
    """Return the name of a document, without blanks around it.

    Raises:
        BadRecordal: none is named, or too long.
    """
    if not text.strip() or not _is_line(text):
        raise BadRecordal("A consent or an agreement is a document.", "Name it: its date, its number, its hash.")
    return text.strip()


def _is_line(text: str) -> bool:
    return len(text) <= MOST_LETTERS and text.isprintable()


def keep_version(recordal: Recordal, act: RecordalAct, actor: Actor, at: datetime, document: str = "") -> None:
    """Keep what a locked recordal says from an act on, as its next version."""
    RecordalVersion.objects.create(
        recordal=recordal,
        place=recordal.version_count,
        leaf_place=recordal.act_count,
        act=act,
        actor_name=actor.name,
        recorded_at=at,
        rank=recordal.rank,
        counterpart=recordal.counterpart,
        description=recordal.description,
        amount_micro=recordal.amount_micro,
        currency=recordal.currency,
        until_on=recordal.until_on,
        consent=recordal.consent,
        document=document,
        commitment=recordal.commitment,
    )
    recordal.version_count += 1


def tell(
    recordal: Recordal,
    row: Registration,
    actor: Actor,
    at: datetime,
    act: RecordalAct,
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
