"""Whether the shares of a work make up the whole, in every country and for every use that they tell of."""

from collections.abc import Iterator, Sequence
from datetime import date

from muniment.kernel.formats.door.records import PlaceRecord, ShareRecord
from muniment.kernel.words.shares import PPM
from muniment.kernel.words.territory import countries_of

TOLERANCE_PPM = 600
"""What three shares of 33.33 % may lack, and a little more: 0.06 %."""


def uneven_sums(shares: Sequence[ShareRecord]) -> Iterator[tuple[str, str, int]]:
    """Yield (kind of share, right, sum in ppm) where shares exceed the whole anywhere, or lack something everywhere.

    Periods that follow each other are not added up: shares of another period than the first one are judged apart.
    """
    groups: dict[tuple[str, str, date | None, date | None], list[ShareRecord]] = {}
    for share in shares:
        if share.share_ppm is not None:
            key = (share.kind, share.right or share.right_told, share.valid_from_on, share.valid_until_on)
            groups.setdefault(key, []).append(share)
    for key, group in groups.items():
        uses = {share.use_types for share in group} - {()} or {()}
        sums = [one for use in uses for one in _sums([s for s in group if s.use_types in ((), use)])]
        if max(sums) > PPM + TOLERANCE_PPM or max(sums) < PPM - TOLERANCE_PPM:
            yield key[0], key[1], max(sums)


def _sums(shares: Sequence[ShareRecord]) -> list[int]:
    """Return the sum of the shares in each kind of place."""
    places = {share.place for share in shares}
    if len(places) < 2:
        return [sum(share.share_ppm or 0 for share in shares)]
    sums: dict[int, int] = {}
    for share in shares:
        for country in countries_in(share.place):
            sums[country] = sums.get(country, 0) + (share.share_ppm or 0)
    return list(sums.values()) or [0]


def countries_in(place: PlaceRecord) -> frozenset[int]:
    """Return the countries of a place."""
    found: frozenset[int] = frozenset()
    for code in place.included:
        found |= countries_of(code)
    for code in place.excluded:
        found -= countries_of(code)
    return found
