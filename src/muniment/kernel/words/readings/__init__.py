"""Further Latin readings of a text in another script, beside the one of the table.

In: a title or a name as written. Out: up to six Latin spellings under which somebody may have written the same, and
the skeletons of words, which meet where spellings do not. Always: readings are folded, differ from `names.romanise`
and from each other, come in the same order for the same text, and cost bounded time; a text in plain ASCII has none.
Readings are for finding and comparing candidates; none is a transliteration anybody should print.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from muniment.kernel.words.codepoints import compose
from muniment.kernel.words.names import romanise
from muniment.kernel.words.readings.alphabets import (
    arabic_readings,
    armenian_readings,
    cyrillic_readings,
    greek_readings,
    hebrew_readings,
    latin_readings,
)
from muniment.kernel.words.readings.han import han_readings
from muniment.kernel.words.readings.hangul import hangul_readings
from muniment.kernel.words.readings.indic import devanagari_readings, thai_readings
from muniment.kernel.words.readings.kana import japanese_readings, kana_readings
from muniment.kernel.words.readings.skeleton import skeleton, skeletons

__all__ = ["READ_LENGTH", "readings", "readings_version", "skeleton", "skeleton_source", "skeletons"]

READ_LENGTH = 200
"""Letters of a text that are read; no title that somebody typed is longer, and no reading gets better from there."""
_MOST = 6
_HAN = re.compile("[\u3007\u3400-\u9fff\U00020000-\U0002fa1f]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_WITH_GERESH = {"ג": "j", "ז": "zh", "צ": "ch", "ץ": "ch", "ת": "th"}
_GERESH = re.compile("[גזצץת]['’׳]")
"""Hebrew letters with a mark behind them that gives another sound; folding drops the mark."""
_SCRIPTS: tuple[tuple[re.Pattern[str], Callable[[str], Iterable[str]]], ...] = (
    (re.compile("[\uac00-\ud7a3]"), hangul_readings),
    (re.compile("[\u0400-\u052f]"), cyrillic_readings),
    (re.compile("[\u0600-\u06ff\u0750-\u077f]"), arabic_readings),
    (re.compile("[\u0590-\u05ff]"), hebrew_readings),
    (re.compile("[\u0900-\u097f]"), devanagari_readings),
    (re.compile("[\u0370-\u03ff]"), greek_readings),
    (re.compile("[\u0531-\u0587]"), armenian_readings),
    (re.compile("[\u0e00-\u0e7f]"), thai_readings),
)


@lru_cache(maxsize=50_000)
def readings(text: str) -> tuple[str, ...]:
    """Return at most six further Latin readings of a text, the likeliest first; none where the table's is the only one.

    In a text of several scripts one is read and the others take the table's spelling: East Asian before alphabets.
    """
    if text.isascii():
        return ()
    composed = compose(_GERESH.sub(lambda found: _WITH_GERESH[found[0][0]], text[:READ_LENGTH].lower()))
    table = romanise(text[:READ_LENGTH])
    found = dict.fromkeys(romanise(reading) for reading in _read(composed))
    return tuple(reading for reading in found if reading and reading != table)[:_MOST]


def _read(composed: str) -> Iterable[str]:
    if _HAN.search(composed):
        japanese = japanese_readings(composed)
        if _KANA.search(composed):
            return japanese
        chinese = han_readings(composed)
        return [*chinese[:5], japanese[0], *chinese[5:]]
    if _KANA.search(composed):
        return kana_readings(composed)
    for pattern, read in _SCRIPTS:
        if pattern.search(composed):
            return read(composed)
    return latin_readings(composed)


@lru_cache(maxsize=1)
def readings_version() -> str:
    """Return what the readings depend on, for an index to keep: the rules and tables here, libraries and Unicode."""
    libraries = ("pypinyin", "sudachipy", "sudachidict-small")
    rules = sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))))
    versions = [*(f"{name}={version(name)}" for name in libraries), f"unicode={unicodedata.unidata_version}"]
    return " ".join([f"rules={rules.hexdigest()[:16]}", *versions])


def skeleton_source() -> Path:
    """Return the file that makes skeletons, for whoever compiles its function into others and keeps the result."""
    return Path(__file__).parent / "skeleton.py"
