"""The clocks that a society is held to: what is due, what is late, how long and how much, on any day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from muniment.pay.distributions.models import IncomingStatement
from muniment.pay.distributions.queries.late import late_reasons
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.societies import incoming_rows
from muniment.pay.distributions.rules.figures import SOCIETY_USE
from muniment.pay.distributions.rules.reporting import ClockRule, Flag, ReportRules, Watched, flag_on
from muniment.trust.access.queries import list_events
from muniment.trust.ledger.bulk.following import STAGES, Numbered, exact_sums, grouped
from muniment.trust.ledger.queries.origins import first_day, part_columns
from muniment.trust.ledger.rules import fund as fund_account
from muniment.trust.ledger.rules.origins import RIGHTHOLDERS, Stage, stage_of

PUBLISHED_TAG = "report.published"

EXPLAINED = "fund_explained"
"""The reason of money in a fund that waits on no hold, where somebody wrote why it is late."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Money of one origin on one account; `reason` is why it waits: a reason of holds, else fund, payable, transit.

    Money in a fund for which somebody wrote why it is late waits for EXPLAINED.
    """

    code: str
    currency: str
    year: int
    fund: str
    reason: str
    amount_micro: int


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock on a day: since when, until when, how it stands, for how many days, and the money behind it.

    `what` is the year, or the number of a society's statement; `name` its society; `reason` why the money waits.
    Clocks of reports have no money.
    """

    clock: ClockRule
    what: str
    name: str
    reason: str
    starts_on: date
    ends_on: date
    flag: Flag
    days_over: int
    currency: str
    amount_micro: int
    account_count: int


def standings_on(on: date, rules: ReportRules) -> tuple[Standing, ...]:
    """Return the money of right holders by account and origin at the end of a day, by days of booking."""
    sums: dict[tuple[str, str, int, str], int] = {}
    theirs = [STAGES.index(stage) for stage in RIGHTHOLDERS]
    for columns in part_columns(rules.year_of):
        in_time = np.array([entry.booked_on <= on for entry in columns.entries], bool)[columns.entry]
        currencies: Numbered[str] = Numbered()
        money = np.array([currencies.number(entry.currency) for entry in columns.entries], np.int64)[columns.entry]
        stages, moved = columns.names.stages, ~columns.settles.astype(bool)
        for account, sign, counts in ((columns.credit, 1, in_time), (columns.debit, -1, in_time & moved)):
            of = np.flatnonzero(counts & np.isin(stages[account], theirs))
            if not len(of):
                continue
            first, group = grouped([money[of], account[of], columns.base[of]])
            for place, amount_micro in zip(
                of[first], exact_sums(columns.amount_micro[of], group, len(first)), strict=True
            ):
                origin = columns.names.bases.values[columns.base[place]]
                code = columns.names.codes[account[place]]
                key = (code, currencies.values[money[place]], origin.year, origin.fund)
                sums[key] = sums.get(key, 0) + sign * amount_micro
    explained = {(fund_account(row.fund_code), row.currency) for row in late_reasons(on)}
    return tuple(
        Standing(
            code, currency, year, fund, EXPLAINED if (code, currency) in explained else _reason(code), amount_micro
        )
        for (code, currency, year, fund), amount_micro in sorted(sums.items())
        if amount_micro
    )


def _reason(code: str) -> str:
    word, _, rest = code.partition("/")
    return rest.partition("/")[0] if word == "held" else word


def clocks_on(on: date, *, rules: ReportRules | None = None) -> tuple[ClockRow, ...]:
    """Return every clock as it stands at the end of a day, the latest first; clocks without money are left out.

    Raises:
        BadReportRules: the file of report rules cannot be used.
    """
    known = rules or report_rules()
    standings = standings_on(on, known)
    rows: list[ClockRow] = []
    for clock in known.clocks:
        match clock.watches:
            case Watched.MONEY:
                rows += _by_year(clock, known, on, standings)
            case Watched.UNOWNED_MONEY:
                rows += _by_year(clock, known, on, [row for row in standings if _is_unowned(row)])
            case Watched.SOCIETY_MONEY:
                rows += _by_statement(clock, known, on, standings)
            case Watched.REPORT:
                rows += list(_of_reports(clock, known, on))
    order = list(Flag)
    return tuple(sorted(rows, key=lambda row: (-order.index(row.flag), -row.days_over, row.ends_on, row.reason)))


