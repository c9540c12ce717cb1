"""Making two records of one party one, and taking that back.

The dropped record is not deleted: it leads to the kept party from the instant of the merge on, and every reader is led.
Its names and numbers become further names and numbers of the kept party; memberships, mandates and societies go over
where they do not contradict each other. What rests on a second person or on booked money never moves by a merge: bank
accounts stay where they were approved, and a record that holds money, a login or a waiting account is refused.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Model

from muniment.kernel.words.problems import UserError
from muniment.rights.parties.models import (
    Affiliation,
    Mandate,
    Membership,
    Party,
    PartyMerge,
    PartyName,
    Successor,
)
from muniment.rights.parties.queries import UnknownParty, get_party_merge, party_merge_of
from muniment.rights.parties.rules.merges import PartyMergeRow
from muniment.rights.parties.rules.values import NameKind
from muniment.rights.parties.services.merge_obstacles import obstacles_to_merge, obstacles_to_undo
from muniment.rights.parties.services.search_keys import rebuild_keys
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event

_NUMBERS = ("ipi_base", "isni", "society_code")
_NAMED = 5

TABLES: dict[str, type[Model]] = {
    "party": Party,
    "name": PartyName,
    "membership": Membership,
    "mandate": Mandate,
    "affiliation": Affiliation,
    "successor": Successor,
}

type Step = list[object]
"""Of a field: ["set", table, row, field, before, after]; of a fact: ["fact", table, closed row, opened row]."""


class CannotMergeParties(UserError):
    """The two records cannot become one party; the message says what keeps them apart, and nothing was changed."""


class PartyMergeStands(UserError):
    """The merge cannot be undone, because later facts stand on it."""


def two_parties(keep_id: int, drop_id: int) -> tuple[Party, Party]:
    """Return the two parties of a merge, locked until the transaction ends.

    Raises:
        UnknownParty: there is no such party.
        CannotMergeParties: both are one record, or one of them was merged before.
    """
    if keep_id == drop_id:
        raise CannotMergeParties("A party cannot be merged with itself.", "Choose two different parties.")
    parties = {party.pk: party for party in Party.objects.select_for_update().filter(pk__in=[keep_id, drop_id])}
    for party_id in (keep_id, drop_id):
        if party_id not in parties:
            raise UnknownParty(f"There is no party {party_id}.", "Search for the party by name or number.")
        before = party_merge_of(party_id)
        if before is not None:
            raise CannotMergeParties(
                f"{before.dropped_name} ({before.dropped_code}) was merged into {before.kept_name}"
                f" ({before.kept_code}) already.",
                "Use that party, or undo the earlier merge.",
            )
    return parties[keep_id], parties[drop_id]


@transaction.atomic
def merge_parties(*, actor: Actor, at: datetime, keep_id: int, drop_id: int) -> PartyMergeRow:
    """Make `drop_id` lead to `keep_id` from `at` on, and give the kept party what only the dropped one had.

    Raises:
        NotAllowed: the actor may not write parties.
        UnknownParty, CannotMergeParties: see `two_parties`; and where money, a login, a waiting bank account, two
            open memberships, successors, or contradicting mandates or societies keep the two apart.
    """
    require(actor, Action.PARTY_WRITE)
    kept, dropped = two_parties(keep_id, drop_id)
    obstacles = list(obstacles_to_merge(kept, dropped))
    if obstacles:
        raise CannotMergeParties(
            f"{dropped.name} ({dropped.code}) cannot be merged into {kept.name} ({kept.code}): {_listed(obstacles)}.",
            "Settle that first, or keep the other record. Nothing was changed.",
        )
    steps = [*_numbers(kept, dropped), *_names(kept, dropped), *_memberships(kept, dropped), *_facts(kept, dropped, at)]
    merge = PartyMerge.objects.create(kept=kept, dropped=dropped, steps=steps, merged_at=at, merged_by=actor.name)
    rebuild_keys([kept.pk, dropped.pk])
    _tell(actor, at, "party.merged", merge)
    return _row(merge)


def _listed(parts: list[str]) -> str:
    more = f"; and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return "; ".join(parts[:_NAMED]) + more


def _row(merge: PartyMerge) -> PartyMergeRow:
    row = get_party_merge(merge.pk)
    assert row is not None, "just written"
    return row


def _tell(actor: Actor, at: datetime, tag: str, merge: PartyMerge) -> None:
    """Put the merge, or its undo, into the history of both parties."""
    facts = {"merge": merge.pk, "kept": merge.kept.code, "dropped": merge.dropped.code}
    for party_id in (merge.kept_id, merge.dropped_id):
        record_event(actor=actor, at=at, tag=tag, subject_kind="party", subject_id=party_id, after=facts)


def _set(table: str, row: Model, field: str, value: object) -> Step:
    """Change one field of one row, and return the step that says so."""
    before = getattr(row, field)
    setattr(row, field, value)
    row.save(update_fields=[field.removesuffix("_id")])
    return ["set", table, row.pk, field, before, value]


def _numbers(kept: Party, dropped: Party) -> Iterator[Step]:
    """Give the kept party the numbers and the country that it lacks; a number leaves the record it comes from."""
    for field in _NUMBERS:
        value = getattr(dropped, field)
        if value is not None and getattr(kept, field) is None and _may_have(kept, field):
            yield _set("party", dropped, field, None)
            yield _set("party", kept, field, value)
    if dropped.country and not kept.country:
        yield _set("party", kept, "country", dropped.country)


def _may_have(party: Party, field: str) -> bool:
    return field != "society_code" or party.kind == "society"


def _names(kept: Party, dropped: Party) -> Iterator[Step]:
    """Make the dropped names further names of the kept party; an IPI name number goes with its name.

    The party's own number is that of its main name, so it changes only where that name was given one.
    """
    main = PartyName.objects.get(party=kept, kind=NameKind.MAIN)
    if dropped.ipi_name is not None:
        yield _set("party", dropped, "ipi_name", None)
    for row in PartyName.objects.filter(party=dropped).order_by("pk"):
        of_kept = PartyName.objects.filter(party=kept, folded=row.folded)
        same = of_kept.filter(ipi_name__isnull=True).first() or of_kept.first()
        if same is not None and (row.ipi_name is None or same.ipi_name is None):
            # The kept party has the name: all that can go over is the number.
            number = row.ipi_name
            if number is not None:
                yield _set("name", row, "ipi_name", None)
                yield _set("name", same, "ipi_name", number)
            continue
        taken = set(PartyName.objects.filter(party=kept, name=row.name).values_list("kind", flat=True))
        own = [row.kind] if row.kind != NameKind.MAIN else []
        kinds = [*own, NameKind.ALIAS.value, NameKind.PSEUDONYM.value, NameKind.TRANSLITERATION.value]
        free = next((kind for kind in kinds if kind not in taken), None)
        if free is not None:
            if row.kind != free:
                yield _set("name", row, "kind", free)
            yield _set("name", row, "party_id", kept.pk)
    main.refresh_from_db()
    if main.ipi_name != kept.ipi_name:
        yield _set("party", kept, "ipi_name", main.ipi_name)


def _memberships(kept: Party, dropped: Party) -> Iterator[Step]:
    for row in Membership.objects.filter(party=dropped).order_by("pk"):
        yield _set("membership", row, "party_id", kept.pk)


def _facts(kept: Party, dropped: Party, at: datetime) -> Iterator[Step]:
    """Close the facts that speak of the dropped record, and open them for the kept party where it lacks them."""
    for table, column in (
        (Mandate, "party"),
        (Affiliation, "party"),
        (Affiliation, "society"),
        (Successor, "successor"),
    ):
        rows = table._default_manager.filter(**{column: dropped}, known_to__isnull=True).order_by("pk")
        for row in list(rows):
            yield _led(row, column, kept, at)


def _led(row: Model, column: str, kept: Party, at: datetime) -> Step:
    table = next(word for word, model in TABLES.items() if isinstance(row, model))
    type(row)._default_manager.filter(pk=row.pk).update(known_to=at)
    fresh = type(row)._default_manager.get(pk=row.pk)
    said = {
        field.attname: getattr(fresh, field.attname)
        for field in fresh._meta.concrete_fields
        if field.attname not in ("id", "intake_id", "known_from", "known_to")
    } | {f"{column}_id": kept.pk}
    if type(row)._default_manager.filter(**said, known_to__isnull=True).exists():
        return ["fact", table, row.pk, None]
    return ["fact", table, row.pk, _opened(fresh, {f"{column}_id": kept.pk}, at)]


def _opened(row: Model, changed: dict[str, object], at: datetime) -> int:
    """Write a fact like `row`, known from `at`, with some fields changed; return its id."""
    for field, value in {**changed, "pk": None, "known_from": at, "known_to": None}.items():
        setattr(row, field, value)
    row._state.adding = True
    row.save(force_insert=True)
    return int(row.pk)


@transaction.atomic
def undo_party_merge(*, actor: Actor, at: datetime, merge_id: int) -> PartyMergeRow:
    """Take a merge back from `at` on: both records are again what they were.

    Raises:
        NotAllowed: the actor may not write parties.
        PartyMergeStands: there is no such merge in force, or something since then forbids it; the message lists what.
    """
    require(actor, Action.PARTY_WRITE)
    merge = PartyMerge.objects.select_for_update().filter(pk=merge_id, undone_at__isnull=True).first()
    if merge is None:
        raise PartyMergeStands(f"No merge {merge_id} is in force.", "It may have been undone before; open the party.")
    obstacles = list(obstacles_to_undo(merge, TABLES))
    if obstacles:
        raise PartyMergeStands(
            f"The merge of {merge.dropped.name} into {merge.kept.name} cannot be undone: {_listed(obstacles)}.",
            "Undo or correct those first. Nothing was changed.",
        )
    _take_back(merge.steps, at)
    merge.undone_at, merge.undone_by = at, actor.name
    merge.save(update_fields=["undone_at", "undone_by"])
    rebuild_keys([merge.kept_id, merge.dropped_id])
    _tell(actor, at, "party.merge_undone", merge)
    return _row(merge)


def _take_back(steps: Iterable[Step], at: datetime) -> None:
    """Undo the steps, the last one first."""
    for kind, table, *rest in reversed(list(steps)):
        rows = TABLES[str(table)]._default_manager
        if kind == "set":
            pk, field, before, _after = rest
            rows.filter(pk=pk).update(**{str(field): before})
        else:
            closed, opened = rest
            rows.filter(pk=opened).update(known_to=at)
            _opened(rows.get(pk=closed), {}, at)
