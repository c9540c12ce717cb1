"""The yearly transparency report: every figure a sum of parts of the books, checked against sums of the database.

A figure is found by one pass over the parts of all transfers (`ledger.queries.origins`). Parts that are alike are
summed in columns; one of each says which figures they count for (`rules.figures`). The postings of a figure are found
by the same pass, so they sum to it. The checks take another way: the database sums transfers by pairs of accounts, and
the two have to agree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import HoldExpiry, IncomingStatement, PoolReport
from muniment.pay.distributions.queries.report_checks import Check, balances_of, checks_of
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.societies import society_ids
from muniment.pay.distributions.rules.figures import SOCIETY_USE, FigureKey, ReportFacts, figures_of, report_facts_of
from muniment.pay.distributions.rules.reporting import ReportRules
from muniment.trade.licensing.queries import rights_of_invoiced_funds
from muniment.trust.ledger.bulk.following import Numbered, PartColumns, exact_sums, grouped
from muniment.trust.ledger.bulk.following.kernel import Ints
from muniment.trust.ledger.queries.origins import moved_between, part_columns
from muniment.trust.ledger.rules.origins import Part
from muniment.use.usages.queries import list_reports

_REPORTS_AT_ONCE = 10_000
_COUNTED = ("distribution", "payment order")
"""Kinds of entries whose days a report tells."""
FIRST_YEAR, LAST_YEAR = 1900, 2200


class NoSuchYear(UserError):
    """The year of a report is none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the report in micro-units; `postings_of` its key sum to it."""

    key: FigureKey
    amount_micro: int


@dataclass(frozen=True, slots=True)
class CostRatio:
    """What a category cost: its own costs, its part of the costs that are of no category, both over its revenue."""

    currency: str
    right: str
    use: str
    revenue_micro: int
    direct_micro: int
    indirect_micro: int
    fee_micro: int

    @property
    def cost_micro(self) -> int:
        """Return all costs of the category."""
        return self.direct_micro + self.indirect_micro

    @property
    def cost_ppm(self) -> int | None:
        """Return costs over revenue in parts per million; None without revenue."""
        return self.cost_micro * 1_000_000 // self.revenue_micro if self.revenue_micro > 0 else None

    @property
    def fee_ppm(self) -> int | None:
        """Return what was deducted for management over revenue, in parts per million; None without revenue."""
        return self.fee_micro * 1_000_000 // self.revenue_micro if self.revenue_micro > 0 else None


@dataclass(frozen=True, slots=True)
class Cover:
    """What covers the costs of a year: deductions for management and what investments earned."""

    currency: str
    fee_micro: int
    investment_micro: int
    cost_micro: int

    @property
    def left_micro(self) -> int:
        """Return what is left after the costs; below zero where they are not covered."""
        return self.fee_micro + self.investment_micro - self.cost_micro


@dataclass(frozen=True, slots=True)
class AccountSum:
    """Accounts of one first word (or one account of income or costs) with what they hold or moved."""

    currency: str
    name: str
    stage: str
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How often money was distributed and paid in the year."""

    runs: tuple[str, ...]
    distribution_days: tuple[date, ...]
    payment_days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class TransparencyReport:
    """A year's report: figures by key in order, what is derived from them, and the checks."""

    year: int
    first_day: date
    last_day: date
    currencies: tuple[str, ...]
    figures: tuple[Figure, ...]
    ratios: tuple[CostRatio, ...]
    covers: tuple[Cover, ...]
    position: tuple[AccountSum, ...]
    results: tuple[AccountSum, ...]
    counted: Counted
    checks: tuple[Check, ...]

    @property
    def ties(self) -> bool:
        """Say whether every check has difference 0."""
        return not any(check.difference_micro for check in self.checks)

    def line(self, *names: str) -> tuple[Figure, ...]:
        """Return the figures of lines of the report, in their order."""
        return tuple(figure for figure in self.figures if figure.key.line in names)


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting behind a figure: the transfer, and the part of it that counts."""

    entry_id: int
    transfer_id: int
    booked_on: date
    kind: str
    key: str
    debit: str
    credit: str
    currency: str
    amount_micro: int


def rights_of_funds() -> dict[str, str]:
    """Return the right of each fund: of its licence, its usage reports, or its society's statement; several by +."""
    found = {fund_code: {right} for fund_code, right in rights_of_invoiced_funds().items()}
    for fund_code, right in PoolReport.objects.values_list("pool__fund_code", "right").distinct():
        found.setdefault(fund_code, set()).add(right)
    for report in list_reports(limit=_REPORTS_AT_ONCE).rows:
        if report.fund_code:
            found.setdefault(report.fund_code, set()).add(report.right.value)
    return {fund_code: "+".join(sorted(rights - {""})) for fund_code, rights in found.items()}


