"""Tables of licensees, licences and receipts: good lines taken, bad ones told, bad files refused whole."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from muniment.kernel.words.problems import BadFile
from muniment.trade.licensing import queries, services
from muniment.trade.licensing.rules.fees import Basis
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.queries import list_intakes, list_problems
from muniment.trust.batches.services import DuplicateFile
from muniment.trust.ledger.queries import balance
from tests.cast import CHEN, DEWI, FARIDA

pytestmark = pytest.mark.django_db

AT = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
TARIFFS = (Path(__file__).parent / "tariffs.toml").read_text(encoding="utf-8")
LICENSEES = (
    "Licensee number,Name,Name in own script,Country\nLIC-1,Radio One (invented),ریڈیو,PK\nLIC-2,Bar (invented),,PK\n"
)
LICENCES = (
    "Licence number,Licensee number,Tariff,Territory,Right,Valid from,Valid to,Revenue,Area m2,Days\n"
    "L-1,LIC-1,RADIO,586,PR,2026-01-01,2027-01-01,10000000.00,,\n"
    "L-2,LIC-2,BAR,586,,2026-01-01,,,120.5,92\n"
)


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def licensed(folder: Path) -> None:
    services.publish_tariffs(actor=CHEN, at=AT, text=TARIFFS)
    services.import_licensees_table(actor=CHEN, at=AT, path=written(folder, LICENSEES))
    services.import_licences_table(actor=CHEN, at=AT, path=written(folder, LICENCES))


def test_licensees_and_licences_come_in(tmp_path: Path) -> None:
    licensed(tmp_path)
    one, two = queries.list_licences()
    assert (one.code, one.licensee_name, one.tariff_code, one.valid_to) == (
        "L-1",
        "Radio One (invented)",
        "RADIO",
        date(2027, 1, 1),
    )
    assert one.basis == Basis(revenue_micro=10_000_000_000_000)
    assert (two.basis, two.right, two.valid_to) == (Basis(area_dm2=12_050, days=92), "PR", None)


@pytest.mark.parametrize(
    ("line", "rule", "words"),
    [
        ("L-9,LIC-9,RADIO,586,PR,2026-01-01,,,,", "licences.invalid_licence", "No licensee"),
        ("L-9,LIC-1,HARP,586,PR,2026-01-01,,,,", "licences.unknown_tariff", "HARP"),
        ("L-9,LIC-1,RADIO,9999,PR,2026-01-01,,,,", "licences.unknown_territory", "9999"),
        ("L-9,LIC-1,RADIO,586,XX,2026-01-01,,,,", "licences.invalid_licence", "not a right"),
        ("L-9,LIC-1,RADIO,586,PR,2026-13-01,,,,", "table.bad_value", "2026-13-01"),
        ("L-9,LIC-1,RADIO,586,PR,2026-01-01,2025-01-01,,,", "licences.invalid_dates", "before it begins"),
        ("L-9,LIC-1,RADIO,586,PR,2026-01-01,,-5,,", "licences.invalid_basis", "negative"),
        ("L-9,LIC-1,RADIO,586,PR,2026-01-01,,,12.345,", "licences.invalid_basis", "12.345"),
        ("L-1,LIC-1,RADIO,586,PR,2026-01-01,,,,", "licences.duplicate_licence", "L-1"),
        ("L-9,,RADIO,586,PR,2026-01-01,,,,", "table.missing_value", "licensee"),
    ],
)
def test_a_bad_line_is_told_and_the_good_one_kept(tmp_path: Path, line: str, rule: str, words: str) -> None:
    licensed(tmp_path)
    header = LICENCES.splitlines()[0]
    good = "L-8,LIC-1,RADIO,586,PR,2026-01-01,,,,"
    path = written(tmp_path, f"{header}\n{line}\n{good}\n")
    report = services.import_licences_table(actor=CHEN, at=AT, path=path)
    assert (report.line_count, report.good_count) == (2, 1)
    [problem] = report.problems
    assert (problem.line, problem.rule) == (2, rule)
    assert words in problem.message
    assert problem.remedy
    assert list_problems(report.intake.id) == report.problems
    assert [row.code for row in queries.list_licences()] == ["L-1", "L-2", "L-8"]


def test_receipts_find_the_open_invoice_of_a_fund(tmp_path: Path) -> None:
    licensed(tmp_path)
    services.issue_invoices(
        actor=CHEN, at=AT, period_from=date(2026, 7, 1), period_to=date(2026, 10, 1), issued_on=date(2026, 10, 5)
    )
    rows = (
        "Reference,Fund,Amount,Currency,Received on\n"
        "B-1,radio/LIC-1/2026-Q3,406000.00,PKR,2026-10-10\n"
        "B-2,radio/LIC-1/2026-Q3,1.00,PKR,2026-10-11\n"
        "B-3,general/LIC-2/2026-Q3,15.00,PKR,2026-10-11\n"
    )
    report = services.import_receipts_table(actor=FARIDA, at=AT, path=written(tmp_path, rows))
    assert report.good_count == 2
    assert [problem.line for problem in report.problems] == [3]
    assert "no open invoice" in report.problems[0].message
    assert balance("bank", "PKR") == 406_015_000_000
    with pytest.raises(DuplicateFile, match=r"table\.csv"):
        services.import_receipts_table(actor=FARIDA, at=AT, path=written(tmp_path, rows))


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 100, b"PK\x03\x04 cut off", b"Name;Country\nA;PK\n"])
def test_a_file_that_cannot_be_used_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bank.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        services.import_receipts_table(actor=FARIDA, at=AT, path=path)
    [kept] = list_intakes(kind="receipts").rows
    assert (kept.state, kept.good_count) == ("refused", 0)
    assert list_problems(kept.id)[0].rule == "receipts.bad_file"


def test_a_table_without_one_good_line_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "Reference,Invoice,Amount,Currency,Received on\nB-1,INV-1,5,PKR,2026-10-01\n")
    report = services.import_receipts_table(actor=FARIDA, at=AT, path=path)
    assert (report.intake.state, report.good_count) == ("refused", 0)
    assert services.import_receipts_table(actor=FARIDA, at=AT, path=path).good_count == 0


def test_only_the_roles_that_carry_it_import(tmp_path: Path) -> None:
    path = written(tmp_path, LICENSEES)
    for actor, service in (
        (DEWI, services.import_licensees_table),
        (FARIDA, services.import_licences_table),
        (DEWI, services.import_receipts_table),
    ):
        with pytest.raises(NotAllowed):
            service(actor=actor, at=AT, path=path)
    assert list_intakes().total == 0
