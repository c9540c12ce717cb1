"""The rules of CWR as rows: what each asks, what it costs when broken, and whom it concerns.

A row of `rules.csv` has the record it is about, its number in the standard (11 an edit of the transaction or record,
F11 one of a field; letters behind a number mark parts of one edit, words our own additions), the `level` that the
standard gives it, the level at which a tolerant `reading` charges it (blank: the same; -: not at all), the societies
that alone ask it (`profile`), a condition, the value that a field gets instead (`default`), and its text in words of
our own. The condition is `must`, asked only where all of `when` holds; either `code`, which a function of `checks`
decides, or terms that must all be true:

    field            filled in                  -field           blank
    field=A,B        blank or one of these      field!=A,B       none of these (an underscore stands for a blank)
    field>1          blank or above             field<=500000    blank or at most (>0 asks that it is filled in)
    field<other      earlier than the other date, or one of them is blank (also > >=)
    field:readable   the text is what the field holds
    field:titles     blank or of the letters for titles (also names, national)
    field@table      blank, or in a table of the recipient's; true where the recipient gives no such table
    a|b              one of the terms           kind=SPU         the record is of this kind

In `when`, field=A asks that the field has this value: a blank one does not.
"""

import operator
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from muniment.kernel.formats.cwr.layout import letters_of, table_rows
from muniment.kernel.formats.door.describing import Rule as ShownRule
from muniment.kernel.words.problems import Level, Problem

Value = str | int | date | None
Values = Mapping[str, Value]
Holds = Callable[[Values], bool]
SOCIETIES = ("ABRAMUS", "ASCAP", "BMI", "GEMA", "HFA", "ICE", "MUSICMARK", "SAAN", "SACEM", "SGAE", "SIAE", "UBC")
"""The profiles that can be switched on; SAAN are the societies that want their agreement numbers."""


class Severity(StrEnum):
    """What a broken rule costs, from the whole file down to one field."""

    FILE = "ER"
    GROUP = "GR"
    TRANSACTION = "TR"
    RECORD = "RR"
    FIELD = "FR"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the standard in our words; `message` and `remedy` have places for what was found."""

    key: str
    kinds: tuple[str, ...]
    level: Severity
    reading: str
    profiles: frozenset[str]
    when: tuple[str, ...]
    must: tuple[str, ...]
    default: tuple[tuple[str, str], ...]
    message: str
    remedy: str

    def charged(self, *, strict: bool) -> str:
        """Return what breaking it costs: a severity, or "-" where nothing."""
        return self.level if strict or not self.reading else self.reading

    @property
    def coded(self) -> bool:
        """Say whether a function decides it."""
        return self.must == ("code",)


class Broken(NamedTuple):
    """A rule found broken: its key, the line, the field, and what fills the places of its text."""

    key: str
    line: int | None
    field: str
    found: Mapping[str, object]


def broken(key: str, line: int | None, name: str, **found: object) -> Broken:
    """Return that the rule `key` is broken in this line and field."""
    return Broken(key, line, name, found)


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by its key, such as "NWR-F01"."""
    return {rule.key: rule for rule in map(_rule, table_rows("rules.csv"))}


@cache
def conditions_of(kind: str) -> tuple[Rule, ...]:
    """Return the rules that the fields of a kind of record decide, those of single societies first."""
    found = (rule for rule in rules().values() if kind in rule.kinds and not rule.coded)
    return tuple(sorted(found, key=lambda rule: not rule.profiles))


def _rule(row: Mapping[str, str]) -> Rule:
    kinds = tuple(row["record"].split("/"))
    default = tuple((name, value) for name, _, value in (part.partition("=") for part in row["default"].split()))
    return Rule(
        key=f"{kinds[0]}-{row['number']}",
        kinds=kinds,
        level=Severity(row["level"]),
        reading=row["reading"],
        profiles=frozenset(row["profile"].split()),
        when=tuple(row["when"].split()),
        must=tuple(row["must"].split()),
        default=default,
        message=row["message"],
        remedy=row["remedy"],
    )


def severity_of(problem: Problem) -> Severity:
    """Return what the broken rule costs."""
    return Severity(problem.rule[4:6])


