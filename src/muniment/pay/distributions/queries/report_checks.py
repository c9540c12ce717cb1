"""Checks of a year's report: each figure that can be had in a second way is, by sums that the database takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from muniment.pay.distributions.rules.figures import INFLOWS, OTHER, OUTFLOWS, FigureKey, flow_of, gained
from muniment.pay.distributions.rules.reporting import ReportRules
from muniment.trust.ledger.queries.origins import Moved
from muniment.trust.ledger.rules.origins import RIGHTHOLDERS, stage_of

Sums = Mapping[FigureKey, int]
Standing = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Check:
    """A figure taken in two ways; `difference_micro` is 0 where the report ties."""

    name: str
    currency: str
    report_micro: int
    books_micro: int

    @property
    def difference_micro(self) -> int:
        """Return how far the two are apart."""
        return self.report_micro - self.books_micro


def balances_of(moved: Iterable[Moved]) -> dict[tuple[str, str], int]:
    """Return credits less debits of each account (code, currency)."""
    found: dict[tuple[str, str], int] = {}
    for row in moved:
        found[row.debit, row.currency] = found.get((row.debit, row.currency), 0) - row.amount_micro
        found[row.credit, row.currency] = found.get((row.credit, row.currency), 0) + row.amount_micro
    return found


def checks_of(sums: Sums, rules: ReportRules, moved: Sequence[Moved], standing: Standing) -> tuple[Check, ...]:
    """Return the checks of a report.

    Args:
        sums: the report's figures, sums of parts.
        rules: which deductions are for social purposes.
        moved: what the database says was moved in the year, by pair of accounts.
        standing: what the database says each account (code, currency) held at its end, credits less debits.
    """
    return (*_flow_checks(sums, moved), *_standing_checks(sums, rules, moved, standing))


def _flow_checks(sums: Sums, moved: Sequence[Moved]) -> Iterator[Check]:
    """Yield each flow of the year: nothing moved that the report does not tell."""
    flows: dict[tuple[str, str], int] = {}
    for row in moved:
        found = flow_of(row.debit, row.credit)
        if found is not None:
            flow, sign = found
            flows[row.currency, flow] = flows.get((row.currency, flow), 0) + sign * row.amount_micro
    names = {(key.currency, key.line.removeprefix("flow:")) for key in sums if key.line.startswith("flow:")}
    for currency, flow in sorted(names | flows.keys()):
        report_micro = sums.get(FigureKey(f"flow:{flow}", currency), 0)
        yield Check(f"flow:{flow}", currency, report_micro, flows.get((currency, flow), 0))


def _standing_checks(sums: Sums, rules: ReportRules, moved: Sequence[Moved], standing: Standing) -> Iterator[Check]:
    """Yield what stood at the end, the year's account up to it, cash, the social funds, and the whole books."""
    held: dict[str, int] = {}
    whole: dict[str, int] = {}
    social: dict[str, int] = {}
    for (code, currency), balance_micro in standing.items():
        whole[currency] = whole.get(currency, 0) + balance_micro
        if stage_of(code) in RIGHTHOLDERS:
            held[currency] = held.get(currency, 0) + balance_micro
        word, _, rest = code.partition("/")
        if (word == "deduction" and rest in rules.social) or code.startswith("cost/social/"):
            social[currency] = social.get(currency, 0) + balance_micro
    for currency in sorted(whole):
        of_currency = [row for row in moved if row.currency == currency]
        closing_micro = sums.get(FigureKey("closing", currency), 0)
        opening_micro = sums.get(FigureKey("opening", currency), 0)
        change_micro = sum(
            gained(row.debit, row.credit) * row.amount_micro for row in moved if row.currency == currency
        )
        yield Check("closing", currency, closing_micro, held.get(currency, 0))
        yield Check("opening", currency, opening_micro, held.get(currency, 0) - change_micro)
        yield Check("account_of_the_year", currency, _rolled(sums, currency), held.get(currency, 0))
        yield Check("closing_by_origin", currency, _line(sums, currency, "unpaid", "not_attributed"), closing_micro)
        yield Check("cash", currency, _line(sums, currency, "cash"), _to_bank(of_currency))
        yield Check("social", currency, _line(sums, currency, "social"), social.get(currency, 0))
        yield Check("whole_books", currency, whole[currency], 0)


def _line(sums: Sums, currency: str, *lines: str) -> int:
    return sum(amount_micro for key, amount_micro in sums.items() if key.line in lines and key.currency == currency)


def _to_bank(moved: Sequence[Moved]) -> int:
    return sum(row.amount_micro * ((row.debit == "bank") - (row.credit == "bank")) for row in moved)


def _rolled(sums: Sums, currency: str) -> int:
    """Return opening and inflows less outflows: what must stand at the end of the year, line by line of the report."""

    def flow(name: str) -> int:
        return sums.get(FigureKey(f"flow:{name}", currency), 0)

    opening_micro = sums.get(FigureKey("opening", currency), 0)
    return opening_micro + sum(map(flow, INFLOWS)) - sum(map(flow, OUTFLOWS)) + _line(sums, currency, OTHER)
