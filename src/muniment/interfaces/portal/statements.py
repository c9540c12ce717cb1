"""A member's own statements: to read, to print, to take away as a file; and why each line is what it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from muniment.interfaces.adjustment_words import fact_words, reason_words, step_words
from muniment.interfaces.downloads import statement_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import member_page, page_of
from muniment.interfaces.portal.home import own_party
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.statements import (
    FORMS,
    LANGUAGES,
    StatementDocument,
    StatementLine,
    StatementSection,
    charts_of,
)
from muniment.pay.distributions.queries import (
    StatementRow,
    get_statement,
    list_statements,
    point_value,
    statement_document,
)
from muniment.pay.distributions.queries.runs import policy_text
from muniment.pay.distributions.queries.why import rule_of_deduction, why
from muniment.pay.distributions.queries.why_adjusted import why_adjusted
from muniment.trust.access.rules import Action

LINES_A_PAGE = 200

PRINTED_LINES = 5_000
"""A statement of more lines is printed from its PDF, not from one page of the browser."""


@dataclass(frozen=True, slots=True)
class SectionPart:
    """The lines of a section that are on this page; `first` is the number of the first of them in the statement."""

    section: StatementSection
    first: int
    lines: tuple[StatementLine, ...]

    @property
    def numbered(self) -> list[tuple[int, StatementLine]]:
        """The lines with their numbers."""
        return list(enumerate(self.lines, self.first))

    @property
    def is_cut(self) -> bool:
        """Whether the section has lines on other pages too."""
        return len(self.lines) < len(self.section.lines)


def own_statement(request: HttpRequest, statement_id: int) -> StatementRow:
    """Return the statement if it is the member's own.

    Raises:
        Http404: it is somebody else's, or there is none; a member cannot tell which.
        UnknownStatement: there is none, which is shown as the same 404.
    """
    statement = get_statement(statement_id)
    if statement.party_id != own_party(request):
        raise Http404
    return statement


def parts_of(sections: Sequence[StatementSection], first: int, last: int) -> list[SectionPart]:
    """Return the lines from `first` up to, not including, `last`, under their sections; no others are read."""
    parts, before = [], 0
    for section in sections:
        count = len(section.lines)
        start, stop = max(first - before, 0), min(last - before, count)
        if start < stop:
            parts.append(SectionPart(section, before + start + 1, tuple(section.lines[start:stop])))
        before += count
    return parts


@member_page
def statement_list(request: HttpRequest) -> HttpResponse:
    """List the member's statements, newest first."""
    party_id = own_party(request)
    page = window_page(request, lambda limit, offset: list_statements(party_id=party_id, limit=limit, offset=offset))
    return render(request, "portal/statements.html", {"page": page})


@member_page
def statement_page(request: HttpRequest, statement_id: int) -> HttpResponse:
    """Show a statement with its lines; `?all=1` puts all lines on one page, for printing."""
    statement = own_statement(request, statement_id)
    document = statement_document(statement_id, page_language())
    count = document.line_count
    size = max(count, 1) if request.GET.get("all") and count <= PRINTED_LINES else LINES_A_PAGE
    page = page_of(request, Paginator(range(count), size))
    first = (page.number - 1) * size
    context = {
        "statement": statement,
        "document": document,
        "page": page,
        "may_print": count <= PRINTED_LINES,
        "parts": parts_of(document.sections, first, first + size),
        "charts": chart_titles(document),
        "language": document.language,
    }
    return render(request, "portal/statement.html", context)


def chart_titles(document: StatementDocument) -> list[tuple[str, object]]:
    """Return the charts of a statement under the words that stand above them."""
    by_source, by_period = charts_of(document)
    return [(_("Income by source"), by_source), (_("Income by period of use"), by_period)]


@member_page
def why_page(request: HttpRequest, statement_id: int, number: int) -> HttpResponse:
    """Answer "why did I get this?" for one line: uses, recognition, pool, points, share with documents, postings."""
    statement = own_statement(request, statement_id)
    if statement.adjustment_id is not None:
        return _why_adjusted(request, statement, number)
    found = why(statement_id, number, page_language())
    context = {
        "statement": statement,
        "why": found,
        "deductions": list(zip(found.pool.deductions, found.policy_lines, strict=True)),
        "point_value": point_value(found.pool.net_micro, found.pool.points, found.run.currency),
        "rest_count": found.uses.line_count - len(found.uses.shown),
        "back_page": (number - 1) // LINES_A_PAGE + 1,
    }
    return render(request, "portal/why.html", context)


def _why_adjusted(request: HttpRequest, statement: StatementRow, number: int) -> HttpResponse:
    """Explain a line of an adjustment: the old line, what was learnt since, the money, the entry."""
    found = why_adjusted(statement.id, number)
    text = policy_text(found.run.id) if found.deductions else ""
    words = fact_words()
    context = {
        "statement": statement,
        "why": found,
        "reason": reason_words().get(found.delta.reason.value, ""),
        "learnt": [(row, words[row.fact]) for row in found.learnt],
        "funding": [(step_words()[row.step], row.amount_micro) for row in found.funding],
        "taken_rows": [(row, rule_of_deduction(text, row)) for row in found.deductions],
        "back_page": (number - 1) // LINES_A_PAGE + 1,
    }
    return render(request, "portal/why_adjusted.html", context)


@member_page
def statement_file(request: HttpRequest, statement_id: int, form: str) -> HttpResponse:
    """Send a statement as a file; `?language=ur` chooses its language, else it is that of the page."""
    own_statement(request, statement_id)
    language = request.GET.get("language", page_language())
    if form not in FORMS or language not in LANGUAGES:
        raise Http404
    return statement_response(statement_document(statement_id, language), FORMS[form])


def page_language() -> str:
    """Return the language of the page if statements are printed in it, else English."""
    language = (get_language() or "en").split("-")[0]
    return language if language in LANGUAGES else "en"


urlpatterns = [
    path("statements/", statement_list, name="statements"),
    path("statements/<int:statement_id>/", statement_page, name="statement"),
    path("statements/<int:statement_id>/lines/<int:number>/", why_page, name="why"),
    path("statements/<int:statement_id>/<slug:form>/", statement_file, name="statement-file"),
]
NAVIGATION = [Entry(gettext_lazy("My statements"), "portal:statements", Action.OWN_READ, 220)]
