"""The page of what leaves the house: choose what and in which format, say what must be said, take the file."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.door.ways_out import WAYS_OUT, Leaving, Left, WayOut, way_out_of
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._door_forms import AnswersForm
from muniment.interfaces.pages import actor_of, now, staff_page
from muniment.interfaces.phrases import shown_refusal
from muniment.kernel.formats.door import format_of, shown
from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, NotAllowed, allows, require

_TOLD_PROBLEMS = 3
_WORDS: dict[str, str | Promise] = {
    "works": gettext_lazy("Works and shares"),
    "parties": gettext_lazy("Members and other parties"),
    "usages": gettext_lazy("A report of use"),
    "money": gettext_lazy("A society's money of a run"),
}


@staff_page(Action.USAGE_READ)
def exports(request: HttpRequest) -> HttpResponse:
    """List what can be written, for whoever may read it."""
    actor = actor_of(request)
    ways = [(way, _WORDS[way.what], format_of(way.format).title) for way in WAYS_OUT if allows(actor, way.action)]
    return render(request, "office/exports/list.html", {"ways": ways})


@staff_page(Action.USAGE_READ)
def export(request: HttpRequest, what: str, format_name: str) -> HttpResponse:
    """Ask what must be said of a file, and give it."""
    way = way_out_of(what, format_name)
    require(actor_of(request), way.action)
    form = AnswersForm(request.POST if request.method == "POST" else None, way.questions)
    form.initial = request.GET.dict()
    if request.method == "POST" and form.is_valid():
        try:
            return _written(request, way, form.answers())
        except NotAllowed:
            raise
        except UserError as error:
            form.add_error(None, shown_refusal(error))
    facts = {"way": way, "what": _WORDS[way.what], "format": format_of(way.format).title, "form": form}
    return render(request, "office/exports/form.html", facts, status=422 if form.errors else 200)


def _written(request: HttpRequest, way: WayOut, answers: dict[str, str]) -> HttpResponse:
    """Write the file and give it; a folder goes as an archive. What stayed behind is told on the next page."""
    name = f"{way.what}{way.ending}"
    with TemporaryDirectory(prefix="muniment-") as folder:
        place = Path(folder) / name
        left = way.take(Leaving(actor_of(request), now(), place, answers))
        if place.is_dir():
            place = Path(shutil.make_archive(str(place), "zip", place))
        _tell_left(request, left)
        # the file is open before its folder goes, and is gone when it was given
        return FileResponse(place.open("rb"), as_attachment=True, filename=place.name)  # type: ignore[return-value]


def _tell_left(request: HttpRequest, left: Left) -> None:
    if left.left_count:
        reasons = " ".join(shown(str(problem)) for problem in left.problems[:_TOLD_PROBLEMS])
        told = {"count": left.left_count, "reasons": reasons}
        messages.warning(request, _("%(count)s stayed behind. %(reasons)s") % told)


urlpatterns = [
    path("export/", exports, name="exports"),
    path("export/<slug:what>/<slug:format_name>/", export, name="export"),
]
NAVIGATION = [Entry(gettext_lazy("Export"), "office:exports", Action.USAGE_READ, 16)]
