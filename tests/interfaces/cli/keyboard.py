"""What a person at the keyboard has: one line typed, and what came back on the screen and to the shell."""

import os
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import StringIO
from unittest.mock import patch

from muniment.interfaces.cli import console, main

MOMENT = datetime(2026, 10, 30, 12, tzinfo=UTC)
"""When everything is typed."""


class _Clock(datetime):
    """The clock at the wall, which stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Return the moment."""
        return MOMENT


@dataclass(frozen=True, slots=True)
class Typed:
    """What a command left: its exit status, its output and its errors, as words without the lines of tables."""

    status: int
    out: str
    err: str


def muniment(*words: str) -> Typed:
    """Type `muniment` and these words, as the shell would start it."""
    out, err, status = StringIO(), StringIO(), 0
    with (
        patch.object(sys, "argv", ["muniment", *words]),
        patch.object(console, "datetime", _Clock),
        patch.dict(os.environ),
    ):
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as end:
            status = int(end.code or 0)
    return Typed(status, _words(out.getvalue()), _words(err.getvalue()))


def _words(screen: str) -> str:
    return " ".join(re.sub("[─-╿]", " ", screen).split())


def done(*words: str) -> str:
    """Type a command that must do all it was asked (status 0); return what it printed."""
    typed = muniment(*words)
    assert typed.status == 0, typed
    return typed.out


def refused(*words: str) -> str:
    """Type a command that must be refused (status 2); return the reason and the remedy."""
    typed = muniment(*words)
    assert typed.status == 2, typed
    return typed.err
