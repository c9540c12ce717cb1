"""The share question: who holds what of a work, for one right, in one territory, on one day, as known at one instant.

Shares are what submitters *claim*. Two submitters may both be right (each claims its own part), may say the same
thing, or may contradict each other. The rule, in whole ppm:

1. Only lines in force count: of the right, whose territories cover the place, whose validity holds the day, and
   which were known at the instant.
2. Lines of one submitter for one party add up. Over submitters a party's claim is the highest that anyone makes.
3. If these claims fit into the whole, all of them are payable, and what is left is one UNCLAIMED part.
4. If they do not fit, each submitter's view of the work is drawn: what it says of the parties it names, and of the
   others what they could still get beside it. A party's undisputed share is the least that any view gives it. The
   rest is one DISPUTE part, held for the parties who contest it and spread over nobody.

"Could get" is `_fit`: where claims exceed the room by some excess, each is sure of its claim less that excess, for
that is what remains to it even if every other party in the group is fully right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM, Right, format_percent
from muniment.kernel.words.territory import Territories


class ShareStatus(StrEnum):
    """What becomes of the money of a part."""

    PAYABLE = "PAYABLE"
    UNCLAIMED = "UNCLAIMED"
    DISPUTE = "DISPUTE"


class InvalidShareLine(UserError):
    """A share line cannot be true of any work: a negative share, more than the whole, a period that ends too soon."""


@dataclass(frozen=True, slots=True)
class ShareClaim:
    """One submitter's statement that a party collects a share of a right in some territories for some time."""

    line_id: int
    party_id: int
    right: Right
    territories: str  # TIS terms, such as "2136 -840"
    share_ppm: int
    claim: str  # the submitter
    known_from: datetime
    known_to: datetime | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    role: str = ""
    chain: int = 0

    def holds(self, *, right: Right, territory: int, usage_on: date, known_at: datetime) -> bool:
        """Say whether the line is in force for the question."""
        return (
            self.right == right
            and self.is_known(known_at)
            and self.is_valid(usage_on)
            and Territories.parse(self.territories).covers(territory)
        )

    def is_known(self, at: datetime) -> bool:
        """Say whether we held the line for true at the instant."""
        return self.known_from <= at and (self.known_to is None or at < self.known_to)

    def is_valid(self, on: date) -> bool:
        """Say whether the line holds on the day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class SharePart:
    """One part of the answer. `party_id` is None for what is held; `line_ids` are the lines that made the part."""

    party_id: int | None
    share_ppm: int
    status: ShareStatus
    line_ids: tuple[int, ...] = ()
    note: str = ""
    contesting: tuple[int, ...] = ()  # of a DISPUTE: the parties who claim the contested rest


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer: payable parts by party id, then what is unclaimed or disputed; the shares sum to 1,000,000."""

    parts: tuple[SharePart, ...]

    @property
    def disputed_ppm(self) -> int:
        """Return the contested rest; 0 where the claims fit together."""
        return sum(part.share_ppm for part in self.parts if part.status is ShareStatus.DISPUTE)


def resolve_shares(
    lines: Iterable[ShareClaim], *, right: Right, territory: int, usage_on: date, known_at: datetime
) -> Resolution:
    """Answer the share question for one work.

    Args:
        lines: every line of the work, of any right, place and time; their order does not matter.
        right: the right that was used.
        territory: TIS code of the place of use; of a group of countries, a line must cover all of it.
        usage_on: the day of use.
        known_at: the instant whose knowledge counts.

    Raises:
        UnknownTerritory: `territory` or a line's territories are not in the TIS.
    """
    in_force = [
        line for line in lines if line.holds(right=right, territory=territory, usage_on=usage_on, known_at=known_at)
    ]
    return resolve_claims(in_force)


