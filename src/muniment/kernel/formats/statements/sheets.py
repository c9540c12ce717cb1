"""The statement as an Excel workbook and as CSV, for members who calculate on.

Excel keeps a number as a binary fraction with fifteen significant digits. An amount whose micro-units have at most
fifteen digits (below 1,000,000,000 in a currency of two decimals) is therefore written as a number and comes back to
the last digit when it is rounded to the decimals shown; a larger one is written as text. The CSV has plain decimal
text, exact at any size.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from itertools import chain, count
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from muniment.kernel.formats.statements.charts import charts_of
from muniment.kernel.formats.statements.document import (
    PayeeDeduction,
    StatementDocument,
    StatementLine,
    StatementSection,
)
from muniment.kernel.formats.statements.labels import CSV_LABELS, LABELS, deduction_words, held_label
from muniment.kernel.formats.statements.pdf import format_duration
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.identifiers import format_iswc
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent, format_amount
from muniment.kernel.words.shares import format_percent

CSV_HEADERS = (
    "kind",
    "line_number",
    "statement_number",
    "payee_code",
    "payee_name",
    "run_number",
    "currency",
    "source",
    "fund_code",
    "report_number",
    "report_source",
    "period_from",
    "period_to",
    "file_name",
    "file_digest",
    "work_code",
    "work_title",
    "iswc",
    "role",
    "right",
    "share_percent",
    "use_count",
    "duration_ms",
    "points",
    "work_amount",
    "amount",
    "note",
)
"""One row a line (`kind` line, numbered from 1), then the account: opening, gross, held (one a reason), payable, paid,
closing and carried. In English the first row has these names, for programs; in another language it has its words."""

SHEET_LINES = 1_000_000
"""A workbook's sheet holds a little more rows than this; what is beyond is on the next sheet."""

_EXACT_IN_EXCEL = 10**15
_WIDTHS = (40, 14, 16, 8, 7, 10, 18, 26, 14, 14, 9, 11, 10, 16, 16, 30)


def render_csv(document: StatementDocument) -> bytes:
    """Return what `write_statement_csv` writes."""
    stream = io.BytesIO()
    write_statement_csv(document, stream)
    return stream.getvalue()


def write_statement_csv(document: StatementDocument, stream: BinaryIO) -> None:
    """Write the statement as one CSV table, line by line: UTF-8 with a byte order mark, no cell a formula.

    Raises:
        LinesChanged: the lines do not sum to the statement's total; what was written is no statement then.
    """
    words = CSV_LABELS[document.language]
    write_csv([words.get(name, name) for name in CSV_HEADERS], _csv_rows(document), stream)


def _csv_rows(document: StatementDocument) -> Iterator[list[object]]:
    labels, words = LABELS[document.language], CSV_LABELS[document.language]
    head = [document.number, document.payee_code, document.payee_name, document.run_number, document.currency]
    number = count(1)
    for section in document.sections:
        for line in section.counted():
            yield [
                words.get("line", "line"),
                next(number),
                *head,
                section.title,
                section.fund_code,
                line.usage.number,
                line.usage.source_name,
                line.usage.period_from,
                line.usage.period_to,
                line.usage.file_name,
                line.usage.file_digest,
                line.work_code,
                line.work_title,
                line.iswc,
                line.role,
                line.right,
                format_percent(line.share_ppm),
                line.use_count,
                line.duration_ms,
                line.points,
                format_amount(line.work_amount_micro, document.currency, full=True),
                format_amount(line.amount_micro, document.currency, full=True),
                line.rule_note,
            ]
    blank = [""] * (len(CSV_HEADERS) - len(head) - 4)
    for kind, amount_micro, note in _account(document):
        name, reason = (labels[kind], labels.get(f"reason.{note}", note)) if words else (kind, note)
        yield [name, "", *head, *blank, format_amount(amount_micro, document.currency, full=True), reason]


def _account(document: StatementDocument) -> list[tuple[str, int, str]]:
    """Return kind, amount and reason of each row of the member's account, in order."""
    summary = document.summary
    return [
        ("opening", summary.opening_micro, ""),
        ("gross", summary.gross_micro, ""),
        *(("deducted", -taken.amount_micro, _words(document, taken)) for taken in summary.deductions),
        *(("held", -held.amount_micro, held.reason) for held in summary.held),
        ("payable", summary.payable_micro, ""),
        ("paid", -summary.paid_micro, ""),
        ("closing", summary.closing_micro, ""),
        ("carried", summary.carried_micro, ""),
    ]


def _words(document: StatementDocument, taken: PayeeDeduction) -> str:
    return deduction_words(LABELS[document.language], taken.name, taken.share_ppm, taken.rule_line)


def render_xlsx(document: StatementDocument) -> bytes:
    """Return what `write_statement_xlsx` writes."""
    stream = io.BytesIO()
    write_statement_xlsx(document, stream)
    return stream.getvalue()


