"""The matcher: lines in, answers out, as record batches; the same function on one machine and on a cluster.

It holds an open index and a model, and nothing of any line before. Every line of a batch gets one row, in its order.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.use.matching.bulk.evidence import COMMON_ROWS, PERFORMER_WROTE, WRITERS_SOME
from muniment.use.matching.bulk.index import RepertoireIndex, open_index
from muniment.use.matching.bulk.kernel import answer_lines
from muniment.use.matching.bulk.layers import Answers, AnyIndex, LayeredIndex, ask_layers
from muniment.use.matching.bulk.likeness import ALIKE_50, HARDLY_ALIKE
from muniment.use.matching.bulk.room import (
    CODE,
    COMMON,
    MEDLEY_PART,
    PERFORMER,
    PLACES,
    READING,
    SPELT,
    TABLES,
    TITLE,
    WRITERS,
    new_room,
)
from muniment.use.matching.bulk.spelt import Spelt, spelt_column
from muniment.use.matching.bulk.texts import fold_column
from muniment.use.matching.rules.scoring import (
    COMMON_WORKS,
    OFFSETS,
    SURE_PPM,
    Band,
    Model,
    Thresholds,
    probability_ppm,
    shipped_model,
)

_text, _id = pa.string(), pa.int64()
QUERIES = pa.schema(
    [
        pa.field("line_id", _id, nullable=False),
        pa.field("title", _text),
        pa.field("performer", _text),
        pa.field("writers", _text),
        pa.field("isrc", _text),
        pa.field("iswc", _text),
        pa.field("source_id", _text),
    ]
)
"""Lines as the matcher reads them: texts as reported, codes in their canonical form."""

ANSWERS = pa.schema(
    [
        pa.field("line_id", _id, nullable=False),
        pa.field("band", _text, nullable=False),  # matched | review | unidentified
        pa.field("method", _text, nullable=False),  # iswc | isrc | own | exact | fuzzy | none
        pa.field("candidate_work_id", _id),
        pa.field("score_ppm", pa.int32(), nullable=False),  # the probability that the candidate is the work meant
        pa.field("runner_up_work_id", _id),
        pa.field("runner_up_score_ppm", pa.int32()),
        pa.field("evidence", pa.list_(pa.int16()), nullable=False),  # the row observed in each table of the model
        pa.field("candidate_work_ids", pa.list_(_id), nullable=False),  # the best first, at most 5
        pa.field("candidate_scores_ppm", pa.list_(pa.int32()), nullable=False),
        pa.field("candidate_evidence", pa.list_(pa.list_(pa.int16())), nullable=False),
    ]
)
"""One row a line: its band with the best candidate and the runner-up, and the best few with their evidence."""

_CODE_COLUMNS = (("source_id", "o:"), ("iswc", "w:"), ("isrc", "r:"))
METHODS = ("none", "own", "iswc", "isrc", "exact", "fuzzy")
"""The methods by their numbers."""
BANDS = tuple(band.value for band in Band)
"""The bands by their numbers."""
_ODDS = np.array([probability_ppm(milli) for milli in range(-20_000, 20_001)], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Found:
    """The best few candidates of each line, works as numbers of the index; `count` says how many there are."""

    count: Any  # (lines,)
    work: Any  # (lines, 5)
    score_ppm: Any  # (lines, 5), the best first
    evidence: Any  # (lines, 5, tables)


class Matcher:
    """Answers lines from one index with one model."""

    def __init__(self, index: AnyIndex, model: Model | None = None, thresholds: Thresholds | None = None) -> None:
        """Match against `index`.

        Without a `model` with the shipped one, without `thresholds` with the model's for a precision of 99 %.
        """
        self.index, self.model = index, model or shipped_model()
        self.thresholds = thresholds or self.model.thresholds()
        self._rank = np.array(self.model.rank, dtype=np.int64)
        self._decide = np.array(self.model.decide, dtype=np.int64)
        self._offsets = np.array(OFFSETS, dtype=np.int64)

    def match(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return ANSWERS for a batch of QUERIES."""
        return self.answers(batch.column("line_id"), self.find(batch))

    def answers(self, line_ids: pa.Array, found: Found) -> pa.RecordBatch:
        """Return as ANSWERS what was found for lines."""
        return pa.RecordBatch.from_arrays([line_ids, *self._answers(found)], schema=ANSWERS)

    def find(self, batch: pa.RecordBatch, refused: tuple[Any, Any] | None = None) -> Found:
        """Return the best few candidates of each line of QUERIES.

        `refused` holds, as (starts, work numbers), the works that a person said no to for each line.
        """
        refused = refused or (np.zeros(batch.num_rows + 1, np.int64), np.zeros(1, np.int64))
        whole = _read(batch)

        def ask(layer: RepertoireIndex, rows: Any, no_more: tuple[Any, Any]) -> Answers:
            texts, codes, spelt = whole if rows is None else _read(batch.take(pa.array(rows)))
            room = new_room()  # of its own: a matcher serves any number of threads
            for slots, arrays in zip(SPELT, spelt, strict=True):
                for slot, array in zip(slots, arrays, strict=True):
                    room.put(slot, array)
            columns = layer.columns.address
            return Answers(*answer_lines(columns, room.address, *texts, codes, no_more, self._rank, self._offsets))  # type: ignore[call-arg]

        if isinstance(self.index, LayeredIndex):
            count, work, _, evidence = ask_layers(self.index, ask, refused)
        else:
            count, work, _, evidence = ask(self.index, None, refused)
        rows = np.arange(PLACES)[None, :] < count[:, None]
        shown = np.minimum.accumulate(self.log_odds_milli(evidence), axis=1)
        ppm = np.where(rows, _ODDS[np.clip(shown, -20_000, 20_000) + 20_000], 0)
        return Found(count, work, ppm, evidence)

    def log_odds_milli(self, evidence: Any) -> Any:
        """Return what the reasons of candidates sum to, (lines, places), in thousandths of log-odds.

        They say how likely the best one is. One that is ranked lower is never shown as likelier, though its own sum may
        be: the weights were fitted to first candidates, and do not put candidates in order.
        """
        tables = range(TABLES)
        return self.model.start_milli + sum(self._decide[OFFSETS[table] + evidence[:, :, table]] for table in tables)

    def bands(self, found: Found) -> Any:
        """Return the number of the band of each line.

        Title alone never pays: where it is common and unlikely the matcher abstains, else a person looks. A person also
        looks at a medley, where a code agrees and the title does not, and where two works each have somebody's support.
        """
        best, at = found.evidence[:, 0, :], self.thresholds
        coded = np.isin(best[:, CODE], (1, 2, 3))
        named = (best[:, PERFORMER] <= PERFORMER_WROTE) | (best[:, WRITERS] <= WRITERS_SOME)
        common = best[:, COMMON] % COMMON_ROWS > np.searchsorted(COMMON_WORKS, at.common_title_works)
        score = found.score_ppm[:, 0]
        likely = found.score_ppm[:, :2].sum(axis=1)  # one of two works, and a person can tell which
        abstains = (likely < at.review_ppm) | (~named & common & (score < SURE_PPM // 2))
        band = np.where(abstains & ~coded, BANDS.index(Band.UNIDENTIFIED), BANDS.index(Band.REVIEW))
        sane = np.isin(best[:, TITLE], (HARDLY_ALIKE, ALIKE_50), invert=True)
        clear = score - found.score_ppm[:, 1] >= at.margin_ppm
        alone = ~named & ~(coded & sane)
        medley = best[:, READING] == MEDLEY_PART
        pays = (score >= at.matched_ppm) & clear & ~alone & ~medley & ~_contested(found)
        band[pays] = BANDS.index(Band.MATCHED)
        band[found.count == 0] = BANDS.index(Band.UNIDENTIFIED)
        return band

    def ids_of(self, works: Any) -> Any:
        """Return the work ids of numbers of the index; of an index without works, zeros."""
        return self.index.work_ids[works] if len(self.index.work_ids) else np.zeros_like(works)

    def _answers(self, found: Found) -> list[pa.Array]:
        band, ids = self.bands(found), self.ids_of(found.work)
        none, alone = found.count == 0, found.count < 2
        every = np.arange(PLACES)[None, :] < found.count[:, None]
        starts = pa.array(np.concatenate(([0], np.cumsum(found.count))).astype(np.int32))
        evidence = found.evidence[every].reshape(-1)
        rows = pa.array(np.arange(0, len(evidence) + 1, TABLES, dtype=np.int32))
        best = pa.ListArray.from_arrays(
            pa.array(np.concatenate(([0], np.cumsum(np.where(none, 0, TABLES)))).astype(np.int32)),
            pa.array(found.evidence[~none, 0, :].reshape(-1)),
        )
        return [
            _words(BANDS, band),
            _words(METHODS, methods(found, band)),
            pa.array(ids[:, 0], _id, mask=none),
            pa.array(found.score_ppm[:, 0].astype(np.int32)),
            pa.array(ids[:, 1], _id, mask=alone),
            pa.array(found.score_ppm[:, 1].astype(np.int32), mask=alone),
            best,
            pa.ListArray.from_arrays(starts, pa.array(ids[every])),
            pa.ListArray.from_arrays(starts, pa.array(found.score_ppm[every].astype(np.int32))),
            pa.ListArray.from_arrays(starts, pa.ListArray.from_arrays(rows, pa.array(evidence))),
        ]


def _words(words: tuple[str, ...], numbers: Any) -> pa.Array:
    """Return the words of numbers."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int8)), pa.array(words)).cast(_text)


def _contested(found: Found) -> Any:
    """Say whether two works each have somebody's support.

    Another candidate with the same title has the performer and the best only the writers, or the runner-up's title,
    performer, writers and code agree just as the best one's do.
    """
    best, others = found.evidence[:, 0, :], found.evidence[:, 1:, :]
    there = np.arange(1, PLACES)[None, :] < found.count[:, None]
    has_him = there & (others[:, :, PERFORMER] <= 1) & (others[:, :, TITLE] <= best[:, None, TITLE])
    told = [TITLE, PERFORMER, WRITERS, CODE]
    alike = there[:, 0] & (others[:, 0, told] == best[:, told]).all(axis=1)
    return ((best[:, PERFORMER] > PERFORMER_WROTE) & has_him.any(axis=1)) | alike


def methods(found: Found, band: Any) -> Any:
    """Return the number of the method that found each line's work, as MATCHES names it."""
    best = found.evidence[:, 0, :]
    exact = (best[:, TITLE] == 0) & ((best[:, PERFORMER] <= 1) | (best[:, WRITERS] <= 1)) & (best[:, READING] == 0)
    method = np.where(np.isin(best[:, CODE], (1, 2, 3)), best[:, CODE], np.where(exact, 4, 5))
    method[band == BANDS.index(Band.UNIDENTIFIED)] = 0
    return method


def open_matcher(folder: Path, model: Model | None = None) -> Matcher:
    """Return a matcher for an index folder, which is read in place and shared by every process that opens it.

    Raises:
        BrokenIndex: the folder is not an index of this version.
    """
    return Matcher(open_index(folder), model)


def _read(batch: pa.RecordBatch) -> tuple[list[Any], tuple[Any, ...], list[Spelt]]:
    """Return the folded texts, the codes and the further spellings of a batch of QUERIES for the compiled loop."""
    columns = [batch.column(name) for name in ("title", "performer", "writers")]
    texts = [fold_column(column) for column in columns]
    pairs = [((text.native.data, text.native.starts), (text.roman.data, text.roman.starts)) for text in texts]
    spelt = [spelt_column(column, text) for column, text in zip(columns, texts, strict=True)]
    return pairs, tuple(_code_pool(batch.column(name), mark) for name, mark in _CODE_COLUMNS), spelt


def _code_pool(column: pa.Array, mark: str) -> tuple[Any, Any]:
    """Return the codes of a column as the index writes them; null is empty."""
    if column.null_count == len(column):
        return np.zeros(0, np.uint8), np.zeros(len(column) + 1, np.int64)
    marked = pc.fill_null(pc.binary_join_element_wise(mark, column.cast(_text), ""), "").cast(pa.large_string())
    _, offsets, data = marked.buffers()
    starts = np.frombuffer(offsets, np.int64)[marked.offset : marked.offset + len(marked) + 1]
    return np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8), starts
