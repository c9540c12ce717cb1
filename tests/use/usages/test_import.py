"""Reports come in: good lines are kept, bad ones told, bad files refused, nothing half-written."""

import gzip
import random
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.money import UnknownCurrency
from muniment.kernel.words.problems import BadFile
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.queries import list_intakes, list_problems, open_batch
from muniment.trust.batches.rules import IntakeState
from muniment.trust.batches.services import DuplicateFile
from muniment.use.usages import queries, services
from muniment.use.usages.bulk import read_table_report
from muniment.use.usages.rules import ReportState
from tests.cast import CHEN, DEWI
from tests.use.usages.test_rules import FACTS
from tests.use.world import AT, import_log, write_log

pytestmark = pytest.mark.django_db

LOG = """Date;Time;Title;Artist;Composer;Duration;Use;Presenter
2026-07-01;05:12:07;The Silver Ferry;Garden Collective;Nemira Ashford;3:20;Feature;Zara
2026-07-02;06:00:00;Lantern Song;Kite Sisters;;2:10;Bed;
"""


def test_a_radio_log_becomes_a_sealed_batch(tmp_path: Path) -> None:
    receipt = import_log(write_log(tmp_path, LOG))
    assert (receipt.line_count, receipt.good_count, receipt.bad_count, receipt.problem_count) == (2, 2, 0, 0)
    assert receipt.report_id is not None
    first, second = queries.lines(receipt.report_id)
    assert first.reported == {
        "title": "The Silver Ferry",
        "performer": "Garden Collective",
        "writers": "Nemira Ashford",
        "duration": "3:20",
        "time": "2026-07-01 05:12:07",
        "use": "Feature",
    }
    assert (first.extra, second.extra) == ({"Presenter": "Zara"}, {})
    assert (first.used_on, first.duration_ms, first.use_kind) == (date(2026, 7, 1), 200_000, "feature")
    assert second.use_kind == "background"
    assert first.line_id == receipt.report_id << 32 | 1
    report = queries.get_report(receipt.report_id)
    assert (report.state, report.use_count, report.source_code) == (ReportState.IMPORTED, 2, "RADIO-ONE")
    assert report.batch_id is not None
    assert open_batch(report.batch_id).equals(queries.open_lines([receipt.report_id]))


def test_a_workbook_and_a_gzipped_table_are_read(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "set.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ("Event", "Date", "Title", "Performer"))
    sheet.write_row(1, 0, ("Gala", "2026-08-01", "星空之桥", "秋水乐团"))
    book.close()
    hall = import_log(tmp_path / "set.xlsx", form="setlist")
    assert hall.report_id is not None
    assert queries.lines(hall.report_id)[0].use_kind == "live"
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(LOG.encode()))
    assert import_log(packed).good_count == 2


def test_any_table_is_read_by_a_mapping_that_is_remembered(tmp_path: Path) -> None:
    text = "Was,Wer,Wie oft,Wann\nLantern Song,Kite Sisters,12,1783987200\n"
    path = write_log(tmp_path, text)
    with pytest.raises(BadFile, match="No column gives the title"):
        import_log(path, form="table")
    mapping = ColumnMapping({"title": "Was", "performer": "Wer", "count": "Wie oft", "used_at": "Wann"})
    seen = services.preview_usage(path, form="table", mapping=mapping)
    assert (seen.rows, seen.problems) == ((("Lantern Song", "Kite Sisters", "12", "1783987200"),), ())
    services.keep_mapping(
        actor=CHEN, at=AT, form="table", name="Hall", headers=seen.headers, mapping=ColumnMapping(mapping.columns)
    )
    receipt = import_log(path, form="table")
    assert receipt.use_count == 12
    assert services.preview_usage(path, form="table").saved_as == "Hall"


