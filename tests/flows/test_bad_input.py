"""What people send that cannot be right, one row a case: what they are told, and what becomes of the rest.

Two things may happen. A file is *refused*: it leaves nothing but the mark that it came in. Or its bad lines are *left
out*: then the books look exactly as if those lines had not been in the file. Nothing lies between the two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import pytest
import xlsxwriter
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from muniment.interfaces.pages import new_form_token
from muniment.kernel.words.identifiers import make_ipi_name
from muniment.kernel.words.money import UnknownCurrency
from muniment.kernel.words.problems import BadFile, Problem
from muniment.rights.parties import services as parties
from muniment.rights.parties.queries import find_parties
from muniment.rights.works import services as works
from muniment.trade.licensing import services as licensing
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from muniment.trust.batches.queries import list_intakes, list_problems
from muniment.trust.batches.rules import IntakeState
from muniment.trust.batches.services import DuplicateFile
from muniment.trust.ledger.queries import balance
from muniment.use.usages import bulk
from muniment.use.usages import queries as usages
from tests.cast import CHEN, FARIDA
from tests.rights.works.samples import sample_work, write_cwr_file
from tests.use.world import import_log

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 8, 9, tzinfo=UTC)
TARIFFS = Path(__file__).parents[1] / "trade" / "licensing" / "tariffs.toml"
TRACES = {"batches.Intake", "batches.IntakeProblem", "access.AuditEvent", "access.ChainHead"}
"""What even a refused file leaves: that it came in, why it was refused, and who brought it (an event in a chain)."""


class Report(Protocol):
    """What every import answers with."""

    @property
    def good_count(self) -> int: ...
    @property
    def line_count(self) -> int: ...
    @property
    def problems(self) -> tuple[Problem, ...]: ...


def members(path: Path) -> Report:
    """Hand in a member file."""
    return parties.import_parties_table(actor=CHEN, at=AT, path=path)


def work_table(path: Path) -> Report:
    """Hand in a table of works."""
    return works.import_works_table(actor=CHEN, at=AT, path=path, claim="own")


def cwr(path: Path) -> Report:
    """Hand in a publisher's registrations."""
    return works.import_cwr(actor=CHEN, at=AT, path=path)


def radio_log(path: Path) -> Report:
    """Hand in a station's log whose amounts are rupees."""
    return import_log(path, currency="PKR")


def licences(path: Path) -> Report:
    """Hand in a table of licences."""
    return licensing.import_licences_table(actor=CHEN, at=AT, path=path)


def receipts(path: Path) -> Report:
    """Hand in what the bank says was received."""
    return licensing.import_receipts_table(actor=FARIDA, at=AT, path=path)


@pytest.fixture
def licensee(tmp_path: Path) -> None:
    """Let one licensee have a licence and an invoice of the quarter."""
    licensing.publish_tariffs(actor=CHEN, at=AT, text=TARIFFS.read_text(encoding="utf-8"))
    licensees, granted = tmp_path / "licensees.csv", tmp_path / "licences.csv"
    licensees.write_text("Licensee number,Name,Country\nLIC-1,Radio One (invented),PK\n")
    granted.write_text(f"{LICENCE_HEAD}L-1,LIC-1,RADIO,586,2026-01-01,,10000000.00\n")
    licensing.import_licensees_table(actor=CHEN, at=AT, path=licensees)
    licensing.import_licences_table(actor=CHEN, at=AT, path=granted)
    quarter = {"period_from": date(2026, 7, 1), "period_to": date(2026, 10, 1)}
    licensing.issue_invoices(actor=CHEN, at=AT, issued_on=date(2026, 10, 5), **quarter)


def row_counts() -> dict[str, int]:
    """Return how many rows every table has, but for the traces that a refused file may leave."""
    counts = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
    return {label: count for label, count in counts.items() if label not in TRACES}


def workbook(*rows: tuple[str, ...]) -> Callable[[Path], bytes]:
    """Return the maker of a workbook; a cell that begins with = is a formula that was never calculated."""

    def make(folder: Path) -> bytes:
        book = xlsxwriter.Workbook(str(folder / "made.xlsx"))
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell.startswith("="):
                    sheet.write_formula(number, place, cell, value="")
                else:
                    sheet.write(number, place, cell)
        book.close()
        return (folder / "made.xlsx").read_bytes()

    return make


