"""The skeleton of a romanised word: the classes of its consonants, the same for one name that went through two scripts.

In: a romanised word, ASCII, lower case. Out: a short key of the letters a b k m n r s t and digits. Always: a vowel
counts only where the word begins (a); h, w and y count as vowels or not at all, because scripts differ in writing
them; p, b, f and v are one class, as are d and t, g, k and q, l and r, and all sibilants, because Arabic has no p,
Hebrew one letter for p and f, Japanese no l. A key is for finding candidates; it says nothing about who is meant.

`skeleton_into` uses integers and flat arrays of bytes only, so that the same function can be compiled for the index.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CLASSES: Final = {"b": "bpfv", "k": "ckgqx", "s": "szj", "t": "dt", "r": "lr", "m": "m", "n": "n", "a": "aeiouyw"}
_VOWELS: Final = frozenset("aeiouyw")
Bytes = NDArray[np.uint8] | bytes
VOWEL: Final = ord("a")
_FIRST, _LAST, _N, _G, _H, _X, _S, _K = (ord(letter) for letter in "aznghxsk")
_BEFORE_H: Final = sum(1 << (ord(letter) - 96) for letter in "cdgkpstz")
"""The letters that are one sound with an h behind them; behind another, an h parts two like consonants (mhmd)."""


def _sound(letter: str, following: str) -> str:
    """Return the class of a letter before another ("" at the end of a word); "" where it is silent."""
    if letter == "h" or letter + following in ("ts", "tz", "tc", "dz", "dj", "cz"):
        return ""
    if letter == "c" and following in ("h", "e", "i", "y"):
        return "s"
    if letter == "m" and following in ("b", "p", "f", "v"):
        return "n"
    return next(sound for sound, letters in _CLASSES.items() if letter in letters)


def _other_sound(letter: str, following: str) -> str:
    """Return the class as on the Continent: j as y, w as v, ch as in Bach, g soft before e and i."""
    if letter in "jw":
        return "a" if letter == "j" else "b"
    if letter + following == "ch":
        return "k"
    return "s" if letter == "g" and following in ("e", "i", "y") else _sound(letter, following)


def _sounds(rule: Callable[[str, str], str], *, final_liquids: bool) -> NDArray[np.uint8]:
    """Return the class of each letter (1 to 26) before each other (0: none), by a rule; l and r may need a vowel."""
    table = np.zeros(27 * 27, np.uint8)
    for place in range(1, 27):
        for after in range(27):
            letter, following = chr(96 + place), chr(96 + after) if after else ""
            sound = rule(letter, following)
            silent = sound == "r" and not final_liquids and following not in _VOWELS
            table[27 * place + after] = ord(sound) if sound and not silent else 0
    table.flags.writeable = False
    return table


SOUNDS = _sounds(_sound, final_liquids=True)
SOUNDS_WITHOUT_FINAL_LIQUIDS = _sounds(_sound, final_liquids=False)
"""As in Japanese, Chinese and Korean spellings of foreign names, which drop or add an r or l where a syllable ends."""
SOUNDS_OF_THE_CONTINENT = _sounds(_other_sound, final_liquids=True)
"""As in German, Slavic and Romance names, whose letters other scripts follow by ear."""
_TABLES = tuple(table.tobytes() for table in (SOUNDS, SOUNDS_WITHOUT_FINAL_LIQUIDS, SOUNDS_OF_THE_CONTINENT))
"""The same in bytes, which Python reads faster."""


def skeleton_into(source: Bytes, start: int, stop: int, sounds: Bytes, target: NDArray[np.uint8] | bytearray) -> int:
    """Write the skeleton of source[start:stop] to the start of `target` and return its length.

    `target` must hold twice as many bytes as the word. Bytes that are neither letters nor digits part nothing.
    """
    written, last, before = 0, 0, 0
    for at in range(start, stop):
        letter = int(source[at])
        if letter < _FIRST or letter > _LAST:
            if 48 <= letter <= 57:
                target[written] = letter
                written += 1
            last, before = 0, 0
            continue
        after = int(source[at + 1]) - 96 if at + 1 < stop else 0
        after = after if 0 < after < 27 else 0
        sound = int(sounds[27 * (letter - 96) + after])
        if letter == _G and before == _N and sounds[27 * after] != VOWEL:
            sound = 0  # the g of -ng, which other scripts write as one letter with the n or not at all
        if letter == _X:
            if written > 0 or last == VOWEL:
                target[written] = _K
                written += 1
            sound, last = _S, 0
        if sound != 0 and sound != last and (sound != VOWEL or written == 0):
            target[written] = sound
            written += 1
        if sound != 0 or (letter == _H and not _BEFORE_H >> max(before - 96, 0) & 1):
            last = sound
        before = letter
    return written


def skeletons(roman: str) -> tuple[str, ...]:
    """Return the skeleton of a romanised word and those that differ: without final l and r, and as on the Continent."""
    found = (_skeleton(roman, sounds) for sounds in _TABLES)
    return tuple(dict.fromkeys(key for key in found if key))


def skeleton(roman: str) -> str:
    """Return the skeleton of one romanised word: mohammed and mhmd give mmt, a word without letters gives nothing."""
    return _skeleton(roman, _TABLES[0])


def _skeleton(roman: str, sounds: bytes) -> str:
    source = roman.encode("ascii", "ignore")
    target = bytearray(2 * len(source) + 1)
    return target[: skeleton_into(source, 0, len(source), sounds, target)].decode()