def test_good_lines_are_kept_and_bad_ones_told_with_line_and_field(tmp_path: Path) -> None:
    text = (
        "title,amount,date\nLantern Song,3.00,2026-07-03\nLantern Song,-1,2026-07-03\n"
        "The Silver Ferry,1.00,2026-13-01\n,1.00,2026-07-03\nThe Silver Ferry,1.00,2025-07-03\n"
    )
    receipt = import_log(write_log(tmp_path, text), form="table", currency="PKR")
    assert (receipt.line_count, receipt.good_count, receipt.bad_count) == (5, 2, 3)
    problems = list_problems(receipt.intake_id)
    assert [(problem.line, problem.field, problem.rule) for problem in problems] == [
        (3, "amount", "usage.bad_amount"),
        (4, "date", "usage.bad_date"),
        (5, "title", "usage.nothing_to_identify"),
        (6, "date", "usage.outside_period"),
    ]
    assert receipt.report_id is not None
    assert queries.get_report(receipt.report_id).amount_micro == 4_000_000


def test_the_same_file_twice_is_refused_until_the_first_is_undone(tmp_path: Path) -> None:
    path = write_log(tmp_path, LOG)
    receipt = import_log(path)
    with pytest.raises(DuplicateFile, match=f"intake {receipt.intake_id}"):
        import_log(path, source_code="ANOTHER")
    assert queries.list_reports().total == 1
    assert receipt.report_id is not None
    services.undo_usage(actor=CHEN, at=AT, report_id=receipt.report_id)
    with pytest.raises(queries.UnknownReport, match="undone"):
        queries.open_lines([receipt.report_id])
    with pytest.raises(services.ReportInUse):
        services.undo_usage(actor=CHEN, at=AT, report_id=receipt.report_id)
    assert import_log(path).good_count == 2


def test_a_distributed_report_stays(tmp_path: Path) -> None:
    report_id = import_log(write_log(tmp_path, LOG)).report_id
    assert report_id is not None
    services.mark_distributed(actor=CHEN, at=AT, report_ids=[report_id])
    with pytest.raises(services.ReportInUse, match="distributed"):
        services.undo_usage(actor=CHEN, at=AT, report_id=report_id)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "log.csv"),
        ("title\nBärbel\n".encode("latin-1"), "byte"),
        (gzip.compress(LOG.encode() * 50)[:-20], "truncated gzip"),
        (b"PK\x03\x04 half a workbook", "log.csv"),
        (b"when,who\n2026-07-01,Kite Sisters\n", "No column gives the title"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=reason):
        import_log(path)
    assert queries.list_reports().total == 0
    refused = list_intakes(kind="usage.").rows[0]
    assert refused.state is IntakeState.REFUSED
    assert list_problems(refused.id)[0].rule == "usage.bad_file"


def test_a_file_without_one_good_line_leaves_no_report(tmp_path: Path) -> None:
    receipt = import_log(write_log(tmp_path, "title,count\nLantern Song,-1\nLantern Song,none\n"))
    assert (receipt.report_id, receipt.bad_count) == (None, 2)
    assert list_intakes().rows[0].state is IntakeState.REFUSED
    assert queries.list_reports().total == 0


def test_an_unknown_currency_or_a_reader_without_the_right_changes_nothing(tmp_path: Path) -> None:
    path = write_log(tmp_path, LOG)
    with pytest.raises(UnknownCurrency):
        import_log(path, currency="XXQ")
    with pytest.raises(NotAllowed):
        import_log(path, actor=DEWI)
    assert list_intakes().total == 0


def test_many_lines_are_read_in_pieces_and_sum(tmp_path: Path) -> None:
    chance = random.Random(7)
    counts = [chance.randrange(1, 50) for _ in range(45_000)]
    rows = "".join(f"Song {number % 700},{count},2026-08-02\n" for number, count in enumerate(counts))
    read = read_table_report(write_log(tmp_path, "title,count,date\n" + rows), FACTS)
    assert read.lines.num_rows == len(counts)
    assert read.lines.column("use_count").to_pylist() == counts
    assert read.lines.column("line_id").to_pylist() == list(range(1, len(counts) + 1))
    assert read.lines.column("reported_title").num_chunks == 3


def test_a_dsr_report_is_read(tmp_path: Path) -> None:
    golden = Path(__file__).parents[2] / "golden" / "dsr" / "premium.tsv"
    receipt = import_log(golden, form="dsr")
    assert receipt.report_id is not None
    line = queries.lines(receipt.report_id)[0]
    assert (line.use_kind, line.reported["count"]) == ("stream", str(line.use_count))
    assert line.extra["summary"]
