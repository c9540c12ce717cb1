"""Readings of kana and of Japanese texts with Han: Hepburn with and without long vowels, kunrei, and as loan words.

In: a text in kana, or in kana and Han. Out: Latin spellings, lower case. Always: other letters pass through. Han are
read by SudachiPy and its small dictionary (both Apache-2.0), which is opened when the first text needs it.
"""

import re
from functools import lru_cache
from threading import Lock

from sudachipy import Dictionary, SplitMode, Tokenizer

from muniment.kernel.words.letters import KATAKANA

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fe]+")
_HAN_OR_KANA = re.compile("[\u3005-\u3007\u3041-\u3096\u30a1-\u30fe\u3400-\u9fff]+")
_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_SMALL_Y = {"ャ": "a", "ュ": "u", "ョ": "o"}
_SMALL_VOWEL = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_PARTICLES = {"ハ": "ワ", "ヘ": "エ", "ヲ": "オ"}
_KUNREI = (("sh", "sy"), ("ch", "ty"), ("tsu", "tu"), ("f", "h"), ("j", "zy"), ("yi", "i"))
_ONE_AT_A_TIME = Lock()
"""The tokenizer serves one thread at a time."""
_LONG = re.compile("(?<=o)[ou]|(?<=u)u")
_LOAN = re.compile("(?<=[bcdfghjklmnprsvz])u|(?<=[td])o(?![a-z])")


def kana_readings(text: str) -> list[str]:
    """Return the text with its kana in Hepburn, first with short vowels, as typed, in kunrei, and as loan words."""
    typed = _KANA.sub(lambda found: hepburn(found[0]), text)
    short = _LONG.sub("", typed)
    return [short, typed, kunrei(short), _LOAN.sub("", short)]


def japanese_readings(text: str) -> list[str]:
    """Return the text with its Han and kana as a Japanese reader says them, words apart and then together."""
    spoken = _HAN_OR_KANA.sub(lambda found: " ".join(_spoken(found[0])), text)
    readings = kana_readings(spoken)[:3]
    return [*readings, readings[0].replace(" ", "")]


def hepburn(word: str) -> str:
    """Return kana in Hepburn, vowels as written (kou stays kou), the long sign silent."""
    out: list[str] = []
    doubled = False
    for kana in word.translate(_TO_KATAKANA):
        if kana == "ッ":
            doubled = True
            continue
        if kana in _SMALL_Y and out and out[-1].endswith(("i", "e", "u")) and len(out[-1]) > 1:
            stem = out[-1][:-1]
            out[-1] = stem + ("" if stem.endswith(("sh", "ch", "j")) else "y") + _SMALL_Y[kana]
            continue
        if kana in _SMALL_VOWEL and out:
            out[-1] = _with_small_vowel(out[-1], _SMALL_VOWEL[kana])
            continue
        spelling = KATAKANA.get(kana, "")
        if doubled and spelling[:1] not in tuple("aeioun"):
            spelling = ("t" if spelling.startswith("ch") else spelling[:1]) + spelling
        doubled = False
        out.append(spelling)
    return "".join(out)


def _with_small_vowel(before: str, vowel: str) -> str:
    """Return a syllable with the vowel that a small kana puts in its place: fu and a give fa, u and i give wi."""
    if before == "u":
        return "w" + vowel
    if before in ("ku", "gu"):
        return before[0] + "w" + vowel
    if len(before) > 1 and before[-1] in "aeiou" and before[-1] != vowel:
        return before[:-1] + vowel
    return before if before.endswith(vowel) else before + vowel


def kunrei(spelling: str) -> str:
    """Return a Hepburn spelling in kunrei: shi as si, chi as ti, tsu as tu, fu as hu, ji as zi."""
    for hepburn_sound, sound in _KUNREI:
        spelling = spelling.replace(hepburn_sound, sound)
    return spelling.replace("syi", "si").replace("tyi", "ti").replace("zyi", "zi")


def _spoken(run: str) -> list[str]:
    """Return the words of a Japanese text in katakana, a particle as it sounds, an ending joined to its verb."""
    with _ONE_AT_A_TIME:
        said = [(each.surface(), each.reading_form(), each.part_of_speech()[0]) for each in _tokenizer().tokenize(run)]
    words: list[str] = []
    for surface, in_kana, part in said:
        reading = in_kana if _KANA.fullmatch(in_kana) else surface
        if part == "助詞":
            reading = _PARTICLES.get(reading, reading)
        if words and part in ("助動詞", "接尾辞"):
            words[-1] += reading
        else:
            words.append(reading)
    return words


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    return Dictionary(dict="small").tokenizer(SplitMode.C)
