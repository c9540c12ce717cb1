"""Who is paid for an owner's share: one pure function over the facts that are in force.

The order of the answers, for the day of use and for what was known at an instant:

1. The owner's right has passed to successors: each successor's fraction is answered by itself, generation by
   generation. What the fractions leave open is nobody's.
2. The owner, or a predecessor the right came from, gave us a mandate for right, territory and class: the owner is paid.
   A society that owns a share itself is paid without a mandate.
3. The owner, or a predecessor, belongs to a sister society for that right: the society is paid.
4. Otherwise nobody is paid: UNCLAIMED.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories
from muniment.rights.parties.rules.values import UNCLAIMED, PartyKind


@dataclass(frozen=True, slots=True)
class MandateFact:
    """A right given to us; `work_class` empty stands for every class of works."""

    right: Right
    territories: Territories
    work_class: str
    valid: Period
    known: Known


@dataclass(frozen=True, slots=True)
class AffiliationFact:
    """Belonging to a sister society, whose party id is `society_id`; `right` None stands for every right."""

    society_id: int
    right: Right | None
    valid: Period
    known: Known


@dataclass(frozen=True, slots=True)
class SuccessionFact:
    """A fraction of everything the predecessor owned, passed to the successor from the first valid day."""

    successor: "PartyFacts"
    share_ppm: int
    valid: Period
    known: Known


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """All that decides who is paid for a party, with the facts of its successors inside."""

    party_id: int
    kind: PartyKind
    mandates: tuple[MandateFact, ...] = ()
    affiliations: tuple[AffiliationFact, ...] = ()
    successions: tuple[SuccessionFact, ...] = ()


@dataclass(frozen=True, slots=True)
class PayeePart:
    """A part of the owner's share: `payee_id` is paid, or it is None and `reason` says why."""

    payee_id: int | None
    share_ppm: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    right: Right
    territory: int
    on: date
    known_at: datetime
    work_class: str

    def holds(self, fact: MandateFact | AffiliationFact | SuccessionFact) -> bool:
        """Say whether the fact is valid on the day and was known at the instant."""
        return fact.valid.contains(self.on) and fact.known.contains(self.known_at)


def payee_for(
    facts: PartyFacts, right: Right, territory: int, on: date, known_at: datetime, work_class: str = ""
) -> tuple[PayeePart, ...]:
    """Answer who is paid for the share of `facts.party_id`.

    Args:
        facts: the owner's facts, as `queries.party_facts` gives them.
        right: the right that was used.
        territory: TIS code of the place of use.
        on: the day of use.
        known_at: the instant whose knowledge counts, so that an old run gives its old answer.
        work_class: the class of the work, empty where not known; a mandate for one class covers only that class.

    Returns:
        Parts of 1,000,000 ppm in all, one a payee in the order of their ids, what nobody gets last.

    Raises:
        UnknownTerritory: the TIS has no such code.
    """
    question = _Question(Right(right), territory, on, known_at, work_class)
    sums: dict[int | None, int] = {}
    for payee_id, share_ppm in _parts(facts, PPM, question, mandated=False, society_id=None):
        sums[payee_id] = sums.get(payee_id, 0) + share_ppm
    nobody = sums.pop(None, 0)
    parts = [PayeePart(payee_id, share_ppm) for payee_id, share_ppm in sorted(sums.items()) if share_ppm]
    if nobody:
        parts.append(PayeePart(None, nobody, UNCLAIMED))
    return tuple(parts)


def _parts(
    facts: PartyFacts, share_ppm: int, question: _Question, *, mandated: bool, society_id: int | None
) -> Iterator[tuple[int | None, int]]:
    """Yield payee and ppm; `mandated` and `society_id` are what came down from the predecessors."""
    mandated = mandated or facts.kind is PartyKind.SOCIETY or _has_mandate(facts, question)
    society_id = _society(facts, question) or society_id
    successions = [fact for fact in facts.successions if question.holds(fact)]
    if not successions:
        yield (facts.party_id if mandated else society_id), share_ppm
        return
    fractions = [fact.share_ppm for fact in successions]
    # Services refuse fractions above the whole; were there any, they would be scaled down, never invented.
    weights = [*fractions, max(0, PPM - sum(fractions))]
    keys = [(0, fact.successor.party_id, order) for order, fact in enumerate(successions)] + [(1, 0, 0)]
    *shares, rest = split_exactly(share_ppm, weights, keys)
    for fact, part in zip(successions, shares, strict=True):
        yield from _parts(fact.successor, part, question, mandated=mandated, society_id=society_id)
    yield None, rest


def _has_mandate(facts: PartyFacts, question: _Question) -> bool:
    return any(
        mandate.right is question.right
        and mandate.work_class in ("", question.work_class)
        and question.holds(mandate)
        and mandate.territories.covers(question.territory)
        for mandate in facts.mandates
    )


def _society(facts: PartyFacts, question: _Question) -> int | None:
    """Return the sister society in charge; one named for the very right goes before one named for all."""
    found = [fact for fact in facts.affiliations if fact.right in (None, question.right) and question.holds(fact)]
    return min(((fact.right is None, fact.society_id) for fact in found), default=(True, None))[1]
