"""Which cells of a column are in the form that needs no thought; what is not is read by the walk, which decides."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.formats.dsr.arrays import (
    Flags,
    Longs,
    is_blank,
    letters_of,
    longs,
    scalar,
    text_bounds,
    text_lengths,
)
from muniment.kernel.formats.tables import UnreadableCell, parse_duration_ms

Letters = npt.NDArray[np.uint8]

MOST_DIGITS = 15
_BLANK, _BAR = ord(" "), ord("|")
_CAPITAL, _DIGIT, _T = 1, 2, 4


def _classes() -> Letters:
    """Return for each byte what it is."""
    classes = np.zeros(256, dtype=np.uint8)
    classes[ord("A") : ord("Z") + 1] = _CAPITAL
    classes[ord("0") : ord("9") + 1] = _DIGIT
    classes[ord("T")] |= _T
    return classes


_CLASSES = _classes()
_ISRC = np.array([_CAPITAL] * 2 + [_CAPITAL | _DIGIT] * 3 + [_DIGIT] * 7, dtype=np.uint8)
_ISWC = np.array([_T] + [_DIGIT] * 10, dtype=np.uint8)
_ISWC_WEIGHTS = np.arange(1, 10, dtype=np.int16)


def odd_isrc(codes: pa.StringArray) -> Flags:
    """Return which texts are neither blank nor an ISRC in capitals without hyphens."""
    odd, rows, letters = _fixed(codes, len(_ISRC))
    odd[rows] = _misfits(letters, _ISRC)
    return odd


def odd_iswc(codes: pa.StringArray) -> Flags:
    """Return which texts are neither blank nor an ISWC in its compact form with a right check digit."""
    odd, rows, letters = _fixed(codes, len(_ISWC))
    digits = letters[:, 1:].astype(np.int16) - ord("0")
    total = 1 + digits[:, :9] @ _ISWC_WEIGHTS
    odd[rows] = _misfits(letters, _ISWC) | ((10 - total % 10) % 10 != digits[:, 9])
    return odd


def odd_parts(texts: pa.StringArray) -> Flags | None:
    """Return which texts have a blank part or blanks beside a bar; None: no text has a bar at all."""
    letters = np.frombuffer(letters_of(texts), dtype=np.uint8)
    bars = np.flatnonzero(letters == _BAR)
    if not len(bars):
        return None
    bounds = text_bounds(texts) - text_bounds(texts)[0]
    begins = np.zeros(len(letters) + 1, dtype=bool)
    begins[bounds] = True
    before, behind = letters[bars - 1], letters[(bars + 1) % len(letters)]
    wrong = begins[bars] | begins[bars + 1] | (before == _BLANK) | (behind == _BLANK) | (behind == _BAR)
    odd = np.zeros(len(texts), dtype=bool)
    odd[np.searchsorted(bounds, bars[wrong], side="right") - 1] = True
    return odd


def whole_numbers(texts: pa.StringArray) -> pa.BooleanArray:
    """Return which texts are whole numbers of at most fifteen digits."""
    return pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), MOST_DIGITS))


def numbers_of(texts: pa.StringArray) -> pa.Int64Array:
    """Return whole numbers; what is none is 0 here and its line is read by the walk."""
    if is_blank(texts):
        return longs(np.zeros(len(texts), dtype=np.int64))
    whole = whole_numbers(texts)
    if pc.all(whole).as_py() is not False:
        return texts.cast(pa.int64())
    return pc.if_else(whole, texts, scalar("0")).cast(pa.int64())


def durations_of(texts: pa.StringArray) -> tuple[pa.Int64Array, Flags]:
    """Return durations in milliseconds (null where there is none), and which texts say one that cannot be read."""
    codes = texts.dictionary_encode()
    read = [_duration(text) for text in codes.dictionary.to_pylist()]
    unreadable: Flags = np.array([bad for _, bad in read], dtype=bool)[codes.indices.to_numpy()]
    return pa.array([value for value, _ in read], pa.int64()).take(codes.indices), unreadable


@lru_cache(maxsize=20_000)
def _duration(text: str) -> tuple[int | None, bool]:
    """Return the milliseconds of a duration, and whether it says one that cannot be read."""
    try:
        value = (parse_duration_ms(text) or None) if text else None
    except UnreadableCell:
        value = None
    return value, bool(text.strip("PTHMS0:. ")) and not value


def _misfits(letters: Letters, form: Letters) -> Flags:
    """Return which rows have a letter that is not of the class that the form has in its place."""
    wrong: Flags = np.zeros(len(letters), dtype=bool)
    wrong[np.flatnonzero((_CLASSES[letters] & form) == 0) // len(form)] = True
    return wrong


def _fixed(texts: pa.StringArray, width: int) -> tuple[Flags, Longs, Letters]:
    """Return which texts have letters but not `width` bytes, which rows have exactly so many, and their bytes."""
    lengths = text_lengths(texts)
    rows = np.flatnonzero(lengths == width)
    odd: Flags = (lengths != width) & (lengths != 0)
    if not len(rows):
        return odd, rows, np.empty((0, width), dtype=np.uint8)
    letters = letters_of(texts.take(longs(rows)) if odd.any() else texts)
    return odd, rows, np.frombuffer(letters, dtype=np.uint8).reshape(-1, width)
