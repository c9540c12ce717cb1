"""Rules of the registry as TOML files: those of this package, and those that an installation puts in their place.

The folder that the environment names as MUNIMENT_REGISTRY_RULES may hold `profiles/NAME.toml` and
`calendars/NAME.toml`; a file of a name that we have replaces ours, another adds to them, and
`profiles/NAME.2027-01-01.toml` is the version of a profile from that day on. A file is read as a whole: every unknown
key, missing key and bad value is a `Problem` with its line, and a file with one is not used.
"""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.toml_places import NotToml, dotted, line_of, read_toml
from muniment.kernel.words.toml_places import Path as Place
from muniment.kernel.words.toml_tables import near

FOLDER = "MUNIMENT_REGISTRY_RULES"
"""The variable that names a folder with profiles and calendars in place of ours or beside them."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class BadRules(UserError):
    """A file of rules cannot be used; `problems` has what is wrong with it, each with its line."""

    def __init__(self, file_name: str, problems: Iterable[Problem]) -> None:
        self.file_name, self.problems = file_name, tuple(problems)
        first = self.problems[0]
        more = f" ({len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        super().__init__(f"{file_name}, line {first.line}, {first.field}: {first.message}{more}", first.remedy)


class Table:
    """A table of a TOML file: its keys are asked for by type, and what is wrong is noted, not raised."""

    def __init__(self, values: object, path: Place, lines: Mapping[Place, int], problems: list[Problem]) -> None:
        self.path, self._lines, self._problems = path, lines, problems
        self._asked: set[str] = set()
        self.values: Mapping[str, object] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.bad("", "table_missing", "The table is missing or is none.", f"Write [{dotted(path)}] with its keys.")

    def bad(self, key: str, rule: str, message: str, remedy: str) -> None:
        """Note that a key (empty: the table) has something wrong."""
        path = (*self.path, key) if key else self.path
        self._problems.append(Problem(line_of(self._lines, path), dotted(path), rule, message, remedy))

    def text(self, key: str) -> str:
        """Return a text that is not empty; "" where there is none, which is noted."""
        value = self._get(key)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())
        if value is not None:
            self.bad(key, "no_text", "This must be a text that is not empty.", f'Write {key} = "…".')
        return ""

    def whole(self, key: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`; `low` where there is none, which is noted."""
        value = self._get(key)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value is not None:
            self.bad(key, "no_number", f"This must be a whole number from {low} to {high}.", "Correct it.")
        return low

    def flag(self, key: str) -> bool:
        """Return true or false; false where it is neither, which is noted."""
        value = self._get(key)
        if value is not None and not isinstance(value, bool):
            self.bad(key, "no_flag", "This must be true or false.", "Correct it.")
        return value is True

    def texts(self, key: str, known: Iterable[str] | None = None, *, is_optional: bool = False) -> tuple[str, ...]:
        """Return a list of different texts, all out of `known` where it is given."""
        if is_optional and key not in self.values:
            self._asked.add(key)
            return ()
        value = self._get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.bad(key, "no_texts", "This must be a list of texts.", f'Write {key} = ["…", "…"].')
            return ()
        if len(set(value)) != len(value):
            self.bad(key, "twice", "A text stands twice in the list.", "Take one of them out.")
        if known is not None:
            for one in value:
                if one not in set(known):
                    self.bad(key, "unknown_value", f"{one!r} is unknown.", near(one, known))
        return tuple(value)

    def choice[Choice: StrEnum](self, key: str, kind: type[Choice]) -> Choice:
        """Return a member of `kind`; its first one where there is none, which is noted."""
        value = self._get(key)
        if isinstance(value, str) and value in set(kind):
            return kind(value)
        if value is not None:
            self.bad(key, "unknown_value", f"{value!r} is unknown.", near(str(value), kind))
        return next(iter(kind))

    def table(self, key: str) -> "Table":
        """Return the table under a key."""
        self._asked.add(key)
        return Table(self.values.get(key), (*self.path, key), self._lines, self._problems)

    def tables(self, key: str) -> "list[Table]":
        """Return the tables of an array."""
        self._asked.add(key)
        rows = self.values.get(key)
        if not isinstance(rows, list) or not rows:
            self.bad(key, "tables_missing", "There is no such table.", f"Write [[{dotted((*self.path, key))}]].")
            return []
        return [Table(row, (*self.path, key, place), self._lines, self._problems) for place, row in enumerate(rows)]

    def done(self) -> None:
        """Note every key that was not asked for."""
        for key in self.values:
            if key not in self._asked:
                self.bad(key, "unknown_key", f"The key {key!r} is unknown.", near(key, self._asked))

    def _get(self, key: str) -> object:
        self._asked.add(key)
        if key not in self.values and isinstance(self.values, Mapping):
            self.bad(key, "missing", f"{key} is missing, and it is never guessed.", f"Write {key} = ….")
        return self.values.get(key)


def open_table(text: str, file_name: str) -> tuple[Table, list[Problem]]:
    """Return the outermost table of a TOML text, and the list into which what is wrong is noted.

    Raises:
        BadRules: it is not TOML.
    """
    problems: list[Problem] = []
    try:
        values, lines = read_toml(text)
    except NotToml as error:
        line = re.search(r"at line (\d+)", str(error))
        wrong = Problem(int(line[1]) if line else 1, "", "no_toml", f"This is not TOML: {error}.", "Correct it.")
        raise BadRules(file_name, [wrong]) from None
    return Table(values, (), lines, problems), problems


def chosen_folder() -> str:
    """Return the folder that the installation names; "" where it names none."""
    return os.environ.get(FOLDER, "")


def rule_names(kind: str, ours: str, folder: str) -> tuple[str, ...]:
    """Return the names of the files of a kind (`profiles`, `calendars`), sorted."""
    stems = (name.removesuffix(".toml") for name in _file_names(kind, ours, folder))
    return tuple(sorted(stem for stem in stems if _NAME.fullmatch(stem)))


def rule_days(kind: str, ours: str, folder: str, name: str) -> tuple[date, ...]:
    """Return from which days there are later versions of a file, `NAME.2027-01-01.toml`, the earliest first."""
    found: set[date] = set()
    for file_name in _file_names(kind, ours, folder):
        stem, _, day = file_name.removesuffix(".toml").partition(".")
        if stem == name and _DAY.fullmatch(day):
            found.add(_day(file_name, day))
    return tuple(sorted(found))


def rule_text(kind: str, ours: str, folder: str, name: str, from_on: date | None = None) -> str | None:
    """Return the text of a file of a kind, the installation's before ours; None where there is none of the name.

    `from_on` asks for the version that begins on that day.
    """
    if not _NAME.fullmatch(name):
        return None
    file_name = f"{name}.toml" if from_on is None else f"{name}.{from_on}.toml"
    places: list[Traversable | Path] = [files(__package__).joinpath(ours, file_name)]
    if folder:
        places.insert(0, Path(folder, kind, file_name))
    for place in places:
        if place.is_file():
            return place.read_text(encoding="utf-8")
    return None


def _file_names(kind: str, ours: str, folder: str) -> set[str]:
    found = {one.name for one in files(__package__).joinpath(ours).iterdir()}
    if folder and (theirs := Path(folder, kind)).is_dir():
        found |= {one.name for one in theirs.iterdir()}
    return {name for name in found if name.endswith(".toml")}


def _day(file_name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong = Problem(None, "", "no_day", f"{text} is no day.", "Name the file NAME.2027-01-01.toml.")
        raise BadRules(file_name, [wrong]) from None
