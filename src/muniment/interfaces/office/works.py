"""Pages about works: search, the work itself with the share question, editing, recordings, conflicts, imports."""

import hashlib
import re
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.likely_duplicates import search_after_import
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._work_forms import (
    ClaimForm,
    NewWorkForm,
    RecordingForm,
    ShareRows,
    WorkForm,
    draft_from,
    question_for,
    rows_of_claim,
)
from muniment.interfaces.office._work_views import answers_for, chains_of, disputes_of
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.problems import BadFile
from muniment.rights.works import queries, services
from muniment.rights.works.queries.editions import editions_of
from muniment.rights.works.rules.conflicts import ConflictKind
from muniment.rights.works.rules.drafts import TitleDraft, WorkDraft
from muniment.rights.works.rules.work_table import TARGETS
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import Action, allows
from muniment.trust.batches.queries import IntakeRow, get_intake, kept_path, list_intakes, list_problems
from muniment.use.duplicates.queries import last_search
from muniment.use.duplicates.rules import PairKind
from muniment.use.matching.queries import lines_without_work

_PROBLEMS_SHOWN = 500
_DIGEST = re.compile("[0-9a-f]{64}")


def _permissions(request: HttpRequest) -> dict[str, object]:
    actor = actor_of(request)
    return {"may_write": allows(actor, Action.WORK_WRITE), "may_undo": allows(actor, Action.INTAKE_UNDO)}


@staff_page(Action.WORK_READ)
def work_list(request: HttpRequest) -> HttpResponse:
    """List the works, or those that a search finds."""
    text = request.GET.get("q", "")
    page = window_page(request, lambda limit, offset: queries.find_works(text, limit, offset))
    capped = bool(text) and page.paginator.count == queries.FOUND_AT_MOST
    return render(
        request, "office/works/list.html", {"page": page, "q": text, "capped": capped, **_permissions(request)}
    )


@staff_page(Action.WORK_READ)
def work_page(request: HttpRequest, work_id: int) -> HttpResponse:
    """Show a work: titles, contributions by chain, shares, the share question, recordings, conflicts, history."""
    work = queries.get_work(work_id)
    if work.merged_into is not None and work.merged_into.id is not None:
        messages.info(request, _("%(code)s was merged into this work.") % {"code": work.code})
        return redirect("office:work", work.merged_into.id)
    form = question_for(request.GET)
    asked = form.is_valid()
    context = {
        "work": work,
        "chains": chains_of(work.contributions),
        "claims": sorted({line.claim for line in work.share_lines}),
        "form": form,
        "answers": answers_for(work, form) if asked else [],
        "disputes": disputes_of(work, form) if asked else [],
        "events": list_events(subject=("work", work_id), limit=30).rows,
        "merges": queries.merges_into(work_id),
        "editions": editions_of(work_id),
        "recording_form": RecordingForm(),
        **_permissions(request),
    }
    return render(request, "office/works/work.html", context)


@staff_page(Action.WORK_WRITE)
@once
def new_work(request: HttpRequest) -> HttpResponse:
    """Register one work."""
    sent = request.method == "POST"
    form = NewWorkForm(request.POST) if sent else NewWorkForm(initial={"claim": settings.MUNIMENT_SOCIETY})
    rows = ShareRows(request.POST) if sent else ShareRows()
    if sent and form.is_valid() and rows.is_valid():
        values = form.cleaned_data
        titles = tuple(TitleDraft(text.strip()) for text in values["alternate_titles"].splitlines() if text.strip())
        draft = WorkDraft(
            title=" ".join(values["title"].split()),
            code=values["code"],
            iswc=values["iswc"] or None,
            language=values["language"],
            duration_ms=values["duration"],
            work_class=values["work_class"],
            titles=titles,
        )
        work_id = services.register_work(
            actor=actor_of(request), at=now(), draft=draft_from(list(rows), draft), claim=values["claim"]
        )
        messages.success(request, _("The work is registered."))
        return redirect("office:work", work_id)
    return render(request, "office/works/new.html", {"form": form, "rows": rows})


@staff_page(Action.WORK_WRITE)
@once
def edit_work(request: HttpRequest, work_id: int) -> HttpResponse:
    """Correct what identifies a work."""
    work = queries.get_work(work_id)
    initial = {
        "title": work.title,
        "code": work.code,
        "iswc": work.iswc or "",
        "language": work.language,
        "duration": "" if work.duration_ms is None else f"{work.duration_ms // 1000}",
        "work_class": work.work_class,
    }
    form = WorkForm(request.POST) if request.method == "POST" else WorkForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        services.edit_work(actor=actor_of(request), at=now(), work_id=work_id, edit=form.edit())
        messages.success(request, _("The work is corrected."))
        return redirect("office:work", work_id)
    return render(request, "office/works/edit.html", {"form": form, "work": work})


