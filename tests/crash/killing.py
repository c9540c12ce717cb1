"""A process that counts its way through a command and kills itself at a given place, or is killed at any moment."""

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


class _Counter:
    """Counts places: before and after each statement, each part of a COPY and each commit; dies at one of them."""

    def __init__(self, deadly: int | None) -> None:
        self.passed = 0
        self.deadly = deadly

    def tick(self) -> None:
        """Pass a place, or die at it."""
        self.passed += 1
        if self.passed == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Have every statement, COPY and commit of this process counted."""

        def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            self.tick()
            result = execute(sql, params, many, context)
            self.tick()
            return result

        connection.execute_wrappers.append(wrapper)
        commit = connection._commit  # type: ignore[attr-defined]

        def counted_commit() -> None:
            self.tick()
            commit()
            self.tick()

        connection._commit = counted_commit  # type: ignore[attr-defined]
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
