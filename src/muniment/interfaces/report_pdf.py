"""The transparency report on paper: its sections as tables, in one language, every figure to its last digit.

A table shows only the columns that tell something in it, and one currency, so that it fits an upright page.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

from django.conf import settings
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _

from muniment.interfaces.report_sections import Section, Shown, sections_of
from muniment.interfaces.report_table import percent
from muniment.interfaces.report_words import check_words, flow_words, stage_words
from muniment.kernel.formats.printed import (
    PrintedColumn,
    PrintedReport,
    PrintedSection,
    PrintedTable,
    PrintedWords,
    render_report,
)
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.queries.published_reports import PublishedReport
from muniment.pay.distributions.queries.report_checks import Check
from muniment.pay.distributions.queries.transparency import AccountSum, Counted, TransparencyReport


class NotPrintedIn(UserError):
    """Reports are not printed in this language."""


def report_pdf(report: TransparencyReport, language: str = "") -> bytes:
    """Return the PDF of a report that is not published, which it says; equal books give equal bytes.

    `language` is one of the settings' LANGUAGES; where it is empty, the society's own.

    Raises:
        NotPrintedIn: there are no words in this language.
    """
    at = datetime.combine(report.last_day, time(), UTC)

    def told() -> tuple[str, tuple[str, ...]]:
        mark = _("Draft, not published")
        return mark, (mark,) if report.ties else (mark, _("The report does not tie; see the checks."))

    return _rendered(report, language, at, told)


def published_pdf(published: PublishedReport, language: str = "") -> bytes:
    """Return the PDF of a report as it was last published; the same bytes whenever it is made. See `report_pdf`.

    Raises:
        NotPrintedIn: there are no words in this language.
    """

    def told() -> tuple[str, tuple[str, ...]]:
        first, last = published.first_on.isoformat(), published.last_on.isoformat()
        corrected = (f"{_('Corrected')} {_day(last)}",) if last != first else ()
        mark = _("Sealed as batch %(number)s on %(day)s") % {"number": published.batch_id, "day": _day(last)}
        return mark, (f"{_('Published')} {_day(first)}", *corrected)

    return _rendered(published.report, language, published.published_at, told)


def language_named(language: str) -> str:
    """Return the code of a language that reports are printed in; the society's own for none.

    Raises:
        NotPrintedIn: there are no words in it.
    """
    known = [code for code, _name in settings.LANGUAGES]
    if language and language not in known:
        raise NotPrintedIn(f"Reports are not printed in {language!r}.", f"Write one of {', '.join(known)}.")
    return language or (settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in known else known[0])


def _rendered(
    report: TransparencyReport, language: str, at: datetime, told: Callable[[], tuple[str, tuple[str, ...]]]
) -> bytes:
    code = language_named(language)
    with override(code):
        mark, state = told()
        document = PrintedReport(
            society=settings.MUNIMENT_SOCIETY,
            title=_("Transparency report %(year)s") % {"year": report.year},
            language=code,
            right_to_left=get_language_info(code)["bidi"],
            made_at=at,
            lead=(f"{_day(report.first_day.isoformat())} – {_day(report.last_day.isoformat())}", *state),
            mark=mark,
            sections=tuple(_sections(report)),
            notes=(_("Every figure is a sum of postings in the books, to the last digit that they keep."),),
            words=PrintedWords(
                page=_("Page"),
                nothing=_("Nothing in this year."),
                no_glyph=_(
                    "Some letters are printed as empty boxes, because no font of this installation has them: {scripts}."
                ),
            ),
        )
    return render_report(document)


def _sections(report: TransparencyReport) -> Iterator[PrintedSection]:
    for section in sections_of(report.figures):
        yield PrintedSection(section.title, section.help, tuple(_tables(section)))
    yield PrintedSection(_("Cost over revenue"), _("Own costs, and a part of those that have no right and no use."),
                         tuple(_ratios(report)))  # fmt: skip
    yield PrintedSection(_("What covered the costs"), "", tuple(_covers(report)))
    yield PrintedSection(_("How often money was distributed and paid"), "", tuple(_days(report.counted)))
    stages = stage_words()
    yield PrintedSection(
        _("Assets and liabilities at the end of the year"),
        _("Assets are above zero, what is owed and what was earned is below; together they are 0."),
        tuple(_books(report.position, stages)),
    )
    yield PrintedSection(
        _("Income and expenditure of the year"),
        _("Income is above zero, expenses are below."),
        tuple(_books(report.results, stages)),
    )
    yield PrintedSection(
        _("Checks"),
        _("The report sums the parts of postings; the database sums transfers by accounts. The two have to agree to "
          "the micro-unit."),
        tuple(_checks(report.checks)),
    )  # fmt: skip


def _day(day: str) -> str:
    """Return a day between marks that keep it left to right inside a line of the other direction."""
    return f"\u2066{day}\u2069"


def _amount(amount_micro: int, currency: str) -> str:
    return format_amount(amount_micro, currency, full=True)


def _tables(section: Section) -> Iterator[PrintedTable]:
    """Yield a table of a section's figures for each currency, without the columns that are empty in it."""
    currencies = list(dict.fromkeys(row.figure.key.currency for row in section.rows))
    for currency in currencies:
        rows = [row for row in section.rows if row.figure.key.currency == currency]
        columns = [(column, cell) for column, cell in _columns() if any(cell(row) for row in rows)]
        sums = [amount_micro for of, amount_micro in section.sums if of == currency and len(rows) > 1]
        yield PrintedTable(
            (*(column for column, _cell in columns), PrintedColumn(_("Amount"))),
            tuple((*(cell(row) for _, cell in columns), _amount(row.figure.amount_micro, currency)) for row in rows),
            tuple((_("Together"), *[""] * (len(columns) - 1), _amount(total, currency)) for total in sums),
            currency,
        )


