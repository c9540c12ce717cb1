"""Read a file, keep it as JSON, write it again: every byte of every record is compared."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from muniment.kernel.formats.cwr import (
    CwrTransaction,
    iter_transactions,
    plain_of,
    read_header,
    transaction_of,
    write_transactions,
)


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What a round trip compared: transactions, records, and the line of the first difference (None: there is none)."""

    transaction_count: int
    record_count: int
    first_difference: int | None


def run_round_trip(path: Path) -> RoundTrip:
    """Compare a file with itself after it was read, kept as JSON lines beside it, and written again."""
    kept = path.with_suffix(".jsonl")
    with path.open("rb") as stream:
        header = read_header(stream)
        stream.seek(0)
        count = _keep(kept, iter_transactions(stream, keep_refused=True))
    records = 0
    difference: int | None = None
    with path.open("rb") as stream:
        for line in write_transactions(header, _kept(kept)):
            records += 1
            if difference is None and stream.readline() != line:
                difference = records
        if difference is None and stream.read(1):
            difference = records + 1
    kept.unlink()
    return RoundTrip(count, records, difference)


def _keep(path: Path, items: Iterator[object]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for item in items:
            if isinstance(item, CwrTransaction):
                count += 1
                file.write(json.dumps(plain_of(item), ensure_ascii=False) + "\n")
    return count


def _kept(path: Path) -> Iterator[CwrTransaction]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield transaction_of(json.loads(line))
