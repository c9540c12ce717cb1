"""The registrar's desk: the queue, one application with all that is known of it, rounds, clocks, figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._registry_deeds import deeds_for, deeds_on, must_be_other
from muniment.interfaces.office._registry_figures import figure_tables
from muniment.interfaces.office._registry_parts import (
    Asked,
    asked_of,
    comparison_of,
    examiner_of,
    loose_findings,
    shown_groups,
    today,
)
from muniment.interfaces.pages import actor_of, staff_page
from muniment.interfaces.register_search import profile_titles
from muniment.interfaces.windows import window_page
from muniment.kernel.words.paging import Page
from muniment.rights.registry.queries import Likeness, files_of, find_likenesses, get_deposit
from muniment.rights.registry.queries.applications import (
    ApplicationRow,
    clocks,
    count_by_state,
    events_of,
    get_application,
    list_applications,
    objections_of,
    rounds_of,
    rules_of,
    statement_of,
)
from muniment.rights.registry.queries.figures import annual_figures
from muniment.rights.registry.queries.prechecks import findings_of
from muniment.rights.registry.queries.registrations import lapse_warnings
from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.profiles import profile_names
from muniment.rights.registry.rules.standing import FINAL_STATES, Act, State, acts_in
from muniment.rights.registry.services.acts import NoApplication
from muniment.trust.access.rules import Action, allows
from muniment.trust.evidence.queries import get_record

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_SHOWN_STATES = tuple(state for state in State if state is not State.DRAFT)
"""A draft is its writer's own."""


@staff_page(Action.REGISTRY_READ)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """List applications by what is asked for, the most urgent first, with the counts of every state."""
    asked, on = asked_of(request.GET), today()
    page = window_page(request, lambda limit, offset: _found(request, asked, limit, offset))
    counts = count_by_state()
    context = {
        "asked": asked,
        "page": page,
        "on": on,
        "counts": [(state, counts.get(state, 0)) for state in _SHOWN_STATES],
        "profiles": profile_titles(),
        "kinds": list(Kind),
        "total": sum(counts.get(state, 0) for state in _SHOWN_STATES),
    }
    return render(request, "office/registry/queue.html", context)


def _found(request: HttpRequest, asked: Asked, limit: int, offset: int) -> Page[ApplicationRow]:
    return list_applications(
        state=State(asked.state) if asked.state else None,
        examiner=examiner_of(asked, request),
        profile=asked.profile or None,
        kind=Kind(asked.kind) if asked.kind else None,
        search=asked.text,
        overdue_on=today() if asked.overdue else None,
        is_submitted=True,
        limit=limit,
        offset=offset,
    )


def asked_application(number: str) -> ApplicationRow:
    """Return the application of a number.

    Raises:
        NoApplication: there is none.
    """
    row = get_application(number)
    if row is None:
        raise NoApplication(_("There is no such application."), _("Compare the number with the queue."))
    return row


@staff_page(Action.REGISTRY_READ)
@require_GET
def application(request: HttpRequest, number: str) -> HttpResponse:
    """Show all that is known of an application, and what can be done with it."""
    row, actor, on = asked_application(number), actor_of(request), today()
    is_private = row.state is State.DRAFT and row.party_id is not None
    profile, statement = rules_of(row, on), None if is_private else statement_of(row.number)
    findings = () if is_private or row.state in FINAL_STATES else findings_of(row.number, on)
    deposit = None if statement is None or not statement.deposit else get_deposit(statement.deposit)
    events = events_of(row.number)
    deeds = deeds_for(actor, row, on, events)
    context = {
        "row": row,
        "on": on,
        "profile": profile,
        "statement": statement,
        "is_private": is_private,
        "groups": [] if statement is None else shown_groups(statement, profile, row.kind, findings),
        "findings": findings,
        "loose": loose_findings(findings),
        "deposit": deposit,
        "likenesses": _likenesses(deposit.number) if deposit else [],
        "events": [(event, get_record(f"application/{row.number}/{event.seq}")) for event in reversed(events)],
        "objections": [(one, deeds_on(actor, row, one, on)) for one in objections_of(row.number)],
        "rounds": rounds_of(row.number),
        "deeds": deeds,
        "may_ask": "ask" in dict(deeds),
        "may_take": _may_take(request, row),
        "must_be_other": must_be_other(row, events, actor.name, on),
        "is_answered": row.state is State.EXAMINATION and row.round_count > 1,
    }
    return render(request, "office/registry/application.html", context)


def _likenesses(number: str) -> list[Likeness]:
    """Return the near duplicates of a deposit among those made before it and after it, itself left out."""
    return [like for like in find_likenesses(files_of(number)) if like.number != number]


def _may_take(request: HttpRequest, row: ApplicationRow) -> bool:
    actor = actor_of(request)
    is_open = Act.TAKE in acts_in(row.state)
    return is_open and allows(actor, Action.REGISTRY_EXAMINE) and row.examiner != actor.name


@staff_page(Action.REGISTRY_READ)
@require_GET
def rounds(request: HttpRequest, number: str) -> HttpResponse:
    """Show two rounds of an application side by side, the last two unless others are asked for."""
    row = asked_application(number)
    kept, events = rounds_of(row.number), events_of(row.number)
    last = _place(request.GET.get("to", ""), len(kept) - 1, len(kept))
    first = _place(request.GET.get("from", ""), max(0, last - 1), len(kept))
    first, last = min(first, last), max(first, last)
    context = {
        "row": row,
        "rounds": kept,
        "first": first,
        "last": last,
        "comparison": comparison_of(kept, events, first, last) if kept and first < last else None,
    }
    return render(request, "office/registry/rounds.html", context)


def _place(text: str, default: int, count: int) -> int:
    is_place = text.isascii() and text.isdigit() and len(text) < 5 and int(text) < count
    return int(text) if is_place else default


@staff_page(Action.REGISTRY_READ)
@require_GET
def clock_page(request: HttpRequest) -> HttpResponse:
    """Show every clock that runs, the latest first, and the pledges whose registration ends soon."""
    on = today()
    rows = clocks(on)
    context = {
        "on": on,
        "rows": rows,
        "late_count": sum(row.due_on < on and not row.is_provisional for row in rows),
        "warnings": lapse_warnings(on),
        "may_run": allows(actor_of(request), Action.REGISTRY_DECIDE),
    }
    return render(request, "office/registry/clocks.html", context)


@staff_page(Action.REGISTRY_READ)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """Show what happened in a year, of one profile or of all, counted from the records."""
    text, profile = request.GET.get("year", ""), request.GET.get("profile", "")
    is_year = text.isascii() and text.isdigit() and len(text) == 4 and _FIRST_YEAR <= int(text) <= _LAST_YEAR
    year = int(text) if is_year else today().year
    names = profile_names()
    counted = annual_figures(year, profile if profile in names else None)
    context = {
        "figures": counted,
        "tables": figure_tables(counted),
        "year": year,
        "profile": profile,
        "profiles": profile_titles(),
    }
    return render(request, "office/registry/figures.html", context)


urlpatterns = [
    path("registry/", queue, name="registry"),
    path("registry/clocks/", clock_page, name="registry_clocks"),
    path("registry/figures/", figures, name="registry_figures"),
    path("registry/applications/<str:number>/", application, name="registry_application"),
    path("registry/applications/<str:number>/rounds/", rounds, name="registry_rounds"),
]

NAVIGATION = [Entry(gettext_lazy("Applications"), "office:registry", Action.REGISTRY_READ, 80)]
