"""The page of the one door: send any file, see what it is and why, how it begins and what is wrong, and import it."""

from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.door.acts import Act, Outcome, Way
from muniment.interfaces.door.columns import (
    MAPPABLE,
    Known,
    Mappable,
    Sight,
    check_known,
    guessed_below,
    header_row_of,
    keep_columns,
    known,
    mappable,
    memory_of,
    preview_known,
)
from muniment.interfaces.door.ways_in import NoWayIn, way_of
from muniment.interfaces.held_files import held_file, hold_file, release_file
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._door_forms import AnswersForm, ColumnsForm, UploadForm, becomes_words
from muniment.interfaces.office.intakes import HEADERS
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text, shown_refusal
from muniment.interfaces.uploads import received_file
from muniment.kernel.formats.door import (
    Preview,
    Recognition,
    Tally,
    all_formats,
    as_read,
    shown,
)
from muniment.kernel.formats.tables import ColumnMapping, csv_lines
from muniment.kernel.words.problems import BadFile, Problem, UserError
from muniment.trust.access.rules import Action, NotAllowed, allows, require
from muniment.trust.batches.queries import list_intakes

_CHECKED_BYTES = 32 * 1024 * 1024
_SHOWN_PROBLEMS = 100
_COUNTED_PROBLEMS = 100_000
_PREVIEW_LINES = 10
_RECENT = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a file that was sent: what it is, or why it is not known; how it begins; what is wrong in it.

    `tally` is None where the file is long and nobody asked yet to have it checked.
    """

    file_name: str
    size_bytes: int
    found: Recognition | None = None
    unknown: str = ""
    preview: Preview = field(default_factory=lambda: Preview((), (), {}))
    tally: Tally | None = None
    more: bool = False
    way: Way | None = None
    no_way: str = ""


@staff_page(Action.USAGE_READ)
@once
def door(request: HttpRequest) -> HttpResponse:
    """Take a file and lead to what it is; before that, show where to drop it, and what came in last."""
    if request.method != "POST":
        shown_now = {"form": UploadForm(), "recent": list_intakes(limit=_RECENT).rows}
        return render(request, "office/door/door.html", shown_now)
    with received_file(request.FILES.get("file")) as sent:
        token = hold_file(actor_of(request), sent)
    address = reverse("office:door-file", args=[token])
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return JsonResponse({"location": address}, status=201, headers={"Location": address})
    return redirect(address)


@staff_page(Action.USAGE_READ)
@require_GET
def door_file(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a file is, how it begins, what is wrong in it, and what must be said to import it."""
    held = held_file(actor_of(request), token)
    seen = _look(held, request.GET.get("as", ""), whole=request.GET.get("check") == "whole")
    return _file_page(request, token, seen, AnswersForm(None, seen.way.questions if seen.way else ()))


def _look(held: Path, named: str, *, whole: bool) -> Seen:
    """Find out what a file is; `named` overrules it, `whole` checks it however long it is."""
    size = held.stat().st_size
    try:
        this = known(held, named)
    except UserError as error:
        return Seen(shown(held.name), size, unknown=shown_refusal(error))
    found, way, no_way = this.found, None, ""
    try:
        way = way_of(found)
    except NoWayIn as error:
        no_way = refusal_text(error)
    preview, tally, more = Preview((), (), {}), None, False
    try:
        preview = preview_known(held, this, _PREVIEW_LINES)
    except BadFile:
        way = None  # the check below says what is wrong with it
    if whole or size <= _CHECKED_BYTES:
        tally = Tally(keep=_SHOWN_PROBLEMS)
        for problem in islice(check_known(held, this), _COUNTED_PROBLEMS):
            tally.add(problem)
        more = tally.total == _COUNTED_PROBLEMS
    return Seen(shown(held.name), size, found, "", preview, tally, more, way, no_way)


def _file_page(request: HttpRequest, token: str, seen: Seen, form: AnswersForm, status: int = 200) -> HttpResponse:
    """Render what is known of a file, with nothing in it that could move the page."""
    facts = {
        "seen": seen,
        "token": token,
        "named": request.GET.get("as", "") or request.POST.get("as", ""),
        "formats": all_formats(),
        "becomes": becomes_words(seen.found.becomes) if seen.found else "",
        "because": shown(seen.found.recognised.because) if seen.found else "",
        "certainty": seen.found.recognised.certainty_ppm // 10_000 if seen.found else 0,
        "form": form,
        "may_import": seen.way is not None and allows(actor_of(request), seen.way.action),
        "heads": [shown(header) for header in seen.preview.headers],
        "rows": [[shown(cell) for cell in row] for row in seen.preview.rows],
        "problems": [_shown_problem(problem) for problem in seen.tally.first] if seen.tally else [],
        "kinds": _kinds_of(request, seen),
        "rules": seen.tally.rules.most_common(10) if seen.tally else [],
    }
    return render(request, "office/door/file.html", facts, status=status)


def _kinds_of(request: HttpRequest, seen: Seen) -> list[tuple[str, str | Promise]]:
    """Return what the columns of a file can be said to be about, for whoever may import it."""
    if seen.found is None or seen.found.format.name != "tables":
        return []
    actor = actor_of(request)
    return [(each.becomes, becomes_words(each.becomes)) for each in MAPPABLE if allows(actor, each.action)]


def _shown_problem(problem: Problem) -> Problem:
    return replace(problem, field=shown(problem.field), message=shown(problem.message), remedy=shown(problem.remedy))


