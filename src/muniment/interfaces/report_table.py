"""The transparency report as rows of a table, in the plain form that files and the command line have."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from muniment.kernel.words.money import format_amount
from muniment.pay.distributions.queries.transparency import Figure, PostingRow, TransparencyReport
from muniment.pay.distributions.rules.figures import INFLOWS, OUTFLOWS
from muniment.rights.parties.queries import names_of

HEADERS = ("Section", "Line", "Currency", "Right", "Use", "Year of collection", "Of what", "Amount")
POSTING_HEADERS = ("Entry", "Transfer", "Day", "What", "Key", "Debit", "Credit", "Currency", "Amount")

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("account", ("opening", *(f"flow:{flow}" for flow in (*INFLOWS, *OUTFLOWS)), "other", "closing")),
    ("revenue", ("revenue", "investment")),
    ("costs", ("cost",)),
    ("deductions", ("deduction",)),
    ("attributed", ("attributed",)),
    ("paid", ("paid", "withheld", "recouped")),
    ("not_attributed", ("not_attributed",)),
    ("unpaid", ("unpaid",)),
    ("late", ("late",)),
    ("non_distributable", ("non_distributable", "non_distributable_used")),
    ("from_societies", ("from_societies", "from_societies_deducted", "from_societies_attributed")),
    ("to_societies", ("to_societies_attributed", "to_societies_deducted", "to_societies_paid")),
    ("social", ("social",)),
    ("cash", ("cash",)),
)
"""The sections of the report in their order, each with the lines that it shows."""


def figures_in(figures: Sequence[Figure], lines: tuple[str, ...]) -> tuple[Figure, ...]:
    """Return the figures of a section by currency, in the order of its lines."""
    found = [row for row in figures if row.key.line in lines]
    return tuple(sorted(found, key=lambda row: (row.key.currency, lines.index(row.key.line))))


def societies_of(figures: Sequence[Figure]) -> dict[str, str]:
    """Return the names of the societies that figures are told apart by, by party as text."""
    found = {row.key.detail for row in figures if "societies" in row.key.line and row.key.detail.isdecimal()}
    return {str(party_id): name for party_id, name in names_of(map(int, sorted(found))).items()}


def _amount(amount_micro: int, currency: str) -> str:
    return format_amount(amount_micro, currency, full=True)


def figure_rows(figures: Sequence[Figure]) -> Iterator[tuple[object, ...]]:
    """Yield figures as rows of a table, section by section."""
    names = societies_of(figures)
    for section, lines in SECTIONS:
        for row in figures_in(figures, lines):
            key = row.key
            detail = names.get(key.detail, key.detail) if "societies" in key.line else key.detail
            shown = _amount(row.amount_micro, key.currency)
            yield section, key.line, key.currency, key.right, key.use, key.year or "", detail, shown


def report_rows(report: TransparencyReport) -> Iterator[tuple[object, ...]]:
    """Yield the figures of a report section by section, then what is derived from them, then the checks."""
    yield from figure_rows(report.figures)
    for ratio in report.ratios:
        place = (ratio.currency, ratio.right, ratio.use, "")
        yield "cost_ratio", "cost_of_revenue", *place, "%", percent(ratio.cost_ppm)
        yield "cost_ratio", "fee_of_revenue", *place, "%", percent(ratio.fee_ppm)
        yield "cost_ratio", "costs_shared_by_revenue", *place, "", _amount(ratio.indirect_micro, ratio.currency)
    for cover in report.covers:
        for name, amount_micro in (
            ("fees", cover.fee_micro), ("investments", cover.investment_micro), ("costs", cover.cost_micro),
            ("left", cover.left_micro),
        ):  # fmt: skip
            yield "cover", name, cover.currency, "", "", "", "", _amount(amount_micro, cover.currency)
    for book in (*report.position, *report.results):
        yield "books", book.stage, book.currency, "", "", "", book.name, _amount(book.amount_micro, book.currency)
    yield "frequency", "distribution_days", "", "", "", "", _days(report.counted.distribution_days), ""
    yield "frequency", "payment_days", "", "", "", "", _days(report.counted.payment_days), ""
    for check in report.checks:
        difference = _amount(check.difference_micro, check.currency)
        yield "checks", check.name, check.currency, "", "", "", "difference", difference


def _days(days: Iterable[date]) -> str:
    return " ".join(day.isoformat() for day in days)


def percent(share_ppm: int | None) -> str:
    """Return parts per million as percent with two places, nothing for none."""
    return "" if share_ppm is None else f"{share_ppm / 10_000:.2f}"


def posting_rows(rows: Iterable[PostingRow]) -> Iterator[tuple[object, ...]]:
    """Yield the postings behind a figure as rows of a table."""
    for row in rows:
        shown = format_amount(row.amount_micro, row.currency, full=True)
        yield (
            row.entry_id, row.transfer_id, row.booked_on, row.kind, row.key, row.debit, row.credit, row.currency, shown,
        )  # fmt: skip