def report_facts(year: int, rules: ReportRules | None = None) -> ReportFacts:
    """Return what the report of a year needs beside the books.

    Raises:
        NoSuchYear: it is no year of a calendar.
        BadReportRules: see `report_rules`.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NoSuchYear(f"There is no report of the year {year}.", "Give four digits, such as 2026.")
    senders = IncomingStatement.objects.values_list("number", "society_id")
    expiries = HoldExpiry.objects.filter(entry__isnull=False).values_list("entry_id", "release")
    return report_facts_of(
        year,
        rules or report_rules(),
        {f"{SOCIETY_USE}/{number}": str(society_id) for number, society_id in senders},
        frozenset(map(str, society_ids())),
        {entry_id: release for entry_id, release in expiries if entry_id is not None},
    )


def transparency_report(year: int, *, rules: ReportRules | None = None) -> TransparencyReport:
    """Return the report of a financial year; it reads the whole chain of entries once.

    Raises:
        NoSuchYear, BadReportRules: see `report_facts`.
    """
    facts = report_facts(year, rules)
    sums: dict[FigureKey, int] = {}
    counting = _Counting(facts)
    for alike in _alike_parts(facts):
        for part in alike.parts():
            counting.see(part)
            for key, amount_micro in figures_of(part, facts):
                sums[key] = sums.get(key, 0) + amount_micro
    figures = tuple(Figure(key, sums[key]) for key in sorted(sums, key=_order) if sums[key] or _always(key))
    moved, ever = moved_between(facts.first_day, facts.last_day)
    standing = balances_of(ever)
    position, results = _position(standing), _results(balances_of(moved))
    return TransparencyReport(
        year,
        facts.first_day,
        facts.last_day,
        tuple(sorted({figure.key.currency for figure in figures} | {row.currency for row in position})),
        figures,
        tuple(_ratios(figures, facts.rules)),
        tuple(_covers(figures, facts.rules)),
        position,
        results,
        counting.result(),
        checks_of(sums, facts.rules, moved, standing),
    )


@dataclass(frozen=True, slots=True)
class _Alike:
    """Parts of a piece of the books by what they count for: the place of one of each group, the group of each part."""

    columns: PartColumns
    first: Ints
    group: Ints

    def parts(self) -> Iterator[Part]:
        """Yield one part for all that are alike, with the sum of their amounts."""
        sums = exact_sums(self.columns.amount_micro, self.group, len(self.first))
        for place, amount_micro in zip(self.first.tolist(), sums, strict=True):
            yield self.columns.part(place, amount_micro)


def _alike_parts(facts: ReportFacts) -> Iterator[_Alike]:
    """Yield the parts of the books up to the end of the year, grouped: a distribution to many payees is few."""
    alike: Numbered[str] = Numbered()
    numbers = np.zeros(0, np.int64)
    for columns in part_columns(facts.rules.year_of, rights_of_funds()):
        if not len(numbers):
            numbers = np.array([alike.number(_alike(code)) for code in columns.names.codes], np.int64)
        classes = _entry_classes(columns, facts)
        societies = np.array(
            [place if payee in facts.societies else 0 for place, payee in enumerate(columns.names.payees.values)],
            np.int64,
        )
        of_entry = classes[columns.entry]
        first, group = grouped(
            [
                of_entry, numbers[columns.debit], numbers[columns.credit], columns.base, columns.run,
                societies[columns.payee], columns.settles.astype(np.int64),
            ]
        )  # fmt: skip
        yield _Alike(columns, first, group)


def _entry_classes(columns: PartColumns, facts: ReportFacts) -> Ints:
    """Return a number for each entry, the same for those whose parts count alike."""
    classes: Numbered[tuple[object, ...]] = Numbered()
    found = np.zeros(len(columns.entries), np.int64)
    for place, entry in enumerate(columns.entries):
        on = entry.booked_on
        when = (on > facts.last_day) - (on < facts.first_day)
        counted = (on, entry.kind) if not when and entry.reverses is None and entry.kind in _COUNTED else None
        released = entry.id if entry.id in facts.releases else 0
        found[place] = classes.number((when, entry.currency, counted, released))
    return found


def _alike(code: str) -> str:
    """Return what accounts share that count alike: all payees' accounts, all that is held for payees for a reason."""
    word, _, rest = code.partition("/")
    if word in ("payable", "transit", "receivable", "advance", "recoverable"):
        return word
    return f"held/{rest.partition('/')[0]}/party-" if "/party-" in code else code


