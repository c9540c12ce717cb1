"""The statement as an A4 PDF, typeset by Typst with the fonts of our own packages.

The layout is `statement.typ` beside this module; it gets one JSON value with every figure already written out, so the
only arithmetic there is the sum of a page. Fonts of the machine are ignored, the creation date is the statement's own:
the same document gives the same bytes on any machine with the same Typst.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import accumulate, batched
from pathlib import Path
from typing import Any, BinaryIO

from muniment.kernel.formats.statements.charts import WIDTH, Chart, charts_of
from muniment.kernel.formats.statements.document import (
    PayeeDeduction,
    PoolDeduction,
    StatementDocument,
    StatementLine,
    StatementSection,
    StatementSummary,
)
from muniment.kernel.formats.statements.joining import JoinedPdf
from muniment.kernel.formats.statements.labels import LABELS, deduction_words, held_label
from muniment.kernel.formats.typesetting import scripts_of, typeset, without_glyphs
from muniment.kernel.words.identifiers import format_iswc
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent, format_amount
from muniment.kernel.words.shares import format_percent

_MAX_TAGGED_LINES = 500
"""Tags for screen readers weigh 2 kB a line; beyond this the workbook is the accessible form."""

PART_LINES = 500
"""How many lines are typeset at once: some seventy megabytes."""

_LAYOUT = Path(__file__).with_name("statement.typ")

View = dict[str, Any]
"""A JSON object for the layout; it never leaves this module."""


def render_pdf(document: StatementDocument) -> bytes:
    """Return what `write_statement_pdf` writes."""
    stream = io.BytesIO()
    write_statement_pdf(document, stream)
    return stream.getvalue()


def write_statement_pdf(document: StatementDocument, stream: BinaryIO) -> None:
    """Write the PDF of a statement; equal documents give equal bytes.

    A statement of more than `PART_LINES` lines is typeset in parts, each from a new page, and joined as they come, so
    that it takes the memory of one part. Its pages say which they are, not of how many.

    Raises:
        LinesChanged: the lines do not sum to the statement's total; what was written is no statement then.
    """
    if document.line_count <= PART_LINES:
        view = _view(document, _Part(tuple(_pieces(document)), is_first=True, is_last=True))
        stream.write(_typeset(document, _with_note(view, without_glyphs(view))))
        return
    joined = JoinedPdf(stream)
    pages, missing = 0, frozenset[str]()
    for part in _parts(document):
        view = _view(document, replace(part, pages_before=pages))
        missing |= without_glyphs(view)
        pages += joined.add(_typeset(document, _with_note(view, missing) if part.is_last else view))
    joined.close()


def _typeset(document: StatementDocument, view: View) -> bytes:
    return typeset(_LAYOUT, view, document.issued_at, tagged=document.line_count <= _MAX_TAGGED_LINES)


def _with_note(view: View, missing: Iterable[str]) -> View:
    """Return a view with a note on letters that no font has, where there are any."""
    scripts = ", ".join(scripts_of(missing))
    return {**view, "notes": [*view["notes"], view["labels"]["no_glyph"].format(scripts=scripts)]} if scripts else view


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some lines of a section that follow each other, and what all lines of the statement before them come to."""

    section: StatementSection
    lines: tuple[StatementLine, ...]
    before_micro: int
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """What is typeset at once: the pieces of some sections, with the head before the first and the notes after the
    last."""

    pieces: tuple[_Piece, ...]
    is_first: bool
    is_last: bool
    pages_before: int = 0


def _pieces(document: StatementDocument) -> Iterator[_Piece]:
    """Yield the lines of a statement, section by section, at most `PART_LINES` at once."""
    before_micro = 0
    for section in document.sections:
        known, done = section.facts, 0
        for lines in batched(section.counted(), PART_LINES):
            done += len(lines)
            yield _Piece(section, lines, before_micro, done == len(lines), done >= known.line_count)
            before_micro += sum(line.amount_micro for line in lines)


def _parts(document: StatementDocument) -> Iterator[_Part]:
    """Yield the pieces of a long statement, as many at once as have about `PART_LINES` lines together."""
    some: list[_Piece] = []
    is_first = True
    for piece in _pieces(document):
        if some and sum(len(one.lines) for one in some) + len(piece.lines) > PART_LINES:
            yield _Part(tuple(some), is_first, is_last=False)
            some, is_first = [], False
        some.append(piece)
    yield _Part(tuple(some), is_first, is_last=True)


