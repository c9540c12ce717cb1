"""A sister society's statement of a run as rows of a table, for files."""

from collections.abc import Iterator

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.shares import format_percent
from muniment.pay.distributions.queries.societies import OutgoingStatement

HEADERS = (
    "kind", "work", "title", "iswc", "owner", "fund", "report", "share_percent", "uses", "points", "currency", "amount",
)  # fmt: skip


def outgoing_rows(statement: OutgoingStatement) -> Iterator[tuple[object, ...]]:
    """Yield the lines, what of deductions came back, the tax, and the total, which is the sum of the rows above."""
    currency = statement.run.currency
    for line in statement.lines:
        work = line.work
        yield (
            "line", work.code if work else "", work.title if work else "", (work.iswc or "") if work else "",
            line.party_name, line.fund_code, line.report_id, format_percent(line.share_ppm), line.use_count,
            line.points, currency, format_amount(line.amount_micro, currency),
        )  # fmt: skip
    row = statement.row
    sums = [("deductions back", row.refund_micro or 0), ("tax withheld", -row.tax_micro), ("total", row.total_micro)]
    for kind, amount_micro in (pair for pair in sums if pair[1] or pair[0] != "tax withheld"):
        yield (kind, *[""] * 9, currency, format_amount(amount_micro, currency))
