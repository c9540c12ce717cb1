"""What went wrong with somebody's input, said so that the person can put it right.

A bad line is data, not an exception: a reader yields a `Problem` and goes on. An exception is for what stops the
whole act; everything a person can act on is a `UserError`:

    UserError
    ├── BadFile             the file as a whole cannot be used
    ├── InvalidIdentifier   see identifiers.py
    ├── UnknownCurrency     see money.py
    ├── UnknownTerritory    see territory.py
    └── … one for each refusal of a service, declared beside it
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from muniment.kernel.words.phrases import phrase_of


class Level(StrEnum):
    """How much a problem costs: an error loses its line, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file.

    `line` counts from 1 as an editor or a spreadsheet does (None: the file as a whole), `field` is the column or
    record field as the file names it, `rule` a short stable code, `remedy` what the sender can do.
    """

    line: int | None
    field: str
    rule: str
    message: str
    remedy: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line is not None else "file"
        column = f", {self.field}" if self.field else ""
        return f"{place}{column}: {self.message} {self.remedy} [{self.rule}]"


class UserError(Exception):
    """An act was refused for a reason that the person can understand and act on.

    Message and remedy are templates of a `Phrase` where values are given: `{number}` in either stands for `number=`.
    """

    def __init__(self, message: str, remedy: str = "", **values: object) -> None:
        self.message, self.remedy = phrase_of(message, values), phrase_of(remedy, values)
        super().__init__(self.message, self.remedy)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadFile(UserError):
    """The file as a whole cannot be used: empty, binary, truncated, in an unknown encoding, too large."""


Progress = Callable[[int, int | None], None]
"""Told now and then how many rows are done, and of how many (None: not known)."""


def silent(done: int, total: int | None) -> None:
    """Be a `Progress` that nobody watches."""
