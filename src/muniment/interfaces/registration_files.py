"""Applications as files: TOML or JSON with the fields of a statement, and what is wrong in them by line and field.

The keys `profile`, `kind` and `registration` say which application it is; every other key is a field of the statement.
Each field is read by itself, so one reading tells of every field that is wrong.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from muniment.kernel.words.problems import BadFile, Level, Problem
from muniment.kernel.words.toml_tables import near
from muniment.rights.registry.rules.application import (
    STATEMENT_FIELDS,
    BadStatement,
    Kind,
    Statement,
    build_statement,
)

HEAD = ("profile", "kind", "registration")
MOST_BYTES = 4 * 1024 * 1024
_PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\n')


@dataclass(frozen=True, slots=True)
class ApplicationFile:
    """What a file applies for, and its problems; `places` says on which line each field stands, dots between names."""

    profile: str
    kind: Kind
    registration: str
    statement: Statement
    problems: tuple[Problem, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, name: str) -> int | None:
        """Return the line of a field, or of the nearest that holds it; None where the file does not name it."""
        return _line_of(self.places, name)

    def problem(self, name: str, rule: str, message: str, remedy: str, level: Level = Level.ERROR) -> Problem:
        """Return a finding about a field as a problem of the file."""
        return Problem(self.line_of(name), name, rule, message, remedy, level)


def read_application_file(path: Path) -> ApplicationFile:
    """Read an application from a TOML or JSON file; a field that is wrong is a problem and is left out.

    Raises:
        BadFile: it cannot be read, is too large, or is neither TOML nor JSON; the message names the line.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadFile(f"{path} is too large for an application.", "Deposit the data, and name its number here.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", "Check its name and who may read it.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is not a text: byte {error.start} is not UTF-8.", "Save it as UTF-8.") from error
    return read_application(text, is_json=path.suffix.lower() == ".json")


def read_application(text: str, *, is_json: bool) -> ApplicationFile:
    """Read an application from the text of a file, as `read_application_file` does.

    Raises:
        BadFile: it is neither TOML nor JSON, or holds no fields.
    """
    values = _json(text) if is_json else _toml(text)
    places = dict(_json_places(text) if is_json else _toml_places(text))
    problems: list[Problem] = []
    kept: dict[str, object] = {}
    for name, value in values.items():
        if name in HEAD:
            continue
        try:
            build_statement({name: value})
            kept[name] = value
        except BadStatement as error:
            problems.append(_problem(places, error))
    profile = _head(values, "profile", places, problems)
    kind = _head(values, "kind", places, problems) or Kind.FIRST.value
    if kind not in set(Kind):
        message = f"{kind!r} is none of {', '.join(Kind)}."
        problems.append(Problem(_line_of(places, "kind"), "kind", "kind", message, "Correct it, or leave it out."))
        kind = Kind.FIRST.value
    registration = _head(values, "registration", places, problems)
    problems.sort(key=lambda one: one.line or 0)
    return ApplicationFile(profile, Kind(kind), registration, build_statement(kept), tuple(problems), places)


def _problem(places: Mapping[str, int], error: BadStatement) -> Problem:
    known = (*HEAD, *STATEMENT_FIELDS)
    remedy = error.remedy if error.field.partition(".")[0] in known else near(error.field, known)
    return Problem(_line_of(places, error.field), error.field, "statement", error.message, remedy)


def _head(values: Mapping[str, object], name: str, places: Mapping[str, int], problems: list[Problem]) -> str:
    value = values.get(name, "")
    if isinstance(value, str):
        return value
    problems.append(Problem(_line_of(places, name), name, "text", f"{name} is no text.", "Write it between quotes."))
    return ""


def _line_of(places: Mapping[str, int], name: str) -> int | None:
    while name and name not in places:
        name = name.rpartition(".")[0]
    return places.get(name)


def _toml(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadFile(f"This is no TOML: {error}.", "Put the line right; texts stand between quotes.") from error


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise BadFile(f"This is no JSON: {error}.", "Put the line right.") from error
    if not isinstance(found, dict):
        raise BadFile("This JSON holds no fields.", "Write one object, with a key for each field.")
    return found


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


def _json_places(text: str) -> Iterator[tuple[str, int]]:
    """Yield where each key and each element of a valid JSON text stands."""
    line, stack, last = 1, list[str | int](), ""
    for part in _PARTS.findall(text):
        if part == "\n":
            line += 1
            continue
        if part == ":":
            stack[-1] = json.loads(last)
            yield _path(stack), line
        elif part in "{[":
            if stack and isinstance(stack[-1], int):
                yield _path(stack), line
            stack.append(0 if part == "[" else "")
        elif part in "}]":
            stack.pop()
        elif part == "," and isinstance(stack[-1], int):
            stack[-1] += 1
        last = part


def _path(stack: list[str | int]) -> str:
    return ".".join(map(str, stack))


def _toml_places(text: str) -> Iterator[tuple[str, int]]:
    """Yield where each table and each key of a valid TOML text stands; what is within a value stands at its key."""
    line, at, prefix, counts = 1, 0, "", dict[str, int]()
    while at < len(text):
        if text[at] in " \t\r\n":
            line += text[at] == "\n"
            at += 1
        elif text[at] == "#":
            at = _until(text, "\n", at)
        elif text[at] == "[":
            end = _until(text, "\n", at)
            prefix = _table(text[at:end], counts)
            yield prefix, line
            at = end
        else:
            equals = _equals(text, at)
            names = _names(tomllib.loads(f"{text[at:equals]}=0"))
            yield ".".join([*([prefix] if prefix else []), *names]), line
            end = _value_end(text, equals + 1)
            line += text.count("\n", at, end)
            at = end


def _until(text: str, sign: str, at: int) -> int:
    found = text.find(sign, at)
    return len(text) if found < 0 else found


def _table(header: str, counts: dict[str, int]) -> str:
    """Return the path of a table by its header; a row of a list of tables counts up, and those below are in it."""
    path = ""
    names = _names(tomllib.loads(header))
    for place, name in enumerate(names):
        path = f"{path}.{name}" if path else name
        if place == len(names) - 1 and header.startswith("[["):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}.{counts[path]}"
    return path


def _names(found: object) -> list[str]:
    names = []
    while isinstance(found, dict | list) and found:
        if isinstance(found, dict):
            name, found = next(iter(found.items()))
            names.append(name)
        else:
            found = found[0]
    return names


def _equals(text: str, at: int) -> int:
    while text[at] != "=":
        at = text.index(text[at], at + 1) + 1 if text[at] in "\"'" else at + 1
    return at


def _value_end(text: str, at: int) -> int:
    """Return where the line ends on which a value ends."""
    depth = 0
    while at < len(text):
        sign = text[at]
        if sign == "\n" and not depth:
            return at
        if sign == "#":
            at = _until(text, "\n", at)
            continue
        if sign in "\"'":
            at = _string_end(text, at)
            continue
        depth += (sign in "[{") - (sign in "]}")
        at += 1
    return at


def _string_end(text: str, at: int) -> int:
    sign = text[at]
    quote = sign * 3 if text.startswith(sign * 3, at) else sign
    at += len(quote)
    while not text.startswith(quote, at):
        at += 2 if text[at] == "\\" and sign == '"' else 1
    at += len(quote)
    while len(quote) == 3 and at < len(text) and text[at] == sign:
        at += 1
    return at
