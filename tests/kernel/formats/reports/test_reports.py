"""Statements and logs are told by their headers, and their columns read as fields."""

import random
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.door import Becomes, recognise
from muniment.kernel.formats.reports import check_report, known_table, layout_of, layouts, open_report, require_usages
from muniment.kernel.formats.reports.door import FORMAT
from muniment.kernel.formats.reports.rules import rules
from muniment.kernel.words.problems import BadFile, UserError
from tests.kernel.formats.real_files import SHARED, needs_real_files
from tests.kernel.formats.reports.hostile import HOSTILE
from tests.kernel.formats.reports.samples import APPLE_LINES, sample_of

NAMES = [layout.name for layout in layouts()]


def kept(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    """Write a file and return where it is."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_every_layout_is_told_by_its_headers(name: str, delimiter: str, tmp_path: Path) -> None:
    layout = layout_of(name)
    assert layout is not None
    path = kept(tmp_path, sample_of(layout, delimiter))
    report = open_report(path)
    assert report.known is not None
    assert report.known.layout is layout
    assert dict(report.known.mapping.columns) == dict(layout.fields)
    found = recognise(path)
    assert (found.format.name, found.recognised.profile) == ("reports", layout.title)
    assert found.becomes is (Becomes.USAGES if layout.usages else Becomes.NOTHING)
    assert [problem.rule for problem in check_report(path)] == ([] if layout.usages else ["REPORT.NO_USAGES"])
    assert FORMAT.preview(path, 5).counts["rows"] == 2


def test_no_layout_is_taken_for_another() -> None:
    for layout in layouts():
        mixed = list(layout.headers)
        random.Random(1).shuffle(mixed)
        known = known_table(header.upper() for header in mixed)
        assert known is not None
        assert known.layout is layout
    assert known_table(["Date", "Title", "Artist"]) is None
    assert known_table([]) is None


def test_lines_above_the_header_are_read_as_labels(tmp_path: Path) -> None:
    layout = layout_of("apple_music_streams")
    assert layout is not None
    report = open_report(kept(tmp_path, APPLE_LINES + sample_of(layout, "\t")))
    assert report.known is not None
    assert (report.table.header_line, report.currency) == (5, "EUR")
    assert report.above["start date"] == "07/01/2026"
    assert [row.line for row in report.table.rows] == [6, 7]
    assert recognise(tmp_path / "file.csv").format.name == "reports"


def test_a_workbook_is_told_by_its_headers(tmp_path: Path) -> None:
    layout = layout_of("suisa_sendemeldung")
    assert layout is not None
    book = xlsxwriter.Workbook(str(tmp_path / "log.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, layout.headers)
    sheet.write_row(1, 0, ["Sender", "Lantern Song", "", "", "2026-07-31"])
    book.close()
    assert recognise(tmp_path / "log.xlsx").format.name == "reports"


def test_what_is_no_usage_is_said(tmp_path: Path) -> None:
    layout = layout_of("youtube_audio_tier_summary")
    assert layout is not None
    report = open_report(kept(tmp_path, sample_of(layout)))
    with pytest.raises(BadFile, match="names nothing that was used"):
        require_usages(report, "file.csv")
    with pytest.raises(BadFile, match="no known statement"):
        require_usages(open_report(kept(tmp_path, "a,b\n1,2\n")), "file.csv")


BREAKS = {
    "REPORT.COUNT": {"count": "-1"},
    "REPORT.AMOUNT": {"amount": "-1.00"},
    "REPORT.DATE": {"used_at": "2026-13-01"},
    "REPORT.DURATION": {"duration": "long"},
    "REPORT.ISRC": {"isrc": "QZ1"},
    "REPORT.ISWC": {"iswc": "T1"},
    "REPORT.DIRECTION": {"title": "\u202eniaR"},
    "REPORT.NOTHING_NAMED": {"title": "", "isrc": "", "iswc": "", "source_id": ""},
}


@pytest.mark.parametrize("rule", sorted(BREAKS))
def test_a_line_that_breaks_a_rule_is_told(rule: str, tmp_path: Path) -> None:
    (wanted,) = {"REPORT.DURATION": ["cargo_curve"]}.get(rule, ["mlc_royalty_detail"])
    layout = layout_of(wanted)
    assert layout is not None
    problems = list(check_report(kept(tmp_path, sample_of(layout, **BREAKS[rule]))))
    assert [(problem.line, problem.rule) for problem in problems] == [(3, rule)]
    assert problems[0].remedy


def test_every_rule_is_tried(tmp_path: Path) -> None:
    layout = layout_of("setlist")
    assert layout is not None
    without = sample_of(layout).replace("Duration", "Length")
    assert [problem.rule for problem in check_report(kept(tmp_path, without))] == ["REPORT.MISSING_COLUMN"]
    assert [problem.rule for problem in check_report(kept(tmp_path, "a,b\n1,2\n"))] == ["REPORT.UNKNOWN"]
    tried = {*BREAKS, "REPORT.MISSING_COLUMN", "REPORT.UNKNOWN", "REPORT.NO_USAGES"}
    assert {rule.id for rule in rules()} == tried


@pytest.mark.real
@needs_real_files
def test_the_sample_of_a_station_is_read() -> None:
    path = SHARED / "statements" / "suisa_sendemeldung_sample.csv"
    report = open_report(path)
    assert report.known is not None
    assert report.known.layout.name == "suisa_sendemeldung"
    assert len(list(report.table.rows)) == 7
    assert [(problem.line, problem.rule) for problem in check_report(path)] == [(5, "REPORT.NOTHING_NAMED")]
    assert recognise(path).format.name == "reports"


_pieces = st.sampled_from(HOSTILE)


@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    inserted=st.lists(st.tuples(st.integers(0, 1_000), _pieces), max_size=6),
    cut_at=st.integers(0, 2_000),
)
def test_no_bytes_break_the_reader(name: str, delimiter: str, inserted: list[tuple[int, bytes]], cut_at: int) -> None:
    layout = layout_of(name)
    assert layout is not None
    content = sample_of(layout, delimiter).encode()
    for place, piece in inserted:
        content = content[: place % len(content)] + piece + content[place % len(content) :]
    with tempfile.TemporaryDirectory() as folder:
        path = kept(Path(folder), content[:-cut_at] if cut_at < len(content) // 2 and cut_at else content)
        with suppress(UserError):
            recognise(path)
        with suppress(UserError):
            FORMAT.preview(path, 5)
        assert all(problem.message and problem.rule for problem in check_report(path))
