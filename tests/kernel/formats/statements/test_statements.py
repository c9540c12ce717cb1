"""A statement adds up, prints the same bytes twice, shows every script, and no cell of it runs."""

import csv
import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from muniment.kernel.formats.statements import (
    HeldAmount,
    StatementDocument,
    StatementSummary,
    render_csv,
    render_pdf,
    render_xlsx,
)
from muniment.kernel.formats.statements.document import LANGUAGES
from muniment.kernel.formats.statements.labels import LABELS, held_label
from muniment.kernel.formats.statements.pdf import format_duration
from muniment.kernel.formats.statements.sheets import CSV_HEADERS
from muniment.kernel.words.money import MICRO_PER_CENT, parse_amount
from tests.kernel.formats.statements.sample import TITLES, sample_statement


def csv_rows(document: StatementDocument) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(document).decode("utf-8-sig"))))


def test_lines_that_do_not_sum_to_the_total_cannot_become_a_statement() -> None:
    document = sample_statement()
    with pytest.raises(ValueError, match="the lines sum to"):
        replace(document, sections=document.sections[:1])


@pytest.mark.parametrize("field", ["payable_micro", "closing_micro", "opening_micro", "paid_micro"])
def test_a_summary_that_does_not_tie_is_refused(field: str) -> None:
    summary = sample_statement().summary
    with pytest.raises(ValueError, match="is not"):
        replace(summary, **{field: getattr(summary, field) + 1})


def test_a_language_without_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="no labels"):
        replace(sample_statement(), language="tlh")


@given(
    opening=st.integers(-(10**9), 10**12),
    gross=st.integers(0, 10**12),
    held=st.integers(0, 10**9),
    paid=st.integers(0, 10**9),
)
def test_bank_part_and_carried_part_are_the_closing_balance(opening: int, gross: int, held: int, paid: int) -> None:
    payable = gross - held
    summary = StatementSummary(
        opening, gross, (HeldAmount("BELOW_MIN", held),), payable, paid, opening + payable - paid
    )
    assert summary.bank_micro + summary.carried_micro == summary.closing_micro
    assert summary.bank_micro % MICRO_PER_CENT == 0
    assert summary.bank_micro >= 0
    assert summary.closing_micro < 0 or 0 <= summary.carried_micro < MICRO_PER_CENT


def test_every_language_has_every_label() -> None:
    assert set(LABELS) == set(LANGUAGES)
    assert len({frozenset(labels) for labels in LABELS.values()}) == 1


def test_an_unknown_reason_is_shown_as_its_code() -> None:
    assert held_label(LABELS["en"], "TAX") == "Held back: TAX"


@pytest.mark.parametrize(("duration_ms", "shown"), [(0, "0:00:00"), (201_999, "0:03:21"), (360_000_000, "100:00:00")])
def test_durations(duration_ms: int, shown: str) -> None:
    assert format_duration(duration_ms) == shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_the_same_bytes_every_time(language: str) -> None:
    document = sample_statement(40, language)
    assert render_pdf(document) == render_pdf(document)


def test_the_pdf_carries_its_own_fonts_for_every_script() -> None:
    pdf = render_pdf(sample_statement())
    assert pdf.startswith(b"%PDF-")
    for family in (b"NotoSans-Regular", b"NotoSansArabic-Regular", b"NotoSansCJK"):
        assert family in pdf, family


def test_the_issue_date_is_the_creation_date() -> None:
    later = replace(sample_statement(), issued_at=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert b"D:20270102030405" in render_pdf(later)


def test_a_statement_without_lines_and_one_of_many_pages_are_printed() -> None:
    assert render_pdf(sample_statement(0)).startswith(b"%PDF-")
    assert b"/Count 6" in render_pdf(sample_statement(150, "ur"))


def test_text_from_outside_is_printed_not_run() -> None:
    document = replace(sample_statement(), payee_name='#panic("no") $x^2$ *b* [', notes=('#let x = 1; #read("/x")',))
    assert render_pdf(document).startswith(b"%PDF-")


def test_csv_lines_sum_to_the_statement() -> None:
    document = sample_statement(31)
    rows = csv_rows(document)
    lines = [row for row in rows if row["kind"] == "line"]
    assert tuple(rows[0]) == CSV_HEADERS
    assert len(lines) == 31
    assert sum(parse_amount(row["amount"], "EUR") for row in lines) == document.summary.gross_micro
    account = {row["kind"]: parse_amount(row["amount"], "EUR") for row in rows if row["kind"] != "line"}
    assert account["gross"] + account["held"] == account["payable"]
    assert account["opening"] + account["payable"] + account["paid"] == account["closing"]


def test_the_csv_equals_the_golden_one() -> None:
    path = Path(__file__).parents[3] / "golden" / "statements" / "statement.csv"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_bytes(render_csv(sample_statement()))
    assert render_csv(sample_statement()) == path.read_bytes()


def test_no_csv_cell_begins_a_formula() -> None:
    rows = csv_rows(sample_statement())
    assert rows[5]["work_title"] == "'=SUM(A1)"
    assert [row["work_title"] for row in rows[:5]] == list(TITLES[:5])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_keeps_amounts_exact_and_titles_text(language: str) -> None:
    document = sample_statement(31, language)
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(document)))
    rows = book.get_sheet_by_index(1).to_python()
    amounts = [round(Decimal(str(row[14])) * 1_000_000) for row in rows[1:-1]]
    assert amounts == [line.amount_micro for section in document.sections for line in section.lines]
    assert round(Decimal(str(rows[-1][14])) * 1_000_000) == document.summary.gross_micro == sum(amounts)
    assert rows[6][0] == "=SUM(A1)"
    assert book.sheet_names == [LABELS[language]["summary"], LABELS[language]["lines"]]


def test_an_amount_too_long_for_excel_is_text() -> None:
    document = sample_statement(0)
    huge = 123_456_789_012_345_678
    document = replace(document, summary=StatementSummary(huge, 0, (), 0, 0, huge))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(document))).get_sheet_by_index(0).to_python()
    assert "123456789012.345678" in [row[1] for row in rows]


def test_workbook_and_csv_are_the_same_bytes_every_time() -> None:
    document = sample_statement(12, "ur")
    assert render_xlsx(document) == render_xlsx(document)
    assert render_csv(document) == render_csv(document)


def test_a_statement_may_be_issued_between_two_seconds() -> None:
    issued = datetime(2027, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
    whole = render_pdf(replace(sample_statement(), issued_at=issued.replace(microsecond=0)))
    assert render_pdf(replace(sample_statement(), issued_at=issued)) == whole
