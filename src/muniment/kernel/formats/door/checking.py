"""Check a file of any format: every problem, as the format gives it, and a file that is refused as one problem more."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from muniment.kernel.formats.door.describing import Preview
from muniment.kernel.formats.door.looking import unpacked
from muniment.kernel.formats.door.recognising import Recognition
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError

WHOLE_FILE = "file"
"""The rule of a problem for which the file as a whole is refused."""


@contextmanager
def as_read(path: Path, recognition: Recognition) -> Iterator[Path]:
    """Give the file as the functions of its format take it: unpacked, where the format does not unpack itself.

    Raises:
        BadFile: it is damaged, or cannot be unpacked safely.
    """
    if not recognition.format.unpacked:
        yield path
        return
    with unpacked(path) as plain:
        yield plain


def check_file(path: Path, recognition: Recognition, profiles: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """Give every problem of a file; where it is refused as a whole, that is the last one.

    `profiles` are societies whose own rules are to hold as well.

    Raises:
        UserError: the format knows no rules of such a society, or of none.
    """
    format_ = recognition.format
    if profiles and format_.check_by is None:
        raise UserError(f"{format_.title} has no rules of single societies.", "Leave the profiles out.")
    try:
        with as_read(path, recognition) as plain:
            yield from format_.check_by(plain, profiles) if format_.check_by and profiles else format_.check(plain)
    except BadFile as error:
        yield refused_as_whole(error)


def refused_as_whole(error: BadFile) -> Problem:
    """Return the problem that a file has which is refused as a whole."""
    return Problem(None, "", WHOLE_FILE, error.message, error.remedy)


def preview_file(path: Path, recognition: Recognition, line_count: int) -> Preview:
    """Return the first rows of a file.

    Raises:
        BadFile: it cannot be read.
    """
    with as_read(path, recognition) as plain:
        return recognition.format.preview(plain, line_count)


@dataclass(slots=True)
class Tally:
    """How many problems there were, by level and by rule; the first of them are kept."""

    keep: int = 200
    levels: Counter[Level] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    first: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Count a problem."""
        self.levels[problem.level] += 1
        self.rules[problem.rule] += 1
        if len(self.first) < self.keep:
            self.first.append(problem)

    @property
    def total(self) -> int:
        """Return how many there were."""
        return self.levels.total()