def write_statement_xlsx(document: StatementDocument, stream: BinaryIO) -> None:
    """Write the statement as a workbook: a sheet with the account and one with the lines, no formula anywhere.

    Rows go to disk as they are made, so lines of any number take the same memory.

    Raises:
        LinesChanged: the lines do not sum to the statement's total; what was written is no statement then.
    """
    labels = LABELS[document.language]
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties(
            {
                "title": f"{labels['statement']} {document.number}",
                "author": document.society,
                "created": document.issued_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        money = book.add_format(
            {"num_format": "0." + "0" * (currency_exponent(document.currency) + MICRO_DIGITS), "align": "right"}
        )
        look = _Look(document.currency, labels, book.add_format({"bold": True, "bottom": 1}), money)
        summary = book.add_worksheet(labels["summary"])
        if document.right_to_left:
            summary.right_to_left()
        _write_summary(summary, document, look)
        _write_lines(book, document, look)


@dataclass(frozen=True, slots=True)
class _Look:
    """How cells of one workbook look: its currency, its words, bold text, amounts."""

    currency: str
    labels: Mapping[str, str]
    bold: Format
    money: Format


def _write_summary(page: Worksheet, document: StatementDocument, look: _Look) -> None:
    labels = look.labels
    page.set_column(0, 0, 46)
    page.set_column(1, 1, 40)
    facts = [
        (labels["statement"], document.number),
        (labels["payee"], document.payee_name),
        (labels["code"], document.payee_code),
        (labels["ipi"], document.payee_ipi_name),
        (labels["run"], f"{document.run_number} · {document.run_title}"),
        (labels["period"], f"{document.period_from} – {document.period_to}"),
        (labels["policy"], f"{document.policy_code} · {document.policy_version}"),
        (labels["currency"], document.currency),
        (labels["known"], document.known_at.astimezone(UTC).isoformat()),
        (labels["issued"], document.issued_at.astimezone(UTC).isoformat()),
        (labels["digest"], document.run_digest),
    ]
    for row, (label, value) in enumerate(facts):
        page.write_string(row, 0, label, look.bold if row == 0 else None)
        page.write_string(row, 1, value, look.bold if row == 0 else None)
    below = count(len(facts) + 1)
    for kind, amount_micro, reason in _account(document):
        label = held_label(labels, reason) if kind == "held" else labels[kind]
        if kind == "deducted":
            label = f"{label}: {reason}"
        _write_labelled(page, next(below), label, amount_micro, look)
    for title, chart in zip(("by_source", "by_period"), charts_of(document), strict=True):
        next(below)
        page.write_string(row := next(below), 0, labels[title], look.bold)
        page.write_string(row, 1, document.currency, look.bold)
        for bar in chart.bars:
            label = bar.label or labels["others"].format(count=bar.rest_count)
            _write_labelled(page, next(below), label, bar.amount_micro, look)


def _write_labelled(page: Worksheet, row: int, label: str, amount_micro: int, look: _Look) -> None:
    page.write_string(row, 0, label)
    _write_amount(page, row, 1, amount_micro, look)


def _write_lines(book: xlsxwriter.Workbook, document: StatementDocument, look: _Look) -> None:
    """Write the lines, on as many sheets as they need, and the total below the last."""
    lines = chain.from_iterable(((section, line) for line in section.counted()) for section in document.sections)
    number, row = 0, 0
    page = _lines_sheet(book, document, look, number)
    for section, line in lines:
        if row == SHEET_LINES:
            number, row = number + 1, 0
            page = _lines_sheet(book, document, look, number)
        row += 1
        _write_line(page, row, section, line, look)
    page.write_string(row + 1, 0, look.labels["total"], look.bold)
    _write_amount(page, row + 1, 14, document.summary.gross_micro, look)


def _lines_sheet(book: xlsxwriter.Workbook, document: StatementDocument, look: _Look, number: int) -> Worksheet:
    page = book.add_worksheet(look.labels["lines"] + (f" {number + 1}" if number else ""))
    if document.right_to_left:
        page.right_to_left()
    keys = ("title", "work", "ISWC", "role", "right", "share", "source", "fund", "report", "period", "uses")
    headers = [look.labels.get(key, key) for key in (*keys, "duration", "points", "work_amount", "amount", "rule")]
    page.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        page.set_column(column, column, _WIDTHS[column])
        page.write_string(0, column, header, look.bold)
    return page


def _write_line(page: Worksheet, row: int, section: StatementSection, line: StatementLine, look: _Look) -> None:
    texts = (line.work_title, line.work_code, format_iswc(line.iswc) if line.iswc else "", line.role, line.right)
    _write_texts(page, row, 0, texts)
    page.write_number(row, 5, Decimal(line.share_ppm).scaleb(-4))
    _write_texts(page, row, 6, (section.title, section.fund_code, f"{line.usage.number}"))
    _write_texts(page, row, 9, (f"{line.usage.period_from}/{line.usage.period_to}",))
    page.write_number(row, 10, line.use_count)
    page.write_string(row, 11, format_duration(line.duration_ms))
    page.write_number(row, 12, line.points)
    _write_amount(page, row, 13, line.work_amount_micro, look)
    _write_amount(page, row, 14, line.amount_micro, look)
    page.write_string(row, 15, line.rule_note)


def _write_texts(page: Worksheet, row: int, column: int, texts: Sequence[str]) -> None:
    for place, text in enumerate(texts, column):
        page.write_string(row, place, text)


def _write_amount(page: Worksheet, row: int, column: int, amount_micro: int, look: _Look) -> None:
    """Write the amount as a number where Excel keeps it exact, else as text."""
    text = format_amount(amount_micro, look.currency, full=True)
    if abs(amount_micro) < _EXACT_IN_EXCEL:
        page.write_number(row, column, Decimal(text), look.money)
    else:
        page.write_string(row, column, text, look.money)
