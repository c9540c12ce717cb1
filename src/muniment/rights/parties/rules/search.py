"""The keys under which a party is found, and how a typed text is cut into them.

A key is a lower-case word of at most 40 letters; a typed word finds every key that begins with it. Each name gives
its folded words in its own script and their Latin spelling, so "Айгүл" and "aigul" find the same person. Scripts that
write names without blanks between their parts (Han, Hangul, kana) also give every ending of a word and the Latin
spelling of each letter, so that a given name alone is enough.
"""

from collections.abc import Iterable

from muniment.kernel.words.names import fold, romanise, script_of

KEY_LENGTH = 40

_UNSPACED = frozenset({"Hani", "Hang", "Kana"})


def name_keys(name: str) -> set[str]:
    """Return the search keys of one name."""
    keys = set(romanise(name).split())
    for word in fold(name).split():
        keys.add(word)
        if not word.isascii() and script_of(word) in _UNSPACED:
            keys.update(word[start:] for start in range(1, len(word)))
            keys.update(romanise(letter) for letter in word)
    return {key[:KEY_LENGTH] for key in keys if key}


def code_key(code: str) -> str:
    """Return the key of a number: its letters and digits without separators, "M-00001" giving "m00001"."""
    return fold(code).replace(" ", "")[:KEY_LENGTH]


def party_keys(names: Iterable[str], codes: Iterable[str | None]) -> set[str]:
    """Return all search keys of a party; a number with leading zeros is also found without them."""
    keys: set[str] = set()
    for name in names:
        keys |= name_keys(name)
    for code in codes:
        if code:
            whole = code_key(code)
            keys |= {whole, whole.lstrip("0") or whole}
    keys.discard("")
    return keys


def query_tokens(text: str) -> tuple[str, ...]:
    """Return the folded words of what somebody typed; every one must begin a key of the party."""
    return tuple(dict.fromkeys(word[:KEY_LENGTH] for word in fold(text).split()))
