"""Pages of usage: the reports, a report's lines, and the way in from an upload over its columns to the import."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from muniment.interfaces.held_files import held_file, hold_file, release_file
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._usage_forms import FactsForm, MappingForm, UploadForm
from muniment.interfaces.pages import PAGE_SIZE, actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.uploads import received_file
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.reports import layout_of
from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.paging import Page
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import BadFile, Problem, UserError
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import names_of
from muniment.rights.works.queries import titles_of
from muniment.trust.access.rules import Action, allows
from muniment.trust.batches.queries import get_intake, list_problems
from muniment.use.matching.queries import latest_match, latest_matches, match_of_line
from muniment.use.matching.services import match_report, undo_report
from muniment.use.usages import queries, services
from muniment.use.usages.bulk import KEPT_PROBLEMS
from muniment.use.usages.rules import Form

NAVIGATION = [Entry(gettext_lazy("Usage"), "office:usages", Action.USAGE_READ, 40)]


@staff_page(Action.USAGE_READ)
def report_list(request: HttpRequest) -> HttpResponse:
    """List the reports with how much of each was matched."""

    page = window_page(request, lambda limit, offset: queries.list_reports(limit=limit, offset=offset))
    runs = latest_matches([report.id for report in page.object_list])
    rows = [(report, runs.get(report.id)) for report in page.object_list]
    may_write = allows(actor_of(request), Action.USAGE_WRITE)
    return render(request, "office/usages/list.html", {"page": page, "rows": rows, "may_write": may_write})


@staff_page(Action.USAGE_WRITE)
@once
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file and what is said about it; a streaming report is read at once, a table goes on to its columns."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm.fresh()
    if request.method != "POST" or not form.is_valid():
        return render(request, "office/usages/upload.html", {"form": form})
    with received_file(form.cleaned_data["file"]) as sent:
        token = hold_file(actor_of(request), sent)
    if form.cleaned_data["form"] == Form.DSR.value:
        return _import(request, form, token, None)
    return _columns(request, form, token, None)


@staff_page(Action.USAGE_WRITE)
@require_POST
@once
def run_import(request: HttpRequest) -> HttpResponse:
    """Show the columns again as chosen, or import by them."""
    token = request.POST.get("upload", "")
    form = FactsForm(request.POST)
    if not form.is_valid():
        raise UserError(_("What was said about the report got lost."), _("Send the file again."))
    seen = services.preview_usage(held_file(actor_of(request), token), form=form.cleaned_data["form"])
    columns = MappingForm(request.POST, seen.headers, seen.mapping)
    if not columns.is_valid():
        return _columns(request, form, token, None)
    mapping = columns.mapping()
    if request.POST.get("act") != "import":
        return _columns(request, form, token, mapping)
    if remembered := columns.cleaned_data["mapping_name"]:
        services.keep_mapping(
            actor=actor_of(request),
            at=now(),
            form=form.cleaned_data["form"],
            name=remembered,
            headers=seen.headers,
            mapping=mapping,
        )
    return _import(request, form, token, mapping)


def _columns(request: HttpRequest, form: FactsForm, token: str, mapping: ColumnMapping | None) -> HttpResponse:
    """Show the first rows and which column is which."""
    held = held_file(actor_of(request), token)
    try:
        seen = services.preview_usage(held, form=form.cleaned_data["form"], mapping=mapping)
    except BadFile as error:
        release_file(actor_of(request), token)
        form.add_error(None, refusal_text(error))
        return render(request, "office/usages/upload.html", {"form": form}, status=422)
    facts = [(key, form.data.get(key, "")) for key in FactsForm.base_fields]
    shown = {
        "seen": seen,
        "columns": MappingForm(None, seen.headers, seen.mapping),
        "facts": facts,
        "upload": token,
        "file_name": held.name,
    }
    return render(request, "office/usages/columns.html", shown)


def _import(request: HttpRequest, form: FactsForm, token: str, mapping: ColumnMapping | None) -> HttpResponse:
    """Import the upload; a file that is refused leads to its problems, or back to the form."""
    facts = form.cleaned_data
    try:
        receipt = services.import_usage(
            actor=actor_of(request),
            at=now(),
            path=held_file(actor_of(request), token),
            form=facts["form"],
            source_code=facts["source_code"],
            licensee_id=facts["licensee_code"],
            fund_code=facts["fund_code"],
            period=Period(facts["period_from"], facts["period_to"]),
            territory=facts["territory"],
            right=Right(facts["right"]),
            mapping=mapping,
            currency=facts["currency"],
            date_order=facts["date_order"],
        )
    except UserError as error:
        form.add_error(None, refusal_text(error))
        return render(request, "office/usages/upload.html", {"form": form}, status=422)
    finally:
        release_file(actor_of(request), token)
    if receipt.report_id is None:
        messages.error(request, _("No line could be used: the file was refused as a whole and nothing was written."))
        return redirect("office:usage-problems", receipt.intake_id)
    counts = {"good": receipt.good_count, "total": receipt.line_count}
    messages.success(request, _("%(good)s of %(total)s lines were taken.") % counts)
    return redirect("office:usage", receipt.report_id)


@staff_page(Action.USAGE_READ)
def report_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show a report: its facts, how it was matched, its problems, its lines."""
    report = queries.get_report(report_id)
    page = window_page(request, lambda limit, offset: Page(queries.lines(report_id, offset, limit), report.line_count))
    actor = actor_of(request)
    shown = {
        "report": report,
        "licensee": names_of([report.licensee_party_id or 0]).get(report.licensee_party_id or 0, ""),
        "run": latest_match(report_id),
        "page": page,
        "problems": list_problems(report.intake_id, limit=PAGE_SIZE),
        "set": queries.set_of_report(report_id),
        "layout": known.title if (known := layout_of(report.layout)) else "",
        "may_write": allows(actor, Action.USAGE_WRITE),
        "may_undo": allows(actor, Action.INTAKE_UNDO),
    }
    return render(request, "office/usages/report.html", shown)


