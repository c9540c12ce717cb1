"""Pages of received files: what came in, what of it was taken, and what is wrong with the rest."""

from io import BytesIO

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import staff_page
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.tables.writing import write_csv
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import Problem
from muniment.trust.access.rules import Action
from muniment.trust.batches import queries
from muniment.trust.batches.queries import IntakeRow
from muniment.trust.batches.rules import KEPT_PROBLEMS, IntakeState

HEADERS = ("line", "field", "level", "what is wrong", "what to do", "rule")


@staff_page(Action.USAGE_READ)
@require_GET
def intake_list(request: HttpRequest) -> HttpResponse:
    """List received files, newest first."""
    asked = request.GET.get("state", "")
    state = IntakeState(asked) if asked in IntakeState else None
    page = window_page(request, lambda limit, offset: queries.list_intakes(state=state, limit=limit, offset=offset))
    return render(request, "office/intakes/list.html", {"page": page, "asked": asked, "states": list(IntakeState)})


@staff_page(Action.USAGE_READ)
@require_GET
def intake_page(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show one received file and its problems."""
    intake = _intake(intake_id)
    kept = min(intake.problem_count, KEPT_PROBLEMS)
    page = window_page(
        request,
        lambda limit, offset: Page(queries.list_problems(intake_id, limit=limit, offset=offset), kept),
    )
    return render(request, "office/intakes/intake.html", {"intake": intake, "page": page, "kept": kept})


@staff_page(Action.USAGE_READ)
@require_GET
def problems_csv(_request: HttpRequest, intake_id: int) -> HttpResponse:
    """Give the problems of a received file as a table for its sender."""
    intake = _intake(intake_id)
    stream = BytesIO()
    write_csv(HEADERS, map(_cells, queries.list_problems(intake_id)), stream)
    return file_response(stream.getvalue(), f"problems-{intake.id}.csv", "text/csv; charset=utf-8")


def _cells(problem: Problem) -> tuple[object, ...]:
    line = "" if problem.line is None else problem.line
    return line, problem.field, problem.level.value, problem.message, problem.remedy, problem.rule


def _intake(intake_id: int) -> IntakeRow:
    intake = queries.get_intake(intake_id)
    if intake is None:
        raise Http404
    return intake


urlpatterns = [
    path("intakes/", intake_list, name="intakes"),
    path("intakes/<int:intake_id>/", intake_page, name="intake"),
    path("intakes/<int:intake_id>/problems.csv", problems_csv, name="intake-problems"),
]
NAVIGATION = [Entry(gettext_lazy("Received files"), "office:intakes", Action.USAGE_READ, 92)]
