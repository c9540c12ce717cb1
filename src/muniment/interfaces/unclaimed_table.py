"""The published list of unclaimed works as rows of a table, for files."""

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.territory import territory_name
from muniment.pay.distributions.queries.published import ListedItem

HEADERS = (
    "item", "title", "performer", "iswc", "right", "source", "territory", "used_from", "used_to", "reason", "run",
    "in_time_until", "currency", "amount",
)  # fmt: skip


def unclaimed_row(item: ListedItem, *, with_amounts: bool) -> tuple[object, ...]:
    """Return an item as a row under `HEADERS`; the amount is left empty where it is not published."""
    return (
        item.key, item.title, item.performer, item.iswc, item.right, item.source, territory_name(item.territory),
        item.used_from, item.used_to, item.reason, item.run_number, item.ends_on or "",
        item.currency if with_amounts else "",
        format_amount(item.amount_micro, item.currency) if with_amounts else "",
    )  # fmt: skip
