"""The share question's answers for the uses of a run, cut down to the payees who get the money.

A work is used on many days, but its answer changes only where a claim, a mandate, an affiliation or a succession
begins or ends. So each work, right and territory is cut at those days, and asked once for each piece.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from muniment.kernel.words.allocation import split_by_shares
from muniment.kernel.words.shares import PPM, Right
from muniment.pay.distributions.rules.states import PAYABLE, Hold
from muniment.rights.parties.rules import PartyFacts, PayeePart, payee_for
from muniment.rights.works.rules import ShareClaim, SharePart, ShareStatus, resolve_shares

NO_MANDATE = "the owner has given no mandate for this right and territory"


@dataclass(frozen=True, slots=True)
class Use:
    """One work used for one right in one territory, on these days (sorted, each once)."""

    work_id: int
    right: Right
    territory: int
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PaidPart:
    """One part of a split as it is paid or held; `party_id` owns it, `payee_id` gets it."""

    party_id: int | None
    payee_id: int | None
    share_ppm: int
    status: str
    role: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """An answer, for uses from `used_from` up to, not including, `used_to`; its parts sum to 1,000,000 ppm."""

    work_id: int
    right: Right
    territory: int
    used_from: date
    used_to: date
    parts: tuple[PaidPart, ...]


@dataclass(slots=True)
class PayeeAnswers:
    """Answers of `payee_for`, each asked once for every stretch of days in which a party's facts do not change."""

    facts: Mapping[int, PartyFacts]
    known_at: datetime
    _changes: dict[int, list[date]] = field(default_factory=dict)
    _answers: dict[tuple[int, Right, int, str, int], tuple[PayeePart, ...]] = field(default_factory=dict)

    def changes(self, party_id: int) -> list[date]:
        """Return the days on which the answer for the party may change."""
        if party_id not in self._changes:
            facts = self.facts.get(party_id)
            self._changes[party_id] = sorted(set(_days_of(facts))) if facts else []
        return self._changes[party_id]

    def of(self, party_id: int, right: Right, territory: int, on: date, work_class: str) -> tuple[PayeePart, ...]:
        """Return who is paid for the party's share; a party without facts is paid by nobody."""
        stretch = bisect_right(self.changes(party_id), on)
        key = (party_id, right, territory, work_class, stretch)
        if key not in self._answers:
            facts = self.facts.get(party_id)
            self._answers[key] = (
                payee_for(facts, right, territory, on, self.known_at, work_class)
                if facts
                else (PayeePart(None, PPM, Hold.UNCLAIMED.value),)
            )
        return self._answers[key]


def _days_of(facts: PartyFacts) -> Iterator[date]:
    periods = [fact.valid for fact in facts.mandates]
    periods += [fact.valid for fact in facts.affiliations]
    periods += [fact.valid for fact in facts.successions]
    yield from (day for period in periods for day in (period.valid_from, period.valid_to) if day)
    for succession in facts.successions:
        yield from _days_of(succession.successor)


def splits_of(use: Use, claims: Sequence[ShareClaim], payees: PayeeAnswers, work_class: str = "") -> Iterator[Split]:
    """Yield the answers for a use in the order of its days; they do not overlap and cover every day of it."""
    first, after_last = use.days[0], use.days[-1] + timedelta(days=1)
    changes = {day for claim in claims for day in (claim.valid_from, claim.valid_to) if day}
    for party_id in {claim.party_id for claim in claims}:
        changes.update(payees.changes(party_id))
    cuts = [first, *sorted(day for day in changes if first < day < after_last), after_last]
    for used_from, used_to in pairwise(cuts):
        if _any_day_within(use.days, used_from, used_to):
            yield Split(
                use.work_id,
                use.right,
                use.territory,
                used_from,
                used_to,
                paid_parts(use, claims, payees, used_from, work_class),
            )


def _any_day_within(days: Sequence[date], used_from: date, used_to: date) -> bool:
    place = bisect_right(days, used_from - timedelta(days=1))
    return place < len(days) and days[place] < used_to


def paid_parts(
    use: Use, claims: Sequence[ShareClaim], payees: PayeeAnswers, on: date, work_class: str = ""
) -> tuple[PaidPart, ...]:
    """Answer for one day who is paid what share of the use: payees first, in the order of owners, then what is held."""
    answer = resolve_shares(claims, right=use.right, territory=use.territory, usage_on=on, known_at=payees.known_at)
    roles = {claim.line_id: claim.role for claim in claims}
    parts: list[PaidPart] = []
    for part in answer.parts:
        role = "/".join(sorted({roles[line] for line in part.line_ids if roles.get(line)})) if part.party_id else ""
        parts.extend(_to_payees(part, role, use, payees, on, work_class))
    return tuple(sorted(parts, key=_order))


def _to_payees(
    part: SharePart, role: str, use: Use, payees: PayeeAnswers, on: date, work_class: str
) -> Iterator[PaidPart]:
    if part.status is not ShareStatus.PAYABLE or part.party_id is None:
        yield PaidPart(part.party_id, None, part.share_ppm, part.status.value, role, part.note)
        return
    answers = payees.of(part.party_id, use.right, use.territory, on, work_class)
    shares_ppm = split_by_shares(part.share_ppm, [answer.share_ppm for answer in answers])
    for answer, share_ppm in zip(answers, shares_ppm, strict=True):
        if not share_ppm:
            continue
        if answer.payee_id is None:
            yield PaidPart(part.party_id, None, share_ppm, Hold.UNCLAIMED.value, role, NO_MANDATE)
        else:
            yield PaidPart(part.party_id, answer.payee_id, share_ppm, PAYABLE, role, part.note)


def _order(part: PaidPart) -> tuple[bool, str, bool, int, int]:
    return (part.status != PAYABLE, part.status, part.party_id is None, part.party_id or 0, part.payee_id or 0)


def answer_uses(
    uses: Iterable[Use],
    claims: Mapping[int, Sequence[ShareClaim]],
    payees: PayeeAnswers,
    work_classes: Mapping[int, str],
) -> Iterator[Split]:
    """Yield the splits of every use; a work without claims has one UNCLAIMED part."""
    for use in uses:
        yield from splits_of(use, claims.get(use.work_id, ()), payees, work_classes.get(use.work_id, ""))
