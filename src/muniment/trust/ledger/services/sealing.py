"""Sealing a day: one signed row that says what the books were, chained to the seal before."""

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from muniment.kernel.words.digests import digest_bytes
from muniment.trust.access.rules import FIRST_HASH, Action, Actor, require
from muniment.trust.access.services import AUDIT, BATCHES, SEALS, Head, lock_heads, move_head, record_event
from muniment.trust.ledger.bulk.loading import sort_sides_in
from muniment.trust.ledger.models import Entry, Seal
from muniment.trust.ledger.queries import SealRow, seal_row, trial_until
from muniment.trust.ledger.rules.seals import (
    SealFacts,
    check_day,
    merkle_root,
    seal_body,
    trial_digest,
    trial_totals,
)
from muniment.trust.ledger.services.keys import public_key, sign


@transaction.atomic
def seal_day(*, actor: Actor, at: datetime, day: date, secret: bytes) -> SealRow:
    """Seal the books as they were at the end of a day (UTC), and return the seal; a sealed day gives its seal again.

    A seal covers the chain from the seal before up to the entry before the first that was recorded after the day.
    `secret` is the key of 32 bytes that signs (see `keys`).

    Raises:
        NotAllowed: the actor may not book.
        CannotSeal: the day is not over, or a later day is sealed.
        ValueError: the key has not 32 bytes.
    """
    require(actor, Action.LEDGER_POST)
    heads = lock_heads()
    if sealed := Seal.objects.filter(day=day).first():
        return seal_row(sealed)
    last = Seal.objects.order_by("-id").first()
    check_day(day, at, None if last is None else last.day)
    last_entry, new = _entries_of(day, 0 if last is None else last.last_entry)
    trial = trial_until(last_entry)
    facts = SealFacts(
        number=heads[SEALS].seq + 1,
        previous=heads[SEALS].hash,
        day=day,
        last_entry=last_entry,
        entry_count=(0 if last is None else last.entry_count) + len(new),
        entries_hash=Entry.objects.get(pk=last_entry).hash if last_entry else FIRST_HASH,
        merkle_root=merkle_root(new),
        trial_digest=trial_digest(trial),
        totals=trial_totals(trial),
        audit=(heads[AUDIT].seq, heads[AUDIT].hash),
        batches=(heads[BATCHES].seq, heads[BATCHES].hash),
        sealed_at=at,
        sealed_by=actor.name,
        public_key=public_key(secret).hex(),
    )
    body = seal_body(facts)
    seal = Seal.objects.create(
        id=facts.number,
        day=day,
        last_entry=facts.last_entry,
        entry_count=facts.entry_count,
        sealed_at=at,
        sealed_by=actor.name,
        public_key=facts.public_key,
        body=body.decode(),
        signature=sign(secret, body).hex(),
        hash=digest_bytes(body),
    )
    move_head(SEALS, Head(facts.number, seal.hash))
    transaction.on_commit(sort_sides_in)
    record_event(
        actor=actor,
        at=at,
        tag="ledger.sealed",
        subject_kind="seal",
        subject_id=seal.pk,
        after={"day": day, "last_entry": last_entry, "entry_count": facts.entry_count, "hash": seal.hash},
    )
    return seal_row(seal)


def _entries_of(day: date, after: int) -> tuple[int, list[str]]:
    """Return the last entry that a seal of the day covers, and the hashes of those behind the entry `after`."""
    end = datetime.combine(day + timedelta(days=1), time(), UTC)
    behind = Entry.objects.filter(pk__gt=after).order_by("id")
    too_late = behind.filter(recorded_at__gte=end).values_list("id", flat=True).first()
    if too_late is not None:
        behind = behind.filter(pk__lt=too_late)
    rows = list(behind.values_list("id", "hash"))
    return (rows[-1][0] if rows else after), [link for _, link in rows]
