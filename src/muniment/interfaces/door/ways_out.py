"""What leaves the house, and in which formats: each way writes one thing in one format to a file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from muniment.interfaces.door.acts import Question
from muniment.interfaces.door.work_rows import EXPORT_HEADERS, export_cells
from muniment.kernel.formats.tables import Sheet, write_csv, write_xlsx
from muniment.kernel.words.problems import BadFile, Problem, Progress, UserError, silent
from muniment.pay.distributions.queries import get_run_by_number
from muniment.pay.distributions.queries.crd import outgoing_crd
from muniment.rights.parties.queries import EXPORT_HEADERS as PARTY_HEADERS
from muniment.rights.parties.queries import export_rows, party_meant
from muniment.rights.works import queries
from muniment.rights.works import services as works
from muniment.rights.works.services.record_export import export_bwarm
from muniment.trust.access.rules import Action, Actor, require
from muniment.use.usages import queries as usages
from muniment.use.usages.queries import LineRow

_LINE_HEADERS = (
    "Line", "Title", "Performer", "Writers", "ISRC", "ISWC", "Duration in seconds", "Uses", "Date", "Territory", "Use",
    "Amount in micro-units", "Currency",
)  # fmt: skip


class NoWayOut(UserError):
    """Nothing of that name is written, or not in that format."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """An export about to be done; `options` are texts by name (a report's number, a society's code)."""

    actor: Actor
    at: datetime
    path: Path
    options: Mapping[str, str]
    progress: Progress = silent

    def text(self, name: str) -> str:
        """Return an option, blank where it was not given."""
        return self.options.get(name, "").strip()

    def needed(self, name: str) -> str:
        """Return an option.

        Raises:
            NoWayOut: it was not given.
        """
        text = self.text(name)
        if not text:
            raise NoWayOut(f"Which {name} is meant?", f"Say it with --{name}.")
        return text

    def number(self, name: str) -> int:
        """Return an option that is a number.

        Raises:
            NoWayOut: it is not given, or is none.
        """
        text = self.needed(name)
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise NoWayOut(f"Which {name} is meant?", f"Say it with --{name} and its number.")
        return int(text)


@dataclass(frozen=True, slots=True)
class Left:
    """What an export wrote: how many lines or records, how many stayed behind, and why the first of these did."""

    count: int
    problems: tuple[Problem, ...] = ()
    left_count: int = 0


@dataclass(frozen=True, slots=True)
class WayOut:
    """One thing in one format: who may have it, what writes it, what must be said, and how its file's name ends.

    `ending` "" says that it is written as a folder.
    """

    what: str
    format: str
    action: Action
    run: Callable[[Leaving], Left]
    questions: tuple[Question, ...] = ()
    ending: str = ".csv"

    def take(self, leaving: Leaving) -> Left:
        """Write the file and return how much it holds.

        Raises:
            NotAllowed: the actor may not read it.
            BadFile: the file cannot be written.
            UserError: see the service.
        """
        require(leaving.actor, self.action)
        try:
            return self.run(leaving)
        except OSError as error:
            raise BadFile(
                f"{leaving.path} cannot be written ({error.strerror or error}).", "Choose another place."
            ) from error


def _table(leaving: Leaving, name: str, headers: Sequence[str], rows: Iterator[Sequence[object]]) -> Left:
    """Write rows as a workbook where the file's name ends in .xlsx, else as CSV; no cell of it runs."""
    if leaving.path.suffix.lower() == ".xlsx":
        count = 0

        def counted() -> Iterator[Sequence[object]]:
            nonlocal count
            for count, row in enumerate(rows, 1):  # noqa: B007 - the count is what is wanted
                yield row

        write_xlsx([Sheet(name, headers, counted())], leaving.path)
        return Left(count)
    with leaving.path.open("wb") as stream:
        return Left(write_csv(headers, rows, stream))


def _works_table(leaving: Leaving) -> Left:
    return _table(leaving, "Works", EXPORT_HEADERS, map(export_cells, queries.iter_export(leaving.progress)))


def _parties_table(leaving: Leaving) -> Left:
    return _table(leaving, "Parties", PARTY_HEADERS, iter(export_rows()))


def _usages_table(leaving: Leaving) -> Left:
    return _table(leaving, "Usage", _LINE_HEADERS, map(_line_cells, usages.iter_lines(leaving.number("report"))))


def _line_cells(row: LineRow) -> tuple[object, ...]:
    told = row.reported
    seconds = "" if row.duration_ms is None else f"{row.duration_ms // 1000}"
    heard = (told.get("title", ""), told.get("performer", ""), told.get("writers", ""), row.isrc or "", row.iswc or "")
    money = ("" if row.amount_micro is None else row.amount_micro, row.currency or "")
    return (row.source_line, *heard, seconds, row.use_count, row.used_on, row.territory, row.use_kind, *money)


