"""One record: a line of fixed-width fields to named values, and back.

Reading is compiled once for each kind of record: the line is cut into pieces by one call, a long text or an identifier
by itself, the short fields between them (codes, shares, flags, most of them blank) together. Every piece goes through
a reader that remembers what it read and gives the values that are not blank, and only a line with something wrong in
it is looked at field by field.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import call, itemgetter
from types import MappingProxyType
from typing import NamedTuple

from muniment.kernel.formats.cwr.fields import UnreadableField, reader_of, write_field
from muniment.kernel.formats.cwr.layout import FieldLayout, RecordLayout, layout_of, letters_of
from muniment.kernel.formats.cwr.rules import (
    PLAIN_RULES,
    CwrRules,
    Holds,
    Rule,
    Severity,
    Value,
    Values,
    broken,
    compile_term,
    conditions_of,
    severity_of,
    split_term,
)
from muniment.kernel.words.problems import Problem

HEADERS = frozenset({"AGR", "NWR", "REV", "ISW", "EXC", "ACK"})
"""The records that begin a transaction."""
CONTROLS = frozenset({"HDR", "GRH", "GRT", "TRL"})
"""The records that frame groups and the file; they have no transaction numbers."""
WORK_KINDS = frozenset({"NWR", "REV", "ISW", "EXC"})
"""The transactions that describe a work."""
AGREEMENT_DETAILS = frozenset({"TER", "IPA", "NPA"})
"""The records of an agreement."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_REMEMBERED = 8192
"""How many texts a reader remembers: memory is bounded, whatever the file."""
_SHORT = 15
"""Text up to this width is remembered; longer text seldom comes again."""
_ALONE = 9
"""From this width on a field of these formats is read by itself: names and identifiers come with every neighbour."""
_ALONE_FORMS = frozenset("AIWRE")
_REMEMBERED_BODIES = 4096
_REPEATING = frozenset({"SPU", "OPU", "SPT", "OPT", "SWR", "OWR", "SWT", "OWT", "PWR", "PER"})
"""Records that come again word for word, since a catalogue names the same parties in every work."""
_ORDER = list(Severity)
_made = tuple.__new__
"""What makes a named tuple of its five values, without asking for defaults."""


class CwrRecord(NamedTuple):
    """A record: its kind ("SPU"), the line it stands on, its values by the field names of the layout.

    `sequence` is its record sequence number, `unread` the text of fields that could not be read or that got a default
    (and under "" what stands behind the last field): with it, nothing of the line is lost. Records that are the same
    word for word share their values: nobody changes them.
    """

    kind: str
    line: int
    values: Values
    sequence: int = 0
    unread: Mapping[str, str] = _NOTHING

    def text(self, name: str) -> str:
        """Return a text field ("" where the record has none)."""
        value = self.values.get(name)
        return value if value.__class__ is str else ""

    def number(self, name: str) -> int:
        """Return a number or share in ppm (0 where it is blank)."""
        value = self.values.get(name)
        return value if isinstance(value, int) else 0

    def day(self, name: str) -> date | None:
        """Return a date (None where it is blank)."""
        value = self.values.get(name)
        return value if isinstance(value, date) else None

    def duration_ms(self, name: str = "duration") -> int | None:
        """Return a duration in milliseconds (None where it is blank or zero)."""
        return self.number(name) or None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A line as a record, what was wrong with it, and the worst that costs (None: nothing)."""

    record: CwrRecord
    problems: tuple[Problem, ...] = ()
    worst: Severity | None = None


type _Read = Callable[[str], Value]
type _ReadPiece = Callable[[str], Values]


class _Remembering(dict[str, Values]):
    """A reader of a piece: its text to the values in it, asked of the fields' formats only for text that is new."""

    __slots__ = ("_read",)

    def __init__(self, read: _ReadPiece) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cut: str) -> Values:
        values = self._read(cut)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[cut] = values
        return values


@dataclass(slots=True)
class _FieldRules:
    """The rules that a field's own text decides: that it is readable, filled in, of certain letters."""

    readable: Rule | None = None
    filled: Rule | None = None
    letters: tuple[Rule, re.Pattern[str]] | None = None


