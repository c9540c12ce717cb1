"""Tables of a TOML file whose keys are asked for by type, and whose refusals name file, line, key and remedy.

A kind of document derives its own table: it names the error that is raised, and adds the types that it alone knows.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, ClassVar, Self

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.toml_places import NotToml, Path, dotted, line_of, read_toml

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


def near(name: str, known: Iterable[str]) -> Phrase:
    """Return a remedy for an unknown name: the nearest known one, and all there are."""
    names = tuple(sorted(map(str, known)))
    if not names:
        return Phrase("There is none yet: write it first.")
    if alike := difflib.get_close_matches(name, names, n=1, cutoff=0.6):
        return Phrase("Do you mean {alike!r}? Known here: {names}.", alike=alike[0], names=names)
    return Phrase("Known here: {names}.", names=names)


class Table:
    """A table of the file, with its path and the lines of all keys."""

    refusal: ClassVar[type[UserError]] = UserError
    document: ClassVar[str] = "a file"

    def __init__(self, file_name: str, path: Path, values: object, lines: Mapping[Path, int]) -> None:
        self.file_name, self.path, self.lines = file_name, path, lines
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            what = "is missing" if values is None else "is not a table"
            raise self.bad("", what, f"Write [{dotted(path)}] with its keys.")

    @classmethod
    def read(cls, text: str, file_name: str) -> Self:
        """Read TOML and return its top table.

        Raises:
            cls.refusal: it is not TOML; the message names the line.
        """
        try:
            values, lines = read_toml(text)
        except NotToml as error:
            raise cls.refusal(f"{file_name}: not a TOML file: {error}.", "Correct the place that it names.") from None
        return cls(file_name, (), values, lines)

    def bad(self, key: str, what: str, remedy: str) -> UserError:
        """Return the error that `key` (empty: the table) has `what` wrong."""
        path = (*self.path, key) if key else self.path
        place = dotted(path)
        return self.refusal(
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
        return self.as_whole(key, self.values.get(key, default), low, high)

    def as_whole(self, key: str, value: object, low: int, high: int) -> int:
        """Return the whole number that a value of `key` is, if it lies between the limits."""
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.bad(key, f"must be a whole number from {low} to {high}, not {value!r}", f"Correct {key}.")
        return value

    def flag(self, key: str, *, is_needed: bool = False) -> bool:
        """Return whether the key says true; left out is false, unless it is needed."""
        value = self.values.get(key, None if is_needed else False)
        if not isinstance(value, bool):
            raise self.bad(key, f"must be true or false, not {value!r}", f"Correct {key}.")
        return value

    def choice[Choice: StrEnum](self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """Return a member of `kind`; nothing written is an error, unless there is a default."""
        return self.as_choice(key, self.values.get(key, default), kind)

    def as_choice[Choice: StrEnum](self, key: str, value: object, kind: type[Choice]) -> Choice:
        """Return the member of `kind` that a value of `key` is."""
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        if value is None:
            raise self.bad(key, "is not given, and it is never guessed", f"Write one of: {' | '.join(kind)}.")
        raise self.bad(key, f"{value!r} is unknown", near(str(value), kind))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, or one text as a list of it; left out is empty."""
        value = self.values.get(key, [])
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, str) and row.strip() for row in rows):
            raise self.bad(key, "must be a list of texts", f'Write {key} = ["…", "…"].')
        return tuple(rows)

    def items(self, key: str) -> list[object]:
        """Return a list of anything; left out is empty."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.bad(key, "is not a list", f"Write {key} = [ … ].")
        return value

    def table(self, key: str) -> Self:
        """Return the table under a key, which must be there."""
        return type(self)(self.file_name, (*self.path, key), self.values.get(key), self.lines)

    def tables(self, key: str) -> Iterator[Self]:
        """Return the tables of an array, in order; left out is none."""
        rows = self.values.get(key, [])
        if not isinstance(rows, list):
            raise self.bad(key, "is not a list of tables", f"Write [[{dotted((*self.path, key))}]] for each.")
        for place, row in enumerate(rows):
            yield type(self)(self.file_name, (*self.path, key, place), row, self.lines)

    def refuse_other_keys(self, *known: str) -> None:
        """Refuse a key that nothing reads: it is most likely misspelt."""
        for key in self.values:
            if key not in known:
                raise self.bad(key, f"is not a key of {self.document}", near(key, known))

    def known_name(self, key: str, known: Iterable[str], what: str) -> str:
        """Return the name under a key if it is one of `known`; `what` says what it should name."""
        value = self.text(key)
        names = list(known)
        if value not in names:
            raise self.bad(key, f"{value!r} is no {what} of this policy", near(value, names))
        return value
