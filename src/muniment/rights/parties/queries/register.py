"""Reads about single parties, lists, and bulk look-ups."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import reduce
from itertools import batched
from typing import NamedTuple

from django.db import connection
from django.db.models import F, Model, Q, QuerySet

from muniment.kernel.words.identifiers import InvalidIdentifier, parse_ipi_name
from muniment.kernel.words.names import fold
from muniment.kernel.words.paging import Page
from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories
from muniment.rights.parties.models import (
    Affiliation,
    BankAccount,
    Mandate,
    Membership,
    Party,
    PartyKey,
    PartyMerge,
    PartyName,
    Successor,
)
from muniment.rights.parties.queries.merges import current_party_ids
from muniment.rights.parties.rules.payees import AffiliationFact, MandateFact, PartyFacts, SuccessionFact
from muniment.rights.parties.rules.rows import (
    AffiliationRow,
    BankRow,
    MandateRow,
    MembershipRow,
    NameRow,
    PartyHit,
    PartyRow,
    SuccessionRow,
)
from muniment.rights.parties.rules.search import code_key, query_tokens
from muniment.rights.parties.rules.values import NameKind, PartyKind

_CHUNK = 5_000
"""Values in one IN list: well below what either database takes."""


class UnknownParty(UserError):
    """No party has this id or code."""


def _chunks[Value](values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yield the different values in lists that fit one statement."""
    for chunk in batched(dict.fromkeys(values), _CHUNK):
        yield list(chunk)


# One party


def get_party(party_id: int) -> PartyRow:
    """Return a party with everything recorded about it.

    Raises:
        UnknownParty: no such id.
    """
    party = Party.objects.filter(pk=party_id).first()
    if party is None:
        raise UnknownParty("There is no party {number}.", "Search for the party by name or number.", number=party_id)
    return PartyRow(
        id=party.pk,
        code=party.code,
        kind=PartyKind(party.kind),
        name=party.name,
        ipi_name=party.ipi_name,
        ipi_base=party.ipi_base,
        isni=party.isni,
        society_code=party.society_code,
        country=party.country,
        intake_id=party.intake_id,
        created_at=party.created_at,
        names=_names(party_id),
        memberships=_memberships(party_id),
        mandates=_mandates(party_id),
        affiliations=_affiliations(party_id),
        successors=_successions(party_id, here="predecessor", there="successor"),
        predecessors=_successions(party_id, here="successor", there="predecessor"),
        bank_accounts=tuple(_bank_rows(BankAccount.objects.filter(party_id=party_id))),
    )


def get_party_by_code(code: str) -> PartyRow:
    """Return the party with this code or, failing that, with this current member number.

    Raises:
        UnknownParty: no party has it.
    """
    found = ids_by_code([code.strip()])
    if not found:
        raise UnknownParty("No party has the code {code!r}.", "List the parties to find the code.", code=code)
    return get_party(found[code.strip()])


def _names(party_id: int) -> tuple[NameRow, ...]:
    names = PartyName.objects.filter(party_id=party_id).order_by("pk")
    rows = [NameRow(row.pk, row.name, row.script, NameKind(row.kind), row.language, row.ipi_name) for row in names]
    return tuple(sorted(rows, key=lambda row: (row.kind is not NameKind.MAIN, row.id)))


def _memberships(party_id: int) -> tuple[MembershipRow, ...]:
    rows = Membership.objects.filter(party_id=party_id).order_by("pk")
    return tuple(MembershipRow(row.pk, row.member_number, row.joined_on, row.left_on) for row in rows)


def _mandates(party_id: int) -> tuple[MandateRow, ...]:
    return tuple(
        MandateRow(
            row.pk,
            Right(row.right),
            row.territories,
            row.work_class,
            row.valid_from,
            row.valid_to,
            row.known_from,
            row.known_to,
        )
        for row in Mandate.objects.filter(party_id=party_id).order_by("pk")
    )