@lru_cache(maxsize=8)
def _letters_pattern(table: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(''.join(sorted(letters_of(table))))}]*")


def _is_blank(place: FieldLayout, value: Value) -> bool:
    return value is None if place.form in "NS" else value in ("", None)


def _quick_reader(place: FieldLayout, asked: _FieldRules) -> _Read:
    """Return the reader of sound text; it raises `UnreadableField` for all that must be looked at again."""
    read, must = reader_of(place), asked.filled is not None
    pattern = asked.letters[1] if asked.letters else None
    if read is str and not must and not pattern and not place.blank:
        return str.strip

    def quick(cut: str) -> Value:
        text = cut.strip()
        value = read(text) if text else place.blank
        if (must and (not text or _is_blank(place, value))) or (pattern and not pattern.fullmatch(text)):
            raise UnreadableField(text)
        return value

    return quick


def _pieces(fields: Sequence[FieldLayout]) -> Iterator[Sequence[FieldLayout]]:
    """Yield the fields that are read together: names and identifiers alone, runs of what stands between them."""
    run: list[FieldLayout] = []
    for place in fields:
        alone = place.form in _ALONE_FORMS and place.end - place.start >= _ALONE
        if run and (alone or run[-1].end != place.start):
            yield run
            run = []
        if alone:
            yield [place]
        else:
            run.append(place)
    if run:
        yield run


def _piece_reader(places: Sequence[FieldLayout], reads: Sequence[_Read]) -> _ReadPiece:
    """Return the reader of the fields of a piece: it gives the values that are not what stands for a blank."""
    start = places[0].start
    cuts = [
        (place.name, place.blank, slice(place.start - start, place.end - start), read)
        for place, read in zip(places, reads, strict=True)
    ]

    def read_run(cut: str) -> Values:
        values = ((name, blank, read(cut[piece])) for name, blank, piece, read in cuts)
        return {name: value for name, blank, value in values if value != blank}

    name, blank, _, read_only = cuts[0]

    def read_one(cut: str) -> Values:
        value = read_only(cut)
        return {name: value} if value != blank else {}

    if len(cuts) > 1:
        return _Remembering(read_run).__getitem__
    long = places[0].form == "A" and places[0].end - start > _SHORT
    return read_one if long else _Remembering(read_one).__getitem__


