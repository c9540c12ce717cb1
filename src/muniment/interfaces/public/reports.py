"""Published transparency reports, for everybody: the figures as they were sealed."""

from functools import lru_cache
from io import BytesIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language_info
from django.views.decorators.http import require_GET

from muniment.interfaces.downloads import file_response
from muniment.interfaces.report_pdf import published_pdf
from muniment.interfaces.report_sections import sections_of
from muniment.interfaces.report_table import HEADERS, figure_rows, percent
from muniment.kernel.formats.tables import write_csv
from muniment.pay.distributions.queries.clocks import published_on
from muniment.pay.distributions.queries.published_reports import PublishedReport, published_report


def _report(year: int) -> PublishedReport:
    report = published_report(year)
    if report is None:
        raise Http404
    return report


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """List the years whose reports are published, the latest first."""
    rows = sorted(published_on().items(), reverse=True)
    return render(request, "public/reports.html", {"rows": rows})


@require_GET
def report_page(request: HttpRequest, year: int) -> HttpResponse:
    """Show a published report."""
    report = _report(year)
    context = {
        "report": report,
        "printed_in": [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
        "sections": [section for section in sections_of(report.report.figures) if section.rows],
        "ratios": [(row, percent(row.cost_ppm), percent(row.fee_ppm)) for row in report.report.ratios],
    }
    return render(request, "public/report.html", context)


@require_GET
def report_csv(_request: HttpRequest, year: int) -> HttpResponse:
    """Send the figures of a published report as CSV."""
    stream = BytesIO()
    write_csv(HEADERS, figure_rows(_report(year).report.figures), stream)
    return file_response(stream.getvalue(), f"transparency-{year}.csv", "text/csv; charset=utf-8")


@require_GET
def report_pdf(_request: HttpRequest, year: int, language: str = "") -> HttpResponse:
    """Send a published report as PDF, in the society's language or the one asked for."""
    report = _report(year)
    if language not in ("", *(code for code, _name in settings.LANGUAGES)):
        raise Http404
    name = f"transparency-{year}-{language}.pdf" if language else f"transparency-{year}.pdf"
    return file_response(_pdf(report, language), name, "application/pdf")


@lru_cache(maxsize=8)
def _pdf(report: PublishedReport, language: str) -> bytes:
    """Return the PDF of a published report; it is kept, because everybody may ask and it never changes."""
    return published_pdf(report, language)


urlpatterns = [
    path("transparency/", reports, name="reports"),
    path("transparency/<int:year>/", report_page, name="report"),
    path("transparency/<int:year>/report.csv", report_csv, name="report_csv"),
    path("transparency/<int:year>/report.pdf", report_pdf, name="report_pdf"),
    path("transparency/<int:year>/report.<str:language>.pdf", report_pdf, name="report_pdf_in"),
]
