"""Statements, logs and sales reports of every kind become lines with their money; chosen columns are remembered."""

from datetime import date
from pathlib import Path

import pytest

from muniment.kernel.formats.reports import layout_of, layouts
from muniment.kernel.words.identifiers import make_iswc
from muniment.kernel.words.problems import BadFile
from muniment.trust.batches.queries import list_problems
from muniment.use.usages import queries, services
from tests.cast import CHEN
from tests.kernel.formats.real_files import SHARED, needs_real_files
from tests.kernel.formats.reports.samples import APPLE_LINES, sample_of
from tests.use.world import AT, import_log, write_log

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", [layout.name for layout in layouts() if layout.usages])
def test_a_statement_becomes_lines_with_money_day_and_territory(name: str, tmp_path: Path) -> None:
    layout = layout_of(name)
    assert layout is not None
    text = sample_of(layout, "\t")
    receipt = import_log(write_log(tmp_path, APPLE_LINES + text if "apple_m" in name else text), form="table")
    assert (receipt.good_count, receipt.bad_count, receipt.problem_count) == (2, 0, 0)
    assert receipt.report_id is not None
    line = queries.lines(receipt.report_id)[0]
    assert line.reported["title"] == "Lantern Song"
    assert line.use_kind == layout.use
    fields = layout.fields
    assert line.use_count == (12 if "count" in fields else 1)
    assert line.used_on == (date(2026, 7, 31) if "used_at" in fields else date(2026, 7, 1))
    assert line.territory == (276 if "territory" in fields else 586)
    assert line.amount_micro == (1_234_568 if "amount" in fields else None)
    report = queries.get_report(receipt.report_id)
    assert (report.layout, report.amount_micro) == (name, 2_469_136 if "amount" in fields else None)
    assert report.currency == ((layout.currency or "EUR") if "amount" in fields else layout.currency)


def test_a_statement_without_titles_is_refused_and_told(tmp_path: Path) -> None:
    layout = layout_of("youtube_audio_tier_summary")
    assert layout is not None
    path = write_log(tmp_path, sample_of(layout))
    seen = services.preview_usage(path, form="table")
    assert seen.layout == "YouTube audio tier summary"
    assert "usage.layout" in {problem.rule for problem in seen.problems}
    with pytest.raises(BadFile, match=r"log\.csv is a YouTube audio tier summary"):
        import_log(path, form="table")
    assert queries.list_reports().total == 0


def test_a_month_and_a_quarter_stand_for_their_first_day(tmp_path: Path) -> None:
    receipt = import_log(write_log(tmp_path, "title,date\nA,2026-08\nB,2026-Q3\nC,2026-13\n"), form="table")
    assert (receipt.good_count, receipt.bad_count) == (2, 1)
    assert receipt.report_id is not None
    assert [line.used_on for line in queries.lines(receipt.report_id)] == [date(2026, 8, 1), date(2026, 7, 1)]


@pytest.mark.real
@needs_real_files
def test_the_log_of_a_station_is_imported() -> None:
    receipt = import_log(SHARED / "statements" / "suisa_sendemeldung_sample.csv", form="radio")
    assert (receipt.line_count, receipt.good_count, receipt.bad_count) == (7, 6, 1)
    assert receipt.report_id is not None
    assert queries.get_report(receipt.report_id).layout == "suisa_sendemeldung"


HEAD = "HEAD\tdsrf/3.0\tUgcProfile\t1.1.1\tM1\tx\t{number}\t{count}\t2026-07-01\t2026-09-30\tP\tService"
SUMMARY = "SY02.01\t1\t\t\tAdSupported\tStream\tDE\tFree\t{said}\t\tEUR\t5.00"


def part(number: int, count: int, said: int = 10, summary: bool = True, used: int = 5) -> str:
    """Return one file of a report of several."""
    rows = [HEAD.format(number=number, count=count)]
    rows += [SUMMARY.format(said=said)] if summary else []
    rows += [f"AS02.01\t{number}\tA1\td{number}\t\tSong {number}\t\tSingers\t\t\t\t{make_iswc(number)}"]
    rows += [f"SU03.01\t{number}\tT\t1\td{number}\t{used}\t1.25\t20260801\t", "FOOT"]
    return "\n".join(rows) + "\n"


def test_files_of_one_report_are_compared_when_all_are_there(tmp_path: Path) -> None:
    first = import_log(write_log(tmp_path, part(1, 2), "1.tsv"), form="dsr").report_id
    assert first is not None
    alone = queries.set_of_report(first)
    assert alone is not None
    assert (alone.file_count, alone.files, alone.missing) == (2, ((1, first),), (2,))
    assert [problem.rule for problem in alone.problems] == ["DSR.SET_MISSING"]
    second = import_log(write_log(tmp_path, part(2, 2, summary=False), "2.tsv"), form="dsr").report_id
    assert second is not None
    both = queries.set_of_report(second)
    assert both is not None
    assert (both.files, both.missing, both.problems) == (((1, first), (2, second)), (), ())
    (line,) = queries.lines(second)
    assert (line.territory, line.amount_micro, line.currency) == (276, 1_250_000, "EUR")
    assert line.used_on == date(2026, 8, 1)
    services.undo_usage(actor=CHEN, at=AT, report_id=second)
    third = import_log(write_log(tmp_path, part(2, 2, used=6), "3.tsv"), form="dsr").report_id
    assert third is not None
    wrong = queries.set_of_report(third)
    assert wrong is not None
    assert [problem.rule for problem in wrong.problems] == ["DSR.SUM"]


def test_a_report_of_one_file_is_of_no_set(tmp_path: Path) -> None:
    receipt = import_log(write_log(tmp_path, part(1, 1, said=5)), form="dsr")
    assert receipt.report_id is not None
    assert queries.set_of_report(receipt.report_id) is None
    assert list_problems(receipt.intake_id) == ()
    report = queries.get_report(receipt.report_id)
    assert (report.amount_micro, report.currency) == (1_250_000, "EUR")