def _affiliations(party_id: int) -> tuple[AffiliationRow, ...]:
    return tuple(
        AffiliationRow(
            row.pk,
            row.society_id,
            row.society.name,
            Right(row.right) if row.right else None,
            row.valid_from,
            row.valid_to,
            row.known_from,
            row.known_to,
        )
        for row in Affiliation.objects.filter(party_id=party_id).select_related("society").order_by("pk")
    )


def _successions(party_id: int, *, here: str, there: str) -> tuple[SuccessionRow, ...]:
    rows = (
        Successor.objects.filter(**{here: party_id})
        .order_by("pk")
        .values_list("pk", there, f"{there}__name", "share_ppm", "valid_from", "valid_to", "known_from", "known_to")
    )
    return tuple(SuccessionRow(*row) for row in rows)


# Lists and search


def find_parties(text: str = "", kind: str | None = None, limit: int = 50, offset: int = 0) -> Page[PartyHit]:
    """Return the parties that a typed text finds, in the order of their Latin spelling.

    Every word of `text` must begin a word of one of the party's names, in any script, or one of its numbers; a number
    may be written with or without its separators. Empty text finds every party. A record that was merged is not
    found; the party that it leads to has its names.
    """
    found = Party.objects.exclude(pk__in=PartyMerge.objects.filter(undone_at__isnull=True).values("dropped_id"))
    if kind:
        found = found.filter(kind=PartyKind(kind))
    tokens = query_tokens(text)
    if tokens:
        words = reduce(lambda left, right: left & right, (_has_key(token) for token in tokens))
        found = found.filter(words | _has_key(code_key(text)) if len(tokens) > 1 and _is_number(text) else words)
    elif text.strip():
        found = found.none()
    rows = found.order_by("sort_name", "pk")[offset : offset + limit]
    return Page(tuple(_hits(rows)), found.count())


