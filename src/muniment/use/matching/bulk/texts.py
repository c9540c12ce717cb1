"""Texts as bytes: what was written, folded by the one code-point table, with the marks that tell its parts apart.

A column of Arrow strings becomes one pool of UTF-8 bytes. Letters and digits are folded; brackets, spaced dashes,
commas and joiners become single bytes below 0x20, so that titles and names can be taken apart without a second look
at what was written; everything else becomes a blank.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from muniment.kernel.words.codepoints import CodeTable, fold_table, roman_table
from muniment.use.matching.bulk.room import LONGEST_TEXT

type Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
type Longs = np.ndarray[tuple[int], np.dtype[np.int64]]

BLANK, OPEN, CLOSE, DASH, COMMA, JOIN, COLON, QUOTE, BAR, SLASH = 32, 1, 2, 3, 4, 5, 6, 7, 8, 9
_GIVEN_LONGEST = 4 * LONGEST_TEXT
MARKS = {
    OPEN: "([{<（【「『〈《［｛",
    CLOSE: ")]}>）】」』〉》］｝",
    DASH: "-~‐‑‒–—―−－〜～",
    COMMA: ",，、،",
    JOIN: "&＆×",
    COLON: ":：",
    QUOTE: '"“”„«»＂',
    BAR: "|｜¦│┃•►▶",
    SLASH: ";/+；／＋⁄∕؛",
}
"""What parts titles and names, by the byte that stands for it in a folded text."""


class Pool(NamedTuple):
    """Texts one after the other: text `n` is `data[starts[n] : starts[n + 1]]`."""

    data: Bytes
    starts: Longs


@dataclass(frozen=True, slots=True)
class Column:
    """A column of texts, folded in its own script, and in Latin letters where that differs (else empty)."""

    native: Pool
    roman: Pool


def fold_column(column: pa.Array | pa.ChunkedArray) -> Column:
    """Return the folded texts of a column of strings; null is empty."""
    text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    text = pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text
    text = text.cast(pa.large_string())
    if text.null_count:
        text = pc.fill_null(text, "")
    raw = _pool_of(text)
    if len(raw.data) and bool((raw.data >= 0x80).any()):
        raw = _pool_of(pc.utf8_normalize(text, "NFKC"))
    tables, marks = _tables(), _mark_bytes()
    native = Pool(*_fold(raw.data, raw.starts, *tables[0], marks, False))
    roman = Pool(*_fold(raw.data, raw.starts, *tables[1], marks, True))
    return Column(native, roman)


def _pool_of(text: pa.Array) -> Pool:
    _, offsets, data = text.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    held = np.zeros(0, dtype=np.uint8) if data is None else np.frombuffer(data, dtype=np.uint8)
    return Pool(held, starts) if len(starts) else Pool(held, np.zeros(1, dtype=np.int64))


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    def of(table: CodeTable) -> tuple[Any, Any]:
        return table.starts.astype(np.int64), table.pool

    return of(fold_table()), of(roman_table())


@lru_cache(maxsize=1)
def _mark_bytes() -> Bytes:
    marks = np.zeros(0x10000, dtype=np.uint8)
    for mark, letters in MARKS.items():
        for letter in letters:
            marks[ord(letter)] = mark
    return marks


@njit(cache=True, nogil=True)
def _fold(given, starts, table_starts, table, marks, only_foreign):  # type: ignore[no-untyped-def]
    """Return (data, starts) of the folded texts; with `only_foreign`, of those alone that hold a foreign letter."""
    count = len(starts) - 1
    out = np.empty(max(1024, starts[-1] - starts[0] + 16 * LONGEST_TEXT), dtype=np.uint8)
    out_starts = np.zeros(count + 1, dtype=np.int64)
    used = 0
    for number in range(count):
        first, last = starts[number], min(starts[number + 1], starts[number] + _GIVEN_LONGEST)
        if len(out) - used < 2 * LONGEST_TEXT:
            grown = np.empty(len(out) * 2, dtype=np.uint8)
            grown[:used] = out[:used]
            out = grown
        if not only_foreign or _is_foreign(given, first, last):
            used = _fold_one(given, first, last, table_starts, table, marks, out, used)
        out_starts[number + 1] = used
    return out[:used].copy(), out_starts


@njit(cache=True, nogil=True)
def _is_foreign(given, first, last):  # type: ignore[no-untyped-def]
    """Say whether a text has a letter beyond the Latin ones, which begin below U+0250."""
    for at in range(first, last):
        if given[at] >= 0xC9 and given[at] != 0xE2 and given[at] != 0xCC and given[at] != 0xCD:
            return True
    return False


@njit(cache=True, nogil=True)
def _fold_one(given, at, last, table_starts, table, marks, out, used):  # type: ignore[no-untyped-def]
    """Append one folded text to `out`; return how far `out` is used. Blanks and marks are never doubled."""
    begin = used
    before = BLANK
    limit = begin + LONGEST_TEXT
    while at < last and used < limit:
        lead = given[at]
        code: Any = np.int64(lead)
        width = 1
        if lead >= 0xF0 and at + 3 < last:
            code, width = _four(given, at), 4
        elif lead >= 0xE0 and at + 2 < last:
            code = (np.int64(lead & 0x0F) << 12) | (np.int64(given[at + 1] & 0x3F) << 6) | (given[at + 2] & 0x3F)
            width = 3
        elif lead >= 0xC0 and at + 1 < last:
            code, width = (np.int64(lead & 0x1F) << 6) | (given[at + 1] & 0x3F), 2
        elif lead >= 0x80:
            code = 32
        next_at = at + width
        mark = marks[code] if code < 0x10000 else 0
        if mark == DASH and lead < 0x80 and before >= 33 and next_at < last and given[next_at] != 32:
            mark = 0  # a hyphen inside a word
        if mark:
            while used > begin and out[used - 1] == BLANK:
                used -= 1
            out[used] = mark
            used += 1
            before = mark
        else:
            code = min(code, len(table_starts) - 2)  # whatever lies beyond the table is a blank, as its last one
            begins, ends = table_starts[code], table_starts[code + 1]
            for place in range(begins, ends):
                letter = table[place]
                if letter != BLANK or before > BLANK:
                    out[used] = letter
                    used += 1
                    before = letter
        at = next_at
    while used > begin and out[used - 1] == BLANK:
        used -= 1
    return used


@njit(cache=True, nogil=True)
def _four(given, at):  # type: ignore[no-untyped-def]
    return (
        (np.int64(given[at] & 0x07) << 18)
        | (np.int64(given[at + 1] & 0x3F) << 12)
        | (np.int64(given[at + 2] & 0x3F) << 6)
        | np.int64(given[at + 3] & 0x3F)
    )
