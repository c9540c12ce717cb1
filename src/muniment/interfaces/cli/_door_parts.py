"""What `muniment check` and `muniment import` share: standard input as a file, what a file is, how far it is read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from rich.markup import escape

from muniment.interfaces.cli.console import console, print_table, progress_bar
from muniment.kernel.formats.door import (
    Preview,
    Recognition,
    keep_stream,
    shown,
)
from muniment.kernel.words.problems import BadFile, Level, Problem

_OWN_FILES = Path("/proc/self/fd")
_LOOK_EVERY_S = 0.25
_LONG_BYTES = 8 * 1024 * 1024
_SHOWN_COLUMNS = 8


@contextmanager
def as_file(path: Path) -> Iterator[Path]:
    """Give the file; of "-" what comes from standard input, kept for as long as the body runs."""
    if str(path) != "-":
        yield path
        return
    with TemporaryDirectory(prefix="muniment-") as folder:
        kept = Path(folder) / "standard-input"
        keep_stream(sys.stdin.buffer, kept)
        yield kept


def tell_what_it_is(path: Path, found: Recognition) -> None:
    """Print what a file is, and why it is taken for it."""
    unofficial = "" if found.format.official else " (unofficial: the layout was put together from parts)"
    certainty = f"{found.recognised.certainty_ppm / 10_000:.0f} %"
    console.print(f"{escape(shown(path.name))}: [bold]{escape(shown(str(found)))}[/bold]{unofficial}", soft_wrap=True)
    because = escape(shown(found.recognised.because))
    console.print(f"  taken for it because {because} ({certainty}); becomes: {found.becomes}", soft_wrap=True)


def tell_preview(seen: Preview) -> None:
    """Print the first rows, and of a wide table the first columns."""
    headers = [escape(shown(header)) for header in seen.headers[:_SHOWN_COLUMNS]]
    if headers:
        rows: list[list[object]] = [[escape(shown(cell)) for cell in row[:_SHOWN_COLUMNS]] for row in seen.rows]
        print_table("First rows", headers, rows)
    if seen.counts:
        console.print(", ".join(f"{count:,} {name}" for name, count in seen.counts.items()))


def tell_problem(problem: Problem) -> None:
    """Print one problem on one line, with nothing in it that could move the terminal."""
    style = "red" if problem.level is Level.ERROR else "yellow"
    console.print(f"  [{style}]{problem.level}[/{style}] {escape(shown(str(problem)))}", soft_wrap=True)


@contextmanager
def reading_bar(path: Path) -> Iterator[None]:
    """Show how far a long file is read while the body runs, in bytes; a short one shows nothing.

    Readers take a path and say nothing, so the place is asked of the system; where it does not tell, only time runs.
    """
    size = path.stat().st_size if path.is_file() else 0
    if size < _LONG_BYTES or not console.is_terminal:
        yield
        return
    over = Event()
    with progress_bar(f"Reading {shown(path.name)}") as report:

        def look() -> None:
            while not over.wait(_LOOK_EVERY_S):
                report(place_in(path), size)

        watch = Thread(target=look, daemon=True)
        watch.start()
        try:
            yield
        finally:
            over.set()
            watch.join()


def place_in(path: Path) -> int:
    """Return how many bytes of a file this process has read where it is open; 0 where nothing tells it."""
    wanted = str(path.resolve())
    places = [0]
    for handle in _OWN_FILES.glob("*"):
        with suppress(OSError, ValueError, IndexError):
            if str(handle.readlink()) == wanted:
                told = Path(f"/proc/self/fdinfo/{handle.name}").read_text().splitlines()[0]
                places.append(int(told.split()[1]))
    return max(places)


def refuse_folder_of(out: Path) -> None:
    """Refuse a file to write whose folder is not there.

    Raises:
        BadFile: there is no such folder.
    """
    if not out.parent.is_dir():
        raise BadFile(f"There is no folder {out.parent}.", "Make it, or choose another.")
