"""What happens to a party after it was registered: corrections, names, membership, mandates, societies, successors.

A fact that decides who is paid is never overwritten: its row is closed at the instant of the change (`known_to`) and
the corrected one opened, so that a run of last year still sees what was known then.
"""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction

from muniment.kernel.words.period import Period
from muniment.kernel.words.shares import PPM, Right, format_percent
from muniment.rights.parties.models import Affiliation, Mandate, Membership, Party, PartyName, Successor
from muniment.rights.parties.queries import UnknownParty, ids_by_ipi_name
from muniment.rights.parties.rules.drafts import InvalidParty, clean_mandate, clean_membership, clean_name_draft
from muniment.rights.parties.rules.successions import largest_total, leads_to
from muniment.rights.parties.rules.values import MandateDraft, MembershipDraft, NameDraft, PartyKind
from muniment.rights.parties.services.register import DuplicateParty
from muniment.rights.parties.services.rows import write_names
from muniment.rights.parties.services.search_keys import rebuild_keys
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event


class NoSuchFact(UnknownParty):
    """The mandate, membership or succession is not there, or was superseded already."""


def locked_party(party_id: int) -> Party:
    """Return the party, locked until the transaction ends: writers of one party come one after the other.

    Raises:
        UnknownParty: no such id.
    """
    party = Party.objects.select_for_update().filter(pk=party_id).first()
    if party is None:
        raise UnknownParty("There is no party {number}.", "Search for the party by name or number.", number=party_id)
    return party


@transaction.atomic
def add_name(*, actor: Actor, at: datetime, party_id: int, draft: NameDraft) -> None:
    """Add a further name in any script.

    Raises:
        NotAllowed, UnknownParty, InvalidParty, InvalidIdentifier: nothing is written.
        DuplicateParty: the party has the name already, or its IPI name number is taken.
    """
    require(actor, Action.PARTY_WRITE)
    party = locked_party(party_id)
    clean = clean_name_draft(draft)
    if PartyName.objects.filter(party_id=party_id, name=clean.name).exists():
        raise DuplicateParty(
            "{name} has the name {known!r} already.", "Nothing needs to be done.", name=party.name, known=clean.name
        )
    if clean.ipi_name and ids_by_ipi_name([clean.ipi_name]):
        raise DuplicateParty("The IPI name number {number} is taken.", "Search for it.", number=clean.ipi_name)
    write_names([(party_id, clean)], intake_id=None)
    rebuild_keys([party_id])
    _record(actor, at, "party.name_added", party_id, after={"name": clean.name, "kind": clean.kind.value})


@transaction.atomic
def remove_name(*, actor: Actor, at: datetime, name_id: int) -> None:
    """Take a further name away; the main name can only be changed.

    Raises:
        NotAllowed, NoSuchFact: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    name = PartyName.objects.select_for_update().filter(pk=name_id).exclude(kind="main").first()
    if name is None:
        raise NoSuchFact("There is no such further name.", "Open the party again.")
    before = {"name": name.name, "kind": name.kind}
    party_id = name.party_id
    name.delete()
    rebuild_keys([party_id])
    _record(actor, at, "party.name_removed", party_id, before=before)


@transaction.atomic
def join_member(
    *, actor: Actor, at: datetime, party_id: int, member_number: str = "", joined_on: date | None = None
) -> int:
    """Make the party our member; the number defaults to the party's code.

    Raises:
        NotAllowed, UnknownParty, InvalidParty: nothing is written.
        DuplicateParty: it is a member already, or another member has the number.
    """
    require(actor, Action.PARTY_WRITE)
    party = locked_party(party_id)
    draft = clean_membership(MembershipDraft(member_number, joined_on), party.code)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                party_id=party_id, member_number=draft.member_number, joined_on=joined_on
            )
    except IntegrityError as error:
        raise DuplicateParty(
            "{name} is a member already, or the number {number} is another member's.",
            "End the membership first, or choose another number.",
            name=party.name,
            number=draft.member_number,
        ) from error
    rebuild_keys([party_id])
    after = {"member_number": draft.member_number, "joined_on": joined_on}
    _record(actor, at, "party.joined", party_id, after=after)
    return membership.pk


@transaction.atomic
def end_membership(*, actor: Actor, at: datetime, party_id: int, left_on: date) -> None:
    """End the membership and, from the same day, every mandate that is still in force then.

    Raises:
        NotAllowed, NoSuchFact, InvalidPeriod: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    locked_party(party_id)
    membership = Membership.objects.filter(party_id=party_id, left_on__isnull=True).first()
    if membership is None:
        raise NoSuchFact("The party is not a member.", "Nothing needs to be ended.")
    Period(membership.joined_on, left_on)
    membership.left_on = left_on
    membership.save(update_fields=["left_on"])
    for mandate in Mandate.objects.filter(party_id=party_id, known_to__isnull=True):
        if mandate.valid_to is None or mandate.valid_to > left_on:
            _end(mandate, at, left_on)
    _record(actor, at, "party.left", party_id, after={"left_on": left_on})


