"""Cut a piece of a DSR into lines and cells without copying them, and tell which lines are plain.

All cells of a piece are one Arrow array of texts over its bytes: every cell and, between two cells, their separator.
A column is then a `take` of the cells at its place. A line is plain where no cell has an escape, a control character
or blanks at its ends, so that the cell is the text.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.formats.dsr.rows import record_type
from muniment.kernel.formats.dsr.tables import FAMILY_LETTERS, RecordShape, shapes

TAB, NEWLINE, BLANK, BACKSLASH = 9, 10, 32, 92
_EXOTIC_BLANKS = frozenset(
    letter.encode()
    for letter in "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@lru_cache(maxsize=512)
def scalar(text: str) -> pa.StringScalar:
    """Return a text as Arrow holds it: made once, since each making of one looks for a package that may be missing."""
    return pa.scalar(text, pa.string())


def blanks(count: int) -> pa.StringArray:
    """Return a column without a letter."""
    return pa.repeat(scalar(""), count)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a line's first cell makes of it: its family and shape; "#" is a comment, "" what is not read here."""

    family: str
    shape: RecordShape | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a report: the cells of all, and for each line where its cells are and what it is.

    `kind_of` is a place in `kinds`; `first` the number of a line's first cell, `width` how many it has.
    """

    data: bytes
    cells: pa.StringArray
    lengths: Longs
    first: Longs
    width: Longs
    start: Longs
    end: Longs
    kinds: tuple[Kind, ...]
    kind_of: Longs
    plain: Flags

    def raw(self, line: int) -> bytes:
        """Return a line with its end."""
        return self.data[int(self.start[line]) : int(self.end[line]) + 1]

    def is_of(self, families: frozenset[str]) -> Flags:
        """Return which lines are of one of these families."""
        wanted: Flags = np.array([kind.family in families for kind in self.kinds], dtype=bool)[self.kind_of]
        return wanted

    def _places(self, meaning: str) -> Longs:
        return np.array(
            [-1 if kind.shape is None else kind.shape.places.get(meaning, -1) for kind in self.kinds], dtype=np.int64
        )

    def column(self, lines: Longs, meaning: str) -> pa.StringArray:
        """Return the cells of a meaning for these lines, "" where a line has none; a line -1 has none of all."""
        by_kind = self._places(meaning)
        if not (by_kind >= 0).any():
            return blanks(len(lines))
        places = by_kind[self.kind_of[lines]] + 1
        there = (lines >= 0) & (places > 0) & (places < self.width[lines])
        numbers = self.first[lines] + places
        if there.all():
            return self.cells.take(pa.array(2 * numbers)) if self.lengths[numbers].any() else blanks(len(lines))
        numbers[~there] = 0
        if not self.lengths[numbers[there]].any():
            return blanks(len(lines))
        return pc.fill_null(self.cells.take(pa.array(2 * numbers, mask=~there)), scalar(""))

    def missing(self, lines: Longs) -> Flags:
        """Return which of these lines lack a cell without which their row is of no use."""
        result = np.zeros(len(lines), dtype=bool)
        kinds = self.kind_of[lines]
        for number, kind in enumerate(self.kinds):
            for place in kind.shape.needed if kind.shape else ():
                rows = np.flatnonzero(kinds == number)
                chosen = lines[rows]
                there = place + 1 < self.width[chosen]
                cells = np.where(there, self.first[chosen] + place + 1, 0)
                result[rows] |= ~there | (self.lengths[cells] == 0)
        return result


def cut(data: bytes) -> Piece:
    """Cut whole lines (UTF-8, ended by a line feed) into a `Piece`."""
    letters = np.frombuffer(data, dtype=np.uint8)
    newline = letters == NEWLINE
    ends = np.flatnonzero(newline | (letters == TAB))
    starts = np.empty_like(ends)
    starts[0] = 0
    starts[1:] = ends[:-1] + 1
    last = np.flatnonzero(newline[ends])
    first = np.empty_like(last)
    first[0] = 0
    first[1:] = last[:-1] + 1
    line_end = ends[last]
    cells = _texts(data, starts, ends)
    kinds, kind_of = _kinds(cells.take(pa.array(2 * first)))
    return Piece(
        data=data,
        cells=cells,
        lengths=ends - starts,
        first=first,
        width=last - first + 1,
        start=starts[first],
        end=line_end,
        kinds=kinds,
        kind_of=kind_of,
        plain=_plain(data, letters, starts, ends, line_end),
    )


def _texts(data: bytes, starts: Longs, ends: Longs) -> pa.StringArray:
    offsets = np.empty(2 * len(ends) + 1, dtype=np.int32)
    offsets[0:-1:2] = starts
    offsets[1::2] = ends
    offsets[-1] = len(data)
    return pa.StringArray.from_buffers(2 * len(ends), pa.py_buffer(offsets), pa.py_buffer(data))


def _kinds(names: pa.StringArray) -> tuple[tuple[Kind, ...], Longs]:
    """Return the different kinds of lines by their first cell, and which is whose."""
    codes = names.dictionary_encode()
    kinds = tuple(_kind(name) for name in codes.dictionary.to_pylist())
    return kinds, codes.indices.to_numpy().astype(np.int64)


@lru_cache(maxsize=512)
def _kind(name: str) -> Kind:
    if name.startswith("#"):
        return Kind("#", None)
    record = record_type(name)
    shape = shapes().get(record)
    if shape is None or shape.record != record:
        return Kind("", None)
    return Kind(record[:FAMILY_LETTERS], shape)


def _plain(data: bytes, letters: npt.NDArray[np.uint8], starts: Longs, ends: Longs, line_end: Longs) -> Flags:
    """Return which lines are plain; `starts` and `ends` are those of the cells."""
    odd = [starts[letters[starts] == BLANK], ends[letters[ends - 1] == BLANK] - 1]
    low = letters < BLANK
    if np.count_nonzero(low) != len(ends):
        low[ends] = False
        odd.append(np.flatnonzero(low))
    if b"\\" in data:
        odd.append(np.flatnonzero(letters == BACKSLASH))
    if not data.isascii():
        odd.append(_exotic_blanks(data, letters))
    plain = np.ones(len(line_end), dtype=bool)
    plain[np.searchsorted(line_end, np.concatenate(odd))] = False
    return plain


def _exotic_blanks(data: bytes, letters: npt.NDArray[np.uint8]) -> Longs:
    """Return where blanks beyond ASCII begin."""
    leads = sorted({blank[0] for blank in _EXOTIC_BLANKS})
    found = [place for lead in leads for place in _blanks_of(data, letters, lead)]
    return np.array(sorted(found), dtype=np.int64)


def _blanks_of(data: bytes, letters: npt.NDArray[np.uint8], lead: int) -> list[int]:
    if data.find(lead) < 0:
        return []
    places = np.flatnonzero(letters[:-2] == lead)
    wanted = {blank[1:] for blank in _EXOTIC_BLANKS if blank[0] == lead}
    seconds = np.isin(letters[places + 1], sorted({rest[0] for rest in wanted}))
    return [int(place) for place in places[seconds] if any(data.startswith(rest, place + 1) for rest in wanted)]


def is_blank(texts: pa.StringArray) -> bool:
    """Return whether no text of a column has a letter."""
    letters = texts.buffers()[2]
    return letters is None or letters.size == 0


def fixed(texts: pa.StringArray, width: int) -> tuple[Flags, Longs, npt.NDArray[np.uint8]]:
    """Return which texts have letters but not `width` bytes, which rows have exactly so many, and their bytes."""
    lengths = pc.binary_length(texts).to_numpy()
    rows = np.flatnonzero(lengths == width)
    odd: Flags = (lengths != width) & (lengths != 0)
    chosen = texts.take(pa.array(rows)) if odd.any() else texts
    letters = chosen.buffers()[2]
    if letters is None or not len(rows):
        return odd, rows[:0], np.empty((0, width), dtype=np.uint8)
    start = chosen.offset and int(np.frombuffer(chosen.buffers()[1], dtype=np.int32)[chosen.offset])
    whole = np.frombuffer(letters, dtype=np.uint8)[start : start + width * len(rows)]
    return odd, rows, whole.reshape(-1, width)
