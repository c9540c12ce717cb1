"""The tables of DSR as data: the cells of every record type, what each means here, and what a profile may have.

`records.csv` has, in order, the cells of each record type (facts of DDEX's flat file profiles up to 2020, and of
Basic Audio 1.4 where `known` says second-hand); `meanings.csv` says which cell is which of our fields, for a record
type, its family or all (`*`), and without which cell a row is of no use; `profiles.csv` has the record types of each
profile and version with their part of the file. Someone with newer tables puts files of the same names into a folder
and names it in the environment as MUNIMENT_DSR_TABLES; what the folder lacks is ours.

Kinds of cells: text, integer, decimal, boolean, date, datetime, duration, currency, territory, code (of a list of
allowed values that is not kept here), party (a name space, two colons, an identifier), dpid, isrc, iswc, isan, icpn.
"""

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

TABLES = "MUNIMENT_DSR_TABLES"
"""The variable that names a folder with tables in place of ours."""
FAMILY_LETTERS = 4
COUNTED = frozenset(
    {
        "usages",
        "returns",
        "subscribers",
        "file_number",
        "file_count",
        "number_of_lines_in_file",
        "number_of_lines_in_report",
        "number_of_summary_records",
        "number_of_blocks_in_file",
        "number_of_blocks_in_report",
    }
)
"""The meanings that are whole numbers wherever they stand."""


@dataclass(frozen=True, slots=True)
class Column:
    """One cell of a record type; `mandatory` are the profiles ("UgcProfile/1.2") that ask for it, or "*" for all."""

    name: str
    kind: str
    mandatory: frozenset[str]
    repeated: bool


@dataclass(frozen=True, slots=True)
class RecordShape:
    """The cells behind the record type, and at which place stands what we understand.

    `needed` are the places without which a row is of no use, `numbers` those of whole numbers.
    """

    record: str
    columns: tuple[Column, ...]
    places: Mapping[str, int]
    needed: tuple[int, ...]
    numbers: tuple[int, ...]
    official: bool


@dataclass(frozen=True, slots=True)
class ProfileShape:
    """The record types that a profile may have: their part of the file, their group, how many a block may have."""

    name: str
    version: str
    parts: Mapping[str, str]
    groups: Mapping[str, frozenset[str]]
    once: frozenset[str]


def table_rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of this package, or of the table put in its place."""
    ours: Traversable = files(__package__) / name
    theirs = Path(os.environ.get(TABLES, "")) / name
    with (theirs if os.environ.get(TABLES) and theirs.exists() else ours).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@cache
def shapes() -> Mapping[str, RecordShape]:
    """Return the shape of every record type; a family without a version of its own stands for its latest."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in table_rows("records.csv"):
        if row["cell"] != "RecordType":
            found.setdefault(row["record"], []).append(row)
    meanings: dict[str, list[dict[str, str]]] = {}
    for row in table_rows("meanings.csv"):
        meanings.setdefault(row["record"], []).append(row)
    made = {record: _shape(record, rows, meanings) for record, rows in found.items()}
    families = {record[:FAMILY_LETTERS]: shape for record, shape in sorted(made.items())}
    return {**families, **made}


def _shape(record: str, rows: list[dict[str, str]], meanings: Mapping[str, list[dict[str, str]]]) -> RecordShape:
    columns = tuple(
        Column(row["cell"], row["kind"], frozenset(row["mandatory"].split()), bool(row["repeated"])) for row in rows
    )
    names = {column.name: place for place, column in enumerate(columns)}
    places: dict[str, int] = {}
    needed: set[int] = set()
    taken: set[str] = set()
    for scope in (record, record[:FAMILY_LETTERS], "*"):
        for row in meanings.get(scope, ()):
            if row["cell"] not in names or row["cell"] in taken or row["meaning"] in places:
                continue
            places[row["meaning"]] = names[row["cell"]]
            taken.add(row["cell"])
            if row["needed"]:
                needed.add(names[row["cell"]])
    return RecordShape(
        record,
        columns,
        places,
        tuple(sorted(needed)),
        tuple(sorted(place for meaning, place in places.items() if meaning in COUNTED)),
        all(row["known"] != "second-hand" for row in rows),
    )


@cache
def profiles() -> Mapping[tuple[str, str, str], ProfileShape]:
    """Return every profile by (name in capitals, version, "blocks" or "rows")."""
    found: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in table_rows("profiles.csv"):
        found.setdefault((row["profile"].upper(), row["version"], row["shape"]), []).append(row)
    return {key: _profile(rows) for key, rows in found.items()}


def _profile(rows: list[dict[str, str]]) -> ProfileShape:
    groups: dict[str, set[str]] = {}
    for row in rows:
        if row["group"]:
            groups.setdefault(row["group"], set()).add(row["record"])
    return ProfileShape(
        rows[0]["profile"],
        rows[0]["version"],
        {row["record"]: row["part"] for row in rows},
        {name: frozenset(records) for name, records in groups.items()},
        frozenset(row["record"] for row in rows if row["most"] == "1"),
    )


def profile_of(name: str, version: str, shape: str) -> ProfileShape | None:
    """Return a profile by what a head says ("UGCProfile", "1.1"); None: it is not in the tables.

    The name is compared without case and without SRB at its end; 1.1 finds 1.1.1 where there is no 1.1.
    """
    plain = name.strip().upper().removesuffix("SRB")
    known = {told: found for (own, told, kind), found in profiles().items() if own == plain and kind == shape}
    exact = known.get(version.strip())
    close = [told for told in sorted(known) if told.startswith(f"{version.strip()}.")]
    return exact if exact is not None else known[close[0]] if close and version.strip() else None
