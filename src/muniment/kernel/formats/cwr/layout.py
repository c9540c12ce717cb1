"""The layouts and codes of CWR as data: which field stands where and what it holds.

`layout_21.csv` holds CWR 2.1 (facts of CISAC's CWR11-1991R4), `layout_22.csv` the records in which 2.2 (CWR19-1070R1)
differs, `lookups.csv` the codes (with labels where we have words of our own), `letters.csv` the letters that titles
and names may have, `rules.csv` the rules (see `rules.py`). A member of CISAC who has newer tables puts files of the
same names into a folder and names it in the environment as MUNIMENT_CWR_TABLES; what the folder lacks is ours.

Columns of a layout: start and size in characters from 1; `default` what stands for a blank or unreadable field;
`codes` the table of an L; and `format`: A text, L code of a table, N number, G digits that stay as they are, S share,
D date, T duration, C clock time, F flag Y/N/U, B flag Y/N, I IPI name number, J IPI base number, W ISWC, R ISRC,
E EAN, V territory, Y society, Z three letters.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

TABLES = "MUNIMENT_CWR_TABLES"
"""The variable that names a folder with tables in place of ours."""
VERSIONS = ("02.10", "02.20")


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """One field of a record: where it stands, what it holds, what stands for it where it is blank."""

    name: str
    start: int
    end: int
    form: str
    blank: str | int | None
    codes: str


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """One kind of record: its fields in order and its whole length in characters."""

    kind: str
    fields: tuple[FieldLayout, ...]
    length: int


Layout = Mapping[str, RecordLayout]

_BLANKS: Mapping[str, int | None] = {"S": 0, "N": None, "D": None, "T": None, "V": None}
"""What stands for a blank field of each format; "" for the others."""


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of this package, or of the table put in its place."""
    ours: Traversable = files(__package__) / name
    theirs = Path(os.environ.get(TABLES, "")) / name
    with (theirs if os.environ.get(TABLES) and theirs.exists() else ours).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _read_layout(name: str) -> dict[str, RecordLayout]:
    found: dict[str, list[FieldLayout]] = {}
    for row in table_rows(name):
        start = int(row["start"]) - 1
        field = FieldLayout(
            name=row["field"],
            start=start,
            end=start + int(row["size"]),
            form=row["format"],
            blank=row["default"] or _BLANKS.get(row["format"], ""),
            codes=row["codes"],
        )
        for kind in row["record"].split("/"):
            found.setdefault(kind, []).append(field)
    return {kind: RecordLayout(kind, tuple(fields), max(f.end for f in fields)) for kind, fields in found.items()}


@cache
def layout_of(version: str) -> Layout:
    """Return the layout of a group's version, "02.10" or "02.20"; KeyError for others."""
    first = _read_layout("layout_21.csv")
    return {"02.10": first, "02.20": {**first, **_read_layout("layout_22.csv")}}[version]


@cache
def codes_of(table: str) -> Mapping[str, str]:
    """Return a lookup table: code and our label ("" where there is none)."""
    return {row["code"]: row["label"] for row in table_rows("lookups.csv") if row["table"] == table}


@cache
def letters_of(table: str) -> frozenset[str]:
    """Return the characters that "titles", "names" or "national" titles may have."""
    return frozenset(next(row["letters"] for row in table_rows("letters.csv") if row["set"] == table))
