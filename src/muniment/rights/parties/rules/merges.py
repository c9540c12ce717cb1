"""Two records of one party made one: who stands for whom when, and what keeps two records apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.shares import Right


@dataclass(frozen=True, slots=True)
class PartyMergeRow:
    """One merge of two records of a party; it is in force while `undone_at` is None."""

    id: int
    kept_id: int
    kept_code: str
    kept_name: str
    dropped_id: int
    dropped_code: str
    dropped_name: str
    merged_at: datetime
    merged_by: str
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A record led to `kept_id` in the stretch of knowledge `known`."""

    kept_id: int
    known: Known


def stretches(
    party_id: int, known: Known, leads: Mapping[int, Sequence[Lead]]
) -> Iterator[tuple[int, datetime, datetime | None]]:
    """Yield who stood for a party over a stretch of knowledge: (party, from, up to), without gaps, in order of time.

    Args:
        leads: for each record that was ever merged, where it led, in the order of time and without overlap.
    """
    start, end = known.known_from, known.known_to
    for lead in leads.get(party_id, ()):
        first, last = max(start, lead.known.known_from), _earlier(end, lead.known.known_to)
        if last is not None and first >= last:
            continue
        if start < first:
            yield party_id, start, first
        yield from stretches(lead.kept_id, Known(first, last), leads)
        if last is None:
            return
        start = last
    if end is None or start < end:
        yield party_id, start, end


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return one if other is None else other if one is None else min(one, other)


@dataclass(frozen=True, slots=True)
class Term:
    """A mandate, or the belonging to a society, in what two records of a party can contradict each other.

    `right` empty stands for every right. `what` is where a mandate holds, or the society; `work_class` of mandates.
    """

    right: str
    what: str
    work_class: str
    valid_from: date | None
    valid_to: date | None

    def meets(self, other: "Term") -> bool:
        """Say whether both speak of one right, one class of works, and at least one day."""
        rights = not self.right or not other.right or self.right == other.right
        classes = not self.work_class or not other.work_class or self.work_class == other.work_class
        return rights and classes and _overlap(Period(self.valid_from, self.valid_to), other)


def _overlap(one: Period, other: Term) -> bool:
    starts = one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to
    ends = one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to
    return starts and ends


def contradictions(kept: Collection[Term], dropped: Collection[Term]) -> list[tuple[Term, Term]]:
    """Return the pairs of terms that cannot both be one party's: they meet, and say something else."""
    return [(one, other) for one in kept for other in dropped if one != other and one.meets(other)]


def right_name(right: str) -> str:
    """Return a right's word for a message, "every right" where none is named."""
    return Right(right).name.lower() if right else "every right"
