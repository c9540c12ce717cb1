"""The forms of titles and names that are compared, and the key that remembers a line.

Reports write one title in many ways: with a version suffix ("- 2011 Remaster"), without its article, in capitals, in
another script, glued to the performer. Each function here takes what was written and returns the few spellings under
which the two sides may meet; a form is a plain string, so two forms agree when they are equal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.names import fold, romanise

_VERSION_WORDS = (
    "remaster|remastered|remasterizado|remasterisé|remix|remixed|mix|edit|version|versión|versão|live|acoustic|unplugged|"
    "instrumental|karaoke|demo|mono|stereo|bonus|official|video|lyric|lyrics|audio|visualizer|extended|single|session|"
    "rehearsal|outtake|reprise|radio|deluxe|explicit|clean|cover|soundtrack|en vivo|ao vivo|akustik|feat|ft|featuring"
)
_VERSION = re.compile(rf"\b(?:{_VERSION_WORDS})\b|^\s*(?:from|with|pt|part)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]")
_DASH_TAIL = re.compile(r"\s+[-–—]\s+([^–—]*?)$")
_FEATURING = re.compile(r"[\s,(\[]+(?:feat|ft|featuring)\b\.?\s.*$", re.IGNORECASE)
_PART_TAIL = re.compile(r"[\s,]+(?:pt|part)\b\.?\s*[\divx]+\s*$", re.IGNORECASE)
_ARTICLES = frozenset(["the", "a", "an", "la", "le", "el", "los", "las", "les", "der", "die", "das", "il", "lo", "gli"])
_NOISE = re.compile(r"\s*(?:-\s*topic|\(official\)|\bvevo|\band (?:his |her |the )?friends)\s*$", re.IGNORECASE)
_JOINTS = re.compile(
    r"\s*(?:[;/|+、，]|,|&|\band\b|\bund\b|\bet\b|\bfeat\b\.?|\bft\b\.?|\bfeaturing\b|\bwith\b|\bvs\b\.?|\sx\s)\s*",
    re.IGNORECASE,
)
_WRITER_JOINTS = re.compile(r"\s*(?:[;/|+]|&|\band\b|\bund\b|\bet\b)\s*", re.IGNORECASE)

INITIAL = "\x01"
"""Put before the form of a first letter and a surname, which is weaker evidence than a whole name."""
SURNAME = "\x02"
"""Put before the form of a surname alone."""


class Reading(IntEnum):
    """How a line is read: its columns as named, exchanged, or one column taken apart."""

    AS_REPORTED = 0
    SWAPPED = 1
    SPLIT_PERFORMER_FIRST = 2
    SPLIT_TITLE_FIRST = 3


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One reading of a line: which text is the title and which the performer."""

    reading: Reading
    title: str
    performer: str


def strip_version(title: str) -> str:
    """Return the title without what names a version of it: brackets and tails with a version word, guests, parts."""
    bare = _FEATURING.sub("", title)
    bare = _BRACKETS.sub(lambda found: "" if _VERSION.search(found[1]) else found[0], bare)
    tail = _DASH_TAIL.search(bare)
    if tail and tail.start() > 0 and _VERSION.search(tail[1]):
        bare = bare[: tail.start()]
    return _PART_TAIL.sub("", bare)


def _without_article(folded: str) -> str:
    first, _, rest = folded.partition(" ")
    return rest if rest and first in _ARTICLES else folded


def title_forms(title: str) -> tuple[str, ...]:
    """Return the forms of a title in its own script: all of it, then its core; none if it has no letter or digit.

    The core has no version suffix and no leading article.
    """
    full = fold(title)
    core = _without_article(fold(strip_version(title))) or full
    return tuple(dict.fromkeys(form for form in (full, core) if form))


def roman_title(title: str) -> str:
    """Return the core of a title in Latin letters, empty where that is nothing new."""
    if title.isascii():
        return ""
    roman = _without_article(romanise(strip_version(title)))
    return "" if roman in title_forms(title) else roman


def name_key(name: str) -> str:
    """Return the words of a name in alphabetical order, so that "Somrin, Asan" equals "Asan Somrin"."""
    words = fold(name).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    elif len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return " ".join(sorted(words))


def _roman_key(name: str) -> str:
    return "" if name.isascii() else " ".join(sorted(romanise(name).split()))


def performer_forms(performer: str) -> tuple[str, ...]:
    """Return the forms of a performer: the whole first, then in Latin letters, then each of several names in it."""
    clean = _NOISE.sub("", performer)
    whole = [name_key(clean), _roman_key(clean)]
    parts = [part for part in _JOINTS.split(clean) if part.strip()] if _JOINTS.search(clean) else []
    comma_inverted = len(parts) == 2 and clean.count(",") == 1 and "&" not in clean
    if not comma_inverted:
        whole += [key for part in parts for key in (name_key(part), _roman_key(part))]
    return tuple(dict.fromkeys(key for key in whole if len(key) > 1))


def split_writers(writers: str) -> tuple[str, ...]:
    """Return the single names in a list of writers.

    Lists are parted by ; / & | or "and". A comma parts names only where nothing else does and every piece looks like
    a whole name ("A. Somrin, T. Norpool"); otherwise it inverts one name ("Somrin, Asan").
    """
    pieces = [piece for piece in _WRITER_JOINTS.split(writers) if piece.strip()]
    if len(pieces) == 1 and "," in writers:
        names = [name.strip() for name in writers.split(",") if name.strip()]
        if len(names) > 2 or all(len(re.split(r"[\s.]+", name.strip(". "))) > 1 for name in names):
            pieces = names
    return tuple(pieces)


def _ordered_words(name: str) -> list[str]:
    last, comma, first = name.partition(",")
    return fold(f"{first} {last}" if comma else name).split()


def writer_forms(name: str) -> tuple[str, ...]:
    """Return the forms of one writer's name: whole, in Latin letters, initial and surname, surname alone."""
    words = _ordered_words(name)
    if not words:
        return ()
    forms = []
    if len(words) > 1:
        if len(words[0]) > 1:
            forms += [" ".join(sorted(words)), _roman_key(name)]
        forms.append(f"{INITIAL}{words[0][0]} {words[-1]}")
    forms.append(SURNAME + words[-1])
    return tuple(dict.fromkeys(form for form in forms if form))


def readings_of(title: str, performer: str) -> Iterator[ReadLine]:
    """Yield the ways to read a line: as reported; exchanged; "A - B" taken apart where no performer is given."""
    yield ReadLine(Reading.AS_REPORTED, title, performer)
    if title.strip() and performer.strip():
        yield ReadLine(Reading.SWAPPED, performer, title)
        return
    glued = title.strip() or performer.strip()
    first, dash, second = glued.partition(" - ")
    if dash and first.strip() and second.strip():
        yield ReadLine(Reading.SPLIT_PERFORMER_FIRST, second, first)
        head, _, tail = glued.rpartition(" - ")
        yield ReadLine(Reading.SPLIT_TITLE_FIRST, head, tail)


def memory_key(title: str, performer: str, writers: str, isrc: str, iswc: str, source_id: str) -> str:
    """Return the digest of what identifies equal lines; what varies only in case, accents or marks is equal.

    Codes come in their canonical form, or empty.
    """
    parts = (fold(title), fold(performer), fold(writers), isrc, iswc, source_id)
    return digest_bytes("\x1f".join(parts).encode())[:32]
