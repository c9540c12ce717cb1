"""The rules of a format as rows, and the problems that tell of a broken one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from muniment.kernel.formats.door import Rule
from muniment.kernel.words.problems import Level, Problem


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A numbered rule: what it asks, how much it costs when broken, and what the sender can do."""

    id: str
    level: Level
    condition: str
    remedy: str


class RuleTable:
    """The rules of one format by their ids."""

    def __init__(self, rows: Iterable[RuleRow]) -> None:
        self._rows: Mapping[str, RuleRow] = {row.id: row for row in rows}

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids in the order of the table."""
        return tuple(self._rows)

    def as_rules(self) -> tuple[Rule, ...]:
        """Return the rules as the conformance page shows them."""
        return tuple(Rule(row.id, row.level.value, row.condition) for row in self._rows.values())

    def broken(self, id_: str, line: int | None, field: str, message: str) -> Problem:
        """Return that a rule is broken in this line and field."""
        row = self._rows[id_]
        return Problem(line, field, id_, message, row.remedy, row.level)


def error(id_: str, condition: str, remedy: str) -> RuleRow:
    """Return a rule that costs the line or the record."""
    return RuleRow(id_, Level.ERROR, condition, remedy)


def warning(id_: str, condition: str, remedy: str) -> RuleRow:
    """Return a rule that costs nothing but a value."""
    return RuleRow(id_, Level.WARNING, condition, remedy)
