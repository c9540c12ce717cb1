"""The search for duplicates that follows an import, at the command line and in the office alike."""

from datetime import datetime

from muniment.rights.parties.queries import find_parties, parties_of_intake
from muniment.rights.works.queries import find_works, works_of_intake
from muniment.trust.access.rules import Actor
from muniment.use.duplicates.queries import SearchRow
from muniment.use.duplicates.rules import PairKind
from muniment.use.duplicates.services import search_parties, search_works

LARGEST_REGISTER = 20_000
"""A register up to this size is searched while the person waits for the import; a larger one when somebody asks."""


def search_after_import(*, actor: Actor, at: datetime, kind: PairKind, intake_id: int) -> SearchRow | None:
    """Search among what an import brought; None where it brought nothing new, or the register is too large to wait.

    Raises:
        NotAllowed: the actor may not write works, or parties.
    """
    if kind is PairKind.WORK:
        if not works_of_intake(intake_id) or find_works("", limit=1).total > LARGEST_REGISTER:
            return None
        return search_works(actor=actor, at=at, intake_id=intake_id)
    if not parties_of_intake(intake_id) or find_parties("", limit=1).total > LARGEST_REGISTER:
        return None
    return search_parties(actor=actor, at=at, intake_id=intake_id)
