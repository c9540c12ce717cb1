"""Names and titles in every script: which script, and the folded forms that are compared.

`fold` keeps the script and drops what writers vary: case, accents, punctuation, width, tatweel, vowel points.
`romanise` gives Latin letters for any script, for a second, weaker comparison. Both read one table, `codepoints`.
"""

import unicodedata
from functools import lru_cache

from muniment.kernel.words.codepoints import LazyTable, compose, folded, romanised

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

_ASCII_BLANKS = {code: " " for code in range(128) if not chr(code).isalnum()} | {ord("'"): ""}
_FOLDED = LazyTable(folded)
_ROMANISED = LazyTable(romanised)


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

    Compatibility forms are unified (NFKC), case is folded, accents and points go, Latin letters and digits of every
    script become ASCII, Arabic letters that Urdu, Persian and Arabic write differently become one, and anything that is
    neither letter nor digit becomes a blank. `codepoints` has the rules.
    """
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_BLANKS).split())
    return " ".join(compose(text).translate(_FOLDED).split())


@lru_cache(maxsize=100_000)
def romanise(text: str) -> str:
    """Return the folded Latin spelling of `text`, letter by letter; unwritten vowels stay unwritten."""
    return fold(text) if text.isascii() else " ".join(compose(text).translate(_ROMANISED).split())
