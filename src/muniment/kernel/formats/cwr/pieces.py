"""The pieces that a line is cut into and how each is read: a text or an identifier by itself, short fields together.

Codes, shares and flags come again in nearly every record of a kind, so runs of them are read as one; names, titles and
identifiers come with every neighbour. A reader remembers what it read, but for long text, which seldom comes again.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from muniment.kernel.formats.cwr.fields import UnreadableField, reader_of
from muniment.kernel.formats.cwr.layout import FieldLayout, letters_of
from muniment.kernel.formats.cwr.rules import Rule, Value, Values

REMEMBERED = 8192
"""How many texts a reader remembers: memory is bounded, whatever the file."""
_SHORT = 15
"""Text up to this width is remembered; longer text seldom comes again."""
_ALONE = 9
"""From this width on a text is read by itself."""
_IDENTIFIERS = frozenset("IJWRE")
_MANIFOLD = frozenset("DT")
"""Dates and durations: short, but each record has another one."""

type ReadField = Callable[[str], Value]
type ReadPiece = Callable[[str], Values]


@dataclass(slots=True)
class FieldRules:
    """The rules that a field's own text decides: that it is readable, filled in, of the letters of a table."""

    readable: Rule | None = None
    filled: Rule | None = None
    letters: tuple[Rule, str] | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Fields that are read together, where they stand, and their reader.

    `read` gives the values that are not what stands for a blank, and raises `UnreadableField` for all that must be
    looked at again.
    """

    places: Sequence[FieldLayout]
    start: int
    end: int
    read: ReadPiece

    @property
    def form(self) -> str:
        """Return the format of the field that is read by itself; "" for fields that are read together."""
        return self.places[0].form if _stands_alone(self.places[0]) else ""


class Remembering(dict[str, Values]):
    """A reader of a piece: its text to the values in it, asked of the fields' formats only for text that is new."""

    __slots__ = ("_read",)

    def __init__(self, read: ReadPiece) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cut: str) -> Values:
        values = self._read(cut)
        if len(self) >= REMEMBERED:
            self.clear()
        self[cut] = values
        return values


def pieces_of(fields: Sequence[FieldLayout], rules: Sequence[FieldRules]) -> tuple[Piece, ...]:
    """Return the pieces of a record with these fields, each under its rules."""
    asked = {place.name: mine for place, mine in zip(fields, rules, strict=True)}
    return tuple(
        Piece(places, places[0].start, places[-1].end, _piece_reader(places, asked)) for places in _together(fields)
    )


def cutter(slices: Sequence[slice]) -> Callable[[str], tuple[str, ...]]:
    """Return the function that cuts a text at these places, always into a tuple."""
    if len(slices) == 1:
        return lambda text: (text[slices[0]],)
    return itemgetter(*slices) if slices else lambda _: ()


@lru_cache(maxsize=8)
def letters_pattern(table: str) -> re.Pattern[str]:
    """Return the pattern of texts of the letters "titles", "names" or "national"."""
    return re.compile(f"[{re.escape(''.join(sorted(letters_of(table))))}]*")


def is_blank(place: FieldLayout, value: Value) -> bool:
    """Say whether a value is no value of this field; zero is one."""
    return value is None if place.form in "NS" else value in ("", None)


def _stands_alone(place: FieldLayout) -> bool:
    wide = place.form == "A" and place.end - place.start >= _ALONE
    return wide or place.form in _IDENTIFIERS or place.form in _MANIFOLD


def _together(fields: Sequence[FieldLayout]) -> Iterator[Sequence[FieldLayout]]:
    """Yield the fields that are read together: some alone, runs of what stands between them."""
    run: list[FieldLayout] = []
    for place in fields:
        alone = _stands_alone(place)
        if run and (alone or run[-1].end != place.start):
            yield run
            run = []
        if alone:
            yield [place]
        else:
            run.append(place)
    if run:
        yield run


def field_reader(place: FieldLayout, asked: FieldRules) -> ReadField:
    """Return the reader of sound text; it raises `UnreadableField` for all that must be looked at again."""
    read, must = reader_of(place), asked.filled is not None
    pattern = letters_pattern(asked.letters[1]) if asked.letters else None
    if read is str and not must and not pattern and not place.blank:
        return str.strip

    def quick(cut: str) -> Value:
        text = cut.strip()
        value = read(text) if text else place.blank
        if (must and (not text or is_blank(place, value))) or (pattern and not pattern.fullmatch(text)):
            raise UnreadableField(text)
        return value

    return quick


def _piece_reader(places: Sequence[FieldLayout], asked: dict[str, FieldRules]) -> ReadPiece:
    start = places[0].start
    cuts = [
        (place.name, place.blank, slice(place.start - start, place.end - start), field_reader(place, asked[place.name]))
        for place in places
    ]

    def read_run(cut: str) -> Values:
        values = ((name, blank, read(cut[piece])) for name, blank, piece, read in cuts)
        return {name: value for name, blank, value in values if value != blank}

    name, blank, _, read_only = cuts[0]

    def read_one(cut: str) -> Values:
        value = read_only(cut)
        return {name: value} if value != blank else {}

    if len(cuts) > 1:
        return Remembering(read_run).__getitem__
    long = places[0].form == "A" and places[0].end - start > _SHORT
    return read_one if long else Remembering(read_one).__getitem__
