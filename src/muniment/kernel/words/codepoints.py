"""The one table of code points: what each becomes when names and titles are folded, and when they are romanised.

In: a code point. Out: the folded text and the Latin text that stand for it. Always: `names.fold` and `names.romanise`
read these rules letter by letter in Python, and `fold_table`/`roman_table` give the very same rules as arrays for a
compiled loop over UTF-8 bytes, so an index and a query cannot disagree. How a text is folded, by either road:

1. A text that is not ASCII is composed first (`compose`): what is written between letters without being one goes
   (apostrophes, joiners, direction marks, the tatweel), then Unicode's NFKC, which knows what no single code point
   can: Hangul from its letters, kana with a voicing mark apart, Arabic presentation forms.
2. Every code point is replaced as the table says: by nothing, by a blank, or by letters and digits.
3. Runs of blanks become one, and none is left at the ends.

A code point from `CODE_POINTS` on is a blank. Folding is idempotent: what the table gives stands for itself.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from anyascii import anyascii

from muniment.kernel.words.letters import ARABIC_ONE_LETTER, JAMO_ALONE, ROMAN_LETTERS, hangul_roman

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CODE_POINTS = 0x33480
"""The tables end here, after the last Han extension; the planes beyond hold no letters of any script."""

_BETWEEN_LETTERS = re.compile(
    "['’‘‛ʼʻʽʾʿˈ`´＇′׳״\u00ad\u034f\u0640\u061c\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b-\u180f\u200d-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb™℠\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Written inside or behind a word without being part of it. The zero-width non-joiner is not here: in Persian it parts
what others write apart, so it is a blank."""

_DROPPED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u08ca-\u08ff\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u302a-\u302f\u3099\u309a\ua66f-\ua67d\ufe20-\ufe2f\u093c]"
)
"""Accents, titlos, Hebrew and Arabic points, tone marks of Han, the Devanagari nukta, which few keyboards write. Vowel
signs and viramas of the Indic scripts are letters and stay. A kana's voicing mark is part of the kana by then."""

_NUKTA_LETTERS = "कखगजडढफ"
_NUKTA = re.compile(f"[{_NUKTA_LETTERS}]\u093c")
"""The seven Devanagari letters that have a sound of their own with a nukta: whole here, while NFKC parts them."""

