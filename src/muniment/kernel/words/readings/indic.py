"""Readings of Devanagari and Thai, whose vowels stand around their consonants or are left unwritten.

In: a text in one of them. Out: Latin spellings. Always: letters of other scripts pass through.
"""

import re

from muniment.kernel.words.letters import ROMAN_LETTERS

_DEVANAGARI = re.compile("[\u0900-\u097f]+")
_CONSONANTS = frozenset(chr(code) for code in (*range(0x915, 0x93A), *range(0x958, 0x960)))
_SIGNS = frozenset(chr(code) for code in (*range(0x93E, 0x94E), 0x962, 0x963))
_VIRAMA, _NUKTA = "\u094d", "\u093c"
_SCHWA = "\x00"
_LAST_SCHWA = re.compile(f"(?<=.){_SCHWA}(?=[n]?$)")
_MIDDLE_SCHWA = re.compile(f"([aeiou{_SCHWA}][b-df-hj-np-tv-z]h?){_SCHWA}(?=[b-df-hj-np-tv-z]h?[aeiou{_SCHWA}])")
"""Between a vowel with one consonant and a consonant with a vowel, a short a is not heard: mangeshakar, mangeshkar."""
_THAI_SILENT = re.compile("[\u0e01-\u0e2e][\u0e34\u0e38]?\u0e4c|\u0e2b(?=[\u0e07\u0e19\u0e21\u0e22\u0e23\u0e25\u0e27])")
"""A letter with the sign of silence, and the h that only gives another consonant its tone."""
_THAI_LAST = re.compile("([\u0e01-\u0e2e])(?![\u0e01-\u0e4e])")
_THAI_LAST_SOUND = {**dict.fromkeys("รลญณ", "n"), **dict.fromkeys("สศษซจชตทธ", "t"), **dict.fromkeys("บปพภฟ", "p")}
_THAI_VOWELLESS = re.compile("([\u0e01-\u0e2e])(?=[\u0e01-\u0e2e][\u0e30-\u0e3a\u0e40-\u0e44])")
_THAI_BEFORE = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")


def devanagari_readings(text: str) -> list[str]:
    """Return the text as Hindi is said: the inherent a where it is heard; v also as w."""
    said = _DEVANAGARI.sub(lambda found: _hindi(found[0]), text)
    full = _DEVANAGARI.sub(lambda found: _syllables(found[0]).replace(_SCHWA, "a"), text)
    return [said, said.replace("v", "w"), full]


def _hindi(word: str) -> str:
    spelt = _LAST_SCHWA.sub("", _syllables(word))
    return _MIDDLE_SCHWA.sub(r"\1", spelt).replace(_SCHWA, "a")


def _syllables(word: str) -> str:
    """Return a word in Latin with a mark for every inherent vowel."""
    bare = word.replace(_NUKTA, "")
    out: list[str] = []
    for place, letter in enumerate(bare):
        out.append(ROMAN_LETTERS.get(letter, ""))
        following = bare[place + 1] if place + 1 < len(bare) else ""
        if letter in _CONSONANTS and following != _VIRAMA and following not in _SIGNS:
            out.append(_SCHWA)
    return "".join(out)


def thai_readings(text: str) -> list[str]:
    """Return the text with vowels behind the consonant they are written before, without silent letters, with an a."""
    heard = _THAI_SILENT.sub("", text).replace("รร", "a")
    last = _THAI_LAST.sub(lambda found: _THAI_LAST_SOUND.get(found[1], found[1]), heard)
    return [_THAI_BEFORE.sub(r"\2\1", each) for each in (text, last, _THAI_VOWELLESS.sub(r"\1a", last))]
