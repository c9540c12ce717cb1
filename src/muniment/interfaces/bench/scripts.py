"""What readings and skeletons are worth by themselves: a name in one script, sought among names in Latin letters.

In: pairs of one name in two scripts. Out: for each kind of key, how often a right name is among the first ten, or
first. Always: every Latin name is compared with every sought one, so that the figures judge the spellings and not an
index; except the last kind, which only looks where a key agrees. The names of `part` are measured and no others, so
that tables may be improved on other parts.
"""

import gzip
import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from muniment.kernel.words.names import romanise
from muniment.kernel.words.readings import readings, skeletons

FIRST = 10
PARTS = 5
Scores = NDArray[np.float32]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ScriptRecall:
    """The result of one kind of key on one set: shares of the sought in ppm, candidates for each in thousandths."""

    data: str
    keys: str
    sought_count: int
    latin_count: int
    recall_10_ppm: int
    recall_1_ppm: int
    candidates_milli: int


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A name under its spellings: the table's first, then readings; without blanks, and their skeletons."""

    letters: tuple[str, ...]
    skeletons: tuple[str, ...]


def read_transliterations(path: Path, part: int) -> list[Pair]:
    """Return the pairs (Latin, other script) of a packed NETransliteration file that fall into one of five parts."""
    pairs = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            latin, other = line.split("\t")[:2]
            name = other.replace(" ", "")
            if hashlib.md5(name.encode(), usedforsecurity=False).digest()[0] % PARTS == part:
                pairs.append((latin, name))
    return pairs


def read_titles(path: Path, latin: str, other: str) -> list[Pair]:
    """Return the pairs of two columns of a table with tabs and a header, one title a line."""
    with path.open(encoding="utf-8") as file:
        header = file.readline().rstrip("\n").split("\t")
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [(row[header.index(latin)], row[header.index(other)]) for row in rows]


def measure_scripts(data: str, pairs: Sequence[Pair], *, most: int, seed: int) -> list[ScriptRecall]:
    """Return the recall of the table alone, of readings, of readings with skeletons, and of an index of keys.

    At most `most` names are sought, drawn with `seed`; all Latin names are there to be found.
    """
    truth: dict[str, set[str]] = defaultdict(set)
    for latin, other in pairs:
        truth[other].add(latin)
    latins = sorted({latin for latin, _ in pairs})
    sought = sorted(truth)
    random.Random(seed).shuffle(sought)  # noqa: S311 - a sample, not a secret
    sought = sought[:most]
    spelt, asked = [_spelt(latin) for latin in latins], [_spelt(other) for other in sought]
    right = np.array([[latin in truth[other] for latin in latins] for other in sought])
    table = _best(asked, spelt, lambda name: name.letters[:1])
    read = _best(asked, spelt, lambda name: name.letters)
    whole = (read + _best(asked, spelt, lambda name: name.skeletons)) / 2
    agreeing = _agreeing(asked, spelt)
    kinds: dict[str, NDArray[np.floating]] = {
        "table": table,
        "readings": read,
        "and skeletons": whole,
        "keys alone": np.where(agreeing, whole, -1),
    }
    return [_recall(data, keys, scores.astype(np.float32), right) for keys, scores in kinds.items()]


def _spelt(name: str) -> _Spelt:
    letters = tuple(dict.fromkeys(spelling.replace(" ", "") for spelling in (romanise(name), *readings(name))))
    keys = tuple(dict.fromkeys(key for spelling in letters for key in skeletons(spelling)))
    return _Spelt(letters, keys or ("",))


def _best(asked: list[_Spelt], names: list[_Spelt], spellings: Callable[[_Spelt], tuple[str, ...]]) -> Scores:
    """Return the similarity (0 to 100) of the two most similar spellings of each sought and each Latin name."""
    ours, theirs = [spellings(name) for name in asked], [spellings(name) for name in names]
    best = np.zeros((len(asked), len(names)), np.float32)
    for one in range(max(map(len, ours))):
        left = [each[min(one, len(each) - 1)] for each in ours]
        for other in range(max(map(len, theirs))):
            right = [each[min(other, len(each) - 1)] for each in theirs]
            np.maximum(best, process.cdist(left, right, scorer=fuzz.ratio, dtype=np.float32), out=best)
    return best


def _agreeing(asked: list[_Spelt], names: list[_Spelt]) -> NDArray[np.bool_]:
    """Return which names share a key: a skeleton, or a skeleton of three classes or more with one left out."""
    index: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        for key in _keys(name):
            index[key].append(place)
    found = np.zeros((len(asked), len(names)), np.bool_)
    for place, name in enumerate(asked):
        for key in _keys(name):
            found[place, index.get(key, [])] = True
    return found


def _keys(name: _Spelt) -> set[str]:
    whole = {key for key in name.skeletons if key}
    return whole | {key[:at] + key[at + 1 :] for key in whole if len(key) > 3 for at in range(len(key))}


def _recall(data: str, keys: str, scores: Scores, right: NDArray[np.bool_]) -> ScriptRecall:
    count = min(FIRST, scores.shape[1])
    first = np.argpartition(-scores, count - 1, axis=1)[:, :count]
    rows = np.arange(len(scores))
    usable = (scores >= 0) & right
    found = Counter(
        ten=int(np.take_along_axis(usable, first, axis=1).any(axis=1).sum()),
        one=int(usable[rows, scores.argmax(axis=1)].sum()),
    )
    sought, latin = scores.shape
    candidates_milli = int((scores >= 0).sum()) * 1000 // sought
    return ScriptRecall(
        data, keys, sought, latin, found["ten"] * 10**6 // sought, found["one"] * 10**6 // sought, candidates_milli
    )
