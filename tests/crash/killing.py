"""A process that counts its way through a command and kills itself at a given place, or is killed at any moment."""

import itertools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a child: whether it was killed, whether it said that its work is done, the places it passed."""

    killed: bool
    acknowledged: bool
    places: int
    seconds: float
    error: str = ""


_OF_FILES = ("fsync", "replace", "rename", "unlink", "rmdir")
"""What makes files last, appear or go away."""


class _Counter:
    """Counts places: around each statement, part of a COPY, commit and step of a file; dies at one of them."""

    def __init__(self, deadly: int | None) -> None:
        self.deadly = deadly
        self._count = itertools.count(1)
        self.passed = 0

    def tick(self) -> None:
        """Pass a place, or die at it; files are synced in several threads."""
        self.passed = next(self._count)
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return the act with a place before it and one behind it."""

        def counted(*words: Any, **options: Any) -> Any:
            self.tick()
            result = act(*words, **options)
            self.tick()
            return result

        return counted

    def install(self) -> None:
        """Have every statement, COPY, commit and step of a file in this process counted."""
        connection.execute_wrappers.append(lambda execute, *words: self.around(execute)(*words))
        connection._commit = self.around(connection._commit)  # type: ignore[attr-defined]
        for name in _OF_FILES:
            setattr(os, name, self.around(getattr(os, name)))
        copy = psycopg.Cursor.copy

        @contextmanager
        def counted_copy(cursor: Any, *statement: Any, **options: Any) -> Iterator[Any]:
            self.tick()
            with copy(cursor, *statement, **options) as stream:
                self.tick()
                yield stream
                self.tick()
            self.tick()

        psycopg.Cursor.copy = counted_copy  # type: ignore[method-assign,assignment]


def run_child(act: Callable[[], None], *, deadly: int | None = None, after_seconds: float | None = None) -> Outcome:
    """Run `act` in a child; it dies at the place `deadly`, or we kill it after a time; else it ends by itself."""
    reading, writing = os.pipe()
    connection.close()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(act, deadly, writing)
    os.close(writing)
    if after_seconds is not None:
        time.sleep(after_seconds)
        os.kill(child, signal.SIGKILL)
    said = b""
    while part := os.read(reading, 4096):
        said += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    first, _, rest = said.decode().partition("\n")
    return Outcome(
        killed=os.WIFSIGNALED(status),
        acknowledged=first.startswith("done"),
        places=int(first.removeprefix("done ") or 0) if first.startswith("done") else 0,
        seconds=time.monotonic() - started,
        error=first.removeprefix("failed ") + rest if first.startswith("failed") else "",
    )


def _live(act: Callable[[], None], deadly: int | None, writing: int) -> None:
    """Be the child: act, tell the parent, and end without cleaning up."""
    counter = _Counter(deadly)
    try:
        counter.install()
        act()
        os.write(writing, f"done {counter.passed}\n".encode())
        counter.tick()
    except BaseException as error:  # noqa: BLE001 - whatever it is, the parent is to hear of it
        os.write(writing, f"failed {type(error).__name__}: {error}\n".encode())
    finally:
        sys.stdout.flush()
        os._exit(0)