@staff_page(Action.WORK_WRITE)
@once
def claims(request: HttpRequest, work_id: int) -> HttpResponse:
    """State what a submitter claims on a work from now on, or withdraw it."""
    work = queries.get_work(work_id)
    if request.method == "POST" and request.POST.get("act") == "withdraw":
        claim = request.POST.get("claim", "")
        services.withdraw_claim(actor=actor_of(request), at=now(), work_id=work_id, claim=claim)
        messages.success(request, _("The claim of %(claim)s is withdrawn.") % {"claim": claim})
        return redirect("office:work", work_id)
    claim = request.GET.get("claim", settings.MUNIMENT_SOCIETY)
    form = ClaimForm(request.POST) if request.method == "POST" else ClaimForm(initial={"claim": claim})
    rows = ShareRows(request.POST) if request.method == "POST" else ShareRows(initial=rows_of_claim(work, claim))
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        draft = draft_from(list(rows), WorkDraft(title=work.title))
        if draft.shares:
            services.state_claims(
                actor=actor_of(request), at=now(), work_id=work_id, draft=draft, claim=form.cleaned_data["claim"]
            )
            messages.success(request, _("The claims are stated; earlier ones of this submitter are closed."))
            return redirect("office:work", work_id)
        form.add_error(None, _("State at least one share, or withdraw the claim on the page of the work."))
    return render(request, "office/works/claims.html", {"form": form, "rows": rows, "work": work})


@staff_page(Action.WORK_READ)
def recording_list(request: HttpRequest) -> HttpResponse:
    """List recordings, all or those without a work."""
    text, unlinked = request.GET.get("q", ""), request.GET.get("unlinked") == "1"
    page = window_page(
        request, lambda limit, offset: queries.list_recordings(text, unlinked=unlinked, limit=limit, offset=offset)
    )
    context = {"page": page, "q": text, "unlinked": unlinked, **_permissions(request)}
    return render(request, "office/works/recordings.html", context)