def _usages_dsr(leaving: Leaving) -> Left:
    """Write the lines of a report as a sales report of DDEX; the lines that the standard cannot take are told."""
    offer = usages.Offer(
        sender_id=leaving.needed("sender"),
        sender_name=str(settings.MUNIMENT_SOCIETY),
        currency=str(settings.MUNIMENT_CURRENCY),
        recipient_name=leaving.text("recipient"),
        service=leaving.text("service"),
        use_type=leaving.text("use-type"),
        commercial_model=leaving.text("commercial-model"),
    )
    report_id, profile = leaving.number("report"), leaving.text("profile")
    told = usages.outgoing_dsr(report_id, profile=profile, offer=offer, at=leaving.at)
    with leaving.path.open("wb") as stream:
        stream.writelines(told.lines)
    return Left(told.sale_count, told.problems, told.left_count)


def _works_cwr(leaving: Leaving) -> Left:
    """Submit every work of a claim to a society, and write the file; what cannot go out yet is told."""
    house = str(settings.MUNIMENT_SOCIETY)
    major, _, minor = (leaving.text("version") or "2.1").partition(".")
    report = works.submit_works(
        actor=leaving.actor,
        at=leaving.at,
        work_ids=list(queries.every_work_id()),
        society_code=leaving.needed("society"),
        sender=queries.sender_meant(leaving.text("sender"), house),
        sender_code=leaving.text("sender-code") or "MUN",
        claim=leaving.text("claim") or house,
        version=f"{major.zfill(2)}.{minor}0",
        progress=leaving.progress,
    )
    with leaving.path.open("wb") as stream:
        stream.writelines(queries.submission_lines(report.submission_id))
    return Left(report.new_count + report.revised_count, report.problems, len(report.problems))


def _works_bwarm(leaving: Leaving) -> Left:
    """Write the repertoire as the tables of BWARM into a new folder."""
    report = export_bwarm(
        actor=leaving.actor,
        at=leaving.at,
        folder=leaving.path,
        version=leaving.text("version") or "2.0",
        sender=leaving.needed("sender"),
        claim=leaving.text("claim") or None,
        progress=leaving.progress,
    )
    return Left(report.work_count)


def _money_crd(leaving: Leaving) -> Left:
    """Write the statement of a run for one society."""
    run = get_run_by_number(leaving.number("run"))
    file = outgoing_crd(run.id, party_meant(leaving.needed("society")), sender_society=leaving.text("sender"))
    with leaving.path.open("wb") as stream:
        stream.writelines(file.lines)
    return Left(file.line_count)


_CLAIM = Question("claim", gettext_lazy("Whose statements (the society's if left out)"))
_DPID = Question("sender", gettext_lazy("Our DPID"), required=True)
_REPORT = Question("report", gettext_lazy("Number of the report"), required=True)
_PROFILES: tuple[tuple[str, str | Promise], ...] = (
    ("", gettext_lazy("the one that says all the money there is")),
    *((name, name) for name in usages.PROFILES),
)
_DSR = (
    _REPORT,
    _DPID,
    Question("profile", gettext_lazy("Profile"), kind="choice", choices=_PROFILES),
    Question("recipient", gettext_lazy("Who gets it")),
    Question("service", gettext_lazy("Service (that of the lines if left out)")),
    Question("commercial-model", gettext_lazy("Commercial model in the words of DDEX")),
    Question("use-type", gettext_lazy("Use in the words of DDEX")),
)
_CWR = (
    Question("society", gettext_lazy("Society's code"), required=True),
    Question("sender", gettext_lazy("Who sends, such as SO:035 (the house itself if left out)")),
    Question("sender-code", gettext_lazy("Letters for the name of the file"), start="MUN"),
    _CLAIM,
    Question("version", gettext_lazy("Version"), kind="choice", choices=(("2.1", "2.1"), ("2.2", "2.2"))),
)
_BWARM = (
    _DPID,
    _CLAIM,
    Question("version", gettext_lazy("Version"), kind="choice", choices=(("2.0", "2.0"), ("1.0.1", "1.0.1"))),
)
_CRD = (
    Question("run", gettext_lazy("Number of the run"), required=True),
    Question("society", gettext_lazy("Society's code or whole name"), required=True),
    Question("sender", gettext_lazy("Our code at CISAC")),
)
WAYS_OUT = (
    WayOut("works", "tables", Action.WORK_READ, _works_table),
    WayOut("works", "cwr", Action.WORK_WRITE, _works_cwr, _CWR, ".V21"),
    WayOut("works", "bwarm", Action.WORK_READ, _works_bwarm, _BWARM, ""),
    WayOut("parties", "tables", Action.PARTY_READ, _parties_table),
    WayOut("usages", "tables", Action.USAGE_READ, _usages_table, (_REPORT,)),
    WayOut("usages", "dsr", Action.USAGE_READ, _usages_dsr, _DSR, ".tsv"),
    WayOut("money", "crd", Action.DISTRIBUTION_READ, _money_crd, _CRD, ".CRD"),
)
"""Every way out."""


def way_out_of(what: str, format_name: str) -> WayOut:
    """Return what writes that thing in that format.

    Raises:
        NoWayOut: nothing does.
    """
    for way in WAYS_OUT:
        if (way.what, way.format) == (what, format_name):
            return way
    there = ", ".join(f"{way.what} --format {way.format}" for way in WAYS_OUT)
    raise NoWayOut(f"{what!r} is not written as {format_name!r}.", f"There are: {there}.")
