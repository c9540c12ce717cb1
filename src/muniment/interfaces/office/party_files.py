"""Pages of member files: send one, see how it would be read, choose the columns, import it, take it back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.held_files import held_file, hold_file, release_file
from muniment.interfaces.likely_duplicates import search_after_import
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office.parties import permissions
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.uploads import received_file
from muniment.kernel.formats.tables import ColumnMapping
from muniment.rights.parties import queries, services
from muniment.rights.parties.rules.member_table import TARGETS
from muniment.trust.access.rules import Action, allows
from muniment.trust.batches.queries import get_intake, list_intakes, list_problems
from muniment.use.duplicates.queries import last_search
from muniment.use.duplicates.rules import PairKind

_SHOWN = 100
_RECENT = 20


@staff_page(Action.PARTY_WRITE)
@once
def send_file(request: HttpRequest) -> HttpResponse:
    """Ask for a file and hold it for the preview."""
    if request.method == "POST":
        with received_file(request.FILES.get("file")) as received:
            token = hold_file(actor_of(request), received)
        return redirect("office:party-file", token)
    recent = list_intakes(kind=services.INTAKE_KIND, limit=_RECENT).rows
    return render(request, "office/parties/import.html", {"recent": recent})


@staff_page(Action.PARTY_WRITE)
def preview_file(request: HttpRequest, token: str) -> HttpResponse:
    """Show how a held file would be read, with the columns chosen so far."""
    preview = services.preview_parties_table(held_file(actor_of(request), token), _chosen(request))
    fields = [target.name for target in TARGETS if target.name in preview.mapping.columns]
    context = {
        "token": token,
        "preview": preview,
        "file_name": held_file(actor_of(request), token).name,
        "fields": fields,
        "lines": [(line, [line.values[field] for field in fields]) for line in preview.lines],
        "choices": [(target, preview.mapping.columns.get(target.name, "")) for target in TARGETS],
        "problems": preview.problems[:_SHOWN],
        "is_usable": not any(problem.rule == "table.missing_column" for problem in preview.problems),
    }
    return render(request, "office/parties/preview.html", context)


@staff_page(Action.PARTY_WRITE)
@require_POST
@once
def import_file(request: HttpRequest, token: str) -> HttpResponse:
    """Import a held file with the chosen columns."""
    actor, file = actor_of(request), held_file(actor_of(request), token)
    mapping = _chosen(request)
    report = services.import_parties_table(actor=actor, at=now(), path=file, mapping=mapping)
    name = request.POST.get("save_as", "").strip()[:100]
    if name and mapping is not None:
        headers = services.preview_parties_table(file, mapping).headers
        services.save_parties_mapping(actor=actor, at=now(), name=name, headers=headers, mapping=mapping)
    release_file(actor, token)
    search_after_import(actor=actor, at=now(), kind=PairKind.PARTY, intake_id=report.intake_id)
    add = messages.warning if report.bad_count else messages.success
    add(request, report.summary)
    return redirect("office:party-intake", report.intake_id)


def _chosen(request: HttpRequest) -> ColumnMapping | None:
    """Return the mapping that the form names, None where no form was sent."""
    if request.method != "POST":
        return None
    names = {target.name: request.POST.get(f"column_{target.name}", "") for target in TARGETS}
    return ColumnMapping({target: header for target, header in names.items() if header})


@staff_page(Action.PARTY_READ)
@require_GET
def intake_report(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show what became of a member file."""
    intake = get_intake(intake_id)
    if intake is None or intake.kind != services.INTAKE_KIND:
        raise Http404
    parties = queries.parties_of_intake(intake_id)
    context = {
        "intake": intake,
        "problems": list_problems(intake_id, limit=_SHOWN),
        "parties": parties[:_SHOWN],
        "duplicates": last_search(PairKind.PARTY, intake_id),
        "party_count": len(parties),
        "may_undo": intake.state == "imported" and allows(actor_of(request), Action.INTAKE_UNDO),
        **permissions(request),
    }
    return render(request, "office/parties/intake.html", context)


@staff_page(Action.INTAKE_UNDO)
@require_POST
@once
def undo_intake(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Take back what a member file brought."""
    services.undo_parties_intake(actor=actor_of(request), at=now(), intake_id=intake_id)
    messages.success(request, _("The file is taken back; nothing of it is left in the register."))
    return redirect("office:party-intake", intake_id)


urlpatterns = [
    path("party-files/", send_file, name="party-import"),
    path("party-files/held/<slug:token>/", preview_file, name="party-file"),
    path("party-files/held/<slug:token>/import/", import_file, name="party-file-import"),
    path("party-files/<int:intake_id>/", intake_report, name="party-intake"),
    path("party-files/<int:intake_id>/undo/", undo_intake, name="party-intake-undo"),
]
NAVIGATION = [Entry(gettext_lazy("Member files"), "office:party-import", Action.PARTY_WRITE, 11)]