def _is_number(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _has_key(token: str) -> Q:
    """Return the condition that a key of the party begins with the token, as an index range on either database."""
    keys = PartyKey.objects.filter(key__startswith=token)
    if connection.vendor == "sqlite":
        # LIKE with an escape character never uses an index there; its comparison of text is by code point.
        keys = PartyKey.objects.filter(key__gte=token, key__lt=token + "\U0010ffff")
    return Q(pk__in=keys.values("party_id"))


def _hits(rows: QuerySet[Party]) -> Iterator[PartyHit]:
    for pk, code, kind, name, ipi_name, country in rows.values_list(
        "pk", "code", "kind", "name", "ipi_name", "country"
    ):
        yield PartyHit(pk, code, PartyKind(kind), name, ipi_name, country)


def party_hits(ids: Iterable[int]) -> dict[int, PartyHit]:
    """Return a line about each of the parties; an unknown id is left out."""
    return {hit.id: hit for chunk in _chunks(ids) for hit in _hits(Party.objects.filter(pk__in=chunk))}


def parties_of_intake(intake_id: int) -> tuple[PartyHit, ...]:
    """Return the parties that an intake created."""
    return tuple(_hits(Party.objects.filter(intake_id=intake_id).order_by("code")))


# Bulk look-ups: a key that nothing has is left out of the answer, and a merged record is the party that it leads to


def _led[Key](found: dict[Key, int]) -> dict[Key, int]:
    leads = current_party_ids(found.values())
    return {key: leads[party_id] for key, party_id in found.items()}


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Return the main name of each party."""
    return {
        pk: name for chunk in _chunks(ids) for pk, name in Party.objects.filter(pk__in=chunk).values_list("pk", "name")
    }


def ids_by_ipi_name(numbers: Iterable[str]) -> dict[str, int]:
    """Return the party of each IPI name number (eleven digits), be it of the main name or of a pseudonym."""
    return _led(
        {
            number: party_id
            for chunk in _chunks(numbers)
            for number, party_id in PartyName.objects.filter(ipi_name__in=chunk).values_list("ipi_name", "party_id")
            if number is not None
        }
    )


def ids_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Return the party of each code or current member number; a code goes before a member number."""
    found: dict[str, int] = {}
    for chunk in _chunks(codes):
        members = Membership.objects.filter(member_number__in=chunk, left_on__isnull=True)
        found.update(members.values_list("member_number", "party_id"))
        found.update(Party.objects.filter(code__in=chunk).values_list("code", "pk"))
    return _led(found)


def ids_by_identifier(field: str, values: Iterable[str]) -> dict[str, int]:
    """Return the party of each compact `ipi_base`, `isni` or `society_code`, whichever `field` names."""
    assert field in ("ipi_base", "isni", "society_code"), field
    return _led(
        {
            value: pk
            for chunk in _chunks(values)
            for value, pk in Party.objects.filter(**{f"{field}__in": chunk}).values_list(field, "pk")
        }
    )


def ids_by_name(folded: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the parties, by id, that have each name in its folded form (`kernel.words.names.fold`)."""
    found: dict[str, set[int]] = {}
    for chunk in _chunks(folded):
        for name, party_id in PartyName.objects.filter(folded__in=chunk).values_list("folded", "party_id"):
            found.setdefault(name, set()).add(party_id)
    leads = current_party_ids(party_id for ids in found.values() for party_id in ids)
    return {name: tuple(sorted({leads[party_id] for party_id in ids})) for name, ids in found.items()}


def other_names() -> dict[int, tuple[str, ...]]:
    """Return the names beside the main one of every party that has any: aliases, and names in other scripts."""
    found: dict[int, list[str]] = {}
    rows = PartyName.objects.exclude(kind=NameKind.MAIN.value).order_by("party_id", "pk")
    for party_id, name in rows.values_list("party_id", "name").iterator(50_000):
        found.setdefault(party_id, []).append(name)
    return {party_id: tuple(names) for party_id, names in found.items()}


def party_named(text: str) -> int | None:
    """Return the one party whose name folds as `text` does, None where there is none or more than one."""
    ids = ids_by_name([fold(text)]).get(fold(text), ())
    return ids[0] if len(ids) == 1 else None


def party_meant(text: str) -> int:
    """Return the party that somebody names: by code or member number, IPI name number, or its whole name.

    Raises:
        UnknownParty: nobody, or more than one party of this name.
    """
    written = " ".join(text.split())
    found = ids_by_code([written]).get(written)
    if found is None:
        try:
            number = parse_ipi_name(written)
        except InvalidIdentifier:
            found = party_named(written)
        else:
            found = ids_by_ipi_name([number]).get(number)
    if found is None:
        raise UnknownParty("No single party is known as {text!r}.", "Write its code or IPI name number.", text=text)
    return found


# Who is paid


class Passing(NamedTuple):
    """A fraction of everything a party owned that passes to another: by succession, or because they are one party."""

    party_id: int
    share_ppm: int
    valid: Period
    known: Known


def party_facts(ids: Iterable[int]) -> dict[int, PartyFacts]:
    """Return what `rules.payee_for` asks about each party, with the facts of all its successors.

    Reads each table once for a generation, so any number of parties costs a handful of statements. A record that was
    merged has passed everything to the party that it led to, for as long as it led there.
    """
    wanted = list(dict.fromkeys(ids))
    successions: dict[int, list[Passing]] = {}
    known: set[int] = set()
    generation: Sequence[int] = wanted
    while generation:
        known.update(generation)
        for chunk in _chunks(generation):
            for row in _ordered(PartyMerge, dropped_id__in=chunk):
                merged = Passing(row.kept_id, PPM, Period(), Known(row.merged_at, row.undone_at))
                successions.setdefault(row.dropped_id, []).append(merged)
            for passed in _ordered(Successor, predecessor_id__in=chunk):
                passing = Passing(passed.successor_id, passed.share_ppm, _valid(passed), _known(passed))
                successions.setdefault(passed.predecessor_id, []).append(passing)
        reached = {passing.party_id for pk in generation for passing in successions.get(pk, ())}
        generation = sorted(reached - known)
    bare = _bare_facts(known)
    return {pk: _with_successors(pk, bare, successions, ()) for pk in wanted if pk in bare}


def _ordered[Table: Model](table: type[Table], **conditions: object) -> QuerySet[Table]:
    return table._default_manager.filter(**conditions).order_by("pk")


def _bare_facts(ids: set[int]) -> dict[int, PartyFacts]:
    mandates: dict[int, list[MandateFact]] = {}
    affiliations: dict[int, list[AffiliationFact]] = {}
    kinds: dict[int, str] = {}
    for chunk in _chunks(sorted(ids)):
        kinds.update(Party.objects.filter(pk__in=chunk).values_list("pk", "kind"))
        for row in _ordered(Mandate, party_id__in=chunk):
            fact = MandateFact(
                Right(row.right), Territories.parse(row.territories), row.work_class, _valid(row), _known(row)
            )
            mandates.setdefault(row.party_id, []).append(fact)
        for link in _ordered(Affiliation, party_id__in=chunk):
            right = Right(link.right) if link.right else None
            affiliation = AffiliationFact(link.society_id, right, _valid(link), _known(link))
            affiliations.setdefault(link.party_id, []).append(affiliation)
    return {
        pk: PartyFacts(pk, PartyKind(kind), tuple(mandates.get(pk, ())), tuple(affiliations.get(pk, ())))
        for pk, kind in kinds.items()
    }


def _valid(row: Mandate | Affiliation | Successor) -> Period:
    return Period(row.valid_from, row.valid_to)


def _known(row: Mandate | Affiliation | Successor) -> Known:
    return Known(row.known_from, row.known_to)


def _with_successors(
    party_id: int, bare: dict[int, PartyFacts], successions: dict[int, list[Passing]], above: tuple[int, ...]
) -> PartyFacts:
    """Hang the successors' facts in; a circle, which the services refuse, would end where it closes."""
    facts = bare[party_id]
    return PartyFacts(
        facts.party_id,
        facts.kind,
        facts.mandates,
        facts.affiliations,
        tuple(
            SuccessionFact(
                _with_successors(passing.party_id, bare, successions, (*above, party_id)),
                passing.share_ppm,
                passing.valid,
                passing.known,
            )
            for passing in successions.get(party_id, ())
            if passing.party_id not in above
        ),
    )


# Bank accounts


def _bank_rows(accounts: QuerySet[BankAccount]) -> Iterator[BankRow]:
    rows = accounts.annotate(party_name=F("party__name")).order_by("pk")
    for row in rows.values_list(
        "pk",
        "party_id",
        "party_name",
        "holder",
        "iban",
        "bic",
        "state",
        "proposed_by",
        "proposed_at",
        "decided_by",
        "decided_at",
    ):
        yield BankRow(*row)


def bank_accounts_approved(party_ids: Iterable[int]) -> dict[int, BankRow]:
    """Return the account that money for each party goes to; a party without an approved one is left out."""
    return {
        row.party_id: row
        for chunk in _chunks(party_ids)
        for row in _bank_rows(BankAccount.objects.filter(state="approved", party_id__in=chunk))
    }


def bank_changes(party_ids: Iterable[int]) -> dict[int, datetime]:
    """Return when the account of each party was last changed for another; a first account is no change."""
    return {
        row.party_id: row.decided_at
        for chunk in _chunks(party_ids)
        for row in BankAccount.objects.filter(
            state="approved",
            party_id__in=BankAccount.objects.filter(state="replaced", party_id__in=chunk).values("party_id"),
        )
        if row.decided_at is not None
    }


def bank_proposals(intake_id: int | None = None) -> tuple[BankRow, ...]:
    """Return the accounts that wait for a second person, the oldest first; of one intake where given."""
    waiting = BankAccount.objects.filter(state="proposed")
    return tuple(_bank_rows(waiting if intake_id is None else waiting.filter(intake_id=intake_id)))
