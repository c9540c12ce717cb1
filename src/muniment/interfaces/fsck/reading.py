"""Reading tables with plain statements, and the digests as docs/fsck.md describes them."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from django.db import connection

ZERO = "0" * 64
"""The previous link of the first link of each chain."""

_AT_ONCE = 2_000


def rows(statement: str, *values: int | str) -> list[tuple[Any, ...]]:
    """Return all rows of a SELECT."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return list(cursor.fetchall())


def by_key(statement: str, key: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a SELECT piece by piece; it holds `key > %s ORDER BY key LIMIT %s`, the key at place `key`."""
    last = -1
    while True:
        piece = rows(statement, last, _AT_ONCE)
        yield from piece
        if len(piece) < _AT_ONCE:
            return
        last = piece[-1][key]


def canonical(value: object) -> bytes:
    """Return canonical JSON: keys sorted, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    """Return the SHA-256 as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def instant(at: datetime) -> str:
    """Return an instant as the chains spell it: UTC with six decimals and a Z; SQLite gives UTC without saying so."""
    in_utc = at if at.tzinfo is None else at.astimezone(UTC)
    return in_utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def table_digest(table: pa.Table) -> str:
    """Return the digest of a table: rows, then for each column its name, type and the digest of its bytes."""
    parts = [f"rows={table.num_rows}".encode()]
    for field in table.schema:
        parts.append(f"\n{field.name}:{field.type}\n".encode())
        parts.append(hashlib.sha256(_column(table.column(field.name), field.type)).digest())
    return sha256(b"".join(parts))


def _column(column: pa.ChunkedArray, kind: pa.DataType) -> bytes:
    """Return one byte for each row (1 present, 0 null), then the values: texts behind their lengths, else int64."""
    values = column.to_pylist()
    present = bytes(value is not None for value in values)
    if pa.types.is_string(kind):
        texts = [b"" if value is None else value.encode() for value in values]
        return present + b"".join(len(text).to_bytes(8, "little") for text in texts) + b"".join(texts)
    return present + b"".join(_whole(value).to_bytes(8, "little", signed=True) for value in values)


_EPOCH = date(1970, 1, 1)


def _whole(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, date):
        return (value - _EPOCH).days
    if isinstance(value, int):
        return int(value)
    raise TypeError(f"{value!r} has no place in a sealed table")


def head_of(chain: str) -> tuple[int, str]:
    """Return how many links a chain has and the hash of its last, as its head says; (0, ZERO) before the first."""
    found = rows("SELECT seq, hash FROM access_chainhead WHERE name = %s", chain)
    return (found[0][0], found[0][1]) if found else (0, ZERO)