def _columns() -> list[tuple[PrintedColumn, Callable[[Shown], str]]]:
    """Return the columns of a table of figures, each with what it says of a figure."""
    return [
        (PrintedColumn(_("Line"), is_text=True), lambda row: row.line),
        (PrintedColumn(_("Right"), is_text=True), lambda row: row.figure.key.right),
        (PrintedColumn(_("Use"), is_text=True), lambda row: row.figure.key.use),
        (PrintedColumn(_("Of what"), is_text=True), lambda row: row.detail),
        (PrintedColumn(_("Collected in")), lambda row: str(row.figure.key.year or "")),
    ]


def _ratios(report: TransparencyReport) -> Iterator[PrintedTable]:
    texts = (PrintedColumn(_("Right"), is_text=True), PrintedColumn(_("Use"), is_text=True))
    heads = (_("Revenue"), _("Own costs"), _("Shared costs"), _("Costs in percent"), _("Management fee"),
             _("Fee in percent"))  # fmt: skip
    for currency in sorted({row.currency for row in report.ratios}):
        rows = tuple(
            (
                row.right or "—", row.use or "—", _amount(row.revenue_micro, currency),
                _amount(row.direct_micro, currency), _amount(row.indirect_micro, currency),
                percent(row.cost_ppm) or "—", _amount(row.fee_micro, currency), percent(row.fee_ppm) or "—",
            )
            for row in report.ratios
            if row.currency == currency
        )  # fmt: skip
        yield PrintedTable((*texts, *map(PrintedColumn, heads)), rows, caption=currency)


def _covers(report: TransparencyReport) -> Iterator[PrintedTable]:
    heads = (_("Currency"), _("Management fees"), _("Investment income"), _("Costs"), _("Left"))
    rows = tuple(
        (
            row.currency,
            *(_amount(part, row.currency) for part in (row.fee_micro, row.investment_micro, row.cost_micro,
                                                       row.left_micro)),
        )
        for row in report.covers
    )  # fmt: skip
    if rows:
        yield PrintedTable(_columns_of(heads, 1), rows)


def _columns_of(heads: Sequence[str], text_count: int) -> tuple[PrintedColumn, ...]:
    return tuple(PrintedColumn(head, is_text=place < text_count) for place, head in enumerate(heads))


def _days(counted: Counted) -> Iterator[PrintedTable]:
    def days(found: Iterable[date]) -> str:
        return ", ".join(day.isoformat() for day in found) or "—"

    rows = ((_("Distributed on"), days(counted.distribution_days)), (_("Paid on"), days(counted.payment_days)))
    if counted.distribution_days or counted.payment_days:
        yield PrintedTable(_columns_of((_("What"), _("Days")), 2), rows)


def _books(sums: Sequence[AccountSum], stages: dict[str, str]) -> Iterator[PrintedTable]:
    for currency in sorted({row.currency for row in sums}):
        rows = tuple(
            (_code(row.name), stages[row.stage], _amount(row.amount_micro, currency))
            for row in sums
            if row.currency == currency
        )
        yield PrintedTable(_columns_of((_("Account"), _("What"), _("Amount")), 2), rows, caption=currency)


def _code(name: str) -> str:
    return f"\u2066{name}\u2069"


def _checks(checks: Sequence[Check]) -> Iterator[PrintedTable]:
    flows, names = flow_words(), check_words()
    for currency in sorted({check.currency for check in checks}):
        rows = tuple(
            (
                flows.get(name, name) if check.name.startswith("flow:") else names.get(name, name),
                *(_amount(part, currency) for part in (check.report_micro, check.books_micro, check.difference_micro)),
            )
            for check in checks
            if check.currency == currency
            for name in (check.name.removeprefix("flow:"),)
        )
        yield PrintedTable(_columns_of((_("Check"), _("Report"), _("Books"), _("Difference")), 1), rows,
                           caption=currency)  # fmt: skip
