"""Compiling the matcher before its first use: `python -m muniment.use.matching.bulk.warm`, a minute once a version."""

import pyarrow as pa

from muniment.kernel.columns.schemas import (
    REPERTOIRE_CODES,
    REPERTOIRE_NAMES,
    REPERTOIRE_RECORDINGS,
    REPERTOIRE_TITLES,
)
from muniment.use.matching.bulk.index import index_tables
from muniment.use.matching.bulk.matcher import QUERIES, Matcher


def warm() -> pa.RecordBatch:
    """Index one invented work and answer one line of it, so that every compiled function is made; return the answer."""
    titles = pa.Table.from_pylist([{"work_id": 1, "title": "Silver Ferry"}], REPERTOIRE_TITLES)
    name = {"work_id": 1, "name": "Garden Collective", "role": "performer"}
    code = {"work_id": 1, "kind": "own", "code": "W-1", "title": "Silver Ferry"}
    recording = {"work_id": 1, "title": "Silver Ferry", "performer": "Garden Collective"}
    index = index_tables(
        titles,
        pa.Table.from_pylist([name], REPERTOIRE_NAMES),
        pa.Table.from_pylist([code], REPERTOIRE_CODES),
        pa.Table.from_pylist([recording], REPERTOIRE_RECORDINGS),
    )
    line = {"line_id": 1, "title": "Silver Fery", "performer": "Garden Collective", "source_id": "W-1"}
    return Matcher(index).match(pa.RecordBatch.from_pylist([line], schema=QUERIES))


if __name__ == "__main__":
    warm()