@staff_page(Action.WORK_WRITE)
@once
def recording(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Link a recording to a work, by the work's code or ISWC; an empty code takes the link away."""
    row = queries.get_recording(recording_id)
    text = request.GET.get("q", "")
    if request.method == "POST":
        code = request.POST.get("code", "").strip()
        work_id = queries.get_work_by_code(code).id if code else None
        services.link_recording(actor=actor_of(request), at=now(), recording_id=recording_id, work_id=work_id)
        messages.success(request, _("The link is changed."))
        return redirect("office:work", work_id) if work_id else redirect("office:recordings")
    hits = queries.find_works(text or row.title, limit=20).rows
    linked = queries.work_hits([row.work_id]).get(row.work_id) if row.work_id else None
    context = {"recording": row, "hits": hits, "q": text or row.title, "linked": linked}
    return render(request, "office/works/recording.html", context)


@staff_page(Action.WORK_WRITE)
@once
def add_recording(request: HttpRequest, work_id: int) -> HttpResponse:
    """Add a recording to a work."""
    form = RecordingForm(request.POST)
    if request.method == "POST" and form.is_valid():
        services.add_recording(actor=actor_of(request), at=now(), work_id=work_id, draft=form.draft())
        messages.success(request, _("The recording is added."))
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return redirect("office:work", work_id)


@staff_page(Action.WORK_READ)
def conflict_list(request: HttpRequest) -> HttpResponse:
    """List works whose claims do not agree, those with most in dispute first."""
    every = request.GET.get("all") == "1"
    kind = None if every else ConflictKind.DISPUTE
    page = window_page(request, lambda limit, offset: queries.list_conflicts(kind, limit, offset))
    return render(request, "office/works/conflicts.html", {"page": page, "every": every})


# Imports: upload, preview, import, report, undo


@staff_page(Action.WORK_READ)
def imports(request: HttpRequest) -> HttpResponse:
    """List the files of works that came in, and take a new one."""
    page = window_page(request, lambda limit, offset: list_intakes(kind="works.", limit=limit, offset=offset))
    return render(request, "office/works/imports.html", {"page": page, **_permissions(request)})


@staff_page(Action.WORK_WRITE)
def preview(request: HttpRequest) -> HttpResponse:
    """Show how an uploaded file would be read; nothing is written but a copy of the file."""
    if request.method != "POST":
        return redirect("office:work-imports")
    form = request.POST.get("form", services.TABLE)
    if request.FILES.get("file") is not None:
        digest, name = _keep(request.FILES["file"])
    else:
        digest, name = request.POST.get("digest", ""), request.POST.get("file_name", "")
    file = _kept(digest)
    context: dict[str, object] = {"form": form, "digest": digest, "file_name": name}
    if form == services.CWR:
        claim, works, problems = services.preview_cwr(file)
        context |= {"claim": claim, "works": works, "problems": problems[:_PROBLEMS_SHOWN]}
        return render(request, "office/works/preview_cwr.html", context)
    seen = services.preview_works_table(file, _mapping(request))
    context |= {
        "seen": seen,
        "fields": [(target.name, seen.mapping.columns.get(target.name, "")) for target in TARGETS],
        "rows": [(line, [line.values.get(name, "") for name in seen.mapping.columns]) for line in seen.lines],
        "problems": seen.problems[:_PROBLEMS_SHOWN],
        "claim": request.POST.get("claim", settings.MUNIMENT_SOCIETY),
    }
    return render(request, "office/works/preview_table.html", context)


@staff_page(Action.WORK_WRITE)
@once
def run_import(request: HttpRequest) -> HttpResponse:
    """Import the file that was previewed."""
    if request.method != "POST":
        return redirect("office:work-imports")
    file, name = _kept(request.POST.get("digest", "")), request.POST.get("file_name", "")[:255]
    if request.POST.get("form") == services.CWR:
        report = services.import_cwr(actor=actor_of(request), at=now(), path=file, file_name=name or None)
    else:
        report = services.import_works_table(
            actor=actor_of(request),
            at=now(),
            path=file,
            mapping=_mapping(request),
            claim=request.POST.get("claim", "").strip()[:80] or settings.MUNIMENT_SOCIETY,
            file_name=name or None,
            save_as=request.POST.get("save_as", "").strip()[:100],
        )
    if report.work_count:
        search_after_import(actor=actor_of(request), at=now(), kind=PairKind.WORK, intake_id=report.intake_id)
    return redirect("office:work-intake", report.intake_id)


@staff_page(Action.WORK_READ)
def intake_page(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Show what became of a file of works."""
    context = {
        "intake": _intake(intake_id),
        "problems": list_problems(intake_id, limit=_PROBLEMS_SHOWN),
        "duplicates": last_search(PairKind.WORK, intake_id),
        "waiting": lines_without_work(),
        **_permissions(request),
    }
    return render(request, "office/works/intake.html", context)


@staff_page(Action.INTAKE_UNDO)
@once
def undo(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Take back everything that a file of works said."""
    _intake(intake_id)
    if request.method == "POST":
        done = services.undo_works_intake(actor=actor_of(request), at=now(), intake_id=intake_id)
        text = _("Undone: %(works)s works and %(lines)s share lines closed, %(restored)s earlier ones restored.")
        counts = {
            "works": done.work_count,
            "lines": done.closed_line_count,
            "restored": done.restored_line_count,
        }
        messages.success(request, text % counts)
    return redirect("office:work-intake", intake_id)


def _intake(intake_id: int) -> IntakeRow:
    intake = get_intake(intake_id)
    if intake is None or not intake.kind.startswith("works."):
        raise Http404
    return intake


def _keep(upload: object) -> tuple[str, str]:
    """Keep an uploaded file in the store under its digest, where the import after the preview finds it."""
    if not isinstance(upload, UploadedFile):
        raise BadFile(_("No file was chosen."), _("Choose a file and send the form again."))
    whole = hashlib.sha256()
    for piece in upload.chunks():
        whole.update(piece)
    digest = whole.hexdigest()
    kept = kept_path(digest)
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_name(f"{digest}.uploading")
    with unfinished.open("wb") as copy:
        for piece in upload.chunks():
            copy.write(piece)
    unfinished.replace(kept)
    return digest, Path(upload.name or "file").name


def _kept(digest: str) -> Path:
    """Return where an uploaded file lies.

    Raises:
        BadFile: there is none of this digest.
    """
    kept = kept_path(digest)
    if _DIGEST.fullmatch(digest) is None or not kept.is_file():
        raise BadFile(_("The uploaded file is not there any more."), _("Upload it again."))
    return kept


def _mapping(request: HttpRequest) -> ColumnMapping | None:
    """Return the mapping chosen on the preview, None where none was."""
    chosen = {target.name: request.POST.get(f"column_{target.name}", "") for target in TARGETS}
    columns = {name: header for name, header in chosen.items() if header}
    return ColumnMapping(columns) if columns else None


NAVIGATION = [
    Entry(gettext_lazy("Works"), "office:works", Action.WORK_READ, 20),
    Entry(gettext_lazy("Conflicts"), "office:work-conflicts", Action.WORK_READ, 21),
    Entry(gettext_lazy("Import works"), "office:work-imports", Action.WORK_READ, 22),
]

urlpatterns = [
    path("works/", work_list, name="works"),
    path("works/new/", new_work, name="work-new"),
    path("works/conflicts/", conflict_list, name="work-conflicts"),
    path("works/recordings/", recording_list, name="recordings"),
    path("works/recordings/<int:recording_id>/", recording, name="recording"),
    path("works/imports/", imports, name="work-imports"),
    path("works/imports/preview/", preview, name="work-preview"),
    path("works/imports/run/", run_import, name="work-import"),
    path("works/imports/<int:intake_id>/", intake_page, name="work-intake"),
    path("works/imports/<int:intake_id>/undo/", undo, name="work-intake-undo"),
    path("works/<int:work_id>/", work_page, name="work"),
    path("works/<int:work_id>/edit/", edit_work, name="work-edit"),
    path("works/<int:work_id>/claims/", claims, name="work-claims"),
    path("works/<int:work_id>/recordings/", add_recording, name="work-recording-add"),
]
