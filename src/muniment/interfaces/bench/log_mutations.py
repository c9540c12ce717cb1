"""Random changes to a log, behind every guard: rows of its tables and bytes of its files; does fsck find each?"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from muniment.interfaces.fsck.log import check_log
from muniment.interfaces.fsck.mapped import check_map
from muniment.interfaces.fsck.stamps import check_stamps
from muniment.trust.access.triggers import drop_sql
from muniment.trust.evidence.services.files import log_folder

_TABLES = {
    "evidence_loggedleaf": ("index", ("index", "body", "hash")),
    "evidence_treehead": ("size", ("size", "root", "signed_at", "note")),
    "evidence_record": ("id", ("subject", "body", "salt", "leaf_hash", "public_key", "made_at", "erased_at")),
    "evidence_submission": ("id", ("body", "hash")),
    "evidence_logstate": ("id", ("origin", "size", "frontier", "last_batch", "last_seal")),
    "evidence_mapentry": ("key_hash", ("key_hash", "value", "folded", "waiting", "changed_at", "digest")),
    "evidence_mapnode": ("hash", ("hash", "left", "right", "value")),
    "evidence_maproot": ("size", ("size", "root", "entry_count")),
    "evidence_timestamp": (
        "id",
        ("head_id", "authority", "stamped_at", "algorithm", "imprint", "token", "tree", "expires_at", "signed_with"),
    ),
    "evidence_archivelist": ("id", ("head_id", "algorithm", "body")),
}
"""What is changed: for each table its key and the columns that the log answers for."""
_GUARDED = (
    "evidence_loggedleaf",
    "evidence_treehead",
    "evidence_mapnode",
    "evidence_maproot",
    "evidence_timestamp",
    "evidence_archivelist",
)
_WAITING = ("evidence_submission", "evidence_record")
"""Tables from which a row can be missing before the tree knows of it; of the map, entries that no root holds yet."""


@dataclass(slots=True)
class LogTrial:
    """What the mutations came to; a missed one is a sentence. `refused` counts those the database would not take."""

    total: int = 0
    refused: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def try_log_mutations(*, home: Path, count: int, seed: int) -> Iterator[LogTrial]:
    """Make `count` changes one after the other, each undone before the next, and yield the tally after each.

    Half of them turn bits in, cut, lengthen or remove a file; the others change a cell, or delete a row.
    """
    chance, trial = random.Random(seed), LogTrial()  # noqa: S311 - the same seed is to make the same changes
    if _found():
        raise ValueError("the log is broken before anything was changed")
    for number in range(count):
        if number % 2:
            kind, detail, found = _change_file(log_folder(home), chance)
        else:
            kind, detail, found = _change_row(chance)
        trial.total += 1
        trial.tried[kind] += 1
        trial.refused += found is None
        if found is False:
            trial.missed.append(detail)
        yield trial


def _found() -> bool:
    reported: list[str] = []
    try:
        check_log(reported.append)
        check_map(reported.append)
        check_stamps(reported.append)
    except Exception as error:  # noqa: BLE001 - fsck gathers what a check raises as a finding
        reported.append(str(error))
    return bool(reported)


def _change_file(folder: Path, chance: random.Random) -> tuple[str, str, bool | None]:
    path = chance.choice(sorted(one for one in folder.rglob("*") if one.is_file()))
    whole = path.read_bytes()
    place = chance.randrange(len(whole))
    changes: dict[str, Callable[[], bytes | None]] = {
        "bit": lambda: whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :],
        "cut": lambda: whole[:place],
        "longer": lambda: whole + b"x",
        "gone": lambda: None,
    }
    kind = chance.choice(sorted(changes))
    if path.name == "checkpoint" and kind == "gone":
        kind = "bit"  # without a checkpoint nothing is published, which is no lie
    changed = changes[kind]()
    if changed is None:
        path.unlink()
    else:
        path.write_bytes(changed)
    found = _found()
    path.write_bytes(whole)
    return f"file {kind}", f"{path.relative_to(folder)}: {kind} at {place}", found


def _change_row(chance: random.Random) -> tuple[str, str, bool | None]:
    quoted = connection.ops.quote_name
    tables = [table for table in _TABLES if _keys(table)]
    table = chance.choice(tables)
    key, columns = _TABLES[table]
    deletes = chance.random() < 0.1 and table not in _WAITING
    is_held = deletes and table == "evidence_mapentry"
    row, column = chance.choice(_keys(table, "folded <> ''" if is_held else "1 = 1")), chance.choice(columns)
    found: bool | None = None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for guarded in _GUARDED:
                for statement in drop_sql(connection.vendor, guarded):
                    cursor.execute(statement)
            if deletes:
                cursor.execute(f"DELETE FROM {quoted(table)} WHERE {quoted(key)} = %s", [row])  # noqa: S608 - our own names
            else:
                names = [quoted(name) for name in (column, table, key)]
                cursor.execute("SELECT {} FROM {} WHERE {} = %s".format(*names), [row])  # noqa: S608 - our own names
                value = _other(cursor.fetchone()[0], chance)
                change = "UPDATE {1} SET {0} = %s WHERE {2} = %s".format(*names)  # noqa: S608 - our own names
                cursor.execute(change, [value, row])
            found = _found()
            transaction.set_rollback(True)
    except Exception:  # noqa: BLE001 - the database refuses a duplicate, or text that is too long
        found = None
    return f"{table} {'deleted' if deletes else column}", f"{table} {row} {column}", found


def _keys(table: str, which: str = "1 = 1") -> list[int | str]:
    quoted = connection.ops.quote_name
    key = _TABLES[table][0]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {quoted(key)} FROM {quoted(table)} WHERE {which} ORDER BY 1")  # noqa: S608 - our own names
        return [row[0] for row in cursor.fetchall()]


def _other(value: Any, chance: random.Random) -> int | datetime | str:
    """Return a value that is a little different."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return int(value) + chance.choice((-1, 1, 1_000))
    if isinstance(value, datetime):
        return value + timedelta(seconds=chance.choice((-1, 1, 86_400)))
    if value is None:
        return "2026-10-05 09:00:00"
    place = chance.randrange(len(value)) if value else 0
    letter = chance.choice([one for one in "0123456789abcdef" if one != value[place : place + 1]])
    return f"{value[:place]}{letter}{value[place + 1 :]}"
