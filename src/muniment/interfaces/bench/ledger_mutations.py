"""Whether fsck finds what somebody with the keys to the database changed: random mutations, each taken back.

In: a seed and a count. Out: what was tried, and every mutation that was not found. The triggers are dropped, as their
owner can; each mutation lives in a transaction that is rolled back; the checks are those of `muniment fsck`.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import DatabaseError, connection, transaction

from muniment.interfaces.fsck import CHECKS, State
from muniment.interfaces.fsck.findings import gather
from muniment.trust.access.rules import Actor, operator
from muniment.trust.access.triggers import drop_sql
from muniment.trust.batches.services import seal_batch
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, dimensions_text
from muniment.trust.ledger.services import post_entries, reverse_entry
from muniment.trust.ledger.services.keys import secret_key
from muniment.trust.ledger.services.sealing import seal_day
from muniment.trust.ledger.triggers import drop_guard

KEYS = {
    "ledger_account": "id",
    "ledger_entry": "id",
    "ledger_transfer": "id",
    "ledger_seal": "id",
    "access_auditevent": "seq",
    "access_chainhead": "name",
    "batches_sealedbatch": "id",
}
"""The tables that are covered row by row and column by column, with their keys."""

UNCOVERED = {("batches_sealedbatch", "id")}
"""The number of a sealed batch is in no hash; the order of the batches is."""

KINDS = ("update", "update", "update", "delete", "swap", "exchange", "insert")
"""Swap: two rows give each other the value of one column; exchange: they take each other's place."""

_DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mutation:
    """What was done: the kind, the table, and in words to which rows and columns."""

    kind: str
    table: str
    detail: str


@dataclass(slots=True)
class Trial:
    """What was tried so far: mutations by kind and table, those that the database refused, those that nobody found."""

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    found_by: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    missed: list[Mutation] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many mutations were made."""
        return sum(self.tried.values())


def fill_books(home: Path, seed: int, days: int = 4) -> None:
    """Fill an empty database with a few days of an invented society: entries, reversals, batches and seals."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    actor = operator("mutations")
    for number in range(days):
        at = _DAY + timedelta(days=number)
        drafts = [_draft(chance, f"day {number}/{place}", at.date()) for place in range(6)]
        rows = post_entries(actor=actor, at=at, drafts=drafts)
        reverse_entry(actor=actor, at=at, entry_id=rows[0].id, key=f"back {number}", booked_on=at.date())
        table = pa.table({"id": pa.array([number, number + 1])})
        seal_batch(at=at, stage=f"stage {number}", table=table, sum_column="id")
        if number < days - 1:
            _seal(actor, at, home)


def _seal(actor: Actor, at: datetime, home: Path) -> None:
    seal_day(actor=actor, at=at + timedelta(days=1), day=at.date(), secret=secret_key(home))


def _draft(chance: random.Random, key: str, day: date) -> EntryDraft:
    codes = ["bank", "vat", "fund/radio/L/2026", "fund/Λ/دل", "payable/1", "payable/2", "deduction/social"]
    transfers = []
    for _ in range(chance.randint(1, 5)):
        debit, credit = chance.sample(codes, 2)
        transfers.append(TransferDraft(debit, credit, chance.randint(1, 10**9)))
    said = dimensions_text({"run": str(chance.randint(1, 9))}) if chance.random() < 0.5 else ""
    currency = chance.choice(["EUR", "PKR"])
    return EntryDraft(key, "test", day, currency, tuple(transfers), chance.choice(["", "memo"]), None, said)


def drop_guards() -> None:
    """Take every trigger away that keeps these tables as they are, as the owner of the database can."""
    guarded = [table for table in KEYS if table != "access_chainhead"]
    statements = [statement for table in guarded for statement in drop_sql(connection.vendor, table)]
    with connection.cursor() as cursor:
        for statement in [*statements, *drop_guard(connection.vendor)]:
            cursor.execute(statement)


def try_mutations(count: int, seed: int) -> Iterator[Trial]:
    """Make `count` random mutations, one at a time, look for each with fsck, take it back; yield after each.

    Raises:
        RuntimeError: the books were broken before.
    """
    if found := _finder(""):
        raise RuntimeError(f"the check {found} finds something before anything was changed")
    chance = random.Random(seed)  # noqa: S311 - not a secret
    tables = {table: _rows(table, key) for table, key in KEYS.items()}
    trial = Trial()
    while trial.total < count:
        table = chance.choice(list(KEYS))
        kind = chance.choice(KINDS)
        try:
            with transaction.atomic():
                mutation = _mutate(chance, kind, table, tables[table])
                finder = _finder(table) if mutation is not None else ""
                transaction.set_rollback(True)
        except DatabaseError:
            trial.refused += 1
            continue
        if mutation is None:
            continue
        trial.tried[kind, table] += 1
        trial.found_by[finder] += 1
        if not finder:
            trial.missed.append(mutation)
        yield trial