def half_a_workbook(folder: Path) -> bytes:
    """Return the first half of a good workbook."""
    whole = workbook(("Title", "Performer"), ("The Silver Ferry", "Garden Collective"))(folder)
    return whole[: len(whole) // 2]


def cwr_without_trailer(folder: Path) -> bytes:
    """Return a good CWR file that lost its last record on the way."""
    lines = write_cwr_file(folder / "whole.V21", [sample_work()]).read_bytes().splitlines(keepends=True)
    assert lines[-1].startswith(b"TRL")
    return b"".join(lines[:-1])


@dataclass(frozen=True)
class Refused:
    """A file that cannot be used at all: `why` and `remedy` are parts of what the clerk reads."""

    title: str
    desk: Callable[[Path], Report]
    name: str
    content: bytes | Callable[[Path], bytes]
    why: str
    remedy: str


LOG_HEAD = b"Title,Performer,Date\n"
REFUSED = [
    Refused("workbook cut in half", radio_log, "log.xlsx", half_a_workbook, "cut off", "send it again"),
    Refused("empty file", members, "members.csv", b"", "members.csv is empty", "with its content"),
    Refused("empty file", radio_log, "log.csv", b" \n\n", "log.csv is empty", "with its content"),
    Refused("empty file", cwr, "works.V21", b"", "empty", "Ask the sender"),
    Refused("picture", members, "members.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), "is an image", "as CSV or XLSX"),
    Refused("binary", radio_log, "log.csv", LOG_HEAD + b"a,b\x00\x01,2026-07-01\n", "line 2", "as CSV or XLSX"),
    Refused("cp1251", members, "members.csv", "name\nАйгул\n".encode("cp1251"), "line 2", "CSV UTF-8"),
    Refused("cp1251", radio_log, "log.csv", LOG_HEAD + "Берег,Ночь,\n".encode("cp1251"), "line 2", "CSV UTF-8"),
    Refused("no name column", members, "members.csv", b"Number,IPI\nM-1,\n", "No column gives 'name'", "head it"),
    Refused("no title column", work_table, "works.csv", b"Number\nW-1\n", "No column gives 'title'", "head it"),
    Refused("no title column", radio_log, "log.csv", b"When,Who\n2026-07-01,X\n", "No column gives the title", "Say"),
    Refused("no amount column", receipts, "bank.csv", b"Reference,Currency\nB-1,PKR\n", "'amount'", "head it"),
    Refused("open quotation mark", radio_log, "log.csv", LOG_HEAD + b'"Song,A,\nSong,B,\n', "line 2", "never closed"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case.title}: {case.name}")
def test_a_file_that_cannot_be_used_leaves_nothing(case: Refused, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content(tmp_path))
    before = row_counts()
    with pytest.raises(BadFile) as refusal:
        case.desk(path)
    assert case.why in refusal.value.message
    assert case.remedy in refusal.value.remedy
    assert row_counts() == before
    for intake in list_intakes().rows:
        assert (intake.state, intake.good_count) == (IntakeState.REFUSED, 0)
        assert [problem.message for problem in list_problems(intake.id)] == [refusal.value.message]


def test_a_cwr_file_without_trailer_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "cut.V21"
    path.write_bytes(cwr_without_trailer(tmp_path))
    before = row_counts()
    report = cwr(path)
    assert (report.line_count, report.good_count) == (1, 0)
    assert "TRL" in [problem.field for problem in report.problems]
    assert row_counts() == before
    [intake] = list_intakes().rows
    assert (intake.state, intake.note) == (IntakeState.REFUSED, "nothing was written")


@dataclass(frozen=True)
class LeftOut:
    """A file whose third line is bad and whose second is good."""

    title: str
    desk: Callable[[Path], Report]
    head: str
    good: str
    bad: str
    field: str
    rule: str
    why: str
    remedy: str


MEMBER_HEAD = "Member number,Kind,Name,IPI name number,Joined on,Left on\n"
MEMBER = f"M-1,writer,Aigul Serik,{make_ipi_name(1)},2020-01-01,\n"
WORK_HEAD = "Work number,Title,Party name,Role,PR share\n"
WORK = "W-1,River Song,Asan Aitmatov,CA,100\n"
USE_HEAD = "Title,Performer,Date,Amount,Currency\n"
USE = "Lantern Song,Kite Sisters,2026-07-02,1.00,PKR\n"
LICENCE_HEAD = "Licence number,Licensee number,Tariff,Territory,Valid from,Valid to,Revenue\n"
LICENCE = "L-2,LIC-1,RADIO,586,2026-01-01,,5.00\n"
RECEIPT_HEAD = "Reference,Fund,Amount,Currency,Received on\n"
RECEIPT = "B-1,radio/LIC-1/2026-Q3,10.00,PKR,2026-10-10\n"
LEFT_OUT = [
    LeftOut("share of 100.01 %", work_table, WORK_HEAD, WORK, "W-2,Lake Song,Asan Aitmatov,CA,100.01\n",
            "PR share", "work.wrong_share", "100.01", ""),
    LeftOut("negative share", work_table, WORK_HEAD, WORK, "W-2,Lake Song,Asan Aitmatov,CA,-5\n",
            "PR share", "work.wrong_share", "-5", ""),
    LeftOut("negative amount", radio_log, USE_HEAD, USE, "Lantern Song,Kite Sisters,2026-07-03,-1.00,PKR\n",
            "Amount", "usage.bad_amount", "negative", ""),
    LeftOut("unknown currency", radio_log, USE_HEAD, USE, "Lantern Song,Kite Sisters,2026-07-03,1.00,XQX\n",
            "Amount", "usage.bad_amount", "XQX", "ISO 4217"),
    LeftOut("thirteenth month", radio_log, USE_HEAD, USE, "Lantern Song,Kite Sisters,2026-13-01,1.00,PKR\n",
            "Date", "usage.bad_date", "2026-13-01", "2026"),
    LeftOut("cut in the middle of a row", radio_log, USE_HEAD, USE, "Lantern So",
            "Title", "table.cut_off", "ends in the middle", "whole file"),
    LeftOut("left before joining", members, MEMBER_HEAD, MEMBER, "M-2,writer,Bilal Ghani,,2024-05-01,2019-05-01\n",
            "Left on", "parties.invalid_period", "before", ""),
    LeftOut("wrong check digit", members, MEMBER_HEAD, MEMBER, "M-2,writer,Bilal Ghani,00000000123,2024-05-01,\n",
            "IPI name number", "parties.invalid_identifier", "00000000123", ""),
    LeftOut("licence ends first", licences, LICENCE_HEAD, LICENCE, "L-3,LIC-1,RADIO,586,2026-01-01,2025-01-01,5.00\n",
            "Valid to", "licences.invalid_dates", "before it begins", "Exchange"),
    LeftOut("negative receipt", receipts, RECEIPT_HEAD, RECEIPT, "B-2,radio/LIC-1/2026-Q3,-3.00,PKR,2026-10-10\n",
            "Amount", "receipts.invalid_receipt", "not above zero", "Reverse"),
    LeftOut("unknown currency", receipts, RECEIPT_HEAD, RECEIPT, "B-2,radio/LIC-1/2026-Q3,3.00,XQX,2026-10-10\n",
            "Currency", "receipts.unknown_currency", "XQX", "ISO 4217"),
]  # fmt: skip


@pytest.mark.usefixtures("licensee")
@pytest.mark.parametrize("case", LEFT_OUT, ids=lambda case: f"{case.title}: {case.desk.__name__}")
def test_a_bad_line_is_told_and_the_books_are_as_if_it_were_not_there(case: LeftOut, tmp_path: Path) -> None:
    path = tmp_path / "sent.csv"
    path.write_text(case.head + case.good, encoding="utf-8")
    with transaction.atomic():
        case.desk(path)
        without_it = row_counts(), balance("bank", "PKR")
        transaction.set_rollback(True)
    path.write_text(case.head + case.good + case.bad, encoding="utf-8")
    report = case.desk(path)
    assert (report.line_count, report.good_count) == (2, 1)
    [problem] = report.problems
    assert (problem.line, problem.field, problem.rule) == (3, case.field, case.rule)
    assert case.why in problem.message
    assert problem.remedy
    assert case.remedy in problem.remedy
    assert (row_counts(), balance("bank", "PKR")) == without_it
    intake = list_intakes().rows[0]
    assert (intake.file_name, intake.state, intake.good_count, intake.bad_count) == ("sent.csv", "imported", 1, 1)
    assert list_problems(intake.id) == report.problems


def test_formulas_are_told_and_those_without_a_value_lose_their_line(tmp_path: Path) -> None:
    head, good = ("Title", "Performer"), ("Lantern Song", "Kite Sisters")
    path = tmp_path / "sets.xlsx"
    path.write_bytes(workbook(head, good, ("=A2", "Kite Sisters"))(tmp_path))
    report = radio_log(path)
    assert (report.line_count, report.good_count) == (2, 1)
    [problem] = report.problems
    assert (problem.line, problem.field, problem.rule) == (3, "A3", "table.formula_without_value")
    assert "save it" in problem.remedy
    [kept] = usages.list_reports().rows
    assert [line.reported["title"] for line in usages.lines(kept.id)] == ["Lantern Song"]


@pytest.mark.parametrize(
    ("desk", "text"),
    [(members, MEMBER_HEAD + MEMBER), (work_table, WORK_HEAD + WORK), (radio_log, USE_HEAD + USE),
     (licences, LICENCE_HEAD + LICENCE), (receipts, RECEIPT_HEAD + RECEIPT)],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
@pytest.mark.usefixtures("licensee")
def test_the_same_file_twice_is_refused_with_a_pointer_to_the_first(
    desk: Callable[[Path], Report], text: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "renamed.csv"
    for path in (first, second):
        path.write_text(text)
    desk(first)
    before = row_counts(), list_intakes().total, balance("bank", "PKR")
    with pytest.raises(DuplicateFile, match=r"2026-10-08 by (chen|farida) \(intake \d+, first\.csv\)") as refusal:
        desk(second)
    assert "undo intake" in refusal.value.remedy
    assert (row_counts(), list_intakes().total, balance("bank", "PKR")) == before


def test_a_currency_that_does_not_exist_is_refused_before_the_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(USE_HEAD + USE)
    before = row_counts()
    with pytest.raises(UnknownCurrency, match="XQX"):
        import_log(path, currency="XQX")
    assert (row_counts(), list_intakes().total) == (before, 0)


@pytest.mark.parametrize(
    ("module", "desk", "text", "remedy"),
    [
        (bulk.reading, radio_log, USE_HEAD + USE * 4, "by month or by station"),
        (parties.imports, members, MEMBER_HEAD + MEMBER * 4, "Split it"),
        (works.tables, work_table, WORK_HEAD + WORK * 4, "between two works"),
        (licensing.tables, receipts, RECEIPT_HEAD + RECEIPT * 4, "Split it"),
    ],
    ids=["usage", "members", "works", "receipts"],
)
def test_a_file_that_is_far_too_large_is_refused_whole(
    module: object, desk: Callable[[Path], Report], text: str, remedy: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "LARGEST_LINES", 3)
    path = tmp_path / "huge.csv"
    path.write_text(text)
    before = row_counts()
    with pytest.raises(BadFile, match=r"huge\.csv has 4 lines; one file may have 3") as refusal:
        desk(path)
    assert remedy in refusal.value.remedy
    assert row_counts() == before
    assert all(intake.state == IntakeState.REFUSED for intake in list_intakes().rows)


@pytest.fixture
def chen() -> Client:
    """Return a browser in which Chen is logged in."""
    client = Client()
    client.force_login(User.objects.create_user("chen", password="seventeen green kites", role=Role.DISTRIBUTION))
    return client


def test_a_form_sent_twice_acts_once(chen: Client) -> None:
    form = {"name": "Aigul Serik", "kind": "person", "form_token": new_form_token()}
    first = chen.post("/office/parties/new/", form)
    after_one = row_counts()
    second = chen.post("/office/parties/new/", form)
    assert (first.status_code, second["Location"]) == (302, first["Location"])
    assert find_parties("Aigul").total == 1
    assert row_counts() == after_one


def test_a_bad_upload_comes_back_as_a_page_that_says_what_to_do(chen: Client) -> None:
    before = row_counts()
    file = SimpleUploadedFile("members.csv", b"\x89PNG\r\n\x1a\n" + bytes(99))
    response = chen.post("/office/party-files/", {"file": file, "form_token": new_form_token()}, follow=True)
    text = response.content.decode()
    assert response.status_code == 404, "there is nothing to preview"
    assert "members.csv is an image" in text
    assert "as CSV or XLSX" in text
    kept = row_counts()
    assert {label for label in before if before[label] != kept[label]} <= {"sessions.Session", "interfaces.SpentForm"}
