"""Cut a piece of a DSR into lines, tell their kinds and which are plain, and split those of blocks into columns.

A line is plain where no cell has an escape, a control character or blanks at its ends, so that the cell is the text.
That is seen on the bytes of the whole piece; cells are looked at by column only (`splitting`).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from muniment.kernel.formats.dsr.arrays import Flags, Longs, longs
from muniment.kernel.formats.dsr.rows import record_type
from muniment.kernel.formats.dsr.splitting import Cells, split
from muniment.kernel.formats.dsr.tables import FAMILY_LETTERS, RecordShape, shapes

TAB, NEWLINE, BLANK, BACKSLASH = 9, 10, 32, 92
_WINDOW_BYTES = 128 * 1024
PREFIX_BYTES = 8
"""So many bytes of a line say what it is: the longest record type (AS02.02) and its tab."""
_EXOTIC_BLANKS = frozenset(
    letter.encode()
    for letter in "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)

Letters = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a line's first cell makes of it: its family and shape; "#" is a comment, "" what is not read here."""

    family: str
    shape: RecordShape | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a report: where each begins and its line feed stands, what it is, and the cells of some.

    `kind_of` is a place in `kinds`.
    """

    data: bytes
    start: Longs
    end: Longs
    kinds: tuple[Kind, ...]
    kind_of: Longs
    plain: Flags
    cells: Cells

    def raw(self, line: int) -> bytes:
        """Return a line with its end."""
        return self.data[int(self.start[line]) : int(self.end[line]) + 1]

    def cell(self, line: int, meaning: str) -> str:
        """Return one cell as it stands, "" where the line has none."""
        shape = self.kinds[self.kind_of[line]].shape
        place = -1 if shape is None else shape.places.get(meaning, -1)
        cells = self.raw(line).decode().rstrip("\r\n").split("\t")[1:]
        return cells[place] if 0 <= place < len(cells) else ""

    def is_of(self, families: frozenset[str]) -> Flags:
        """Return which lines are of one of these families."""
        return _of(self.kinds, self.kind_of, families)


def _of(kinds: tuple[Kind, ...], kind_of: Longs, families: frozenset[str]) -> Flags:
    wanted: Flags = np.array([kind.family in families for kind in kinds], dtype=bool)[kind_of]
    return wanted


def cut(data: bytes, families: frozenset[str]) -> Piece:
    """Cut whole lines (UTF-8, ended by a line feed) into a `Piece`, with the cells of these families' plain lines."""
    letters = np.frombuffer(data, dtype=np.uint8)
    end, odd = _marks(letters)
    start = np.zeros_like(end)
    start[1:] = end[:-1] + 1
    kinds, kind_of = _kinds(letters, start)
    plain = np.ones(len(end), dtype=bool)
    plain[np.searchsorted(end, odd)] = False
    if not data.isascii():
        plain[np.searchsorted(end, _exotic_blanks(data, letters))] = False
    wanted = _of(kinds, kind_of, families) & plain
    cells = split(_texts(data, end), _lines_by_shape(kinds, kind_of, wanted))
    return Piece(data, start, end, kinds, kind_of, plain & ((cells.group_of >= 0) | ~wanted), cells)


def _lines_by_shape(kinds: tuple[Kind, ...], kind_of: Longs, wanted: Flags) -> list[tuple[Longs, RecordShape]]:
    """Return the wanted lines of each shape; AS02.02 and AS0202 are two kinds of one shape."""
    found: list[tuple[Longs, RecordShape]] = []
    for shape in {kind.shape.record: kind.shape for kind in kinds if kind.shape is not None}.values():
        chosen = np.array([kind.shape is shape for kind in kinds], dtype=bool)
        lines = np.flatnonzero(chosen[kind_of] & wanted)
        if len(lines):
            found.append((lines, shape))
    return found


def _texts(data: bytes, end: Longs) -> pa.StringArray:
    """Return the lines as a column over the bytes of the piece."""
    offsets = np.zeros(len(end) + 1, dtype=np.int32)
    offsets[1:] = end + 1
    return pa.StringArray.from_buffers(len(end), pa.py_buffer(offsets), pa.py_buffer(data))


