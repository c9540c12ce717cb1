"""Statements of any length: lines are read as they are printed, parts are joined, sums tie in every form."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from muniment.kernel.formats.statements import (
    FORMS,
    Chart,
    LineFacts,
    LinesChanged,
    LongLines,
    StatementDocument,
    StatementLine,
    StatementSummary,
    UsageReference,
    UsageSum,
    by_period,
    by_source,
    charts_of,
    facts_of,
    joining,
    pdf,
    render_csv,
    render_pdf,
    render_xlsx,
    sheets,
)
from muniment.kernel.formats.statements.charts import BARS, WIDTH, period_name
from muniment.kernel.words.money import parse_amount
from tests.kernel.formats.statements.sample import sample_line, sample_statement


class ReadLines(LongLines):
    """Lines that are read from a list, some of which may have been lost since their facts were noted."""

    def __init__(self, lines: Sequence[StatementLine], lost: int = 0) -> None:
        self._facts, self._lines = facts_of(lines), list(lines)[: len(lines) - lost]

    @property
    def facts(self) -> LineFacts:
        return self._facts

    def __len__(self) -> int:
        return self._facts.line_count

    def __getitem__(self, place):
        return self._lines[place]

    def __iter__(self) -> Iterator[StatementLine]:
        return iter(self._lines)


def read_later(document: StatementDocument, lost: int = 0) -> StatementDocument:
    sections = tuple(replace(one, lines=ReadLines(one.lines, lost)) for one in document.sections)
    return replace(document, sections=sections)


def statement_of(amounts: Sequence[int]) -> StatementDocument:
    """Return a statement with a line for each amount, of either sign."""
    sample = sample_statement(6)
    lines = tuple(replace(sample_line(at), amount_micro=amount) for at, amount in enumerate(amounts))
    total = sum(amounts)
    return replace(
        sample,
        sections=(replace(sample.sections[0], lines=lines),),
        summary=StatementSummary(0, total, (), total, 0, total),
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", ["en", "ur"])
def test_lines_that_are_read_print_the_same_bytes_as_lines_in_memory(form: str, language: str) -> None:
    document = sample_statement(31, language)
    content = FORMS[form].render(document)
    assert FORMS[form].render(read_later(document)) == content
    assert FORMS[form].render(document) == content


@pytest.mark.parametrize("form", FORMS)
def test_lines_that_were_lost_are_no_statement(form: str) -> None:
    with pytest.raises(LinesChanged, match="lines sum to"):
        FORMS[form].render(read_later(sample_statement(12), lost=1))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-(10**14), 10**16), min_size=1, max_size=12))
def test_lines_sum_to_the_total_in_csv_and_workbook(amounts: list[int]) -> None:
    document = statement_of(amounts)
    rows = list(csv.DictReader(io.StringIO(render_csv(document).decode("utf-8-sig"))))
    printed = [parse_amount(row["amount"], "EUR") for row in rows if row["kind"] == "line"]
    assert printed == amounts
    assert [row["line_number"] for row in rows if row["kind"] == "line"] == [f"{at + 1}" for at in range(len(amounts))]
    assert next(parse_amount(row["amount"], "EUR") for row in rows if row["kind"] == "gross") == sum(amounts)
    page = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(document))).get_sheet_by_index(1).to_python()
    cells = [row[14] if isinstance(row[14], str) else f"{row[14]:.6f}" for row in page[1:]]
    assert [parse_amount(cell, "EUR") for cell in cells] == [*amounts, sum(amounts)]


def test_a_long_statement_is_typeset_in_parts_and_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty lines in parts of seven: each part begins a page, the pages are numbered on, every sum is carried."""
    monkeypatch.setattr(pdf, "PART_LINES", 7)
    document = read_later(sample_statement(30))
    content = render_pdf(document)
    assert content == render_pdf(document)
    assert content.startswith(b"%PDF-1.7")
    assert content.endswith(b"%%EOF")
    assert joining.page_count(content) == len(re.findall(rb"/Type/Page\b(?!s)", content)) >= 5
    assert content.count(b"startxref") == 1
    table = int(re.search(rb"startxref\n(\d+)", content)[1])
    assert content[table : table + 4] == b"xref"
    for number, offset in enumerate(re.findall(rb"(\d{10}) 00000 n", content[table:]), 1):
        assert re.match(rb"\d+ 0 obj", content[int(offset) :]), number
    known = {int(one) for one in re.findall(rb"(\d+) 0 obj", content)}
    plain = re.sub(rb"\nstream\n.*?\nendstream", b"", content, flags=re.DOTALL)
    assert {int(one) for one in re.findall(rb"\b(\d+) 0 R", plain)} <= known


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"startxref\n9\n%%EOF"])
def test_what_typst_did_not_write_is_not_joined(content: bytes) -> None:
    with pytest.raises(joining.UnknownLayout):
        joining.page_count(content)
    with pytest.raises(joining.UnknownLayout, match="no pieces"):
        joining.JoinedPdf(io.BytesIO()).close()


