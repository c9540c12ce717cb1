"""Office pages of reports: the transparency report with the postings behind each figure, costs, any trial balance."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.dateparse import parse_date
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import PAGE_SIZE, actor_of, now, once, page_of, staff_page
from muniment.interfaces.report_pdf import report_pdf
from muniment.interfaces.report_sections import sections_of
from muniment.interfaces.report_table import (
    HEADERS,
    POSTING_HEADERS,
    percent,
    posting_rows,
    report_rows,
)
from muniment.interfaces.report_words import (
    check_words,
    detail_words,
    flow_words,
    line_words,
    stage_words,
)
from muniment.interfaces.uploads import received_file
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.formats.tables.writing import Sheet, write_xlsx
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.queries.clocks import published_on
from muniment.pay.distributions.queries.published_reports import prepared_report
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.transparency import (
    PostingRow,
    iter_postings,
    postings_of,
    transparency_report,
)
from muniment.pay.distributions.rules.figures import FigureKey
from muniment.pay.distributions.services.transparency import prepare_report, publish_report
from muniment.trust.access.rules import Action, allows
from muniment.trust.ledger.queries.origins import first_day
from muniment.trust.ledger.queries.reports import balance_by
from muniment.trust.ledger.rules.dimensions import DIMENSIONS, dimensions_named
from muniment.trust.ledger.services.costs import import_costs

_PDF = "application/pdf"
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff_page(Action.LEDGER_READ)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """List the years that have a report, and what can be done with them."""
    rules, first, today = report_rules(), first_day(), now().date()
    years = range(rules.year_of(today), rules.year_of(first) - 1, -1) if first is not None else ()
    published, actor = published_on(), actor_of(request)
    rows = [(year, rules.first_day(year), rules.last_day(year), published.get(year)) for year in years]
    context = {"rows": rows, "today": today, "may_post": allows(actor, Action.LEDGER_POST)}
    return render(request, "office/reports/overview.html", context)


@staff_page(Action.LEDGER_READ)
@require_GET
def transparency(request: HttpRequest, year: int) -> HttpResponse:
    """Show the report of a year, section by section, with its checks."""
    report = transparency_report(year)
    flows, checks = flow_words(), check_words()
    named = [
        (check, flows.get(check.name.removeprefix("flow:"), check.name) if check.name.startswith("flow:")
         else checks.get(check.name, check.name))
        for check in report.checks
    ]  # fmt: skip
    actor, prepared, is_over = actor_of(request), prepared_report(year), now().date() > report.last_day
    context = {
        "report": report,
        "sections": list(sections_of(report.figures, lambda key: _address(report.year, key))),
        "ratios": [(row, percent(row.cost_ppm), percent(row.fee_ppm)) for row in report.ratios],
        "checks": named,
        "stages": stage_words(),
        "published_on": published_on().get(year),
        "prepared": prepared,
        "is_as_prepared": prepared is not None and prepared.report == report,
        "is_own": prepared is not None and prepared.by == actor.name,
        "may_prepare": allows(actor, Action.DISTRIBUTION_WRITE) and is_over,
        "may_publish": allows(actor, Action.DISTRIBUTION_APPROVE) and is_over,
    }
    return render(request, "office/reports/transparency.html", context)


def _address(year: int, key: FigureKey) -> str:
    asked = {
        "line": key.line, "currency": key.currency, "right": key.right, "use": key.use, "year": str(key.year or ""),
        "detail": key.detail,
    }  # fmt: skip
    told = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('office:report_postings', args=[year])}?{told}"


def _key_of(request: HttpRequest) -> FigureKey:
    asked = request.GET
    year = asked.get("year", "")
    return FigureKey(
        asked.get("line", ""),
        asked.get("currency", ""),
        asked.get("right", ""),
        asked.get("use", ""),
        int(year) if year.isdecimal() and len(year) <= 4 else 0,
        asked.get("detail", ""),
    )


@staff_page(Action.LEDGER_READ)
@require_GET
def postings(request: HttpRequest, year: int) -> HttpResponse:
    """Show the postings behind a figure, in pieces; they sum to it."""
    key = _key_of(request)
    if key.line not in line_words() or not key.currency:
        raise Http404
    place = request.GET.get("page", "1")
    number = max(1, int(place)) if place.isdecimal() and len(place) < 9 else 1
    found, count, total_micro = postings_of(key, year, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)

    def piece(limit: int, offset: int) -> Page[PostingRow]:
        if limit == 1 or offset == (number - 1) * PAGE_SIZE:
            return Page(found, count)
        return Page(postings_of(key, year, limit=limit, offset=offset)[0], count)

    context = {
        "key": key,
        "year": year,
        "line": line_words()[key.line],
        "detail": detail_words().get(key.detail, flow_words().get(key.detail, key.detail)),
        "page": window_page(request, piece),
        "count": count,
        "total_micro": total_micro,
    }
    return render(request, "office/reports/postings.html", context)


@staff_page(Action.LEDGER_READ)
@require_GET
def postings_file(request: HttpRequest, year: int, form: str) -> HttpResponse:
    """Send the postings behind a figure as CSV or XLSX."""
    key, stream = _key_of(request), BytesIO()
    rows = posting_rows(iter_postings(key, year))
    return _file(f"postings-{year}", form, POSTING_HEADERS, rows, stream)


@staff_page(Action.LEDGER_READ)
@require_GET
def report_file(_request: HttpRequest, year: int, form: str) -> HttpResponse:
    """Send the report of a year as CSV, XLSX, or as PDF in the language of the reader."""
    if form == "pdf":
        content = report_pdf(transparency_report(year), get_language() or "")
        return file_response(content, f"transparency-{year}.pdf", _PDF)
    return _file(f"transparency-{year}", form, HEADERS, report_rows(transparency_report(year)), BytesIO())


def _file(
    name: str, form: str, headers: tuple[str, ...], rows: Iterator[tuple[object, ...]], stream: BytesIO
) -> HttpResponse:
    if form not in ("csv", "xlsx"):
        raise Http404
    if form == "xlsx":
        write_xlsx([Sheet(name, headers, rows)], stream)
        return file_response(stream.getvalue(), f"{name}.xlsx", _XLSX)
    write_csv(headers, rows, stream)
    return file_response(stream.getvalue(), f"{name}.csv", _CSV)


@staff_page(Action.DISTRIBUTION_WRITE)
@require_POST
@once
def prepare(request: HttpRequest, year: int) -> HttpResponse:
    """Seal the figures of a year's report for a second person to publish."""
    report = prepare_report(actor=actor_of(request), at=now(), year=year)
    told = _("The report is prepared: %(count)s figures are sealed. A second person publishes it.")
    messages.success(request, told % {"count": len(report.figures)})
    return redirect("office:transparency", year)


