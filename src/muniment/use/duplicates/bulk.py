"""Candidates in bulk: works through the matcher of usage, parties through the keys of their names.

`ask_matcher` is the one place that knows how the matcher is asked.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched, combinations

import pyarrow as pa

from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.words.names import romanise
from muniment.kernel.words.problems import Progress, silent
from muniment.rights.parties.rules.likeness import PartyTraits, compare, meeting_keys, name_key
from muniment.use.duplicates.rules import Asked, Finding, ordered
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.bulk.lines import collapse
from muniment.use.matching.bulk.match import DECISIONS, match_lines
from muniment.use.matching.rules.scoring import Thresholds

LINES_AT_ONCE = 50_000
LARGEST_BLOCK = 60
"""A key that more records have says too little: pairs within it are looked for by their narrower keys only."""


def ask_matcher(
    asked: Sequence[Asked], index: AnyIndex, floor_ppm: int, progress: Progress = silent
) -> dict[tuple[int, int], Finding]:
    """Ask for each line which other work of the index it may be of; return the best finding of each pair.

    A line is asked for the records that it does not come from: for the matcher a person has said that the line is not
    its own record. The score is the matcher's, of the better of both directions and of all their lines.
    """
    found: dict[tuple[int, int], Finding] = {}
    done = 0
    for piece in batched(asked, LINES_AT_ONCE):
        lines = _lines(piece)
        distinct = collapse(lines)
        keys = [distinct.keys[number] for number in distinct.of_line]
        matched = match_lines(lines, index, _not_itself(piece, keys), Thresholds())
        work_of = {key: one.work_id for key, one in zip(keys, piece, strict=True)}
        columns = (
            matched.candidates.column(name).to_pylist() for name in ("memory_key", "work_id", "score_ppm", "reasons")
        )
        for key, work_id, score_ppm, reasons in zip(*columns, strict=True):
            if score_ppm < floor_ppm or work_id == work_of[key]:
                continue
            pair = ordered(work_of[key], work_id)
            if pair not in found or found[pair].score_ppm < score_ppm:
                told = tuple((str(why), int(weight)) for why, weight in json.loads(reasons))
                found[pair] = Finding(*pair, score_ppm, told)
        done += len(piece)
        progress(done, len(asked))
    return found


def _mark(place: int) -> str:
    """Return a number of the sender's that no work has: it keeps equal lines of two records apart."""
    return f"record-{place}"


def _not_itself(asked: Sequence[Asked], keys: Sequence[str]) -> pa.Table:
    """Return DECISIONS by which no line is of the record it comes from."""
    count = len(asked)
    columns = [
        pa.array(keys, pa.string()),
        pa.array([one.work_id for one in asked], pa.int64()),
        pa.array([False] * count, pa.bool_()),
        pa.array([0] * count, pa.int32()),
    ]
    return pa.Table.from_arrays(columns, schema=DECISIONS)


def _lines(asked: Sequence[Asked]) -> pa.Table:
    """Return the lines as USAGE_LINES; what a usage line has beside its texts is the same in all of them."""
    count = len(asked)
    given: dict[str, pa.Array] = {
        "line_id": pa.array(range(count), pa.int64()),
        "reported_title": pa.array([one.title for one in asked], pa.string()),
        "reported_performer": pa.array([one.performer or None for one in asked], pa.string()),
        "reported_writers": pa.array([one.writers or None for one in asked], pa.string()),
        "reported_source_id": pa.array([_mark(place) for place in range(count)], pa.string()),
    }
    zero: dict[pa.DataType, object] = {pa.string(): ""}
    columns = []
    for field in USAGE_LINES:
        if field.name in given:
            columns.append(given[field.name])
        elif field.nullable:
            columns.append(pa.nulls(count, field.type))
        else:
            columns.append(pa.array([zero.get(field.type, 0)] * count, field.type))
    return pa.Table.from_arrays(columns, schema=USAGE_LINES)


def likely_parties(
    parties: Sequence[PartyTraits], floor_ppm: int, *, asked: frozenset[int] | None = None, progress: Progress = silent
) -> dict[tuple[int, int], Finding]:
    """Return the pairs of parties that may be one, by what each pair scores; `progress` counts parties.

    Args:
        parties: the whole register.
        asked: only pairs of which one is among these (None: all).
    """
    bearers = _bearers(parties)
    by_id = {party.id: party for party in parties}
    found: dict[tuple[int, int], Finding] = {}
    compared: set[tuple[int, int]] = set()
    blocks = _blocks(parties)
    for done, block in enumerate(blocks):
        if done % 5_000 == 0:
            progress(done, len(blocks))
        for one, other in combinations(block, 2):
            if (one, other) in compared or (asked is not None and one not in asked and other not in asked):
                continue
            compared.add((one, other))
            most = max(bearers[one], bearers[other])
            likeness = compare(by_id[one], by_id[other], bearers=most)
            if likeness.score_ppm >= floor_ppm:
                found[one, other] = Finding(one, other, likeness.score_ppm, likeness.reasons)
    progress(len(blocks), len(blocks))
    return found


def _blocks(parties: Iterable[PartyTraits]) -> list[tuple[int, ...]]:
    """Return the records that share a key, ids ascending, each set of records once."""
    holders: dict[str, list[int]] = {}
    for party in parties:
        for key in meeting_keys(party):
            holders.setdefault(key, []).append(party.id)
    blocks = (tuple(sorted(ids)) for ids in holders.values() if 1 < len(ids) <= LARGEST_BLOCK)
    return sorted(dict.fromkeys(blocks))


def _bearers(parties: Iterable[PartyTraits]) -> Mapping[int, int]:
    """Return for each party how many of the register have its main name in Latin letters, itself included."""
    keys = {party.id: name_key(sorted(romanise(party.names[0]).split())) for party in parties}
    counts: dict[str, int] = {}
    for key in keys.values():
        counts[key] = counts.get(key, 0) + 1
    return {party_id: counts[key] for party_id, key in keys.items()}


def rows_of(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings, the likeliest first, ties by the ids."""
    yield from sorted(findings, key=lambda one: (-one.score_ppm, one.ids))