def _is_unowned(row: Standing) -> bool:
    return stage_of(row.code) in (Stage.COLLECTED, Stage.WAITING)


def _row(
    clock: ClockRule, rules: ReportRules, on: date, what: str, name: str, starts_on: date, money: list[Standing]
) -> ClockRow:
    reason = money[0].reason if money else ""
    ends_on = clock.ends_on(starts_on)
    excused: bool = clock.watches is not Watched.UNOWNED_MONEY and reason in {EXPLAINED, *rules.excused}
    flag = flag_on(on, ends_on, clock.warn_days, excused=excused)
    return ClockRow(
        clock, what, name, reason, starts_on, ends_on, flag, max(0, (on - ends_on).days),
        money[0].currency if money else "", sum(row.amount_micro for row in money), len({row.code for row in money}),
    )  # fmt: skip


def _grouped[Key](money: Iterable[Standing], keys: Mapping[Standing, Key]) -> dict[Key, list[Standing]]:
    groups: dict[Key, list[Standing]] = {}
    for row in money:
        groups.setdefault(keys[row], []).append(row)
    return groups


def _by_year(clock: ClockRule, rules: ReportRules, on: date, money: Iterable[Standing]) -> Iterator[ClockRow]:
    """Yield a row for each year of collection, reason and currency with money."""
    rows = [row for row in money if row.year]
    groups = _grouped(rows, {row: (row.year, row.reason, row.currency) for row in rows})
    for (year, _, _), found in sorted(groups.items()):
        if sum(row.amount_micro for row in found):
            yield _row(clock, rules, on, str(year), "", rules.last_day(year), found)


def _by_statement(clock: ClockRule, rules: ReportRules, on: date, money: Iterable[Standing]) -> Iterator[ClockRow]:
    """Yield a row for each statement of a sister society whose money is not all passed on."""
    rows = [row for row in money if row.fund.startswith(f"{SOCIETY_USE}/")]
    groups = _grouped(rows, {row: (row.fund, row.reason, row.currency) for row in rows})
    statements = {
        f"{SOCIETY_USE}/{row.number}": row for row in incoming_rows(IncomingStatement.objects.order_by("number"))
    }
    for (fund, _, _), found in sorted(groups.items()):
        statement = statements.get(fund)
        if statement is not None and any(row.amount_micro for row in found):
            number, name = str(statement.number), statement.society_name
            yield _row(clock, rules, on, number, name, statement.received_on, found)


def published_on() -> dict[int, date]:
    """Return the day on which the report of each year was first published."""
    events = list_events(tag=PUBLISHED_TAG, limit=10_000).rows
    return {int(event.subject_id): event.at.date() for event in events if event.subject_id.isdecimal()}


def _of_reports(clock: ClockRule, rules: ReportRules, on: date) -> Iterator[ClockRow]:
    """Yield a row for each year that is over, from the first in which anything was booked, that has no report."""
    first, published = first_day(), published_on()
    if first is None:
        return
    for year in range(rules.year_of(first), rules.year_of(on)):
        day = published.get(year)
        if day is None or day > on:
            yield _row(clock, rules, on, str(year), "", rules.last_day(year), [])


def money_behind(
    code: str, what: str, reason: str, currency: str, *, on: date, rules: ReportRules | None = None
) -> tuple[Standing, ...]:
    """Return the accounts behind a clock's row, the largest amounts first; they sum to its amount.

    Raises:
        BadReportRules: see `clocks_on`.
    """
    known = rules or report_rules()
    clock = next((clock for clock in known.clocks if clock.code == code), None)
    if clock is None:
        return ()
    found = [row for row in standings_on(on, known) if row.reason == reason and row.currency == currency]
    if clock.watches is Watched.SOCIETY_MONEY:
        found = [row for row in found if row.fund == f"{SOCIETY_USE}/{what}"]
    else:
        found = [row for row in found if str(row.year) == what]
    if clock.watches is Watched.UNOWNED_MONEY:
        found = [row for row in found if _is_unowned(row)]
    return tuple(sorted(found, key=lambda row: (-row.amount_micro, row.code)))
