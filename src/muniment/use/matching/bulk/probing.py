"""Asking again what has no work yet: which waiting lines have a candidate that nobody has seen beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, combinations
from typing import Any

import numpy as np
import pyarrow as pa

from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.bulk.matcher import BANDS, QUERIES, Matcher
from muniment.use.matching.rules.forms import memory_key
from muniment.use.matching.rules.scoring import Band, Model, Thresholds

_AT_ONCE = 20_000
_RANK = {Band.UNIDENTIFIED: 0, Band.REVIEW: 1, Band.MATCHED: 2}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Equal lines that wait, with the works that stand beside them already, and those that a person refused."""

    item_id: int
    memory_key: str
    band: Band
    title: str
    performer: str
    writers: str
    codes: tuple[str, ...]
    known: frozenset[int]
    refused: frozenset[int]


def codes_of(line: Waiting) -> tuple[str, str, str]:
    """Return (ISRC, ISWC, the sender's own code) of a waiting line.

    An item keeps its codes as ISWC, ISRC, own code, without those that are empty. Which is which is certain: the memory
    key is the digest of all. Where none fits, the line is asked without codes.
    """
    for places in combinations(range(3), min(len(line.codes), 3)):
        iswc, isrc, own = (line.codes[places.index(place)] if place in places else "" for place in range(3))
        if memory_key(line.title, line.performer, line.writers, isrc, iswc, own) == line.memory_key:
            return isrc, iswc, own
    return "", "", ""


def hopeful(
    lines: Sequence[Waiting],
    index: AnyIndex,
    thresholds: Thresholds,
    *,
    model: Model | None = None,
    only_new: bool = False,
    progress: Progress = silent,
) -> frozenset[int]:
    """Return the numbers of the items that are worth another match; `progress` counts items.

    Their best candidate is new to them and likely enough to be shown; or, unless `only_new`, their band is better now.
    """
    matcher = Matcher(index, model, thresholds)
    found: list[int] = []
    if len(index.work_ids):
        for done, piece in enumerate(batched(lines, _AT_ONCE)):
            progress(done * _AT_ONCE, len(lines))
            found += _hopes(matcher, piece, only_new)
    progress(len(lines), len(lines))
    return frozenset(found)


def _hopes(matcher: Matcher, lines: Sequence[Waiting], only_new: bool) -> Iterator[int]:
    answers = matcher.find(_queries(lines), _refused(lines, matcher.index.work_ids))
    bands = matcher.bands(answers)
    best = matcher.index.work_ids[answers.work[:, 0]]
    rows = zip(lines, answers.count, best, answers.score_ppm[:, 0], bands, strict=True)
    for line, count, work_id, score_ppm, band in rows:
        if not count:
            continue
        is_new = int(work_id) not in line.known and score_ppm >= matcher.thresholds.review_ppm
        if is_new or (not only_new and _RANK[Band(BANDS[band])] > _RANK[line.band]):
            yield line.item_id


def _queries(lines: Sequence[Waiting]) -> pa.RecordBatch:
    codes = [codes_of(line) for line in lines]
    columns: tuple[Any, ...] = (
        range(len(lines)),
        [line.title for line in lines],
        [line.performer for line in lines],
        [line.writers for line in lines],
        *([row[place] for row in codes] for place in range(3)),
    )
    arrays = [pa.array(column, field.type) for column, field in zip(columns, QUERIES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=QUERIES)


def _refused(lines: Sequence[Waiting], work_ids: Any) -> tuple[Any, Any]:
    """Return (starts, work numbers) of the works that a person refused for each line."""
    lists: list[Any] = [
        np.flatnonzero(np.isin(work_ids, sorted(line.refused))) if line.refused else [] for line in lines
    ]
    starts = np.concatenate(([0], np.cumsum([len(one) for one in lists]))).astype(np.int64)
    return starts, np.concatenate([*lists, [0]]).astype(np.int64)
