"""Readings of Hangul: as it sounds, as the older romanisation has it, as people spell their names, and as loan words.

In: words of Hangul syllables. Out: Latin spellings, lower case. Always: other letters pass through.
"""

import re

from muniment.kernel.words.letters import FINALS, INITIALS, VOWELS, hangul_parts, hangul_roman

_WORD = re.compile("[\uac00-\ud7a3]+")
_SILENT = 11


def _parted(entry: str) -> tuple[str, str]:
    return ("ng", "") if entry == "ng-" else (entry[0], entry[1:])


_MOVING = "-- -g -kk ks -n nj -n -d -r lg lm lb ls lt lp -r -m -b ps -s -ss ng- -j -ch -k -t -p --"
_MOVED = tuple((stays.replace("-", ""), moves.replace("-", "")) for stays, moves in map(_parted, _MOVING.split()))
_NASAL = {"k": "ng", "t": "n", "p": "m"}
_WITH_H = {"g": "k", "d": "t", "j": "ch"}
_H_FINALS = frozenset({6, 15, 27})

_PASSPORT_SPELLINGS = """
김kim 이lee 박park 최choi 정jung 강kang 조cho 윤yoon 장jang 임lim 한han 오oh 서seo 신shin 권kwon 황hwang 안ahn
송song 류ryu 유yoo 전jeon 홍hong 고ko 문moon 양yang 손son 배bae 백baek 허hur 남nam 심shim 노noh 하ha 곽kwak
성sung 차cha 주joo 우woo 구koo 민min 진jin 지ji 엄um 채chae 원won 천chun 방bang 공kong 현hyun 함ham 변byun
염yeom 여yeo 추choo 도do 소so 석suk 선sun 설seol 마ma 길gil 연yeon 표pyo 명myung 기ki 반ban 라ra 왕wang
금keum 옥ok 육yook 인in 맹maeng 제je 탁tak 국kook 은eun 용yong
"""
_SURNAMES = {entry[0]: entry[1:] for entry in _PASSPORT_SPELLINGS.split()}
"""The spelling most bearers of a surname use in their passports."""
_OTHER_SPELLINGS = "이yi 박pak 최choe 정chung 조jo 임im 유yu 노roh 장chang 강gang"
_OTHER_SURNAMES = {entry[0]: entry[1:] for entry in _OTHER_SPELLINGS.split()}
_CUSTOM_INITIAL = {"g": "k", "": ""}
_CUSTOM_VOWEL = {"eo": "u", "yeo": "you", "u": "oo", "yu": "yoo", "ui": "ee", "wo": "wo"}
_OLD_VOWEL = {"eo": "o", "eu": "u", "yeo": "yo", "wo": "wo", "oe": "oe", "ui": "ui"}
_OLD_INITIAL = {"g": "k", "d": "t", "b": "p", "j": "ch"}
_LOAN_VOWEL = {"eu": "", "eo": "o", "yeo": "yo", "ae": "a", "wo": "wo"}


def hangul_readings(text: str) -> list[str]:
    """Return the text with its Hangul words as they sound, as names are spelt, in the old way, and as loan words."""
    rules = (sounded, _as_name, _as_other_name, _old, _loan)
    return [_WORD.sub(lambda found, rule=rule: rule(found[0]), text) for rule in rules]  # type: ignore[misc]


def sounded(word: str) -> str:
    """Return the Revised Romanisation of a word with the changes between its syllables: 독립 gives dongnip."""
    pieces: list[str] = []
    parts = [hangul_parts(ord(letter)) for letter in word]
    moved = ""
    for place, (initial, vowel, final) in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else None
        first = moved or INITIALS[initial]
        last, moved = _meeting(final, following) if following else (FINALS[final], "")
        pieces += (first, VOWELS[vowel], last)
    return "".join(pieces)


def _meeting(final: int, following: tuple[int, int, int]) -> tuple[str, str]:
    """Return how a last consonant sounds before the next syllable, and the sound that replaces its first consonant."""
    initial, last, first = following[0], FINALS[final], INITIALS[following[0]]
    if initial == _SILENT:
        stays, moves = _MOVED[final]
        softened = {"d": "j", "t": "ch"}.get(moves, moves) if following[1] == 20 and final in (7, 25) else moves
        return stays, softened
    if final in _H_FINALS and first in _WITH_H:
        return {6: "n", 15: "l", 27: ""}[final], _WITH_H[first]
    if first == "r" and last:
        return ("l", "l") if last in "nl" else (_NASAL.get(last, last), "n")
    if first == "n" and last == "l":
        return "l", "l"
    return (_NASAL.get(last, last), "") if first in ("n", "m") else (last, "")


def _spelt(word: str, initials: dict[str, str], vowels: dict[str, str]) -> str:
    pieces = []
    for letter in word:
        initial, vowel, final = hangul_parts(ord(letter))
        first, middle = INITIALS[initial], VOWELS[vowel]
        pieces.append(initials.get(first, first) + vowels.get(middle, middle) + FINALS[final])
    return "".join(pieces)


def _as_name(word: str) -> str:
    """Return the customary spelling of a personal name, surname first: 김영수 gives kim youngsoo."""
    if 2 <= len(word) <= 4 and word[0] in _SURNAMES:
        return f"{_SURNAMES[word[0]]} {_spelt(word[1:], _CUSTOM_INITIAL, _CUSTOM_VOWEL)}"
    return _spelt(word, _CUSTOM_INITIAL, _CUSTOM_VOWEL)


def _as_other_name(word: str) -> str:
    """Return the second spelling of a name: the given name as the standard has it, syllables apart."""
    if 2 <= len(word) <= 4 and word[0] in _SURNAMES:
        surname = _OTHER_SURNAMES.get(word[0]) or _SURNAMES[word[0]]
        return " ".join([surname, *(hangul_roman(ord(letter)) for letter in word[1:])])
    return " ".join(hangul_roman(ord(letter)) for letter in word)


def _old(word: str) -> str:
    """Return McCune-Reischauer without its marks: voiceless where a word begins, eo as o and eu as u."""
    return _spelt(word[0], _OLD_INITIAL, _OLD_VOWEL) + _spelt(word[1:], {}, _OLD_VOWEL)


def _loan(word: str) -> str:
    """Return the word as it may have been in its own language: the helping vowel eu falls away, 스미스 gives smis."""
    return _spelt(word, {}, _LOAN_VOWEL)