def resolve_claims(in_force: Sequence[ShareClaim]) -> Resolution:
    """Answer the share question from lines that are all in force for it."""
    views = _claims_by_submitter(in_force)
    union = _highest(views.values())
    if sum(union.values()) <= PPM:
        return _answer(in_force, union, union)
    undisputed = {party: min(view[party] for view in _views(views, union)) for party in union}
    return _answer(in_force, union, undisputed)


def _claims_by_submitter(in_force: Iterable[ShareClaim]) -> dict[str, dict[int, int]]:
    """Return submitter -> party -> the ppm that the submitter's lines give the party."""
    claims: dict[str, dict[int, int]] = {}
    for line in in_force:
        parties = claims.setdefault(line.claim, {})
        parties[line.party_id] = parties.get(line.party_id, 0) + line.share_ppm
    return claims


def _highest(claims: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Return for each party the highest claim that anyone makes for it."""
    union: dict[int, int] = {}
    for parties in claims:
        for party, share_ppm in parties.items():
            union[party] = max(union.get(party, 0), share_ppm)
    return union


def _views(claims: Mapping[str, Mapping[int, int]], union: Mapping[int, int]) -> list[dict[int, int]]:
    """Return each submitter's view of the whole work: a share for every party that anybody names."""
    views = []
    for named in claims.values():
        others = {party: share_ppm for party, share_ppm in union.items() if party not in named}
        room = max(0, PPM - sum(named.values()))
        views.append(_fit(named, PPM) | _fit(others, room))
    return views


def _fit(claims: Mapping[int, int], room_ppm: int) -> dict[int, int]:
    """Return what each claim is sure of when all of them share `room_ppm`."""
    excess = max(0, sum(claims.values()) - room_ppm)
    return {party: max(0, share_ppm - excess) for party, share_ppm in claims.items()}


def _answer(in_force: Sequence[ShareClaim], union: Mapping[int, int], sure: Mapping[int, int]) -> Resolution:
    lines_of: dict[int, list[int]] = {}
    for line in in_force:
        lines_of.setdefault(line.party_id, []).append(line.line_id)
    parts = [
        SharePart(party, sure[party], ShareStatus.PAYABLE, tuple(sorted(lines_of[party])))
        for party in sorted(sure)
        if sure[party]
    ]
    rest = PPM - sum(sure.values())
    if rest and sum(union.values()) > PPM:
        parts.append(_dispute(in_force, union, sure, rest))
    elif rest:
        note = "nobody claims it" if parts else "nobody claims this right here"
        parts.append(SharePart(None, rest, ShareStatus.UNCLAIMED, (), note))
    return Resolution(tuple(parts))


def _dispute(in_force: Sequence[ShareClaim], union: Mapping[int, int], sure: Mapping[int, int], rest: int) -> SharePart:
    """Build the one part that holds what the submitters contest."""
    contesting = tuple(sorted(party for party in union if union[party] > sure[party]))
    lines = sorted(line.line_id for line in in_force if line.party_id in contesting)
    submitters = ", ".join(sorted({line.claim for line in in_force if line.party_id in contesting}))
    note = f"claims of {format_percent(sum(union.values()))} % by {submitters}"
    return SharePart(None, rest, ShareStatus.DISPUTE, tuple(lines), note, contesting)


def check_share_line(share_ppm: int, territories: str, valid_from: date | None, valid_to: date | None) -> None:
    """Refuse a line that cannot be true.

    Raises:
        InvalidShareLine: the share is outside 0 to 100 %, or the period ends before it begins.
        UnknownTerritory: a term of `territories` is not in the TIS.
    """
    if not 0 <= share_ppm <= PPM:
        raise InvalidShareLine(
            "A share of {percent} % is not possible.",
            "Write a share from 0 to 100 %.",
            percent=format_percent(share_ppm),
        )
    if valid_from and valid_to and valid_to <= valid_from:
        raise InvalidShareLine(
            "The share ends on {last}, which is not after its first day {first}.",
            "Correct the dates.",
            last=valid_to,
            first=valid_from,
        )
    Territories.parse(territories)
