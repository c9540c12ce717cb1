"""Numbers, funds and the division of a receipt: what an invoice means for the money that comes in."""

import re
from datetime import date, timedelta

from muniment.kernel.words.problems import UserError

_PERIOD = re.compile(r"(?P<year>[12]\d{3})(?:-Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")

PAYMENT_DAYS = 30
"""An invoice is due this many days after its issue, unless it says otherwise."""


class InvalidDates(UserError):
    """Two dates stand in the wrong order."""


class InvalidReceipt(UserError):
    """A receipt is not positive, or is more than what is open."""


def period_name(period_from: date, period_to: date) -> str:
    """Return the short name of a period whose last day is not included: "2026", "2026-Q3", "2026-07", else its days.

    Raises:
        InvalidDates: it does not end after it begins.
    """
    if period_to <= period_from:
        raise InvalidDates(f"The period from {period_from} to {period_to} has no day.", "Let it end after it begins.")
    if period_from.day == 1 and period_to.day == 1:
        months = (period_to.year - period_from.year) * 12 + period_to.month - period_from.month
        if months == 12 and period_from.month == 1:
            return f"{period_from.year}"
        if months == 3 and period_from.month % 3 == 1:
            return f"{period_from.year}-Q{(period_from.month + 2) // 3}"
        if months == 1:
            return f"{period_from:%Y-%m}"
    return f"{period_from:%Y%m%d}-{period_to - timedelta(days=1):%Y%m%d}"


def read_period(text: str) -> tuple[date, date]:
    """Return the first day and the day after the last of a period's name: "2026", "2026-Q3" or "2026-07".

    Raises:
        InvalidDates: it is none of these.
    """
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        raise InvalidDates(f"{text!r} is not a period.", "Write a year, quarter or month: 2026, 2026-Q3 or 2026-07.")
    year, quarter, month = int(found["year"]), found["quarter"], found["month"]
    if quarter:
        first = date(year, 3 * int(quarter) - 2, 1)
        return first, _months_later(first, 3)
    if month:
        first = date(year, int(month), 1)
        return first, _months_later(first, 1)
    return date(year, 1, 1), date(year + 1, 1, 1)


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def fund_code(fund_kind: str, licensee_code: str, period_from: date, period_to: date) -> str:
    """Return the name of the fund that an invoice fills, such as "radio/LIC-0001/2026-Q3"."""
    return f"{fund_kind}/{licensee_code}/{period_name(period_from, period_to)}"


def invoice_number(year: int, number: int) -> str:
    """Return the printed number of the `number`-th invoice of a year: "INV-2026-00001"."""
    return f"INV-{year}-{number:05d}"


def net_of_receipt(amount_micro: int, *, net_micro: int, vat_micro: int, paid_micro: int, funded_micro: int) -> int:
    """Return the part of a receipt that goes to the fund; the rest pays the tax.

    The parts follow the cumulative sum (as `split_by_shares` does), so after the last receipt of an invoice the fund
    has exactly the net amount, however the money was cut up. `paid_micro` and `funded_micro` are what earlier receipts
    came to and gave to the fund.

    Raises:
        InvalidReceipt: the amount is not positive, or more than is open.
    """
    gross_micro = net_micro + vat_micro
    if amount_micro <= 0:
        raise InvalidReceipt("The amount received is not above zero.", "Reverse the first receipt to take money back.")
    if paid_micro + amount_micro > gross_micro:
        raise InvalidReceipt(
            "The amount received is more than what is open on the invoice.",
            "Post what is open, and return the rest or post it to another invoice.",
        )
    due_micro = (paid_micro + amount_micro) * net_micro // gross_micro
    return min(amount_micro, max(0, due_micro - funded_micro))