def test_references_in_texts_are_left_alone() -> None:
    moved = joining._renumbered(b"<</A 3 0 R/T(7 0 R \\) 8 0 R)/H<3030>/K[1 0 R 2 0 R]>>\nstream\n5 0 R\nendstream", 10)
    assert moved == b"<</A 13 0 R/T(7 0 R \\) 8 0 R)/H<3030>/K[11 0 R 12 0 R]>>\nstream\n5 0 R\nendstream"


def test_more_lines_than_a_sheet_holds_go_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "SHEET_LINES", 10)
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(sample_statement(24))))
    assert book.sheet_names == ["Summary", "Lines", "Lines 2", "Lines 3"]
    assert [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names[1:]] == [11, 11, 6]


def test_a_csv_in_another_language_speaks_it() -> None:
    rows = list(csv.reader(io.StringIO(render_csv(sample_statement(1, "ur")).decode("utf-8-sig"))))
    assert rows[0][:2] == ["قسم", "سطر نمبر"]
    assert len({len(row) for row in rows}) == 1
    assert rows[1][0] == "سطر"


def usage(source: str, month: int) -> UsageReference:
    return UsageReference(month, source, date(2026, month, 1), date(2026, month, 28), "x.csv")


SUMS = st.lists(
    st.builds(
        lambda source, month, amount: UsageSum(usage(source, month), amount),
        st.text(st.characters(categories=["L"]), max_size=3),
        st.integers(1, 12),
        st.integers(-(10**12), 10**15),
    ),
    max_size=40,
)


@given(SUMS)
def test_the_bars_of_a_chart_sum_to_the_whole_and_lie_side_by_side(sums: list[UsageSum]) -> None:
    charts: list[Chart] = [by_source(sums), by_period(sums)]
    for chart in charts:
        assert chart.amount_micro == sum(one.amount_micro for one in sums)
        assert len(chart.bars) <= BARS
        for bar in chart.bars:
            assert 0 <= bar.start <= bar.start + bar.width <= WIDTH
            assert bar.start == chart.zero or bar.start + bar.width == chart.zero
        sizes = sorted(chart.bars, key=lambda bar: abs(bar.amount_micro))
        assert all(low.width <= high.width + 1 for low, high in pairwise(sizes))


def test_charts_of_a_statement_sum_to_its_lines() -> None:
    document = sample_statement(31)
    for chart in charts_of(document):
        assert chart.amount_micro == document.summary.gross_micro
        assert sum(bar.share_ppm for bar in chart.bars) == pytest.approx(1_000_000, abs=len(chart.bars))


def test_the_rest_has_one_bar_the_smallest_sources_and_the_oldest_periods() -> None:
    sums = [UsageSum(usage(f"S{at:02d}", at % 12 + 1), 100 - at) for at in range(20)]
    bars = by_source(sums).bars
    assert (bars[-1].label, bars[-1].rest_count, bars[-1].amount_micro) == (
        "",
        9,
        sum(100 - at for at in range(11, 20)),
    )
    months = [
        UsageSum(UsageReference(at, "S", date(2020 + at, 1, 1), date(2020 + at, 12, 31), "x"), 1) for at in range(15)
    ]
    assert [bar.label for bar in by_period(months).bars[:2]] == ["", "2024"]


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (date(2026, 7, 1), date(2026, 9, 30), "2026-Q3"),
        (date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
        (date(2026, 7, 1), date(2026, 12, 31), "2026-H2"),
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2026, 5, 9), date(2026, 5, 9), "2026-05-09"),
        (date(2026, 2, 1), date(2026, 4, 30), "2026-02-01 – 2026-04-30"),
        (date(2026, 7, 2), date(2026, 9, 30), "2026-07-02 – 2026-09-30"),
    ],
)
def test_periods_have_short_names(first: date, last: date, name: str) -> None:
    assert period_name(first, last) == name