@staff_page(Action.USAGE_READ)
@require_GET
def door_problems(request: HttpRequest, token: str) -> HttpResponse:
    """Give every problem of a file as a table for its sender; the file is read while the table goes out."""
    held = held_file(actor_of(request), token)
    this = known(held, request.GET.get("as", ""))
    rows = ((problem.line or "", problem.field, problem.level.value, problem.message, problem.remedy, problem.rule)
            for problem in check_known(held, this))  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="problems.csv"'}
    answer = StreamingHttpResponse(csv_lines(HEADERS, rows), content_type="text/csv; charset=utf-8", headers=headers)
    return cast(HttpResponse, answer)  # to a view it is a response like any other; Django has two families of them


@staff_page(Action.USAGE_READ)
@require_POST
@once
def door_import(request: HttpRequest, token: str) -> HttpResponse:
    """Import a file by the service it belongs to, and lead to what came of it; what is missing is asked again."""
    actor = actor_of(request)
    held = held_file(actor, token)
    named = request.POST.get("as", "")
    this = known(held, named)
    found = this.found
    way = way_of(found)
    require(actor, way.action)
    form = AnswersForm(request.POST, way.questions)
    if form.is_valid():
        try:
            with as_read(held, found) as plain:
                outcome = way.take(_act(request, this, plain, held.name, form))
        except NotAllowed:
            raise
        except UserError as error:
            form.add_error(None, shown_refusal(error))
        else:
            release_file(actor, token)
            return _tell(request, outcome)
    return _file_page(request, token, _look(held, named, whole=False), form, status=422)


def _act(request: HttpRequest, this: Known, plain: Path, file_name: str, form: AnswersForm) -> Act:
    actor, at = actor_of(request), now()
    return Act(actor, at, plain, file_name, this.found, form.answers(), mapping=this.mapping)


@staff_page(Action.USAGE_READ)
@once
def door_columns(request: HttpRequest, token: str) -> HttpResponse:
    """Ask which column of a table is which, show what comes of it, and remember it by the headers."""
    held = held_file(actor_of(request), token)
    about = mappable(request.POST.get("about", "") or request.GET.get("about", ""))
    require(actor_of(request), about.action)
    this = known(held)
    with as_read(held, known(held, "tables").found) as plain:
        row = _row_said(request) if request.method == "POST" else header_row_of(plain, this)
        first = about.look(plain, guessed_below(plain, about, row) if row or request.method == "POST" else None)
        if request.method != "POST":
            kept = memory_of(about, first.headers)
            name = kept.name if kept is not None else Path(held.stem).stem
            form = ColumnsForm({"mapping_name": name, "header_row": row or ""}, first, about.targets)
            return _columns_page(request, token, about, form, first)
        form = ColumnsForm(request.POST, first, about.targets)
        seen = about.look(plain, form.mapping()) if form.is_valid() else first
    if form.is_valid() and request.POST.get("act") == "keep" and _kept(request, about, form, seen):
        messages.success(request, _("Remembered: a file with these headers is known from now on."))
        return redirect("office:door-file", token)
    return _columns_page(request, token, about, form, seen, status=422 if form.errors else 200)


def _row_said(request: HttpRequest) -> int | None:
    """Return the line that is said to name the columns, None where none is or it cannot be."""
    return _number(request.POST.get("header_row", ""))


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) else None


def _kept(request: HttpRequest, about: Mappable, form: ColumnsForm, seen: Sight) -> bool:
    """Remember the columns; what keeps them from it is told in the form."""
    name = form.cleaned_data["mapping_name"]
    try:
        keep_columns(
            actor=actor_of(request), at=now(), about=about, name=name, headers=seen.headers, mapping=seen.mapping
        )
    except NotAllowed:
        raise
    except UserError as error:
        form.add_error(None, shown_refusal(error))
        return False
    return True


def _columns_page(
    request: HttpRequest, token: str, about: Mappable, form: ColumnsForm, seen: Sight, status: int = 200
) -> HttpResponse:
    """Render the columns of a table, and what is wrong in its first rows if they are read so."""
    held = held_file(actor_of(request), token)
    line = _number(form.data.get("header_row", ""))
    this = Known(known(held, "tables").found, ColumnMapping(header_line=line) if line else None)
    rows = preview_known(held, this, _PREVIEW_LINES).rows
    facts = {
        "token": token,
        "file_name": shown(held.name),
        "about": about.becomes,
        "becomes": becomes_words(about.becomes),
        "form": form,
        "heads": [shown(header) for header in seen.headers],
        "rows": [[shown(cell) for cell in row] for row in rows],
        "problems": [_shown_problem(problem) for problem in seen.problems[:_SHOWN_PROBLEMS]],
    }
    return render(request, "office/door/columns.html", facts, status=status)


def _tell(request: HttpRequest, outcome: Outcome) -> HttpResponse:
    """Say what an import came to and lead to its page."""
    if outcome.refused:
        messages.error(request, _("The file was refused as a whole; nothing was written."))
    else:
        counts = ", ".join(f"{name}: {count:,}" for name, count in outcome.counts)
        messages.success(request, _("Imported. %(counts)s.") % {"counts": counts})
    name, number = outcome.page
    return redirect(name) if number is None else redirect(name, number)


urlpatterns = [
    path("door/", door, name="door"),
    path("door/<str:token>/", door_file, name="door-file"),
    path("door/<str:token>/columns/", door_columns, name="door-columns"),
    path("door/<str:token>/problems.csv", door_problems, name="door-problems"),
    path("door/<str:token>/import/", door_import, name="door-import"),
]
NAVIGATION = [Entry(gettext_lazy("Import a file"), "office:door", Action.USAGE_READ, 15)]