@staff_page(Action.USAGE_READ)
def line_page(request: HttpRequest, line_id: int) -> HttpResponse:
    """Show one line: everything reported, everything understood, and what it was matched with."""
    line = queries.lines_by_id([line_id]).get(line_id)
    if line is None:
        raise queries.UnknownReport(_("There is no such line."), _("Open it from its report."))
    report = queries.get_report(line_id >> 32)
    match = match_of_line(line_id) if latest_match(report.id) else None
    title = titles_of([match.candidate_work_id]) if match and match.candidate_work_id else {}
    shown = {"line": line, "report": report, "match": match, "work_title": next(iter(title.values()), "")}
    return render(request, "office/usages/line.html", shown)


@staff_page(Action.USAGE_READ)
def problem_page(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show what was wrong with a file."""
    intake = get_intake(intake_id)
    if intake is None:
        raise queries.UnknownReport(_("No received file has this number."), _("Look it up in the list of reports."))
    total = min(intake.problem_count, KEPT_PROBLEMS)

    def problems(limit: int, offset: int) -> Page[Problem]:
        return Page(list_problems(intake_id, limit=limit, offset=offset), total)

    page = window_page(request, problems)
    shown = {"intake": intake, "page": page, "report": queries.report_of_intake(intake_id)}
    return render(request, "office/usages/problems.html", shown)


@staff_page(Action.USAGE_WRITE)
@require_POST
@once
def match(request: HttpRequest, report_id: int) -> HttpResponse:
    """Match the report with the repertoire as it is now and the decisions made so far."""
    run = match_report(actor=actor_of(request), at=now(), report_id=report_id)
    counts = {"matched": run.matched_count, "total": run.line_count}
    messages.success(request, _("%(matched)s of %(total)s lines are matched.") % counts)
    return redirect("office:usage", report_id)


@staff_page(Action.INTAKE_UNDO)
@require_POST
@once
def undo(request: HttpRequest, report_id: int) -> HttpResponse:
    """Take a report back that no distribution has used."""
    undo_report(actor=actor_of(request), at=now(), report_id=report_id)
    messages.success(request, _("The report is undone; its file may be imported again."))
    return redirect("office:usages")


urlpatterns = [
    path("usage/", report_list, name="usages"),
    path("usage/new/", upload, name="usage-new"),
    path("usage/import/", run_import, name="usage-import"),
    path("usage/<int:report_id>/", report_page, name="usage"),
    path("usage/<int:report_id>/match/", match, name="usage-match"),
    path("usage/<int:report_id>/undo/", undo, name="usage-undo"),
    path("usage/lines/<int:line_id>/", line_page, name="usage-line"),
    path("usage/files/<int:intake_id>/problems/", problem_page, name="usage-problems"),
]
