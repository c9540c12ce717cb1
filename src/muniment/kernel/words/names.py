"""Names and titles in every script: which script, and the folded forms that are compared.

`fold` keeps the script and drops what writers vary: case, accents, punctuation, width, tatweel, vowel points.
`romanise` gives Latin letters for any script, for a second, weaker comparison.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_SCRIPT_OF_NAME = {
    "LATIN": "Latn",
    "CYRILLIC": "Cyrl",
    "ARABIC": "Arab",
    "HEBREW": "Hebr",
    "CJK": "Hani",
    "HIRAGANA": "Kana",
    "KATAKANA": "Kana",
    "HANGUL": "Hang",
    "DEVANAGARI": "Deva",
    "GREEK": "Grek",
    "ARMENIAN": "Armn",
    "GEORGIAN": "Geor",
    "THAI": "Thai",
    "BENGALI": "Beng",
    "TAMIL": "Taml",
}

_ARABIC_LETTERS = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۃ": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "أ": "ا",
        "إ": "ا",
        "ٱ": "ا",
        "ؤ": "و",
    }
)
_DROPPED_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
"""Accents, Hebrew and Arabic vowel points and the tatweel; vowel signs of Indic scripts and kana marks are letters."""
_APOSTROPHES = frozenset("'’ʼʻ`´")
_BLANKS = re.compile(r"\s+")
_ASCII_BLANKS = {code: " " for code in range(128) if not chr(code).isalnum()} | {ord("'"): ""}


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script most letters are in ("Zyyy" where there are no letters)."""
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else "Zyyy"
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = _SCRIPT_OF_NAME.get(unicodedata.name(letter, "").split(" ")[0].split("-")[0], "Zzzz")
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: (counts[script], script)) if counts else "Zyyy"


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Return the form in which names and titles are compared; empty where nothing comparable is left.

    Compatibility forms are unified (NFKC), case is folded, marks go, Arabic letters that Urdu, Persian and Arabic
    write differently become one, anything that is neither letter nor digit becomes a blank.
    """
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_BLANKS).split())
    bare = _DROPPED_MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    whole = unicodedata.normalize("NFKC", bare).translate(_ARABIC_LETTERS)
    kept = [char if unicodedata.category(char)[0] in "LMN" else " " for char in whole if char not in _APOSTROPHES]
    return _BLANKS.sub(" ", "".join(kept)).strip()


@lru_cache(maxsize=100_000)
def romanise(text: str) -> str:
    """Return the folded Latin spelling of `text`, by one fixed table; unwritten vowels stay unwritten."""
    return fold(text if text.isascii() else anyascii(text))