class Shape:
    """One kind of record of one version, compiled under rules: reads a line to a record and what is wrong with it."""

    def __init__(self, shape: RecordLayout, asked: CwrRules) -> None:
        self.kind = shape.kind
        self.length = shape.length
        self._shape = shape
        self._asked = asked
        self._fields: dict[str, _FieldRules] = {place.name: _FieldRules() for place in shape.fields}
        self._conditions: list[tuple[Rule, Holds]] = []
        for rule in conditions_of(shape.kind):
            if asked.holds(rule.key):
                self._add(rule)
        self._blank: dict[str, Value] = {place.name: place.blank for place in shape.fields}
        pieces = list(_pieces(shape.fields))
        self._cut = _cutter([slice(places[0].start, places[-1].end) for places in pieces])
        self._read_pieces = tuple(
            _piece_reader(places, [_quick_reader(place, self._fields[place.name]) for place in places])
            for places in pieces
        )
        self._repeats = shape.kind in _REPEATING
        self._bodies: dict[str, Values] = {}
        self._sound: set[object] = set()
        self._asked_of = self._condition_fields()

    def _condition_fields(self) -> Callable[[Values], object] | None:
        """Return the function that picks the values that conditions ask about; None where there are no conditions."""
        terms = [term for rule, _ in self._conditions for term in (*rule.when, *rule.must)]
        parts = [split_term(part) for term in terms for part in term.split("|")]
        named = {name for name, _, _ in parts} | {rest for _, sign, rest in parts if sign in ("<", ">", "<=", ">=")}
        names = [place.name for place in self._shape.fields if place.name in named]
        return itemgetter(*names) if names else None

    def _add(self, rule: Rule) -> None:
        """Give each term of a rule to its field, or to the conditions that are asked of the whole record."""
        kinds = [term.removeprefix("kind=") for term in rule.when if term.startswith("kind=")]
        if kinds and self._shape.kind not in kinds[0].split(","):
            return
        when = [term for term in rule.when if not term.startswith("kind=")]
        rest: list[str] = []
        for term in rule.must:
            if _always_holds(term, self._asked.known):
                continue
            if "|" in term or split_term(term)[0] not in self._fields:
                rest += [term] if all(split_term(part)[0] in self._fields for part in term.split("|")) else []
                continue
            name, sign, table = split_term(term)
            mine = self._fields[name]
            if sign == ":" and table == "readable":
                mine.readable = mine.readable or rule
            elif sign == "" and not when and mine.filled is None:
                mine.filled = rule
            elif sign == ":" and not when and mine.letters is None:
                mine.letters = (rule, _letters_pattern(table))
            else:
                rest.append(term)
        if rest:
            conditions = [compile_term(term, self._asked.known, asked=True) for term in when]
            wanted = [compile_term(term, self._asked.known, asked=False) for term in rest]
            self._conditions.append((rule, _breaks(conditions, wanted)))

    def quick(self, line: int, text: str, sequence: int = 0) -> CwrRecord | None:
        """Return the record of a line with nothing wrong in it; None where it must be looked at again."""
        body = text[19:] if self._repeats else ""
        values = self._bodies.get(body) if body else None
        if values is None:
            if len(text) > self.length:
                return None
            values = self._blank.copy()
            try:
                for piece in map(call, self._read_pieces, self._cut(text)):
                    values |= piece
            except UnreadableField:
                return None
            if not self._is_sound(values):
                return None
            if body:
                if len(self._bodies) >= _REMEMBERED_BODIES:
                    self._bodies.clear()
                self._bodies[body] = values
        return _made(CwrRecord, (self.kind, line, values, sequence, _NOTHING))

    def _is_sound(self, values: Values) -> bool:
        """Say whether all conditions hold; what they ask of the same values is asked once."""
        if self._asked_of is None:
            return True
        key = self._asked_of(values)
        if key in self._sound:
            return True
        for _, breaks in self._conditions:
            if breaks(values):
                return False
        if len(self._sound) >= _REMEMBERED:
            self._sound.clear()
        self._sound.add(key)
        return True

    def read(self, line: int, text: str, sequence: int = 0) -> Parsed:
        """Read the fields of a line; blanks at its end may be missing."""
        record = self.quick(line, text, sequence)
        if record is not None:
            return Parsed(record)
        tail = text[self.length :].strip() if len(text) > self.length else ""
        cuts = tuple(text[place.start : place.end] for place in self._shape.fields)
        return self._read_slowly(line, sequence, cuts, tail)

    def read_bytes(self, line: int, raw: bytes, sequence: int = 0) -> Parsed:
        """Read a line whose sender counted the bytes of UTF-8 and not its characters."""
        cuts = tuple(raw[place.start : place.end].decode("utf-8", "replace") for place in self._shape.fields)
        return self._read_slowly(line, sequence, cuts, "")

    def _read_slowly(self, line: int, sequence: int, cuts: tuple[str, ...], tail: str) -> Parsed:
        """Read field by field and say of each what is wrong with it; then ask the conditions."""
        values: dict[str, Value] = {}
        unread: dict[str, str] = {}
        problems: list[Problem] = []
        for place, cut in zip(self._shape.fields, cuts, strict=True):
            self._read_field(line, place, cut.strip(), values, unread, problems)
        if tail:
            unread[""] = tail
            self._tell(problems, "SEQ-09", line, "", value=len(tail) + self.length, found=self.length)
        for rule, breaks in self._conditions:
            if breaks(values):
                self._break_condition(line, rule, values, unread, problems)
        worst = min((severity_of(problem) for problem in problems), key=_ORDER.index, default=None)
        return Parsed(CwrRecord(self._shape.kind, line, values, sequence, unread or _NOTHING), tuple(problems), worst)

    def _tell(self, problems: list[Problem], key: str, line: int, name: str, **found: object) -> None:
        shown = f"{self._shape.kind} {name}".strip()
        problem = self._asked.problem(broken(key, line, shown, **found))
        if problem is not None:
            problems.append(problem)

    def _read_field(
        self,
        line: int,
        place: FieldLayout,
        text: str,
        values: dict[str, Value],
        unread: dict[str, str],
        problems: list[Problem],
    ) -> None:
        mine = self._fields[place.name]
        values[place.name] = place.blank
        try:
            values[place.name] = reader_of(place)(text) if text else place.blank
        except UnreadableField as error:
            unread[place.name] = text
            rule = mine.readable
            found = {"reason": error.message, "value": text, "default": place.blank}
            self._tell(problems, rule.key if rule else "ANY-READ", line, place.name, **found)
            self._default(rule, values)
            return
        if mine.filled and (not text or _is_blank(place, values[place.name])):
            self._tell(problems, mine.filled.key, line, place.name, reason="it is blank.", value=text)
            self._default(mine.filled, values)
        if mine.letters and not mine.letters[1].fullmatch(text):
            self._tell(problems, mine.letters[0].key, line, place.name, value=text)

    def _default(self, rule: Rule | None, values: dict[str, Value]) -> None:
        for name, value in rule.default if rule else ():
            values[name] = int(value) if value.isdigit() and isinstance(values.get(name), int) else value

    def _break_condition(
        self, line: int, rule: Rule, values: dict[str, Value], unread: dict[str, str], problems: list[Problem]
    ) -> None:
        terms = [term for term in rule.must if not term.endswith(":readable")]
        name = split_term(terms[0].split("|")[0])[0]
        value = values.get(name)
        reason = f"{value!r} is not known to the recipient." if value else "it is blank."
        kind = values.get("publisher_type") or self._shape.kind
        self._tell(problems, rule.key, line, name, value=value or "", reason=reason, kind=kind)
        for changed, _ in rule.default:
            place = next(place for place in self._shape.fields if place.name == changed)
            unread[changed] = write_field(place, values.get(changed)).strip()
        self._default(rule, values)


