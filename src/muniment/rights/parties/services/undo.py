"""Taking back what one file brought: all of it, or nothing where something later stands on it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db import transaction
from django.db.models import Model, ProtectedError

from muniment.kernel.words.problems import UserError
from muniment.rights.parties.models import (
    Affiliation,
    BankAccount,
    Mandate,
    Membership,
    Party,
    PartyKey,
    PartyName,
    Successor,
)
from muniment.rights.parties.queries import party_hits
from muniment.rights.parties.services.imports import INTAKE_KIND
from muniment.rights.parties.services.search_keys import rebuild_keys
from muniment.trust.access.queries import users_of_parties
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.queries import get_intake
from muniment.trust.batches.services import UnknownIntake, mark_undone
from muniment.trust.ledger.queries import trial_balance

_CHUNK = 2_000
_NAMED = 5


class StillNeeded(UserError):
    """Something later stands on what shall be taken back."""


@dataclass(frozen=True, slots=True)
class UndoReport:
    """How many parties, and how many facts about parties that stay, were taken back."""

    intake_id: int
    party_count: int
    fact_count: int


@transaction.atomic
def undo_parties_intake(*, actor: Actor, at: datetime, intake_id: int) -> UndoReport:
    """Take back everything that the import of a member file created.

    Raises:
        NotAllowed: the actor may not undo imports, or not write parties.
        UnknownIntake: it is no member file, or it is not in the state imported.
        StillNeeded: works, users, money or later facts stand on it; the message lists them and nothing is changed.
    """
    require(actor, Action.PARTY_WRITE)
    require(actor, Action.INTAKE_UNDO)
    intake = get_intake(intake_id)
    if intake is None or intake.kind != INTAKE_KIND:
        raise UnknownIntake(f"Intake {intake_id} is no member file.", "Look it up in the list of intakes.")
    report = take_back_parties(actor=actor, intake_id=intake_id)
    mark_undone(actor=actor, at=at, intake_id=intake_id)
    return report


@transaction.atomic
def take_back_parties(*, actor: Actor, intake_id: int) -> UndoReport:
    """Delete the parties and facts that bear the intake's id; for the undo of any file that registered parties.

    The audit event is the caller's `mark_undone`.

    Raises:
        NotAllowed: the actor may not undo imports.
        StillNeeded: see `undo_parties_intake`.
    """
    require(actor, Action.INTAKE_UNDO)
    created = list(Party.objects.filter(intake_id=intake_id).values_list("pk", flat=True))
    needs = [*_logins(created), *_books(created), *_decisions(intake_id)]
    if needs:
        raise _refusal(needs)
    touched = _parties_that_stay(intake_id)
    facts = (BankAccount, Successor, Affiliation, Mandate, Membership, PartyName)
    try:
        with transaction.atomic():
            fact_count = sum(_facts_about_others(table, intake_id) for table in facts)
            for table in facts:
                table._default_manager.filter(intake_id=intake_id).delete()
            for chunk in batched(created, _CHUNK):
                PartyKey.objects.filter(party_id__in=chunk).delete()
                Party.objects.filter(pk__in=chunk).delete()
    except ProtectedError as error:
        raise _refusal(_described(error.protected_objects, set(created))) from error
    rebuild_keys(touched)
    return UndoReport(intake_id, len(created), fact_count)


def _facts_about_others(table: type[Model], intake_id: int) -> int:
    owner = "predecessor" if table is Successor else "party"
    rows = table._default_manager.filter(intake_id=intake_id)
    return rows.exclude(**{f"{owner}__intake_id": intake_id}).count()


def _parties_that_stay(intake_id: int) -> list[int]:
    """Return the parties of before to which the intake gave a name or a membership."""
    found: set[int] = set()
    for table in (PartyName, Membership):
        rows = table._default_manager.filter(intake_id=intake_id).exclude(party__intake_id=intake_id)
        found.update(rows.values_list("party_id", flat=True))
    return sorted(found)


def _logins(party_ids: list[int]) -> list[str]:
    """Return the logins that stand for one of the parties; they have no foreign key, being on a lower floor."""
    found: list[str] = []
    for chunk in batched(party_ids, _CHUNK):
        for party_id, users in users_of_parties(chunk).items():
            found += [f"the login {user.username} of party {party_id}" for user in users]
    return found


def _books(party_ids: list[int]) -> list[str]:
    """Return the ledger accounts that are kept for one of the parties."""
    names = {f"payable/{party_id}" for party_id in party_ids} | {f"held/NO_PAYEE/party-{pk}" for pk in party_ids}
    kept = {row.code for row in trial_balance()} & names if party_ids else set()
    return [f"the ledger account {code}" for code in sorted(kept)]


def _decisions(intake_id: int) -> list[str]:
    """Return the decided bank accounts of parties that stay: their former accounts cannot be brought back."""
    decided = BankAccount.objects.filter(intake_id=intake_id, state__in=["approved", "replaced"])
    rows = decided.exclude(party__intake_id=intake_id).values_list("party__name", "decided_by")
    return [f"the bank account of {name}, approved by {decided_by}" for name, decided_by in rows]


def _described(objects: Iterable[Model], created: set[int]) -> list[str]:
    """Say for each kind of record how many stand on which of the parties."""
    counts: Counter[tuple[str, int]] = Counter()
    for row in objects:
        for field in row._meta.concrete_fields:
            party_id = getattr(row, field.attname) if field.related_model is Party else None
            if party_id in created:
                counts[str(row._meta.verbose_name), party_id] += 1
    hits = party_hits(party_id for _, party_id in counts)
    return [f"{count} {kind} of {hits[party_id]}" for (kind, party_id), count in counts.most_common()]


def _refusal(needs: list[str]) -> StillNeeded:
    shown = "; ".join(needs[:_NAMED])
    more = f"; and {len(needs) - _NAMED} more" if len(needs) > _NAMED else ""
    return StillNeeded(
        f"This intake cannot be undone, because later records stand on it: {shown}{more}.",
        "Undo or correct those first. Nothing was changed.",
    )
