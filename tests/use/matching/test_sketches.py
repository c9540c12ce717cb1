"""Sketches rule titles out without reading them, and never one that is alike."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from muniment.use.matching.bulk.keys import sign_once, signs, sketches
from muniment.use.matching.bulk.likeness import can_be_alike, in_common, may_be_alike
from muniment.use.matching.bulk.room import LENGTHS, LETTERS, new_room
from muniment.use.matching.bulk.search import make_patterns, read_title
from muniment.use.matching.bulk.texts import fold_column

WORDS = st.lists(st.text("abcdeйцу漢字 1", min_size=1, max_size=9), min_size=1, max_size=9).map(" ".join)


def sketched(title: str, other: str, by_words: bool) -> tuple[bool, int, int, int]:
    """Say whether the sketch of `other` lets it be compared with `title`; with their letters in common and lengths.

    No text may be more alike than its sketch allows.
    """
    room, mine = new_room(), fold_column(pa.array([title])).native
    read_title(room.address, (mine.data, mine.starts[0], mine.starts[1]), (mine.data, mine.starts[0], mine.starts[0]))
    make_patterns(room.address)
    theirs = fold_column(pa.array([other])).native
    of_other = sketches(theirs.data, theirs.starts, np.zeros(LETTERS, np.uint8))
    length = int(room[LENGTHS][0])
    common, count = in_common(room.address, 0, length, theirs.data, theirs.starts[0], theirs.starts[1])
    said = 2 * int(common) * 1_000_000 // max(1, length + count)
    assert can_be_alike(room.address, np.int64(0), np.int64(of_other[0]), np.int64(said))
    return bool(may_be_alike(room.address, np.int64(of_other[0]), by_words)), int(common), length, int(count)


@given(WORDS, WORDS)
def test_what_is_alike_to_seventy_percent_is_always_compared(title: str, other: str) -> None:
    """The bound holds for letters of any script, and for texts longer than what is compared."""
    compared, common, length, count = sketched(title, other, by_words=False)
    assert compared or 20 * common < 7 * (length + count)


@given(WORDS, WORDS)
def test_a_title_that_holds_the_other_is_compared_where_words_count(title: str, other: str) -> None:
    """Where words are compared, too, less is enough."""
    compared, common, length, count = sketched(title, other, by_words=True)
    held = length == count or 10 * common >= 8 * min(length, count)
    assert compared or not (held and 5 * common >= length + count)


def test_titles_of_other_letters_are_not_compared() -> None:
    """That is what sketches are for."""
    assert not sketched("silver ferry", "quiz up", by_words=True)[0]


@given(WORDS, WORDS)
def test_a_text_has_all_pairs_of_what_it_holds(title: str, other: str) -> None:
    """Its signature then has all the bits of the other, whatever stands before and behind."""
    pools = fold_column(pa.array([title, f"{other} {title}"])).native
    part, whole = signs(pools.data, pools.starts)
    assert part & whole == part
    assert part == sign_once(pools.data, pools.starts[0], pools.starts[1])
