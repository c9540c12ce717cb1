"""The tables of a recipient that an installation gives as files: which societies, IPI numbers and agreements there are.

A file `known_TABLE.csv` in the folder that MUNIMENT_CWR_TABLES names has a header and one value a line under `code`;
`known_societies.csv` and `known_senders.csv` may have a second column `name`, which is compared with the name in the
file's header. A table says what there is, all of it: a value that it lacks is told as unknown. So a table that nobody
gives is not asked (`CwrRules.known`), and none is made of what a house happens to have met.
"""

import csv
import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Container, Iterator, Mapping
from functools import cache
from pathlib import Path

from muniment.kernel.formats.cwr.layout import TABLES
from muniment.kernel.words.identifiers import parse_ipi_base, parse_ipi_name
from muniment.kernel.words.problems import UserError

_NO_SOCIETY, _NO_SOCIETY_NAME = "099", "NO SOCIETY"
"""What stands for a party that belongs to none; lists of societies do not have it."""
_NAMED = frozenset({"societies", "senders"})


class BadTable(UserError):
    """A table of the recipient cannot be used."""


class _Numbers(Container[str]):
    """IPI numbers, eight bytes each: there are millions."""

    def __init__(self, numbers: Iterator[str]) -> None:
        self._sorted = array("Q", sorted({_digits(number) for number in numbers}))

    def __contains__(self, number: object) -> bool:
        wanted = _digits(str(number))
        place = bisect_left(self._sorted, wanted)
        return place < len(self._sorted) and self._sorted[place] == wanted

    def __len__(self) -> int:
        return len(self._sorted)


def _digits(number: str) -> int:
    return int("".join(letter for letter in number if letter.isdigit()) or 0)


def _society(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        raise UserError("{text!r} is not the code of a society.", "Write three digits, such as 035.", text=text)
    return text.zfill(3)


def _sender(text: str) -> str:
    return text.zfill(9)


def _as_it_is(text: str) -> str:
    return text


KNOWN_TABLES: Mapping[str, Callable[[str], str]] = {
    "societies": _society,
    "senders": _sender,
    "ipi_names": parse_ipi_name,
    "ipi_bases": parse_ipi_base,
    "organisations": _society,
    **dict.fromkeys(
        ("isacs", "society_agreements", "running_agreements", "av_works", "gema_iswcs", "sacem_iswcs"), _as_it_is
    ),
}
"""Each table that can be given, and how its values are read. Those that differ from sender to sender are not files."""


def known_tables() -> Mapping[str, Container[str]]:
    """Return the tables that the installation gives; none where it gives none.

    Raises:
        BadTable: one of them cannot be read, has another header, or a value that cannot be.
    """
    folder = os.environ.get(TABLES, "")
    if not folder:
        return {}
    stamps: list[tuple[str, str, int]] = []
    for name in KNOWN_TABLES:
        path = Path(folder) / f"known_{name}.csv"
        if path.is_file():
            stamps.append((name, str(path), path.stat().st_mtime_ns))
    return _tables(tuple(stamps))


@cache
def _tables(stamps: tuple[tuple[str, str, int], ...]) -> Mapping[str, Container[str]]:
    """Return the tables of these files; a file that was changed is read again."""
    return {name: _table(name, Path(path)) for name, path, _changed in stamps}


def _table(name: str, path: Path) -> Container[str]:
    rows = _rows(name, path)
    if name in ("ipi_names", "ipi_bases"):
        return _Numbers(code for code, _name in rows)
    pairs = dict(rows)
    if name == "societies":
        pairs.setdefault(_NO_SOCIETY, _NO_SOCIETY_NAME)
    return pairs if name in _NAMED and all(pairs.values()) else frozenset(pairs)


def _rows(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield the value and name of each line that has one.

    Raises:
        BadTable: see `known_tables`.
    """
    allowed = (["code"], ["code", "name"]) if name in _NAMED else (["code"],)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [cell.strip().lower() for cell in next(reader, [])]
            if header not in allowed:
                raise BadTable(
                    "{file} does not begin with the header {header}.", "Write it into the first line.",
                    file=path.name, header=",".join(allowed[-1]),
                )  # fmt: skip
            for cells in reader:
                if cells and cells[0].strip():
                    yield _read(name, path, reader.line_num, cells[0].strip()), "".join(cells[1:2]).strip()
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadTable("{file} cannot be read: {reason}.", "Save it as CSV in UTF-8.", file=path.name,
                       reason=str(error)) from error  # fmt: skip


def _read(name: str, path: Path, line: int, text: str) -> str:
    try:
        return KNOWN_TABLES[name](text)
    except UserError as error:
        raise BadTable(
            "{file}, line {line}: {reason}", "Correct the line, or take it out.",
            file=path.name, line=line, reason=error.message,
        ) from error  # fmt: skip
