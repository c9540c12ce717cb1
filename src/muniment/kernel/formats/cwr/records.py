"""One record: a line of fixed-width fields to named values, and back.

Reading is compiled once for each kind of record: the line is cut into pieces by one call, see `pieces`. Every piece
goes through a reader that remembers what it read and gives the values that are not blank, and only a line with
something wrong in it is looked at field by field. Whether a line is sound is told by its text alone, see `soundness`:
its record is made when somebody looks at it.
"""

from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import call, itemgetter
from types import MappingProxyType
from typing import NamedTuple, overload

from muniment.kernel.formats.cwr.asked import ASKED
from muniment.kernel.formats.cwr.fields import UnreadableField, reader_of, write_field
from muniment.kernel.formats.cwr.layout import FieldLayout, RecordLayout, layout_of
from muniment.kernel.formats.cwr.pieces import (
    REMEMBERED,
    FieldRules,
    cutter,
    field_reader,
    is_blank,
    letters_pattern,
    pieces_of,
)
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
from muniment.kernel.formats.cwr.soundness import Soundness
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


class Shape:
    """One kind of record of one version, compiled under rules: reads a line to a record and what is wrong with it."""

    def __init__(self, shape: RecordLayout, asked: CwrRules) -> None:
        self.kind = shape.kind
        self.length = shape.length
        self._shape = shape
        self._asked = asked
        self._fields = {place.name: FieldRules() for place in shape.fields}
        self._conditions: list[tuple[Rule, Holds]] = []
        for rule in conditions_of(shape.kind):
            if asked.holds(rule.key):
                self._add(rule)
        self._blank: dict[str, Value] = {place.name: place.blank for place in shape.fields}
        pieces = pieces_of(shape.fields, [self._fields[place.name] for place in shape.fields])
        self._cut = cutter([slice(piece.start, piece.end) for piece in pieces])
        self._read_pieces = tuple(piece.read for piece in pieces)
        self._repeats = shape.kind in _REPEATING
        self._bodies: dict[str, Values] = {}
        self._sound: set[object] = set()
        terms = [term for rule, _ in self._conditions for term in (*rule.when, *rule.must)]
        self._asked_of = self._condition_fields(terms)
        self.sound_part = Soundness(shape.kind, pieces, self._fields, terms, self._sound_values).part
        whole = ASKED.get(shape.kind)
        named = [place for place in shape.fields if whole and place.name in whole.names]
        self.cut_names = cutter([slice(place.start, place.end) for place in named])
        self.read_names = tuple(
            read if read is str.strip else lru_cache(REMEMBERED)(read)
            for read in (field_reader(place, self._fields[place.name]) for place in named)
        )

    def _condition_fields(self, terms: Sequence[str]) -> Callable[[Values], object] | None:
        """Return the function that picks the values that conditions ask about; None where there are no conditions."""
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
                mine.letters = (rule, table)
            else:
                rest.append(term)
        if rest:
            conditions = [compile_term(term, self._asked.known, asked=True) for term in when]
            wanted = [compile_term(term, self._asked.known, asked=False) for term in rest]
            self._conditions.append((rule, _breaks(conditions, wanted)))

    def _sound_values(self, text: str) -> Values | None:
        record = self.quick(0, text)
        return None if record is None else record.values

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
        if len(self._sound) >= REMEMBERED:
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
        if mine.filled and (not text or is_blank(place, values[place.name])):
            self._tell(problems, mine.filled.key, line, place.name, reason="it is blank.", value=text)
            self._default(mine.filled, values)
        if mine.letters and not letters_pattern(mine.letters[1]).fullmatch(text):
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


type SoundLine = tuple[Shape, int, str, int, Hashable]
"""A line with nothing wrong in it: what reads it, its number in the file, its text, its number in the transaction, and
what it gives to the build of its work."""


class Records(Sequence[CwrRecord]):
    """The records of a transaction; as long as nobody looks at one they are `lines`, where these tell enough."""

    __slots__ = ("_made", "lines")

    def __init__(self, *, as_lines: bool) -> None:
        self.lines: list[SoundLine] | None = [] if as_lines else None
        self._made: list[CwrRecord] = []

    def made(self) -> list[CwrRecord]:
        """Return the records; from now on they are no lines any more."""
        if self.lines is not None:
            self._made = [shape.read(line, text, sequence).record for shape, line, text, sequence, _ in self.lines]
            self.lines = None
        return self._made

    def add_read(self, shape: Shape, line: int, text: str, sequence: int) -> bool:
        """Add the record of a line if nothing is wrong with it; say whether."""
        record = shape.quick(line, text, sequence)
        if record is not None:
            self.made().append(record)
        return record is not None

    def __len__(self) -> int:
        return len(self._made if self.lines is None else self.lines)

    @overload
    def __getitem__(self, place: int) -> CwrRecord: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[CwrRecord]: ...

    def __getitem__(self, place: int | slice) -> CwrRecord | Sequence[CwrRecord]:
        return self.made()[place]

    def __iter__(self) -> Iterator[CwrRecord]:
        return iter(self.made())


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