@transaction.atomic
def give_mandate(
    *,
    actor: Actor,
    at: datetime,
    party_id: int,
    right: Right | str,
    territories: str = "2136",
    work_class: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> int:
    """Record that the party gives us a right to manage; see `MandateDraft`.

    Raises:
        NotAllowed, UnknownParty, UnknownTerritory, InvalidPeriod, InvalidParty: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    locked_party(party_id)
    draft = clean_mandate(MandateDraft(Right(right), territories, work_class, valid_from, valid_to))
    mandate = Mandate.objects.create(
        party_id=party_id,
        right=draft.right.value,
        territories=draft.territories,
        work_class=draft.work_class,
        valid_from=valid_from,
        valid_to=valid_to,
        known_from=at,
    )
    _record(actor, at, "party.mandate_given", party_id, after=_mandate_event(mandate))
    return mandate.pk


@transaction.atomic
def end_mandate(*, actor: Actor, at: datetime, mandate_id: int, valid_to: date) -> int:
    """Let a mandate end on the day `valid_to` (the first day without it); return the id of the row that says so.

    Raises:
        NotAllowed, NoSuchFact, InvalidPeriod: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    mandate = _current(Mandate, mandate_id)
    before = _mandate_event(mandate)
    ended = _end(mandate, at, valid_to)
    _record(actor, at, "party.mandate_ended", mandate.party_id, before=before, after=_mandate_event(ended))
    return ended.pk


@transaction.atomic
def withdraw_mandate(*, actor: Actor, at: datetime, mandate_id: int) -> None:
    """Say that a mandate was never given: a mistake of ours, held for true until now.

    Raises:
        NotAllowed, NoSuchFact: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    mandate = _current(Mandate, mandate_id)
    _close(mandate, at)
    _record(actor, at, "party.mandate_withdrawn", mandate.party_id, before=_mandate_event(mandate))


@transaction.atomic
def affiliate(
    *,
    actor: Actor,
    at: datetime,
    party_id: int,
    society_id: int,
    right: Right | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> int:
    """Record that the party belongs to a sister society, for one right or for all.

    Raises:
        NotAllowed, UnknownParty, InvalidPeriod: nothing is written.
        InvalidParty: `society_id` is no society.
    """
    require(actor, Action.PARTY_WRITE)
    locked_party(party_id)
    Period(valid_from, valid_to)
    society = Party.objects.filter(pk=society_id, kind=PartyKind.SOCIETY).exclude(pk=party_id).first()
    if society is None:
        raise InvalidParty("Party {number} is no society to belong to.", "Choose a society.", number=society_id)
    link = Affiliation.objects.create(
        party_id=party_id,
        society_id=society_id,
        right=right.value if right else "",
        valid_from=valid_from,
        valid_to=valid_to,
        known_from=at,
    )
    _record(actor, at, "party.affiliated", party_id, after={"society": society.name, "right": link.right})
    return link.pk


@transaction.atomic
def end_affiliation(*, actor: Actor, at: datetime, affiliation_id: int, valid_to: date) -> int:
    """Let the belonging to a society end on the day `valid_to`; return the id of the row that says so.

    Raises:
        NotAllowed, NoSuchFact, InvalidPeriod: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    link = _current(Affiliation, affiliation_id)
    ended = _end(link, at, valid_to)
    _record(actor, at, "party.affiliation_ended", link.party_id, after={"valid_to": valid_to})
    return ended.pk


@transaction.atomic
def name_successor(
    *,
    actor: Actor,
    at: datetime,
    predecessor_id: int,
    successor_id: int,
    share_ppm: int = PPM,
    valid_from: date | None = None,
    valid_to: date | None = None,
    intake_id: int | None = None,
) -> int:
    """Record that a fraction of what the predecessor owned passes to the successor from `valid_from`.

    Raises:
        NotAllowed, UnknownParty, InvalidPeriod: nothing is written.
        InvalidParty: the fractions of one day would exceed the whole, or the succession would run in a circle.
    """
    require(actor, Action.PARTY_WRITE)
    for party_id in sorted({predecessor_id, successor_id}):
        locked_party(party_id)
    period = Period(valid_from, valid_to)
    if not 0 < share_ppm <= PPM:
        raise InvalidParty(
            "{percent} % is no fraction.", "Give more than 0 and at most 100 %.", percent=format_percent(share_ppm)
        )
    _refuse_too_much(predecessor_id, period, share_ppm)
    _refuse_circle(predecessor_id, successor_id)
    succession = Successor.objects.create(
        predecessor_id=predecessor_id,
        successor_id=successor_id,
        share_ppm=share_ppm,
        valid_from=valid_from,
        valid_to=valid_to,
        known_from=at,
        intake_id=intake_id,
    )
    after = {"successor_id": successor_id, "share_ppm": share_ppm, "valid_from": valid_from, "valid_to": valid_to}
    _record(actor, at, "party.successor_named", predecessor_id, after=after)
    return succession.pk


@transaction.atomic
def withdraw_successor(*, actor: Actor, at: datetime, succession_id: int) -> None:
    """Say that a succession was recorded by mistake; it was held for true until now.

    Raises:
        NotAllowed, NoSuchFact: nothing is written.
    """
    require(actor, Action.PARTY_WRITE)
    succession = _current(Successor, succession_id)
    _close(succession, at)
    before = {"successor_id": succession.successor_id, "share_ppm": succession.share_ppm}
    _record(actor, at, "party.successor_withdrawn", succession.predecessor_id, before=before)


def _refuse_too_much(predecessor_id: int, period: Period, share_ppm: int) -> None:
    rows = Successor.objects.filter(predecessor_id=predecessor_id, known_to__isnull=True)
    fractions = [(Period(row.valid_from, row.valid_to), row.share_ppm) for row in rows]
    total = largest_total([*fractions, (period, share_ppm)])
    if total > PPM and total > largest_total(fractions):
        raise InvalidParty(
            "The successors would hold {percent} % together.",
            "Lower a fraction, or end a succession first.",
            percent=format_percent(total),
        )


def _refuse_circle(predecessor_id: int, successor_id: int) -> None:
    links: dict[int, list[int]] = {}
    for before, after in Successor.objects.filter(known_to__isnull=True).values_list("predecessor_id", "successor_id"):
        links.setdefault(before, []).append(after)
    if leads_to(successor_id, predecessor_id, links):
        raise InvalidParty(
            "The right would come back to the party it comes from.",
            "Check who follows whom; one link is the wrong way.",
        )


def _current[Fact: (Mandate, Affiliation, Successor)](table: type[Fact], pk: int) -> Fact:
    row = table._default_manager.select_for_update().filter(pk=pk, known_to__isnull=True).first()
    if row is None:
        raise NoSuchFact("This is not in force any more.", "Open the party again to see what is.")
    return row


def _close[Fact: (Mandate, Affiliation, Successor)](row: Fact, at: datetime) -> None:
    row.known_to = at
    row.save(update_fields=["known_to"])


def _end[Fact: (Mandate, Affiliation, Successor)](row: Fact, at: datetime, valid_to: date) -> Fact:
    """Close the row and open its successor, which ends on `valid_to`; who recorded the fact stays with both."""
    Period(row.valid_from, valid_to)
    _close(row, at)
    ended = type(row)._default_manager.get(pk=row.pk)
    ended.pk, ended.valid_to, ended.known_from, ended.known_to = None, valid_to, at, None
    ended._state.adding = True
    ended.save(force_insert=True)
    return ended


def _mandate_event(mandate: Mandate) -> dict[str, object]:
    return {
        "right": mandate.right,
        "territories": mandate.territories,
        "work_class": mandate.work_class,
        "valid_from": mandate.valid_from,
        "valid_to": mandate.valid_to,
    }


def _record(
    actor: Actor,
    at: datetime,
    tag: str,
    party_id: int,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record_event(actor=actor, at=at, tag=tag, subject_kind="party", subject_id=party_id, before=before, after=after)
