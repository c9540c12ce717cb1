"""Kills, reopens, checks and resumes: what must hold after every kill, wherever it struck."""

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path

import pyarrow as pa
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from muniment.interfaces.fsck import State, check_all
from tests.crash.commands import COMMANDS, Command, between, prepare
from tests.crash.databases import Database
from tests.crash.evidence import strays
from tests.crash.killing import Outcome, run_child

_WATCHED = ("ledger", "distributions", "payments", "batches", "access", "registry", "evidence")
_IGNORED = {"access_user", "access_user_groups", "access_user_user_permissions", "evidence_witnessedlog"}
"""The last is what our witness, another party, knows: its answer stands before the log that asked has kept it."""
_NUMBERS = {"id", "entry_id", "first_transfer", "pdf_sha256"}
_OF_PDF = re.compile(r'(?<="pdf_sha256":")[0-9a-f]{64}')
_OF_NUMBERS = re.compile(r"[0-9a-f]{64,}|[A-Za-z0-9+/]{43,}=*|\d+")

SERIES = 6
"""How many kills strike one command before it is run to its end."""


@dataclass(slots=True)
class Tally:
    """What the kills came to; `findings` are sentences, and none is expected."""

    kills: int = 0
    at_places: int = 0
    at_random: int = 0
    survived: int = 0
    finished: int = 0
    done_before: int = 0
    undone_before: int = 0
    places: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Kill:
    """Where a kill strikes: at a place, or after a time."""

    place: int | None
    after_seconds: float | None

    def __str__(self) -> str:
        return f"place {self.place}" if self.place else f"{self.after_seconds:.4f} s"


@dataclass(frozen=True, slots=True)
class _Stage:
    """A command with the digests of everything before and after it, and how many places and seconds it has."""

    command: Command
    before: str
    after: str
    places: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _State:
    """Digests of what is there: `work` of what commands did, `exact` of every cell and every kept file."""

    work: str
    exact: str


