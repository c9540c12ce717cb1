"""Reading TOML together with where each key stands, so that an error can name the line; tomllib keeps no places."""

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<names>[^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?P<names>(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"))*)\s*=""")
_NAME = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_QUIET = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*')


class NotToml(ValueError):
    """A text is not TOML; the message names the place."""


def read_toml(text: str) -> tuple[dict[str, object], Mapping[Path, int]]:
    """Return what a TOML text says, and the line of each of its tables and keys.

    Raises:
        NotToml: it is not TOML, or has a number of thousands of digits or tables without an end.
    """
    try:
        return tomllib.loads(text), key_lines(text)
    except (ValueError, RecursionError) as error:
        raise NotToml(str(error)) from None


def key_lines(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, of every table and key of a valid TOML text, by its path.

    Tables of an array are numbered from 0. Keys inside inline tables have no line of their own.
    """
    lines: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    here: Path = ()
    depth, closing = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if not depth and (found := _HEADER.match(line)):
            here = _numbered(_names(found["names"]), found["open"] == "[[", counts)
            lines.setdefault(here, number)
            continue
        if not depth and (found := _KEY.match(line)):
            lines.setdefault((*here, *_names(found["names"])), number)
        closing = _opened(line)
        bare = _QUIET.sub("", line)
        depth += bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
    return lines


def _names(text: str) -> Path:
    return tuple(name.strip("\"'") for name in _NAME.findall(text))


def _numbered(names: Path, is_array: bool, counts: dict[Path, int]) -> Path:
    """Return the path of a header with the number of each array table that it lies in; a new one is counted."""
    path: Path = ()
    for place, name in enumerate(names, start=1):
        path = (*path, name)
        if place == len(names) and is_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _opened(line: str) -> str:
    """Return the quotes of a text that begins in this line and does not end in it."""
    for quotes in ('"""', "'''"):
        if line.count(quotes) == 1:
            return quotes
    return ""


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """Return the line of a path, of the first table of an array, or of the nearest thing around it."""
    while path not in lines:
        if (*path, 0) in lines:
            return lines[*path, 0]
        path = path[:-1]
    return lines[path]


def dotted(path: Path) -> str:
    """Return a path as people write it: tables of an array are numbered from 1 in brackets."""
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown
