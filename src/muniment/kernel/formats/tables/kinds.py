"""What a table is about, told by its headers: works with shares, uses, members, a society's money, bank answers.

The kinds are rows of `kinds.csv`. A table is of a kind where every field that `must` be there has a column, one of
those marked `one` has, and, where some `identify`, one of them; of several kinds the one that knows most of the
columns. The importers of the house map columns by tables of their own; here only the kind is told.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from muniment.kernel.formats.door import Becomes
from muniment.kernel.formats.tables.mapping import ColumnMapping, FieldKind, MappedRow, TargetField, guess_mapping
from muniment.kernel.words.identifiers import PARSERS, InvalidIdentifier
from muniment.kernel.words.problems import Level, Problem


@dataclass(frozen=True, slots=True)
class AboutField:
    """A column that tables of a kind have; `need` is must, one, identify or nothing; `holds` a kind of cell."""

    target: TargetField
    need: str
    holds: str


@dataclass(frozen=True, slots=True)
class About:
    """A kind of table: its name, what it becomes, and the columns that tell it."""

    name: str
    becomes: Becomes
    fields: tuple[AboutField, ...]

    @property
    def targets(self) -> tuple[TargetField, ...]:
        """Return the fields to map columns to."""
        return tuple(field.target for field in self.fields)

    def fits(self, mapping: ColumnMapping) -> bool:
        """Say whether the columns found are enough to be sure of the kind."""
        found = mapping.columns
        for need in ("one", "identify"):
            wanted = [field for field in self.fields if field.need == need]
            if wanted and not any(field.target.name in found for field in wanted):
                return False
        return all(field.target.name in found for field in self.fields if field.need == "must")


@dataclass(frozen=True, slots=True)
class Told:
    """Which kind a table is of, and under which headers its fields stand."""

    about: About
    mapping: ColumnMapping


@cache
def all_kinds() -> tuple[About, ...]:
    """Return the kinds in the order of the table."""
    found: dict[tuple[str, str], list[AboutField]] = {}
    with (files(__package__) / "kinds.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            kind = row["holds"] if row["holds"] in FieldKind else FieldKind.TEXT
            headers = tuple(header for header in row["headers"].split("|") if header)
            target = TargetField(row["field"], headers, row["need"] == "must", kind)
            fields = found.setdefault((row["kind"], row["becomes"]), [])
            fields.append(AboutField(target, row["need"], row["holds"]))
    return tuple(About(name, Becomes(becomes), tuple(fields)) for (name, becomes), fields in found.items())


def tell_kind(headers: Sequence[str]) -> Told | None:
    """Return the kind that knows most of the columns; None: no kind is sure of them."""
    told = [Told(about, guess_mapping(headers, about.targets)) for about in all_kinds()]
    fitting = [each for each in told if each.about.fits(each.mapping)]
    return max(fitting, key=lambda each: len(each.mapping.columns), default=None)


def identifier_problems(row: MappedRow, told: Told) -> Iterator[Problem]:
    """Give a warning for each cell that should hold an identifier and does not."""
    columns: Mapping[str, str] = told.mapping.columns
    for field in told.about.fields:
        text = row.values.get(field.target.name, "")
        if text and field.holds in PARSERS:
            try:
                PARSERS[field.holds](text)
            except InvalidIdentifier as error:
                name = columns[field.target.name]
                yield Problem(row.line, name, "table.bad_identifier", error.message, error.remedy, Level.WARNING)
