"""One table of a policy file, whose keys are asked for by type and whose errors say file, line, key and remedy."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.toml_places import NotToml, Path, dotted, line_of, read_toml
from muniment.pay.distributions.rules.policies.numbers import BadNumber, Rounding, parse_number, parse_rounding

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class BadPolicy(UserError):
    """A policy file cannot be used; the message names the file, the line, the key and what is wrong with it."""


def near(name: str, known: Iterable[str]) -> str:
    """Return a remedy for an unknown name: the nearest known one, and all there are."""
    names = sorted(map(str, known))
    alike = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    listed = f"Known here: {', '.join(names)}." if names else "There is none yet: write it first."
    return f"Do you mean {alike[0]!r}? {listed}" if alike else listed


class Table:
    """A table of the file, with its path and the lines of all keys."""

    def __init__(self, file_name: str, path: Path, values: object, lines: Mapping[Path, int]) -> None:
        self.file_name, self.path, self.lines = file_name, path, lines
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            what = "is missing" if values is None else "is not a table"
            raise self.bad("", what, f"Write [{dotted(path)}] with its keys.")

    def bad(self, key: str, what: str, remedy: str) -> BadPolicy:
        """Return the error that `key` (empty: the table) has `what` wrong."""
        path = (*self.path, key) if key else self.path
        place = dotted(path)
        return BadPolicy(
            f"{self.file_name}, line {line_of(self.lines, path)}: {place + ': ' if place else ''}{what}.", remedy
        )

    @property
    def line(self) -> int:
        """Return the line of the file in which the table begins."""
        return line_of(self.lines, self.path)

    def has(self, key: str) -> bool:
        """Return whether the key is written."""
        return key in self.values

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not empty, on one line; `default` where the key may be left out and is."""
        value = self.values.get(key, default)
        if default is not None and value == default:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.bad(key, "must be a text", f'Write {key} = "…".')
        return " ".join(value.split())

    def name(self, key: str) -> str:
        """Return a name: small letters, digits and underscores."""
        value = self.text(key)
        if not _NAME.fullmatch(value):
            raise self.bad(key, f"{value!r} is no name", "Use small letters, digits and underscores.")
        return value

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number from `low` to `high`; `default` where the key may be left out and is."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.bad(key, f"must be a whole number from {low} to {high}, not {value!r}", f"Correct {key}.")
        return value

    def flag(self, key: str) -> bool:
        """Return whether the key says true; left out is false."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.bad(key, f"must be true or false, not {value!r}", f"Correct {key}.")
        return value

    def choice[Choice: StrEnum](self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """Return a member of `kind`; nothing written is an error, unless there is a default."""
        value = self.values.get(key, default)
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        if value is None:
            raise self.bad(key, "is not given, and it is never guessed", f"Write one of: {' | '.join(kind)}.")
        raise self.bad(key, f"{value!r} is unknown", near(str(value), kind))

    def number(self, key: str, low: Fraction | int | None = None, high: Fraction | int | None = None) -> Fraction:
        """Return an exact number, written as a whole number or as a text such as "15.1 %"."""
        return self.as_number(key, self.values.get(key), low, high)

    def as_number(
        self, key: str, value: object, low: Fraction | int | None = None, high: Fraction | int | None = None
    ) -> Fraction:
        """Return the exact number that a value of `key` is, if it lies between the limits."""
        if isinstance(value, float):
            raise self.bad(key, f"{value!r} is a binary fraction, which is not exact", f'Write {key} = "{value}".')
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.bad(key, f"must be a number, not {value!r}", f'Write {key} = "0.25" or "15.1 %".')
        try:
            number = parse_number(value) if isinstance(value, str) else Fraction(value)
        except BadNumber as error:
            raise self.bad(key, error.message.rstrip("."), error.remedy) from None
        if (low is not None and number < low) or (high is not None and number > high):
            raise self.bad(key, f"{value} is not between {low} and {high}", f"Correct {key}.")
        return number

    def rounding(self, key: str = "round") -> Rounding | None:
        """Return the rounding that a key names, or None where it is left out."""
        if not self.has(key):
            return None
        try:
            return parse_rounding(self.text(key))
        except BadNumber as error:
            raise self.bad(key, error.message.rstrip("."), error.remedy) from None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, or one text as a list of it; left out is empty."""
        value = self.values.get(key, [])
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, str) and row.strip() for row in rows):
            raise self.bad(key, "must be a list of texts", f'Write {key} = ["…", "…"].')
        return tuple(rows)

    def table(self, key: str) -> "Table":
        """Return the table under a key."""
        return Table(self.file_name, (*self.path, key), self.values.get(key), self.lines)

    def tables(self, key: str) -> "Iterator[Table]":
        """Return the tables of an array, in order; left out is none."""
        rows = self.values.get(key, [])
        if not isinstance(rows, list):
            raise self.bad(key, "is not a list of tables", f"Write [[{dotted((*self.path, key))}]] for each.")
        for place, row in enumerate(rows):
            yield Table(self.file_name, (*self.path, key, place), row, self.lines)

    def refuse_other_keys(self, *known: str) -> None:
        """Refuse a key that nothing reads: it is most likely misspelt."""
        for key in self.values:
            if key not in known:
                raise self.bad(key, "is not a key of a policy", near(key, known))

    def known_name(self, key: str, known: Iterable[str], what: str) -> str:
        """Return the name under a key if it is one of `known`; `what` says what it should name."""
        value = self.text(key)
        names = list(known)
        if value not in names:
            raise self.bad(key, f"{value!r} is no {what} of this policy", near(value, names))
        return value


def read_tables(text: str, file_name: str) -> Table:
    """Read TOML and return its top table.

    Raises:
        BadPolicy: it is not TOML; the message names the line.
    """
    try:
        values, lines = read_toml(text)
    except NotToml as error:
        raise BadPolicy(f"{file_name}: not a TOML file: {error}.", "Correct the place that it names.") from None
    return Table(file_name, (), values, lines)


def refuse_twice(table: Table, key: str, name: str, taken: Iterable[str]) -> None:
    """Refuse a name that an earlier table has already."""
    if name in taken:
        raise table.bad(key, f"{name!r} is used twice", "Give each its own name.")