def state(home: Path) -> _State:
    """Return the digests of every row that a command could leave behind, and of the files in the store.

    Doubled work of any kind shows in `work`. PostgreSQL does not give back numbers that a killed command reserved, so
    there numbers of rows are left out: a key or a memo counts without its digits. Amounts, counts and how many rows
    there are always count. Two states of one `exact` digest are the same to fsck.
    """
    numbered = connection.vendor == "postgresql"
    work, exact = hashlib.sha256(), hashlib.sha256()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            table = model._meta.db_table
            if model._meta.app_label not in _WATCHED or table in _IGNORED:
                continue
            columns = [field.column for field in model._meta.concrete_fields]
            cursor.execute(f"SELECT {', '.join(map(connection.ops.quote_name, columns))} FROM {table}")
            rows = cursor.fetchall()
            keep = [
                place
                for place, column in enumerate(columns)
                if column not in _NUMBERS and "hash" not in column and not (numbered and column.endswith("_id"))
            ]
            lines = ([row[place] for place in keep] for row in rows)
            for line in sorted(repr([_plain(cell, numbered=numbered) for cell in cells]) for cells in lines):
                work.update(f"{table}{line}\n".encode())
            exact.update(f"{table}{sorted(map(repr, rows))}\n".encode())
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.name.startswith("muniment.sqlite3"):
            exact.update(f"{path} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return _State(work.hexdigest(), exact.hexdigest())


def _plain(cell: object, *, numbered: bool) -> object:
    """Return a text without the digest of a PDF, whose signature is another each time, and where rows are numbered
    without digests, signatures and numbers; anything else as it is."""
    if not isinstance(cell, str):
        return cell
    text = _OF_PDF.sub("0", cell)
    return _OF_NUMBERS.sub("0", text) if numbered else text


def broken() -> list[str]:
    """Return what fsck finds."""
    return [f"{row.name}: {row.detail}" for row in check_all() if row.state is State.BROKEN]


class Harness:
    """A prepared society and its commands, ready to be killed."""

    def __init__(self, folder: Path) -> None:
        pa.set_cpu_count(1)
        pa.set_io_thread_count(1)
        self.database = Database(folder)
        self.tally = Tally()
        self.verdicts: dict[str, list[str]] = {}
        call_command("migrate", interactive=False, verbosity=0)
        prepare()
        (self.database.home / "seal_keys.pub").write_text(_public_key() + "\n")
        self.stages = [self._stage(number, command) for number, command in enumerate(COMMANDS)]

    def _stage(self, number: int, command: Command) -> _Stage:
        """Run a command once without a kill, and keep the state before it under its number."""
        between(command.name)
        name = f"stage_{number}"
        before = state(self.database.home)
        self.database.keep(name)
        outcome = run_child(command.act)
        if outcome.error:
            raise RuntimeError(f"{command.name}: {outcome.error}")
        after = state(self.database.home)
        for found in (self._proved(before), self._proved(after)):
            if found:
                raise RuntimeError(f"{command.name}, not killed, leaves: {found}")
        if not command.kept:
            self.database.restore(name)
        self.tally.places[command.name] = outcome.places
        return _Stage(command, before.work, after.work, outcome.places, outcome.seconds)

    def _proved(self, found: _State) -> list[str]:
        """Return what fsck finds in the present state; the same rows and files are looked at once."""
        if found.exact not in self.verdicts:
            self.verdicts[found.exact] = broken()
        return self.verdicts[found.exact]

    def run(self, kills: int, seed: int, series: int = SERIES, first: str = "") -> Iterator[Tally]:
        """Kill so many times: once at every place of every command, then half at any moment; in random order.

        Fewer kills than places take a sample of them. Kills of one command come in series: where one left nothing, the
        next strikes the command that is begun again, and whatever survives the last is run to its end. Commands before
        the one named `first` are left alone.
        """
        chance = random.Random(seed)
        names = [stage.command.name for stage in self.stages]
        struck = range(names.index(first) if first else 0, len(names))
        places = [(number, place) for number in struck for place in range(1, self.stages[number].places + 2)]
        planned: dict[int, list[_Kill]] = {number: [] for number in struck}
        first = chance.sample(places, min(len(places), kills - kills // 4))
        for number, place in first:
            planned[number].append(_Kill(place, None))
        for turn in range(kills - len(first)):
            number = chance.choice(struck)
            stage = self.stages[number]
            if turn % 2:
                planned[number].append(_Kill(chance.randint(1, stage.places + 1), None))
            else:
                planned[number].append(_Kill(None, chance.uniform(0, 1.1 * stage.seconds)))
        rows = [(number, piece) for number, listed in planned.items() for piece in batched(listed, series)]
        for number, piece in chance.sample(rows, len(rows)):
            yield from self._series(number, piece)

    def _series(self, number: int, kills: Sequence[_Kill]) -> Iterator[Tally]:
        """Kill one command several times; after a kill that came too late to undo it, begin from the state before."""
        stage, begun = self.stages[number], False
        for kill in kills:
            if not begun:
                self.database.restore(f"stage_{number}")
            where = f"{stage.command.name}, {kill}"
            outcome = run_child(stage.command.act, deadly=kill.place, after_seconds=kill.after_seconds)
            self.database.wait_for_quiet()
            self._count(outcome, kill.place)
            found = state(self.database.home)
            begun = found.work == stage.before
            self.tally.findings += [f"{where}: {wrong}" for wrong in self._verdict(stage, outcome, found)]
            if not begun or kill is kills[-1]:
                self.tally.findings += [f"{where}: {wrong}" for wrong in self._finish(stage)]
            yield self.tally

    def _count(self, outcome: Outcome, place: int | None) -> None:
        if not outcome.killed:
            self.tally.survived += 1
            return
        self.tally.kills += 1
        if place is None:
            self.tally.at_random += 1
        else:
            self.tally.at_places += 1

    def _verdict(self, stage: _Stage, outcome: Outcome, found: _State) -> Iterator[str]:
        """Say everything that is wrong after a kill."""
        if outcome.error:
            yield f"failed: {outcome.error}"
        if found.work == stage.after:
            self.tally.done_before += 1
        elif found.work == stage.before:
            self.tally.undone_before += 1
        else:
            yield "the work is half done"
        if outcome.acknowledged and found.work != stage.after:
            yield "acknowledged work is lost"
        if found.work == stage.after or not stage.command.files_first:
            yield from self._proved(found)

    def _finish(self, stage: _Stage) -> Iterator[str]:
        """Run the command again, without a kill, and say everything that is wrong then.

        It runs in a child as well: what typesets keeps threads, and a child does not inherit those of its parent.
        """
        self.tally.finished += 1
        if error := run_child(stage.command.act).error:
            yield f"run again, it failed: {error}"
        found = state(self.database.home)
        if found.work != stage.after:
            yield "run again, it does not come to the same"
        yield from self._proved(found)
        yield from strays()


def _public_key() -> str:
    from muniment.trust.ledger.services.keys import public_key

    return public_key(bytes(range(32))).hex()
