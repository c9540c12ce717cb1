"""Statements at scale: a run of many rows with one very long statement, and how fast statements of it are made.

The run is made by the services that staff use, of invented members, works and reports: every work is in every report
once and has two owners; one publisher has a part of many of them. Each form is then measured in a process of its own,
whose memory is that of making statements and of nothing else.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile

import django

from muniment.interfaces.bench.measure import peak_memory_mib
from muniment.interfaces.demo.files import MEMBER_HEADERS, WORK_HEADERS, write_csv_file
from muniment.kernel.formats.statements import FORMS
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.kernel.words.shares import Right
from muniment.pay.distributions import queries
from muniment.pay.distributions.services import approve_run, compute_run, draft_run, issue_statements, post_run
from muniment.rights.parties.services import import_parties_table
from muniment.rights.works.services import import_works_table
from muniment.trust.access.rules import operator
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, fund
from muniment.trust.ledger.services import post_entry
from muniment.use.matching.services import match_report
from muniment.use.usages.services import import_usage

PAKISTAN = 586
TITLES = ("Lantern Song", "Дорога домой", "شہر کی رات", "河上的月光", "달빛 노래")
PUBLISHER = "B-00000"

_LONG_AGO = "2020-01-01"
_FUND_MICRO = 1_000_000_000_000
_FUNDS = ("radio/BENCH/2026-Q3", "online/BENCH/2026-Q3")


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the run is: rows of allocations, reports, lines of the longest statement, other payees."""

    rows: int
    reports: int
    longest: int
    payees: int

    @property
    def works(self) -> int:
        """Return how many works there are: two rows each in every report."""
        return max(self.rows // (2 * self.reports), 1)

    @property
    def published(self) -> int:
        """Return how many of them have the publisher as their second owner."""
        return min(self.longest // self.reports, self.works)


@dataclass(frozen=True, slots=True)
class FormRate:
    """How one form did: the time for `count` statements of `line_count` lines together, and the longest by itself.

    Times are of the clock and of the processor, which is what counts on a machine that does other work too.
    """

    form: str
    count: int
    line_count: int
    byte_count: int
    wall_s: float
    cpu_s: float
    peak_mib: int
    longest_lines: int
    longest_bytes: int
    longest_wall_s: float
    longest_cpu_s: float
    longest_peak_mib: int

    @property
    def per_second(self) -> float:
        """Return statements a second of the processor."""
        return self.count / self.cpu_s if self.cpu_s else 0.0


class NotToScale(UserError):
    """A run of these sizes cannot be made."""


def write_files(folder: Path, scale: Scale) -> list[Path]:
    """Write members, works and usage reports as CSV files and return their paths, in this order.

    Raises:
        NotToScale: there are fewer rows than the reports and the longest statement need.
    """
    if scale.works * 2 * scale.reports < scale.longest or scale.published < 1 or scale.payees < 2:
        raise NotToScale("The rows do not hold the longest statement.", "Ask for more rows, or a shorter statement.")
    folder.mkdir(parents=True, exist_ok=True)
    members, works = folder / "members.csv", folder / "works.csv"
    write_csv_file(members, MEMBER_HEADERS, _members(scale))
    write_csv_file(works, WORK_HEADERS, _works(scale))
    paths = [members, works]
    for month in range(1, scale.reports + 1):
        paths.append(folder / f"report-{month:02d}.csv")
        uses = (
            (title_of(work), f"BW-{work:07d}", f"2026-{month:02d}-{work % 28 + 1:02d}", f"0:{work % 50 + 10}")
            for work in range(scale.works)
        )
        write_csv_file(paths[-1], ("title", "work code", "date", "duration"), uses)
    return paths


def title_of(work: int) -> str:
    """Return the title of an invented work, in one of five scripts."""
    return f"{TITLES[work % len(TITLES)]} {work}"


def _members(scale: Scale) -> Iterator[tuple[str, ...]]:
    for number in range(scale.payees + 1):
        code = f"B-{number:05d}"
        kind = "writer" if number else "publisher"
        named = (code, kind, f"Invented Payee {number}", *[""] * 4, "PK", "", _LONG_AGO, "PR", "2136", _LONG_AGO)
        yield (*named, *[""] * (len(MEMBER_HEADERS) - len(named)))


def _works(scale: Scale) -> Iterator[tuple[str, ...]]:
    for work in range(scale.works):
        head = (f"BW-{work:07d}", title_of(work), "", "", "", "0:03:00")
        first, second = work % scale.payees + 1, (work + scale.payees // 2) % scale.payees + 1
        other = ("E", PUBLISHER) if work < scale.published else ("CA", f"B-{second:05d}")
        for role, code in (("CA", f"B-{first:05d}"), other):
            yield (*head, role, code, "", "", "50.00", "", "2136", "", "", "")


def make_run(paths: Sequence[Path], scale: Scale, at: datetime, progress: Progress = silent) -> int:
    """Take the files from import to issued statements, in an empty home, and return the id of the run."""
    one, two = operator("bench"), operator("bench-approver")
    members, works, *reports = paths
    import_parties_table(actor=one, at=at, path=members)
    import_works_table(actor=one, at=at, path=works, claim="own")
    for month, path in enumerate(reports, 1):
        until = date(2026 + month // 12, month % 12 + 1, 1)
        report = import_usage(
            actor=one, at=at, path=path, form="table", source_code=f"BENCH-{month:02d}", licensee_id=None,
            fund_code=_FUNDS[month % len(_FUNDS)], period=Period(date(2026, month, 1), until), territory=PAKISTAN,
            right=Right.PERFORMING,
        )  # fmt: skip
        match_report(actor=one, at=at, report_id=report.report_id or 0)
        progress(month, scale.reports)
    used = sorted({_FUNDS[month % len(_FUNDS)] for month in range(1, len(reports) + 1)})
    for code in used:
        transfers = (TransferDraft(bank(), fund(code), _FUND_MICRO),)
        post_entry(actor=one, at=at, draft=EntryDraft(f"bench/{code}", "receipt", at.date(), "EUR", transfers))
    run = draft_run(actor=one, at=at, title="Bench", policy="census-1", fund_codes=used, known_at=at)
    compute_run(actor=one, at=at, run_id=run.id)
    approve_run(actor=two, at=at, run_id=run.id)
    post_run(actor=one, at=at, run_id=run.id)
    issue_statements(actor=one, at=at, run_id=run.id)
    return run.id


def measure_forms(run_id: int, count: int, language: str) -> Iterator[FormRate]:
    """Yield how each form does on `count` statements of a run, each form in a process of its own."""
    for form in ("csv", "xlsx", "pdf"):
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=django.setup) as pool:
            yield pool.submit(measure_form, run_id, form, count, language).result()


def measure_form(run_id: int, form: str, count: int, language: str) -> FormRate:
    """Make statements of one form, evenly chosen among those of a run, and then its longest by itself."""
    rows = queries.list_statements(run_id=run_id, limit=None).rows
    longest = max(rows, key=lambda row: row.line_count)
    others = [row for row in rows if row.id != longest.id]
    chosen = others[:: max(len(others) // count, 1)][:count]
    _make([chosen[0].id], form, language)  # fonts and the copy in the order of payees are ready then
    wall, cpu = time.perf_counter(), time.process_time()
    byte_count = _make([row.id for row in chosen], form, language)
    wall_s, cpu_s, peak = time.perf_counter() - wall, time.process_time() - cpu, _peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    long_bytes = _make([longest.id], form, language)
    return FormRate(
        form,
        len(chosen),
        sum(row.line_count for row in chosen),
        byte_count,
        wall_s,
        cpu_s,
        peak,
        longest.line_count,
        long_bytes,
        time.perf_counter() - wall,
        time.process_time() - cpu,
        _peak_mib(),
    )


def _peak_mib() -> int:
    """Return the highest resident memory of this process: where the system tells, without that of who started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return peak_memory_mib()
    return next(int(line.split()[1]) // 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def _make(statement_ids: Sequence[int], form: str, language: str) -> int:
    """Make statements one by one, as for who asks for one, and return how many bytes they have together."""
    total = 0
    for statement_id in statement_ids:
        with TemporaryFile() as file:
            FORMS[form].write(queries.statement_document(statement_id, language), file)
            total += file.tell()
    return total
