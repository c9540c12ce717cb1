"""The statement as an Excel workbook and as CSV, for members who calculate on.

Excel keeps a number as a binary fraction with fifteen significant digits. An amount whose micro-units have at most
fifteen digits (below 1,000,000,000 in a currency of two decimals) is therefore written as a number and comes back to
the last digit when it is rounded to the decimals shown; a larger one is written as text. The CSV has plain decimal
text, exact at any size.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from muniment.kernel.formats.statements.document import StatementDocument
from muniment.kernel.formats.statements.labels import LABELS, held_label
from muniment.kernel.formats.statements.pdf import format_duration
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.identifiers import format_iswc
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent, format_amount
from muniment.kernel.words.shares import format_percent

CSV_HEADERS = (
    "kind",
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
"""One row a line (`kind` line), then the account: opening, gross, held (one a reason), payable, paid, closing and
carried."""

_EXACT_IN_EXCEL = 10**15
_WIDTHS = (40, 14, 16, 8, 7, 10, 18, 26, 14, 14, 9, 11, 10, 16, 16, 30)


def render_csv(document: StatementDocument) -> bytes:
    """Return the statement as one CSV table under `CSV_HEADERS`: UTF-8 with a byte order mark, no cell a formula."""
    stream = io.BytesIO()
    write_csv(CSV_HEADERS, _csv_rows(document), stream)
    return stream.getvalue()


def _csv_rows(document: StatementDocument) -> Iterator[list[object]]:
    head = [document.number, document.payee_code, document.payee_name, document.run_number, document.currency]
    for section in document.sections:
        for line in section.lines:
            yield [
                "line",
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
    blank = [""] * (len(CSV_HEADERS) - len(head) - 3)
    for kind, amount_micro, note in _account(document):
        yield [kind, *head, *blank, format_amount(amount_micro, document.currency, full=True), note]


def _account(document: StatementDocument) -> list[tuple[str, int, str]]:
    """Return kind, amount and reason of each row of the member's account, in order."""
    summary = document.summary
    return [
        ("opening", summary.opening_micro, ""),
        ("gross", summary.gross_micro, ""),
        *(("held", -held.amount_micro, held.reason) for held in summary.held),
        ("payable", summary.payable_micro, ""),
        ("paid", -summary.paid_micro, ""),
        ("closing", summary.closing_micro, ""),
        ("carried", summary.carried_micro, ""),
    ]


def render_xlsx(document: StatementDocument) -> bytes:
    """Return the statement as a workbook: a sheet with the account and a sheet with the lines, no formula anywhere."""
    stream = io.BytesIO()
    labels = LABELS[document.language]
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
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
        bold = book.add_format({"bold": True, "bottom": 1})
        summary, lines = book.add_worksheet(labels["summary"]), book.add_worksheet(labels["lines"])
        for page in (summary, lines):
            if document.right_to_left:
                page.right_to_left()
        _write_summary(summary, document, labels, bold, money)
        _write_lines(lines, document, labels, bold, money)
    return stream.getvalue()


def _write_summary(
    page: Worksheet, document: StatementDocument, labels: Mapping[str, str], bold: Format, money: Format
) -> None:
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
        page.write_string(row, 0, label, bold if row == 0 else None)
        page.write_string(row, 1, value, bold if row == 0 else None)
    for row, (kind, amount_micro, reason) in enumerate(_account(document), len(facts) + 1):
        page.write_string(row, 0, held_label(labels, reason) if kind == "held" else labels[kind])
        _write_amount(page, row, 1, amount_micro, document.currency, money)


def _write_lines(
    page: Worksheet, document: StatementDocument, labels: Mapping[str, str], bold: Format, money: Format
) -> None:
    keys = ("title", "work", "ISWC", "role", "right", "share", "source", "fund", "report", "period", "uses")
    headers = [labels.get(key, key) for key in (*keys, "duration", "points", "work_amount", "amount", "rule")]
    page.freeze_panes(1, 0)
    for column, header in enumerate(headers):
        page.set_column(column, column, _WIDTHS[column])
        page.write_string(0, column, header, bold)
    found = [(section, line) for section in document.sections for line in section.lines]
    for row, (section, line) in enumerate(found, start=1):
        texts = (line.work_title, line.work_code, format_iswc(line.iswc) if line.iswc else "", line.role, line.right)
        _write_texts(page, row, 0, texts)
        page.write_number(row, 5, Decimal(line.share_ppm).scaleb(-4))
        _write_texts(page, row, 6, (section.title, section.fund_code, f"{line.usage.number}"))
        _write_texts(page, row, 9, (f"{line.usage.period_from}/{line.usage.period_to}",))
        page.write_number(row, 10, line.use_count)
        page.write_string(row, 11, format_duration(line.duration_ms))
        page.write_number(row, 12, line.points)
        _write_amount(page, row, 13, line.work_amount_micro, document.currency, money)
        _write_amount(page, row, 14, line.amount_micro, document.currency, money)
        page.write_string(row, 15, line.rule_note)
    page.write_string(len(found) + 1, 0, labels["total"], bold)
    _write_amount(page, len(found) + 1, 14, document.summary.gross_micro, document.currency, money)


def _write_texts(page: Worksheet, row: int, column: int, texts: Sequence[str]) -> None:
    for place, text in enumerate(texts, column):
        page.write_string(row, place, text)


def _write_amount(page: Worksheet, row: int, column: int, amount_micro: int, currency: str, money: Format) -> None:
    """Write the amount as a number where Excel keeps it exact, else as text."""
    text = format_amount(amount_micro, currency, full=True)
    if abs(amount_micro) < _EXACT_IN_EXCEL:
        page.write_number(row, column, Decimal(text), money)
    else:
        page.write_string(row, column, text, money)
