"""Where the claims on a work do not agree: found by asking the share question once for each kind of place and day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import WORLD, WORLDWIDE, Territories
from muniment.rights.works.rules.shares import Resolution, ShareClaim, resolve_claims


class ConflictKind(StrEnum):
    """How claims disagree: money is held for a DISPUTE; where they only DIFFER, all of it can be paid."""

    DISPUTE = "dispute"
    DIFFER = "differ"


@dataclass(frozen=True, slots=True)
class ConflictFound:
    """Claims on one right that disagree in `country_count` countries, of which `territory` is the first."""

    right: Right
    kind: ConflictKind
    territory: int
    country_count: int
    on: date
    resolution: Resolution
    claims: tuple[str, ...]


def find_conflicts(lines: Sequence[ShareClaim], *, known_at: datetime) -> tuple[ConflictFound, ...]:
    """Return the conflicts of a work, at most one of each kind for a right: the one with most money in dispute.

    Days asked are the day of `known_at` and each first day of a line that comes after it.
    """
    known = [
        line for line in lines if line.known_from <= known_at and (line.known_to is None or known_at < line.known_to)
    ]
    found: dict[tuple[Right, ConflictKind], ConflictFound] = {}
    for right in Right:
        of_right = [line for line in known if line.right == right]
        if _is_plain(of_right):
            continue
        for conflict in _conflicts_of(of_right, right, known_at.date()):
            worst = found.setdefault((right, conflict.kind), conflict)
            if conflict.resolution.disputed_ppm > worst.resolution.disputed_ppm:
                found[right, conflict.kind] = conflict
    return tuple(found.values())


def _is_plain(lines: Sequence[ShareClaim]) -> bool:
    """Say whether one submitter's lines cannot pass the whole anywhere: what nearly every work is."""
    return len({line.claim for line in lines}) < 2 and sum(line.share_ppm for line in lines) <= PPM


def _conflicts_of(lines: Sequence[ShareClaim], right: Right, today: date) -> Iterator[ConflictFound]:
    days = {today} | {line.valid_from for line in lines if line.valid_from and line.valid_from > today}
    for on in sorted(days):
        valid = [line for line in lines if line.is_valid(on)]
        for countries, in_force in _by_place(valid):
            resolution = resolve_claims(in_force)
            kind = _kind(in_force, resolution)
            if kind is not None:
                claims = tuple(sorted({line.claim for line in in_force}))
                place = WORLD if len(countries) == len(WORLDWIDE.countries) else min(countries)
                yield ConflictFound(right, kind, place, len(countries), on, resolution, claims)


def _by_place(lines: Sequence[ShareClaim]) -> list[tuple[list[int], list[ShareClaim]]]:
    """Return the countries grouped by which lines cover them, each group with these lines."""
    sets = {text: Territories.parse(text).countries for text in {line.territories for line in lines}}
    groups: dict[frozenset[str], list[int]] = {}
    for country in sorted(frozenset().union(*sets.values())):
        groups.setdefault(frozenset(text for text, countries in sets.items() if country in countries), []).append(
            country
        )
    return [(countries, [line for line in lines if line.territories in texts]) for texts, countries in groups.items()]


def _kind(in_force: Iterable[ShareClaim], resolution: Resolution) -> ConflictKind | None:
    if resolution.disputed_ppm:
        return ConflictKind.DISPUTE
    claims: dict[int, dict[str, int]] = {}
    for line in in_force:
        of_party = claims.setdefault(line.party_id, {})
        of_party[line.claim] = of_party.get(line.claim, 0) + line.share_ppm
    return ConflictKind.DIFFER if any(len(set(of_party.values())) > 1 for of_party in claims.values()) else None