def format_duration(duration_ms: int) -> str:
    """Return whole seconds as "h:mm:ss", rounded down."""
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def _view(document: StatementDocument, part: _Part) -> View:
    """Return a part of the document as the layout wants it: text written out, amounts of lines also as integers."""
    labels, currency = LABELS[document.language], document.currency
    sections = [_section_view(piece, labels, currency) for piece in part.pieces]
    return {
        "labels": labels,
        "language": document.language,
        "right_to_left": document.right_to_left,
        "digits": currency_exponent(currency) + MICRO_DIGITS,
        "is_first": part.is_first,
        "is_last": part.is_last,
        "is_whole": part.is_first and part.is_last,
        "pages_before": part.pages_before,
        "before": part.pieces[0].before_micro if part.pieces else 0,
        "society": document.society,
        "number": document.number,
        "payee": document.payee_name,
        "title": document.run_title,
        "facts": _facts(document, labels),
        "summary": _summary_rows(document.summary, labels, currency),
        "charts": _charts_view(document, labels),
        "sections": sections,
        "widths": _column_widths(sections, labels),
        "total": format_amount(document.summary.gross_micro, currency, full=True),
        "usages": [
            [f"{usage.number}", usage.source_name, _days(usage.period_from, usage.period_to), usage.file_name]
            for usage in document.usages
        ],
        "digests": [[f"{usage.number}", usage.file_digest] for usage in document.usages if usage.file_digest],
        "codes": _codes_used(document, labels),
        "notes": document.notes,
    }


def _charts_view(document: StatementDocument, labels: Mapping[str, str]) -> list[View]:
    """Return the charts that have anything to compare: title, bars with their labels, the whole."""
    return [
        _chart_view(labels[title], chart, labels, document.currency)
        for title, chart in zip(("by_source", "by_period"), charts_of(document), strict=True)
        if chart.bars
    ]


def _chart_view(title: str, chart: Chart, labels: Mapping[str, str], currency: str) -> View:
    bars = [
        [
            bar.label or labels["others"].format(count=bar.rest_count),
            bar.start / WIDTH,
            bar.drawn_width / WIDTH,
            bar.is_negative,
            format_amount(bar.amount_micro, currency, full=True),
            bar.share_percent if bar.share_ppm else "",
        ]
        for bar in chart.bars
    ]
    return {
        "title": title,
        "zero": chart.zero / WIDTH,
        "bars": bars,
        "total": format_amount(chart.amount_micro, currency, full=True),
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
        *((_taken_label(labels, taken), -taken.amount_micro, "plain") for taken in summary.deductions),
        *((held_label(labels, held.reason), -held.amount_micro, "plain") for held in summary.held),
        (labels["payable"], summary.payable_micro, "sum"),
        (labels["paid"], -summary.paid_micro, "plain"),
        (labels["closing"], summary.closing_micro, "sum"),
        (labels["bank"], summary.bank_micro, "part"),
        (labels["carried"], summary.carried_micro, "part"),
    ]
    return [[label, format_amount(amount, currency, full=True), style] for label, amount, style in rows]


def _taken_label(labels: Mapping[str, str], taken: PayeeDeduction) -> str:
    words = deduction_words(labels, taken.name, taken.share_ppm, taken.rule_line)
    return f"{labels['deducted']}: {_isolated(words)}"


def _section_view(piece: _Piece, labels: Mapping[str, str], currency: str) -> View:
    section = piece.section
    totals = accumulate((line.amount_micro for line in piece.lines), initial=piece.before_micro)
    next(totals)  # what came before the first line
    lines = [_line_view(line, next(totals), currency) for line in piece.lines]
    total = format_amount(section.amount_micro, currency, full=True) if piece.is_last else ""
    view: View = {"fund": section.fund_code, "lines": lines, "total": total, "is_first": piece.is_first}
    if not piece.is_first:
        title = f"{_isolated(section.title)} ({labels['continued']})"
        return {**view, "title": title, "pool": "", "deductions": [], "point_value": ""}

    def shown(amount_micro: int) -> str:
        return _isolated(format_amount(amount_micro, currency))

    def told(taken: PoolDeduction) -> str:
        share = f"{_isolated(format_percent(taken.share_ppm) + ' %')} {labels['of']} {shown(taken.base_micro)} = "
        line = f" ({labels['rule_line'].format(line=taken.rule_line)})" if taken.rule_line else ""
        return f"{_isolated(taken.name)}: {share if taken.share_ppm else ''}{shown(taken.amount_micro)}{line}"

    deductions = [told(taken) for taken in section.deductions]
    pool = (
        f"{labels['pool_gross']} {shown(section.pool_gross_micro)} · "
        f"{labels['pool_net']} {shown(section.pool_net_micro)}"
    )
    return {
        **view,
        "title": section.title,
        "pool": pool if section.pool_gross_micro else "",
        "deductions": deductions,
        "point_value": _isolated(section.point_value_note) if section.point_value_note else "",
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
    return [[code, labels[f"code.{code}"]] for code in sorted(document.codes) if f"code.{code}" in labels]


def _days(first: date, last: date) -> str:
    return f"{first.isoformat()} – {last.isoformat()}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
