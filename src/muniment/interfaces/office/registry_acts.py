"""Acts of the desk: each has a page that says what will follow, and acts on the application as that page showed it."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from muniment.interfaces.office._registry_deeds import DEEDS, Deed, deeds_for, deeds_on, outlook, perform
from muniment.interfaces.office._registry_forms import MOST_POINTS, PointsForm
from muniment.interfaces.office._registry_parts import today
from muniment.interfaces.office.registry import asked_application
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.registry_office import leaves
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.applications import ApplicationRow, events_of, objections_of, statement_of
from muniment.rights.registry.queries.prechecks import findings_of
from muniment.rights.registry.services.acts import Outrun
from muniment.rights.registry.services.examination import take_application
from muniment.rights.registry.services.publicity import run_clocks
from muniment.trust.access.rules import Action, NotAllowed, allows

_LAST_EVENTS = 3


@staff_page(Action.REGISTRY_EXAMINE)
@require_POST
@once
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application up, or over from a colleague."""
    row = asked_application(number)
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Outrun(_("The form does not say which version it was made for."), _("Open the application again."))
    try:
        take_application(actor=actor_of(request), at=now(), number=row.number, version=int(text), leaves=leaves())
    except Outrun as refusal:
        return _outrun(request, row.number, refusal, {})
    messages.success(request, _("You examine this application."))
    return redirect("office:registry_application", row.number)


@staff_page(Action.REGISTRY_READ)
@once
def act(request: HttpRequest, number: str, name: str, objection: str = "") -> HttpResponse:
    """Say what an act will lead to and ask for what it needs; then do it."""
    deed = DEEDS.get(name)
    if deed is None or deed.is_of_objection != bool(objection):
        raise Http404
    actor, row = actor_of(request), asked_application(number)
    if not allows(actor, deed.action):
        raise PermissionDenied
    if request.method == "POST":
        return _posted(request, row, name, deed, objection)
    if not _fits(request, row, name, objection):
        messages.error(request, _("This cannot be done with the application as it stands now."))
        return redirect("office:registry_application", row.number)
    return _page(request, row, name, deed, objection, _form(request, row, deed, None))


def _fits(request: HttpRequest, row: ApplicationRow, name: str, objection: str) -> bool:
    actor, on = actor_of(request), today()
    if not objection:
        return name in dict(deeds_for(actor, row, on, events_of(row.number)))
    about = next((one for one in objections_of(row.number) if one.number == objection), None)
    return about is not None and name in dict(deeds_on(actor, row, about, on))


def _posted(request: HttpRequest, row: ApplicationRow, name: str, deed: Deed, objection: str) -> HttpResponse:
    form = _form(request, row, deed, request.POST)
    if not form.is_valid():
        return _page(request, row, name, deed, objection, form)
    try:
        perform(deed, actor=actor_of(request), at=now(), row=row, form=form, objection=objection)
    except Outrun as refusal:
        return _outrun(request, row.number, refusal, form.cleaned_data)
    except NotAllowed:
        raise
    except UserError as refusal:
        form.add_error(None, refusal_text(refusal))
        return _page(request, asked_application(row.number), name, deed, objection, form)
    messages.success(request, str(deed.done))
    return redirect("office:registry_application", row.number)


def _form(request: HttpRequest, row: ApplicationRow, deed: Deed, data: object) -> forms.Form:
    initial = {"version": row.version}
    if deed.form is PointsForm:
        return PointsForm(data, statement_of(row.number), _first_points(request, row), initial=initial)
    return deed.form(data, initial=initial)  # type: ignore[arg-type]


def _first_points(request: HttpRequest, row: ApplicationRow) -> list[tuple[str, str]]:
    """Return what a form of points begins with: the field that was pressed, or what the pre-check found."""
    field = request.GET.get("field", "")[:100]
    found = [(one.field, refusal_text(one)) for one in findings_of(row.number, today()) if one.field]
    if field:
        return [one for one in found if one[0].startswith(field)] or [(field, "")]
    return found[: MOST_POINTS - 2]


def _page(
    request: HttpRequest, row: ApplicationRow, name: str, deed: Deed, objection: str, form: forms.Form
) -> HttpResponse:
    context = {
        "row": row,
        "name": name,
        "deed": deed,
        "form": form,
        "outlook": outlook(name, row, today()),
        "on": today(),
        "objection": next((one for one in objections_of(row.number) if one.number == objection), None),
        "point_rows": list(form.rows()) if isinstance(form, PointsForm) else [],
    }
    return render(request, "office/registry/act.html", context)


def _outrun(request: HttpRequest, number: str, refusal: Outrun, given: Mapping[str, object]) -> HttpResponse:
    """Say that a colleague was faster, what happened since, and keep what was written."""
    row = asked_application(number)
    context = {
        "row": row,
        "refusal": refusal,
        "events": events_of(row.number)[: -_LAST_EVENTS - 1 : -1],
        "written": [text for text in given.values() if isinstance(text, str) and len(text) > 1],
    }
    return render(request, "office/registry/outrun.html", context, status=409)


@staff_page(Action.REGISTRY_DECIDE)
@require_POST
@once
def run(request: HttpRequest) -> HttpResponse:
    """Close every publicity that is over, lapse what was not answered in time and what has ended."""
    report = run_clocks(actor=actor_of(request), at=now(), leaves=leaves())
    counts = (len(report.registered), len(report.lapsed_applications), report.lapsed_registrations)
    words = (
        ngettext("%(count)s application was registered.", "%(count)s applications were registered.", counts[0]),
        ngettext("%(count)s correction lapsed.", "%(count)s corrections lapsed.", counts[1]),
        ngettext("%(count)s registration ended.", "%(count)s registrations ended.", counts[2]),
    )
    said = [one % {"count": count} for one, count in zip(words, counts, strict=True)]
    messages.success(request, " ".join(said))
    for held, why in report.held:
        messages.error(request, f"{held}: {why}")
    return redirect("office:registry_clocks")


urlpatterns = [
    path("registry/clocks/run/", run, name="registry_run_clocks"),
    path("registry/applications/<str:number>/take/", take, name="registry_take"),
    path("registry/applications/<str:number>/<str:name>/", act, name="registry_act"),
    path("registry/applications/<str:number>/objections/<str:objection>/<str:name>/", act, name="registry_objection"),
]