def _cutter(slices: Sequence[slice]) -> Callable[[str], tuple[str, ...]]:
    """Return the function that cuts a text at these places, always into a tuple."""
    return itemgetter(*slices) if len(slices) > 1 else lambda text: (text[slices[0]],)


def _always_holds(term: str, known: Mapping[str, Container[str]]) -> bool:
    """Say whether a term asks a table that the recipient does not give: nothing breaks it."""
    parts = map(split_term, term.split("|"))
    return any(sign == "@" and table not in known for _, sign, table in parts)


def _breaks(conditions: list[Holds], wanted: list[Holds]) -> Holds:
    """Return the function that says whether values break a rule: what is wanted fails although it is asked."""
    if not conditions and len(wanted) == 1:
        only = wanted[0]
        return lambda values: not only(values)

    def breaks(values: Mapping[str, Value]) -> bool:
        for condition in conditions:
            if not condition(values):
                return False
        return not all(holds(values) for holds in wanted)

    return breaks


class Shapes:
    """The compiled records of every version under one set of rules."""

    def __init__(self, asked: CwrRules) -> None:
        self.asked = asked
        self._made: dict[tuple[str, str], Shape] = {}

    def of(self, version: str, kind: str) -> Shape | None:
        """Return how a kind of record is read in a version; None where the version has no such record."""
        found = self._made.get((version, kind))
        if found is None and kind in layout_of(version):
            found = self._made[version, kind] = Shape(layout_of(version)[kind], self.asked)
        return found


_PLAIN_SHAPES = Shapes(PLAIN_RULES)


def shapes_of(asked: CwrRules) -> Shapes:
    """Return the compiled records under rules; those of the plain rules are made once."""
    return _PLAIN_SHAPES if asked is PLAIN_RULES else Shapes(asked)


def format_record(shape: RecordLayout, prefix: str, values: Mapping[str, Value], unread: Container[str] = ()) -> str:
    """Return the line of a record, `prefix` being its kind and numbers; the places of `unread` fields stay blank.

    Raises:
        UnwritableField: a value does not fit its field.
    """
    line = prefix
    for place in shape.fields:
        if place.name in unread:
            line = line.ljust(place.end)
        else:
            line = line.ljust(place.start) + write_field(place, values.get(place.name, place.blank))
    return line
