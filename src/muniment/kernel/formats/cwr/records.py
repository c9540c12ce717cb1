"""One record: a line of fixed-width fields to named values, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from muniment.kernel.formats.cwr.fields import UnreadableField, Value, read_field, write_field
from muniment.kernel.formats.cwr.layout import FieldLayout, Layout, RecordLayout, Severity, break_rule
from muniment.kernel.words.problems import Problem

HEADERS = frozenset({"AGR", "NWR", "REV", "ISW", "EXC", "ACK"})
"""The records that begin a transaction."""
CONTROLS = frozenset({"HDR", "GRH", "GRT", "TRL"})
"""The records that frame groups and the file; they have no transaction numbers."""
WORK_KINDS = frozenset({"NWR", "REV", "ISW", "EXC"})
"""The transactions that describe a work."""


@dataclass(frozen=True, slots=True)
class CwrRecord:
    """A record: its kind ("SPU"), the line it stands on, and its values by the field names of the layout."""

    kind: str
    line: int
    values: Mapping[str, Value] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a text field ("" where the record has none)."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

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
    problems: tuple[Problem, ...]
    worst: Severity | None


_ORDER = list(Severity)


def parse_record(layout: Layout, kind: str, line: int, raw: bytes, encoding: str) -> Parsed:
    """Read the fields of a line whose kind is in the layout; blanks at its end may be missing.

    Widths count characters; where the line is exactly as many bytes long as its layout, and has letters of several
    bytes, its sender counted bytes and so do we.
    """
    shape = layout[kind]
    text = raw.decode(encoding, errors="replace")
    in_bytes = len(raw) == shape.length and len(text) < len(raw)
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for place in shape.fields:
        cut = raw[place.start : place.end].decode(encoding, "replace") if in_bytes else text[place.start : place.end]
        cut = cut.strip()
        values[place.name] = place.blank
        if cut:
            try:
                values[place.name] = read_field(place, cut)
            except UnreadableField as error:
                problems.append(_break(place.invalid, "UNREADABLE", line, kind, place, error.message))
        elif place.required:
            problems.append(_break(place.required, "MISSING", line, kind, place))
    rest = text[shape.length :].strip()
    if rest and not in_bytes:
        problems.append(break_rule("CWR.FR.LENGTH", line, "", value=rest[:40]))
    severities = [Severity(problem.rule[4:6]) for problem in problems]
    worst = min(severities, key=_ORDER.index) if severities else None
    return Parsed(CwrRecord(kind, line, values), tuple(problems), worst)


def _break(severity: str, rule: str, line: int, kind: str, place: FieldLayout, reason: str = "") -> Problem:
    shown = f"{kind} {place.name}"
    return break_rule(f"CWR.{severity}.{rule}", line, shown, reason=reason, default=place.blank)


def format_record(shape: RecordLayout, prefix: str, values: Mapping[str, Value]) -> str:
    """Return the line of a record, `prefix` being its kind and numbers.

    Raises:
        UnwritableField: a value does not fit its field.
    """
    line = prefix
    for place in shape.fields:
        line = line.ljust(place.start) + write_field(place, values.get(place.name, place.blank))
    return line
