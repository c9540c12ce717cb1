"""Usage lines collapsed to the distinct ones: a hit is played ten thousand times and matched once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.use.matching.bulk.texts import Longs as Ints
from muniment.use.matching.rules.forms import memory_key

COLUMNS = ("reported_title", "reported_performer", "reported_writers", "isrc", "iswc", "reported_source_id")


@dataclass(frozen=True, slots=True)
class DistinctLines:
    """Lines that differ in what identifies a work, and for each line of the report which of them it is.

    Two lines that fold to one memory key are one distinct line; its texts are those of the first.
    """

    keys: list[str]
    titles: list[str]
    performers: list[str]
    writers: list[str]
    isrcs: list[str]
    iswcs: list[str]
    source_ids: list[str]
    first_rows: Ints
    of_line: Ints

    def __len__(self) -> int:
        return len(self.keys)


def collapse(lines: pa.Table) -> DistinctLines:
    """Return the distinct lines of a table of USAGE_LINES, in order of first appearance."""
    raw_first, raw_of_line = _distinct_rows(lines)
    wanted = lines.select(COLUMNS).take(pa.array(raw_first))
    texts = [[text or "" for text in wanted.column(name).to_pylist()] for name in COLUMNS]
    keys = [memory_key(*row) for row in zip(*texts, strict=True)]
    encoded = pa.array(keys, pa.string()).dictionary_encode()
    of_raw = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    _, first_raw = np.unique(of_raw, return_index=True)
    titles, performers, writers, isrcs, iswcs, source_ids = ([column[row] for row in first_raw] for column in texts)
    return DistinctLines(
        encoded.dictionary.to_pylist(),
        titles,
        performers,
        writers,
        isrcs,
        iswcs,
        source_ids,
        first_rows=raw_first[first_raw],
        of_line=of_raw[raw_of_line] if len(of_raw) else raw_of_line,
    )


def _distinct_rows(lines: pa.Table) -> tuple[Ints, Ints]:
    """Return the first row of each distinct combination of COLUMNS, and for each row which combination it has."""
    combined = np.zeros(lines.num_rows, dtype=np.int64)
    for name in COLUMNS:
        column = pc.fill_null(lines.column(name), "").combine_chunks().dictionary_encode()
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        codes = column.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if len(column.dictionary) > 1:
            _, combined = np.unique(combined * len(column.dictionary) + codes, return_inverse=True)
    _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return first[order].astype(np.int64), rank[inverse]
