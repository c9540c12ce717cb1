"""Income as bars: by source and by period of use, for paper, screens and readers of tables alike.

A chart is a list of bars with their labels; whoever draws it writes the amount beside each bar, so nothing has to be
read off a scale and no colour means anything. What is below zero lies on the other side of the zero line. The bars of
a chart sum to the whole it is of: what has no room of its own is one last bar.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from muniment.kernel.formats.statements.document import StatementDocument, UsageSum

BARS = 12
"""A chart has this many bars at most, the one for the rest included."""

WIDTH = 1_000
"""Bars are placed on a line from 0 to this."""

_DAY = timedelta(days=1)
_MONTHS_OF = {1: "month", 3: "quarter", 6: "half", 12: "year"}


def round_half_up(dividend: int, divisor: int) -> int:
    """Return dividend / divisor to the nearest whole number; `divisor` is above zero."""
    return (2 * dividend + divisor) // (2 * divisor)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, how much, its share of the whole, and where it lies from 0 to `WIDTH`.

    `rest_count` is not 0 for the bar of everything that has none of its own: how many those are.
    """

    label: str
    amount_micro: int
    share_ppm: int
    start: int
    width: int
    rest_count: int = 0

    @property
    def is_negative(self) -> bool:
        """Whether the amount is below zero."""
        return self.amount_micro < 0

    @property
    def drawn_width(self) -> int:
        """How wide the bar is drawn: one of any amount can be seen."""
        return max(self.width, 2) if self.amount_micro else 0

    @property
    def share_percent(self) -> str:
        """Return the share of the whole, to a tenth of a percent."""
        return f"{round_half_up(self.share_ppm, 1_000) / 10:.1f} %"


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in the order they are drawn; `zero` is where the zero line lies."""

    bars: tuple[Bar, ...]
    zero: int

    @property
    def amount_micro(self) -> int:
        """The sum of all bars."""
        return sum(bar.amount_micro for bar in self.bars)


def by_source(sums: Iterable[UsageSum]) -> Chart:
    """Return income by who reported the use, the largest first."""
    found: Counter[str] = Counter()
    for one in sums:
        found[one.usage.source_name] += one.amount_micro
    return chart_of(dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))))


def by_period(sums: Iterable[UsageSum]) -> Chart:
    """Return income by the days that the reports are for, the earliest first."""
    found: Counter[tuple[date, date]] = Counter()
    for one in sums:
        found[one.usage.period_from, one.usage.period_to] += one.amount_micro
    return chart_of({period_name(*days): found[days] for days in sorted(found)}, keep_last=True)


def charts_of(document: StatementDocument) -> tuple[Chart, Chart]:
    """Return the charts of a statement: by source, by period; each sums to the sum of its lines."""
    sums = document.usage_sums
    return by_source(sums), by_period(sums)


def chart_of(amounts: Mapping[str, int], *, keep_last: bool = False) -> Chart:
    """Return the bars of labelled amounts in their order, at most `BARS`.

    Args:
        amounts: micro-units by label; any may be below zero.
        keep_last: the rest is what comes first (the oldest periods), not what comes last (the smallest sources).
    """
    items = [(label, amount_micro, 0) for label, amount_micro in amounts.items()]
    if len(items) > BARS:
        room = BARS - 1
        kept, rest = (items[-room:], items[:-room]) if keep_last else (items[:room], items[room:])
        others = [("", sum(amount_micro for _, amount_micro, _ in rest), len(rest))]
        items = [*others, *kept] if keep_last else [*kept, *others]
    low = min(0, *(amount for _, amount, _ in items)) if items else 0
    high = max(0, *(amount for _, amount, _ in items)) if items else 0
    span = max(high - low, 1)
    total = sum(amount for _, amount, _ in items)

    def place(amount_micro: int) -> int:
        return WIDTH * (amount_micro - low) // span

    bars = tuple(
        Bar(
            label,
            amount,
            round_half_up(1_000_000 * amount, total) if total > 0 else 0,
            place(min(amount, 0)),
            place(max(amount, 0)) - place(min(amount, 0)),
            count,
        )
        for label, amount, count in items
    )
    return Chart(bars, place(0))


def period_name(first: date, last: date) -> str:
    """Return a period in few letters: "2026", "2026-H1", "2026-Q3", "2026-07", a day, or both days."""
    if first == last:
        return first.isoformat()
    after = last + _DAY
    months = 12 * (after.year - first.year) + after.month - first.month
    whole = first.day == after.day == 1 and months in _MONTHS_OF and (first.month - 1) % months == 0
    if not whole:
        return f"{first.isoformat()} – {last.isoformat()}"
    return {
        "month": f"{first.year}-{first.month:02d}",
        "quarter": f"{first.year}-Q{(first.month + 2) // 3}",
        "half": f"{first.year}-H{(first.month + 5) // 6}",
        "year": f"{first.year}",
    }[_MONTHS_OF[months]]
