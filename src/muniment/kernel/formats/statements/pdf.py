"""The statement as an A4 PDF, typeset by Typst with the fonts of our own packages.

The layout is `statement.typ` beside this module; it gets one JSON value with every figure already written out, so the
only arithmetic there is the sum of a page. Fonts of the machine are ignored, the creation date is the statement's own:
the same document gives the same bytes on any machine with the same Typst.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib import resources
from itertools import accumulate
from pathlib import Path
from typing import Any

import typst

from muniment.kernel.formats.statements.document import (
    StatementDocument,
    StatementLine,
    StatementSection,
    StatementSummary,
)
from muniment.kernel.formats.statements.labels import LABELS, held_label
from muniment.kernel.words.identifiers import format_iswc
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent, format_amount
from muniment.kernel.words.shares import format_percent

_FONT_FOLDERS = (
    ("fontpkg_noto_sans", "files"),
    ("fontpkg_noto_sans_arabic", "files"),
    ("cvttf_NotoSansCJK_Regular", ""),
)
_MAX_TAGGED_LINES = 500
"""Tags for screen readers weigh 2 kB a line; beyond this the workbook is the accessible form."""

_LAYOUT = Path(__file__).with_name("statement.typ")

View = dict[str, Any]
"""A JSON object for the layout; it never leaves this module."""


def render_pdf(document: StatementDocument) -> bytes:
    """Return the PDF of the statement; equal documents give equal bytes."""
    compiler = typst.Compiler(input=_LAYOUT.read_bytes(), root=str(_LAYOUT.parent), font_paths=_fonts())
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"document": json.dumps(_view(document), ensure_ascii=False)},
        timestamp=document.issued_at.astimezone(UTC).replace(microsecond=0),  # a PDF date has whole seconds
        pdf_tags=len(document.lines) <= _MAX_TAGGED_LINES,
    )
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returned several files for one PDF")
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    folders = [str(resources.files(package) / folder) for package, folder in _FONT_FOLDERS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def format_duration(duration_ms: int) -> str:
    """Return whole seconds as "h:mm:ss", rounded down."""
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _view(document: StatementDocument) -> View:
    """Return the document as the layout wants it: text written out, amounts of lines also as integers."""
    labels = LABELS[document.language]
    before = accumulate((section.amount_micro for section in document.sections), initial=0)
    sections = [
        _section_view(section, before_micro, labels, document.currency)
        for section, before_micro in zip(document.sections, before, strict=False)
    ]
    return {
        "labels": labels,
        "language": document.language,
        "right_to_left": document.right_to_left,
        "digits": currency_exponent(document.currency) + MICRO_DIGITS,
        "society": document.society,
        "number": document.number,
        "payee": document.payee_name,
        "title": document.run_title,
        "facts": _facts(document, labels),
        "summary": _summary_rows(document.summary, labels, document.currency),
        "sections": sections,
        "widths": _column_widths(sections, labels),
        "total": format_amount(document.summary.gross_micro, document.currency, full=True),
        "usages": [
            [f"{usage.number}", usage.source_name, _days(usage.period_from, usage.period_to), usage.file_name]
            for usage in document.usages
        ],
        "digests": [[f"{usage.number}", usage.file_digest] for usage in document.usages if usage.file_digest],
        "codes": _codes_used(document, labels),
        "notes": document.notes,
    }


def _facts(document: StatementDocument, labels: Mapping[str, str]) -> list[list[object]]:
    """Return the head of the statement: label, value, and whether the value is a code that runs left to right."""
    facts: list[list[object]] = [
        [labels["payee"], document.payee_name, False],
        [labels["code"], document.payee_code, True],
        [labels["ipi"], document.payee_ipi_name or "–", True],
        [labels["number"], document.number, True],
        [labels["run"], f"{document.run_number} · {_isolated(document.run_title)}", False],
        [labels["period"], _days(document.period_from, document.period_to), True],
        [labels["policy"], f"{document.policy_code} · {document.policy_version}", True],
        [labels["currency"], document.currency, True],
        [labels["known"], _instant(document.known_at), True],
        [labels["issued"], _instant(document.issued_at), True],
    ]
    if document.run_digest:
        facts.append([labels["digest"], document.run_digest, True])
    return facts


def _summary_rows(summary: StatementSummary, labels: Mapping[str, str], currency: str) -> list[list[str]]:
    """Return label, amount and style (plain, sum, part) of each row of the account."""
    rows = [
        (labels["opening"], summary.opening_micro, "plain"),
        (labels["gross"], summary.gross_micro, "plain"),
        *((held_label(labels, held.reason), -held.amount_micro, "plain") for held in summary.held),
        (labels["payable"], summary.payable_micro, "sum"),
        (labels["paid"], -summary.paid_micro, "plain"),
        (labels["closing"], summary.closing_micro, "sum"),
        (labels["bank"], summary.bank_micro, "part"),
        (labels["carried"], summary.carried_micro, "part"),
    ]
    return [[label, format_amount(amount, currency, full=True), style] for label, amount, style in rows]


def _section_view(section: StatementSection, before_micro: int, labels: Mapping[str, str], currency: str) -> View:
    def shown(amount_micro: int) -> str:
        return _isolated(format_amount(amount_micro, currency))

    deductions = [
        f"{_isolated(taken.name)}: {_isolated(format_percent(taken.share_ppm) + ' %')} {labels['of']} "
        f"{shown(taken.base_micro)} = {shown(taken.amount_micro)}"
        for taken in section.deductions
    ]
    pool = (
        f"{labels['pool_gross']} {shown(section.pool_gross_micro)} · "
        f"{labels['pool_net']} {shown(section.pool_net_micro)}"
    )
    totals = accumulate((line.amount_micro for line in section.lines), initial=before_micro)
    next(totals)  # what came before the first line
    return {
        "title": section.title,
        "fund": section.fund_code,
        "pool": pool if section.pool_gross_micro else "",
        "deductions": deductions,
        "point_value": _isolated(section.point_value_note) if section.point_value_note else "",
        "lines": [_line_view(line, next(totals), currency) for line in section.lines],
        "total": format_amount(section.amount_micro, currency, full=True),
    }


def _column_widths(sections: list[View], labels: Mapping[str, str]) -> list[int]:
    """Return how many letters each column but the first must hold, the same for every section of the statement."""
    keys = ("role_right", "share", "report", "uses", "duration", "points", "work_amount", "amount")
    rows = [line for section in sections for line in section["lines"]]
    return [max([len(labels[key]), *(len(row[column]) for row in rows)]) for column, key in enumerate(keys, start=3)]


def _isolated(text: str) -> str:
    """Return `text` between marks that keep its own direction inside a line of the other direction."""
    return f"\u2068{text}\u2069"


def _line_view(line: StatementLine, running_micro: int, currency: str) -> list[object]:
    """Return the printed cells of a line and, last, the sum of all lines up to and with this one."""
    codes = " · ".join(part for part in (line.work_code, format_iswc(line.iswc) if line.iswc else "") if part)
    return [
        line.work_title,
        codes,
        line.rule_note,
        f"{line.role} · {line.right}",
        format_percent(line.share_ppm),
        f"{line.usage.number}",
        f"{line.use_count}",
        format_duration(line.duration_ms),
        f"{line.points}",
        format_amount(line.work_amount_micro, currency, full=True),
        format_amount(line.amount_micro, currency, full=True),
        running_micro,
    ]


def _codes_used(document: StatementDocument, labels: Mapping[str, str]) -> list[list[str]]:
    used = {line.role for line in document.lines} | {line.right for line in document.lines}
    return [[code, labels[f"code.{code}"]] for code in sorted(used) if f"code.{code}" in labels]


def _days(first: date, last: date) -> str:
    return f"{first.isoformat()} – {last.isoformat()}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