_FIRST = {
    "ledger_seal": "seals",
    "access_auditevent": "audit trail",
    "batches_sealedbatch": "batch chain",
    "ledger_account": "accounts",
    "ledger_transfer": "entries",
    "ledger_entry": "entries",
}


def _finder(table: str) -> str:
    """Return the name of the first check that finds something, the likely one before the others; empty for none."""
    likely = _FIRST.get(table)
    for name, check in sorted(CHECKS, key=lambda pair: pair[0] != likely):
        if any(row.state is State.BROKEN for row in gather(name, check)):
            return name
    return ""


def _rows(table: str, key: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")  # noqa: S608 - names above
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _mutate(chance: random.Random, kind: str, table: str, rows: Sequence[Row]) -> Mutation | None:
    """Make one mutation of a kind; None where the rows leave nothing to change."""
    key = KEYS[table]
    row = chance.choice(rows)
    if kind == "delete":
        _run(f"DELETE FROM {table} WHERE {key} = %s", row[key])  # noqa: S608 - names above
        return Mutation(kind, table, f"{key} {row[key]}")
    if kind == "insert":
        return _insert(chance, table, rows)
    columns = [column for column in row if (table, column) not in UNCOVERED]
    if kind == "update":
        column = chance.choice(columns)
        value = _another(chance, row[column], [other[column] for other in rows])
        if value == row[column]:
            return None
        _run(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", value, row[key])  # noqa: S608 - names above
        return Mutation(kind, table, f"{key} {row[key]}: {column} from {row[column]!r} to {value!r}")
    other = chance.choice(rows)
    facts = [column for column in row if column != key]
    changed = facts if kind == "exchange" else [chance.choice(facts)]
    if all(row[column] == other[column] for column in changed):
        return None
    if kind == "exchange":
        spare = -1 if isinstance(row[key], int) else "spare"
        for before, after in ((row[key], spare), (other[key], row[key]), (spare, other[key])):
            _run(f"UPDATE {table} SET {key} = %s WHERE {key} = %s", after, before)  # noqa: S608 - names above
    else:
        for one, two in ((row, other), (other, row)):
            _run(f"UPDATE {table} SET {changed[0]} = %s WHERE {key} = %s", two[changed[0]], one[key])  # noqa: S608 - names above
    return Mutation(kind, table, f"{key} {row[key]} and {other[key]}: {', '.join(changed)}")


def _insert(chance: random.Random, table: str, rows: Sequence[Row]) -> Mutation:
    """Slip in a copy of a row, under a new key and with new values where a value may be there once only."""
    row = dict(chance.choice(rows))
    key = KEYS[table]
    if isinstance(row[key], int):
        row[key] = max(other[key] for other in rows) + chance.randint(1, 3)
    for column in ("name", "code", "idempotency_key"):
        if column in row:
            row[column] = f"{row[column]}x"[-20:]
    if "reverses_id" in row:
        row["reverses_id"] = None
    if table == "ledger_seal":
        row["day"] += timedelta(days=400)
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    _run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *row.values())  # noqa: S608 - names above
    return Mutation("insert", table, f"{key} {row[key]}")


def _another(chance: random.Random, value: Any, others: Sequence[Any]) -> Any:
    """Return another value of the same type: a near one, or that of another row."""
    if chance.random() < 0.3:
        return chance.choice(others)
    if isinstance(value, bool) or value is None:
        return chance.choice([other for other in others if other is not None] or [1])
    if isinstance(value, int | Decimal):
        return value + chance.choice([-1, 1, 10, 1_000_000])
    if isinstance(value, datetime):
        return value + chance.choice([-1, 1]) * chance.choice([timedelta(microseconds=1), timedelta(days=1)])
    if isinstance(value, date):
        return value + chance.choice([-1, 1]) * timedelta(days=1)
    return _other_text(chance, str(value))


def _other_text(chance: random.Random, text: str) -> str:
    """Return a text with one letter more, less or other."""
    if not text:
        return "x"
    place = chance.randrange(len(text))
    letter = "0" if text[place] != "0" else "1"
    return chance.choice([text[:place] + letter + text[place + 1 :], text[:place] + text[place + 1 :], text + letter])


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement, [_spelled(value) for value in values])


def _spelled(value: Any) -> Any:
    """Return a value as SQLite keeps it; PostgreSQL takes it as it is."""
    if connection.vendor == "postgresql" or value is None or isinstance(value, int | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else int(value)