@staff_page(Action.DISTRIBUTION_APPROVE)
@require_POST
@once
def publish(request: HttpRequest, year: int) -> HttpResponse:
    """Publish the report of a year that another person prepared."""
    report = publish_report(actor=actor_of(request), at=now(), year=year)
    messages.success(request, _("The report is published: %(count)s figures.") % {"count": len(report.figures)})
    return redirect("office:transparency", year)


@staff_page(Action.LEDGER_POST)
@require_POST
@once
def costs(request: HttpRequest) -> HttpResponse:
    """Book a table of costs."""
    with received_file(request.FILES.get("file")) as file:
        done = import_costs(actor=actor_of(request), at=now(), path=file)
    messages.success(request, _("%(count)s lines of costs are booked.") % {"count": done.booked_count})
    return redirect("office:reports")


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError as error:
        raise UserError(_("There is no such day."), _("Choose it from the calendar.")) from error


@staff_page(Action.LEDGER_READ)
@require_GET
def balance(request: HttpRequest) -> HttpResponse:
    """Show the trial balance by any dimensions, for any days, or send it as CSV."""
    chosen = dimensions_named(",".join(request.GET.getlist("by")) or "kind")
    currency = request.GET.get("currency", "").strip().upper()
    since, until = _day(request, "from"), _day(request, "to")
    rows = balance_by(chosen, currency=currency or None, booked_from=since, booked_until=until)
    headers = [dimension.name for dimension in chosen]
    if "csv" in request.GET:
        stream = BytesIO()
        cells = [
            [*row.values, row.currency, *(format_amount(amount, row.currency, full=True) for amount in
             (row.debit_micro, row.credit_micro, row.difference_micro))]
            for row in rows
        ]  # fmt: skip
        write_csv([*headers, "currency", "debit", "credit", "difference"], cells, stream)
        return file_response(stream.getvalue(), "trial-balance.csv", _CSV)
    totals: dict[str, list[int]] = {}
    for row in rows:
        sums = totals.setdefault(row.currency, [0, 0, 0])
        for place, amount_micro in enumerate((row.debit_micro, row.credit_micro, row.difference_micro)):
            sums[place] += amount_micro
    context: dict[str, Any] = {
        "dimensions": [(name, name in headers) for name in DIMENSIONS],
        "headers": headers,
        "page": page_of(request, Paginator(rows, PAGE_SIZE)),
        "totals": [(money, *sums) for money, sums in sorted(totals.items())],
        "asked": {"currency": currency, "from": since, "to": until},
    }
    return render(request, "office/reports/balance.html", context)


urlpatterns = [
    path("reports/", overview, name="reports"),
    path("reports/costs/", costs, name="report_costs"),
    path("reports/balance/", balance, name="report_balance"),
    path("reports/transparency/<int:year>/", transparency, name="transparency"),
    path("reports/transparency/<int:year>/prepare/", prepare, name="prepare_report"),
    path("reports/transparency/<int:year>/publish/", publish, name="publish_report"),
    path("reports/transparency/<int:year>/report.<str:form>", report_file, name="report_file"),
    path("reports/transparency/<int:year>/postings/", postings, name="report_postings"),
    path("reports/transparency/<int:year>/postings.<str:form>", postings_file, name="report_postings_file"),
]

NAVIGATION = [Entry(gettext_lazy("Reports"), "office:reports", Action.LEDGER_READ, 91)]
