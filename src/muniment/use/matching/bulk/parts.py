"""Rows in parts on disk, and what is made of them part by part: dictionaries of distinct texts, lists by work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from muniment.use.matching.bulk.folder import Writer
from muniment.use.matching.bulk.lookup import directory_of
from muniment.use.matching.bulk.texts import Pool

ROWS_A_PART = 6_000_000


class Parts:
    """Rows sorted into parts by the highest bits of a hash, on disk."""

    def __init__(self, folder: Path, name: str, part_count: int, columns: tuple[str, ...]) -> None:
        """Write into `folder`; `part_count` is a power of two."""
        self._files = {
            (part, column): (folder / f"{name}-{part}-{column}").open("w+b")
            for part in range(part_count)
            for column in (*columns, "text")
        }
        self._columns = columns
        self._bits = part_count.bit_length() - 1
        self.part_count = part_count

    def add(self, texts: Pool, **columns: Any) -> None:
        """Add rows: their texts (may be an empty pool) and their columns, `hash` (uint64) among them."""
        part_of = (columns["hash"] >> np.uint64(64 - self._bits)).astype(np.int64) if self._bits else None
        for part in range(self.part_count):
            rows = None if part_of is None else np.flatnonzero(part_of == part)
            for name in self._columns:
                column = columns[name]
                self._files[part, name].write((column if rows is None else column[rows]).tobytes())
            if len(texts.starts) > 1:
                chosen = texts.data if rows is None else _take_texts(texts.data, texts.starts, rows)
                self._files[part, "text"].write(chosen.tobytes())

    def read(self, part: int, **types: Any) -> dict[str, Any]:
        """Return the columns of one part, `text` among them, in the order they came."""
        found = {}
        for name, kind in (*types.items(), ("text", np.uint8)):
            file = self._files.pop((part, name))
            file.seek(0)
            found[name] = np.frombuffer(file.read(), dtype=kind)
            file.close()
            Path(file.name).unlink()
        return found


@njit(cache=True, nogil=True)
def _take_texts(data, starts, rows):  # type: ignore[no-untyped-def]
    total = 0
    for row in rows:
        total += starts[row + 1] - starts[row]
    out = np.empty(total, dtype=np.uint8)
    used = 0
    for row in rows:
        for at in range(starts[row], starts[row + 1]):
            out[used] = data[at]
            used += 1
    return out


def part_count_for(rows: int) -> int:
    """Return into how many parts so many rows are cut: a power of two."""
    return 1 << max(0, int(rows // ROWS_A_PART).bit_length())


class Dictionaries:
    """Makes one dictionary from parts: writes its texts, and hands out the pairs (work, number, kind) of each part."""

    def __init__(self, writer: Writer, name: str, parts: Parts) -> None:
        self._writer, self._name, self._parts = writer, name, parts
        self.count = 0

    def parts(self) -> Iterator[tuple[Any, Any, Any, Pool]]:
        """Yield for each part (works, numbers, kinds) of its pairs, sorted and distinct, and its distinct texts."""
        hashes_written, data_written = [], 0
        self._writer.append(f"{self._name}_starts", np.zeros(1, np.int64))
        for part in range(self._parts.part_count):
            rows = self._parts.read(part, hash=np.uint64, work=np.uint32, kind=np.uint8, length=np.uint16)
            lengths = rows["length"].astype(np.int64)
            ends = np.cumsum(lengths)
            begins = ends - lengths
            order = np.argsort(rows["hash"], kind="stable")
            numbers, firsts = _number_texts(order, rows["hash"], lengths, begins, rows["text"])
            taken_starts = np.concatenate(([0], np.cumsum(lengths[firsts])))
            texts = Pool(take_ranges(rows["text"], begins, lengths, firsts), taken_starts)
            self._writer.append(f"{self._name}_data", texts.data)
            self._writer.append(f"{self._name}_starts", taken_starts[1:] + data_written)
            hashes_written.append(rows["hash"][firsts])
            pairs = (numbers.astype(np.uint64) << np.uint64(36)) | (rows["work"].astype(np.uint64) << np.uint64(4))
            pairs = np.unique(pairs | rows["kind"].astype(np.uint64))
            works = ((pairs >> np.uint64(4)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
            yield works, (pairs >> np.uint64(36)).astype(np.int64), (pairs & np.uint64(15)).astype(np.uint8), texts
            data_written += len(texts.data)
            self.count += len(firsts)
        hashes = np.concatenate(hashes_written)
        self._writer.append(f"{self._name}_directory", directory_of(hashes))
        self._writer.append(f"{self._name}_prints", (hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32))


@njit(cache=True, nogil=True)
def _number_texts(order, hashes, lengths, begins, text):  # type: ignore[no-untyped-def]
    """Number the distinct texts of rows in the order of their hashes; return (number of each row, first rows)."""
    count = len(order)
    numbers, firsts = np.empty(count, np.int64), np.empty(count, np.int64)
    known, run = 0, 0
    for place in range(count):
        row = order[place]
        if place == 0 or hashes[row] != hashes[order[place - 1]]:
            run = known
        number = run
        while number < known and not _same(text, begins, lengths, firsts[number], row):
            number += 1
        if number == known:
            firsts[known] = row
            known += 1
        numbers[row] = number
    return numbers, firsts[:known]


@njit(cache=True, nogil=True)
def _same(text, begins, lengths, one, other):  # type: ignore[no-untyped-def]
    same = lengths[one] == lengths[other]
    at = 0
    while same and at < lengths[one]:
        same = text[begins[one] + at] == text[begins[other] + at]
        at += 1
    return same


@njit(cache=True, nogil=True)
def take_ranges(text, begins, lengths, rows):  # type: ignore[no-untyped-def]
    """Return the bytes of some texts, one behind the other."""
    total = 0
    for row in rows:
        total += lengths[row]
    out = np.empty(total, dtype=np.uint8)
    used = 0
    for row in rows:
        for at in range(begins[row], begins[row] + lengths[row]):
            out[used] = text[at]
            used += 1
    return out


def lists_by_work(pairs: Path, work_count: int) -> tuple[Any, Any]:
    """Return the lists (starts, items) of each work from a file of (work, number) pairs with ascending numbers."""
    rows = np.fromfile(pairs, dtype=np.uint32).reshape(-1, 2)
    counts = np.bincount(rows[:, 0], minlength=work_count)
    starts = np.concatenate(([0], np.cumsum(counts)))
    items, filled = np.zeros(int(starts[-1]) + 1, np.uint32), np.zeros(work_count, np.int64)
    _by_work(rows[:, 0], rows[:, 1], starts, items, filled)
    squeezed_starts, squeezed = _squeeze(starts, items, filled)
    return squeezed_starts, squeezed


@njit(cache=True, nogil=True)
def _by_work(works, numbers, starts, items, filled):  # type: ignore[no-untyped-def]
    """Put each number into the list of its work, once; numbers come in ascending order."""
    for row in range(len(works)):
        work = works[row]
        at = starts[work] + filled[work]
        if filled[work] == 0 or items[at - 1] != numbers[row]:
            items[at] = numbers[row]
            filled[work] += 1


@njit(cache=True, nogil=True)
def _squeeze(starts, items, filled):  # type: ignore[no-untyped-def]
    used, new_starts = 0, np.zeros(len(starts), np.int64)
    for work in range(len(starts) - 1):
        begin = starts[work]
        for at in range(begin, begin + filled[work]):
            items[used] = items[at]
            used += 1
        new_starts[work + 1] = used
    return new_starts, items[:used]
