"""What changed between two rounds of an application, word by word, beside what was asked.

A word is what stands between blanks; of scripts that write none (Chinese, Japanese, Thai) each letter is one, and so is
each mark of punctuation. Texts whose middles are too long to compare by words are compared by lines and sentences, so
that no text makes a page slow.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from muniment.interfaces.registry_fields import coded_text
from muniment.rights.registry.rules.application import Difference

_ALONE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff" + re.escape(
    '.,;:!?()[]{}<>"/|=«»“”…،؛؟۔。，；：！？（）《》、'
)
_WORDS = re.compile(rf"[{_ALONE}]|[^\s{_ALONE}]+|\s+")
_SENTENCES = re.compile(r"[^\n.!?。！？۔؟]*(?:[\n.!?。！？۔؟]+|$)")
_MOST_PAIRS = 1_000_000
"""So many pairs of words are compared at most (about a tenth of a second)."""


class Mark(StrEnum):
    """Whether a piece of a text stayed, went or came."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, and what became of it."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Compared:
    """A field of two rounds: the pieces of both texts, and what the registrar had asked about it."""

    field: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A point that was asked: its field and text, and whether the field, or what belongs to it, was changed."""

    field: str
    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two rounds side by side: the points that were asked, the fields that differ."""

    points: tuple[Asked, ...]
    rows: tuple[Compared, ...]

    @property
    def unasked_count(self) -> int:
        """How many fields were changed that nobody had asked about."""
        return sum(not row.asked for row in self.rows)


def compare_rounds(changes: Sequence[Difference], points: Sequence[tuple[str, str]]) -> Comparison:
    """Put the differences of two rounds beside the points (field, text) that were asked between them."""
    rows = tuple(
        Compared(
            change.field,
            *compare_texts(coded_text(change.field, change.before), coded_text(change.field, change.after)),
            tuple(text for field, text in points if _belongs(change.field, field)),
        )
        for change in changes
    )
    asked = tuple(Asked(field, text, any(_belongs(row.field, field) for row in rows)) for field, text in points)
    return Comparison(asked, rows)


def compare_texts(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the pieces of both texts, in their order; put together they give each text again."""
    start, old, new, end = _without_ends(_WORDS.findall(before), _WORDS.findall(after))
    if len(old) * len(new) > _MOST_PAIRS:
        old, new = _SENTENCES.findall("".join(old)), _SENTENCES.findall("".join(new))
    if len(old) * len(new) > _MOST_PAIRS:
        old, new = ["".join(old)], ["".join(new)]
    gone: list[Piece] = [Piece(start, Mark.SAME)]
    came: list[Piece] = [Piece(start, Mark.SAME)]
    for what, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        is_same = what == "equal"
        gone.append(Piece("".join(old[i1:i2]), Mark.SAME if is_same else Mark.GONE))
        came.append(Piece("".join(new[j1:j2]), Mark.SAME if is_same else Mark.NEW))
    gone.append(Piece(end, Mark.SAME))
    came.append(Piece(end, Mark.SAME))
    return _joined(gone), _joined(came)


def _without_ends(old: list[str], new: list[str]) -> tuple[str, list[str], list[str], str]:
    """Return what both begin with, the middles, and what both end with."""
    first = _same_count(old, new, lambda place: place)
    last = _same_count(old[first:], new[first:], lambda place: -place - 1)
    return (
        "".join(old[:first]),
        old[first : len(old) - last],
        new[first : len(new) - last],
        "".join(old[len(old) - last :]),
    )


def _same_count(old: list[str], new: list[str], at: Callable[[int], int]) -> int:
    most = min(len(old), len(new))
    return next((place for place in range(most) if old[at(place)] != new[at(place)]), most)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Join neighbours of one mark, leave empty ones out, and take a lone blank between two changes into them."""
    found: list[Piece] = []
    for place, piece in enumerate(pieces):
        mark = _mark_of(pieces, place)
        if not piece.text:
            continue
        if found and found[-1].mark is mark:
            found[-1] = Piece(found[-1].text + piece.text, mark)
        else:
            found.append(Piece(piece.text, mark))
    return tuple(found)


def _mark_of(pieces: Sequence[Piece], place: int) -> Mark:
    piece = pieces[place]
    if piece.mark is not Mark.SAME or not piece.text.isspace() or not 0 < place < len(pieces) - 1:
        return piece.mark
    before, after = pieces[place - 1], pieces[place + 1]
    is_between = before.mark is after.mark and before.text and after.text
    return before.mark if is_between else piece.mark


def _belongs(changed: str, asked: str) -> bool:
    """Say whether a changed field is the one that was asked about, or a part of it (`sources.0.kind` of `sources`)."""
    return bool(asked) and (changed == asked or changed.startswith(f"{asked}.") or asked.startswith(f"{changed}."))
