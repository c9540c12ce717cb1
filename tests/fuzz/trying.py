"""Everything that the house does with a file of a format before it writes anything, and what may come of it.

Only the format's own refusal may be raised. The limits: so many seconds of the processor, and as much memory as the
file may cost.
"""

import io
import signal
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import FrameType

from muniment.kernel.formats.crd import read_crd
from muniment.kernel.formats.cwr.rules import PLAIN_RULES
from muniment.kernel.formats.cwr3 import Cwr3Transaction, work_of
from muniment.kernel.formats.cwr3 import iter_transactions as iter_cwr3
from muniment.kernel.formats.door import Format, as_format, as_read, check_file, preview_file, recognise
from muniment.kernel.formats.pain001 import read_status
from muniment.kernel.formats.reports import open_report, require_usages
from muniment.kernel.formats.tables import ChosenMapping, guess_mapping, header_fingerprint, preview_table, read_rows
from muniment.kernel.words.problems import BadFile, UserError
from muniment.use.usages.rules import TARGETS
from tests.kernel.formats.cwr.test_hostile_files import STRICT, survive
from tests.kernel.formats.dsr.test_fuzz import tried

AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
MEMORY_BYTES = 512 * 1024**2
"""What no file may cost, whatever its size."""
FREE_BYTES = 48 * 1024**2
"""What a file may cost, however small: libraries keep buffers of their own."""
MEMORY_TIMES = 20
_SHOWN = 5
_ROWS = 2_000


class TooSlow(BaseException):
    """A file took more of the processor than any file of its size may; no reader can catch it by mistake."""


class TooLarge(Exception):
    """A file took more memory than any file of its size may."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost: seconds of the processor, and bytes of memory beside `MEMORY_TIMES` its size."""

    seconds: float = 10.0
    free_bytes: int = FREE_BYTES


LIMITS = Limits()


def attempt(format_: Format, path: Path, limits: Limits) -> Iterator[str]:
    """Recognise, check, show, read and answer a file as a format; give every rule and refusal that it met, once each.

    Raises:
        TooSlow, TooLarge: it costs more than it may.
        Exception: whatever a reader should not have raised.
    """
    told: set[str] = set()
    before = _resident_bytes()
    with _within(limits.seconds):
        for step in (_recognised, _checked, _shown, _read, _answered):
            try:
                told.update(step(format_, path))
            except BadFile as error:
                told.add(f"{step.__name__}: {_place(error)}")
    cost = _peak_bytes() - before
    if cost > min(MEMORY_BYTES, max(limits.free_bytes, MEMORY_TIMES * path.stat().st_size)):
        raise TooLarge(f"{cost:,} bytes of memory for a file of {path.stat().st_size:,}")
    yield from sorted(told)


def _place(error: BaseException) -> str:
    """Return where it was raised: the words of a refusal are the file's as well, and would be new for ever."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _recognised(format_: Format, path: Path) -> Iterator[str]:
    found = recognise(path)
    assert found.recognised.because
    yield f"{found.format.name} {found.becomes}"


def _checked(format_: Format, path: Path) -> Iterator[str]:
    for problem in check_file(path, as_format(path, format_)):
        assert problem.message, problem
        assert problem.rule, problem
        yield problem.rule


def _shown(format_: Format, path: Path) -> Iterator[str]:
    preview = preview_file(path, as_format(path, format_), _SHOWN)
    assert len(preview.rows) <= _SHOWN
    assert all(len(row) <= len(preview.headers) for row in preview.rows), preview
    yield "shown"


def _read(format_: Format, path: Path) -> Iterator[str]:
    with as_read(path, as_format(path, format_)) as plain:
        READS.get(format_.name, _read_records)(format_.name, plain)
    yield "read"


def _answered(format_: Format, path: Path) -> Iterator[str]:
    if format_.acknowledge is not None:
        out = path.with_name("answer")
        with as_read(path, as_format(path, format_)) as plain, suppress(UserError):
            format_.acknowledge(plain, out, AT)
            yield "answered"


def _read_records(name: str, path: Path) -> None:
    reading = import_module(f"muniment.kernel.formats.{name}.reading")
    if hasattr(reading, "read_records"):
        for _ in reading.read_records(path):
            pass


def _read_cwr(name: str, path: Path) -> None:
    content = path.read_bytes()
    survive(content, PLAIN_RULES)
    survive(content, STRICT)


def _read_cwr3(name: str, path: Path) -> None:
    for item in iter_cwr3(io.BytesIO(path.read_bytes())):
        if isinstance(item, Cwr3Transaction):
            with suppress(UserError):
                work_of(item)


def _read_crd(name: str, path: Path) -> None:
    for _ in read_crd(io.BytesIO(path.read_bytes())):
        pass


def _read_dsr(name: str, path: Path) -> None:
    if path.is_file():
        tried(path.read_bytes())


def _read_answer(name: str, path: Path) -> None:
    read_status(path.read_bytes())


def _read_report(name: str, path: Path) -> None:
    report = open_report(path)
    assert len(report.currency) in (0, 3)
    for _ in islice(report.table.rows, _ROWS):
        pass
    assert require_usages(report, path.name).layout.usages


def _read_table(name: str, path: Path) -> None:
    table = read_rows(path)
    chosen = ChosenMapping(guess_mapping(table.headers, TARGETS), "", "")
    assert len(header_fingerprint(table.headers)) == 64
    preview_table(table, chosen, TARGETS, lambda row, columns: (None, row.problems))
    for _ in islice(read_rows(path).rows, _ROWS):
        pass


READS: Mapping[str, Callable[[str, Path], None]] = {
    "cwr": _read_cwr,
    "cwr3": _read_cwr3,
    "crd": _read_crd,
    "dsr": _read_dsr,
    "pain001": _read_answer,
    "reports": _read_report,
    "tables": _read_table,
}
"""How the import reads a format, where it does not take neutral records."""


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise TooSlow once so many seconds of the processor are used."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds:g} seconds of the processor")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _resident_bytes() -> int:
    """Return how much memory this process has now, and let its peak begin there."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak_bytes()


def _peak_bytes() -> int:
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
