"""Kills, reopens, checks and resumes: what must hold after every kill, wherever it struck."""

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from muniment.interfaces.fsck import CHECKS, State, check_all
from muniment.interfaces.fsck.findings import gather
from tests.crash.commands import COMMANDS, Command, between, prepare
from tests.crash.databases import Database
from tests.crash.killing import Outcome, run_child

_WATCHED = ("ledger", "distributions", "payments", "batches", "access")
_IGNORED = {"access_user", "access_user_groups", "access_user_user_permissions"}
_NUMBERS = {"id", "entry_id", "first_transfer"}


@dataclass(slots=True)
class Tally:
    """What the kills came to; `findings` are sentences, and none is expected."""

    kills: int = 0
    at_places: int = 0
    at_random: int = 0
    survived: int = 0
    done_before: int = 0
    undone_before: int = 0
    places: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stage:
    """A command with the digests of everything before and after it, and how many places and seconds it has."""

    command: Command
    before: str
    after: str
    places: int
    seconds: float


def state_digest() -> str:
    """Return a digest of every row that a command could leave behind: doubled work of any kind would show in it.

    PostgreSQL does not give back numbers that a killed command reserved, so there numbers of rows are left out: a key
    or a memo counts without its digits. Amounts, counts and how many rows there are always count.
    """
    numbered = connection.vendor == "postgresql"
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            if model._meta.app_label not in _WATCHED or table in _IGNORED:
                continue
            columns = [field.column for field in model._meta.concrete_fields]
            cursor.execute(f"SELECT {', '.join(map(connection.ops.quote_name, columns))} FROM {table}")
            keep = [
                place
                for place, column in enumerate(columns)
                if column not in _NUMBERS and "hash" not in column and not (numbered and column.endswith("_id"))
            ]
            lines = ([row[place] for place in keep] for row in cursor.fetchall())
            for line in sorted(repr([_plain(cell) if numbered else cell for cell in cells]) for cells in lines):
                digest.update(f"{table}{line}\n".encode())
    return digest.hexdigest()


def _plain(cell: object) -> object:
    """Return a text without digests and numbers; anything else as it is."""
    return re.sub(r"[0-9a-f]{64}|\d+", "0", cell) if isinstance(cell, str) else cell


def broken() -> list[str]:
    """Return what fsck finds."""
    return [f"{row.name}: {row.detail}" for row in check_all() if row.state is State.BROKEN]


_OF_FILES = {"batch files", "received files", "orphans"}


def broken_rows() -> list[str]:
    """Return what those checks of fsck find that read rows only; the files were looked at just before."""
    found = (row for name, check in CHECKS if name not in _OF_FILES for row in gather(name, check))
    return [f"{row.name}: {row.detail}" for row in found if row.state is State.BROKEN]


class Harness:
    """A prepared society and its commands, ready to be killed."""

    def __init__(self, folder: Path) -> None:
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        self.database = Database(folder)
        self.tally = Tally()
        call_command("migrate", interactive=False, verbosity=0)
        prepare()
        (self.database.home / "seal_keys.pub").write_text(_public_key() + "\n")
        self.stages = [self._stage(number, command) for number, command in enumerate(COMMANDS)]

    def _stage(self, number: int, command: Command) -> _Stage:
        """Run a command once without a kill, and keep the state before it under its number."""
        between(command.name)
        name = f"stage_{number}"
        before = state_digest()
        self.database.keep(name)
        outcome = run_child(command.act)
        if outcome.error:
            raise RuntimeError(f"{command.name}: {outcome.error}")
        after = state_digest()
        if found := broken():
            raise RuntimeError(f"{command.name}, not killed, leaves: {found}")
        if not command.kept:
            self.database.restore(name)
        self.tally.places[command.name] = outcome.places
        return _Stage(command, before, after, outcome.places, outcome.seconds)

    def run(self, kills: int, seed: int) -> Iterator[Tally]:
        """Kill so many times: once at every place of every command in random order, then half at any moment.

        Fewer kills than places take a sample of them.
        """
        chance = random.Random(seed)
        places = [(number, place) for number, stage in enumerate(self.stages) for place in range(1, stage.places + 2)]
        first = chance.sample(places, min(len(places), kills - kills // 4))
        for number, place in first:
            self._kill(number, place, None)
            yield self.tally
        for turn in range(kills - len(first)):
            number = chance.randrange(len(self.stages))
            if turn % 2:
                self._kill(number, chance.randint(1, self.stages[number].places + 1), None)
            else:
                self._kill(number, None, chance.uniform(0, 1.1 * self.stages[number].seconds))
            yield self.tally

    def _kill(self, number: int, place: int | None, after_seconds: float | None) -> None:
        stage = self.stages[number]
        where = f"{stage.command.name}, place {place}" if place else f"{stage.command.name}, {after_seconds:.4f} s"
        self.database.restore(f"stage_{number}")
        outcome = run_child(stage.command.act, deadly=place, after_seconds=after_seconds)
        self.database.wait_for_quiet()
        self._count(outcome, place)
        self.tally.findings += [f"{where}: {found}" for found in self._verdict(stage, outcome)]

    def _count(self, outcome: Outcome, place: int | None) -> None:
        if not outcome.killed:
            self.tally.survived += 1
            return
        self.tally.kills += 1
        if place is None:
            self.tally.at_random += 1
        else:
            self.tally.at_places += 1

    def _verdict(self, stage: _Stage, outcome: Outcome) -> Iterator[str]:
        """Say everything that is wrong after a kill, before and after the command is run again."""
        if outcome.error:
            yield f"failed: {outcome.error}"
        found = state_digest()
        if found == stage.after:
            self.tally.done_before += 1
        elif found == stage.before:
            self.tally.undone_before += 1
        else:
            yield "the work is half done"
        if outcome.acknowledged and found != stage.after:
            yield "acknowledged work is lost"
        yield from broken()
        stage.command.act()
        if state_digest() != stage.after:
            yield "run again, it does not come to the same"
        yield from broken_rows()


def _public_key() -> str:
    from muniment.trust.ledger.services.keys import public_key

    return public_key(bytes(range(32))).hex()