_ONE_SIGN = str.maketrans({"ँ": "ं", "ٴ": ""})
_WHOLE = re.compile("[\u3041-\u30ff\uac00-\ud7a3]")
"""Kana and Hangul stay composed: their parts are not letters that people compare."""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A replacement for each code point: that of `c` is `pool[starts[c]:starts[c + 1]]`, UTF-8; often empty."""

    starts: "NDArray[np.uint32]"
    pool: "NDArray[np.uint8]"


def compose(text: str) -> str:
    """Return the text as the table wants it: without what stands between letters, and in NFKC; ASCII stays as it is.

    An ASCII apostrophe goes only where another character is not ASCII; the table drops it in any case.
    """
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFKC", _BETWEEN_LETTERS.sub("", text))
    return _NUKTA.sub(_with_nukta, composed) if "\u093c" in composed else composed


def _with_nukta(found: re.Match[str]) -> str:
    return chr(0x958 + _NUKTA_LETTERS.index(found[0][0]))


def folded(code: int) -> str:
    """Return what stands for a code point in a folded text: letters and digits, a blank, or nothing."""
    if code >= CODE_POINTS:
        return " "
    letter = chr(code)
    if _BETWEEN_LETTERS.match(letter):
        return ""
    if letter in JAMO_ALONE:
        return JAMO_ALONE[letter]
    parts = _decomposed(_decomposed(letter).casefold()).translate(_ONE_SIGN).translate(ARABIC_ONE_LETTER)
    return "".join(_folded_part(part) for part in _DROPPED_MARKS.sub("", parts))


def _decomposed(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text)
    return "".join(letter if _WHOLE.match(letter) else unicodedata.normalize("NFKD", letter) for letter in composed)


def _folded_part(part: str) -> str:
    """Return what stays of one letter without its marks: Latin in ASCII, digits of every script as ASCII digits."""
    if part.isascii():
        return part if part.isalnum() else "" if part == "'" else " "
    if _BETWEEN_LETTERS.match(part):
        return ""
    category = unicodedata.category(part)
    if category == "Nd":
        return str(unicodedata.decimal(part))
    if category[0] not in "LMN":
        return " "
    if part in JAMO_ALONE:
        return JAMO_ALONE[part]
    if unicodedata.name(part, "").startswith("LATIN "):
        return _letters_only(ROMAN_LETTERS.get(part) or anyascii(part)) or part
    return part


def romanised(code: int) -> str:
    """Return the Latin letters that stand for a code point: its usual spelling, lower case, ASCII; see `letters`.

    Where a script leaves vowels unwritten they stay unwritten, and where a letter has several readings this is the
    most usual one; `readings` gives the others.
    """
    if code >= CODE_POINTS:
        return " "
    letter = chr(code)
    if letter in ROMAN_LETTERS:
        return ROMAN_LETTERS[letter]
    if 0xAC00 <= code <= 0xD7A3:
        return hangul_roman(code)
    whole = folded(code)
    return whole if whole.isascii() else "".join(_romanised_part(part) for part in _spelled(letter, whole))


def _spelled(letter: str, whole: str) -> str:
    """Return the letters to romanise: the composed one in lower case if it is one (й is not и), else its parts."""
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", letter).casefold())
    return lower if len(lower) == 1 else whole


def _romanised_part(part: str) -> str:
    if part in ROMAN_LETTERS:
        return ROMAN_LETTERS[part]
    bare = folded(ord(part))
    if bare in ROMAN_LETTERS:
        return ROMAN_LETTERS[bare]
    if len(bare) == 1 and 0xAC00 <= ord(bare) <= 0xD7A3:
        return hangul_roman(ord(bare))
    return _letters_only(anyascii(part))


def _letters_only(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


@lru_cache(maxsize=1)
def fold_table() -> CodeTable:
    """Return `folded` of every code point as arrays; they are read-only, shared, and take a second to build."""
    return _table(folded)


@lru_cache(maxsize=1)
def roman_table() -> CodeTable:
    """Return `romanised` of every code point as arrays; they are read-only, shared, and take a second to build."""
    return _table(romanised)


def _table(rule: Callable[[int], str]) -> CodeTable:
    import numpy as np  # the tables alone need it; folding and romanising one name do not

    pieces = [b"" if 0xD800 <= code <= 0xDFFF else rule(code).encode() for code in range(CODE_POINTS)]
    starts = np.zeros(CODE_POINTS + 1, np.uint32)
    np.cumsum(np.fromiter(map(len, pieces), np.uint32, CODE_POINTS), out=starts[1:])
    pool = np.frombuffer(b"".join(pieces), np.uint8)
    starts.flags.writeable = False
    return CodeTable(starts, pool)


@lru_cache(maxsize=1)
def table_digest() -> str:
    """Return the SHA-256 of both tables, which an index keeps: another Unicode version may give another table."""
    digest = hashlib.sha256()
    for table in (fold_table(), roman_table()):
        digest.update(table.starts.astype("<u4").tobytes())
        digest.update(table.pool.tobytes())
    return digest.hexdigest()


class LazyTable(dict[int, str]):
    """A rule in the form `str.translate` wants, filled as code points are met."""

    def __init__(self, rule: Callable[[int], str]) -> None:
        """Keep the rule; nothing is computed yet."""
        super().__init__()
        self._rule = rule

    def __missing__(self, code: int) -> str:
        """Compute, keep and return the replacement of a code point."""
        replacement = self[code] = self._rule(code)
        return replacement
