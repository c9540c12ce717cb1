"""A member's own statements: to read, to print, to take away as PDF, workbook or CSV."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy

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
)
from muniment.pay.distributions.queries import StatementRow, get_statement, list_statements, statement_document
from muniment.trust.access.rules import Action

LINES_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class SectionPart:
    """The lines of a section that are on this page."""

    section: StatementSection
    lines: tuple[StatementLine, ...]


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


def parts_of(document: StatementDocument, first: int, last: int) -> list[SectionPart]:
    """Return the lines from `first` up to, not including, `last`, under their sections."""
    parts, before = [], 0
    for section in document.sections:
        lines = section.lines[max(first - before, 0) : max(last - before, 0)]
        if lines:
            parts.append(SectionPart(section, lines))
        before += len(section.lines)
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
    size = max(len(document.lines), 1) if request.GET.get("all") else LINES_A_PAGE
    page = page_of(request, Paginator(document.lines, size))
    first = (page.number - 1) * size
    context = {
        "statement": statement,
        "document": document,
        "page": page,
        "parts": parts_of(document, first, first + size),
        "languages": LANGUAGES,
        "language": document.language,
    }
    return render(request, "portal/statement.html", context)


@member_page
def statement_file(request: HttpRequest, statement_id: int, form: str) -> HttpResponse:
    """Send a statement as a file; `?language=ur` chooses the language of a PDF or workbook."""
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
    path("statements/<int:statement_id>/<slug:form>/", statement_file, name="statement-file"),
]
NAVIGATION = [Entry(gettext_lazy("My statements"), "portal:statements", Action.OWN_READ, 220)]
