"""How many transfers a second the books take in, with every check, in one call."""

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from django.db import connection

from muniment.interfaces.bench.measure import peak_memory_mib
from muniment.trust.access.rules import operator
from muniment.trust.ledger.bulk import TRANSFERS
from muniment.trust.ledger.queries import trial_balance
from muniment.trust.ledger.rules import EntryHead
from muniment.trust.ledger.services import post_columns

SHAPES = (10_000, 100, 4)
"""Transfers of an entry: a pool of a distribution, a small pool, an invoice with its receipt."""


@dataclass(frozen=True, slots=True)
class PostingRate:
    """One load: transfers in entries of a size, seconds by the clock and of the processor, and the peak of memory.

    `cpu_s` is of this process, `server_cpu_s` of the database's process for us, where there is one on this machine.
    """

    entry_size: int
    transfers: int
    wall_s: float
    cpu_s: float
    server_cpu_s: float
    peak_mib: int
    balanced: bool

    @property
    def per_second(self) -> int:
        """Transfers a second by the clock."""
        return int(self.transfers / self.wall_s)

    @property
    def per_cpu_second(self) -> int:
        """Transfers a second of processor, both processes together: what a machine without other work comes near."""
        return int(self.transfers / (self.cpu_s + self.server_cpu_s))


def load_of(transfers: int, entry_size: int, payees: int, currency: str, seed: int) -> tuple[list[EntryHead], pa.Table]:
    """Return heads and transfers as a distribution makes them: from a fund to payees in the order of their numbers."""
    chance = np.random.default_rng(seed)
    entries = -(-transfers // entry_size)
    places = np.arange(transfers) // entry_size
    size = min(entry_size, payees)
    to = np.sort(chance.integers(1, payees + 1, (entries, size)), axis=1).ravel()
    to = np.resize(to, transfers).astype(np.int32)
    codes = pa.array([f"fund/bench/{entry_size}", *(f"payable/{number}" for number in range(1, payees + 1))])
    table = pa.table(
        [
            pa.array(places),
            pa.DictionaryArray.from_arrays(pa.array(np.zeros(transfers, np.int32)), codes),
            pa.DictionaryArray.from_arrays(pa.array(to), codes),
            pa.array(chance.integers(1, 10**9, transfers)),
        ],
        schema=TRANSFERS,
    )
    heads = [
        EntryHead(f"bench/{entry_size}/{number}", "bench", date(2026, 10, 1), currency) for number in range(entries)
    ]
    return heads, table


def measure_posting(
    *, transfers: int, payees: int, currency: str, at: datetime, shapes: tuple[int, ...] = SHAPES, seed: int = 1
) -> Iterator[PostingRate]:
    """Book each shape in one call and yield its rate; the accounts come into being with the first."""
    booked = 0
    for entry_size in shapes:
        heads, table = load_of(transfers, entry_size, payees, currency, seed)
        wall, cpu, served = time.perf_counter(), cpu_seconds(), server_cpu_seconds()
        post_columns(actor=operator("bench"), at=at, heads=heads, transfers=table)
        wall, cpu, served = (
            time.perf_counter() - wall,
            cpu_seconds() - cpu,
            server_cpu_seconds() - served,
        )
        booked += sum(table.column("amount_micro").to_pylist())
        rows = trial_balance(currency=currency)
        sums = {sum(row.debit_micro for row in rows), sum(row.credit_micro for row in rows)}
        yield PostingRate(entry_size, transfers, wall, cpu, served, peak_memory_mib(), sums == {booked})


def cpu_seconds() -> float:
    """Return the processor seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def server_cpu_seconds() -> float:
    """Return the processor seconds of the server's process that serves us; 0 without one on this machine."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        facts = Path("/proc") / str(cursor.fetchone()[0]) / "stat"
    if not facts.exists():
        return 0.0
    user, system = facts.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
