"""Transparency reports as they were prepared and published: the sealed figures, whatever was booked since.

A report is sealed whole, as one table of amounts: its figures by their keys, and under names of their own all that is
derived from them (ratios, cover, sums of the books, checks, days), so that it reads the same for ever. `sealed_table`
and `report_of` are each other's inverse.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from muniment.pay.distributions.queries.clocks import PUBLISHED_TAG, published_on
from muniment.pay.distributions.queries.report_checks import Check
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.transparency import (
    AccountSum,
    CostRatio,
    Counted,
    Cover,
    Figure,
    TransparencyReport,
)
from muniment.pay.distributions.rules.figures import FigureKey
from muniment.trust.access.queries import EventRow, list_events
from muniment.trust.batches.queries import open_batch

PREPARED_TAG = "report.prepared"

FIGURES = pa.schema(
    [
        pa.field("line", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
        pa.field("use", pa.string(), nullable=False),
        pa.field("year", pa.int64(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""The amounts of a report, as they are sealed."""

_RATIO = ("ratio:revenue", "ratio:direct", "ratio:indirect", "ratio:fee")
_COVER = ("cover:fee", "cover:investment", "cover:cost")
_CHECK = ("check:report", "check:books")
_BOOK, _SPAN, _RUN, _DISTRIBUTED, _PAID = "book:", "span", "run", "day:distribution", "day:payment"
_PLAIN = (_SPAN, _RUN, _DISTRIBUTED, _PAID)
_DERIVED = ("ratio:", "cover:", "check:", _BOOK)


@dataclass(frozen=True, slots=True)
class PreparedReport:
    """A report that waits for a second person to publish it: who prepared it when, and its sealed figures."""

    year: int
    by: str
    at: datetime
    batch_id: int
    report: TransparencyReport


@dataclass(frozen=True, slots=True)
class PublishedReport:
    """A report as last published: when it was first and last, and what was sealed."""

    year: int
    first_on: date
    last_on: date
    published_at: datetime
    batch_id: int
    report: TransparencyReport


def sealed_table(report: TransparencyReport) -> pa.Table:
    """Return all amounts of a report as a table of the schema FIGURES."""
    return pa.Table.from_pylist(
        [
            {
                "line": row.key.line, "currency": row.key.currency, "right": row.key.right, "use": row.key.use,
                "year": row.key.year, "detail": row.key.detail, "amount_micro": row.amount_micro,
            }
            for row in (*report.figures, *_derived(report))
        ],
        schema=FIGURES,
    )  # fmt: skip


def _derived(report: TransparencyReport) -> Iterator[Figure]:
    """Yield what is derived from the figures, each amount under a name that no line of figures has."""
    for ratio in report.ratios:
        place = (ratio.currency, ratio.right, ratio.use)
        amounts = (ratio.revenue_micro, ratio.direct_micro, ratio.indirect_micro, ratio.fee_micro)
        yield from (Figure(FigureKey(line, *place), amount) for line, amount in zip(_RATIO, amounts, strict=True))
    for cover in report.covers:
        covered = (cover.fee_micro, cover.investment_micro, cover.cost_micro)
        yield from (
            Figure(FigureKey(line, cover.currency), amount) for line, amount in zip(_COVER, covered, strict=True)
        )
    for book in (*report.position, *report.results):
        yield Figure(FigureKey(f"{_BOOK}{book.stage}", book.currency, detail=book.name), book.amount_micro)
    for check in report.checks:
        two = (check.report_micro, check.books_micro)
        yield from (
            Figure(FigureKey(line, check.currency, detail=check.name), amount)
            for line, amount in zip(_CHECK, two, strict=True)
        )
    told = (
        (_SPAN, (report.first_day, report.last_day)), (_RUN, report.counted.runs),
        (_DISTRIBUTED, report.counted.distribution_days), (_PAID, report.counted.payment_days),
    )  # fmt: skip
    for line, values in told:
        yield from (Figure(FigureKey(line, "", detail=str(value)), 0) for value in values)