def _order(key: FigureKey) -> tuple[str, str, str, str, int, str]:
    return key.line, key.currency, key.right, key.use, key.year, key.detail


def _always(key: FigureKey) -> bool:
    return key.line in ("opening", "closing")


class _Counting:
    """Counts distributions and payments of the year as the parts go by."""

    def __init__(self, facts: ReportFacts) -> None:
        self._facts = facts
        self._runs: set[str] = set()
        self._distributed: set[date] = set()
        self._paid: set[date] = set()

    def see(self, part: Part) -> None:
        """Take note of a part of the books."""
        entry = part.entry
        if not self._facts.first_day <= entry.booked_on <= self._facts.last_day or entry.reverses is not None:
            return
        if entry.kind == "distribution":
            self._runs.add(part.origin.run)
            self._distributed.add(entry.booked_on)
        elif entry.kind == "payment order":
            self._paid.add(entry.booked_on)

    def result(self) -> Counted:
        """Return what was counted."""
        numbers = sorted(self._runs - {""}, key=lambda run: (len(run), run))
        return Counted(tuple(numbers), tuple(sorted(self._distributed)), tuple(sorted(self._paid)))


def _ratios(figures: Iterable[Figure], rules: ReportRules) -> Iterator[CostRatio]:
    """Yield the cost ratio of each category; costs of none are divided by revenue, to the micro-unit."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    shared: dict[str, int] = {}
    for figure in figures:
        key, place = figure.key, None
        if key.line in ("revenue", "from_societies"):
            place = 0
        elif key.line == "cost" and key.detail.startswith(("operating/", "financial/")):
            if not key.right and not key.use:
                shared[key.currency] = shared.get(key.currency, 0) + figure.amount_micro
                continue
            place = 1
        elif key.line == "deduction" and key.detail in rules.management:
            place = 2
        if place is not None:
            sums.setdefault((key.currency, key.right, key.use), [0, 0, 0])[place] += figure.amount_micro
    for currency in sorted({found for found, _, _ in sums} | shared.keys()):
        categories = sorted(found for found in sums if found[0] == currency) or [(currency, "", "")]
        weights = [max(0, sums.get(found, [0])[0]) for found in categories]
        if not any(weights):
            weights = [1] * len(categories)
        indirect = split_exactly(shared.get(currency, 0), weights, categories)
        for found, indirect_micro in zip(categories, indirect, strict=True):
            revenue_micro, direct_micro, fee_micro = sums.get(found, [0, 0, 0])
            yield CostRatio(*found, revenue_micro, direct_micro, indirect_micro, fee_micro)


def _covers(figures: Iterable[Figure], rules: ReportRules) -> Iterator[Cover]:
    sums: dict[str, list[int]] = {}
    for figure in figures:
        key = figure.key
        if key.line == "deduction" and key.detail in rules.management:
            sums.setdefault(key.currency, [0, 0, 0])[0] += figure.amount_micro
        elif key.line == "investment":
            sums.setdefault(key.currency, [0, 0, 0])[1] += figure.amount_micro
        elif key.line == "cost" and not key.detail.startswith("social/"):
            sums.setdefault(key.currency, [0, 0, 0])[2] += figure.amount_micro
    for currency, amounts in sorted(sums.items()):
        yield Cover(currency, *amounts)


_ASSETS = ("bank", "receivable", "advance", "recoverable")
_RESULTS = ("deduction", "investment", "cost", "writeoff", "exchange_difference")


def _position(standing: Mapping[tuple[str, str], int]) -> tuple[AccountSum, ...]:
    """Return assets (positive), liabilities and results (negative) by first word; each currency sums to 0."""
    sums: dict[tuple[str, str], int] = {}
    for (code, currency), balance_micro in standing.items():
        word = code.partition("/")[0]
        sums[currency, word] = sums.get((currency, word), 0) - balance_micro
    return tuple(
        AccountSum(currency, word, "assets" if word in _ASSETS else "results" if word in _RESULTS else "liabilities",
                   amount_micro)
        for (currency, word), amount_micro in sorted(sums.items())
        if amount_micro
    )  # fmt: skip


def _results(moved: Mapping[tuple[str, str], int]) -> tuple[AccountSum, ...]:
    """Return income (positive) and expenses (negative) of the year by account."""
    return tuple(
        AccountSum(currency, code, "income" if balance_micro > 0 else "expense", balance_micro)
        for (code, currency), balance_micro in sorted(moved.items(), key=lambda row: (row[0][1], row[0][0]))
        if code.partition("/")[0] in _RESULTS and balance_micro
    )


def postings_of(
    key: FigureKey, year: int, *, limit: int | None = None, offset: int = 0, rules: ReportRules | None = None
) -> tuple[tuple[PostingRow, ...], int, int]:
    """Return a piece of the postings behind a figure, in the order of booking; how many there are; what they sum to.

    Raises:
        NoSuchYear, BadReportRules: see `report_facts`.
    """
    found: list[PostingRow] = []
    count, total_micro = 0, 0
    for row in iter_postings(key, year, rules=rules):
        if count >= offset and (limit is None or count < offset + limit):
            found.append(row)
        count += 1
        total_micro += row.amount_micro
    return tuple(found), count, total_micro


def iter_postings(key: FigureKey, year: int, *, rules: ReportRules | None = None) -> Iterator[PostingRow]:
    """Yield the postings behind a figure one by one, in the order of booking; they sum to it.

    Raises:
        NoSuchYear, BadReportRules: see `report_facts`.
    """
    facts = report_facts(year, rules)
    for alike in _alike_parts(facts):
        columns = alike.columns
        factors = np.array([_factor(columns.part(place, 1), key, facts) for place in alike.first.tolist()], np.int64)
        counted = factors[alike.group]
        for place in np.flatnonzero((counted != 0) & (columns.amount_micro != 0)).tolist():
            part = columns.part(place)
            entry = part.entry
            yield PostingRow(
                entry.id, part.transfer_id, entry.booked_on, entry.kind, entry.key, part.debit, part.credit,
                entry.currency, int(counted[place]) * part.amount_micro,
            )  # fmt: skip


def _factor(part: Part, key: FigureKey, facts: ReportFacts) -> int:
    """Return what a part of one micro-unit counts for in a figure: mostly 1, -1 or 0."""
    if part.entry.currency != key.currency:
        return 0
    return sum(amount for found, amount in figures_of(part, facts) if found == key)
