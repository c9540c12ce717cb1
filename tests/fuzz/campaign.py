"""One format fuzzed in a process of its own, and that process watched: what it cannot survive is a finding as well."""

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from muniment.kernel import formats
from muniment.kernel.formats.door import Format, format_of
from tests.fuzz.coverage import Coverage
from tests.fuzz.mutating import LARGEST_BYTES, Mutator
from tests.fuzz.seeds import seeds, words
from tests.fuzz.trying import LIMITS, MEMORY_BYTES, Limits, attempt

_STUCK_SECONDS = 60
TOLD_EVERY = 500
"""After so many files a process that fuzzes says where it is."""
_CURRENT = "current"


@dataclass(slots=True)
class Tally:
    """What fuzzing came to: files tried, lines and branches reached, CPU seconds, findings as sentences."""

    format: str
    tries: int = 0
    reached: int = 0
    kept: int = 0
    cpu_seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


class Campaign:
    """Files of one format, made of those that went where none went before."""

    def __init__(self, format_: Format, seed: int, folder: Path, limits: Limits = LIMITS) -> None:
        """Keep in `folder` the files that were interesting, and in its `findings` those that nothing survived."""
        self.format, self.limits, self.folder = format_, limits, folder
        self.tally = Tally(format_.name)
        self.kept: list[bytes] = []
        self._told: set[str] = set()
        self._places: set[str] = set()
        self._chance = random.Random(seed)
        self._mutator = Mutator(self._chance, words(format_.name))
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, first: Sequence[bytes]) -> Iterator[Tally]:
        """Try the first files, then files made of those that brought news, without end; give the tally after each."""
        began = time.process_time()
        load(self.format.name)
        with TemporaryDirectory(prefix="fuzz-") as name, Coverage() as coverage:
            current = Path(name) / _CURRENT
            for number, content in enumerate(self._files(first)):
                before = coverage.count + len(self._told)
                current.write_bytes(content)
                self._try(current, content, None if number < len(first) else self.limits)
                if coverage.count + len(self._told) > before:
                    self._keep(content)
                self.tally.reached, self.tally.cpu_seconds = coverage.count, time.process_time() - began
                yield self.tally

    def _files(self, first: Sequence[bytes]) -> Iterator[bytes]:
        yield from sorted(first, key=len)
        while True:
            pool = self.kept or list(first)
            # what was found last is near to where nothing has been
            place = int(len(pool) * self._chance.random() ** 0.5)
            yield self._mutator.mutate(pool[place], self._chance.choice(pool))

    def _try(self, path: Path, content: bytes, limits: Limits | None) -> None:
        """Try a file; the first ones load what they need, and may take their time and memory for it."""
        self.tally.tries += 1
        try:
            self._told.update(attempt(self.format, path, limits or Limits(120, MEMORY_BYTES)))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, a panic of a compiled library too, it is sought
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
            if place not in self._places:
                self._places.add(place)
                self._found(content, f"{place}: {str(error)[:200]}", traceback.format_exc())

    def _found(self, content: bytes, sentence: str, trace: str) -> None:
        name = hashlib.sha256(content).hexdigest()[:12]
        keep_finding(self.folder, content, trace)
        self.tally.findings.append(f"{self.format.name}, {name}: {sentence}")

    def _keep(self, content: bytes) -> None:
        self.kept.append(content)
        self.tally.kept += 1
        (self.folder / hashlib.sha256(content).hexdigest()[:12]).write_bytes(content)


def load(name: str) -> None:
    """Load the readers of a format, before its lines are watched: pymarc has tables of ten thousand lines."""
    import_module(f"{formats.__name__}.{name}")
    import_module("pymarc.marc8")


def keep_finding(folder: Path, content: bytes, trace: str) -> None:
    """Write a file that was not survived, and what was raised, into the folder's `findings`."""
    findings = folder / "findings"
    findings.mkdir(exist_ok=True)
    name = hashlib.sha256(content).hexdigest()[:12]
    (findings / name).write_bytes(content)
    (findings / f"{name}.txt").write_text(trace)


def kept_before(folder: Path) -> list[bytes]:
    """Return the files that earlier campaigns kept in a folder."""
    return [path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()]


def fuzz(name: str, seed: int, seconds: float, folder: Path) -> Iterator[Tally]:
    """Fuzz a format in this process for so many seconds; memory of the process and time in libraries are bounded."""
    until = time.monotonic() + seconds
    campaign = Campaign(format_of(name), seed, folder)
    first = [content for content in (*seeds(name), *kept_before(folder)) if len(content) <= LARGEST_BYTES]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for tally in campaign.run(first):
        if tally.tries == len(first):
            bound = _address_bytes() + 2 * MEMORY_BYTES
            resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
        used = resource.getrusage(resource.RUSAGE_SELF)
        stuck = int(used.ru_utime + used.ru_stime) + _STUCK_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (stuck, resource.RLIM_INFINITY))
        yield tally
        if time.monotonic() > until:
            return


def _address_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def watch(name: str, seed: int, seconds: float, folder: Path) -> Tally:
    """Fuzz a format in another process, again where it died; return everything it came to."""
    until, whole = time.monotonic() + seconds, Tally(name)
    while (left := until - time.monotonic()) > 0:
        with TemporaryDirectory(prefix="fuzz-") as temporary:
            command = [sys.executable, "-m", "tests.fuzz", "--alone", "--format", name, "--seed", str(seed)]
            command += ["--minutes", str(left / 60), "--folder", str(folder.parent)]
            done = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": temporary}, check=False)
            tallies = done.stdout.splitlines()
            part = Tally(**json.loads(tallies[-1])) if tallies else Tally(name)
            if done.returncode < 0:
                content = next(Path(temporary).glob(f"*/{_CURRENT}")).read_bytes()
                died = signal.Signals(-done.returncode).name
                keep_finding(folder, content, f"the process died by {died}")
                part.findings.append(f"{name}, {hashlib.sha256(content).hexdigest()[:12]}: died by {died}")
            elif done.returncode or not tallies:
                part.findings.append(f"{name}: could not be fuzzed, status {done.returncode}")
                until = 0
        whole.tries += part.tries
        whole.cpu_seconds += part.cpu_seconds
        whole.kept += part.kept
        whole.reached = max(whole.reached, part.reached)
        whole.findings += part.findings
        seed += 1
    return whole


def report(tally: Tally) -> str:
    """Return a tally as one line of JSON."""
    return json.dumps(asdict(tally), ensure_ascii=False)