def report_of(year: int, table: pa.Table) -> TransparencyReport:
    """Return the report whose amounts were sealed; what older versions did not seal is empty."""
    rows = [
        Figure(
            FigureKey(row["line"], row["currency"], row["right"], row["use"], row["year"], row["detail"]),
            row["amount_micro"],
        )
        for row in table.to_pylist()
    ]
    figures = tuple(row for row in rows if row.key.line not in _PLAIN and not row.key.line.startswith(_DERIVED))
    days = [date.fromisoformat(row.key.detail) for row in rows if row.key.line == _SPAN]
    rules = report_rules()
    position, results = _books(rows, ("assets", "liabilities", "results")), _books(rows, ("income", "expense"))
    return TransparencyReport(
        year,
        days[0] if days else rules.first_day(year),
        days[1] if days else rules.last_day(year),
        tuple(sorted({row.key.currency for row in figures} | {row.currency for row in position})),
        figures,
        tuple(
            CostRatio(key.currency, key.right, key.use, *amounts) for key, amounts in _together(rows, _RATIO)
        ),
        tuple(Cover(key.currency, *amounts) for key, amounts in _together(rows, _COVER)),
        position,
        results,
        Counted(
            tuple(row.key.detail for row in rows if row.key.line == _RUN), _days(rows, _DISTRIBUTED), _days(rows, _PAID)
        ),
        tuple(Check(key.detail, key.currency, *amounts) for key, amounts in _together(rows, _CHECK)),
    )  # fmt: skip


def _together(rows: Iterable[Figure], lines: Sequence[str]) -> Iterator[tuple[FigureKey, list[int]]]:
    """Yield the amounts that `lines` have of one key, in the order in which the keys were sealed."""
    found: dict[FigureKey, list[int]] = {}
    for row in rows:
        if row.key.line in lines:
            place = FigureKey(lines[0], row.key.currency, row.key.right, row.key.use, row.key.year, row.key.detail)
            found.setdefault(place, [0] * len(lines))[lines.index(row.key.line)] = row.amount_micro
    yield from found.items()


def _books(rows: Iterable[Figure], stages: Sequence[str]) -> tuple[AccountSum, ...]:
    wanted = {f"{_BOOK}{stage}": stage for stage in stages}
    return tuple(
        AccountSum(row.key.currency, row.key.detail, wanted[row.key.line], row.amount_micro)
        for row in rows
        if row.key.line in wanted
    )


def _days(rows: Iterable[Figure], line: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(row.key.detail) for row in rows if row.key.line == line)


def prepared_report(year: int) -> PreparedReport | None:
    """Return the report of a year that waits to be published, None where none does.

    Raises:
        BrokenBatch: the sealed figures are missing or changed.
    """
    prepared, published = _latest(PREPARED_TAG, year), _latest(PUBLISHED_TAG, year)
    if prepared is None or (published is not None and published.seq > prepared.seq):
        return None
    batch_id = _batch_of(prepared)
    return PreparedReport(year, prepared.actor_name, prepared.at, batch_id, report_of(year, open_batch(batch_id)))


def published_report(year: int) -> PublishedReport | None:
    """Return the report of a year as it was last published, None where it was not.

    Raises:
        BrokenBatch: the sealed figures are missing or changed.
    """
    event = _latest(PUBLISHED_TAG, year)
    if event is None:
        return None
    batch_id = _batch_of(event)
    return PublishedReport(
        year, published_on()[year], event.at.date(), event.at, batch_id, report_of(year, open_batch(batch_id))
    )


def _latest(tag: str, year: int) -> EventRow | None:
    rows = list_events(tag=tag, subject=("report", year), limit=1).rows
    return rows[0] if rows else None


def _batch_of(event: EventRow) -> int:
    return int(json.loads(event.after)["batch"])
