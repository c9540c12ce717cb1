"""The words under which a work is found, and how a typed text is cut into them.

A title gives its folded words in its own script and their Latin spelling, so "Арман" and "arman" find the same work.
Scripts that write without blanks (Han, Hangul, kana) give every pair of neighbouring letters, so that any two letters
of a title find it. A typed word finds every word that begins with it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from muniment.kernel.words.names import fold, romanise

WORD_LENGTH = 40
KEY_LENGTH = 120
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0002fa1f]+")


def title_key(title: str) -> str:
    """Return the folded title, cut to what the index holds; a title without letters is kept as it is."""
    return (fold(title) or title)[:KEY_LENGTH]


@lru_cache(maxsize=200_000)
def words_of(text: str) -> frozenset[str]:
    """Return the search words of one title or name."""
    if text.isascii():
        return frozenset(word[:WORD_LENGTH] for word in fold(text).split())
    words = {word[:WORD_LENGTH] for word in romanise(text).split()}
    for word in fold(text).split():
        words.update(_cut(word))
    return frozenset(words)


def _cut(word: str) -> list[str]:
    """Return the word itself, or its pairs of letters where the script has no blanks."""
    if not _UNSPACED.search(word):
        return [word[:WORD_LENGTH]]
    cut: list[str] = []
    place = 0
    for found in _UNSPACED.finditer(word):
        cut.append(word[place : found.start()])
        run = found[0]
        cut.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        place = found.end()
    cut.append(word[place:])
    return [piece[:WORD_LENGTH] for piece in cut if piece]


def words_of_all(texts: Iterable[str], codes: Iterable[str | None] = ()) -> str:
    """Return all search words of a work, parted by blanks and in order, for the index."""
    words: set[str] = set()
    for text in texts:
        words |= words_of(text)
    words.update(code_word(code) for code in codes if code)
    words.discard("")
    return " ".join(sorted(words))


def code_word(code: str) -> str:
    """Return a number as one word without separators: "T-034.524.680-1" is "t0345246801"."""
    return fold(code).replace(" ", "")[:WORD_LENGTH]


def query_words(text: str) -> tuple[str, ...]:
    """Return the words of what somebody typed, every one of which a work must have; a number stays one word."""
    whole = code_word(text)
    if len(whole) > 4 and sum(char.isdigit() for char in whole) > len(whole) // 2:
        return (whole,)
    words: dict[str, None] = {}
    for word in fold(text).split():
        words.update(dict.fromkeys(_cut(word)))
    return tuple(words)
