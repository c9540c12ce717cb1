"""Documents, terms and rates on file: recorded by one person, ended and replaced, never edited."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.money import currency_exponent
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import DocumentRecord, RateRecord, TermsRecord
from muniment.pay.payments.rules.drafts import DocumentDraft, InvalidFact, TermsDraft
from muniment.pay.payments.rules.facts import DocumentKind
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import record_event


class NoSuchDocument(UserError):
    """No document of this number holds."""


class SameRate(UserError):
    """The source's rate of this day is on file already, and a rate is never changed."""


@transaction.atomic
def record_document(*, actor: Actor, at: datetime, draft: DocumentDraft) -> int:
    """Put a document on file; payments drafted from now on go by it. Returns its number.

    Raises:
        NotAllowed: the actor may not write payments.
        InvalidFact: the payee has a document of this kind and number.
    """
    require(actor, Action.PAYMENT_WRITE)
    same = DocumentRecord.objects.filter(
        party_id=draft.party_id, kind=draft.kind.value, number=draft.number, known_to=None
    )
    if same.exists():
        raise InvalidFact("document", f"{draft.number} is on file already.", "End it first, if it is to be replaced.")
    record = DocumentRecord.objects.create(
        party_id=draft.party_id,
        kind=draft.kind.value,
        number=draft.number,
        country=draft.country,
        rate_ppm=draft.rate_ppm,
        sources=" ".join(sorted(draft.sources)),
        valid_from=draft.period.valid_from,
        valid_to=draft.period.valid_to,
        known_from=at,
        recorded_by=actor.name,
    )
    after = {"kind": record.kind, "number": record.number, "country": record.country, "valid_to": record.valid_to}
    _record(actor, at, "document.recorded", draft.party_id, after)
    return record.pk


@transaction.atomic
def end_document(*, actor: Actor, at: datetime, document_id: int, on: date) -> None:
    """Let a document hold up to, not including, the day `on`; a sanction is not ended by who recorded it.

    Raises:
        NotAllowed: the actor may not write payments, or not approve them where a sanction is ended.
        SamePerson: the actor recorded the sanction.
        NoSuchDocument: no document of this number holds.
    """
    record = DocumentRecord.objects.select_for_update().filter(pk=document_id, known_to=None).first()
    if record is None or record.kind != DocumentKind.SANCTION:
        require(actor, Action.PAYMENT_WRITE)
    if record is None:
        raise NoSuchDocument("This document is not on file, or was ended before.", "Open the payee's page again.")
    if record.kind == DocumentKind.SANCTION:
        require(actor, Action.PAYMENT_APPROVE)
        require_second_person(record.recorded_by, actor)
    DocumentRecord.objects.filter(pk=document_id).update(known_to=at)
    number, party_id = record.number, record.party_id
    if record.valid_from is None or record.valid_from < on:
        record.pk, record.known_from, record.valid_to, record.recorded_by = None, at, on, actor.name
        record._state.adding = True
        record.save()
    _record(actor, at, "document.ended", party_id, {"number": number, "on": on})


@transaction.atomic
def set_terms(*, actor: Actor, at: datetime, draft: TermsDraft) -> None:
    """Note in which currency and how a payee wants to be paid; the terms before are closed.

    Raises:
        NotAllowed: the actor may not write payments.
    """
    require(actor, Action.PAYMENT_WRITE)
    TermsRecord.objects.filter(party_id=draft.party_id, known_to=None).update(known_to=at)
    TermsRecord.objects.create(
        party_id=draft.party_id,
        currency=draft.currency,
        method=draft.method.value,
        valid_from=draft.period.valid_from,
        valid_to=draft.period.valid_to,
        known_from=at,
        recorded_by=actor.name,
    )
    after = {"currency": draft.currency, "method": draft.method.value}
    _record(actor, at, "terms.set", draft.party_id, after)


@transaction.atomic
def record_rate(*, actor: Actor, at: datetime, base: str, quote: str, rate_nano: int, source: str, on: date) -> int:
    """Put an exchange rate on file, with who said it and the day; drafts of that day and later use the newest.

    Raises:
        NotAllowed: the actor may not write payments.
        UnknownCurrency, InvalidFact: a currency, the pair, the source or the day is wrong.
        SameRate: this source's rate of the day is on file.
    """
    require(actor, Action.PAYMENT_WRITE)
    currency_exponent(base)
    currency_exponent(quote)
    if base == quote:
        raise InvalidFact("quote", f"{base} buys itself one to one.", "Name two currencies.")
    if not source.strip():
        raise InvalidFact("source", "A rate without a source proves nothing.", "Write who published it.")
    if on > at.date():
        raise InvalidFact("on", f"{on} is yet to come.", "Write the day on which the rate was published.")
    if RateRecord.objects.filter(base=base, quote=quote, source=source.strip(), on=on).exists():
        raise SameRate(f"{source} said a rate for {on} already.", "Name the source of the correction, or another day.")
    record = RateRecord.objects.create(
        base=base,
        quote=quote,
        rate_nano=rate_nano,
        source=source.strip(),
        on=on,
        recorded_by=actor.name,
        recorded_at=at,
    )
    record_event(
        actor=actor,
        at=at,
        tag="rate.recorded",
        subject_kind="rate",
        subject_id=record.pk,
        after={"base": base, "quote": quote, "rate_nano": rate_nano, "source": record.source, "on": on},
    )
    return record.pk


def _record(actor: Actor, at: datetime, tag: str, party_id: int, after: Mapping[str, object]) -> None:
    record_event(actor=actor, at=at, tag=tag, subject_kind="party", subject_id=party_id, after=after)