def _kinds(letters: Letters, start: Longs) -> tuple[tuple[Kind, ...], Longs]:
    """Return the different kinds of lines by their first cell, and which is whose."""
    names = longs(_first_cells(letters, start)).dictionary_encode()
    kinds = tuple(_kind(number) for number in names.dictionary.to_pylist())
    return kinds, names.indices.to_numpy().astype(np.int64)


def _first_cells(letters: Letters, start: Longs) -> Longs:
    """Return each line's first bytes up to its first tab as a number, the first byte being the lowest.

    A tab is found in all eight bytes at once: where a byte is none of it, subtracting one borrows into its top bit.
    """
    if len(letters) < PREFIX_BYTES:
        letters = np.concatenate([letters, np.full(PREFIX_BYTES, NEWLINE, dtype=np.uint8)])
    windows = np.lib.stride_tricks.sliding_window_view(letters, PREFIX_BYTES)
    begin = np.minimum(start, len(windows) - 1)
    words = windows[begin].view("<u8").ravel() >> (8 * (start - begin)).astype(np.uint64)
    ones, tops, tabs = (np.uint64(byte * 0x0101010101010101) for byte in (1, 0x80, TAB))
    differing = words ^ tabs
    found = (differing - ones) & ~differing & tops
    before = ((found & (~found + np.uint64(1))) >> np.uint64(7)) - np.uint64(1)
    cells: Longs = (words & before).view(np.int64)
    return cells


@lru_cache(maxsize=512)
def _kind(prefix: int) -> Kind:
    """Return what a line is that begins with these bytes; a first cell that they do not hold is none of ours."""
    letters = (prefix % (1 << 64)).to_bytes(PREFIX_BYTES, "little").rstrip(b"\0")
    name, line_feed, _ = letters.partition(b"\n")
    if name.startswith(b"#") or (line_feed and not name):
        return Kind("#", None)
    record = record_type(name.decode()) if len(name) < PREFIX_BYTES and name.isascii() else ""
    shape = shapes().get(record)
    if shape is None or shape.record != record:
        return Kind("", None)
    return Kind(record[:FAMILY_LETTERS], shape)


def _marks(letters: Letters) -> tuple[Longs, Longs]:
    """Return where lines end, and where a letter stands that makes its line not plain.

    Windows that stay in the nearest memory are gone through more than twice as fast as the whole.
    """
    ends: list[Longs] = []
    odd = [np.flatnonzero(letters[:1] == BLANK)]
    for begin in range(0, len(letters), _WINDOW_BYTES):
        window = letters[begin : begin + _WINDOW_BYTES + 1]  # the last is the next window's first
        newline, blank = window == NEWLINE, window == BLANK
        parting = newline | (window == TAB)
        ends.append(np.flatnonzero(newline[:_WINDOW_BYTES]) + begin)
        wrong = (window < BLANK) ^ parting
        wrong |= window == BACKSLASH
        wrong[1:] |= blank[1:] & parting[:-1]
        wrong[:-1] |= blank[:-1] & parting[1:]
        if wrong.any():
            odd.append(np.flatnonzero(wrong) + begin)
    return np.concatenate(ends), np.concatenate(odd)


def _exotic_blanks(data: bytes, letters: Letters) -> Longs:
    """Return where blanks beyond ASCII begin."""
    leads = sorted({blank[0] for blank in _EXOTIC_BLANKS})
    found = [place for lead in leads for place in _blanks_of(data, letters, lead)]
    return np.array(sorted(found), dtype=np.int64)


def _blanks_of(data: bytes, letters: Letters, lead: int) -> list[int]:
    if data.find(lead) < 0:
        return []
    places = np.flatnonzero(letters[:-2] == lead)
    wanted = {blank[1:] for blank in _EXOTIC_BLANKS if blank[0] == lead}
    seconds = np.isin(letters[places + 1], sorted({rest[0] for rest in wanted}))
    return [int(place) for place in places[seconds] if any(data.startswith(rest, place + 1) for rest in wanted)]