@dataclass(frozen=True)
class CwrRules:
    """How a file is judged: whose extra rules hold, whether as strictly as the standard, and what the recipient knows.

    `known` holds tables of the recipient by name, each a set of texts: societies, ipi_names, ipi_bases, isacs,
    agreements, society_agreements, running_agreements, own_works (what the sender registered before), their_works,
    av_works, organisations; `senders` and `societies` may be mappings to names, `answers` maps "date time group
    number" of what was sent to (kind, work number, title). A table that is not given is not asked.
    """

    societies: frozenset[str] = frozenset()
    strict: bool = False
    known: Mapping[str, Container[str]] = field(default_factory=dict)
    _charges: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for rule in rules().values():
            if not rule.profiles or rule.profiles & self.societies:
                charge = rule.charged(strict=self.strict)
                if charge != "-":
                    self._charges[rule.key] = charge

    @property
    def alike(self) -> bool:
        """Say whether works that are built alike keep the same rules: no society and no table asks for more."""
        return not self.societies and not self.known

    def holds(self, key: str) -> bool:
        """Say whether the rule is asked at all."""
        return key in self._charges

    def charge(self, key: str) -> str:
        """Return what breaking the rule costs here, or "" where it is not asked."""
        return self._charges.get(key, "")

    def problem(self, found: Broken) -> Problem | None:
        """Return the problem that a broken rule is; None where the rule is not asked."""
        charge = self._charges.get(found.key)
        if charge is None:
            return None
        rule = rules()[found.key]
        level = Level.WARNING if charge == Severity.FIELD else Level.ERROR
        message = rule.message.format_map(_Found(found.found))
        return Problem(found.line, found.field, f"CWR.{charge}.{found.key}", message, rule.remedy, level)


PLAIN_RULES = CwrRules()
"""Tolerant reading without the rules of any society and without tables of the recipient."""


RULES = tuple(
    ShownRule(f"CWR.{rule.level}.{rule.key}", rule.level, rule.message, profile=" ".join(sorted(rule.profiles)))
    for rule in rules().values()
)
"""The rules for the conformance page; what decides them is in the table."""


class _Found(dict[str, object]):
    """What was found; a place of the text that nothing fills stays blank."""

    def __missing__(self, key: str) -> str:
        return ""


_TERM = re.compile(r"(-?)(\w+)(?:(!=|>=|<=|[=<>:@])(.*))?")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def split_term(term: str) -> tuple[str, str, str]:
    """Return the field, the sign and what stands behind it; the sign "" asks that it is filled, "-" that it is not."""
    found = _TERM.fullmatch(term)
    if found is None:
        raise ValueError(term)
    minus, name, sign, rest = found.groups()
    return name, minus or sign or "", rest or ""


def compile_term(term: str, known: Mapping[str, Container[str]], *, asked: bool) -> Holds:
    """Return the function that says whether a term holds; `asked` for terms of `when`, where blank is no value."""
    if "|" in term:
        choices = [compile_term(choice, known, asked=asked) for choice in term.split("|")]
        return lambda values: any(choice(values) for choice in choices)
    name, sign, rest = split_term(term)
    if sign in ("", "-"):
        wanted = not sign
        return lambda values: bool(values.get(name)) is wanted
    if sign in ("=", "!="):
        listed = frozenset(rest.replace("_", " ").split(","))
        if sign == "!=":
            return lambda values: values.get(name) not in listed
        return lambda values: values.get(name) in listed or (not asked and not values.get(name))
    if sign == ":":
        letters = letters_of(rest)
        return lambda values: letters.issuperset(str(values.get(name) or ""))
    if sign == "@":
        return _in_table(name, known.get(rest))
    return _compared(name, _ORDER[sign], rest, asked=asked)


def _in_table(name: str, table: Container[str] | None) -> Holds:
    if table is None:
        return lambda _: True
    return lambda values: not values.get(name) or str(values[name]) in table


def _compared(name: str, order: Callable[[Any, Any], bool], rest: str, *, asked: bool) -> Holds:
    if rest.isdigit():
        limit = int(rest)

        def against_number(values: Values) -> bool:
            value = values.get(name)
            if isinstance(value, int) and (value or not limit):
                return order(value, limit)
            return not asked and bool(limit)

        return against_number

    def against_date(values: Values) -> bool:
        value, other = values.get(name), values.get(rest)
        return not (isinstance(value, date) and isinstance(other, date)) or order(value, other)

    return against_date
